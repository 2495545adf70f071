//! What of a mail's text is new, and what only came along: quoted mails, header lines of forwarded
//! ones, signatures, legal notices. Told by the marks that mail programs set, in any language whose
//! words are in the lists below; what is not told by a mark is new.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::{Section, SectionKind, Span};

/// With more words of its own, a forwarded mail is a letter about what it forwards.
const FEW_WORDS: usize = 60;
/// An introduction of a quote is broken over so many lines at most.
const INTRODUCTION: usize = 3;
/// Below the closing formula so many lines are still a signature.
const SIGNATURE: usize = 15;

fn pattern(text: &str) -> Option<Regex> {
    Regex::new(text).ok()
}

/// `Am 3. Mai 2026 um 10:00 schrieb Jana Müller <…>:` and its like.
static WROTE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?is)^\s*(?:am|on|le|il|el|op|dnia|w dniu|em|den)\s.*\d.*\b(?:schrieb|hat geschrieben|wrote|a écrit|ha scritto|escribió|schreef|napisał|napisała|escreveu|skrev)\b.*:\s*$",
    )
});
/// `Jana Müller schrieb am 3. Mai 2026:`.
static NAME_WROTE: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"(?is)^\s*\S.{0,120}\b(?:schrieb|wrote)\s+(?:am|on)?\s?.*\d.*:\s*$"));
static ORIGINAL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?i)^\s*-{2,}\s*(?:ursprüngliche nachricht|originalnachricht|original[ -]?message|urspr\. nachricht|message d'origine|oorspronkelijk bericht|messaggio originale|mensaje original)\s*-*\s*$",
    )
});
static FORWARDED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?i)^\s*(?:-{2,}\s*(?:weitergeleitete nachricht|forwarded message|message transféré|doorgestuurd bericht)\b.*|anfang der weitergeleiteten (?:nachricht|e-mail):|begin forwarded message:|-{2,}\s*forwarded by .*)\s*$",
    )
});
/// A line of the header that mail programs write above a quoted mail.
static HEADER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?i)^\s*\*?(von|from|de|gesendet|sent|datum|date|an|to|à|cc|kopie|betreff|subject|objet|antwort an|reply-to|envoyé)\s?:\*?(?:\s|$)",
    )
});
static FORWARDS: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"(?i)^\s*(?:wg|fwd?|tr|doorst|i|rv|enc)\s*:"));
static CLOSING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?i)^\s*(?:mit (?:freundliche[nm]|besten|herzlichen|vielen|lieben) gr(?:ü|ue)(?:ß|ss)en?|(?:freundliche|viele|beste|liebe|herzliche|schöne) gr(?:ü|ue)(?:ß|ss)e|hochachtungsvoll|mfg|(?:kind|best|warm) regards|regards|yours (?:sincerely|faithfully|truly)|sincerely|best wishes)\b[^.?!]{0,60}$",
    )
});
static DEVICE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?i)^\s*(?:von meinem .{2,40} gesendet|gesendet (?:von|mit) .{2,60}|sent from (?:my )?.{2,60}|(?:get|holen sie sich) outlook .{2,40}|diese nachricht wurde von meinem .{2,60})\.?\s*$",
    )
});
/// Two of these in one paragraph make it a legal notice.
const NOTICE: &[&str] = &[
    "vertraulich",
    "irrtümlich",
    "nicht der richtige adressat",
    "nicht der beabsichtigte empfänger",
    "vernichten sie",
    "löschen sie diese",
    "unerlaubte kopieren",
    "unbefugte weitergabe",
    "ist nicht gestattet",
    "confidential",
    "intended recipient",
    "intended solely",
    "received this e-mail in error",
    "received this email in error",
    "notify the sender",
    "unauthori",
    "strictly prohibited",
    "privileged",
];

