//! Check digit procedures that several numbers share.

/// ISO 7064 MOD 11,10 over decimal digits, the last of which is the check digit
/// (tax identification number, German VAT number).
pub(in crate::fields) fn mod_11_10(digits: &[u32]) -> bool {
    let Some((check, rest)) = digits.split_last() else { return false };
    let mut product = 10;
    for digit in rest {
        let sum = (digit + product) % 10;
        product = (2 * if sum == 0 { 10 } else { sum }) % 11;
    }
    (11 - product) % 10 == *check
}

/// ISO 7064 MOD 97-10: letters stand for 10 to 35, the whole number leaves 1 when divided by 97.
/// `false` for anything but ASCII letters and digits.
pub(in crate::fields) fn mod_97_10(parts: &[&str]) -> bool {
    let mut rest: u32 = 0;
    for c in parts.iter().flat_map(|part| part.chars()) {
        let Some(value) = c.to_digit(36) else { return false };
        rest = (if value < 10 { rest * 10 } else { rest * 100 } + value) % 97;
    }
    rest == 1
}

/// The check digit of ICAO 9303: weights 7, 3, 1; letters stand for 10 to 35.
/// `None` for anything but ASCII letters and digits.
pub(in crate::fields) fn icao_731(text: &str) -> Option<u32> {
    let weights = [7, 3, 1].into_iter().cycle();
    let values = text.chars().map(|c| c.to_digit(36));
    let sum: Option<u32> = values.zip(weights).map(|(value, weight)| Some(value? * weight)).sum();
    Some(sum? % 10)
}

/// A letter as its two-digit place in the alphabet (A = 01), as pension and health insurers count.
pub(in crate::fields) fn letter_number(letter: char) -> Option<[u32; 2]> {
    let place = letter.to_digit(36).filter(|_| letter.is_ascii_alphabetic())? - 9;
    Some([place / 10, place % 10])
}

/// The digital root: the sum of the digits, again and again, until one digit is left.
pub(in crate::fields) fn root(number: u32) -> u32 {
    if number == 0 { 0 } else { 1 + (number - 1) % 9 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_procedures_accept_their_published_examples() {
        assert!(mod_11_10(&[3, 6, 5, 7, 4, 2, 6, 1, 8, 0, 9]));
        assert!(!mod_11_10(&[3, 6, 5, 7, 4, 2, 6, 1, 8, 9, 0]));
        assert!(mod_97_10(&["99103730", "19"]));
        assert_eq!(icao_731("T22000129"), Some(3));
        assert_eq!(letter_number('J'), Some([1, 0]));
        assert_eq!(root(4608), 9);
    }

    #[test]
    fn nothing_at_all_is_never_right() {
        assert!(!mod_11_10(&[]));
        assert!(!mod_97_10(&[]));
        assert!(!mod_97_10(&["ä1"]));
        assert_eq!(letter_number('ß'), None);
        assert_eq!(letter_number('7'), None);
    }
}
