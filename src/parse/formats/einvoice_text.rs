//! An e-invoice as the lines a person reads; other XML as its texts.

use super::einvoice_terms::TERMS;
use super::xml::{self, Step};
use crate::domain::{Fact, Problem};
use crate::parse::text::decode_as;

/// The invoice as people read one.
pub(super) fn render(facts: &[Fact]) -> String {
    let mut lines = vec!["E-Rechnung".to_owned()];
    let is_line = |fact: &&Fact| ["BT-153", "BT-131"].contains(&fact.name.as_str());
    for term in TERMS {
        let own = facts.iter().filter(|fact| fact.name == term.name && !is_line(fact));
        lines.extend(own.map(|fact| format!("{}: {}", term.label, fact.value)));
        if term.name == "BT-153" {
            // Name and amount of one line stand side by side, in the order of the file.
            for fact in facts.iter().filter(is_line) {
                let label =
                    TERMS.iter().find(|term| term.name == fact.name).map_or("", |term| term.label);
                lines.push(format!("{label}: {}", fact.value));
            }
        }
    }
    lines.join("\n")
}

/// All texts of some other XML, one per line.
pub(super) fn texts(bytes: &[u8]) -> Result<String, Problem> {
    let mut lines = String::new();
    xml::walk(&decoded(bytes), |step| {
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
