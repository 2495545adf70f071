//! Values over their caption: forms have lines to write on, and say below them in brackets what belongs there
//! (`(Date of signature)`, `(Unterschrift)`). A label that the admin writes in brackets is such a caption.

use crate::config::Field;
use crate::domain::{Area, Document, Span, Word, bare};
use crate::fields::{FieldType, Hit, Search};

use super::sheet::Sheet;

/// A value is nearer to its caption than so many heights of a line.
const REACH: f32 = 4.0;
/// Words of one row differ in height by less than this share of a line.
const ROW: f32 = 0.7;
/// A value of more words is a sentence.
const MOST_WORDS: usize = 12;
/// A caption is looked for at so many places.
const MOST: usize = 100;

/// The values over (else under) the captions among the field's labels.
pub(super) fn find(
    field: &Field,
    kind: &FieldType,
    document: &Document,
    sheet: &Sheet<'_>,
) -> Vec<Hit> {
    let captions = field.labels.iter().filter(|label| label.starts_with('('));
    let found = captions.flat_map(|caption| {
        if document.words.is_empty() {
            return over_line(caption, &document.text);
        }
        let places = places(caption, document, sheet);
        places.into_iter().flat_map(|place| near(place, document, sheet)).collect()
    });
    let mut hits: Vec<Hit> = Vec::new();
    for rows in found.collect::<Vec<_>>() {
        let read = rows.into_iter().map(|span| read(field, kind, span, sheet.text(span)));
        if let Some(values) = read.into_iter().find(|values| !values.is_empty()) {
            hits.extend(
                values
                    .into_iter()
                    .filter(|new| hits.iter().all(|it| it.span != new.span))
                    .collect::<Vec<_>>(),
            );
        }
    }
    hits
}

/// The rows that may hold one value, the likeliest first.
type Rows = Vec<Span>;

/// Without places of words: the line above one that begins with the caption.
fn over_line(caption: &str, text: &str) -> Vec<Rows> {
    let (mut rows, mut before, mut start) = (Vec::new(), None, 0);
    let caption = bare(caption);
    for line in text.split(['\n', '\u{c}']) {
        let length = line.chars().count();
        if bare(line).starts_with(&caption) && rows.len() < MOST {
            rows.extend(before.map(|span| vec![span]));
        }
        if !line.trim().is_empty() {
            before = Some(Span { start, end: start + length });
        }
        start += length + 1;
    }
    rows
}

/// A caption on a page, and how far its column reaches.
struct Caption {
    page: u32,
    area: Area,
    left: f32,
    right: f32,
    /// Its words, by number.
    words: std::ops::Range<usize>,
}

fn places(caption: &str, document: &Document, sheet: &Sheet<'_>) -> Vec<Caption> {
    let wanted: String = caption.split_whitespace().map(bare).collect();
    let known: Vec<String> =
        document.words.iter().map(|word| bare(sheet.text(word.span))).collect();
    let most = caption.split_whitespace().count();
    // A reader of pictures may take two words for one.
    let at = |first: usize| {
        let mut read = String::new();
        for (number, word) in known.iter().enumerate().skip(first).take(most) {
            read.push_str(word);
            if read.len() >= wanted.len() || !wanted.starts_with(&read) {
                return (read == wanted).then_some(first..number + 1);
            }
        }
        None
    };
    let begins = |first: &usize| known.get(*first).is_some_and(|it| !it.is_empty());
    let found = (0..known.len()).filter(begins).filter_map(at);
    found.take(MOST).filter_map(|words| column(document, words)).collect()
}

/// The column of a caption reaches half-way to its neighbours on the line.
fn column(document: &Document, words: std::ops::Range<usize>) -> Option<Caption> {
    let mine = document.words.get(words.clone())?;
    let (first, last) = (mine.first()?, mine.last()?);
    if first.page != last.page {
        return None;
    }
    let area = first.area.join(&last.area);
    let on_line = |word: &&Word| {
        let middle = word.area.y + word.area.height / 2.0;
        word.page == first.page && middle > area.y && middle < area.y + area.height
    };
    let others = document.words.iter().enumerate().filter(|(at, _)| !words.contains(at));
    let others: Vec<&Word> = others.map(|(_, word)| word).filter(on_line).collect();
    let before = others.iter().filter(|it| it.area.x < area.x).map(|it| it.area.x + it.area.width);
    let after = others.iter().filter(|it| it.area.x > area.x).map(|it| it.area.x);
    let (before, after) = (before.fold(f32::MIN, f32::max), after.fold(f32::MAX, f32::min));
    let end = area.x + area.width;
    let left = if before == f32::MIN { 0.0 } else { f32::midpoint(before, area.x) };
    let right = if after == f32::MAX { 1.0 } else { f32::midpoint(end, after) };
    Some(Caption { page: first.page, area, left, right, words })
}

