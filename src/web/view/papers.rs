//! The documents of an item: pictures with boxes, or text with marks.

use super::danger::{Danger, danger};
use super::facts::{FactRow, Proven, codes, facts, letterhead};
use super::grids::{Grid, grids};
use super::invoice::{self, Block, Rules};
use super::marks::{Mark, Segment, segments};
use super::proof::{anchor, finding_anchor, paper_name};
use super::sender::{SenderRow, sender};
use super::summary::field_label;
use crate::config::Class;
use crate::domain::{
    Document, Finding, Form, ItemId, Page, Parsed, Problem, Section, SectionKind, Span, TextSource,
};
use crate::web::words::Words;

/// So many characters of a document are shown; the rest is in the download.
const LONGEST_TEXT: usize = 200_000;

/// One document.
pub(in crate::web) struct Paper {
    /// Counted from 0.
    pub index: usize,
    /// As people read it.
    pub name: String,
    /// `type/subtype`.
    pub media_type: String,
    /// What could not be read.
    pub problems: Vec<ProblemRow>,
    /// The header, if it is a mail's body.
    pub head: Vec<FactRow>,
    /// What is known about the sender, if it is a mail's body.
    pub sender: Vec<SenderRow>,
    /// Where it stands as the sender formatted it, if it is the body of an HTML mail.
    pub formatted: Option<String>,
    /// Its pages, if it has any.
    pub pages: Vec<PaperPage>,
    /// Its text, if it has no pages.
    pub text: Vec<Passage>,
    /// Whether the text goes on.
    pub cut: bool,
    /// What its structure says.
    pub facts: Vec<FactRow>,
    /// What the codes on its pages say, as text.
    pub codes: Vec<FactRow>,
    /// Its tables, as tables.
    pub grids: Vec<Grid>,
    /// If it is an e-invoice: the invoice as people read one.
    pub invoice: Vec<Block>,
    /// What the rules of its standard say of it.
    pub rules: Option<Rules>,
    /// Where its bytes are; `None` when they stay here.
    pub download: Option<String>,
    /// Whether a warning goes before the download.
    pub dangerous: bool,
    /// The language of its text.
    pub language: String,
    /// The same in words, where it is not the language of the page.
    pub written_in: Option<String>,
}

/// A passage of a text without pages.
pub(in crate::web) struct Passage {
    /// What it is, when it only came along with a mail: then it is folded.
    pub folded: Option<String>,
    /// Whether a value stands in it: then it is open all the same.
    pub open: bool,
    /// Its text.
    pub text: Vec<Segment>,
}

/// One page.
pub(in crate::web) struct PaperPage {
    /// Counted from 1.
    pub number: u32,
    /// Where its picture is.
    pub picture: String,
    /// In points, for the browser to keep room.
    pub width: u32,
    /// In points.
    pub height: u32,
    /// Where the values stand.
    pub boxes: Vec<BoxRow>,
    /// Its text.
    pub text: Vec<Segment>,
    /// Whether the text was recognised from the picture.
    pub recognised: bool,
}

/// A box on a page, in percent of the page.
pub(in crate::web) struct BoxRow {
    /// Which field.
    pub field: String,
    /// As people read it.
    pub label: String,
    /// The name of the place, for the first box of a proof.
    pub anchor: Option<String>,
    /// Left edge.
    pub x: String,
    /// Upper edge.
    pub y: String,
    /// Width.
    pub width: String,
    /// Height.
    pub height: String,
}

/// Something that could not be read.
pub(in crate::web) struct ProblemRow {
    /// The code.
    pub code: String,
    /// What it stands for.
    pub title: String,
    /// What exactly.
    pub detail: String,
}

/// The problems in words.
pub(in crate::web) fn problems(words: &Words, problems: &[Problem]) -> Vec<ProblemRow> {
    let row = |problem: &Problem| ProblemRow {
        code: problem.code.clone(),
        title: words.code(&problem.code),
        detail: problem.detail.clone(),
    };
    problems.iter().map(row).collect()
}

