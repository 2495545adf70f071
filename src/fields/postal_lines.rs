//! An address of any country, as its lines stand on a paper.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Reading, fixed, squeeze};
use super::{Asked, FieldType, Hit, Invalid, Search};
use crate::domain::Span;

pub(super) const TYPE: FieldType = FieldType {
    name: "postal_lines",
    purpose: "A postal address of any country, as its lines stand.",
    example: "12, Main Road, 43200 Anytown",
    basis: "",
    search: Search::Recogniser(recognise),
    normalise,
    doubts: None,
    sensitive: false,
};

/// So many lines an address has at most.
const MOST_LINES: usize = 6;
/// No more addresses than this are looked for.
const MOST: usize = 50;
/// How an address begins: a number of a house, a unit, a lot, or a street.
static BEGIN: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)^\W*(?:no\.? ?:? ?[0-9]|n[o0]\.? ?[0-9]|lot\b|lo[pt] ?p\.?t|unit\b|level\b|floor\b|suite\b|blk\b|block\b|gk ?[0-9]|jalan\b|jln\b|lorong\b|lrg\b|p\.? ?o\.? ?box\b|[0-9]{1,5}[a-z]?(?:[-/&][0-9a-z]{1,4})?[,.]? {0,2}[a-z])|(?:stra(?:ß|ss)e|str\.|street|road|avenue|ave\.?|lane|drive|boulevard|blvd|platz|weg|allee|gasse) [0-9]{1,4}[a-z]?$",
    )
});
/// What ends an address: ways to call, numbers of registers, the kind of paper, days.
static END: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)\b(?:te[li]\b|telefon|phone|mobile|fax|whatsapps?|e-?mail|www\.|https?:|gst|vat|ust|steuer|reg\.? ?no|co\. ?reg|company reg|invoice|receipt|rechnung|cashier|date|datum|bill no|order|table|hotline|website|doc no)|@|[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2,4}|^\W*[(<\[]|^\W*:|^[+0-9() /-]{7,}$|^\W*-",
    )
});
/// A row of a bill: nothing but a sum, or how many of what for how much.
static SUM: LazyLock<Regex> = LazyLock::new(|| {
    fixed(r"(?i)^\W*(?:[0-9]{1,3}x? .*\s)?(?:rm|eur|usd|chf|gbp)? ?[0-9]{1,7}[.,][0-9]{2}\W*$")
});
/// A number of the post: where it stands, the address is nearly over.
static POST: LazyLock<Regex> = LazyLock::new(|| fixed(r"(?:^|[^0-9-])[0-9]{5}(?:[^0-9-]|$)"));
/// What may follow it: the rest of a town's name, a state, a country.
static AFTER: LazyLock<Regex> = LazyLock::new(|| fixed(r"^[<L> .,'-]{3,30}$"));

fn recognise(text: &str, _: &Asked<'_>) -> Vec<Hit> {
    let mut places = 0;
    let lines: Vec<(usize, &str)> = text
        .split(['\n', '\u{c}'])
        .map(|line| {
            let start = places;
            places += line.chars().count() + 1;
            (start, line)
        })
        .collect();
    let mut hits = Vec::new();
    let mut at = 0;
    while let Some((_, line)) = lines.get(at) {
        let rest = lines.get(at..).unwrap_or_default();
        let count = if begins(line) { length(rest) } else { 0 };
        let hit = rest.get(..count).and_then(address);
        at += if hit.is_some() { count } else { 1 };
        hits.extend(hit);
        if hits.len() >= MOST {
            break;
        }
    }
    hits
}

fn begins(line: &str) -> bool {
    is_short(line) && BEGIN.is_match(line) && !ends(line)
}

/// A long line is a sentence.
fn is_short(line: &str) -> bool {
    line.chars().take(81).count() <= 80
}

/// Whether a line belongs to no address: a gap, a sentence, another kind of line, an amount.
fn ends(line: &str) -> bool {
    line.trim().is_empty() || !is_short(line) || END.is_match(line) || SUM.is_match(line)
}

/// How many lines belong to the address that begins with the first; 0 if none does.
fn length(lines: &[(usize, &str)]) -> usize {
    let end = lines.iter().take(MOST_LINES + 1).position(|(_, line)| ends(line));
    let end = end.unwrap_or(MOST_LINES);
    let post = lines.iter().take(end.min(MOST_LINES)).position(|(_, line)| POST.is_match(line));
    let Some(post) = post else {
        // Without a number of the post, only several lines are an address.
        return if end >= 2 { end } else { 0 };
    };
    let after = lines.get(post + 1..end.max(post + 1)).unwrap_or_default();
    let more = after.iter().take(1).take_while(|(_, line)| AFTER.is_match(line.trim())).count();
    post + 1 + more
}

fn address(lines: &[(usize, &str)]) -> Option<Hit> {
    let ((first, line), (last, end)) = (lines.first()?, lines.last()?);
    let start = first + line.chars().take_while(|it| it.is_whitespace()).count();
    let end = last + end.trim_end().chars().count();
    let raw: Vec<&str> = lines.iter().map(|(_, line)| *line).collect();
    let value = read(&raw.join(" ")).ok()?.value;
    let span = Span { start, end };
    Some(Hit { span, value, labelled: false, checked: false, corrected: false })
}

fn normalise(raw: &str, _: &Asked<'_>) -> Result<String, Invalid> {
    read(raw).map(|reading| reading.value)
}

fn read(raw: &str) -> Result<Reading, Invalid> {
    let plain = squeeze(raw.trim().trim_end_matches([',', ';', ':']));
    let letters = plain.chars().filter(|it| it.is_alphabetic()).count();
    if letters < 5 || !plain.chars().any(|it| it.is_ascii_digit()) || plain.chars().count() > 300 {
        return Err(Invalid::shape("an address has a number and a name of a street or town"));
    }
    Ok(Reading::plain(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        recognise(text, &Asked::default()).into_iter().map(|hit| hit.value).collect()
    }

    #[test]
    fn an_address_ends_with_its_town() {
        let text = "CORNER SHOP\n(1234-X)\nNO. 5, JALAN ABC 1/2,\nTAMAN D, 43200 CHERAS,\nSELANGOR\nTEL: 03-12345678";
        assert_eq!(found(text), ["NO. 5, JALAN ABC 1/2, TAMAN D, 43200 CHERAS, SELANGOR"]);
        let text = "Shop\n12 Main Road\n12345 Anytown\n\nThank you";
        assert_eq!(found(text), ["12 Main Road 12345 Anytown"]);
    }

    #[test]
    fn one_line_without_a_number_of_the_post_is_none() {
        assert_eq!(found("2 COFFEE\n4.50\n"), Vec::<String>::new());
        assert_eq!(found("TEL 03 1234567\n"), Vec::<String>::new());
        assert_eq!(found("2 COFFEE   4.50\n1 TEA   RM 3.20\n"), Vec::<String>::new());
    }
}
