//! A table as text (RFC 4180). What stands in the file already is kept byte for byte.

use super::{Settings, titles, under};

const MARK: &str = "\u{feff}";

/// The file with the row; `None` when the key is there already.
pub(super) fn with_row(
    before: Option<&[u8]>,
    settings: &Settings,
    key: &str,
    row: &[(String, String)],
) -> Result<Option<Vec<u8>>, String> {
    let separator = settings.separator.as_str();
    let Some(before) = before.filter(|it| !it.is_empty()) else {
        let titles = titles(row);
        let mark = if settings.byte_order_mark { MARK } else { "" };
        let values = under(&titles, key, row)?;
        let text = format!("{mark}{}{}", line(&titles, separator), line(&values, separator));
        return Ok(Some(text.into_bytes()));
    };
    // A spreadsheet program may have saved it in another encoding; titles with umlauts then differ, and say so.
    let text = String::from_utf8_lossy(before);
    let text = text.strip_prefix(MARK).unwrap_or(&text);
    let mut records = records(text, separator);
    let titles = records.next().unwrap_or_default();
    let guarded = guard(key);
    if records.any(|record| record.first().is_some_and(|it| *it == key || *it == guarded)) {
        return Ok(None);
    }
    let mut after = before.to_vec();
    if !after.ends_with(b"\n") {
        after.extend_from_slice(b"\r\n");
    }
    after.extend_from_slice(line(&under(&titles, key, row)?, separator).as_bytes());
    Ok(Some(after))
}

fn line(values: &[String], separator: &str) -> String {
    let cells: Vec<String> = values.iter().map(|value| cell(value, separator)).collect();
    format!("{}\r\n", cells.join(separator))
}

fn cell(value: &str, separator: &str) -> String {
    let value = guard(value);
    let quoted =
        value.contains(['"', '\n', '\r']) || value.contains(separator) || value != value.trim();
    if quoted { format!("\"{}\"", value.replace('"', "\"\"")) } else { value }
}

/// A value that a spreadsheet program would take for a formula gets an apostrophe before it
/// (OWASP, "CSV Injection"). It comes from a stranger's letter.
fn guard(value: &str) -> String {
    let formula = value.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if formula { format!("'{value}") } else { value.to_owned() }
}

fn records<'a>(text: &'a str, separator: &'a str) -> impl Iterator<Item = Vec<String>> + 'a {
    let mut letters = text.chars().peekable();
    let separator = separator.chars().next().unwrap_or(';');
    std::iter::from_fn(move || {
        letters.peek()?;
        let (mut record, mut value, mut quoted) = (Vec::new(), String::new(), false);
        while let Some(letter) = letters.next() {
            match letter {
                '"' if quoted && letters.peek() == Some(&'"') => value.extend(letters.next()),
                '"' => quoted = !quoted,
                '\r' if !quoted && letters.peek() == Some(&'\n') => {}
                '\n' if !quoted => break,
                it if it == separator && !quoted => record.push(std::mem::take(&mut value)),
                it => value.push(it),
            }
        }
        record.push(value);
        Some(record)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_becomes_a_formula() {
        for value in ["=cmd|'/c calc'!A1", "+49 170", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert!(cell(value, ";").trim_start_matches('"').starts_with('\''), "{value:?}");
        }
        assert_eq!(cell("12.03.2026", ";"), "12.03.2026");
    }

    #[test]
    fn every_value_reads_back() {
        let values: Vec<String> = ["a;b", "\"", "x\r\ny", "", " z "].map(str::to_owned).into();
        let text = line(&values, ";") + "letzte;Zeile";
        let read: Vec<_> = records(&text, ";").collect();
        assert_eq!(read, [values, vec!["letzte".to_owned(), "Zeile".to_owned()]]);
    }
}
