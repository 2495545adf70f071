//! Web pages and HTML mail, as the text a person would see.

use std::borrow::Cow;
use std::sync::LazyLock;

use html2text::config;
use regex::{Captures, Regex};

use super::{Context, html_grid, html_tables};
use crate::domain::{Document, Problem, Section, SectionKind, Span};
use crate::parse::text;

/// Lines are not wrapped: paragraphs stay one line, so that quotes are found in them.
const WIDTH: usize = 100_000;

/// Reads a page.
pub(super) fn read(bytes: &[u8], _: &Context<'_>) -> Document {
    let html = text::decode_as(bytes, charset(bytes).as_deref());
    match laid_out(&with_marks(&html)) {
        Ok(marked) => {
            let (text, quoted, places) = without_marks(&marked.text);
            let section = |span| Section { span, kind: SectionKind::Quoted };
            let sections = quoted.into_iter().map(section).collect();
            let mut document =
                Document { text, sections, tables: marked.tables, ..Document::default() };
            for cell in document.cells_mut() {
                // So many marks stood before it.
                let gone = |at: usize| at - places.partition_point(|place| *place < at);
                *cell = Span { start: gone(cell.start), end: gone(cell.end) };
            }
            document
        }
        Err(problem) => Document { problems: vec![problem], ..Document::default() },
    }
}

/// The visible text.
pub(super) fn to_text(html: &str) -> Result<String, Problem> {
    laid_out(html).map(|document| document.text)
}

/// The visible text and its tables. Cells of tables that only place things are parts of their own.
fn laid_out(html: &str) -> Result<Document, Problem> {
    let settings =
        config::plain_no_decorate().raw_mode(true).no_table_borders().allow_width_overflow();
    let damaged = |error| Problem::new("P0102", format!("damaged HTML: {error}"));
    let page = settings.parse_html(html.as_bytes()).map_err(damaged)?;
    let tables = html_tables::mark(&page, &settings);
    let tree = settings.dom_to_render_tree(&page).map_err(damaged)?;
    let text = settings.render_to_string(tree, WIDTH).map_err(damaged)?;
    Ok(html_grid::lay_out(&text, &tables))
}

/// Stand in the text, while it is made from HTML, where a quoted mail begins, where one begins that
/// goes on to the end, and where one ends.
const MARKS: [char; 3] = [QUOTE, REST, END];
const QUOTE: char = '\u{f8f1}';
const REST: char = '\u{f8f2}';
const END: char = '\u{f8f3}';

/// Where mail programs begin to quote. What only introduces a quote is told by its words.
static QUOTES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)<(?:/blockquote|blockquote\b|div[^<>]{0,200}(?:divRplyFwdMsg|yahoo_quoted|protonmail_quote))[^<>]{0,600}>"#,
    )
    .ok()
});

fn with_marks(html: &str) -> Cow<'_, str> {
    let html = if html.contains(MARKS) || html.contains(html_tables::MARKS) {
        Cow::Owned(html.replace(MARKS, " ").replace(html_tables::MARKS, " "))
    } else {
        Cow::Borrowed(html)
    };
    let Some(quotes) = QUOTES.as_ref().filter(|it| it.is_match(&html)) else { return html };
    let mut open = Vec::new();
    let marked = quotes.replace_all(&html, |found: &Captures<'_>| {
        let tag = found.get(0).map_or("", |it| it.as_str());
        let lower = tag.to_ascii_lowercase();
        let cites = ["cite", "gmail_quote", "quote_container"].iter().any(|it| lower.contains(it));
        if lower.starts_with("<div") {
            return format!("{tag}{REST}");
        }
        if lower.starts_with("<blockquote") {
            open.push(cites);
            // Many programs indent with it: that is no quote, and is shown as any other passage.
            return if cites { format!("{tag}{QUOTE}") } else { "<div>".to_owned() };
        }
        match open.pop() {
            Some(false) => "</div>".to_owned(),
            Some(true) => format!("{END}{tag}"),
            None => tag.to_owned(),
        }
    });
    Cow::Owned(marked.into_owned())
}

/// The text, where in it quoted mails stand, and where the marks stood.
fn without_marks(marked: &str) -> (String, Vec<Span>, Vec<usize>) {
    let mut text = String::with_capacity(marked.len());
    let (mut chars, mut rest) = (0, None);
    let (mut open, mut quoted) = (Vec::new(), Vec::new());
    let mut places = Vec::new();
    for (at, letter) in marked.chars().enumerate() {
        if MARKS.contains(&letter) {
            places.push(at);
        }
        match letter {
            QUOTE => open.push(chars),
            REST => rest = rest.or(Some(chars)),
            END => quoted.extend(open.pop().map(|start| Span { start, end: chars })),
            letter => {
                text.push(letter);
                chars += 1;
            }
        }
    }
    let unclosed = open.into_iter().chain(rest);
    quoted.extend(unclosed.map(|start| Span { start, end: chars }));
    (text, quoted, places)
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
    fn quoted_mails_are_told_by_their_elements_and_indents_are_not() {
        let page = "<p>Neu</p><blockquote style='margin:0'><p>Eingerückt</p></blockquote>\
            <blockquote type=\"cite\"><p>Alt</p><blockquote type=cite>älter</blockquote><p>Alt</p></blockquote><p>Unten</p>\
            <div id=\"divRplyFwdMsg\">Rest</div><p>Ende</p>";
        let document = read(page.as_bytes(), &Context { media_type: "text/html" });
        assert!(!document.text.contains(MARKS));
        let quoted: Vec<String> = document
            .sections
            .iter()
            .map(|it| it.span.of(&document.text).replace('>', " "))
            .map(|it| it.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(quoted, ["älter", "Alt älter Alt", "Rest Ende"], "{}", document.text);
        assert!(document.text.lines().any(|line| line == "Eingerückt"), "{}", document.text);
    }

    #[test]
    fn the_page_names_its_encoding() {
        let page = b"<meta charset=\"iso-8859-15\"><p>10 \xa4</p>";
        let context = Context { media_type: "text/html" };
        assert_eq!(read(page, &context).text, "10 €");
    }
}
