//! How far the lines of a scanned page fall or rise: a sheet laid a little askew puts the two ends of a line at
//! different heights.

use std::collections::BTreeMap;

use crate::domain::{Document, Span, Word};

/// Lines shorter than this part of the page tell too little.
const LONG: f32 = 0.25;
/// So many lines have to tell.
const FEWEST: usize = 5;
/// Lines that fall less over the width of a page are level: a fifth of the height of a letter.
const LEVEL: f32 = 0.002;
/// Nothing lies more askew than this without being straightened before it is read.
const STEEPEST: f32 = 0.05;
/// By how many points lines fall for each point to the right, page by page; level pages are left out.
/// `breaks` says whether a line of the text ends within a range.
pub(super) fn slopes(document: &Document, breaks: impl Fn(Span) -> bool) -> BTreeMap<u32, f32> {
    let mut told: BTreeMap<u32, Vec<f32>> = BTreeMap::new();
    let (mut first, mut last): (Option<&Word>, Option<&Word>) = (None, None);
    let mut tell = |first: Option<&Word>, last: Option<&Word>| {
        let (Some(first), Some(last)) = (first, last) else { return };
        let page = document.pages.iter().find(|page| page.number == first.page);
        // What a program wrote is level; its lines of a table may still begin and end at different heights.
        let Some(page) = page.filter(|page| page.is_pictured()) else { return };
        let (width, height) = (page.width, page.height);
        let run = last.area.x - first.area.x;
        if run >= LONG {
            // The line of writing is where most letters stand: the lower edge.
            let edge = |word: &Word| (word.area.y + word.area.height) * height;
            let slope = (edge(last) - edge(first)) / (run * width);
            told.entry(first.page).or_default().push(slope);
        }
    };
    for word in &document.words {
        let ended = last.is_none_or(|last| {
            let between = Span { start: last.span.end, end: word.span.start };
            last.page != word.page || last.span.end > word.span.start || breaks(between)
        });
        if ended {
            tell(first, last);
            first = Some(word);
        }
        last = Some(word);
    }
    tell(first, last);
    told.into_iter().filter_map(|(page, slopes)| Some((page, middle(slopes)?))).collect()
}

/// The middle one, if it is a slope at all.
fn middle(mut slopes: Vec<f32>) -> Option<f32> {
    if slopes.len() < FEWEST {
        return None;
    }
    slopes.sort_by(f32::total_cmp);
    let middle = slopes.get(slopes.len() / 2).copied()?;
    (LEVEL..STEEPEST).contains(&middle.abs()).then_some(middle)
}

#[cfg(test)]
mod tests {
    use super::super::sheet::Sheet;
    use super::*;
    use crate::domain::{Area, Page, TextSource};

    /// A page of six lines of two columns that fall by `slope` of their width.
    fn page(slope: f32) -> Document {
        let (mut text, mut words) = (String::new(), Vec::new());
        for line in 0..6 {
            for (column, word) in ["left", "right"].iter().enumerate() {
                let start = text.chars().count();
                text.push_str(word);
                let span = Span { start, end: text.chars().count() };
                let x = 0.1 + 0.6 * column as f32;
                let y = 0.1 + 0.02 * line as f32 + slope * x;
                let area = Area { x, y, width: 0.1, height: 0.01 };
                words.push(Word { span, page: 1, area, confidence: None });
                text.push(if column == 0 { ' ' } else { '\n' });
            }
        }
        let text_source = TextSource::Ocr;
        let page = Page { number: 1, width: 800.0, height: 800.0, text_source, ..Page::default() };
        let pages = vec![page];
        Document { text, words, pages, ..Document::default() }
    }

    #[test]
    fn the_lines_of_a_page_that_lies_askew_are_put_together() {
        for slope in [0.0, 0.02, -0.02] {
            let document = page(slope);
            let lines = Sheet::of(&document).lines;
            let sizes: Vec<usize> = lines.iter().map(|it| it.tokens.len()).collect();
            assert_eq!(sizes, [2; 6], "slope {slope}");
        }
        let breaks = |document: &Document, span: Span| span.of(&document.text).contains('\n');
        let slopes = |document: &Document| slopes(document, |span| breaks(document, span));
        assert!(slopes(&page(0.0)).is_empty() && slopes(&page(0.2)).is_empty());
        assert!((slopes(&page(0.02))[&1] - 0.02).abs() < 1e-3);
        let mut written = page(0.02);
        written.pages[0].text_source = TextSource::Layer;
        assert!(slopes(&written).is_empty());
    }
}
