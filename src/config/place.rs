//! Where in a file a part of a text stands, through its quotes and escapes.

use std::ops::Range;

/// The bytes of the file for a range of bytes of the text that stands (in quotes) at `span`.
/// The whole text when it cannot be told.
pub(super) fn within(file: &str, span: &Range<usize>, part: &Range<usize>) -> Range<usize> {
    let Some(raw) = file.get(span.clone()) else { return span.clone() };
    let (Some(start), Some(end)) = (raw_place(raw, part.start), raw_place(raw, part.end)) else {
        return span.clone();
    };
    // An empty range cannot be underlined; the end of the text is shown at its last character.
    span.start + start..span.start + end.max(start)
}

/// The same bytes, widened to whole characters: some parsers point into the middle of an `ü`.
pub(super) fn whole(text: &str, at: Range<usize>) -> Range<usize> {
    let (mut start, mut end) = (at.start.min(text.len()), at.end.min(text.len()));
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end.max(start)
}

/// The byte of a text as it is written for a byte of the text that it means.
fn raw_place(raw: &str, wanted: usize) -> Option<usize> {
    let quotes = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| raw.starts_with(quote))?;
    let mut at = quotes.len();
    if quotes.len() == 3 {
        // A line break right after three quotes is not part of the text.
        let rest = raw.get(at..)?;
        at += if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with('\n')) };
    }
    let escapes = quotes.starts_with('"');
    let mut meant = 0;
    while meant < wanted {
        let rest = raw.get(at..)?;
        let (written, means) = if escapes { escape(rest)? } else { plain(rest)? };
        (at, meant) = (at + written, meant + means);
    }
    Some(at)
}

/// How many bytes one character is written with, and how many it means.
fn plain(rest: &str) -> Option<(usize, usize)> {
    let length = rest.chars().next()?.len_utf8();
    Some((length, length))
}

fn escape(rest: &str) -> Option<(usize, usize)> {
    let Some(escaped) = rest.strip_prefix('\\') else { return plain(rest) };
    let digits = match escaped.chars().next()? {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        // A backslash at the end of a line leaves out the white space up to the next word.
        white if white.is_whitespace() => {
            return Some((1 + escaped.len() - escaped.trim_start().len(), 0));
        }
        other => return Some((1 + other.len_utf8(), 1)),
    };
    let code = u32::from_str_radix(escaped.get(1..=digits)?, 16).ok()?;
    Some((2 + digits, char::from_u32(code)?.len_utf8()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &str, text: &str, part: &str) -> String {
        let start = text.find(part).unwrap();
        let span = file.find(['"', '\'']).unwrap()..file.len();
        let place = within(file, &span, &(start..start + part.len()));
        file.get(place).unwrap().to_owned()
    }

    #[test]
    fn a_part_of_a_text_is_found_behind_quotes_and_escapes() {
        assert_eq!(check(r#"when = "a and b""#, "a and b", "b"), "b");
        assert_eq!(check(r#"when = "\"ü\" == \u00fc or x""#, "\"ü\" == ü or x", "x"), "x");
        assert_eq!(check("when = '''\na\nund b'''", "a\nund b", "und"), "und");
        assert_eq!(check("when = \"\"\"a \\\n   or b\"\"\"", "a or b", "b"), "b");
    }
}
