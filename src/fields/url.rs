//! Addresses of web pages.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Reader, Reading, fixed};
use super::{Asked, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "url",
    purpose: "The address of a web page.",
    example: "https://www.example.org/hund",
    basis: "RFC 3986",
    search: Search::Recogniser(recognise),
    normalise,
    doubts: None,
    sensitive: false,
};

static READER: Reader =
    Reader { sure: Some(&SURE), hinted: None, read, scanned: false, cuts: false };
static SURE: LazyLock<Regex> =
    LazyLock::new(|| fixed(r#"(?i:https?://|www\.)[^\s<>"]{0,1000}[^\s<>".,;:!?)\]}'’“”*_]"#));
static HOST: LazyLock<Regex> = LazyLock::new(|| {
    fixed(r"^[<L>0-9][<L>0-9-]{0,62}(?:\.[<L>0-9][<L>0-9-]{0,62}){0,8}(?::[0-9]{1,5})?$")
});

fn recognise(text: &str, asked: &Asked<'_>) -> Vec<Hit> {
    READER.find(text, asked)
}

fn normalise(raw: &str, asked: &Asked<'_>) -> Result<String, Invalid> {
    READER.normalise(raw, asked)
}

fn read(raw: &str, _: &Asked<'_>) -> Result<Reading, Invalid> {
    let plain = raw.trim();
    let full = if scheme(plain).is_some() { plain.to_owned() } else { format!("https://{plain}") };
    let rest = scheme(&full).unwrap_or("");
    let host = rest.split(['/', '?', '#']).next().unwrap_or("");
    // Small letters may be others than the large ones: what is kept must be readable again.
    let small = host.to_lowercase();
    if !HOST.is_match(&small) || full.chars().any(|c| c.is_whitespace() || "<>\"".contains(c)) {
        return Err(Invalid::shape("a web address has a host such as `www.example.org`"));
    }
    let protocol = full.strip_suffix(rest).unwrap_or("").to_lowercase();
    let path = rest.strip_prefix(host).unwrap_or("");
    Ok(Reading::plain(format!("{protocol}{small}{path}")))
}

/// What follows `http://` or `https://`.
fn scheme(text: &str) -> Option<&str> {
    let (before, after) = text.split_once("://")?;
    ["http", "https"].iter().any(|it| before.eq_ignore_ascii_case(it)).then_some(after)
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn addresses_are_found_without_the_punctuation_behind_them() {
        cases::valid_unchecked(
            &TYPE,
            &[
                ("https://www.Example.org/Hund?x=1", "https://www.example.org/Hund?x=1"),
                ("www.mainz.de", "https://www.mainz.de"),
                ("HTTP://mainz.de:8080/a", "http://mainz.de:8080/a"),
            ],
        );
        cases::invalid(&TYPE, &["ftp://mainz.de", "https://", "zwei Wörter", ""]);
        assert_eq!(
            recognise("(siehe www.mainz.de/x).", &Asked::default())[0].value,
            "https://www.mainz.de/x"
        );
    }
}
