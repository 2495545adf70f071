//! Character recognition by tesseract, in a child that limits itself before it becomes tesseract.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::text::Text;
use super::wire::Straightened;
use super::{child, sandbox, skew, tables, turn};
use crate::config::Limits;
use crate::domain::{Area, Document, Page, Problem, Span, Table, TextSource, Word};

/// What the child finds its limits and languages in: its environment has nothing else.
const LANGUAGES: &str = "VORLAGE_OCR_LANGUAGES";
const MEMORY_MB: &str = "VORLAGE_OCR_MEMORY_MB";
const SECONDS: &str = "VORLAGE_OCR_SECONDS";
/// The shell's exit code for a program that is not there.
const NOT_INSTALLED: i32 = 127;

/// Where programs are looked for.
const PLACES: &[&str] = &["/usr/local/bin", "/usr/bin", "/bin"];

/// What was recognised on one page. Spans count within it.
#[derive(Debug, Default)]
pub(super) struct Recognised {
    text: Text,
    words: Vec<(Span, Area, f32)>,
    /// So many degrees clockwise the page must be turned to be upright; the places are of the turned page.
    pub(super) turned: u16,
    /// From each word to the next of its line.
    steps: Vec<turn::Step>,
    /// A language that is not installed, while others were.
    problem: Option<Problem>,
}

/// Recognises one page (a picture with 300 dots per inch that tesseract reads). The places are those
/// of the page before it was straightened.
pub(super) async fn recognise(
    program: &Path,
    limits: &Limits,
    png: Vec<u8>,
    straightened: Straightened,
) -> Result<Recognised, Problem> {
    let run = child::Run {
        program,
        worker: "ocr",
        settings: vec![
            (LANGUAGES, limits.ocr_languages.clone()),
            (MEMORY_MB, limits.ocr_memory_mb.to_string()),
            (SECONDS, limits.ocr_seconds.to_string()),
        ],
        seconds: limits.ocr_seconds,
        memory_mb: limits.ocr_memory_mb,
    };
    let output = run.start(&[&png]).await?;
    let unknown = output.complaints.contains("Failed loading language");
    let language = || {
        Problem::new("P0303", format!("tesseract lacks a language of `{}`", limits.ocr_languages))
    };
    match output.code {
        0 => {
            let mut page = read_tsv(&String::from_utf8_lossy(&output.bytes));
            page.problem = unknown.then(language);
            page.upright(&straightened);
            Ok(page)
        }
        NOT_INSTALLED => Err(Problem::new("P0303", "tesseract is not installed")),
        _ if unknown => Err(language()),
        code => {
            Err(Problem::new("P0102", format!("character recognition failed (exit code {code})")))
        }
    }
}

/// What `vorlage worker ocr` does: limits itself, then becomes tesseract, which reads a picture from
/// standard input and writes words with places to standard output.
///
/// # Errors
/// When the limits are missing or refused. When tesseract is not installed, exits with 127.
pub fn ocr_worker() -> io::Result<()> {
    let setting = |name: &str| std::env::var(name).map_err(io::Error::other);
    let number = |name: &str| setting(name)?.parse::<u64>().map_err(io::Error::other);
    let languages = setting(LANGUAGES)?;
    sandbox::limit(number(MEMORY_MB)?, number(SECONDS)?)?;
    let Some(tesseract) = installed() else { std::process::exit(NOT_INSTALLED) };
    let segmentation = segmentation();
    sandbox::enclose_program(&tesseract);
    let error = Command::new(&tesseract)
        .args(["stdin", "stdout", "-l", &languages, "--psm", segmentation, "--dpi", "300", "tsv"])
        .env_clear()
        // More threads would use up the processor time without being faster (tesseract's own FAQ).
        .env("OMP_THREAD_LIMIT", "1")
        .exec();
    match error.kind() {
        io::ErrorKind::NotFound => std::process::exit(NOT_INSTALLED),
        _ => Err(error),
    }
}

/// The languages that tesseract has on this machine, by its own names; `None` when it is not installed.
pub fn languages() -> Option<Vec<String>> {
    let listed = Command::new(installed()?)
        .arg("--list-langs")
        .env_clear()
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let names = String::from_utf8_lossy(&listed.stdout);
    // The first line says where they are.
    Some(names.lines().skip(1).map(|name| name.trim().to_owned()).collect())
}

fn installed() -> Option<PathBuf> {
    let mut places = PLACES.iter().map(|place| Path::new(place).join("tesseract"));
    places.find(|it| it.is_file())
}

/// tesseract's way to find the lines: with a look at how the page is turned, where that is installed.
fn segmentation() -> &'static str {
    let data = ["/usr/share/tesseract-ocr/5/tessdata", "/usr/share/tesseract-ocr/4.00/tessdata"];
    let others = ["/usr/share/tessdata", "/usr/local/share/tessdata"];
    let installed =
        data.iter().chain(&others).any(|folder| Path::new(folder).join("osd.traineddata").exists());
    if installed { "1" } else { "3" }
}

