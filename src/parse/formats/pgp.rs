//! PGP inside a text (RFC 9580, sections 6.2 and 7): signed text without its armour, encrypted text by name.

use crate::domain::Problem;

const SIGNED: &str = "-----BEGIN PGP SIGNED MESSAGE-----";
const SIGNATURE: &str = "-----BEGIN PGP SIGNATURE-----";
const SIGNATURE_END: &str = "-----END PGP SIGNATURE-----";
const ENCRYPTED: &str = "-----BEGIN PGP MESSAGE-----";

/// The text as its writer wrote it, and what is to be said about it.
pub(super) fn open(text: String) -> (String, Vec<Problem>) {
    let mut problems = Vec::new();
    if text.lines().any(|line| line.trim_end() == ENCRYPTED) {
        problems.push(Problem::new("P0101", "encrypted with PGP"));
    }
    if !text.lines().any(|line| line.trim_end() == SIGNED) {
        return (text, problems);
    }
    problems.push(Problem::new("P0407", "signed with PGP; the signature was not checked"));
    (without_armour(&text), problems)
}

/// Where in an armoured text a line stands.
enum Place {
    Outside,
    /// The lines `Hash: …`, up to an empty one.
    Head,
    Inside,
    Signature,
}

fn without_armour(text: &str) -> String {
    let mut place = Place::Outside;
    let mut lines = Vec::new();
    for line in text.lines() {
        let trimmed = line.trim_end();
        match place {
            Place::Outside if trimmed == SIGNED => place = Place::Head,
            Place::Head if trimmed.is_empty() => place = Place::Inside,
            Place::Head => {}
            Place::Inside if trimmed == SIGNATURE => place = Place::Signature,
            // Lines that begin with a dash were escaped (section 7.2).
            Place::Inside => lines.push(line.strip_prefix("- ").unwrap_or(line)),
            Place::Signature if trimmed == SIGNATURE_END => place = Place::Outside,
            Place::Signature => {}
            Place::Outside => lines.push(line),
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_text_is_shown_without_its_armour() {
        let signed = "Vorab\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nGuten Tag,\n- -- \nJana\n\
            -----BEGIN PGP SIGNATURE-----\n\nabcdef\n-----END PGP SIGNATURE-----\nFußzeile\n";
        let (text, problems) = open(signed.to_owned());
        assert_eq!(text, "Vorab\nGuten Tag,\n-- \nJana\nFußzeile");
        assert_eq!(problems[0].code, "P0407");
    }

    #[test]
    fn a_text_without_an_end_loses_nothing_but_the_signature() {
        let (text, _) = open(format!("{SIGNED}\n\nAlles da\n{SIGNATURE}\nabc"));
        assert_eq!(text, "Alles da");
        let (text, problems) = open("Ich schreibe -----BEGIN PGP MESSAGE----- im Satz".to_owned());
        assert!(text.contains("im Satz") && problems.is_empty());
    }
}
