//! A workflow: what its parts say of each other, of the connectors and of the office.

use super::references::{Kind, fields_of};
use super::{Checks, Sheet, expressions, patterns, policy, templates, tests_of};
use crate::config::tree::{Node, Value};

pub(super) fn check(checks: &mut Checks<'_>, sheet: &Sheet<'_>) {
    let tree = &sheet.tree;
    if let Some(from) = tree.get("intake").and_then(|intake| intake.get("from")) {
        for door in from.items() {
            checks.refers_to_connector(sheet.path, Some(door));
        }
        if from.items().is_empty() && from.text().is_none() {
            let wrong = checks.wrong("E0210", sheet.path, from, "nothing ever comes in".to_owned());
            wrong.hint = Some("name at least one source in `connectors/`".to_owned());
        }
    }
    checks.refers_to_connector(sheet.path, tree.get("model"));
    policy::check_workflow(checks, sheet);
    if let Some(classes) = tree.get("class").filter(|classes| classes.entries().is_empty()) {
        let wrong = checks.wrong("E0210", sheet.path, classes, "there are no classes".to_owned());
        wrong.hint = Some("write at least one `[class.<name>]`".to_owned());
    }
    for (name, class) in tree.entries_of("class") {
        checks.name_is_usable(sheet.path, Some(class), "a class", name);
        fields(checks, sheet, class);
        rules(checks, sheet, class);
        approvals(checks, sheet, class);
        expressions::check(checks, sheet, class);
        templates::check(checks, sheet, class);
        for delivery in class.items_of("deliver") {
            checks.refers_to_connector(sheet.path, delivery.get("to"));
        }
    }
    same_kind_everywhere(checks, sheet);
    tests_of::check(checks, sheet);
}

/// Names of fields are variables of expressions, and options belong to choices.
fn fields(checks: &mut Checks<'_>, sheet: &Sheet<'_>, class: &Node) {
    for (name, field) in class.entries_of("field") {
        if !expressions::is_usable_name(name) {
            let message = format!("a field cannot be called `{name}`");
            let wrong = checks.wrong_at("E0217", sheet.path, field.key.clone(), message);
            wrong.hint = Some(
                "use the letters a to z, digits and `_`, and no name that expressions know already"
                    .to_owned(),
            );
        }
        let is_choice = field.text_of("type") == Some("choice");
        let options = field.get("options").filter(|options| !options.items().is_empty());
        match options {
            Some(options) if !is_choice => {
                let message = "`options` is only for `type = \"choice\"`".to_owned();
                checks.wrong("E0212", sheet.path, options, message);
            }
            None if is_choice => {
                let message = format!("the choice `{name}` has no options");
                let wrong = checks.wrong("E0212", sheet.path, field, message);
                wrong.hint = Some("write `options = [\"…\", \"…\"]`".to_owned());
            }
            _ => {}
        }
        several(checks, sheet, field);
        columns(checks, sheet, class, field);
        let second = field.get("cross_check").filter(|it| it.text().is_some());
        checks.refers_to_connector(sheet.path, second);
        patterns::check(checks, sheet, field);
        for part in field.items_of("sum_of") {
            checks.refers(sheet.path, part, Kind::Field, &fields_of(class));
        }
    }
}

/// Of some types there is only one answer.
fn several(checks: &mut Checks<'_>, sheet: &Sheet<'_>, field: &Node) {
    let Some(node) = field.get("several").filter(|it| is_true(it)) else { return };
    let kind = field.text_of("type").filter(|kind| matches!(*kind, "choice" | "yes_no"));
    if let Some(kind) = kind {
        let message = format!("a `{kind}` has one answer, not several");
        let wrong = checks.wrong("E0223", sheet.path, node, message);
        wrong.hint = Some("take `several` out, or write one field for each answer".to_owned());
    }
}

