//! The name at the head of a paper, for papers that do not say whose they are: a shop on its receipt.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Reading, fixed, squeeze};
use super::{Asked, FieldType, Hit, Invalid, Search};
use crate::domain::Span;

pub(super) const TYPE: FieldType = FieldType {
    name: "letterhead",
    purpose: "The name at the head of a paper, such as that of a shop on its receipt.",
    example: "Bäckerei Muster",
    basis: "",
    search: Search::Recogniser(recognise),
    normalise,
    doubts: None,
    sensitive: false,
};

/// So many lines at the top may hold the name.
const HEAD_LINES: usize = 6;
/// What names the kind of paper and not who wrote it.
static TITLE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)^\W*(?:(?:simplified |full )?tax (?:invoice|receipt)|invoice|receipt|cash (?:bill|sales?|receipt)|bill|rechnung|quittung|kassenbon|beleg|kassenbeleg|bon|duplicate|copy|kopie|original|welcome|willkommen|date|datum|page|seite|tel|fax)\b.{0,20}$",
    )
});
/// A legal form: who has one is the company, where the name of its shop stands above it.
static FORM: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)(?:\bs(?:dn|on)\.? ?[bh8]hd\b\.?|\bs/b\b|\bplt\b|\bllp\b|\bgmbh(?: & co\.? kg)?\b|\b(?:ag|kg|ohg|gbr|ug|se)\b|\be\. ?k\.|\bltd\b\.?|\blimited\b|\binc\b\.?|\bllc\b|\bplc\b|\bsarl\b|\bs\.a\.)",
    )
});
/// A number of a register behind the name, which is not part of it.
static REGISTER: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"[ \t]*[(\[<{][^()]{0,30}[0-9][^()]{0,20}[)\]>}]?[ \t.]*$"));
/// Where a street or a way to call begins, the head is over.
static BELOW: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)^\W*(?:[0-9]+[a-z]?[-,. ]|lot\b|no\.? ?:? ?[0-9]|unit\b|level\b|blk\b|block\b|jalan\b|jln\b|tel\b|fax\b|phone\b|gst\b|vat\b|www\.|e-?mail\b|[0-9]{5})|(?i:stra(?:ß|ss)e|str\.|street|road) ?[0-9]",
    )
});

fn recognise(text: &str, _: &Asked<'_>) -> Vec<Hit> {
    let mut start = 0;
    let mut first: Option<Hit> = None;
    let lines = text.split(['\n', '\u{c}']).take(4 * HEAD_LINES);
    let mut seen = 0;
    for line in lines {
        let (place, length) = (start, line.chars().count());
        start += length + 1;
        if line.trim().is_empty() {
            continue;
        }
        seen += 1;
        if seen > HEAD_LINES || seen > 1 && BELOW.is_match(line) && first.is_some() {
            break;
        }
        let Some(hit) = name_in(line, place) else { continue };
        if FORM.is_match(&hit.value) {
            return vec![hit];
        }
        first.get_or_insert(hit);
    }
    first.into_iter().collect()
}

/// The name on a line, without what surrounds it.
fn name_in(line: &str, place: usize) -> Option<Hit> {
    let lead = line.chars().take_while(|it| !it.is_alphanumeric()).count();
    let name = line.trim_start_matches(|it: char| !it.is_alphanumeric());
    // Columns are parted by wide gaps.
    let name = name.split(['\t', '|']).next()?.split("   ").next()?;
    let name = REGISTER.replace(name, "");
    let name = name.trim_end_matches([',', ';', ':', ' ', '-', '*']);
    let letters = name.chars().filter(|it| it.is_alphabetic()).count();
    let digits = name.chars().filter(char::is_ascii_digit).count();
    if letters < 4 || digits > letters || TITLE.is_match(name) {
        return None;
    }
    let start = place + lead;
    let value = read(name).ok()?.value;
    let span = Span { start, end: start + name.chars().count() };
    Some(Hit { span, value, labelled: true, checked: false, corrected: false })
}

fn normalise(raw: &str, _: &Asked<'_>) -> Result<String, Invalid> {
    read(raw).map(|reading| reading.value)
}

fn read(raw: &str) -> Result<Reading, Invalid> {
    let plain = squeeze(raw.trim().trim_end_matches([',', ';', ':', '*']));
    if plain.chars().filter(|it| it.is_alphabetic()).count() < 2 || plain.chars().count() > 150 {
        return Err(Invalid::shape("it is no name"));
    }
    Ok(Reading::plain(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<String> {
        recognise(text, &Asked::default()).into_iter().next().map(|hit| hit.value)
    }

    #[test]
    fn the_first_line_with_a_name_is_the_head() {
        assert_eq!(found("BÄCKEREI MUSTER\nRingstr. 5\n").as_deref(), Some("BÄCKEREI MUSTER"));
        assert_eq!(found("TAX INVOICE\n  Corner Shop\nTEL 1").as_deref(), Some("Corner Shop"));
        assert_eq!(found("12\n---\n12.03.2026\n"), None);
    }

    #[test]
    fn a_company_stands_below_the_name_of_its_shop() {
        let text = "NOODLES - MAIN STREET\nNOODLE HOUSE SDN. BHD. (1234567-X)\nLOT 5, JALAN A";
        assert_eq!(found(text).as_deref(), Some("NOODLE HOUSE SDN. BHD."));
        assert_eq!(found("THE SHOP\nLOT 5\nOwned by Other Ltd").as_deref(), Some("THE SHOP"));
    }
}
