//! Word documents (DOCX): letterhead, text, text boxes, tables, notes, remarks; deletions are left out.
//!
//! The text is taken from the XML itself, which loses nothing of what is seen; docx-rs knows how
//! the lists are numbered.

use std::io::Cursor;

use zip::ZipArchive;

use super::docx_numbers::Numbers;
use super::xml::{self, Element, Step};
use super::{Context, archive, drawings, problem};
use crate::domain::{Document, Problem};
use crate::parse::flow::Flow;

/// What is read here.
pub(super) const MEDIA_TYPES: &[&str] = &[
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template",
    "application/vnd.ms-word.document.macroenabled.12",
    "application/vnd.ms-word.template.macroenabled.12",
];

/// What is not seen: deletions, codes of fields, and the second picture of what old programs
/// cannot draw.
const UNSEEN: &[&str] = &[
    "del",
    "delInstrText",
    "delText",
    "Fallback",
    "instrText",
    "moveFrom",
    "pPrChange",
    "rPrChange",
    "sectPr",
    "tblGrid",
];

/// Reads a text document: letterhead, text, notes, footer.
pub(super) fn read(bytes: &[u8], _: &Context<'_>) -> Document {
    let read = archive::open(bytes).and_then(|mut archive| document(&mut archive));
    read.unwrap_or_else(|Problem { code, detail }| problem(&code, &detail))
}

fn document(archive: &mut ZipArchive<Cursor<&[u8]>>) -> Result<Document, Problem> {
    let mut numbers = Numbers::default();
    let mut part = |name: &str| match archive::text_of(archive, name) {
        Some(xml) => xml,
        None => Err(Problem::new("P0102", format!("`{name}` is missing"))),
    };
    let styles = part("word/styles.xml").unwrap_or_default();
    if let Ok(lists) = part("word/numbering.xml") {
        numbers = Numbers::read(&lists, &styles);
    }
    let names = archive::names(archive);
    let mut flow = Flow::default();
    let mut problems = Vec::new();
    repeated(archive, &names, "word/header", &mut flow);
    // Some programs count their documents.
    let main = names.iter().find(|it| it.starts_with("word/document") && it.ends_with(".xml"));
    let main = main.map_or("word/document.xml", String::as_str);
    let xml = archive::text_of(archive, main)
        .unwrap_or_else(|| Err(Problem::new("P0102", format!("`{main}` is missing"))))?;
    problems.extend(Walk::new(&mut flow, Some(&mut numbers)).run(&xml).err());
    for name in ["word/footnotes.xml", "word/endnotes.xml", "word/comments.xml"] {
        if let Some(Ok(xml)) = archive::text_of(archive, name) {
            flow.start_line();
            problems.extend(Walk::new(&mut flow, None).run(&xml).err());
        }
    }
    drawings::read(archive, &["word/charts/chart", "word/diagrams/data"], &mut flow);
    repeated(archive, &names, "word/footer", &mut flow);
    let mut document = flow.finish();
    document.problems = problems;
    Ok(document)
}

/// Every section repeats its letterhead; once is enough.
fn repeated(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    names: &[String],
    beginning: &str,
    flow: &mut Flow,
) {
    let mut seen: Vec<String> = Vec::new();
    for name in names.iter().filter(|it| it.starts_with(beginning) && it.ends_with(".xml")) {
        let Some(Ok(xml)) = archive::text_of(archive, name) else { continue };
        let mut own = Flow::default();
        if Walk::new(&mut own, None).run(&xml).is_err() {
            continue;
        }
        let text = own.finish().text;
        if !text.is_empty() && !seen.contains(&text) {
            flow.start_line();
            // Only for what it looks like: the tables of a letterhead are layout.
            flow.push(&text);
            flow.end_line();
            seen.push(text);
        }
    }
}

/// A way through the XML of one part.
struct Walk<'a> {
    flow: &'a mut Flow,
    numbers: Option<&'a mut Numbers>,
    open: Vec<String>,
    /// How many elements are open since one that is not seen.
    unseen: usize,
    /// The run is hidden.
    hidden: bool,
    paragraph: Paragraph,
}

