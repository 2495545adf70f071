//! A few words as they stand in the document.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Reader, Reading, fixed, squeeze};
use super::{Asked, FieldType, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "text",
    purpose: "A few words, copied as they stand.",
    example: "Hausboot am Winterhafen",
    basis: "",
    search: Search::Passage { words: 12 },
    normalise,
    doubts: None,
    sensitive: false,
};

static READER: Reader = Reader { sure: None, hinted: None, read, scanned: false, cuts: false };
static LETTER: LazyLock<Regex> = LazyLock::new(|| fixed(r"[\p{L}\p{N}]"));

pub(super) fn normalise(raw: &str, asked: &Asked<'_>) -> Result<String, Invalid> {
    READER.normalise(raw, asked)
}

fn read(raw: &str, _: &Asked<'_>) -> Result<Reading, Invalid> {
    if !LETTER.is_match(raw) {
        return Err(Invalid::shape("it holds no word"));
    }
    Ok(Reading::plain(squeeze(raw)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_squeezed_and_the_pattern_holds() {
        assert_eq!(normalise(" zwei\n Wörter ", &Asked::default()).unwrap(), "zwei Wörter");
        assert!(normalise(" - ", &Asked::default()).is_err());
        let asked = Asked { pattern: Some("[a-z]+"), ..Asked::default() };
        assert_eq!(normalise("abc", &asked).unwrap(), "abc");
        assert_eq!(normalise("abc1", &asked).unwrap_err().code, "F0403");
        let broken = Asked { pattern: Some("("), ..Asked::default() };
        assert_eq!(normalise("abc", &broken).unwrap_err().code, "F0403");
    }
}