/// The nearest row above a caption, then the nearest below.
fn near(caption: Caption, document: &Document, sheet: &Sheet<'_>) -> Vec<Rows> {
    let height = caption.area.height;
    let in_column = |(at, word): &(usize, &Word)| {
        let middle = word.area.x + word.area.width / 2.0;
        let inside = middle > caption.left && middle < caption.right;
        word.page == caption.page && inside && !caption.words.contains(at)
    };
    let words: Vec<&Word> =
        document.words.iter().enumerate().filter(in_column).map(|(_, word)| word).collect();
    let above = |word: &Word| caption.area.y - (word.area.y + word.area.height);
    let below = |word: &Word| word.area.y - (caption.area.y + caption.area.height);
    let row = |away: &dyn Fn(&Word) -> f32| -> Option<Span> {
        let reach = -ROW * height..REACH * height;
        let near = words.iter().filter(|word| reach.contains(&away(word)));
        let nearest = near.clone().map(|word| away(word)).fold(f32::MAX, f32::min);
        let row: Vec<&&Word> = near.filter(|word| away(word) < nearest + ROW * height).collect();
        let start = row.iter().map(|word| word.span.start).min()?;
        let end = row.iter().map(|word| word.span.end).max()?;
        // What a reader takes for one row may be torn apart in the text: then it is no value to quote.
        let span = Span { start, end };
        let torn = row.len() > MOST_WORDS || sheet.text(span).contains('\u{c}');
        (!torn).then_some(span)
    };
    vec![[row(&above), row(&below)].into_iter().flatten().collect()]
}

/// The values a row holds: what the recogniser finds in it, else the row itself.
fn read(field: &Field, kind: &FieldType, span: Span, text: &str) -> Vec<Hit> {
    if text.split_whitespace().count() > MOST_WORDS {
        return Vec::new();
    }
    if let Search::Recogniser(find) | Search::Both(find, _) = kind.search {
        let found = find(text, &field.asked()).into_iter().map(|hit| {
            let (start, end) = (span.start + hit.span.start, span.start + hit.span.end);
            Hit { span: Span { start, end }, labelled: true, ..hit }
        });
        let found: Vec<Hit> = found.collect();
        if !found.is_empty() || matches!(kind.search, Search::Recogniser(_)) {
            return found;
        }
    }
    let lead = text.chars().take_while(|letter| letter.is_whitespace()).count();
    let kept = text.trim();
    let span = Span { start: span.start + lead, end: span.start + lead + kept.chars().count() };
    let value = (kind.normalise)(kept, &field.asked()).ok().filter(|value| !value.is_empty());
    let hit = |value| Hit { span, value, labelled: true, checked: false, corrected: false };
    value.map(hit).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::TypeName;

    fn field(kind: &str, label: &str) -> (Field, &'static FieldType) {
        let kind = TypeName(kind.into());
        let found = kind.find().unwrap();
        (Field { labels: vec![label.into()], kind, ..Field::default() }, found)
    }

    fn values(kind: &str, label: &str, document: &Document) -> Vec<String> {
        let (field, kind) = field(kind, label);
        find(&field, kind, document, &Sheet::of(document))
            .into_iter()
            .map(|hit| hit.value)
            .collect()
    }

    #[test]
    fn in_a_text_the_value_stands_in_the_line_above() {
        let text = "Bestätigt.\n\nJana Müller\n(Unterschrift)\n12. März 2026\n(Datum)".to_owned();
        let document = Document { text, ..Document::default() };
        assert_eq!(values("text", "(Unterschrift)", &document), ["Jana Müller"]);
        assert_eq!(values("date", "(Datum)", &document), ["2026-03-12"]);
        assert_eq!(values("text", "Unterschrift", &document), [""; 0]);
    }

    /// Words with their places: two captions side by side, each under its value.
    #[test]
    fn on_a_page_the_value_stands_in_the_column_above() {
        let placed = [
            ("12.03.2026", 0.1, 0.50),
            ("Jana", 0.5, 0.50),
            ("Müller", 0.56, 0.50),
            ("(Datum)", 0.1, 0.53),
            ("(Name", 0.5, 0.53),
            ("und", 0.57, 0.53),
            ("Amt)", 0.61, 0.53),
            ("Stempel", 0.5, 0.57),
        ];
        let (mut text, mut words) = (String::new(), Vec::new());
        for (word, x, y) in placed {
            let start = text.chars().count();
            let end = start + word.chars().count();
            let width = 0.01 * (end - start) as f32;
            let area = Area { x, y, width, height: 0.02 };
            words.push(Word { span: Span { start, end }, page: 1, area, confidence: None });
            text.push_str(&format!("{word} "));
        }
        let document = Document { text, words, ..Document::default() };
        assert_eq!(values("date", "(Datum)", &document), ["2026-03-12"]);
        assert_eq!(values("text", "(Name und Amt)", &document), ["Jana Müller"]);
    }
}
