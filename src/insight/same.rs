//! Whether two ways of writing mean the same value.

/// Whether a given value is the true one, however it is written: dates and amounts by what they
/// mean, other texts without white space, punctuation and case.
pub fn same(field: &str, truth: &str, given: &str) -> bool {
    if plain(truth) == plain(given) {
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

fn plain(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The days a text may mean: `03/04/2026` is two.
fn days(text: &str) -> Vec<(u32, u32, u32)> {
    let parts: Vec<u32> =
        text.split(['-', '.', '/']).filter_map(|part| part.trim().parse().ok()).collect();
    let [one, two, three] = parts.as_slice() else { return Vec::new() };
    let year = |year: u32| if year < 100 { 2000 + year } else { year };
    if *one > 31 {
        return vec![(*one, *two, *three)];
    }
    vec![(year(*three), *two, *one), (year(*three), *one, *two)]
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
        assert!(same("brutto", "1234.50 EUR", "1.234,50 €"));
        assert!(same("iban", "DE02 1203", "de021203"));
        assert!(!same("brutto", "1234.50 EUR", "1234.05 EUR"));
        assert!(!same("name", "Müller", "Muller"));
    }
}