/// The documents of an item, with the places of its form's values.
pub(in crate::web) fn papers(
    words: &Words,
    item: &ItemId,
    parsed: &Parsed,
    form: (&Form, Option<&Class>),
    findings: &[Finding],
) -> Vec<Paper> {
    let (form, class) = form;
    let mut proven = Vec::new();
    for (field, value) in form {
        for (nth, evidence) in value.proofs().chain(&value.empty).enumerate() {
            let (anchor, label) = (anchor(&field.0, nth), field_label(class, field));
            proven.push(Proven { field: &field.0, label, anchor, evidence });
        }
    }
    for (number, finding) in findings.iter().enumerate() {
        let label = words.code(&finding.code);
        proven.extend(finding.evidence.iter().enumerate().map(|(nth, evidence)| {
            let (anchor, label) = (finding_anchor(number, nth), label.clone());
            Proven { field: "", label, anchor, evidence }
        }));
    }
    let papers = parsed.documents.iter().enumerate();
    let mut papers: Vec<Paper> =
        papers.map(|(index, document)| paper(words, item, (index, document), &proven)).collect();
    for paper in &mut papers {
        match danger(parsed, paper.index) {
            Danger::None => {}
            Danger::Warned(_) => {
                paper.dangerous = true;
                paper.download.iter_mut().for_each(|it| it.push_str("?anyway=1"));
            }
            Danger::Forbidden(_) => paper.download = None,
        }
    }
    if let (Some(envelope), Some(first)) = (&parsed.envelope, papers.first_mut()) {
        first.head = letterhead(words, envelope, &proven);
        first.sender = sender(words, envelope);
        first.formatted = envelope.leaves.formatted.then(|| format!("/items/{item}/formatted"));
    }
    papers
}

