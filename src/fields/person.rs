//! Names of persons.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Hinted, Reader, Reading, fixed, name, squeeze};
use super::{Asked, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "person",
    purpose: "The name of a person.",
    example: "Müller, Jana",
    basis: "",
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
static SURE: LazyLock<Regex> = LazyLock::new(|| fixed(&sure()));
static HINTED: LazyLock<Regex> = LazyLock::new(|| {
    fixed(&format!(r"(?:{NAME},[ \t]{TITLE}?{NAME}|{TITLE}?{NAME}(?:{MORE}){{1,4}})"))
});
/// How such a value is announced when the admin wrote no labels.
const LABELS: &[&str] = &[
    "Name",
    "Vor- und Nachname",
    "Name, Vorname",
    "Vorname, Name",
    "Nachname, Vorname",
    "Halter",
    "Halterin",
    "Hundehalter",
    "Hundehalterin",
    "Antragsteller",
    "Antragstellerin",
    "Eigentümer",
    "Eigentümerin",
    "Absender",
    "Absenderin",
    "Ansprechpartner",
    "Ansprechpartnerin",
    "Ansprechperson",
    "Sachbearbeiter",
    "Sachbearbeiterin",
    "Inhaber",
    "Inhaberin",
    "Geschäftsführer",
    "Geschäftsführerin",
    "Kontoinhaber",
    "Kontoinhaberin",
    "Von",
    "From",
    "Owner",
    "Applicant",
    "Full name",
    "Contact",
    "Sender",
    "mein Name ist",
    "ich heiße",
    "my name is",
];
const NAME: &str = r"[<U>][<L>'’-]{1,30}";
const TITLE: &str = r"(?:(?:(?:Frau|Herrn|Herr|Mrs\.?|Mr\.?|Ms\.?|Dr\.|Prof\.|med\.|jur\.|Dipl\.-[<U>][<L>]{1,6}\.)[ \t]){1,5})";
const MORE: &str = r"[ \t](?:(?:von|van|vom|de|del|da|di|der|den|ter|ten|zu|zur|zum|und zu|el|al|bin)[ \t]){0,3}(?:[<U>]\.|[<U>][<L>'’-]{1,30})";
/// What stands over a signature.
const CLOSING: &str = r"(?i:mit freundlichen gr(?:ü|ue)(?:ß|ss)en|freundliche gr(?:ü|ue)(?:ß|ss)e|(?:viele|beste|herzliche|liebe|schöne) gr(?:ü|ue)(?:ß|ss)e|hochachtungsvoll|mfg|gez\.|(?:kind|best|warm)? ?regards|(?:yours )?(?:sincerely|faithfully)(?: yours)?|best wishes|many thanks)";

/// With a title, or the line under a greeting at the end.
fn sure() -> String {
    let signature = format!(
        r"{CLOSING}[ \t]*[,.!]?[ \t]*(?:\r?\n[ \t]*){{1,4}}(?:(?:i\. ?A\.|i\. ?V\.|gez\.)[ \t])?({TITLE}?{NAME}(?:{MORE}){{1,4}})"
    );
    format!(r"{signature}|{TITLE}{NAME}(?:{MORE}){{0,4}}")
}

/// The one who is greeted did not write, and is nobody the letter is about.
fn find(text: &str, asked: &Asked<'_>) -> Vec<Hit> {
    let mut hits = READER.find(text, asked);
    let (mut at, mut chars) = (0, text.chars());
    hits.retain(|hit| {
        let from = hit.span.start.saturating_sub(9).max(at);
        let before: String = chars.by_ref().skip(from - at).take(hit.span.start - from).collect();
        at = hit.span.start;
        !before.to_lowercase().contains("geehrte") && !before.contains("Dear")
    });
    hits
}

fn recognise(text: &str, asked: &Asked<'_>) -> Vec<Hit> {
    find(text, asked)
}

fn normalise(raw: &str, asked: &Asked<'_>) -> Result<String, Invalid> {
    READER.normalise(raw, asked)
}

fn read(raw: &str, _: &Asked<'_>) -> Result<Reading, Invalid> {
    let plain = squeeze(raw.trim().trim_end_matches([',', ';', ':']));
    let last = plain.rsplit(' ').next().unwrap_or("");
    // The point of an initial belongs to the name.
    let plain = if last.len() > 2 { plain.trim_end_matches('.') } else { &plain };
    let shape = || Invalid::shape("it does not read like the name of a person");
    name(plain).map(Reading::plain).ok_or_else(shape)
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    fn names(text: &str) -> Vec<String> {
        recognise(text, &Asked::default()).into_iter().map(|hit| hit.value).collect()
    }

    #[test]
    fn the_family_name_comes_first_without_titles() {
        cases::normal(
            &TYPE,
            &[
                ("Jana Müller", "Müller, Jana"),
                ("Frau Dr. Jana Müller", "Müller, Jana"),
                ("Müller, Jana", "Müller, Jana"),
                ("Müller, Dr. Jana", "Müller, Jana"),
                ("Anna-Lena von der Heide", "von der Heide, Anna-Lena"),
                ("John F. Kennedy", "Kennedy, John F."),
                ("Müller", "Müller"),
            ],
        );
        cases::invalid(&TYPE, &["", "4711", "Jana 5", "Muster GmbH", "Rheinstraße"]);
    }

    #[test]
    fn names_stand_after_labels_and_under_greetings() {
        assert_eq!(names("Halter: Jana Müller"), ["Müller, Jana"]);
        assert_eq!(names("Name:\nMüller, Jana\nOrt: Mainz"), ["Müller, Jana"]);
        assert_eq!(
            names("Danke.\n\nMit freundlichen Grüßen\nJana Müller\nRheinstraße 5"),
            ["Müller, Jana"]
        );
        assert_eq!(names("Kind regards,\r\n\r\nJohn Smith"), ["Smith, John"]);
        assert_eq!(names("Halter Jana Müller Rheinstraße 5"), ["Müller, Jana"]);
        assert_eq!(names("Von: Jana Müller <jana@example.org>"), ["Müller, Jana"]);
        assert_eq!(names("Mein Name ist Jana Müller und ich"), ["Müller, Jana"]);
        assert_eq!(names("Der Hund von Frau Müller bellt."), ["Müller"]);
    }

    #[test]
    fn the_person_greeted_and_plain_words_are_no_names() {
        assert_eq!(names("Sehr geehrte Frau Müller,"), [""; 0]);
        assert_eq!(names("Guten Tag, Der Hund Bello bellt"), [""; 0]);
    }
}