/// The sections of a mail's text. `quoted` are ranges that the mail's HTML marks as quoted.
/// Nothing is found in a text that is all new.
pub(super) fn sections(text: &str, quoted: &[Span], subject: &str) -> Vec<Section> {
    let lines = Lines::of(text);
    let mut kinds = vec![SectionKind::New; lines.0.len()];
    mark_quoted(&lines, quoted, &mut kinds);
    let forwarded = mark_below_separators(&lines, &mut kinds) || is(&FORWARDS, subject);
    if forwarded && words(&lines, &kinds) <= FEW_WORDS {
        take_forwarded(&lines, &mut kinds);
    }
    mark_signature(&lines, &mut kinds);
    mark_notices(&lines, &mut kinds);
    let mut sections: Vec<Section> = Vec::new();
    for (line, kind) in lines.0.iter().zip(kinds) {
        match sections.last_mut() {
            // An empty line belongs to what stands before it.
            Some(last) if last.kind == kind || line.text.trim().is_empty() => {
                last.span.end = line.span.end;
            }
            _ => sections.push(Section { span: line.span, kind }),
        }
    }
    if sections.iter().all(|it| it.kind == SectionKind::New) { Vec::new() } else { sections }
}

/// A line with its place; the line break belongs to it.
struct Line<'a> {
    text: &'a str,
    span: Span,
}

struct Lines<'a>(Vec<Line<'a>>);

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        let mut start = 0;
        let lines = text.split_inclusive('\n').map(|text| {
            let span = Span { start, end: start + text.chars().count() };
            start = span.end;
            Line { text, span }
        });
        Self(lines.collect())
    }

    fn text(&self, number: usize) -> &'a str {
        self.0.get(number).map_or("", |line| line.text)
    }

    /// How many lines from here on introduce a quote; 0 when they do not.
    fn introduction(&self, number: usize) -> usize {
        let mut joined = String::new();
        for count in 1..=INTRODUCTION {
            let line = self.text(number + count - 1).trim_end();
            if line.trim().is_empty() || line.chars().count() > 300 {
                return 0;
            }
            joined.push_str(line);
            joined.push(' ');
            if line.ends_with(':') && (is(&WROTE, &joined) || is(&NAME_WROTE, &joined)) {
                return count;
            }
        }
        0
    }

    /// How many lines from here on are the header of a quoted mail; 0 when they are not.
    fn header(&self, number: usize) -> usize {
        let first = name(self.text(number));
        if !first.is_some_and(|it| matches!(it.as_str(), "von" | "from" | "de" | "date" | "datum"))
        {
            return 0;
        }
        let mut names = Vec::new();
        let mut count = 0;
        // The value of a line may go on in the next one; empty lines part them in some HTML.
        for ahead in 0..16 {
            let line = self.text(number + ahead);
            if let Some(name) = name(line) {
                names.push(name);
                count = ahead + 1;
            } else if ahead > count + 1 {
                break;
            }
        }
        let has = |any: &[&str]| names.iter().any(|it| any.contains(&it.as_str()));
        let sent = has(&["gesendet", "sent", "datum", "date", "envoyé"]);
        let rest = has(&["an", "to", "à"]) || has(&["betreff", "subject", "objet"]);
        if sent && rest && has(&["von", "from", "de"]) { count } else { 0 }
    }
}

fn name(line: &str) -> Option<String> {
    let found = HEADER.as_ref()?.captures(line)?;
    Some(found.get(1)?.as_str().to_lowercase())
}

fn is(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|it| it.is_match(text.trim_end()))
}

/// Lines that begin with `>`, and what the HTML marks.
fn mark_quoted(lines: &Lines<'_>, quoted: &[Span], kinds: &mut [SectionKind]) {
    for (line, kind) in lines.0.iter().zip(kinds) {
        let by_html = quoted
            .iter()
            .any(|it| it.start <= line.span.start && line.span.end <= it.end.saturating_add(1));
        if line.text.trim_start().starts_with('>') || by_html {
            *kind = SectionKind::Quoted;
        }
    }
}

