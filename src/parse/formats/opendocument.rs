//! Texts and slides of `OpenDocument` (ODT, ODP): what `LibreOffice` and many authorities write.

use std::io::Cursor;

use zip::ZipArchive;

use super::xml::{self, Element, Step};
use super::{Context, archive, problem};
use crate::domain::{Document, Problem};
use crate::parse::flow::Flow;

/// What is read here.
pub(super) const MEDIA_TYPES: &[&str] = &[
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.text-template",
    "application/vnd.oasis.opendocument.text-master",
    "application/vnd.oasis.opendocument.presentation",
    "application/vnd.oasis.opendocument.presentation-template",
    "application/vnd.oasis.opendocument.graphics",
    "application/vnd.oasis.opendocument.graphics-template",
];

/// What is not seen: deletions, remarks of reviewers, names of pictures for people who see none.
const UNSEEN: &[&str] =
    &["tracked-changes", "annotation", "annotation-end", "forms", "title", "desc", "note-citation"];
/// Empty cells that a table may repeat; more is a frame to the edge of the sheet.
const REPEATED: usize = 100;

/// Reads a text or slides.
pub(super) fn read(bytes: &[u8], _: &Context<'_>) -> Document {
    let read = archive::open(bytes).and_then(|mut archive| document(&mut archive));
    read.unwrap_or_else(|Problem { code, detail }| problem(&code, &detail))
}

/// Whether the archive says that its files are encrypted (ODF 1.2, part 3, section 3.4).
pub(super) fn is_encrypted(archive: &mut ZipArchive<Cursor<&[u8]>>) -> bool {
    let manifest = archive::text_of(archive, "META-INF/manifest.xml");
    matches!(manifest, Some(Ok(xml)) if xml.contains("encryption-data"))
}

fn document(archive: &mut ZipArchive<Cursor<&[u8]>>) -> Result<Document, Problem> {
    if is_encrypted(archive) {
        return Err(Problem::new("P0101", "the document has a password"));
    }
    let content = archive::text_of(archive, "content.xml")
        .unwrap_or_else(|| Err(Problem::new("P0102", "`content.xml` is missing")))?;
    let styles = archive::text_of(archive, "styles.xml").and_then(Result::ok).unwrap_or_default();
    let mut flow = Flow::default();
    // Letterhead and footer stand among the styles. They are no reason to lose the text.
    drop(walk(&styles, "header", &mut flow));
    let read = walk(&content, "body", &mut flow);
    drop(walk(&styles, "footer", &mut flow));
    let mut document = flow.finish();
    document.problems.extend(read.err());
    Ok(document)
}

/// The text of all elements of a name.
fn walk(xml: &str, root: &str, flow: &mut Flow) -> Result<(), Problem> {
    let mut open: Vec<String> = Vec::new();
    let (mut inside, mut unseen) = (0_usize, 0_usize);
    let read = xml::walk(xml, |step| match step {
        Step::Open(element) => {
            open.push(element.name.to_owned());
            if unseen > 0 || (inside > 0 && UNSEEN.contains(&element.name)) {
                unseen += 1;
            } else if inside > 0 || element.name == root {
                inside += 1;
                begin(&element, flow);
            }
        }
        Step::Close => {
            let name = open.pop().unwrap_or_default();
            if unseen > 0 {
                unseen -= 1;
            } else if inside > 0 {
                inside -= 1;
                end(&name, flow);
            }
        }
        Step::Text(text) => {
            let is_text = open.iter().any(|name| name == "p" || name == "h");
            if inside > 0 && unseen == 0 && is_text {
                flow.push(&collapsed(text));
            }
        }
    });
    while flow.in_table() {
        flow.end_table();
    }
    read
}

fn begin(element: &Element<'_>, flow: &mut Flow) {
    let count = |name: &str| {
        let count = element.local(name).and_then(|it| it.parse::<usize>().ok());
        count.unwrap_or(1).min(REPEATED)
    };
    match element.name {
        "s" => flow.push(&" ".repeat(count("c"))),
        "tab" => flow.push("\t"),
        "line-break" => flow.end_line(),
        "note-body" => flow.push(" ("),
        "page" | "text-box" | "custom-shape" => flow.start_line(),
        "table" => flow.begin_table(&element.local("name").unwrap_or_default()),
        "table-row" => flow.begin_row(),
        "covered-table-cell" | "table-cell" => {
            for _ in 1..count("number-columns-repeated") {
                flow.begin_cell();
            }
            flow.begin_cell();
        }
        _ => {}
    }
}

fn end(name: &str, flow: &mut Flow) {
    match name {
        "p" | "h" => flow.end_line(),
        "note-body" => {
            flow.join_line();
            flow.push(")");
        }
        "header" | "footer" | "text-box" | "custom-shape" => flow.start_line(),
        "page" => flow.end_line(),
        "table-cell" | "covered-table-cell" => flow.end_cell(),
        "table-row" => flow.end_row(),
        "table-header-rows" => {
            if let Some(table) = flow.table() {
                table.headings = table.rows.len();
            }
        }
        "table" => flow.end_table(),
        _ => {}
    }
}

/// Line ends in the XML are spaces in the text (ODF 1.2, part 1, section 6.1.2).
fn collapsed(text: &str) -> String {
    text.replace(['\n', '\r', '\t'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: &str = "xmlns:office='urn:oasis:names:tc:opendocument:xmlns:office:1.0' \
        xmlns:text='urn:oasis:names:tc:opendocument:xmlns:text:1.0' \
        xmlns:table='urn:oasis:names:tc:opendocument:xmlns:table:1.0' \
        xmlns:style='urn:oasis:names:tc:opendocument:xmlns:style:1.0'";

    fn check(body: &str, manifest: &str) -> Document {
        let content = format!(
            "<office:document-content {NAMES}><office:body><office:text>{body}</office:text></office:body></office:document-content>"
        );
        let styles = format!(
            "<office:document-styles {NAMES}><style:header><text:p>Stadt</text:p></style:header><style:footer><text:p>Seite</text:p></style:footer></office:document-styles>"
        );
        let files: &[(&str, &[u8])] = &[
            ("content.xml", content.as_bytes()),
            ("styles.xml", styles.as_bytes()),
            ("META-INF/manifest.xml", manifest.as_bytes()),
        ];
        read(&archive::tests::zip(files), &Context { media_type: MEDIA_TYPES[0] })
    }

    #[test]
    fn a_letter_is_read_with_head_notes_and_table() {
        let document = check(
            "<text:tracked-changes><text:p>alt</text:p></text:tracked-changes>\
             <text:h>Widerspruch</text:h><text:p>gegen<text:s text:c='2'/>den <text:span>Bescheid</text:span>\
             <text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>vom Mai</text:p></text:note-body></text:note>.</text:p>\
             <table:table table:name='T'><table:table-header-rows><table:table-row><table:table-cell><text:p>Nr.</text:p></table:table-cell>\
             <table:table-cell table:number-columns-repeated='2'/></table:table-row></table:table-header-rows></table:table>",
            "",
        );
        assert_eq!(document.text, "Stadt\nWiderspruch\ngegen  den Bescheid (vom Mai).\nNr.\nSeite");
        assert_eq!(document.tables[0].texts(&document.text), [["Nr.", "", ""]]);
        assert_eq!((document.tables[0].headings, document.tables[0].name.as_str()), (1, "T"));
    }

    #[test]
    fn a_password_is_named() {
        let document = check("<text:p>x</text:p>", "<m:encryption-data/>");
        assert_eq!(document.problems[0].code, "P0101");
    }
}
