//! Entries in public registers.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Reader, Reading, fixed, squeeze};
use super::{Asked, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "commercial_register",
    purpose: "An entry in the commercial or a similar register, with its court if it stands there.",
    example: "Mainz HRB 12345",
    basis: "HGB, section 8; HRV",
    search: Search::Recogniser(recognise),
    normalise,
    doubts: None,
    sensitive: false,
};

static READER: Reader =
    Reader { sure: Some(&SURE), hinted: None, read, scanned: false, cuts: false };
static SURE: LazyLock<Regex> = LazyLock::new(|| fixed(&sure()));
static FORM: LazyLock<Regex> = LazyLock::new(|| {
    fixed(&format!(
        r"^(?:(?:{COURT})?({PLACE}),? ?)?({REGISTER}) ?(?:Nr\.?|No\.?)?:? ?({NUMBER})(?: ([A-Z]{{1,3}}))?(?:,? (?:\(?{COURT})({PLACE})\)?)?$"
    ))
});
const COURT: &str = r"(?:Registergericht|Amtsgericht|Handelsregister|Vereinsregister|Register court|AG)(?: des)?(?: Amtsgerichts?)?:? ";
const PLACE: &str = r"[<U>][<L>./-]{1,30}(?: (?:am|an|der|im|in|[<U>][<L>.-]{1,20}|v\.d\.H\.|\([<L> ./-]{2,30}\))){0,3}";
const REGISTER: &str = r"HR ?[AB]|GnR|GsR|PR|VR";
const NUMBER: &str = r"[0-9]{1,7}";

/// With the court only where it is called one: any word may stand before `HRB`.
fn sure() -> String {
    let entry = format!(r"(?:{REGISTER}) ?(?:Nr\.?|No\.?)?:? ?{NUMBER}(?: [A-Z]{{1,3}}(?-u:\b))?");
    format!(r"{COURT}{PLACE},? {entry}|(?-u:\b){entry}(?:,? {COURT}{PLACE})?")
}

fn recognise(text: &str, asked: &Asked<'_>) -> Vec<Hit> {
    READER.find(text, asked)
}

fn normalise(raw: &str, asked: &Asked<'_>) -> Result<String, Invalid> {
    READER.normalise(raw, asked)
}

fn read(raw: &str, _: &Asked<'_>) -> Result<Reading, Invalid> {
    let plain = squeeze(raw);
    let shape =
        || Invalid::shape("an entry is a court, HRA, HRB, GnR, PR, VR or GsR, and a number");
    let parts = FORM.captures(&plain).ok_or_else(shape)?;
    let part = |at: usize| parts.get(at).map_or("", |it| it.as_str()).trim_matches([' ', ',', ':']);
    let letter =
        if part(4).is_empty() { String::new() } else { format!(" {}", part(4).to_uppercase()) };
    let entry = format!("{} {}{letter}", register(part(2)), part(3));
    let court = if part(1).is_empty() { part(5) } else { part(1) };
    Ok(Reading::plain(if court.is_empty() { entry } else { format!("{court} {entry}") }))
}

fn register(written: &str) -> &'static str {
    let plain = written.to_lowercase().replace(' ', "");
    match plain.as_str() {
        "hra" => "HRA",
        "gnr" => "GnR",
        "gsr" => "GsR",
        "pr" => "PR",
        "vr" => "VR",
        _ => "HRB",
    }
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn entries_are_written_with_their_court_first() {
        cases::normal(
            &TYPE,
            &[
                ("Amtsgericht Mainz, HRB 12345", "Mainz HRB 12345"),
                ("HRB 12345, Amtsgericht Mainz", "Mainz HRB 12345"),
                ("HR B Nr. 12345", "HRB 12345"),
                ("Berlin (Charlottenburg) HRA 11223 B", "Berlin (Charlottenburg) HRA 11223 B"),
                ("Bad Homburg v.d.H. PR 11223", "Bad Homburg v.d.H. PR 11223"),
                ("Frankfurt/Oder GnR 11223", "Frankfurt/Oder GnR 11223"),
            ],
        );
        cases::invalid(&TYPE, &["HRB", "HRC 123", "12345", ""]);
        let found =
            recognise("Sitz Mainz, Amtsgericht Mainz HRB 4711, GF: Jana", &Asked::default());
        assert_eq!(found[0].value, "Mainz HRB 4711");
        assert_eq!(recognise("x HRB 4711", &Asked::default())[0].value, "HRB 4711");
    }
}