/// What stands below `-----Ursprüngliche Nachricht-----`, below the header of another mail, or below
/// `Am … schrieb …:`. Whether it is forwarded, by the words of the mail program.
fn mark_below_separators(lines: &Lines<'_>, kinds: &mut [SectionKind]) -> bool {
    let mut forwarded = false;
    let mut number = 0;
    while number < kinds.len() {
        let text = lines.text(number);
        let forward = is(&FORWARDED, text);
        let separator = usize::from(forward || is(&ORIGINAL, text));
        // Below a separator the header may begin after an empty line.
        let gap = usize::from(separator == 1 && lines.text(number + 1).trim().is_empty());
        let header = lines.header(number + separator + gap);
        let introduction = lines.introduction(number);
        if separator + header > 0 {
            forwarded |= forward;
            let head = separator + if header > 0 { gap + header } else { 0 };
            fill(kinds, number, number + head, SectionKind::ForwardedHeader);
            let end = kinds.len();
            fill(kinds, number + head, end, SectionKind::Quoted);
            return forwarded;
        }
        if introduction > 0 {
            fill(kinds, number, number + introduction, SectionKind::Quoted);
            let mut below = number + introduction;
            while below < kinds.len() && lines.text(below).trim().is_empty() {
                below += 1;
            }
            let marked = kinds.get(below) == Some(&SectionKind::Quoted);
            if !marked {
                // Without marks nobody can tell where the quote ends; people write above it.
                let end = kinds.len();
                fill(kinds, number, end, SectionKind::Quoted);
                return forwarded;
            }
            number = below;
        }
        number += 1;
    }
    forwarded
}

fn fill(kinds: &mut [SectionKind], from: usize, to: usize, kind: SectionKind) {
    kinds.iter_mut().take(to).skip(from).for_each(|it| *it = kind);
}

fn words(lines: &Lines<'_>, kinds: &[SectionKind]) -> usize {
    let new = lines.0.iter().zip(kinds).filter(|(_, kind)| **kind == SectionKind::New);
    new.map(|(line, _)| line.text.split_whitespace().count()).sum()
}

/// The forwarded mail is what the mail is about; what it quotes in turn is not.
fn take_forwarded(lines: &Lines<'_>, kinds: &mut [SectionKind]) {
    let is_head = |kind: &SectionKind| *kind == SectionKind::ForwardedHeader;
    let Some(head) = kinds.iter().position(is_head) else { return };
    let mut below = head;
    while kinds.get(below).is_some_and(is_head) {
        below += 1;
    }
    for number in below..kinds.len() {
        let text = lines.text(number);
        let ends = lines.header(number) > 0 || lines.introduction(number) > 0;
        if ends || is(&ORIGINAL, text) || is(&FORWARDED, text) {
            break;
        }
        if !text.trim_start().starts_with('>')
            && let Some(kind) = kinds.get_mut(number)
        {
            *kind = SectionKind::New;
        }
    }
}

/// From `-- ` on, or below the closing formula, to the end of the new text around it.
fn mark_signature(lines: &Lines<'_>, kinds: &mut [SectionKind]) {
    let mut number = 0;
    while number < kinds.len() {
        let is_new = |at: usize| kinds.get(at) == Some(&SectionKind::New);
        let text = lines.text(number).trim_end_matches(['\n', '\r']);
        let mut end = number;
        while is_new(end) {
            end += 1;
        }
        let begin = match text {
            "-- " | "--" => Some(number),
            _ if is(&DEVICE, text) => Some(number),
            _ if is(&CLOSING, text) && end - number <= SIGNATURE => Some(number + 1),
            _ => None,
        };
        match begin.filter(|_| is_new(number)) {
            Some(begin) => {
                fill(kinds, begin, end, SectionKind::Signature);
                number = end;
            }
            None => number += 1,
        }
    }
}

/// Paragraphs at the end that say for whom the mail is.
fn mark_notices(lines: &Lines<'_>, kinds: &mut [SectionKind]) {
    let mut begin = 0;
    let mut seen_text = false;
    while begin < kinds.len() {
        let mut end = begin;
        let kind = kinds.get(begin).copied();
        while end < kinds.len()
            && !lines.text(end).trim().is_empty()
            && kinds.get(end).copied() == kind
        {
            end += 1;
        }
        let paragraph: String = (begin..end).map(|it| lines.text(it).to_lowercase()).collect();
        let said = NOTICE.iter().filter(|it| paragraph.contains(**it)).count();
        let own = matches!(kind, Some(SectionKind::New | SectionKind::Signature));
        if own && seen_text && said >= 2 {
            fill(kinds, begin, end, SectionKind::Disclaimer);
        }
        seen_text |= !paragraph.trim().is_empty();
        begin = end.max(begin + 1);
    }
}

#[cfg(test)]
mod tests;
