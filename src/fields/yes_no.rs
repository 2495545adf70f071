//! Yes or no.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Hinted, Reader, Reading, fixed};
use super::{Asked, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "yes_no",
    purpose: "Whether something is so: `yes` or `no`.",
    example: "yes",
    basis: "",
    search: Search::Recogniser(recognise),
    normalise,
    doubts: None,
    sensitive: false,
};

static READER: Reader = Reader {
    sure: Some(&SURE),
    hinted: Some(Hinted { shape: &HINTED, labels: LABELS }),
    read,
    scanned: false,
    cuts: false,
};
static SURE: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"(?:\[[xX]\]|[☒☑✓✔])[ \t]?(?i:ja|nein|yes|no)(?-u:\b)"));
static HINTED: LazyLock<Regex> = LazyLock::new(|| fixed(r"(?-u:\b)(?i:ja|nein|yes|no)(?-u:\b)"));
/// How such a value is announced when the admin wrote no labels.
const LABELS: &[&str] = &[];

fn recognise(text: &str, asked: &Asked<'_>) -> Vec<Hit> {
    READER.find(text, asked)
}

fn normalise(raw: &str, asked: &Asked<'_>) -> Result<String, Invalid> {
    READER.normalise(raw, asked)
}

fn read(raw: &str, _: &Asked<'_>) -> Result<Reading, Invalid> {
    let word = raw.trim().trim_end_matches(['.', '!', ',']).to_lowercase();
    let word = word.trim_start_matches(['[', ']', 'x', ' ', '☒', '☑', '✓', '✔']);
    match word {
        "ja" | "yes" | "true" | "wahr" | "zutreffend" => Ok(Reading::plain("yes")),
        "nein" | "no" | "false" | "falsch" | "nicht zutreffend" => Ok(Reading::plain("no")),
        _ => Err(Invalid::shape("it is neither yes nor no")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn an_answer_is_found_after_its_label_or_in_a_ticked_box() {
        cases::normal(&TYPE, &[("Ja.", "yes"), ("NEIN", "no"), ("☒ ja", "yes"), ("[x] no", "no")]);
        cases::invalid(&TYPE, &["vielleicht", "☐ ja", ""]);
        let labels = ["Haftpflicht".to_owned()];
        let asked = Asked { labels: &labels, ..Asked::default() };
        assert_eq!(recognise("Nein danke. Haftpflicht: ja", &asked).len(), 1);
        assert_eq!(recognise("☒ ja ☐ nein", &Asked::default())[0].value, "yes");
        assert!(recognise("ja, nein", &Asked::default()).is_empty());
    }
}
