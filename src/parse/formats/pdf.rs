//! PDF: the text layer with the place of every word, form fields, and files inside.

use hayro::hayro_interpret::util::{RectExt, TransformExt};
use hayro::hayro_syntax::{LoadPdfError, Pdf};
use hayro::kurbo::{Affine, Point, Rect};
use pdf_oxide::PdfDocument;
use pdf_oxide::extractors::forms::{FieldValue, FormExtractor};
use pdf_oxide::layout::Word as LayoutWord;

use super::{Context, Inner, einvoice, problem};
use crate::domain::{Area, Document, Fact, Page, Problem, Span, TextSource, Trust, Word};
use crate::parse::text::Text;

/// Pages of one file that are read.
const MOST_PAGES: usize = 500;
/// Form fields of one file.
const MOST_FIELDS: usize = 2000;

/// Reads a PDF. Pages without a text layer are left to character recognition.
pub(super) fn read(bytes: &[u8], _: &Context<'_>) -> Document {
    let file = match open(bytes) {
        Ok(file) => file,
        Err(Problem { code, detail }) => return problem(&code, &detail),
    };
    let drawn = match Pdf::new(bytes.to_vec()) {
        Ok(drawn) => drawn,
        Err(error) => {
            let Problem { code, detail } = not_opened(error);
            return problem(&code, &detail);
        }
    };
    let mut document = Document::default();
    let mut text = Text::default();
    let pages = drawn.pages();
    if pages.is_empty() {
        document.problems.push(Problem::new("P0102", "the PDF has no pages"));
    }
    for (index, drawn) in pages.iter().take(MOST_PAGES).enumerate() {
        if index > 0 {
            text.push("\u{c}");
        }
        let frame = Frame::new(drawn, file.get_page_rotation(index).unwrap_or_default());
        let words = file.extract_words(index).unwrap_or_else(|error| {
            document.problems.push(Problem::new("P0102", format!("page {}: {error}", index + 1)));
            Vec::new()
        });
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let start = text.chars();
        lay_out(&words, &frame, &mut text, |span, area| {
            document.words.push(Word { span, page: number, area, confidence: None });
        });
        let span = Span { start, end: text.chars() };
        let text_source = if span.start == span.end { TextSource::None } else { TextSource::Layer };
        let (width, height) = (frame.width, frame.height);
        document.pages.push(Page { number, span, width, height, text_source });
    }
    if pages.len() > MOST_PAGES {
        let detail = format!("only the first {MOST_PAGES} of {} pages are read", pages.len());
        document.problems.push(Problem::new("P0107", detail));
    }
    document.text = text.into_string();
    form(&file, &mut document);
    for inner in embedded(&file) {
        if let Ok(Some(facts)) = einvoice::invoice(&inner.bytes) {
            document.facts.extend(facts);
        }
    }
    document
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
    files.into_iter().map(|(name, bytes)| Inner { name, declared: String::new(), bytes }).collect()
}

/// From the coordinates of the text layer to parts of the page as it is drawn, turned and cropped.
struct Frame {
    transform: Affine,
    width: f32,
    height: f32,
    media: Rect,
    /// `/Rotate`: 0, 90, 180 or 270.
    turned: i32,
}

impl Frame {
    fn new(page: &hayro::hayro_syntax::page::Page<'_>, turned: i32) -> Self {
        let (width, height) = page.render_dimensions();
        let transform = page.initial_transform(true).to_kurbo();
        let media = page.media_box().to_kurbo();
        Self { transform, width: width.max(1.0), height: height.max(1.0), media, turned }
    }

    fn area(&self, file: Rect) -> Area {
        let drawn = Rect::from_points(
            self.transform * Point::new(file.x0, file.y0),
            self.transform * Point::new(file.x1, file.y1),
        );
        let part = |at: f64, of: f32| (at as f32 / of).clamp(0.0, 1.0);
        let (x, y) = (part(drawn.x0, self.width), part(drawn.y0, self.height));
        Area { x, y, width: part(drawn.x1, self.width) - x, height: part(drawn.y1, self.height) - y }
    }