/// A column has several values, and rows are made of columns.
fn columns(checks: &mut Checks<'_>, sheet: &Sheet<'_>, class: &Node, field: &Node) {
    let is_list = field.get("several").is_some_and(is_true);
    let column = field.get("column").filter(|it| !it.items().is_empty());
    if let Some(column) = column.filter(|_| !is_list) {
        let message = "a column of a table has several values".to_owned();
        let wrong = checks.wrong("E0224", sheet.path, column, message);
        wrong.hint = Some("write `several = true` beside it".to_owned());
    }
    let Some((rows, name)) = field.get("rows").and_then(|node| Some((node, node.text()?))) else {
        return;
    };
    if column.is_none() {
        let message = format!("nothing says which column of `{name}` this is");
        let wrong = checks.wrong("E0224", sheet.path, rows, message);
        wrong.hint = Some("write `column = [\"…\"]` with the headings it has in tables".to_owned());
    }
    if fields_of(class).contains(&name) || !expressions::is_usable_name(name) {
        let message = format!("rows cannot be called `{name}`");
        let wrong = checks.wrong("E0217", sheet.path, rows, message);
        let hint =
            "use the letters a to z, digits and `_`, and no name of a field or of expressions";
        wrong.hint = Some(hint.to_owned());
    }
}

fn is_true(node: &Node) -> bool {
    matches!(node.value, Value::Truth(true))
}

/// The fields that rules, deadlines and the search for duplicates name.
fn rules(checks: &mut Checks<'_>, sheet: &Sheet<'_>, class: &Node) {
    let known = fields_of(class);
    let of_rules = class.items_of("rule").iter().filter_map(|rule| rule.get("field"));
    for node in of_rules.chain(class.items_of("duplicate")) {
        checks.refers(sheet.path, node, Kind::Field, &known);
    }
    for node in class.items_of("deadline").iter().filter_map(|deadline| deadline.get("from")) {
        checks.refers(sheet.path, node, Kind::Field, &known);
        let field = node.text().and_then(|name| class.get("field")?.get(name));
        let kind = field.map(|field| field.text_of("type").unwrap_or("text"));
        if let Some(kind) = kind.filter(|kind| *kind != "date") {
            let message =
                format!("a deadline is counted from a date, and this field is a `{kind}`");
            let wrong = checks.wrong("E0213", sheet.path, node, message);
            wrong.hint = Some("name a field with `type = \"date\"`".to_owned());
        }
        if field.and_then(|field| field.get("several")).is_some_and(is_true) {
            let message = "a deadline is counted from one date, and this field takes several";
            let wrong = checks.wrong("E0223", sheet.path, node, message.to_owned());
            wrong.hint = Some("name a field with one date".to_owned());
        }
    }
}

/// Steps name queues, and `distinct_from` names steps that were before.
fn approvals(checks: &mut Checks<'_>, sheet: &Sheet<'_>, class: &Node) {
    let Some(steps) = class.get("approval") else { return };
    if steps.items().is_empty() {
        let message = "nobody approves items of this class".to_owned();
        let wrong = checks.wrong("E0211", sheet.path, steps, message);
        wrong.hint =
            Some("a person decides: write at least one approval with its `queue`".to_owned());
    }
    let mut before: Vec<&str> = Vec::new();
    for step in steps.items() {
        checks.refers_to_queue(sheet.path, step.get("queue"));
        for node in step.items_of("distinct_from") {
            let Some(name) = node.text().filter(|name| !before.contains(name)) else { continue };
            let message = format!("no earlier step waits in the queue `{name}`");
            let hint = super::did_you_mean(name, &before);
            let none = "`distinct_from` names queues of earlier steps, and this is the first";
            let wrong = checks.wrong("E0209", sheet.path, node, message);
            wrong.hint = Some(hint.unwrap_or_else(|| none.to_owned()));
        }
        before.extend(step.text_of("queue"));
    }
}

/// A field of the same name is of the same kind in all classes of a workflow: people, tables and
/// statistics take it for one field.
fn same_kind_everywhere(checks: &mut Checks<'_>, sheet: &Sheet<'_>) {
    let mut kinds: Vec<(&str, &str, &str)> = Vec::new();
    for (class, settings) in sheet.tree.entries_of("class") {
        for (name, field) in settings.entries_of("field") {
            let kind = field.text_of("type").unwrap_or("text");
            match kinds.iter().find(|(known, ..)| known == name) {
                Some((_, first, place)) if *first != kind => {
                    let message = format!(
                        "`{name}` is a `{kind}` here and a `{first}` in the class `{place}`"
                    );
                    let at = field.get("type").map_or(field.key.clone(), |it| it.span.clone());
                    let wrong = checks.wrong_at("E0216", sheet.path, at, message);
                    wrong.hint = Some("give them the same type or two names".to_owned());
                }
                Some(_) => {}
                None => kinds.push((name, kind, class)),
            }
        }
    }
}
