//! Whose a value is, where a paper names two sides: by the headings of its blocks, and on a letter by
//! where it stands (DIN 5008: the recipient in the window on the left, the sender around it).

use crate::config::Party;
use crate::domain::Span;

use super::label::names_a_value;
use super::sheet::{Line, Sheet, Token};

/// Headings of a block about who writes, in lower case.
const SENDER: &[&str] = &[
    "verkäufer",
    "lieferant",
    "rechnungsersteller",
    "rechnungssteller",
    "absender",
    "auftragnehmer",
    "leistungserbringer",
    "verkäufer/leistungserbringer",
    "seller",
    "supplier",
    "vendor",
    "from",
    "sold by",
    "sender",
    "payee",
    "remit to",
    "vendeur",
    "fournisseur",
    "émetteur",
];
/// Headings of a block about to whom is written.
const RECIPIENT: &[&str] = &[
    "käufer",
    "leistungsempfänger",
    "rechnungsempfänger",
    "empfänger",
    "rechnungsadresse",
    "rechnungsanschrift",
    "kunde",
    "auftraggeber",
    "buyer",
    "bill to",
    "billed to",
    "sold to",
    "invoice to",
    "customer",
    "recipient",
    "client",
    "acheteur",
    "destinataire",
    "adresse de facturation",
];
/// Headings of blocks about others, and of what follows.
const OTHER: &[&str] = &[
    "warenempfänger",
    "abweichender warenempfänger",
    "lieferadresse",
    "lieferanschrift",
    "versandadresse",
    "abweichender zahlungsempfänger",
    "zahlungsempfänger",
    "ship to",
    "deliver to",
    "shipping address",
    "delivery address",
    "adresse de livraison",
    "bemerkungen",
    "positionsdaten",
    "bemerkung",
    "contact commercial",
];
/// What only who writes prints about itself.
const CONTACT: &[&str] = &[
    "tel",
    "tel.",
    "tel:",
    "tel.:",
    "telefon",
    "telefon:",
    "fax",
    "fax:",
    "fax.:",
    "phone",
    "phone:",
    "ust-idnr",
    "ust-idnr.",
    "ust-idnr.:",
    "ust-idnr:",
    "ust-id",
    "hrb",
    "hra",
    "iban",
    "iban:",
    "bic",
    "siret",
    "tva",
    "steuernummer",
    "steuernummer:",
    "st.-nr.:",
    "geschäftsführer",
    "geschäftsführer:",
    "handelsregister",
];
/// A heading is among so many words of its phrase.
const HEADING: usize = 12;
/// So many blocks of a document are told apart.
const MOST_BLOCKS: usize = 200;
/// So many ways to call and numbers of registers are kept.
const MOST_CONTACTS: usize = 2000;
/// So many heights of a line belong to a block at most.
const BLOCK: f32 = 22.0;
/// So many heights of a line the lines of a block are moved to the right at most.
const INDENT: f32 = 6.0;
/// So many heights of a line around a place are its surroundings.
const NEAR: f32 = 7.5;

/// A block of lines with its heading.
#[derive(Clone, Debug)]
struct Block {
    side: Option<Party>,
    page: u32,
    /// The heading itself.
    from: (f32, f32),
    left: f32,
    right: f32,
    bottom: f32,
    height: f32,
}

/// The blocks of a document.
#[derive(Clone, Debug, Default)]
pub(super) struct Sides {
    blocks: Vec<Block>,
    contacts: Vec<Contact>,
}

/// Where a way to call or a number of a register stands.
#[derive(Clone, Copy, Debug)]
struct Contact {
    page: u32,
    /// Of its line.
    from: (f32, f32),
    left: f32,
}

/// How a place is known to be one side's; the first counts most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Proof {
    /// A heading says so.
    Heading,
    /// It stands where this side stands.
    Position,
}

impl Sides {
    pub(super) fn of(sheet: &Sheet<'_>) -> Self {
        let mut blocks: Vec<Block> = Vec::new();
        for line in &sheet.lines {
            let heads: Vec<(f32, Option<Party>)> = headings(line);
            for (number, (left, side)) in heads.iter().enumerate() {
                let right = heads.get(number + 1).map_or(f32::MAX, |next| next.0 - 1.0);
                blocks.push(Block {
                    side: *side,
                    page: line.page,
                    from: (line.top, line.bottom),
                    left: left - line.height(),
                    right,
                    bottom: line.bottom + BLOCK * line.height(),
                    height: line.height(),
                });
            }
        }
        blocks.truncate(MOST_BLOCKS);
        // A block ends where the next one begins below it.
        for number in 0..blocks.len() {
            let Some(block) = blocks.get(number).cloned() else { continue };
            let below = blocks.iter().filter(|it| {
                let beside = it.left >= block.right || it.right <= block.left;
                it.page == block.page && it.from.0 > block.from.1 - 1.0 && !beside
            });
            let next = below.map(|it| it.from.0).fold(block.bottom, f32::min);
            if let Some(block) = blocks.get_mut(number) {
                block.bottom = next;
            }
        }
        Self { blocks, contacts: contacts(sheet) }
    }

