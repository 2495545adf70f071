//! The files beside a workflow that its replies and letters are made from.

use super::references::fields_of;
use super::{Checks, Sheet, expressions};
use crate::config::tree::Node;
use crate::errors::Diagnostic;

/// Statements of templates that would need another file.
const OTHER_FILES: &[&str] = &["include", "import", "from", "extends"];

pub(super) fn check(checks: &mut Checks<'_>, sheet: &Sheet<'_>, class: &Node) {
    let office = checks.office.text_of("language").unwrap_or("de").to_owned();
    if let Some(reply) = class.get("reply") {
        let subjects = reply.get("subject").map(Node::names).unwrap_or_default();
        let (subject, subject_at) = (reply.get("subject"), reply.key.clone());
        if let Some(subject) = subject.filter(|_| !subjects.contains(&office.as_str())) {
            let at = if subject.span.is_empty() { subject_at } else { subject.span.clone() };
            let message = format!("the subject is not written in the office's language `{office}`");
            checks.wrong_at("E0215", sheet.path, at, message);
        }
        let mut languages = vec![office.as_str()];
        languages.extend(subjects.iter().filter(|it| **it != office));
        if let Some(template) = reply.get("template") {
            files_are_there(checks, sheet, template, (&languages, "txt"));
            texts(checks, sheet, class, template);
        }
    }
    if let Some(template) = class.get("letter").and_then(|letter| letter.get("template")) {
        files_are_there(checks, sheet, template, (&[office.as_str()], "docx"));
    }
}

fn files_are_there(
    checks: &mut Checks<'_>,
    sheet: &Sheet<'_>,
    node: &Node,
    (languages, ending): (&[&str], &str),
) {
    let Some(template) = node.text() else { return };
    let start = format!("workflows/{}/{template}.", sheet.name);
    let ending = format!(".{ending}");
    let there = checks.files.templates.keys().filter_map(|path| {
        path.strip_prefix(start.as_str())?.strip_suffix(ending.as_str()).map(str::to_owned)
    });
    let there: Vec<String> = there.collect();
    for language in languages.iter().filter(|language| !there.iter().any(|it| it == *language)) {
        let message = format!("there is no file `{start}{language}{ending}`");
        let hint = match there.as_slice() {
            [] => "write it: plain text with names of fields in double braces".to_owned(),
            some => format!("it is there in: {}", some.join(", ")),
        };
        checks.wrong("E0215", sheet.path, node, message).hint = Some(hint);
    }
}

/// The texts themselves, in every language.
fn texts(checks: &mut Checks<'_>, sheet: &Sheet<'_>, class: &Node, node: &Node) {
    let Some(template) = node.text() else { return };
    let start = format!("workflows/{}/{template}.", sheet.name);
    let fields = fields_of(class);
    let files = checks.files;
    let of_template = |path: &str| path.starts_with(&start) && path.ends_with(".txt");
    for (path, bytes) in files.templates.iter().filter(|(path, _)| of_template(path)) {
        let Ok(text) = std::str::from_utf8(bytes) else {
            let wrong = Diagnostic::new("E0303", path, "this file is not in UTF-8");
            checks.found.push(wrong.hint("save it as UTF-8"));
            continue;
        };
        for mistake in expressions::mistakes(text, true, &fields) {
            let at = mistake.at().clone();
            checks.found.push(mistake.diagnostic("E0303", path, &fields).at(Some(at)));
        }
        if let Some(at) = other_file(text) {
            let message = "a template cannot use another file";
            checks.found.push(Diagnostic::new("E0303", path, message).at(Some(at)));
        }
    }
}

/// The first statement that names another file.
fn other_file(text: &str) -> Option<std::ops::Range<usize>> {
    let mut places = text.match_indices("{%").map(|(at, _)| at);
    places.find_map(|at| {
        let statement = text.get(at + 2..)?.trim_start_matches(['-', '+']).trim_start();
        let word = statement.split(|letter: char| !letter.is_alphabetic()).next()?;
        let start = text.len() - statement.len();
        OTHER_FILES.contains(&word).then_some(start..start + word.len())
    })
}
