//! Where a value stands, as a short passage with a link to the place.

use crate::domain::{Evidence, Parsed, Span};
use crate::web::words::Words;

/// How many characters around the passage are shown.
const AROUND: usize = 36;

/// A passage that proves a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::web) struct Proof {
    /// The name of the place in the page's address.
    pub anchor: String,
    /// The document and page, as people read them.
    pub place: String,
    /// What stands before it.
    pub before: String,
    /// What stands there.
    pub quote: String,
    /// What stands behind it.
    pub after: String,
}

/// The name of the place of a field's nth proof, in every page the same.
pub(super) fn anchor(field: &str, nth: usize) -> String {
    if nth == 0 { format!("e-{field}") } else { format!("e-{field}-{nth}") }
}

/// The name of a place that a finding speaks of.
pub(super) fn finding_anchor(number: usize, nth: usize) -> String {
    format!("e-finding-{number}-{nth}")
}

/// The proofs of one field.
pub(super) fn proofs<'a>(
    words: &Words,
    parsed: Option<&Parsed>,
    field: &str,
    evidence: impl Iterator<Item = &'a Evidence>,
) -> Vec<Proof> {
    let nth = evidence.enumerate();
    nth.map(|(nth, one)| proof(words, parsed, anchor(field, nth), one)).collect()
}

/// One proof, with what stands around it.
pub(super) fn proof(
    words: &Words,
    parsed: Option<&Parsed>,
    anchor: String,
    evidence: &Evidence,
) -> Proof {
    let document = parsed.and_then(|it| it.documents.get(evidence.document));
    let name = document.map(|it| paper_name(words, &it.name)).unwrap_or_default();
    let page = evidence.page.map(|page| words.with("paper-page", "page", &page.to_string()));
    let path = evidence.path.clone().filter(|_| page.is_none());
    let parts = [Some(name), page, path];
    let place: Vec<String> = parts.into_iter().flatten().filter(|it| !it.is_empty()).collect();
    let (before, after) = match (document, evidence.span) {
        (Some(document), Some(span)) => around(&document.text, span),
        _ => (String::new(), String::new()),
    };
    let quote = one_line(&evidence.quote);
    Proof { anchor, place: place.join(", "), before, quote, after }
}

/// A document's name as people read it; a mail's body has none of its own.
pub(super) fn paper_name(words: &Words, name: &str) -> String {
    if name.is_empty() { words.t("paper-message") } else { name.to_owned() }
}

fn around(text: &str, span: Span) -> (String, String) {
    let from = span.start.saturating_sub(AROUND);
    let before = Span { start: from, end: span.start }.of(text);
    let after: String = text.chars().skip(span.end).take(AROUND).collect();
    let cut = if from > 0 { "…" } else { "" };
    let more = if text.chars().nth(span.end + AROUND).is_some() { "…" } else { "" };
    (format!("{cut}{}", squeezed(before)), format!("{}{more}", squeezed(&after)))
}

/// Without line breaks, but with the space at its ends, which parts it from the passage.
fn squeezed(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        let letter = if letter.is_whitespace() { ' ' } else { letter };
        if letter != ' ' || !out.ends_with(' ') {
            out.push(letter);
        }
    }
    out
}

fn one_line(text: &str) -> String {
    squeezed(text).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_a_passage_is_cut_at_characters() {
        let text = format!("{}Müller{}", "ä".repeat(50), "ö".repeat(50));
        let (before, after) = around(&text, Span { start: 50, end: 56 });
        assert_eq!(before, format!("…{}", "ä".repeat(36)));
        assert_eq!(after, format!("{}…", "ö".repeat(36)));
    }

    #[test]
    fn line_breaks_become_spaces() {
        assert_eq!(around("IBAN:\n  DE89 x", Span { start: 8, end: 12 }).0, "IBAN: ");
    }
}