    /// Whose the value at a place is: `Some(None)` for somebody else's, `None` when nothing tells.
    pub(super) fn of_place(&self, sheet: &Sheet<'_>, span: Span) -> Option<(Option<Party>, Proof)> {
        let (line, token) = sheet.at(span)?;
        let holds = |block: &&Block| {
            let middle = (token.top + token.bottom) / 2.0;
            block.page == line.page
                && middle > block.from.0
                && middle < block.bottom
                && token.left >= block.left
                && token.left < block.right
        };
        let heading = self.blocks.iter().filter(holds).max_by(|a, b| {
            (a.from.0, a.left).partial_cmp(&(b.from.0, b.left)).unwrap_or(std::cmp::Ordering::Equal)
        });
        if let Some(block) = heading {
            return Some((block.side, Proof::Heading));
        }
        self.by_position(sheet, line, token).map(|side| (Some(side), Proof::Position))
    }

    fn by_position(&self, sheet: &Sheet<'_>, line: &Line<'_>, token: &Token<'_>) -> Option<Party> {
        let (width, height) = sheet.size;
        if !sheet.placed || height < width / 2.0 {
            return None;
        }
        if is_return_line(line) || self.has_contact(line, token) {
            return Some(Party::Sender);
        }
        if line.page != 1 {
            return None;
        }
        let (x, y) = (token.left / width, token.top / height);
        match y {
            ..0.12 => Some(Party::Sender),
            0.12..0.38 if x < 0.5 => Some(Party::Recipient),
            0.85.. => Some(Party::Sender),
            _ => None,
        }
    }

    /// Whether ways to call or numbers of registers stand near, in the same column.
    fn has_contact(&self, line: &Line<'_>, token: &Token<'_>) -> bool {
        let reach = NEAR * line.height();
        self.contacts.iter().any(|it| {
            let (top, bottom) = it.from;
            it.page == line.page
                && top - line.bottom < reach
                && line.top - bottom < reach
                && (it.left - token.left).abs() < 2.0 * line.height()
        })
    }

    /// The first line below a side's heading, or of the window of a letter: the side's name.
    pub(super) fn names(&self, sheet: &Sheet<'_>, side: Party) -> Vec<Span> {
        let of_side = self.blocks.iter().filter(|block| block.side == Some(side));
        let headed: Vec<Span> = of_side.filter_map(|block| first_of(sheet, block)).collect();
        if !headed.is_empty() || side == Party::Sender {
            return headed;
        }
        window(sheet).into_iter().collect()
    }
}

/// Whose block a heading begins: `Some(None)` for another's, `None` for what is no heading.
fn side_of(heading: &str) -> Option<Option<Party>> {
    let plain = heading.trim_end_matches([':', ' ', '.']).to_lowercase();
    let first = plain.split('/').next().unwrap_or_default().trim();
    let among = |words: &[&str]| words.contains(&plain.as_str()) || words.contains(&first);
    if among(OTHER) {
        return Some(None);
    }
    let sender = among(SENDER).then_some(Some(Party::Sender));
    sender.or_else(|| among(RECIPIENT).then_some(Some(Party::Recipient)))
}

/// The headings on a line: each with its left edge and its side; `None` for another's.
fn headings(line: &Line<'_>) -> Vec<(f32, Option<Party>)> {
    let mut found = Vec::new();
    for range in line.phrases() {
        let Some(tokens) = line.tokens.get(range.clone()) else { continue };
        let text: Vec<&str> = tokens.iter().take(HEADING).map(|token| token.text).collect();
        // The whole phrase, or what a colon parts from the rest.
        let until =
            text.iter().position(|word| word.ends_with(':')).map_or(text.len(), |it| it + 1);
        let head = text.get(..until).unwrap_or_default().join(" ");
        if let (Some(side), Some(first)) = (side_of(&head), tokens.first()) {
            found.push((first.left, side));
        }
    }
    found
}

