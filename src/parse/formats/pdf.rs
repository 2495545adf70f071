//! PDF: the text layer with the place of every word, form fields, and files inside.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use hayro::hayro_syntax::{LoadPdfError, Pdf};
use pdf_oxide::PdfDocument;
use pdf_oxide::extractors::forms::{FieldValue, FormExtractor};
use pdf_oxide::layout::Word as LayoutWord;

use super::pdf_place::{Frame, Placed};
use super::pdf_seen::{Look, Sight, is_garbage, look};
use super::{Context, Inner, einvoice, pdf_xfa, problem};
use crate::domain::{Area, Code, Document, Fact, Page, Problem, Span, TextSource, Trust, Word};
use crate::parse::pace::{self, LeftOut, Step};
use crate::parse::tables::{Arranged, arrange};
use crate::parse::text::Text;

/// Pages of one file that are read.
const MOST_PAGES: usize = 500;
/// Characters of unseen text that are shown to a person, for each page.
const SHOWN_CHARS: usize = 160;
/// Below so many words that stand on no ink, a scanned page has nothing to hide.
const SCAN_DIRT: usize = 8;
/// Letters narrower than this (of their height) cannot be read; an `i` has 0.2.
const PRESSED: f32 = 0.05;
/// Form fields of one file.
const MOST_FIELDS: usize = 2000;

/// Reads a PDF. Pages without a text layer that we can read are left to character recognition.
pub(super) fn read(bytes: &[u8], _: &Context<'_>) -> Document {
    let drawn = match Pdf::new(bytes.to_vec()) {
        Ok(drawn) => drawn,
        Err(error) => {
            let Problem { code, detail } = not_opened(error);
            return problem(&code, &detail);
        }
    };
    let mut document = Document::default();
    let file = open(bytes).ok();
    let pages = drawn.pages();
    if pages.is_empty() {
        document.problems.push(Problem::new("P0102", "the PDF has no pages"));
    }
    let mut reading = Reading { document, ..Reading::default() };
    for (number, page) in (1..).zip(pages.iter().take(MOST_PAGES)) {
        if pace::is_late() {
            reading.stopped(number, pages.len());
            break;
        }
        if reading.page(number, page, file.as_ref()).is_break() {
            break;
        }
    }
    pace::done();
    let mut document = reading.finished();
    if pages.len() > MOST_PAGES {
        let detail = format!("only the first {MOST_PAGES} of {} pages are read", pages.len());
        document.problems.push(Problem::new("P0107", detail));
    }
    let Some(mut file) = file else { return document };
    form(&mut file, &mut document);
    for inner in embedded(&file) {
        if let Ok(Some(facts)) = einvoice::invoice(&inner.bytes) {
            document.facts.extend(facts);
        }
    }
    document
}

/// A PDF of which some pages are read.
#[derive(Default)]
struct Reading {
    text: Text,
    document: Document,
    /// Pages whose text layer cannot be read.
    damaged: Vec<String>,
    /// Pages whose text layer is no text.
    garbage: Vec<String>,
}

impl Reading {
    fn page(
        &mut self,
        number: u32,
        page: &hayro::hayro_syntax::page::Page<'_>,
        file: Option<&PdfDocument>,
    ) -> ControlFlow<()> {
        if number > 1 {
            self.text.push("\u{c}");
        }
        let index = number as usize - 1;
        let turned = file.and_then(|file| file.get_page_rotation(index).ok()).unwrap_or_default();
        let frame = Frame::new(page, turned);
        let mut unread = None;
        let words = match pace::step(number, Step::Words) {
            Ok(()) => self.words(number, file),
            Err(left) => {
                unread = Some(left);
                Vec::new()
            }
        };
        let look = match pace::step(number, Step::Look) {
            Ok(()) => look(page),
            Err(left) => {
                let (width, height) = (frame.width, frame.height);
                let span = self.text.push("");
                let page = Page { number, span, width, height, ..Page::default() };
                self.document.pages.push(page);
                return self.left_out(number, &left);
            }
        };
        let (seen, over_picture) = self.seen(number, words, &frame, look.as_ref());
        let mut text = Text::default();
        let mut placed = Vec::new();
        lay_out(&seen, &mut text, |span, area| {
            placed.push(Word { span, page: number, area, confidence: None });
        });
        let mut text = text.into_string();
        if is_garbage(&text) {
            self.garbage.push(number.to_string());
            placed.clear();
            text.clear();
        }
        let lines = look.as_ref().map(Look::lines).unwrap_or_default();
        let Arranged { text, words, tables } =
            arrange(text, placed, (frame.width, frame.height), &lines);
        let start = self.text.chars();
        let behind = |span: Span| Span { start: span.start + start, end: span.end + start };
        let words = words.into_iter().map(|word| Word { span: behind(word.span), ..word });
        self.document.words.extend(words);
        for mut table in tables {
            table.rows.iter_mut().flat_map(|row| &mut row.cells).for_each(|it| *it = behind(*it));
            self.document.tables.push(table);
        }
        let span = self.text.push(&text);
        let spots = look.iter().flat_map(Look::spots);
        let code = |area| Code { page: number, area, ..Code::default() };
        self.document.codes.extend(spots.map(code));
        let text_source = match look {
            _ if !text.is_empty() && over_picture => TextSource::Scan,
            _ if !text.is_empty() => TextSource::Layer,
            Some(look) if look.is_blank() => TextSource::Blank,
            _ => TextSource::None,
        };
        let (width, height) = (frame.width, frame.height);
        self.document.pages.push(Page { number, span, width, height, text_source, turned: 0 });
        // A page that cannot be drawn either has been named already.
        unread.map_or(ControlFlow::Continue(()), |left| self.left_out(number, &left))
    }

