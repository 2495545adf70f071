//! Companies, associations and offices.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Reader, Reading, fixed, squeeze};
use super::{Asked, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "organisation",
    purpose: "The name of a company, association or office.",
    example: "Muster Bau GmbH & Co. KG",
    basis: "",
    search: Search::Both(recognise, 8),
    normalise,
    doubts: None,
    sensitive: false,
};

static READER: Reader =
    Reader { sure: Some(&SURE), hinted: None, read, scanned: false, cuts: false };
static SURE: LazyLock<Regex> = LazyLock::new(|| fixed(&sure()));
/// Words that stand before a name and are written with a capital letter.
const NOT_FIRST: &[&str] = &[
    "Die",
    "Der",
    "Das",
    "Den",
    "Dem",
    "Des",
    "GmbH",
    "AG",
    "KG",
    "UG",
    "Co.",
    "mbH",
    "Firma",
    "Fa.",
    "An",
    "Von",
    "Bei",
    "Im",
    "In",
    "Mit",
    "Für",
    "Am",
    "Absender",
    "Empfänger",
    "Rechnung",
    "Rechnungssteller",
    "Ihre",
    "Unsere",
    "Sehr",
    "The",
    "From",
    "To",
    "For",
    "At",
    "Our",
    "Your",
    "Invoice",
    "Wir",
    "Als",
    "Zum",
    "Zur",
];

/// Some words and a legal form, or an office with its place.
fn sure() -> String {
    let word = r"[<U>0-9][<L>0-9&.+'’-]{0,30}";
    let joined = r"(?:(?:&|\+|und|and|für|of|-) )?";
    let form = r"(?:g?GmbH(?: & Co\.? ?KG(?:aA)?)?|mbH(?: & Co\.? ?KG)?|AG(?: & Co\.? ?KG)?|SE(?: & Co\.? ?KG(?:aA)?)?|KGaA|KG|OHG|oHG|UG(?: ?\(haftungsbeschränkt\))?(?: & Co\.? ?KG)?|e\. ?K\.|e\. ?Kfr\.|e\. ?V\.|e\. ?G\.|eG|eGbR|GbR|PartG ?mbB|PartG|AöR|KdöR|Ltd\.?|Limited|Inc\.?|LLC|PLC|plc|B\.V\.|S\.A\.|S\.à r\.l\.|s\.r\.o\.)";
    let office = r"(?:Stadtwerke|Stadtverwaltung|Kreisverwaltung|Verbandsgemeinde|Landeshauptstadt|Finanzamt|Amtsgericht|Landratsamt|Bezirksamt|Ortsgemeinde|Universität|Hochschule|Landesamt|Bundesamt)";
    format!(
        r"{word}(?: {joined}{word}){{0,5}}(?:,? |-){form}|{office}(?: für [<U>][<L>]{{2,30}})? [<U>][<L>-]{{1,30}}(?:-{word})?"
    )
}

fn recognise(text: &str, asked: &Asked<'_>) -> Vec<Hit> {
    READER.find(text, asked)
}

fn normalise(raw: &str, asked: &Asked<'_>) -> Result<String, Invalid> {
    READER.normalise(raw, asked)
}

fn read(raw: &str, _: &Asked<'_>) -> Result<Reading, Invalid> {
    let plain = squeeze(raw.trim().trim_end_matches([',', ';', ':']));
    let first = plain.split(' ').next().unwrap_or("");
    if !plain.contains(char::is_alphabetic) || plain.chars().count() > 150 {
        return Err(Invalid::shape("it is no name of an organisation"));
    }
    if NOT_FIRST.contains(&first) {
        return Err(Invalid::shape(format!("`{first}` is not part of a name")));
    }
    Ok(Reading::plain(plain))
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn companies_are_found_by_their_legal_form() {
        cases::valid_unchecked(
            &TYPE,
            &[
                ("Muster Bau GmbH & Co. KG", "Muster Bau GmbH & Co. KG"),
                ("Tierfreunde Mainz e.V.", "Tierfreunde Mainz e.V."),
                ("Müller & Söhne OHG", "Müller & Söhne OHG"),
                ("ACME Services Ltd", "ACME Services Ltd"),
                ("Papierflieger-Vertriebs-GmbH", "Papierflieger-Vertriebs-GmbH"),
                ("Startup UG (haftungsbeschränkt)", "Startup UG (haftungsbeschränkt)"),
            ],
        );
        cases::invalid(&TYPE, &["", "123", "Die Muster GmbH"]);
    }

    #[test]
    fn words_before_the_name_are_left_out() {
        let name =
            |text: &str| recognise(text, &Asked::default()).first().map(|hit| hit.value.clone());
        assert_eq!(name("Rechnung Die Muster GmbH").as_deref(), Some("Muster GmbH"));
        assert_eq!(name("Firma Muster AG, Mainz").as_deref(), Some("Muster AG"));
        assert_eq!(name("Amtsgericht Mainz HRB 1").as_deref(), Some("Amtsgericht Mainz"));
        assert_eq!(name("ohne Form"), None);
    }
}