impl Recognised {
    /// How sure the recognition is of the page's letters (0 to 1); `None` when there are few.
    pub(super) fn confidence(&self) -> Option<f32> {
        self.confidence_of(40.0)
    }

    /// The same for as little as one letter. Too little to tell how the page lies, but enough to
    /// tell a person that handwriting or a drawing gave hardly a word.
    pub(super) fn confidence_of_few(&self) -> Option<f32> {
        self.confidence_of(1.0)
    }

    fn confidence_of(&self, least: f32) -> Option<f32> {
        let letters = |span: &Span| (span.end - span.start) as f32;
        let all: f32 = self.words.iter().map(|(span, ..)| letters(span)).sum();
        let sure: f32 = self.words.iter().map(|(span, _, sure)| letters(span) * sure).sum();
        (all >= least).then(|| sure / all)
    }

    /// The words themselves.
    pub(super) fn text(&self) -> &str {
        self.text.as_str()
    }

    /// Turns the places back to where the page has them, and then until the lines run from left to right.
    fn upright(&mut self, straightened: &Straightened) {
        let steps: Vec<turn::Step> = std::mem::take(&mut self.steps);
        self.turned = turn::needed(&steps);
        for (_, area, _) in &mut self.words {
            *area = turn::turned(skew::as_it_came(*area, straightened), self.turned);
        }
    }
}

/// Reads tesseract's table: one row for each page, block, paragraph, line and word.
pub(super) fn read_tsv(tsv: &str) -> Recognised {
    let mut page = Recognised::default();
    let mut size = (1.0_f32, 1.0_f32);
    let mut last: Option<[u32; 3]> = None;
    let mut before = (0.0, 0.0);
    for row in tsv.lines().skip(1) {
        let cells: Vec<&str> = row.splitn(12, '\t').collect();
        let [level, _, block, paragraph, line, _, left, top, width, height, confidence, word] =
            cells.as_slice()
        else {
            continue;
        };
        // `NaN` is no place on a page.
        let number =
            |cell: &str| cell.parse().ok().filter(|it: &f32| it.is_finite()).unwrap_or(0.0);
        if *level == "1" {
            size = (number(width).max(1.0), number(height).max(1.0));
        }
        let word = word.trim();
        if *level != "5" || word.is_empty() {
            continue;
        }
        let place = [block, paragraph, line].map(|cell| cell.parse::<u32>().unwrap_or_default());
        let separator = match last {
            None => "",
            Some(last) if last == place => " ",
            Some([block, paragraph, _]) if [block, paragraph] == [place[0], place[1]] => "\n",
            Some(_) => "\n\n",
        };
        let middle = (number(left) + number(width) / 2.0, number(top) + number(height) / 2.0);
        if last == Some(place) {
            page.steps.push((before, middle));
        }
        (last, before) = (Some(place), middle);
        page.text.push(separator);
        let area = Area {
            x: number(left) / size.0,
            y: number(top) / size.1,
            width: number(width) / size.0,
            height: number(height) / size.1,
        };
        let span = page.text.push(word);
        page.words.push((span, area, (number(confidence) / 100.0).clamp(0.0, 1.0)));
    }
    page
}

/// Puts recognised pages (by number) into a document. All spans behind them move.
pub(super) fn insert(document: &mut Document, recognised: Vec<(u32, Recognised)>) {
    if recognised.is_empty() {
        return;
    }
    let old: Vec<char> = std::mem::take(&mut document.text).chars().collect();
    let old_text =
        |span: Span| old.get(span.start..span.end).unwrap_or_default().iter().collect::<String>();
    let old_words = std::mem::take(&mut document.words);
    let mut old_words = old_words.into_iter().peekable();
    let mut old_tables = std::mem::take(&mut document.tables);
    let mut recognised = recognised.into_iter().peekable();
    let mut text = Text::default();
    let mut end = 0;
    for page in &mut document.pages {
        if page.number > 1 {
            text.push("\u{c}");
        }
        end = page.span.end;
        let start = text.chars();
        let is_new = recognised.peek().is_some_and(|(number, _)| *number == page.number);
        let (of_page, others): (Vec<Table>, Vec<Table>) = std::mem::take(&mut old_tables)
            .into_iter()
            .partition(|table| table.page == Some(page.number));
        old_tables = others;
        if !is_new {
            let moved = |at: usize| (at + start).saturating_sub(page.span.start);
            for mut table in of_page {
                for cell in table.rows.iter_mut().flat_map(|row| &mut row.cells) {
                    *cell = Span { start: moved(cell.start), end: moved(cell.end) };
                }
                document.tables.push(table);
            }
        }
        if let Some((_, mut new)) = recognised.next_if(|(number, _)| *number == page.number) {
            document
                .problems
                .extend(new.problem.take().filter(|it| !document.problems.contains(it)));
            while old_words.next_if(|word| word.page <= page.number).is_some() {}
            page.text_source = TextSource::Ocr;
            page.turned = new.turned;
            if new.turned % 180 == 90 {
                std::mem::swap(&mut page.width, &mut page.height);
            }
            let words = placed(&new, page);
            let size = (page.width, page.height);
            let arranged = tables::arrange(new.text.into_string(), words, size, &[]);
            let behind = |it: Span| Span { start: it.start + start, end: it.end + start };
            let words = arranged.words.into_iter();
            document.words.extend(words.map(|it| Word { span: behind(it.span), ..it }));
            for mut table in arranged.tables {
                let cells = table.rows.iter_mut().flat_map(|row| &mut row.cells);
                cells.for_each(|cell| *cell = behind(*cell));
                document.tables.push(table);
            }
            text.push(&arranged.text);
        } else {
            while let Some(word) = old_words.next_if(|word| word.page <= page.number) {
                let moved = |at: usize| (at + start).saturating_sub(page.span.start);
                document.words.push(Word {
                    span: Span { start: moved(word.span.start), end: moved(word.span.end) },
                    ..word
                });
            }
            text.push(&old_text(page.span));
        }
        page.span = Span { start, end: text.chars() };
    }
    document.tables.extend(old_tables);
    // What stands behind the last page: form fields that no page shows.
    text.push(&old_text(Span { start: end, end: old.len() }));
    document.text = text.into_string();
}

