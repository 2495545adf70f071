//! The files beside a workflow that its replies and letters are made from.

use super::references::names_of;
use super::{Checks, Sheet, expressions};
use crate::config::tree::Node;
use crate::errors::Diagnostic;
use crate::locale;

/// Statements of templates that would need another file.
const OTHER_FILES: &[&str] = &["include", "import", "from", "extends"];

pub(super) fn check(checks: &mut Checks<'_>, sheet: &Sheet<'_>, class: &Node) {
    // A language that does not exist is one mistake in the office, and not one for each reply.
    let office = checks.office.text_of("language").unwrap_or("de").to_owned();
    let office = locale::LIST.iter().map(|language| language.code).find(|code| *code == office);
    if let Some(reply) = class.get("reply") {
        let subjects = reply.get("subject").map(Node::names).unwrap_or_default();
        let subject = reply.get("subject");
        if let (Some(subject), Some(office)) = (subject, office.filter(|it| !subjects.contains(it)))
        {
            let message = format!("the subject is not written in the office's language `{office}`");
            checks.wrong("E0215", sheet.path, subject, message);
        }
        let others = subjects.iter().copied().filter(|it| Some(*it) != office);
        let languages: Vec<&str> = office.into_iter().chain(others).collect();
        if let Some(template) = reply.get("template") {
            files_are_there(checks, sheet, template, (&languages, "txt"));
            texts(checks, sheet, class, template);
        }
    }
    if let Some(template) = class.get("letter").and_then(|letter| letter.get("template")) {
        files_are_there(checks, sheet, template, (office.as_slice(), "docx"));
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
    let fields = names_of(class);
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
