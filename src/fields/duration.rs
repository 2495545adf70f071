//! Lengths of time: how long a contract runs, how much notice is given.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Reader, Reading, fixed, squeeze};
use super::{Asked, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "duration",
    purpose: "A length of time, such as the term of a contract.",
    example: "2 years",
    basis: "",
    search: Search::Recogniser(recognise),
    normalise,
    doubts: None,
    sensitive: false,
};

static READER: Reader =
    Reader { sure: Some(&SURE), hinted: None, read, scanned: false, cuts: false };
static SURE: LazyLock<Regex> = LazyLock::new(|| fixed(&shape()));
static PARTS: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"^(?:([<L>-]+) ?)?\(?([0-9]{1,3})?\)?[ -]?(?:[<L>]+ )?([<L>]+)$"));

/// Numbers as words, in English and German.
const WORDS: &[&[&str]] = &[
    &["one", "ein", "eine", "einem", "einen", "einer", "a"],
    &["two", "zwei"],
    &["three", "drei"],
    &["four", "vier"],
    &["five", "fünf"],
    &["six", "sechs"],
    &["seven", "sieben"],
    &["eight", "acht"],
    &["nine", "neun"],
    &["ten", "zehn"],
    &["eleven", "elf"],
    &["twelve", "zwölf"],
    &["thirteen", "dreizehn"],
    &["fourteen", "vierzehn"],
    &["fifteen", "fünfzehn"],
    &["sixteen", "sechzehn"],
    &["seventeen", "siebzehn"],
    &["eighteen", "achtzehn"],
    &["nineteen", "neunzehn"],
    &["twenty", "zwanzig"],
];
/// Tens beyond twenty, which stand alone in contracts.
const TENS: &[(&str, u32)] = &[
    ("thirty", 30),
    ("dreißig", 30),
    ("thirty-six", 36),
    ("forty-five", 45),
    ("sixty", 60),
    ("sechzig", 60),
    ("ninety", 90),
    ("neunzig", 90),
];
/// Units with their beginnings; what follows is the plural or a case.
const UNITS: &[(&str, &[&str])] = &[
    ("day", &["day", "days", "tag", "tage", "tagen"]),
    ("week", &["week", "weeks", "woche", "wochen"]),
    ("month", &["month", "months", "monat", "monate", "monaten"]),
    ("year", &["year", "years", "jahr", "jahre", "jahren", "jahres"]),
];

/// A number in words, in digits or both, and a unit: `two (2) years`, `18-month`, `zwölf Monate`.
fn shape() -> String {
    let tens = TENS.iter().map(|(word, _)| *word);
    // The longest first: `thirty-six` is more than `thirty`. An article alone is no number.
    let mut words: Vec<&str> =
        WORDS.concat().into_iter().filter(|it| *it != "a").chain(tens).collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let words = words.join("|");
    let mut units: Vec<&str> = UNITS.iter().flat_map(|(_, forms)| forms.iter().copied()).collect();
    units.sort_by_key(|unit| std::cmp::Reverse(unit.len()));
    format!(
        r"(?i:(?:(?:{words})\s{{0,3}}\(\s?[0-9]{{1,3}}\s?\)|[0-9]{{1,3}}|{words})(?:\s{{1,3}}|-)(?:(?:full|calendar|business|consecutive|volle)\s)?(?:{}))",
        units.join("|")
    )
}

fn recognise(text: &str, asked: &Asked<'_>) -> Vec<Hit> {
    READER.find(text, asked)
}

fn normalise(raw: &str, asked: &Asked<'_>) -> Result<String, Invalid> {
    READER.normalise(raw, asked)
}

fn read(raw: &str, _: &Asked<'_>) -> Result<Reading, Invalid> {
    let shape = || Invalid::shape("a duration is a number and a unit of time");
    let plain = squeeze(raw).replace("( ", "(").replace(" )", ")").to_lowercase();
    let parts = PARTS.captures(&plain).ok_or_else(shape)?;
    let digits = parts.get(2).and_then(|it| it.as_str().parse::<u32>().ok());
    let word = parts.get(1).and_then(|it| number(it.as_str().trim_matches('-')));
    if let (Some(one), Some(other)) = (digits, word)
        && one != other
    {
        return Err(Invalid::check("the number in words is another than that in digits"));
    }
    let count = digits.or(word).filter(|count| *count > 0).ok_or_else(shape)?;
    let unit = parts.get(3).map_or("", |it| it.as_str());
    let (unit, _) = UNITS.iter().find(|(_, forms)| forms.contains(&unit)).ok_or_else(shape)?;
    let plural = if count == 1 { "" } else { "s" };
    Ok(Reading::plain(format!("{count} {unit}{plural}")))
}

fn number(word: &str) -> Option<u32> {
    if let Some((_, value)) = TENS.iter().find(|(known, _)| *known == word) {
        return Some(*value);
    }
    let at = WORDS.iter().position(|words| words.contains(&word))?;
    u32::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn durations_are_read_in_words_and_in_digits() {
        cases::valid_unchecked(
            &TYPE,
            &[
                ("two (2) years", "2 years"),
                ("Two ( 2 ) years", "2 years"),
                ("eleven months", "11 months"),
                ("18-month", "18 months"),
                ("one year", "1 year"),
                ("thirty-six (36)\nmonths", "36 months"),
                ("30 calendar days", "30 days"),
                ("zwölf Monate", "12 months"),
                ("5 Jahren", "5 years"),
            ],
        );
        cases::invalid(&TYPE, &["", "2", "years", "two (3) years", "0 days", "2 hours"]);
    }

    #[test]
    fn a_label_tells_which_duration_is_meant() {
        let labels = ["for a period of".to_owned()];
        let asked = Asked { labels: &labels, ..Asked::default() };
        let found = recognise("within ten (10) days, for a period of\nfive (5) years", &asked);
        let labelled: Vec<(&str, bool)> =
            found.iter().map(|it| (it.value.as_str(), it.labelled)).collect();
        assert_eq!(labelled, [("10 days", false), ("5 years", true)]);
    }
}