fn placed(new: &Recognised, page: &Page) -> Vec<Word> {
    let word = |(span, area, confidence): &(Span, Area, f32)| Word {
        span: *span,
        page: page.number,
        area: *area,
        confidence: Some(*confidence),
    };
    new.words.iter().map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TSV: &str = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n\
        1\t1\t0\t0\t0\t0\t0\t0\t1000\t2000\t-1\t\n\
        5\t1\t1\t1\t1\t1\t100\t200\t300\t40\t96.5\tFür\n\
        5\t1\t1\t1\t1\t2\t500\t200\t100\t40\t90\tuns\n\
        5\t1\t1\t1\t2\t1\t100\t300\t100\t40\t80\t\"alle\n\
        5\t1\t2\t1\t1\t1\t100\t900\t100\t40\t70\tEnde\n";

    #[test]
    fn the_table_of_words_becomes_lines_and_paragraphs() {
        let page = read_tsv(TSV);
        assert_eq!(page.words.len(), 4);
        let (span, area, confidence) = page.words[1];
        assert_eq!((area.x, area.y, confidence), (0.5, 0.1, 0.9));
        let text = page.text.into_string();
        assert_eq!(text, "Für uns\n\"alle\n\nEnde");
        assert_eq!(span.of(&text), "uns");
    }

    #[test]
    fn a_few_uncertain_letters_are_doubtful_too() {
        let row = |sure: u32| format!("head\n5\t1\t1\t1\t1\t1\t10\t20\t30\t4\t{sure}\tMuck\n");
        let few = read_tsv(&row(31));
        assert_eq!((few.confidence(), few.confidence_of_few()), (None, Some(0.31)));
        assert_eq!(read_tsv("head\n").confidence_of_few(), None);
    }

    #[test]
    fn a_place_that_is_none_is_the_corner() {
        let rows = "\n1\t1\t0\t0\t0\t0\t0\t0\tNaN\tinf\t-1\t\n5\t1\t1\t1\t1\t1\tNaN\t-inf\t1e39\t7\tNaN\tWort";
        let page = read_tsv(rows);
        let (_, area, sure) = page.words[0];
        assert_eq!((area.x, area.y, area.width, area.height, sure), (0.0, 0.0, 0.0, 7.0, 0.0));
    }

    #[test]
    fn a_recognised_page_goes_between_the_others() {
        let page = |number, start, end, text_source| Page {
            number,
            span: Span { start, end },
            text_source,
            ..Page::default()
        };
        let word = |start, end, page| Word { span: Span { start, end }, page, ..Word::default() };
        let mut document = Document {
            text: "eins\u{c}\u{c}drei\n\nfeld: x".to_owned(),
            pages: vec![
                page(1, 0, 4, TextSource::Layer),
                page(2, 5, 5, TextSource::None),
                page(3, 6, 10, TextSource::Layer),
            ],
            words: vec![word(0, 4, 1), word(6, 10, 3)],
            ..Document::default()
        };
        insert(&mut document, vec![(2, read_tsv(TSV))]);
        assert_eq!(document.text, "eins\u{c}Für uns\n\"alle\n\nEnde\u{c}drei\n\nfeld: x");
        let words: Vec<&str> =
            document.words.iter().map(|word| word.span.of(&document.text)).collect();
        assert_eq!(words, ["eins", "Für", "uns", "\"alle", "Ende", "drei"]);
        assert_eq!(document.pages[2].span.of(&document.text), "drei");
        assert_eq!(document.pages[1].text_source, TextSource::Ocr);
    }
}
