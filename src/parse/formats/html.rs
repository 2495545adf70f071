//! Web pages and HTML mail, as the text a person would see.

use html2text::config;

use super::Context;
use crate::domain::{Document, Problem};
use crate::parse::text;

/// Lines are not wrapped: paragraphs stay one line, so that quotes are found in them.
const WIDTH: usize = 100_000;

/// Reads a page.
pub(super) fn read(bytes: &[u8], _: &Context<'_>) -> Document {
    let html = text::decode_as(bytes, charset(bytes).as_deref());
    match to_text(&html) {
        Ok(text) => Document { text, ..Document::default() },
        Err(problem) => Document { problems: vec![problem], ..Document::default() },
    }
}

/// The visible text. Cells of tables are parts of their own: in mail, tables are mostly layout.
pub(super) fn to_text(html: &str) -> Result<String, Problem> {
    let settings =
        config::plain_no_decorate().raw_mode(true).no_table_borders().allow_width_overflow();
    let text = settings.string_from_read(html.as_bytes(), WIDTH);
    let text = text.map_err(|error| Problem::new("P0102", format!("damaged HTML: {error}")))?;
    Ok(text::tidy(&text))
}

/// What `<meta charset=…>` says within the first 1024 bytes (HTML standard, section 4.2.5.4).
fn charset(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(bytes.get(..1024).unwrap_or(bytes)).to_lowercase();
    let (_, after) = head.split_once("charset=")?;
    let label = after.trim_start_matches(['"', '\'']);
    Some(label.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_as_a_person_sees_it() {
        let html = "<html><head><style>p{color:red}</style><script>alert(1)</script></head><body><h1>Antrag</h1>\
            <p>Sehr geehrte&nbsp;Frau <b>M&uuml;ller</b>,<br>bitte pr&uuml;fen.</p><!-- weg --><a href=\"http://x\">hier</a></body></html>";
        let text = to_text(html).unwrap();
        for part in ["Antrag", "Müller", "bitte prüfen.", "hier"] {
            assert!(text.contains(part), "{text}");
        }
        for part in ["color", "alert", "weg", "<b>"] {
            assert!(!text.contains(part), "{text}");
        }
    }

    #[test]
    fn the_page_names_its_encoding() {
        let page = b"<meta charset=\"iso-8859-15\"><p>10 \xa4</p>";
        let context = Context { media_type: "text/html" };
        assert_eq!(read(page, &context).text, "10 €");
    }
}