    /// Where a word stands. `pdf_oxide` gives true places only for upright text. Turned text is laid
    /// out to the right of where it begins (`origin`), and on a turned page some words have been
    /// turned already (its `postprocess_spans` and `to_chars`).
    fn placed(&self, word: &LayoutWord, origin: f64) -> Placed {
        let (x, y) = (f64::from(word.bbox.x), f64::from(word.bbox.y));
        let (along, across) = (f64::from(word.bbox.width), f64::from(word.bbox.height));
        let size = f64::from(word.avg_font_size).max(1.0);
        let Rect { x0, y0, x1, y1 } = self.media;
        let gone = x - origin;
        let (rect, start, line) = match (self.turned, word.rotation_degrees.round() as i32) {
            (180, _) => {
                let (right, top) = (x0 + x1 - x, y0 + y1 - y);
                (Rect::new(right - along, top - across, right, top), x, y)
            }
            (90, 90) => {
                let (left, low) = (x - x0, y + across - y0);
                (Rect::new(x1 - low - size, y0 + left, x1 - low, y0 + left + along), x, low)
            }
            (270, -90) => {
                let (left, low) = (x + size - x0, y - y0);
                (Rect::new(x0 + low, y1 - left - along, x0 + low + size, y1 - left), x, low)
            }
            (_, 90) => (Rect::new(origin - across, y + gone, origin, y + gone + along), y + gone, origin),
            (_, -90) => (Rect::new(origin, y - gone - along, origin + across, y - gone), gone - y, origin),
            (_, 180) => {
                let right = origin - gone;
                (Rect::new(right - along, y - across, right, y), gone - origin, y)
            }
            _ => (Rect::new(x, y, x + along, y + across), x, y),
        };
        Placed { rect, start, end: start + along, line, size }
    }
}

/// A word in the coordinates of the file, and in those of its line.
struct Placed {
    rect: Rect,
    start: f64,
    end: f64,
    /// Across the lines; which way depends on the direction of the text.
    line: f64,
    size: f64,
}

/// Words in reading order as lines of text: a new line where the next word does not stand beside
/// the last one, an empty line where the distance is larger, a tab between columns.
fn lay_out(words: &[LayoutWord], frame: &Frame, text: &mut Text, mut place: impl FnMut(Span, Area)) {
    let mut last: Option<Placed> = None;
    let mut run = (usize::MAX, 0.0);
    for word in words {
        let content: String = word.text.chars().filter(|c| !c.is_control()).collect();
        let content = content.trim();
        if content.is_empty() {
            continue;
        }
        if run.0 != word.sequence {
            run = (word.sequence, f64::from(word.bbox.x));
        }
        let placed = frame.placed(word, run.1);
        if let Some(last) = &last {
            text.push(between(last, &placed));
        }
        place(text.push(content), frame.area(placed.rect));
        last = Some(placed);
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
fn form(file: &PdfDocument, document: &mut Document) {
    let fields = FormExtractor::extract_fields(file).unwrap_or_default();
    let mut unseen = String::new();
    for field in fields.into_iter().take(MOST_FIELDS) {
        let value = match field.value {
            FieldValue::Text(text) | FieldValue::Name(text) => text,
            FieldValue::Boolean(on) => on.to_string(),
            FieldValue::Array(values) => values.join(", "),
            FieldValue::None => continue,
        };
        let value = value.trim();
        if value.is_empty() {
            continue;
        }
        if !document.text.contains(value) {
            unseen.push_str(&format!("\n{}: {value}", field.full_name));
        }
        let name = format!("form:{}", field.full_name);
        document.facts.push(Fact {
            name,
            value: value.to_owned(),
            path: field.full_name,
            trust: Trust::FormField,
        });
    }
    if !unseen.is_empty() {
        document.text.push('\n');
        document.text.push_str(&unseen);
    }
}
