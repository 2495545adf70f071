//! Slides (PPTX): the text of each, its tables, and the speaker's notes.

use super::{Context, archive, drawings, problem};
use crate::domain::{Document, Problem};
use crate::parse::flow::Flow;

/// What is read here.
pub(super) const MEDIA_TYPES: &[&str] = &[
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.openxmlformats-officedocument.presentationml.slideshow",
    "application/vnd.openxmlformats-officedocument.presentationml.template",
    "application/vnd.ms-powerpoint.presentation.macroenabled.12",
    "application/vnd.ms-powerpoint.slideshow.macroenabled.12",
];

/// Where text stands, in the order of reading.
const PLACES: &[&str] =
    &["ppt/slides/slide", "ppt/diagrams/data", "ppt/charts/chart", "ppt/notesSlides/notesSlide"];

/// Reads all slides.
pub(super) fn read(bytes: &[u8], _: &Context<'_>) -> Document {
    let mut archive = match archive::open(bytes) {
        Ok(archive) => archive,
        Err(Problem { code, detail }) => return problem(&code, &detail),
    };
    let mut flow = Flow::default();
    let problems = drawings::read(&mut archive, PLACES, &mut flow);
    Document { problems, ..flow.finish() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slides_come_in_their_order_and_notes_last() {
        let slide = |text: &str| {
            format!(
                "<p:sld xmlns:p='urn:p' xmlns:a='urn:a'><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:sld>"
            )
        };
        let table = "</a:t></a:r></a:p><a:tbl><a:tr><a:tc><a:p><a:r><a:t>a</a:t></a:r></a:p></a:tc><a:tc/></a:tr></a:tbl><a:p><a:r><a:t>Ende";
        let (ten, two, note) = (slide("zehn"), slide(&format!("zwei{table}")), slide("Notiz"));
        let bytes = archive::tests::zip(&[
            ("ppt/notesSlides/notesSlide1.xml", note.as_bytes()),
            ("ppt/slides/slide10.xml", ten.as_bytes()),
            ("ppt/slides/slide2.xml", two.as_bytes()),
        ]);
        let document = read(&bytes, &Context { media_type: MEDIA_TYPES[0] });
        assert_eq!(document.text.replace("\n\n", "\n"), "zwei\na\nEnde\nzehn\nNotiz");
        assert_eq!(document.tables[0].texts(&document.text), [["a", ""]]);
    }
}
