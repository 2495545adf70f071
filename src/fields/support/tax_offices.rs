//! The check digits of unified tax numbers: four digits of the tax office, a 0, district and
//! serial number, the check digit. Each Land counts in its own way; the rules are those of ELSTER,
//! "Prüfung der Steuer- und Steueridentifikationsnummer", chapters 6 and 7.

use super::{digit_values, is_digits, root};

/// How a check digit is counted from the twelve digits before it.
#[derive(Clone, Copy)]
enum Method {
    /// What is missing from the weighted sum to a multiple of 11; ten is never given.
    Eleven([u32; 12]),
    /// What the weighted sum leaves when divided by 11.
    Remainder([u32; 12]),
    /// Two-digit products count as their last digit and one; what is missing to a multiple of 10.
    Ten([u32; 12]),
    /// Summands, powers of two, digital roots; what is missing to a multiple of 10.
    Two,
}

const STANDARD: Method = Method::Eleven([0, 5, 4, 3, 0, 2, 7, 6, 5, 4, 3, 2]);
const BREMEN_HAMBURG: Method = Method::Eleven([0, 0, 4, 3, 0, 2, 7, 6, 5, 4, 3, 2]);
const BERLIN_A: Method = Method::Eleven([0, 0, 0, 0, 0, 7, 6, 5, 8, 4, 3, 2]);
const BERLIN_B_LOWER_SAXONY: Method = Method::Eleven([0, 0, 2, 9, 0, 8, 7, 6, 5, 4, 3, 2]);
const NORTH_RHINE: Method = Method::Remainder([0, 3, 2, 1, 0, 7, 6, 5, 4, 3, 2, 1]);
const PALATINATE: Method = Method::Ten([0, 0, 1, 2, 0, 1, 2, 1, 2, 1, 2, 1]);
const SUMMANDS: [u32; 12] = [0, 0, 9, 8, 0, 7, 6, 5, 4, 3, 2, 1];
const POWERS: [u32; 12] = [0, 0, 512, 256, 0, 128, 64, 32, 16, 8, 4, 2];

/// Whether the check digit of a unified tax number holds; `None` when no Land has such a number.
pub(in crate::fields) fn check(unified: &str) -> Option<bool> {
    if !is_digits(unified, 13) || unified.get(4..5) != Some("0") {
        return None;
    }
    let digits = digit_values(unified);
    let last = *digits.last()?;
    let methods = methods(unified)?;
    Some(methods.iter().any(|method| method.check_digit(&digits) == Some(last)))
}

/// The ways in which the Land of a number may count.
fn methods(unified: &str) -> Option<&'static [Method]> {
    let land = unified.get(..2)?;
    Some(match land {
        "10" | "30" | "31" | "32" | "40" | "41" => &[STANDARD],
        // Which of the two holds depends on tax office and district.
        "11" => &[BERLIN_A, BERLIN_B_LOWER_SAXONY],
        "21" | "26" | "28" => &[Method::Two],
        "22" | "24" => &[BREMEN_HAMBURG],
        "23" => &[BERLIN_B_LOWER_SAXONY],
        "27" => &[PALATINATE],
        _ if land.starts_with('5') => &[NORTH_RHINE],
        _ if land.starts_with('9') => &[STANDARD],
        _ => return None,
    })
}

impl Method {
    fn check_digit(self, digits: &[u32]) -> Option<u32> {
        let weighted =
            |factors: [u32; 12]| digits.iter().zip(factors).map(|(digit, by)| digit * by);
        match self {
            Self::Eleven(factors) => Some((11 - weighted(factors).sum::<u32>() % 11) % 11),
            Self::Remainder(factors) => Some(weighted(factors).sum::<u32>() % 11),
            Self::Ten(factors) => {
                let one = |product: u32| if product > 9 { product % 10 + 1 } else { product };
                Some((10 - weighted(factors).map(one).sum::<u32>() % 10) % 10)
            }
            Self::Two => {
                let sums = digits.iter().zip(SUMMANDS).map(|(digit, add)| (digit + add) % 10);
                let sum: u32 = sums.zip(POWERS).map(|(sum, power)| root(sum * power)).sum();
                Some((10 - sum % 10) % 10)
            }
        }
        .filter(|digit| *digit < 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_every_land_is_accepted_and_its_neighbour_is_not() {
        let numbers = [
            "2893081508152",
            "9181081508155",
            "1121081508150",
            "3048081508155",
            "2475081508152",
            "2202081508156",
            "2613081508153",
            "4079081508151",
            "2324081508151",
            "5133081508159",
            "2722081508154",
            "1010081508182",
            "3201012312340",
            "3101081508154",
            "2129081508158",
            "4151081508156",
        ];
        for number in numbers {
            assert_eq!(check(number), Some(true), "{number}");
        }
        assert_eq!(check("2722081508155"), Some(false));
        assert_eq!(check("6022081508155"), None);
        assert_eq!(check("2722181508155"), None);
    }
}
