//! Invitations (iCalendar, RFC 5545) and address cards (vCard, RFC 6350): lines of names and values.

use std::borrow::Cow;

use mail_parser::decoders::quoted_printable::quoted_printable_decode;

use super::Context;
use crate::domain::{Document, Fact, Trust};
use crate::parse::text;

/// What is read here.
pub(super) const MEDIA_TYPES: &[&str] = &["text/calendar", "text/vcard"];

/// Values nobody reads: pictures, keys, and what only programs need.
const UNREAD: &[&str] =
    &["BEGIN", "END", "VERSION", "PRODID", "PHOTO", "LOGO", "KEY", "SOUND", "CALSCALE"];
/// Lines of one file.
const LINES: usize = 50_000;
/// Facts of one file; a calendar of a whole year is no letter.
const FACTS: usize = 500;

/// One line: `ATTENDEE;CN=Jana:mailto:jana@example.org`.
struct Line {
    name: String,
    parameters: Vec<(String, String)>,
    value: String,
}

/// Reads an invitation or a card.
pub(super) fn read(bytes: &[u8], context: &Context<'_>) -> Document {
    let prefix = if context.media_type == "text/vcard" { "vcard" } else { "ics" };
    let mut document = Document::default();
    let mut open: Vec<String> = Vec::new();
    for line in unfolded(&text::decode(bytes)).iter().filter_map(|line| parse(line)).take(LINES) {
        match line.name.as_str() {
            "BEGIN" => {
                open.push(line.value.to_uppercase());
                document.text.push_str(if document.text.is_empty() { "" } else { "\n" });
            }
            "END" => drop(open.pop()),
            name if UNREAD.contains(&name) || name.starts_with("X-") => {}
            // When clocks change is no part of an invitation.
            _ if open.iter().any(|it| it == "VTIMEZONE" || it == "VALARM") => {}
            name => {
                document.text.push_str(&format!("{name}: {}\n", shown(&line)));
                if document.facts.len() < FACTS {
                    document.facts.push(Fact {
                        name: format!("{prefix}:{name}"),
                        value: line.value.clone(),
                        path: format!("/{}/{name}", open.join("/")),
                        trust: Trust::FormField,
                    });
                }
            }
        }
    }
    document.text = text::tidy(&document.text);
    document
}

/// The lines, with those that were too long put together again.
fn unfolded(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let line = line.trim_end_matches('\r');
        let Some(last) = lines.last_mut() else {
            lines.push(line.to_owned());
            continue;
        };
        // vCard 2.1 folds quoted-printable lines its own way.
        let is_quoted = last.to_uppercase().contains("QUOTED-PRINTABLE") && last.ends_with('=');
        if is_quoted {
            last.pop();
            last.push_str(line);
        } else if let Some(rest) = line.strip_prefix([' ', '\t']) {
            last.push_str(rest);
        } else {
            lines.push(line.to_owned());
        }
    }
    lines
}

fn parse(line: &str) -> Option<Line> {
    let mut quoted = false;
    let colon = line.char_indices().find(|(_, letter)| {
        quoted ^= *letter == '"';
        *letter == ':' && !quoted
    })?;
    let (head, value) = (line.get(..colon.0)?, line.get(colon.0 + 1..)?);
    let mut parts = head.split(';');
    // `item1.TEL` groups lines that belong together.
    let name = parts.next()?.rsplit('.').next()?.trim().to_uppercase();
    let known = name.chars().all(|it| it.is_ascii_alphanumeric() || it == '-');
    let parameters: Vec<(String, String)> = parts
        .map(|part| part.split_once('=').unwrap_or(("TYPE", part)))
        .map(|(name, value)| (name.to_uppercase(), value.trim_matches('"').to_owned()))
        .collect();
    let has = |wanted: &str| parameters.iter().any(|it| it.1.eq_ignore_ascii_case(wanted));
    let value = match has("QUOTED-PRINTABLE") {
        true => {
            let decoded = quoted_printable_decode(value.as_bytes()).unwrap_or_default();
            let label = parameters.iter().find(|it| it.0 == "CHARSET").map(|it| it.1.as_str());
            Cow::Owned(text::decode_as(&decoded, label))
        }
        false => Cow::Borrowed(value),
    };
    let value = unescaped(&value);
    (known && !name.is_empty()).then_some(Line { name, parameters, value })
}

