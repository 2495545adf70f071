//! The state or country whose law applies.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Hinted, Reader, Reading, fixed, squeeze, territory, territory_shape};
use super::{Asked, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "jurisdiction",
    purpose: "The state or country whose law applies.",
    example: "Delaware",
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
static SURE: LazyLock<Regex> = LazyLock::new(|| fixed(&sure()));
static HINTED: LazyLock<Regex> = LazyLock::new(|| fixed(&territory_shape()));
/// How such a value is announced when the admin wrote no labels.
const LABELS: &[&str] = &["Governing law", "Anwendbares Recht", "Rechtswahl"];

/// The clause that says which law applies. A company "organized under the laws of" a state is none.
/// Edges of words are those of ASCII: with those of Unicode no automaton reads a text with umlauts.
fn sure() -> String {
    let names = territory_shape();
    let english = format!(
        r"(?i:(?:govern|constru|interpret|enforce)[a-z]{{0,4}}(?-u:\b)[^;]{{0,180}}?(?-u:\b)laws?(?-u:\b)[^;]{{0,60}}?\s(?:of|in)\s(?:the\s)?(?:United\sStates(?:\sof\sAmerica)?,\s(?:the\s)?)?(?:(?:State|Commonwealth|Province|Republic)\sof\s(?:the\s)?)?)({names})"
    );
    let german = format!(
        r"(?i:(?:gilt|gelten|unterlieg[a-z]{{1,2}}|anwendbar)(?-u:\b)[^.;]{{0,80}}?Recht\s(?:der\s|des\s|von\s)?)({names})"
    );
    let before = format!(
        r"(?i:(?-u:\b)(?:govern|constru|interpret|gilt|unterlieg)[a-z]{{0,4}}(?-u:\b)[^.;]{{0,80}}?\s)({names})(?i:\s(?:law|Recht)(?-u:\b))"
    );
    let first = format!(r"({names})(?i:\slaws?\s(?:shall\s|will\s)?(?:govern|appl|control))");
    format!("(?:{english}|{german}|{before}|{first})")
}

/// The clause itself is the label of what it names.
fn recognise(text: &str, asked: &Asked<'_>) -> Vec<Hit> {
    let mut hits = READER.find(text, asked);
    hits.iter_mut().for_each(|hit| hit.labelled = true);
    hits
}

fn normalise(raw: &str, asked: &Asked<'_>) -> Result<String, Invalid> {
    READER.normalise(raw, asked)
}

fn read(raw: &str, _: &Asked<'_>) -> Result<Reading, Invalid> {
    let known = territory(&squeeze(raw));
    known.map(Reading::plain).ok_or_else(|| Invalid::shape("it is no state or country we know"))
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    fn found(text: &str) -> Vec<String> {
        recognise(text, &Asked::default()).into_iter().map(|hit| hit.value).collect()
    }

    #[test]
    fn the_clause_names_whose_law_applies() {
        let text = "This Agreement shall be governed by and construed in accordance with the\nlaws of the State of\nNEW YORK, without regard to its conflict of laws.";
        assert_eq!(found(text), ["New York"]);
        assert_eq!(found("A Delaware corporation organized under the laws of Delaware"), [""; 0]);
        assert_eq!(
            found("interpreted under the internal laws of the Commonwealth of Pennsylvania"),
            ["Pennsylvania"]
        );
        assert_eq!(found("California law shall govern this letter."), ["California"]);
        assert_eq!(found("shall be governed by Oregon law"), ["Oregon"]);
        assert_eq!(found("Es gilt das Recht der Bundesrepublik Deutschland."), ["Deutschland"]);
        assert_eq!(found("Es gilt deutsches Recht."), ["Deutschland"]);
        assert_eq!(found("Governing law: Ireland"), ["Ireland"]);
    }

    #[test]
    fn a_state_has_one_way_of_writing() {
        cases::normal(&TYPE, &[("new  york", "New York"), ("The Netherlands", "Netherlands")]);
        cases::invalid(&TYPE, &["", "Atlantis", "law"]);
    }
}