    /// The words of the text layer. A layer that our reader breaks on is a damaged one.
    fn words(&mut self, number: u32, file: Option<&PdfDocument>) -> Vec<LayoutWord> {
        let Some(file) = file else { return Vec::new() };
        let read = AssertUnwindSafe(|| file.extract_words(number as usize - 1));
        let Ok(Ok(words)) = catch_unwind(read) else {
            self.damaged.push(number.to_string());
            return Vec::new();
        };
        words
    }

    /// Says what of a page is left out, and why. Breaks when the pages after it are left out too.
    fn left_out(&mut self, number: u32, left: &LeftOut) -> ControlFlow<()> {
        let what = match left.place.step {
            Step::Words => "reading its text layer",
            Step::Look => "drawing it",
        };
        let Problem { code, detail } = &left.problem;
        let after = if left.and_all_after { "; the pages after it are not read" } else { "" };
        let detail = format!("page {number}: {what}: {detail}{after}");
        self.document.problems.push(Problem::new(code, detail));
        if left.and_all_after { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Says that the time of the whole is used up before a page.
    fn stopped(&mut self, number: u32, all: usize) {
        let read = number - 1;
        let detail =
            format!("only the first {read} of {all} pages are read in time (`parse_seconds`)");
        self.document.problems.push(Problem::new("P0104", detail));
    }

    /// The words that a person sees, and whether most of them lie unseen over a picture.
    fn seen(
        &mut self,
        number: u32,
        words: Vec<LayoutWord>,
        frame: &Frame,
        look: Option<&Look>,
    ) -> (Vec<Laid>, bool) {
        let mut run = (usize::MAX, 0.0);
        let mut words: Vec<Laid> = words
            .into_iter()
            .map(|word| {
                if run.0 != word.sequence {
                    run = (word.sequence, f64::from(word.bbox.x));
                }
                let placed = frame.placed(&word, run.1);
                let area = frame.area(placed.rect);
                Laid {
                    upright: word.rotation_degrees.round() == 0.0,
                    text: word.text,
                    placed,
                    area,
                }
            })
            .collect();
        let Some(look) = look else { return (words, false) };
        put_right(&mut words, frame, look);
        let (mut seen, mut unseen) = (Vec::new(), Vec::new());
        let mut over_picture = 0;
        for word in words {
            match word.sight(look, frame) {
                Sight::Unseen => unseen.push(word.text),
                sight => {
                    over_picture += usize::from(sight == Sight::OverPicture);
                    seen.push(word);
                }
            }
        }
        let over_picture = over_picture * 2 > seen.len();
        let count = unseen.iter().filter(|word| word.chars().any(char::is_alphanumeric)).count();
        // A scanner's own recognition finds words in dirt, and places some of them beside their ink.
        if count >= if over_picture { SCAN_DIRT } else { 1 } {
            let quote: String = unseen.join(" ").chars().take(SHOWN_CHARS).collect();
            let detail =
                format!("page {number}: {count} words that the page does not show: “{quote}”");
            self.document.problems.push(Problem::new("P0203", detail));
        }
        (seen, over_picture)
    }

    fn finished(mut self) -> Document {
        if !self.damaged.is_empty() {
            let detail = format!("the text of page {} is damaged", self.damaged.join(", "));
            self.document.problems.push(Problem::new("P0102", detail));
        }
        if !self.garbage.is_empty() {
            let detail = format!("the text layer of page {} is no text", self.garbage.join(", "));
            self.document.problems.push(Problem::new("P0204", detail));
        }
        self.document.text = self.text.into_string();
        self.document
    }
}

/// The files inside a PDF, such as `factur-x.xml`.
pub(super) fn parts(bytes: &[u8]) -> Vec<Inner> {
    open(bytes).map(|file| embedded(&file)).unwrap_or_default()
}

/// What it means that the renderer cannot open a PDF.
pub(in crate::parse) fn not_opened(error: LoadPdfError) -> Problem {
    match error {
        LoadPdfError::Decryption(_) => Problem::new("P0101", "the PDF has a password"),
        LoadPdfError::Invalid => Problem::new("P0102", "damaged PDF"),
    }
}

fn open(bytes: &[u8]) -> Result<PdfDocument, Problem> {
    let damaged = |error: pdf_oxide::Error| Problem::new("P0102", format!("damaged PDF: {error}"));
    let file = PdfDocument::from_bytes(bytes.to_vec()).map_err(damaged)?;
    // Many files are encrypted with an empty password, only to forbid printing.
    if file.is_encrypted() && !file.authenticate(b"").unwrap_or(false) {
        return Err(Problem::new("P0101", "the PDF has a password"));
    }
    Ok(file)
}

fn embedded(file: &PdfDocument) -> Vec<Inner> {
    let files = file.extract_embedded_files().unwrap_or_default();
    files.into_iter().map(|(name, bytes)| Inner::unpacked(name, Ok(bytes))).collect()
}

/// A word of the text layer and where it stands.
struct Laid {
    text: String,
    placed: Placed,
    area: Area,
    upright: bool,
}

impl Laid {
    fn sight(&self, look: &Look, frame: &Frame) -> Sight {
        if !self.upright || frame.is_turned() {
            return look.at(&self.text, &self.area, self.placed.size as f32);
        }
        // A font may be scaled by the page and not by its own size.
        let size = self.placed.size.max(self.placed.rect.height()) as f32;
        let letters = self.text.chars().count();
        if letters >= 3 && self.area.width * frame.width < PRESSED * letters as f32 * size {
            return Sight::Unseen;
        }
        look.at(&self.text, &self.area, size)
    }
}

/// Puts right the boxes of words that stand beside their letters.
fn put_right(words: &mut [Laid], frame: &Frame, look: &Look) {
    if frame.is_turned() {
        return;
    }
    let mut upright: Vec<&mut Laid> = words.iter_mut().filter(|it| it.upright).collect();
    let asked: Vec<(&str, Area)> =
        upright.iter().map(|word| (word.text.as_str(), word.area)).collect();
    let better = look.better(&asked);
    for (word, better) in upright.iter_mut().zip(better) {
        let Some(area) = better else { continue };
        word.placed.start += f64::from((area.x - word.area.x) * frame.width);
        word.placed.end = word.placed.start + f64::from(area.width * frame.width);
        word.area = area;
    }
}

/// Words in reading order as lines of text: a new line where the next word does not stand beside
/// the last one, an empty line where the distance is larger, a tab between columns.
fn lay_out(words: &[Laid], text: &mut Text, mut place: impl FnMut(Span, Area)) {
    let mut last: Option<&Placed> = None;
    for word in words {
        let content: String = word.text.chars().filter(|c| !c.is_control()).collect();
        let content = content.trim();
        if content.is_empty() {
            continue;
        }
        if let Some(last) = last {
            text.push(between(last, &word.placed));
        }
        place(text.push(content), word.area);
        last = Some(&word.placed);
    }
}

fn between(last: &Placed, next: &Placed) -> &'static str {
    let size = last.size.max(next.size);
    let (down, gap) = ((last.line - next.line).abs(), next.start - last.end);
    if down > size * 2.2 {
        "\n\n"
    } else if down > size * 0.5 || gap < -size * 3.0 {
        "\n"
    } else if gap > size * 2.0 {
        "\t"
    } else {
        " "
    }
}

/// Filled form fields are facts; values that the page itself does not show are added below the text.
fn form(file: &mut PdfDocument, document: &mut Document) {
    let fields = FormExtractor::extract_fields(file).unwrap_or_default();
    let mut filled = Vec::new();
    for field in fields.into_iter().take(MOST_FIELDS) {
        let value = match field.value {
            FieldValue::Text(text) | FieldValue::Name(text) => text,
            FieldValue::Boolean(on) => on.to_string(),
            FieldValue::Array(values) => values.join(", "),
            FieldValue::None => continue,
        };
        filled.push((field.full_name, value.trim().to_owned()));
    }
    if let Some(form) = pdf_xfa::read(file) {
        document.problems.extend(form.problems);
        // Most forms of this kind hold each value twice, once for programs that know no XFA.
        let known: HashSet<(String, String)> =
            filled.iter().map(|(path, value)| (last_name(path), value.clone())).collect();
        let new =
            |(path, value): &(String, String)| !known.contains(&(last_name(path), value.clone()));
        filled.extend(form.fields.into_iter().filter(new));
    }
    let mut unseen = String::new();
    for (path, value) in filled.into_iter().filter(|(_, value)| !value.is_empty()) {
        if !document.text.contains(&value) {
            unseen.push_str(&format!("\n{path}: {value}"));
        }
        let name = format!("form:{path}");
        document.facts.push(Fact { name, value, path, trust: Trust::FormField });
    }
    if !unseen.is_empty() {
        document.text.push('\n');
        document.text.push_str(&unseen);
    }
}

/// The last name of a path, without its number: `Name` of `Antrag[0].Person[1].Name[0]`.
fn last_name(path: &str) -> String {
    let last = path.rsplit('.').next().unwrap_or_default();
    last.split('[').next().unwrap_or_default().to_owned()
}
