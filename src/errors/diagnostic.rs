//! A mistake in an admin's file, with its place.

use std::collections::BTreeMap;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

/// The texts that diagnostics point into, by path relative to the office.
pub type Sources = BTreeMap<String, String>;

/// One mistake: what, where, what now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// A code that `vorlage explain` knows, such as `E0101`.
    pub code: &'static str,
    /// The file, relative to the office.
    pub file: String,
    /// The bytes of the file that are wrong; `None` when it is the file as a whole.
    pub at: Option<Range<usize>>,
    /// What is wrong: lower case, no final period, names in backticks.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// A mistake in a file, without a place or a hint yet.
    pub fn new(code: &'static str, file: &str, message: impl Into<String>) -> Self {
        Self { code, file: file.to_owned(), at: None, message: message.into(), hint: None }
    }

    /// The same with the bytes it is about.
    #[must_use]
    pub fn at(mut self, at: Option<Range<usize>>) -> Self {
        self.at = at;
        self
    }

    /// The same with advice.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Whether the file is right all the same, but not for this machine.
    pub fn is_warning(&self) -> bool {
        self.code.starts_with('W')
    }

    /// Line and column in characters, both counted from 1.
    pub fn line_and_column(&self, sources: &Sources) -> Option<(usize, usize)> {
        let before = sources.get(&self.file)?.get(..self.at.clone()?.start)?;
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        Some((line, column))
    }
}

/// The diagnostics in the order in which a person reads the files, each only once.
pub fn tidy(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let place = |it: &Diagnostic| it.at.as_ref().map(|at| (at.start, at.end));
    diagnostics.sort_by(|a, b| {
        (&a.file, place(a), a.code, &a.message).cmp(&(&b.file, place(b), b.code, &b.message))
    });
    diagnostics.dedup_by(|a, b| {
        (a.code, &a.file, &a.at) == (b.code, &b.file, &b.at) && a.message == b.message
    });
    diagnostics
}

/// The diagnostics as a person reads them, with caret and hint, in the order of the files.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let one = |diagnostic: Diagnostic| renderer.render(&[group(&diagnostic, sources)]) + "\n\n";
    tidy(diagnostics.to_vec()).into_iter().map(one).collect()
}

fn group<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Group<'a> {
    let level = if diagnostic.is_warning() { Level::WARNING } else { Level::ERROR };
    let title = level.primary_title(diagnostic.message.as_str()).id(diagnostic.code);
    let text = sources.get(&diagnostic.file).map_or("", String::as_str);
    let group = Group::with_title(title);
    let path = diagnostic.file.as_str();
    let group = match visible(diagnostic.at.clone(), text) {
        Some(at) => {
            let annotation = AnnotationKind::Primary.span(at);
            group.element(Snippet::source(text).path(path).annotation(annotation))
        }
        None => group.element(Origin::path(path)),
    };
    match &diagnostic.hint {
        Some(hint) => group.element(Level::HELP.with_name("hint").message(hint.as_str())),
        None => group,
    }
}

/// A range that can be underlined: on one line, inside the text, between characters.
fn visible(at: Option<Range<usize>>, text: &str) -> Option<Range<usize>> {
    let at = at?;
    let rest = text.get(at.start..)?;
    let line = rest.find('\n').unwrap_or(rest.len());
    let end = at.end.clamp(at.start, at.start + line);
    text.is_char_boundary(end).then_some(at.start..end)
}

/// The diagnostics for other programs: one JSON array.
pub fn to_json(diagnostics: &[Diagnostic], sources: &Sources) -> serde_json::Value {
    let one = |diagnostic: &Diagnostic| {
        let place = diagnostic.line_and_column(sources);
        serde_json::json!({
            "code": diagnostic.code,
            "file": diagnostic.file,
            "line": place.map(|(line, _)| line),
            "column": place.map(|(_, column)| column),
            "message": diagnostic.message,
            "hint": diagnostic.hint,
        })
    };
    tidy(diagnostics.to_vec()).iter().map(one).collect()
}
