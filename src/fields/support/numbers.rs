//! Numbers as people write them: `1.234,56`, `1,234.56`, `1'234.56`, `12,-`.

/// A decimal number without sign or separators, so that no digit is ever rounded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::fields) struct Decimal {
    /// Whether it is below zero.
    pub(in crate::fields) negative: bool,
    /// Digits before the point, at least one, no leading zeros.
    pub(in crate::fields) whole: String,
    /// Digits after the point; may be empty.
    pub(in crate::fields) fraction: String,
}

/// Reads a number of at most 15 digits before and 9 after the point.
///
/// The last separator is the decimal one, unless it stands before exactly three digits
/// and there is no other kind of separator, or it occurs more than once.
pub(in crate::fields) fn decimal(raw: &str) -> Option<Decimal> {
    let text = raw.trim();
    let unsigned = text.strip_prefix(['-', '−', '–']);
    let text = unsigned.unwrap_or(text.strip_prefix('+').unwrap_or(text)).trim_start();
    let text = text.trim_end_matches(['-', '–', '—']);
    let round = text.len() < raw.trim_end().len() && text.ends_with([',', '.']);
    let text = if round { text.trim_end_matches([',', '.']) } else { text };
    let (whole, fraction) = match point(text) {
        Some(at) if !round => {
            let (whole, fraction) = text.split_at_checked(at)?;
            (whole, fraction.trim_start_matches([',', '.']))
        }
        _ => (text, ""),
    };
    let whole = grouped(whole)?;
    if whole.len() > 15 || fraction.len() > 9 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let trimmed = whole.trim_start_matches('0');
    let whole = if trimmed.is_empty() { "0" } else { trimmed }.to_owned();
    Some(Decimal { negative: unsigned.is_some(), whole, fraction: fraction.to_owned() })
}

/// The byte at which the decimal separator stands.
fn point(text: &str) -> Option<usize> {
    let at = text.rfind([',', '.'])?;
    let separator = text.get(at..=at)?;
    let after = text.len() - at - 1;
    let once = text.matches(separator).count() == 1;
    let alone =
        !text.contains(|c: char| ",.'’ \u{a0}\u{202f}".contains(c) && !separator.contains(c));
    (once && !(alone && after == 3 && !text.starts_with('0'))).then_some(at)
}

/// The digits of a whole number whose thousands may be parted.
fn grouped(text: &str) -> Option<String> {
    let mut groups = text.split([',', '.', '\'', '’', ' ', '\u{a0}', '\u{202f}']);
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    let first_fits = !first.is_empty() && (rest.is_empty() || first.len() <= 3);
    let digits = [first].iter().chain(&rest).all(|g| g.bytes().all(|b| b.is_ascii_digit()));
    (first_fits && digits && rest.iter().all(|g| g.len() == 3)).then(|| text_of(first, &rest))
}

fn text_of(first: &str, rest: &[&str]) -> String {
    first.to_owned() + &rest.concat()
}

impl Decimal {
    /// With a point and without superfluous zeros: `1234.5`.
    pub(in crate::fields) fn short(&self) -> String {
        let fraction = self.fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{}{}{point}{fraction}", self.sign(), self.whole)
    }

    /// With exactly two digits after the point, if it has no more: `1234.50`.
    pub(in crate::fields) fn money(&self) -> Option<String> {
        let fraction = self.fraction.trim_end_matches('0');
        let cents = (fraction.len() <= 2).then(|| format!("{fraction:0<2}"))?;
        Some(format!("{}{}.{cents}", self.sign(), self.whole))
    }

    fn sign(&self) -> &'static str {
        let zero = self.whole == "0" && self.fraction.bytes().all(|b| b == b'0');
        if self.negative && !zero { "-" } else { "" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_german_and_in_english() {
        let cases = [
            ("1.234,56", "1234.56"),
            ("1,234.56", "1234.56"),
            ("1'234.50", "1234.5"),
            ("1.234", "1234"),
            ("1,234", "1234"),
            ("1.234.567", "1234567"),
            ("0,125", "0.125"),
            ("12,-", "12"),
            ("12,--", "12"),
            ("-0,00", "0"),
            ("−3,5", "-3.5"),
            ("007", "7"),
            ("1 234,56", "1234.56"),
        ];
        for (raw, normal) in cases {
            assert_eq!(decimal(raw).map(|it| it.short()).as_deref(), Some(normal), "{raw}");
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for raw in ["", "-", ",", "1.23.456", "12.34.56", "1,2,3", "a", "1.2a", "١٢"] {
            assert_eq!(decimal(raw), None, "{raw}");
        }
    }
}