fn first_of(sheet: &Sheet<'_>, block: &Block) -> Option<Span> {
    let lines = sheet.lines.iter().filter(|line| {
        line.page == block.page && line.top >= block.from.1 - 1.0 && line.top < block.bottom
    });
    for line in lines.take(6) {
        let phrases = line.phrases().iter().filter_map(|it| line.tokens.get(it.clone()));
        // Its lines begin below the heading or a little to the right.
        let edge = block.right.min(block.left + INDENT * block.height);
        let begins = |it: &Token<'_>| it.left >= block.left && it.left < edge;
        let mut inside = phrases.filter(|it| it.first().is_some_and(begins));
        let Some(phrase) = inside.next() else { continue };
        if let Some(span) = name_of(sheet, phrase) {
            return Some(span);
        }
    }
    None
}

/// A phrase that may be a name: words without numbers, and no label.
fn name_of(sheet: &Sheet<'_>, phrase: &[Token<'_>]) -> Option<Span> {
    let span = Span { start: phrase.first()?.span.start, end: phrase.last()?.span.end };
    let text = sheet.text(span);
    let letters = text.chars().filter(|it| it.is_alphabetic()).count();
    let is_name = letters >= 3
        && !text.chars().any(|it| it.is_ascii_digit())
        && !text.contains([':', '\n', '@'])
        && phrase.len() <= 8
        && side_of(text).is_none()
        && !names_a_value(text);
    is_name.then_some(span)
}

/// The first line of the address window on the first page: lines on the left in the upper third, the
/// last of them with a number of the post.
fn window(sheet: &Sheet<'_>) -> Option<Span> {
    if !sheet.placed {
        return None;
    }
    let (width, height) = sheet.size;
    let mut first: Option<Span> = None;
    let mut bottom = 0.0;
    for line in sheet.lines.iter().filter(|it| it.page == 1) {
        let Some(range) = line.phrases().first() else { continue };
        let Some(phrase) = line.tokens.get(range.clone()) else { continue };
        let left = phrase.first().map_or(width, |it| it.left);
        if line.top < 0.11 * height || line.top > 0.36 * height || left > 0.45 * width {
            continue;
        }
        if is_return_line(line) || line.top - bottom > 2.5 * line.height() {
            first = None;
        }
        bottom = line.bottom;
        if is_return_line(line) {
            continue;
        }
        if first.is_some() && phrase.first().is_some_and(|it| is_post_number(it.text)) {
            return first;
        }
        first = first.or_else(|| name_of(sheet, phrase));
    }
    None
}

fn is_post_number(text: &str) -> bool {
    let digits = text.trim_start_matches(['D', '-']);
    digits.len() == 5 && digits.bytes().all(|it| it.is_ascii_digit())
}

/// The sender's address in small letters on one line, above the window or at the top.
fn is_return_line(line: &Line<'_>) -> bool {
    let post = line.tokens.iter().position(|it| is_post_number(it.text));
    let house = line.tokens.iter().any(|it| {
        let text = it.text.trim_end_matches([',', ';']);
        !is_post_number(text) && text.starts_with(|it: char| it.is_ascii_digit()) && text.len() <= 5
    });
    post.is_some_and(|it| it >= 3) && house
}

/// What only who writes prints about itself, in the order of the lines.
fn contacts(sheet: &Sheet<'_>) -> Vec<Contact> {
    let marks = sheet.lines.iter().flat_map(|line| {
        let marks = line.tokens.iter().filter(|it| {
            CONTACT.contains(&it.text.to_lowercase().as_str()) || it.text.starts_with("www.")
        });
        let from = (line.top, line.bottom);
        marks.map(move |it| Contact { page: line.page, from, left: it.left })
    });
    marks.take(MOST_CONTACTS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Document;

    #[test]
    fn headings_tell_whose_a_value_is() {
        let text = "Verkäufer            Käufer/Leistungsempfänger\nMuster GmbH          Beispiel AG\nRingstr. 5           Weg 7\nLieferadresse\nLager Nord\n";
        let document = Document { text: text.into(), ..Document::default() };
        let sheet = Sheet::of(&document);
        let sides = Sides::of(&sheet);
        let side = |word: &str| {
            let at = text.find(word).unwrap();
            let span = Span::from_bytes(text, at..at + word.len());
            sides.of_place(&sheet, span).map(|it| it.0)
        };
        assert_eq!(side("Ringstr"), Some(Some(Party::Sender)));
        assert_eq!(side("Weg"), Some(Some(Party::Recipient)));
        assert_eq!(side("Lager"), Some(None));
        let names = sides.names(&sheet, Party::Recipient);
        assert_eq!(names.iter().map(|it| sheet.text(*it)).collect::<Vec<_>>(), ["Beispiel AG"]);
    }
}
