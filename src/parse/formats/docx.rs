//! Text documents: Word (DOCX) and `OpenDocument` (ODT).
//!
//! DOCX is read by docx-rs; when that fails, and for what it does not read (letterheads, notes,
//! ODT), the text is taken from the XML itself.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use docx_rs::{
    DocumentChild, Docx, InsertChild, MoveToChild, Paragraph, ParagraphChild, ReadDocxOptions, Run,
    RunChild, StructuredDataTag, StructuredDataTagChild, Table, TableCellContent, TableChild,
    TableRowChild,
};
use zip::ZipArchive;

use super::xml::{self, Step};
use super::{Context, archive, problem};
use crate::domain::{Document, Problem};
use crate::parse::text::tidy;

/// What is read here.
pub(super) const MEDIA_TYPES: &[&str] = &[
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.oasis.opendocument.text",
];

/// Reads a text document: letterhead, text, footer, notes.
pub(super) fn read(bytes: &[u8], context: &Context<'_>) -> Document {
    let opendocument = context.media_type.contains("opendocument");
    let read = archive::open(bytes).and_then(|mut archive| match opendocument {
        true => part(&mut archive, "content.xml"),
        false => word(bytes, &mut archive),
    });
    match read {
        Ok(text) => Document { text: tidy(&text), ..Document::default() },
        Err(Problem { code, detail }) => problem(&code, &detail),
    }
}

