//! What of an item the model gets to read: the whole of a short one, the telling parts of a long one.

use crate::domain::{Document, Parsed, Part};
use crate::locale;

/// About as many characters as a small model reads in three seconds on two cores.
const BUDGET: usize = 2600;
/// Of a long document, so much of the end is kept: signatures and totals stand there.
const TAIL: usize = 500;

/// The item as one text: subject, body, then each attachment under its number.
pub fn material(parsed: &Parsed, language: &str) -> String {
    let mut text = String::new();
    if let Some(envelope) = &parsed.envelope {
        text.push_str(&line(&locale::text(language, "prompt-subject", &[]), &envelope.subject));
    }
    let readable: Vec<&Document> =
        parsed.documents.iter().filter(|it| !it.text.trim().is_empty()).collect();
    let mut left = BUDGET.saturating_sub(text.chars().count());
    for (index, document) in readable.iter().enumerate() {
        let share = left / (readable.len() - index);
        let part = shorten(&clean(&document.own_text()), share);
        left = left.saturating_sub(part.chars().count());
        if index > 0 || !matches!(document.part, Part::Body) {
            text.push_str(&format!(
                "--- {}\n",
                document.name.chars().take(60).collect::<String>().trim()
            ));
        }
        text.push_str(&part);
        text.push('\n');
    }
    text
}

/// All words of an item: what is learned from, and what is asked of what was learned.
pub fn words(parsed: &Parsed) -> String {
    let subject = parsed.envelope.iter().map(|it| it.subject.clone());
    let texts = parsed.documents.iter().map(|it| clean(&it.text));
    subject.chain(texts).collect::<Vec<_>>().join("\n")
}

fn line(label: &str, value: &str) -> String {
    let value: String = value.split_whitespace().collect::<Vec<_>>().join(" ");
    if value.is_empty() { String::new() } else { format!("{label}: {value}\n") }
}

/// The text without what costs tokens and tells nothing: runs of white space, rules, quoted mails.
fn clean(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().filter(|word| !is_rule(word)).collect();
        let line = words.join(" ");
        let quoted = line.starts_with('>');
        let repeated_gap = line.is_empty() && lines.last().is_none_or(String::is_empty);
        if !quoted && !repeated_gap {
            lines.push(line);
        }
    }
    lines.join("\n").trim().to_owned()
}

fn is_rule(word: &str) -> bool {
    word.chars().count() > 2
        && word.chars().all(|letter| matches!(letter, '_' | '-' | '=' | '.' | '*' | '~'))
}

fn shorten(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let tail = TAIL.min(most / 3);
    let head: String = text.chars().take(most - tail).collect();
    let end: String = text.chars().skip(length - tail).collect();
    format!("{head}\n[…]\n{end}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Section, SectionKind, Span};

    #[test]
    fn a_long_document_keeps_its_beginning_and_its_end() {
        let text = format!("Anfang {} Ende", "wort ".repeat(2000));
        let document = Document { text, ..Document::default() };
        let text = material(&Parsed { documents: vec![document], ..Parsed::default() }, "de");
        assert!(
            text.starts_with("---") && text.contains("Anfang") && text.trim_end().ends_with("Ende")
        );
        assert!(text.chars().count() < BUDGET + 50);
    }

    #[test]
    fn what_an_earlier_mail_says_is_not_asked_about() {
        let section = |start, end, kind| Section { span: Span { start, end }, kind };
        let document = Document {
            text: "Ja, gern.\nIst ein Hund da?\n".to_owned(),
            part: Part::Body,
            sections: vec![section(0, 10, SectionKind::New), section(10, 27, SectionKind::Quoted)],
            ..Document::default()
        };
        let text = material(&Parsed { documents: vec![document], ..Parsed::default() }, "de");
        assert_eq!(text.trim(), "Ja, gern.");
    }

    #[test]
    fn quoted_mails_and_rules_are_left_out() {
        assert_eq!(clean("Guten  Tag\n\n\n______\n> alt\nNeu"), "Guten Tag\n\nNeu");
    }
}
