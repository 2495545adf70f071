//! Web pages and HTML mail, as the text a person would see.

use std::borrow::Cow;
use std::sync::LazyLock;

use html2text::config;
use regex::{Captures, Regex};

use super::Context;
use crate::domain::{Document, Problem, Section, SectionKind, Span};
use crate::parse::text;

/// Lines are not wrapped: paragraphs stay one line, so that quotes are found in them.
const WIDTH: usize = 100_000;

/// Reads a page.
pub(super) fn read(bytes: &[u8], _: &Context<'_>) -> Document {
    let html = text::decode_as(bytes, charset(bytes).as_deref());
    match to_text(&with_marks(&html)) {
        Ok(text) => {
            let (text, quoted) = without_marks(&text);
            let section = |span| Section { span, kind: SectionKind::Quoted };
            let sections = quoted.into_iter().map(section).collect();
            Document { text, sections, ..Document::default() }
        }
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
    let html = if html.contains(MARKS) {
        Cow::Owned(html.replace(MARKS, " "))
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

/// The text, and where in it quoted mails stand.
fn without_marks(marked: &str) -> (String, Vec<Span>) {
    let mut text = String::with_capacity(marked.len());
    let (mut chars, mut rest) = (0, None);
    let (mut open, mut quoted) = (Vec::new(), Vec::new());
    for letter in marked.chars() {
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
    (text, quoted)
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
