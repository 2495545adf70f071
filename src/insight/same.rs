//! Whether two ways of writing mean the same value.

use crate::domain::bare;

/// Whether a given value is the true one, however it is written: dates and amounts by what they
/// mean, other texts without white space, punctuation and case.
pub fn same(field: &str, truth: &str, given: &str) -> bool {
    if bare(truth) == bare(given) {
        return true;
    }
    let (dates, others) = (days(truth), days(given));
    if dates.iter().any(|day| others.contains(day)) {
        return true;
    }
    let money = ["total", "amount", "netto", "brutto", "ust", "betrag", "price", "summe"];
    let is_money = money.iter().any(|it| field.contains(it)) || truth.ends_with(" EUR");
    is_money && cents(truth).is_some() && cents(truth) == cents(given)
}

/// The beginnings of the names of the months, in German and English.
const MONTHS: [&[&str]; 12] = [
    &["jan", "jän"],
    &["feb"],
    &["mar", "mär", "mrz", "maerz"],
    &["apr"],
    &["may", "mai"],
    &["jun"],
    &["jul"],
    &["aug"],
    &["sep"],
    &["oct", "okt"],
    &["nov"],
    &["dec", "dez"],
];

/// The days a text may mean: `03/04/2026` is two, `12 JUN 2018` one.
fn days(text: &str) -> Vec<(u32, u32, u32)> {
    let words: Vec<String> = text
        .split(|it: char| !it.is_alphanumeric())
        .map(str::to_lowercase)
        .filter(|it| !matches!(it.as_str(), "" | "day" | "of" | "the"))
        .collect();
    let month = |word: &String| {
        let begins = |names: &&[&str]| names.iter().any(|it| word.starts_with(it));
        (1..).zip(MONTHS.iter()).find(|(_, names)| begins(names)).map(|(number, _)| number)
    };
    if let [one, two, year] = words.as_slice() {
        let (first, second) = (one.parse().ok(), two.parse().ok());
        let named = match (first, month(two), month(one), second) {
            (Some(day), Some(month), ..) | (None, _, Some(month), Some(day)) => Some((month, day)),
            _ => None,
        };
        if let (Some((month, day)), Ok(year)) = (named, year.parse::<u32>()) {
            return vec![(full(year), month, day)];
        }
    }
    let parts: Vec<u32> =
        text.split(['-', '.', '/']).filter_map(|part| part.trim().parse().ok()).collect();
    let [one, two, three] = parts.as_slice() else { return Vec::new() };
    if *one > 31 {
        return vec![(*one, *two, *three)];
    }
    vec![(full(*three), *two, *one), (full(*three), *one, *two)]
}

/// A year of two digits is one from 1970 to 2069, as fields read it.
fn full(year: u32) -> u32 {
    match year {
        0..70 => 2000 + year,
        70..100 => 1900 + year,
        _ => year,
    }
}

fn cents(text: &str) -> Option<i64> {
    let digits: String =
        text.chars().filter(|it| it.is_ascii_digit() || matches!(it, '.' | ',' | '-')).collect();
    let (whole, fraction) = match digits.rfind([',', '.']) {
        Some(at) if digits.len() - at <= 3 => digits.split_at(at),
        _ => (digits.as_str(), ""),
    };
    let whole: String = whole.chars().filter(|it| !matches!(it, '.' | ',')).collect();
    let fraction: String =
        fraction.chars().filter(char::is_ascii_digit).chain("00".chars()).take(2).collect();
    Some(whole.parse::<i64>().ok()? * 100 + fraction.parse::<i64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn values_are_compared_by_what_they_mean() {
        assert!(same("date", "2026-03-12", "12.03.2026"));
        assert!(same("date", "12 JUN 2018", "2018-06-12"));
        assert!(same("date", "05-JAN-2017", "2017-01-05"));
        assert!(same("date", "June 12, 2018", "2018-06-12"));
        assert!(same("date", "22\nday of\nJune\n1992", "1992-06-22"));
        assert!(same("date", "9/7/93", "1993-09-07") && same("date", "9/7/26", "2026-07-09"));
        assert!(!same("date", "12 JUN 2018", "2018-06-13"));
        assert!(same("brutto", "1234.50 EUR", "1.234,50 €"));
        assert!(same("iban", "DE02 1203", "de021203"));
        assert!(!same("brutto", "1234.50 EUR", "1234.05 EUR"));
        assert!(!same("name", "Müller", "Muller"));
    }
}