#[derive(Default)]
struct Paragraph {
    style: Option<String>,
    list: Option<usize>,
    level: Option<usize>,
}

impl<'a> Walk<'a> {
    fn new(flow: &'a mut Flow, numbers: Option<&'a mut Numbers>) -> Self {
        let paragraph = Paragraph::default();
        Self { flow, numbers, open: Vec::new(), unseen: 0, hidden: false, paragraph }
    }

    fn run(mut self, xml: &str) -> Result<(), Problem> {
        let read = xml::walk(xml, |step| match step {
            Step::Open(_) | Step::Close if self.unseen > 0 => {
                self.unseen = match step {
                    Step::Open(_) => self.unseen + 1,
                    _ => self.unseen - 1,
                };
            }
            Step::Open(element) if UNSEEN.contains(&element.name) => self.unseen = 1,
            Step::Open(element) => {
                self.begin(&element);
                self.open.push(element.name.to_owned());
            }
            Step::Close => {
                if let Some(name) = self.open.pop() {
                    self.end(&name);
                }
            }
            Step::Text(text) => {
                if self.unseen == 0 && !self.hidden && self.parent() == "t" {
                    self.flow.push(text);
                }
            }
        });
        while self.flow.in_table() {
            self.flow.end_table();
        }
        read
    }

    fn parent(&self) -> &str {
        self.open.last().map_or("", String::as_str)
    }

