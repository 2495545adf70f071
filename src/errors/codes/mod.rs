//! Every code a person may meet, with the page that `vorlage explain` shows.
//!
//! `E` = a mistake in an admin's file, `P` = a problem with what arrived, `F` = a finding for the
//! reviewer, `H` = why an item is held, `W` = a file is right, but not for this machine. To add a code: write its page in the file of its kind.

mod expressions;
mod findings;
mod held;
mod policy;
mod problems;
mod reading;
mod references;
mod warnings;

/// One code and its page.
#[derive(Clone, Copy, Debug)]
pub struct Code {
    /// Such as `E0101`.
    pub code: &'static str,
    /// One line.
    pub title: &'static str,
    /// What it means and what to do, in Markdown.
    pub page: &'static str,
}

const PARTS: &[&[Code]] = &[
    reading::PAGES,
    references::PAGES,
    expressions::PAGES,
    policy::PAGES,
    findings::PAGES,
    held::PAGES,
    problems::PAGES,
    warnings::PAGES,
];

/// Every code there is, in alphabetical order.
pub const CODES: &[Code] = &join::<{ count() }>();

/// The page of a code, upper or lower case.
pub fn find(code: &str) -> Option<&'static Code> {
    CODES.iter().find(|known| known.code.eq_ignore_ascii_case(code.trim()))
}

/// Every code, in alphabetical order.
pub fn all() -> impl Iterator<Item = &'static Code> {
    CODES.iter()
}

const fn count() -> usize {
    let (mut sum, mut part) = (0, 0);
    while part < PARTS.len() {
        sum += PARTS[part].len();
        part += 1;
    }
    sum
}

const fn join<const N: usize>() -> [Code; N] {
    let mut all = [Code { code: "", title: "", page: "" }; N];
    let (mut at, mut part) = (0, 0);
    while part < PARTS.len() {
        let mut index = 0;
        while index < PARTS[part].len() {
            all[at] = PARTS[part][index];
            (at, index) = (at + 1, index + 1);
        }
        part += 1;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_none_is_given_twice() {
        assert!(CODES.windows(2).all(|two| two[0].code < two[1].code));
        assert_eq!(find("e0101").map(|code| code.code), Some("E0101"));
        assert!(find("E9999").is_none());
    }

    #[test]
    fn every_page_says_what_it_means_and_what_to_do() {
        for code in CODES {
            assert!(!code.title.is_empty(), "{}", code.code);
            assert!(code.page.contains("What to do: "), "{}", code.code);
            assert!(code.page.lines().all(|line| line.chars().count() <= 120), "{}", code.code);
            let title = code.title.trim_start_matches('`');
            assert!(title.starts_with(char::is_lowercase), "{}", code.code);
        }
    }
}
