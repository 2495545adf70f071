//! The examples of a workflow: they expect only what can happen.

use super::references::{Kind, classes_of, fields_of};
use super::{Checks, Sheet, did_you_mean};
use crate::config::tree::Node;
use crate::errors::codes::CODES;

pub(super) fn check(checks: &mut Checks<'_>, sheet: &Sheet<'_>) {
    let classes = classes_of(sheet);
    for test in sheet.tree.items_of("test") {
        if let Some(class) = test.get("class") {
            checks.refers(sheet.path, class, Kind::Class, &classes);
        }
        let class = test.text_of("class").and_then(|name| sheet.tree.get("class")?.get(name));
        if let Some(class) = class {
            for field in test.entries_of("fields") {
                checks.key_refers(sheet.path, field, Kind::Field, &fields_of(class));
            }
        }
        checks.refers_to_queue(sheet.path, test.get("queue"));
        test.items_of("findings").iter().for_each(|node| finding(checks, sheet, node));
        test.items_of("never").iter().for_each(|node| never(checks, sheet, node));
    }
}

fn finding(checks: &mut Checks<'_>, sheet: &Sheet<'_>, node: &Node) {
    let Some(code) = node.text() else { return };
    let known: Vec<&str> =
        CODES.iter().map(|known| known.code).filter(|code| code.starts_with('F')).collect();
    if !known.contains(&code) {
        let message = format!("no finding has the code `{code}`");
        checks.wrong("E0219", sheet.path, node, message).hint = did_you_mean(code, &known);
    }
}

fn never(checks: &mut Checks<'_>, sheet: &Sheet<'_>, node: &Node) {
    let Some(text) = node.text() else { return };
    let (kind, known, name) = match text.split_once(':') {
        Some(("deliver", name)) => (Kind::Connector, checks.connectors.clone(), name),
        Some(("class", name)) => (Kind::Class, classes_of(sheet), name),
        _ => {
            let message = format!("`{text}` is nothing that can happen");
            let wrong = checks.wrong("E0219", sheet.path, node, message);
            wrong.hint = Some("write `deliver:<connector>` or `class:<class>`".to_owned());
            return;
        }
    };
    if !known.contains(&name) {
        checks.is_not_there(sheet.path, node.span.clone(), (kind, name), &known);
    }
}