/// `\n`, `\,` and `\;` as what they stand for.
fn unescaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('n' | 'N') => text.push('\n'),
                Some(other) => text.push(other),
                None => {}
            },
            _ => text.push(letter),
        }
    }
    text.trim().to_owned()
}

/// A value as people read it: points in time with separators, people with their names.
fn shown(line: &Line) -> String {
    let parameter = |name: &str| {
        let found = line.parameters.iter().find(|it| it.0 == name);
        found.map(|it| it.1.as_str()).filter(|it| !it.is_empty())
    };
    let value = line.value.trim_end_matches(';');
    if ["ORGANIZER", "ATTENDEE"].contains(&line.name.as_str()) {
        let address = value.get(..7).filter(|it| it.eq_ignore_ascii_case("mailto:"));
        let address = address.map_or(value, |_| value.get(7..).unwrap_or_default());
        return match parameter("CN") {
            Some(name) => format!("{name} <{address}>"),
            None => address.to_owned(),
        };
    }
    match (point_in_time(value), parameter("TZID")) {
        (Some(point), Some(zone)) => format!("{point} {zone}"),
        (Some(point), None) => point,
        // The parts of names and addresses (RFC 6350, sections 6.2.2 and 6.3.1).
        (None, _) if ["N", "ADR", "ORG"].contains(&line.name.as_str()) => value
            .split(';')
            .map(str::trim)
            .filter(|it| !it.is_empty())
            .collect::<Vec<_>>()
            .join(", "),
        (None, _) => value.to_owned(),
    }
}

/// `20260312T100000Z` as `2026-03-12T10:00:00Z`, `20260312` as `2026-03-12`.
fn point_in_time(value: &str) -> Option<String> {
    let (date, time) = value.split_once('T').map_or((value, None), |(it, time)| (it, Some(time)));
    let digits = |text: &str, count: usize| {
        text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let date = digits(date, 8)
        .then(|| Some(format!("{}-{}-{}", date.get(..4)?, date.get(4..6)?, date.get(6..)?)))??;
    let Some(time) = time else { return Some(date) };
    let (clock, zone) = time.strip_suffix('Z').map_or((time, ""), |it| (it, "Z"));
    digits(clock, 6).then(|| {
        Some(format!("{date}T{}:{}:{}{zone}", clock.get(..2)?, clock.get(2..4)?, clock.get(4..)?))
    })?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact<'a>(document: &'a Document, name: &str) -> &'a str {
        &document.facts.iter().find(|fact| fact.name == name).unwrap().value
    }

    #[test]
    fn an_invitation_is_read() {
        let ics = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VTIMEZONE\r\nDTSTART:19700101T000000\r\nEND:VTIMEZONE\r\n\
            BEGIN:VEVENT\r\nUID:7@example.org\r\nSUMMARY:Anhörung\\, Saal 2\r\nDTSTART;TZID=Europe/Berlin:20260312T100000\r\n\
            ORGANIZER;CN=\"Amt: Musterbach\":mailto:amt@example.org\r\nDESCRIPTION:Bitte pünkt\r\n lich\\nerscheinen\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let document = read(ics.as_bytes(), &Context { media_type: "text/calendar" });
        assert_eq!(
            document.text,
            "METHOD: REQUEST\n\nUID: 7@example.org\nSUMMARY: Anhörung, Saal 2\n\
             DTSTART: 2026-03-12T10:00:00 Europe/Berlin\nORGANIZER: Amt: Musterbach <amt@example.org>\n\
             DESCRIPTION: Bitte pünktlich\nerscheinen"
        );
        assert_eq!(fact(&document, "ics:METHOD"), "REQUEST");
        assert_eq!(fact(&document, "ics:DTSTART"), "20260312T100000");
        assert_eq!(document.facts[1].path, "/VCALENDAR/VEVENT/UID");
    }

    #[test]
    fn an_old_card_is_read() {
        let card = b"BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:M=FCller;J=\r\n=FCrgen;;;\r\n\
            item1.TEL;WORK:+49 30 1\r\nPHOTO;BASE64:AAAA\r\nEND:VCARD\r\n";
        let document = read(card, &Context { media_type: "text/vcard" });
        assert_eq!(document.text, "N: Müller, Jürgen\nTEL: +49 30 1");
        assert_eq!(fact(&document, "vcard:TEL"), "+49 30 1");
    }
}
