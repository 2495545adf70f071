//! An e-invoice as the lines a person reads; other XML as its texts.

use super::einvoice_terms::{TERMS, label};
use super::xml::{self, Step};
use crate::domain::invoice::{group_of, occurrences};
use crate::domain::{Fact, Problem};
use crate::parse::text::decode_as;

/// The groups whose terms stand side by side, one occurrence a line, with the first term of each.
const ROWS: &[(&str, &str)] =
    &[("BG-25", "BT-126"), ("BG-23", "BT-118"), ("BG-20", "BT-97"), ("BG-24", "BT-122")];

/// The invoice as people read one.
pub(super) fn render(facts: &[Fact]) -> String {
    let mut lines = vec!["E-Rechnung".to_owned()];
    let in_row = |fact: &Fact| {
        group_of(&fact.path).is_some_and(|(group, _)| ROWS.iter().any(|(row, _)| *row == group))
    };
    for term in TERMS.iter() {
        let own = facts.iter().filter(|fact| fact.name == term.name && !in_row(fact));
        lines.extend(own.map(|fact| format!("{}: {}", term.label, fact.value)));
        let Some((group, _)) = ROWS.iter().find(|(_, first)| *first == term.name) else {
            continue;
        };
        for row in occurrences(facts, group) {
            let cells = row.iter().map(|fact| format!("{}: {}", label(&fact.name), fact.value));
            lines.push(cells.collect::<Vec<_>>().join("\t"));
        }
    }
    lines.join("\n")
}

/// All texts of some other XML, one per line.
pub(super) fn texts(xml: &str) -> Result<String, Problem> {
    let mut lines = String::new();
    xml::walk(xml, |step| {
        if let Step::Text(text) = step
            && !text.trim().is_empty()
        {
            lines.push_str(text.trim());
            lines.push('\n');
        }
    })?;
    Ok(lines)
}

pub(super) fn decoded(bytes: &[u8]) -> String {
    let head = String::from_utf8_lossy(bytes.get(..200).unwrap_or(bytes)).into_owned();
    let label =
        head.split_once("encoding=").map(|(_, after)| after.trim_start_matches(['"', '\'']));
    decode_as(bytes, label.and_then(|label| label.split(['"', '\'', '?']).next()))
}
