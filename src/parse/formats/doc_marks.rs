//! What an old Word document says about its letters and paragraphs ([MS-DOC] 2.4.6): which are
//! hidden or deleted, and which stand in tables.

use super::ole::{u16_at, u32_at};

/// The size of the pages that formatting stands in.
const PAGE: usize = 512;
/// Pages of one document.
const PAGES: usize = 20_000;

/// Runs of the file with what holds for them, by where they end.
#[derive(Debug, Default)]
pub(super) struct Marks {
    letters: Vec<Run>,
    paragraphs: Vec<Run>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Run {
    start: u32,
    end: u32,
    /// Hidden or deleted.
    unseen: bool,
    in_table: bool,
    row_end: bool,
}

impl Marks {
    /// Reads the marks; what is damaged marks nothing.
    pub(super) fn read(main: &[u8], table: &[u8]) -> Self {
        let runs = |place: usize, entry: usize| {
            let begin = u32_at(main, place).unwrap_or_default() as usize;
            let length = u32_at(main, place + 4).unwrap_or_default() as usize;
            let pages = table.get(begin..begin.saturating_add(length)).unwrap_or_default();
            let count = pages.len().saturating_sub(4) / 8;
            let mut runs = Vec::new();
            for page in 0..count.min(PAGES) {
                let number = u32_at(pages, (count + 1) * 4 + page * 4).unwrap_or_default();
                let start = ((number & 0x003f_ffff) as usize).saturating_mul(PAGE);
                if let Some(page) = main.get(start..start.saturating_add(PAGE)) {
                    read_page(page, entry, &mut runs);
                }
            }
            runs.sort_by_key(|run: &Run| run.start);
            runs
        };
        Self { letters: runs(0xfa, 1), paragraphs: runs(0x102, 13) }
    }

    /// Whether the letter at a place of the file is hidden or deleted.
    pub(super) fn is_unseen(&self, place: u32) -> bool {
        find(&self.letters, place).is_some_and(|run| run.unseen)
    }

    /// Whether the paragraph at a place stands in a table.
    pub(super) fn in_table(&self, place: u32) -> bool {
        find(&self.paragraphs, place).is_some_and(|run| run.in_table)
    }

    /// Whether the mark at a place ends a row.
    pub(super) fn is_row_end(&self, place: u32) -> bool {
        find(&self.paragraphs, place).is_some_and(|run| run.row_end)
    }
}

fn find(runs: &[Run], place: u32) -> Option<&Run> {
    let next = runs.partition_point(|run| run.start <= place);
    runs.get(next.checked_sub(1)?).filter(|run| place < run.end)
}

/// A page: where its runs begin, then an entry for each that says where its changes stand.
fn read_page(page: &[u8], entry: usize, runs: &mut Vec<Run>) {
    let count = usize::from(page.last().copied().unwrap_or_default());
    for number in 0..count {
        let (Some(start), Some(end)) = (u32_at(page, number * 4), u32_at(page, number * 4 + 4))
        else {
            return;
        };
        let place = page.get((count + 1) * 4 + number * entry).copied().unwrap_or_default();
        let mut run = Run { start, end, ..Run::default() };
        if place > 0 {
            change(changes(page, usize::from(place) * 2, entry > 1), &mut run);
        }
        runs.push(run);
    }
}

/// The changes at a place of a page; those of paragraphs begin with the number of a style.
fn changes(page: &[u8], at: usize, paragraph: bool) -> &[u8] {
    let Some(length) = page.get(at).map(|it| usize::from(*it)) else { return &[] };
    let (start, end) = match (paragraph, length) {
        (false, _) => (at + 1, at + 1 + length),
        (true, 0) => {
            let length = page.get(at + 1).map_or(0, |it| usize::from(*it) * 2);
            (at + 4, at + 2 + length)
        }
        (true, _) => (at + 3, at + length * 2),
    };
    page.get(start..end.min(page.len())).unwrap_or_default()
}

/// Obeys the changes that matter here ([MS-DOC] 2.6).
fn change(mut changes: &[u8], run: &mut Run) {
    while let Some(code) = u16_at(changes, 0) {
        let operand = changes.get(2..).unwrap_or_default();
        let on = operand.first().is_some_and(|it| it & 1 != 0);
        match code {
            0x083c | 0x0800 => run.unseen |= on,
            0x2416 => run.in_table = on,
            0x2417 => run.row_end = on,
            _ => {}
        }
        let length = match code >> 13 {
            0 | 1 => 1,
            2 | 4 | 5 => 2,
            3 => 4,
            7 => 3,
            _ if code == 0xd608 => usize::from(u16_at(operand, 0).unwrap_or_default()) + 1,
            _ => operand.first().map_or(1, |it| usize::from(*it) + 1),
        };
        changes = operand.get(length..).unwrap_or_default();
    }
}