fn word(bytes: &[u8], archive: &mut ZipArchive<Cursor<&[u8]>>) -> Result<String, Problem> {
    let names: Vec<String> =
        archive.file_names().filter_map(Result::ok).map(|name| name.into_owned()).collect();
    let mut named = |beginning: &str| {
        let wanted =
            names.iter().filter(|name| name.starts_with(beginning) && name.ends_with(".xml"));
        // Every section repeats its letterhead.
        let mut texts: Vec<String> = Vec::new();
        for text in wanted.filter_map(|name| part(archive, name).ok()).map(|text| tidy(&text)) {
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        texts.join("\n")
    };
    let (heads, notes, feet) =
        (named("word/header"), named("word/footnotes"), named("word/footer"));
    let options = ReadDocxOptions::default().with_image_previews(false);
    let modelled =
        catch_unwind(AssertUnwindSafe(|| docx_rs::read_docx_with_options(bytes, options)));
    let body = match modelled {
        Ok(Ok(docx)) => text_of(&docx),
        _ => part(archive, "word/document.xml")?,
    };
    Ok([heads, body, notes, feet].join("\n"))
}

/// The text of one XML part of either family: paragraphs are lines, cells are parted by tabs.
fn part(archive: &mut ZipArchive<Cursor<&[u8]>>, name: &str) -> Result<String, Problem> {
    let missing = || Problem::new("P0102", format!("`{name}` is missing"));
    let xml = archive::text_of(archive, name).ok_or_else(missing)??;
    let mut text = String::new();
    let mut open: Vec<String> = Vec::new();
    xml::walk(&xml, |step| match step {
        Step::Open(element) => {
            match element.name {
                "tab" if open.last().is_some_and(|it| it != "tabs") => text.push('\t'),
                "br" | "cr" | "line-break" => text.push('\n'),
                "s" if element.namespace.contains("opendocument") => text.push(' '),
                _ => {}
            }
            open.push(element.name.to_owned());
        }
        Step::Close => match open.pop().as_deref() {
            Some("p" | "h") => text.push('\n'),
            Some("tc" | "table-cell") => {
                text.truncate(text.trim_end_matches('\n').len());
                text.push('\t');
            }
            Some("tr" | "table-row") => text.push('\n'),
            _ => {}
        },
        Step::Text(words) => {
            let inside = |name: &str| open.iter().any(|it| it == name);
            let word = open.last().is_some_and(|it| it == "t");
            if word
                || (open.iter().any(|it| it == "body")
                    && (inside("p") || inside("h"))
                    && !inside("document"))
            {
                text.push_str(words);
            }
        }
    })?;
    Ok(text)
}

fn text_of(docx: &Docx) -> String {
    let mut text = String::new();
    for child in &docx.document.children {
        match child {
            DocumentChild::Paragraph(it) => paragraph(it, &mut text),
            DocumentChild::Table(it) => table(it, &mut text),
            DocumentChild::StructuredDataTag(it) => tag(it, &mut text),
            _ => {}
        }
    }
    text
}

fn paragraph(paragraph: &Paragraph, text: &mut String) {
    paragraph.children.iter().for_each(|child| inline(child, text));
    text.push('\n');
}

fn inline(child: &ParagraphChild, text: &mut String) {
    match child {
        ParagraphChild::Run(it) => run(it, text),
        ParagraphChild::Hyperlink(it) => it.children.iter().for_each(|child| inline(child, text)),
        ParagraphChild::StructuredDataTag(it) => tag(it, text),
        ParagraphChild::Insert(it) => it.children.iter().for_each(|child| {
            if let InsertChild::Run(it) = child {
                run(it, text);
            }
        }),
        ParagraphChild::MoveTo(it) => it.children.iter().for_each(|child| {
            if let MoveToChild::Run(it) = child {
                run(it, text);
            }
        }),
        _ => {}
    }
}

fn run(run: &Run, text: &mut String) {
    for child in &run.children {
        match child {
            RunChild::Text(it) => text.push_str(&it.text),
            RunChild::Tab(_) | RunChild::PTab(_) => text.push('\t'),
            RunChild::Break(_) | RunChild::CarriageReturn(_) => text.push('\n'),
            _ => {}
        }
    }
}

fn tag(tag: &StructuredDataTag, text: &mut String) {
    for child in &tag.children {
        match child {
            StructuredDataTagChild::Run(it) => run(it, text),
            StructuredDataTagChild::Paragraph(it) => paragraph(it, text),
            StructuredDataTagChild::Table(it) => table(it, text),
            StructuredDataTagChild::StructuredDataTag(it) => self::tag(it, text),
            _ => {}
        }
    }
}

fn table(table: &Table, text: &mut String) {
    for TableChild::TableRow(row) in &table.rows {
        for TableRowChild::TableCell(cell) in &row.cells {
            let mut inside = String::new();
            for content in &cell.children {
                match content {
                    TableCellContent::Paragraph(it) => paragraph(it, &mut inside),
                    TableCellContent::Table(it) => self::table(it, &mut inside),
                    TableCellContent::StructuredDataTag(it) => tag(it, &mut inside),
                    TableCellContent::TableOfContents(_) => {}
                }
            }
            text.push_str(inside.trim_end_matches('\n'));
            text.push('\t');
        }
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const W: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";

    fn docx(body: &str, header: &str) -> Vec<u8> {
        let types = "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>";
        let relation =
            "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument";
        let rels = format!(
            "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>\
            <Relationship Id='rId1' Type='{relation}' Target='word/document.xml'/></Relationships>"
        );
        let document = format!("<w:document xmlns:w='{W}'><w:body>{body}</w:body></w:document>");
        let header =
            format!("<w:hdr xmlns:w='{W}'><w:p><w:r><w:t>{header}</w:t></w:r></w:p></w:hdr>");
        archive::tests::zip(&[
            ("[Content_Types].xml", types.as_bytes()),
            ("_rels/.rels", rels.as_bytes()),
            ("word/document.xml", document.as_bytes()),
            ("word/_rels/document.xml.rels", b"<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'/>"),
            ("word/header1.xml", header.as_bytes()),
        ])
    }

    const BODY: &str = "<w:p><w:r><w:t>Antrag von J\u{fc}rgen</w:t></w:r></w:p>\
        <w:tbl><w:tr><w:tc><w:p><w:r><w:t>Chip</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>276098</w:t></w:r></w:p></w:tc></w:tr></w:tbl>";

    #[test]
    fn a_letter_with_head_and_table_is_read() {
        let context = Context { media_type: MEDIA_TYPES[0] };
        let document = read(&docx(BODY, "Stadt Musterbach"), &context);
        assert_eq!(document.text, "Stadt Musterbach\nAntrag von Jürgen\nChip\t276098");
        assert!(document.problems.is_empty());
    }

    #[test]
    fn the_xml_itself_gives_the_same_text_as_the_library() {
        let bytes = docx(BODY, "");
        let mut archive = archive::open(&bytes).unwrap();
        let own = tidy(&part(&mut archive, "word/document.xml").unwrap());
        assert_eq!(own, tidy(&text_of(&docx_rs::read_docx(&bytes).unwrap())));
    }

    #[test]
    fn an_opendocument_letter_is_read() {
        let content = "<office:document-content xmlns:office='urn:oasis:names:tc:opendocument:xmlns:office:1.0' \
            xmlns:text='urn:oasis:names:tc:opendocument:xmlns:text:1.0'><office:body><office:text>\
            <text:h>Widerspruch</text:h><text:p>gegen<text:s/>den <text:span>Bescheid</text:span></text:p>\
            </office:text></office:body></office:document-content>";
        let bytes = archive::tests::zip(&[("content.xml", content.as_bytes())]);
        let document = read(&bytes, &Context { media_type: MEDIA_TYPES[1] });
        assert_eq!(document.text, "Widerspruch\ngegen den Bescheid");
    }
}
