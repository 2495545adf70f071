//! Values that stand beside a text: the header of a mail, the structure of a file.

use super::invoice::is_term;
use crate::domain::{Code, Document, Envelope, Evidence, Fact, Mailbox, Trust};
use crate::web::words::Words;

/// A value that the file itself names.
pub(in crate::web) struct FactRow {
    /// The standard's name for it.
    pub name: String,
    /// The value.
    pub value: String,
    /// The names of places that lead here.
    pub anchors: Vec<String>,
    /// The fields it proves, parted by spaces.
    pub fields: String,
}

/// One proof of one field.
pub(super) struct Proven<'a> {
    /// Which field.
    pub field: &'a str,
    /// As people read it.
    pub label: String,
    /// The name of the place.
    pub anchor: String,
    /// Where it stands.
    pub evidence: &'a Evidence,
}

/// The header of a mail: who wrote what to whom.
pub(super) fn letterhead(
    words: &Words,
    envelope: &Envelope,
    proven: &[Proven<'_>],
) -> Vec<FactRow> {
    let mailbox = |it: &Mailbox| match it.name.as_str() {
        "" => it.address.clone(),
        name => format!("{name} <{}>", it.address),
    };
    let one = |it: &Option<Mailbox>| it.as_ref().map(&mailbox).unwrap_or_default();
    let to: Vec<String> = envelope.to.iter().map(&mailbox).collect();
    let rows = [
        ("sender", "From", one(&envelope.from)),
        ("reply-wanted", "Reply-To", one(&envelope.reply_to)),
        ("reply-to", "To", to.join(", ")),
        ("subject", "Subject", envelope.subject.clone()),
    ];
    let here: Vec<&Proven<'_>> = proven.iter().filter(|it| it.evidence.document == 0).collect();
    let rows = rows.into_iter().filter(|(.., value)| !value.is_empty());
    rows.map(|(key, path, value)| fact_row((words.t(key), value), path, &here)).collect()
}

/// A row that says what stands at a path of the file, and which fields it proves.
fn fact_row((name, value): (String, String), path: &str, proven: &[&Proven<'_>]) -> FactRow {
    let here = |it: &&&Proven<'_>| it.evidence.path.as_deref() == Some(path);
    let here: Vec<&Proven<'_>> = proven.iter().filter(here).copied().collect();
    let fields: Vec<&str> = here.iter().map(|it| it.field).collect();
    let anchors = here.iter().map(|it| it.anchor.clone()).collect();
    FactRow { name, value, anchors, fields: fields.join(" ") }
}

/// What the structure of a file says.
pub(super) fn facts(document: &Document, proven: &[&Proven<'_>]) -> Vec<FactRow> {
    let row = |fact: &Fact| {
        let shown = (fact.name.clone(), fact.value.clone());
        if fact.trust != Trust::Barcode {
            return fact_row(shown, &fact.path, proven);
        }
        // All values of a code have one path, and their place is the box on the page.
        let is_it = |it: &&&Proven<'_>| it.evidence.quote == fact.value;
        let of_fact: Vec<&Proven<'_>> = proven.iter().filter(is_it).copied().collect();
        FactRow { anchors: Vec::new(), ..fact_row(shown, &fact.path, &of_fact) }
    };
    // An invoice's values stand on a page of their own.
    document.facts.iter().filter(|fact| !is_term(fact)).map(row).collect()
}

/// What the codes on the pages of a file say. Never a link: who clicks on one has followed it.
pub(super) fn codes(words: &Words, document: &Document) -> Vec<FactRow> {
    let row = |code: &Code| {
        let page = code.page.to_string();
        let place = [("kind", code.symbology.name()), ("page", page.as_str())];
        FactRow {
            name: words.fill("code-place", &place),
            value: code.content.clone(),
            anchors: Vec::new(),
            fields: String::new(),
        }
    };
    document.codes.iter().map(row).collect()
}
