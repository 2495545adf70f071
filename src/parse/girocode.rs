//! `GiroCode`: the QR code with a credit transfer (EPC069-12, versions 2.1 and 3.0), read by its rules.
//!
//! What breaks a rule is not read at all: a code that a bank's program would refuse proves nothing.

use crate::domain::{Code, Document, Fact, Problem, Symbology, Trust};
use crate::fields::{Asked, TypeName};

/// The service tag in its first line.
const TAG: &str = "BCD";
/// Bytes of the whole content.
const MOST_BYTES: usize = 331;
/// Elements at most; empty ones at the end may be left out.
const MOST_ELEMENTS: usize = 12;

/// The character sets by their number in the third element, as the reader of codes knows them.
const CHARSETS: &[(&str, &str)] = &[
    ("1", "UTF-8"),
    ("2", "ISO8859_1"),
    ("3", "ISO8859_2"),
    ("4", "ISO8859_4"),
    ("5", "ISO8859_5"),
    ("6", "ISO8859_7"),
    ("7", "ISO8859_10"),
    ("8", "ISO8859_15"),
];

/// The character set that the content of a code names for itself, if it is such a code.
pub(super) fn charset(content: &str) -> Option<&'static str> {
    let mut elements = content.lines();
    let number = elements.next().filter(|tag| *tag == TAG).and_then(|_| elements.nth(1))?;
    CHARSETS.iter().find(|(known, _)| *known == number).map(|(_, name)| *name)
}

/// Adds what the payment codes of a document say to its facts, or what is wrong with them to its problems.
pub(super) fn add_facts(document: &mut Document) {
    for index in 0..document.codes.len() {
        let (Some(code), Some(path)) = (document.codes.get(index), document.code_path(index))
        else {
            continue;
        };
        match read(code) {
            None => {}
            Some(Ok(values)) => {
                let fact = |(name, value): (&str, String)| Fact {
                    name: format!("girocode.{name}"),
                    value,
                    path: path.clone(),
                    trust: Trust::Barcode,
                };
                document.facts.extend(values.into_iter().map(fact));
            }
            Some(Err(why)) => {
                let detail = format!("page {}: {why}", code.page);
                document.problems.push(Problem::new("P0211", detail));
            }
        }
    }
}

/// The elements of a code that have a value, by name; `None` for a code of another kind.
pub(super) fn read(code: &Code) -> Option<Result<Vec<(&'static str, String)>, String>> {
    let is_payment = code.symbology == Symbology::Qr
        && code.content.lines().next().is_some_and(|tag| tag == TAG);
    is_payment.then(|| elements(&code.content))
}

fn elements(content: &str) -> Result<Vec<(&'static str, String)>, String> {
    if content.len() > MOST_BYTES {
        return Err(format!("{} bytes, {MOST_BYTES} are allowed", content.len()));
    }
    // Lines end with LF or CR LF.
    let lines: Vec<&str> = content.trim_end_matches(['\r', '\n']).split('\n').collect();
    let lines: Vec<&str> =
        lines.into_iter().map(|it| it.strip_suffix('\r').unwrap_or(it)).collect();
    if lines.len() > MOST_ELEMENTS {
        return Err(format!("{} elements, {MOST_ELEMENTS} are allowed", lines.len()));
    }
    let element = |number: usize| lines.get(number - 1).copied().unwrap_or_default();
    let version = element(2);
    if !["001", "002"].contains(&version) {
        return Err(format!("version `{version}`; known are 001 and 002"));
    }
    if !CHARSETS.iter().any(|(number, _)| *number == element(3)) {
        return Err(format!("character set `{}`; known are 1 to 8", element(3)));
    }
    if element(4) != "SCT" {
        return Err(format!("identification `{}` instead of `SCT`", element(4)));
    }
    if version == "001" && element(5).is_empty() {
        return Err("version 001 without a BIC".to_owned());
    }
    for (number, what, most) in [(6, "name", 70), (11, "text", 140), (12, "note", 70)] {
        let letters = element(number).chars().count();
        if letters > most {
            return Err(format!("the {what} has {letters} characters, {most} are allowed"));
        }
    }
    for (number, what) in [(6, "name"), (7, "IBAN")] {
        if element(number).trim().is_empty() {
            return Err(format!("there is no {what}"));
        }
    }
    if !element(10).is_empty() && !element(11).is_empty() {
        return Err("a reference and a text exclude each other".to_owned());
    }
    let purpose = element(9);
    if purpose.len() > 4 || !purpose.chars().all(|it| it.is_ascii_alphanumeric()) {
        return Err(format!("purpose `{purpose}`"));
    }
    let values = [
        ("bic", checked("bic", element(5))?),
        ("name", element(6).trim().to_owned()),
        ("iban", checked("iban", element(7))?),
        ("amount", amount(element(8))?),
        ("purpose", purpose.to_owned()),
        ("reference", checked("rf_reference", element(10))?),
        ("text", element(11).trim().to_owned()),
        ("note", element(12).trim().to_owned()),
    ];
    Ok(values.into_iter().filter(|(_, value)| !value.is_empty()).collect())
}