fn paper(
    words: &Words,
    item: &ItemId,
    (index, document): (usize, &Document),
    proven: &[Proven<'_>],
) -> Paper {
    let here: Vec<&Proven<'_>> = proven.iter().filter(|it| it.evidence.document == index).collect();
    let length = document.text.chars().count();
    let shown = Span { start: 0, end: length.min(LONGEST_TEXT) };
    let base = format!("/items/{item}/documents/{index}");
    let page = |page: &Page| paper_page(document, page, &base, &here);
    let pages: Vec<PaperPage> = document.pages.iter().map(page).collect();
    let no_pages = pages.is_empty();
    let text = if no_pages { passages(words, document, shown, &marks(&here)) } else { Vec::new() };
    Paper {
        index,
        name: paper_name(words, &document.name),
        media_type: document.media_type.0.clone(),
        problems: problems(words, &document.problems),
        head: Vec::new(),
        sender: Vec::new(),
        formatted: None,
        pages,
        text,
        cut: no_pages && length > LONGEST_TEXT,
        facts: facts(document, &here),
        codes: codes(words, document),
        grids: grids(words, document),
        invoice: invoice::blocks(words, document, &here),
        rules: document.rule_check.as_ref().map(|it| invoice::rules(words, it)),
        download: Some(format!("{base}/file")),
        dangerous: false,
        language: document.language.clone().unwrap_or_default(),
        written_in: written_in(words, document),
    }
}

/// The language of a document in words, where it is not the language of the page.
fn written_in(words: &Words, document: &Document) -> Option<String> {
    let code = document.language.as_deref().filter(|it| *it != words.language.code)?;
    Some(words.with("written-in", "language", &words.t(&format!("language-{code}"))))
}

/// The text of a document; of a mail, what came along is folded.
fn passages(words: &Words, document: &Document, shown: Span, marks: &[Mark]) -> Vec<Passage> {
    let own = [Section { span: shown, kind: SectionKind::New }];
    let all = if document.sections.is_empty() { &own } else { document.sections.as_slice() };
    let mut passages: Vec<Passage> = Vec::new();
    for section in all {
        let span = Span { end: section.span.end.min(shown.end), ..section.span };
        let mut text = segments(&document.text, span, marks);
        text.retain(|it| !it.text.is_empty());
        if text.is_empty() {
            continue;
        }
        let folded = section.kind.came_along().then(|| {
            words.t(match section.kind {
                SectionKind::Disclaimer => "passage-disclaimer",
                _ => "passage-quoted",
            })
        });
        let open = text.iter().any(|it| !it.fields.is_empty());
        match passages.last_mut().filter(|it| it.folded == folded) {
            Some(last) => {
                last.open |= open;
                last.text.extend(text);
            }
            None => passages.push(Passage { folded, open, text }),
        }
    }
    // A mail with nothing of its own is shown as it is.
    if passages.iter().all(|it| it.folded.is_some()) {
        passages.iter_mut().for_each(|it| it.open = true);
    }
    passages
}

fn paper_page(document: &Document, page: &Page, base: &str, proven: &[&Proven<'_>]) -> PaperPage {
    let here = |it: &&&Proven<'_>| it.evidence.page == Some(page.number);
    let on_page: Vec<&Proven<'_>> = proven.iter().filter(here).copied().collect();
    let unboxed: Vec<&Proven<'_>> =
        on_page.iter().filter(|it| it.evidence.areas.is_empty()).copied().collect();
    let mut marks = marks(&on_page);
    // A place has one name only: where there is a box, the box has it.
    for mark in &mut marks {
        if !unboxed.iter().any(|it| it.anchor == mark.anchor) {
            mark.anchor = format!("t-{}", mark.anchor);
        }
    }
    PaperPage {
        number: page.number,
        picture: format!("{base}/pages/{}.png", page.number),
        width: points(page.width, 595),
        height: points(page.height, 842),
        boxes: on_page.iter().flat_map(|it| boxes(it)).collect(),
        text: segments(&document.text, page.span, &marks),
        recognised: matches!(page.text_source, TextSource::Ocr | TextSource::Scan),
    }
}

fn boxes(proven: &Proven<'_>) -> Vec<BoxRow> {
    let percent = |part: f32| format!("{:.2}%", (part * 100.0).clamp(0.0, 100.0));
    let areas = proven.evidence.areas.iter().enumerate();
    areas
        .map(|(nth, area)| BoxRow {
            field: proven.field.to_owned(),
            label: proven.label.clone(),
            anchor: (nth == 0).then(|| proven.anchor.clone()),
            x: percent(area.x),
            y: percent(area.y),
            width: percent(area.width),
            height: percent(area.height),
        })
        .collect()
}

fn marks(proven: &[&Proven<'_>]) -> Vec<Mark> {
    let mark = |it: &&Proven<'_>| {
        let (field, anchor, label) = (it.field.to_owned(), it.anchor.clone(), it.label.clone());
        Some(Mark { span: it.evidence.span?, field, anchor, label })
    };
    proven.iter().filter_map(mark).collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped before")]
fn points(length: f32, otherwise: u32) -> u32 {
    if length >= 1.0 { length.round().clamp(1.0, 20_000.0) as u32 } else { otherwise }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    fn shown(view: &crate::engine::ItemView) -> Vec<Paper> {
        let draft = view.draft.as_ref().unwrap();
        let words = Words::new("de", "Europe/Berlin");
        papers(&words, &view.item.id, view.parsed.as_ref().unwrap(), (&draft.form, None), &[])
    }

    #[test]
    fn boxes_are_percentages_of_the_page_and_have_one_name_each() {
        let papers = shown(&samples::item());
        let page = papers[1].pages.first().unwrap();
        assert_eq!((page.boxes[0].x.as_str(), page.boxes[0].y.as_str()), ("12.50%", "20.00%"));
        let names: Vec<_> = page.boxes.iter().filter_map(|it| it.anchor.as_deref()).collect();
        let mut distinct = names.clone();
        distinct.dedup();
        assert_eq!(names, distinct);
    }

    #[test]
    fn a_text_without_pages_is_marked_where_the_values_stand() {
        let papers = shown(&samples::item());
        let segments = papers[0].text.iter().flat_map(|it| &it.text);
        let marked: Vec<_> = segments.filter(|it| !it.fields.is_empty()).collect();
        assert_eq!(marked[0].text, "Müller, Jana");
        assert_eq!(marked[0].anchors, ["e-halter"]);
    }

    #[test]
    fn a_quoted_mail_is_folded_unless_a_value_stands_in_it() {
        let mut view = samples::item();
        let body = &mut view.parsed.as_mut().unwrap().documents[0];
        let length = body.text.chars().count();
        let section = |start, end, kind| Section { span: Span { start, end }, kind };
        let quoted = SectionKind::Quoted;
        body.sections = vec![section(0, 140, SectionKind::New), section(140, length, quoted)];
        let text = &shown(&view)[0].text;
        assert_eq!(text.len(), 2);
        assert!(text[0].folded.is_none() && text[1].folded.is_some() && !text[1].open);
        let body = &mut view.parsed.as_mut().unwrap().documents[0];
        body.sections = vec![section(0, 10, SectionKind::New), section(10, length, quoted)];
        assert!(shown(&view)[0].text[1].open);
    }
}
