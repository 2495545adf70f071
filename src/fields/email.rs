//! Mail addresses.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Reader, Reading, fixed};
use super::{Asked, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "email",
    purpose: "A mail address.",
    example: "jana.mueller@example.org",
    basis: "RFC 5321",
    search: Search::Recogniser(recognise),
    normalise,
    doubts: None,
    sensitive: false,
};

static READER: Reader =
    Reader { sure: Some(&SURE), hinted: None, read, scanned: false, cuts: false };
static SURE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"[A-Za-z0-9!#$%&\'*+/=?^_`{|}~-](?:[A-Za-z0-9._%+\'-]{0,62}[A-Za-z0-9_+-])?@[<L>0-9](?:[<L>0-9-]{0,62})(?:\.[<L>0-9][<L>0-9-]{0,62}){0,6}\.[<L>]{2,24}",
    )
});
static FORM: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"^[^\s@<>()\[\],;:]{1,64}@[<L>0-9][<L>0-9-]{0,62}(?:\.[<L>0-9][<L>0-9-]{0,62}){0,6}\.[<L>]{2,24}$",
    )
});

fn recognise(text: &str, asked: &Asked<'_>) -> Vec<Hit> {
    READER.find(text, asked)
}

fn normalise(raw: &str, asked: &Asked<'_>) -> Result<String, Invalid> {
    READER.normalise(raw, asked)
}

fn read(raw: &str, _: &Asked<'_>) -> Result<Reading, Invalid> {
    let plain = raw.trim().trim_matches(['<', '>']);
    let plain = plain.strip_prefix("mailto:").unwrap_or(plain);
    let (local, domain) = plain
        .rsplit_once('@')
        .filter(|_| FORM.is_match(plain))
        .ok_or_else(|| Invalid::shape("a mail address is a name, an @ and a domain"))?;
    Ok(Reading::plain(format!("{local}@{}", domain.to_lowercase())))
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn addresses_are_found_without_the_punctuation_around_them() {
        cases::valid_unchecked(
            &TYPE,
            &[
                ("Jana.Mueller@Example.ORG", "Jana.Mueller@example.org"),
                ("post+hund@stadt-mainz.de", "post+hund@stadt-mainz.de"),
                ("info@müller.de", "info@müller.de"),
            ],
        );
        cases::normal(&TYPE, &[("<a@b.de>", "a@b.de"), ("mailto:a@b.de", "a@b.de")]);
        cases::invalid(&TYPE, &["jana@", "@example.org", "jana@example", "a b@c.de", ""]);
        let found = recognise("Mail: a@b.de, oder <c@d.org>.", &Asked::default());
        assert_eq!(
            found.iter().map(|hit| hit.value.as_str()).collect::<Vec<_>>(),
            ["a@b.de", "c@d.org"]
        );
    }
}
