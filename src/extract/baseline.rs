//! The simplest way to find values, to measure the others against.

use crate::config::Class;
use crate::domain::{FieldName, Parsed};
use crate::fields::{Asked, Search};

/// Of every field the first value that the recogniser of its type finds: no labels, no places, no
/// model. Types without a recogniser stay empty.
pub fn first_of_type(class: &Class, parsed: &Parsed) -> Vec<(FieldName, String)> {
    let first = |(name, field): (&FieldName, &crate::config::Field)| {
        let (Search::Recogniser(find) | Search::Both(find, _)) = field.kind.find()?.search else {
            return None;
        };
        let asked = Asked { labels: &[], ..field.asked() };
        let mut hits = parsed.documents.iter().flat_map(|it| find(&it.text, &asked));
        Some((name.clone(), hits.next()?.value))
    };
    class.fields.iter().filter_map(first).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Workflow;
    use crate::domain::Document;

    #[test]
    fn the_first_day_is_every_day() {
        let text = r#"
title = "T"
purpose = "P"
owner = "O"
data_class = "public"
ai_act = { annex3 = "none", role = "preparatory" }
[intake]
from = ["a"]
[class.c]
title = "C"
description = "D"
[class.c.field.from]
type = "date"
labels = ["From"]
[class.c.field.until]
type = "date"
labels = ["Until"]
[class.c.field.name]
labels = ["Name"]
[[class.c.approval]]
queue = "q"
"#;
        let workflow: Workflow = toml::from_str(text).unwrap();
        let text = "Name: Jo\nFrom: 12.03.2026\nUntil: 14.03.2026".to_owned();
        let documents = vec![Document { text, ..Document::default() }];
        let parsed = Parsed { documents, ..Parsed::default() };
        let found = first_of_type(&workflow.classes[0], &parsed);
        let found: Vec<(&str, &str)> =
            found.iter().map(|(name, value)| (name.0.as_str(), value.as_str())).collect();
        assert_eq!(found, [("from", "2026-03-12"), ("until", "2026-03-12")]);
    }
}
