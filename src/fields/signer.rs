//! Who signed, as a signature block says it.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Hinted, Reader, Reading, fixed, squeeze};
use super::{Asked, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "signer",
    purpose: "The name of who signed, as it stands in the signature block.",
    example: "Jana Müller",
    basis: "17 CFR 232.302 (`/s/` before the name stands for a signature)",
    search: Search::Both(recognise, 6),
    normalise,
    doubts: None,
    sensitive: false,
};

static READER: Reader = Reader {
    sure: Some(&SURE),
    hinted: Some(Hinted { shape: &HINTED, labels: LABELS }),
    read,
    scanned: false,
    cuts: true,
};
const NAME: &str = r"(?:[<U>][<L>'’-]{0,30}\.?)(?:[ \t]+(?:(?:von|van|de|der|den|la|al|el|bin)[ \t]+){0,2}[<U>][<L>'’-]{0,30}\.?){1,5}";
/// The mark of a signature, also as a reader of pictures sees it: upright strokes and letters for the slanted ones.
const SIGN: &str = r"(?:/[sS5]/|(?-u:\b)[I|][s5][lI|/]|/[s5][lI|])";
/// Behind the mark of a signature.
static SURE: LazyLock<Regex> =
    LazyLock::new(|| fixed(&format!(r"(?:{SIGN}|[gG]ez\.)[ \t]*({NAME})")));
static HINTED: LazyLock<Regex> = LazyLock::new(|| fixed(&format!("({NAME})")));
/// How such a value is announced when the admin wrote no labels.
const LABELS: &[&str] = &["Signed by", "Unterzeichnet von", "Name of signer"];
/// What programs print behind a signature.
const MARKS: &[&str] = &["esigned", "esighed", "signed", "unterschrieben"];

/// The mark of a signature is its label.
fn recognise(text: &str, asked: &Asked<'_>) -> Vec<Hit> {
    let mut hits = READER.find(text, asked);
    hits.iter_mut().for_each(|hit| hit.labelled = true);
    hits
}

fn normalise(raw: &str, asked: &Asked<'_>) -> Result<String, Invalid> {
    READER.normalise(raw, asked)
}

fn read(raw: &str, _: &Asked<'_>) -> Result<Reading, Invalid> {
    let plain = squeeze(raw);
    let plain = plain
        .rsplit("/s/")
        .next()
        .unwrap_or("")
        .trim_matches(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '.'));
    let is_mark = |word: &&str| MARKS.contains(&word.to_lowercase().trim_matches('.'));
    let words: Vec<&str> = plain.split(' ').take_while(|word| !is_mark(word)).collect();
    let words: Vec<&str> =
        words.into_iter().filter(|word| word.contains(char::is_alphanumeric)).collect();
    let letters = |word: &&str| word.chars().filter(|it| it.is_alphabetic()).count();
    let digits = words.iter().any(|word| word.contains(|it: char| it.is_ascii_digit()));
    let long = words.iter().filter(|word| letters(word) > 1).count();
    if long == 0 || words.len() < 2 || words.len() > 7 || digits {
        return Err(Invalid::shape("it does not read like the name of who signed"));
    }
    Ok(Reading::plain(words.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn who_signed_stands_behind_the_mark_of_a_signature() {
        let found = |text: &str| -> Vec<String> {
            recognise(text, &Asked::default()).into_iter().map(|hit| hit.value).collect()
        };
        assert_eq!(found("August 15, 2017 /s/ Jane Q. Doe eSigned"), ["Jane Q. Doe"]);
        assert_eq!(found("May 5,2017 Isl Jane Doe eSigned"), ["Jane Doe"]);
        assert_eq!(found("Isle of Man, Islay Jane Doe"), [""; 0]);
        assert_eq!(found("gez. Jana Müller\nAmtsleiterin"), ["Jana Müller"]);
        assert_eq!(found("Jana Müller war da."), [""; 0]);
    }

    #[test]
    fn marks_and_brackets_around_the_name_are_left_out() {
        cases::normal(
            &TYPE,
            &[("“/s/ Jane Doe eSigned", "Jane Doe"), ("(Ronald  N. Doe )", "Ronald N. Doe")],
        );
        cases::invalid(&TYPE, &["", "Doe", "12 March", "/s/"]);
    }
}