/// A value in the normal form of its type, if its check digits hold.
fn checked(kind: &str, raw: &str) -> Result<String, String> {
    if raw.is_empty() {
        return Ok(String::new());
    }
    // Written without spaces, in capitals.
    let is_plain = raw.chars().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit());
    let name = TypeName(kind.to_owned());
    let normal = name.find().map(|kind| (kind.normalise)(raw, &Asked::default()));
    match normal {
        Some(Ok(value)) if is_plain => Ok(value),
        Some(Err(invalid)) => Err(format!("`{raw}`: {}", invalid.detail)),
        _ => Err(format!("`{raw}` is no {kind}")),
    }
}

/// `EUR` and 0.01 to 999999999.99, with a point and at most two decimals; as `12.30 EUR`.
fn amount(raw: &str) -> Result<String, String> {
    if raw.is_empty() {
        return Ok(String::new());
    }
    let wrong = || format!("amount `{raw}`");
    let number = raw.strip_prefix("EUR").ok_or_else(wrong)?;
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "00"));
    let digits = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.chars().all(|it| it.is_ascii_digit())
    };
    let is_nothing = number.chars().all(|it| matches!(it, '0' | '.'));
    if !digits(whole, 9) || !digits(decimals, 2) || is_nothing {
        return Err(wrong());
    }
    Ok(format!("{whole}.{decimals:0<2} EUR"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "BCD\n002\n1\nSCT\nBYLADEM1001\nElektro Sommer GmbH\nDE02120300000000202051\nEUR1184.6\n\n\nRechnung ES-44107";

    fn qr(content: &str) -> Code {
        Code { symbology: Symbology::Qr, content: content.to_owned(), page: 2, ..Code::default() }
    }

    fn value(content: &str, name: &str) -> String {
        let values = read(&qr(content)).unwrap().unwrap();
        values.into_iter().find(|it| it.0 == name).map(|it| it.1).unwrap_or_default()
    }

    #[test]
    fn a_code_by_the_standard_becomes_facts_with_their_place() {
        let mut document =
            Document { codes: vec![qr("https://example.org"), qr(GOOD)], ..Document::default() };
        add_facts(&mut document);
        assert_eq!(document.problems, []);
        let facts: Vec<(&str, &str)> =
            document.facts.iter().map(|it| (it.name.as_str(), it.value.as_str())).collect();
        assert_eq!(
            facts,
            [
                ("girocode.bic", "BYLADEM1001"),
                ("girocode.name", "Elektro Sommer GmbH"),
                ("girocode.iban", "DE02120300000000202051"),
                ("girocode.amount", "1184.60 EUR"),
                ("girocode.text", "Rechnung ES-44107"),
            ]
        );
        assert_eq!(document.facts[0].path, "page 2 code 2");
        assert_eq!(document.code_of(&document.facts[0]).unwrap().content, GOOD);
    }

    #[test]
    fn what_may_be_left_out_may_be_left_out() {
        let short = "BCD\r\n002\r\n1\r\nSCT\r\n\r\nA\r\nDE02120300000000202051\r\n";
        assert_eq!(value(short, "iban"), "DE02120300000000202051");
        assert_eq!((value(short, "amount"), value(short, "bic")), (String::new(), String::new()));
        let reference =
            "BCD\n002\n2\nSCT\n\nA\nDE02120300000000202051\nEUR3\nGDDS\nRF18539007547034\n";
        assert_eq!(value(reference, "reference"), "RF18539007547034");
        assert_eq!(
            (value(reference, "amount"), value(reference, "purpose")),
            ("3.00 EUR".into(), "GDDS".into())
        );
        assert_eq!(charset(reference), Some("ISO8859_1"));
    }

    #[test]
    fn a_broken_rule_is_a_problem_and_no_value() {
        let long = "x".repeat(71);
        for (from, to) in [
            ("002", "003"),
            ("\n1\n", "\n9\n"),
            ("SCT", "XCT"),
            ("002\n1\nSCT\nBYLADEM1001", "001\n1\nSCT\n"),
            ("BYLADEM1001", "BYLADEM"),
            ("Elektro Sommer GmbH", ""),
            ("Elektro Sommer GmbH", long.as_str()),
            ("DE02120300000000202051", "DE03120300000000202051"),
            ("DE02120300000000202051", "DE02 1203 0000 0000 2020 51"),
            ("DE02120300000000202051", ""),
            ("EUR1184.6", "1184.6"),
            ("EUR1184.6", "EUR1184,60"),
            ("EUR1184.6", "EUR1.184"),
            ("EUR1184.6", "EUR0.00"),
            ("EUR1184.6", "USD1184.60"),
            ("EUR1184.6", "EUR1234567890"),
            ("\n\n\nRechnung", "\nTOOLONG\n\nRechnung"),
            ("\n\nRechnung", "\nRF18539007547034\nRechnung"),
            ("ES-44107", "ES\n\n\n\nmore"),
        ] {
            assert!(GOOD.contains(from), "{from}");
            let mut document =
                Document { codes: vec![qr(&GOOD.replace(from, to))], ..Document::default() };
            add_facts(&mut document);
            assert_eq!(document.facts, [], "{from} {to}");
            assert_eq!(document.problems[0].code, "P0211", "{from} {to}");
        }
        assert!(read(&qr("BCDX\n002")).is_none());
        assert!(read(&Code { symbology: Symbology::Aztec, ..qr(GOOD) }).is_none());
    }
}
