//! The parts of a person's name.

use std::sync::LazyLock;

use regex::Regex;

use super::fixed;

const TITLES: &[&str] =
    &["frau", "herrn", "herr", "mrs", "mr", "ms", "dr", "prof", "med", "jur", "familie", "firma"];
const PARTICLES: &[&str] = &[
    "von", "van", "vom", "de", "del", "da", "di", "der", "den", "ter", "ten", "zu", "zur", "zum",
    "el", "al", "bin",
];
/// Words that stand where a name could, in lower case.
const NO_NAME: &[&str] = &[
    "name",
    "vorname",
    "nachname",
    "halter",
    "halterin",
    "antragsteller",
    "antragstellerin",
    "anschrift",
    "adresse",
    "straße",
    "telefon",
    "tel",
    "mobil",
    "fax",
    "e-mail",
    "email",
    "mail",
    "datum",
    "betreff",
    "geburtsdatum",
    "ort",
    "plz",
    "wohnort",
    "gmbh",
    "ag",
    "kg",
    "ug",
    "ohg",
    "gbr",
    "ltd",
    "inc",
    "amt",
    "hund",
    "hundes",
    "rasse",
    "iban",
    "bic",
    "damen",
    "rechnung",
    "subject",
    "date",
    "an",
    "von",
    "ihr",
    "ihre",
    "team",
    "am",
    "in",
    "im",
    "der",
    "die",
    "das",
    "ich",
    "wir",
    "sie",
    "the",
    "straße:",
    "anlage",
    "anlagen",
];
static WORD: LazyLock<Regex> = LazyLock::new(|| fixed(r"^\p{L}[\p{L}'’-]*\.?$"));

/// `Family, Given` when the two can be told apart; `None` for what is no name of a person.
pub(in crate::fields) fn name(plain: &str) -> Option<String> {
    let (first, given) = match plain.split_once(',') {
        Some((family, given)) => (family.trim(), Some(given.trim())),
        None => (plain, None),
    };
    let words: Vec<&str> = first.split(' ').skip_while(|word| is_title(word)).collect();
    let given: Option<Vec<&str>> =
        given.map(|it| it.split(' ').filter(|it| !is_title(it)).collect());
    let mut titles = words.iter().filter(|word| is_title(word));
    let all = || words.iter().chain(given.iter().flatten());
    if all().count() > 7
        || words.is_empty()
        || titles.next().is_some()
        || !all().all(|word| WORD.is_match(word))
    {
        return None;
    }
    let particle = |word: &str| PARTICLES.contains(&word);
    let strange = |word: &str| !particle(word) && NO_NAME.contains(&word.to_lowercase().as_str());
    if all().any(|word| strange(word) || ends_like_a_street(word)) {
        return None;
    }
    if let Some(given) = given {
        return (!given.is_empty()).then(|| format!("{}, {}", words.join(" "), given.join(" ")));
    }
    let family = family_from(&words);
    let (given, family) = words.split_at_checked(family)?;
    if given.is_empty() || family.is_empty() {
        return Some(words.join(" "));
    }
    Some(format!("{}, {}", family.join(" "), given.join(" ")))
}

/// Where the family name begins: at the last word, or at the particles before it.
fn family_from(words: &[&str]) -> usize {
    let last = words.len().saturating_sub(1);
    let particles = words.get(..last).unwrap_or(&[]).iter().rev();
    last - particles.take_while(|word| PARTICLES.contains(&word.to_lowercase().as_str())).count()
}

fn is_title(word: &str) -> bool {
    let word = word.to_lowercase();
    TITLES.contains(&word.trim_end_matches('.')) || word.starts_with("dipl.-")
}

fn ends_like_a_street(word: &str) -> bool {
    ["straße", "strasse", "str.", "weg", "platz", "gasse", "allee"]
        .iter()
        .any(|end| word.to_lowercase().ends_with(end))
}