    fn begin(&mut self, element: &Element<'_>) {
        let value = || element.local("val");
        match element.name {
            "p" => self.paragraph = Paragraph::default(),
            "r" => self.hidden = false,
            "tab" | "ptab" if self.parent() == "r" => self.flow.push("\t"),
            "br" | "cr" if self.parent() == "r" || self.parent() == "p" => self.flow.end_line(),
            "noBreakHyphen" => self.flow.push("-"),
            "vanish" if self.open.ends_with(&["r".to_owned(), "rPr".to_owned()]) => {
                self.hidden = !matches!(value().as_deref(), Some("0" | "false" | "off"));
            }
            "pStyle" => self.paragraph.style = value(),
            "numId" => self.paragraph.list = value().and_then(|it| it.parse().ok()),
            "ilvl" => self.paragraph.level = value().and_then(|it| it.parse().ok()),
            "tbl" => self.flow.begin_table(""),
            "tr" => self.flow.begin_row(),
            "tc" => self.flow.begin_cell(),
            "tblHeader" => {
                if let Some(table) = self.flow.table() {
                    table.headings = table.rows.len() + 1;
                }
            }
            "txbxContent" => self.flow.start_line(),
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "pPr" => {
                let Paragraph { style, list, level } = std::mem::take(&mut self.paragraph);
                let Some(numbers) = self.numbers.as_deref_mut() else { return };
                if let Some(label) = numbers.next(style.as_deref(), list, level) {
                    self.flow.push(&format!("{label} "));
                }
            }
            "r" => self.hidden = false,
            "p" => self.flow.end_line(),
            "tc" => self.flow.end_cell(),
            "tr" => self.flow.end_row(),
            "tbl" => self.flow.end_table(),
            "txbxContent" => self.flow.start_line(),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const W: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";

    fn check(body: &str, others: &[(&str, &str)]) -> Document {
        let wrap = |root: &str, inner: &str| format!("<w:{root} xmlns:w='{W}'>{inner}</w:{root}>");
        let mut files = vec![(
            "word/document.xml".to_owned(),
            wrap("document", &format!("<w:body>{body}</w:body>")),
        )];
        for (name, inner) in others {
            files.push((format!("word/{name}.xml"), wrap("part", inner)));
        }
        let files: Vec<(&str, &[u8])> =
            files.iter().map(|(name, xml)| (name.as_str(), xml.as_bytes())).collect();
        read(&archive::tests::zip(&files), &Context { media_type: MEDIA_TYPES[0] })
    }

    fn run(text: &str) -> String {
        format!("<w:r><w:t xml:space='preserve'>{text}</w:t></w:r>")
    }

    fn paragraph(text: &str) -> String {
        format!("<w:p>{}</w:p>", run(text))
    }

    #[test]
    fn a_letter_with_head_and_table_is_read() {
        let cell = |text: &str| format!("<w:tc>{}</w:tc>", paragraph(text));
        let body = format!(
            "{}<w:tbl><w:tr><w:trPr><w:tblHeader/></w:trPr>{}{}</w:tr><w:tr>{}{}</w:tr></w:tbl>",
            paragraph("Antrag von J\u{fc}rgen"),
            cell("Chip"),
            cell("Name"),
            cell("276098"),
            cell("Bello")
        );
        let heads = paragraph("Stadt Musterbach");
        let document = check(
            &body,
            &[
                ("header1", &heads),
                ("header2", &heads),
                ("footnotes", &paragraph("Note")),
                ("footer1", &paragraph("Seite")),
            ],
        );
        let text = "Stadt Musterbach\nAntrag von Jürgen\nChip\tName\n276098\tBello\nNote\nSeite";
        assert_eq!(document.text.replace("\n\n", "\n"), text);
        let table = &document.tables[0];
        assert_eq!(table.texts(&document.text), [["Chip", "Name"], ["276098", "Bello"]]);
        assert_eq!(table.headings, 1);
        assert!(document.problems.is_empty());
    }

    #[test]
    fn only_what_is_seen_is_read() {
        let body = format!(
            "<w:p>{}<w:del><w:r><w:delText>alt</w:delText></w:r></w:del><w:ins>{}</w:ins>\
             <w:moveFrom>{}</w:moveFrom><w:r><w:rPr><w:vanish/></w:rPr><w:t>geheim</w:t></w:r>\
             <w:r><w:fldChar/><w:instrText>HYPERLINK</w:instrText><w:tab/><w:t>Z</w:t></w:r></w:p>\
             <w:p><w:r><mc:AlternateContent xmlns:mc='urn:mc'><mc:Choice><w:txbxContent>{}\
             </w:txbxContent></mc:Choice><mc:Fallback><w:txbxContent>{}</w:txbxContent>\
             </mc:Fallback></mc:AlternateContent></w:r></w:p>",
            run("Frist "),
            run("neu "),
            run("weg"),
            paragraph("Kasten"),
            paragraph("Kasten"),
        );
        assert_eq!(check(&body, &[]).text, "Frist neu \tZ\n\nKasten".replace("\n\n", "\n"));
    }

    #[test]
    fn lists_have_their_numbers() {
        let item = |level: usize, text: &str| {
            format!(
                "<w:p><w:pPr><w:numPr><w:ilvl w:val='{level}'/><w:numId w:val='3'/></w:numPr></w:pPr>{}</w:p>",
                run(text)
            )
        };
        let level = |level: usize, format: &str, text: &str| {
            format!(
                "<w:lvl w:ilvl='{level}'><w:start w:val='1'/><w:numFmt w:val='{format}'/><w:lvlText w:val='{text}'/></w:lvl>"
            )
        };
        let lists = format!(
            "<w:abstractNum w:abstractNumId='7'>{}{}</w:abstractNum><w:num w:numId='3'><w:abstractNumId w:val='7'/></w:num>",
            level(0, "decimal", "%1."),
            level(1, "lowerLetter", "%1.%2)")
        );
        let body = [
            item(0, "eins"),
            item(1, "eins a"),
            item(1, "eins b"),
            item(0, "zwei"),
            item(1, "zwei a"),
        ]
        .concat();
        let document = check(&body, &[("numbering", &lists)]);
        assert_eq!(document.text, "1. eins\n1.a) eins a\n1.b) eins b\n2. zwei\n2.a) zwei a");
    }

    #[test]
    fn a_cut_document_keeps_its_beginning() {
        let bytes = archive::tests::zip(&[(
            "word/document.xml",
            b"<w:document><w:p><w:r><w:t>Anfang</w:t>",
        )]);
        let document = read(&bytes, &Context { media_type: MEDIA_TYPES[0] });
        assert_eq!(document.text, "Anfang");
        assert_eq!(document.problems[0].code, "P0102");
    }
}
