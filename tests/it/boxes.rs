//! Boxes of words against the pixels of the page as the desk shows it: what is marked is what was read.

use std::path::{Path, PathBuf};

use image::GrayImage;
use vorlage::domain::{Area, Document, Page, Parsed, Span, Word};
use vorlage::fields::{Asked, Search, TypeName};
use vorlage::parse::{Parser, Shown};

/// Dots per inch of the pictures: those of the desk are coarser, and the boxes are the same.
const DPI: u32 = 150;
/// Darker than its surroundings by so much is ink.
const INK: u8 = 60;
/// So much of the ink of the letters that a box touches may stand outside of it.
const OUTSIDE: f32 = 0.2;
/// The types whose values are looked at one by one.
const VALUES: [&str; 4] = ["date", "amount", "iban", "number"];

fn parser() -> Parser {
    Parser {
        program: PathBuf::from(env!("CARGO_BIN_EXE_vorlage")),
        limits: crate::support::patient(),
    }
}

/// A page as it is shown, with the words that stand on it.
struct Sheet<'a> {
    name: String,
    document: &'a Document,
    page: &'a Page,
    picture: GrayImage,
}

/// How a box lies on the ink.
#[derive(Debug, PartialEq)]
enum Fit {
    Good,
    /// Nothing is drawn there.
    Empty,
    /// So much of the ink of its letters is outside.
    Cut(f32),
}

impl Sheet<'_> {
    /// Left, top, right and lower edge in pixels.
    fn edges(&self, area: &Area) -> (u32, u32, u32, u32) {
        let (width, height) = self.picture.dimensions();
        let low = |part: f32, of: u32| ((part * of as f32).floor().max(0.0) as u32).min(of);
        let high = |part: f32, of: u32| ((part * of as f32).ceil().max(0.0) as u32).min(of);
        let (right, bottom) = (area.x + area.width, area.y + area.height);
        (low(area.x, width), low(area.y, height), high(right, width), high(bottom, height))
    }

    fn is_ink(&self, x: u32, y: u32) -> bool {
        self.picture.get_pixel(x, y).0[0] < 255 - INK
    }

    /// Follows the ink that a box touches, letter by letter, and asks how much of it is outside. Lines
    /// and pictures, which are much larger than the box, are no letters.
    fn fit(&self, area: &Area) -> Fit {
        let (width, height) = self.picture.dimensions();
        let (left, top, right, bottom) = self.edges(area);
        let mut seen = std::collections::HashSet::new();
        let (mut all, mut outside, mut touched) = (0_u32, 0_u32, false);
        for (x, y) in (left..right).flat_map(|x| (top..bottom).map(move |y| (x, y))) {
            if !self.is_ink(x, y) || !seen.insert((x, y)) {
                continue;
            }
            touched = true;
            let (mut open, mut letter) = (vec![(x, y)], Vec::new());
            while let Some((x, y)) = open.pop() {
                letter.push((x, y));
                for nx in x.saturating_sub(1)..(x + 2).min(width) {
                    for ny in y.saturating_sub(1)..(y + 2).min(height) {
                        if self.is_ink(nx, ny) && seen.insert((nx, ny)) {
                            open.push((nx, ny));
                        }
                    }
                }
            }
            let wide = letter.iter().map(|it| it.0).max().unwrap()
                - letter.iter().map(|it| it.0).min().unwrap();
            let high = letter.iter().map(|it| it.1).max().unwrap()
                - letter.iter().map(|it| it.1).min().unwrap();
            if wide > 2 * (right - left) + 8 || high > 2 * (bottom - top) {
                continue;
            }
            let is_outside =
                |(x, y): &&(u32, u32)| !(left..right).contains(x) || !(top..bottom).contains(y);
            all += letter.len() as u32;
            outside += letter.iter().filter(is_outside).count() as u32;
        }
        let share = outside as f32 / all.max(1) as f32;
        match touched {
            false => Fit::Empty,
            true if share > OUTSIDE => Fit::Cut(share),
            true => Fit::Good,
        }
    }

    fn words(&self) -> impl Iterator<Item = &Word> {
        self.document.words.iter().filter(|word| word.page == self.page.number)
    }
}

/// Every fixture with words: printed, scanned, photographed, alone and attached to mails.
fn fixtures() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for folder in ["files", "einvoices", "parse", "mail"] {
        for entry in std::fs::read_dir(Path::new("fixtures").join(folder)).unwrap() {
            files.push(entry.unwrap().path());
        }
    }
    files.sort();
    files
}

async fn parsed(path: &Path) -> (Vec<u8>, Parsed) {
    let bytes = std::fs::read(path).unwrap();
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let parsed = parser().parse(&name, bytes.clone()).await;
    (bytes, parsed)
}

async fn sheets<'a>(path: &Path, bytes: &[u8], parsed: &'a Parsed) -> Vec<Sheet<'a>> {
    let mut sheets = Vec::new();
    for document in parsed.documents.iter().filter(|it| !it.words.is_empty()) {
        for page in &document.pages {
            let shown = Shown::from(page);
            let png = parser().picture(bytes.to_vec(), &document.part, shown, DPI).await.unwrap();
            let picture = image::load_from_memory(&png).unwrap().to_luma8();
            let name = format!("{} {} page {}", path.display(), document.name, page.number);
            sheets.push(Sheet { name, document, page, picture });
        }
    }
    sheets
}

/// The words of every date, amount, number and IBAN that the recognisers find.
fn values(document: &Document) -> Vec<(Span, String)> {
    let mut values = Vec::new();
    for name in VALUES {
        let kind = TypeName(name.to_owned()).find().unwrap();
        let find = match kind.search {
            Search::Recogniser(find) | Search::Both(find, _) => find,
            _ => panic!("`{name}` has no recogniser"),
        };
        let hits = find(&document.text, &Asked::default());
        values.extend(hits.iter().map(|hit| (hit.span, hit.span.of(&document.text).to_owned())));
    }
    values
}

#[tokio::test]
async fn the_box_of_every_word_covers_its_ink_and_a_box_half_a_line_off_does_not() {
    let (mut words, mut of_values, mut bad) = (0, 0, Vec::new());
    let (mut off, mut off_found) = (0, 0);
    for path in fixtures() {
        let (bytes, parsed) = parsed(&path).await;
        for sheet in sheets(&path, &bytes, &parsed).await {
            let values = values(sheet.document);
            for word in sheet.words() {
                let text = word.span.of(&sheet.document.text);
                let is_value = values.iter().any(|(span, _)| span.overlaps(word.span));
                let fit = sheet.fit(&word.area);
                words += 1;
                of_values += usize::from(is_value);
                if fit != Fit::Good && (is_value || text.chars().any(char::is_alphanumeric)) {
                    bad.push((
                        is_value,
                        format!("{}: {text:?} {fit:?} {:?}", sheet.name, word.area),
                    ));
                }
                if is_value {
                    let half = Area { y: word.area.y + 0.6 * word.area.height, ..word.area };
                    off += 1;
                    off_found += usize::from(sheet.fit(&half) != Fit::Good);
                }
            }
        }
    }
    assert!(words > 1000 && of_values > 100, "{words} words, {of_values} of values");
    let of_value: Vec<&String> = bad.iter().filter(|it| it.0).map(|it| &it.1).collect();
    assert!(of_value.is_empty(), "{of_value:#?}");
    // Handwriting, stamps and the dirt of scans: recognition itself places words beside their ink.
    assert!(bad.len() * 100 <= words, "of {words} words: {bad:#?}");
    assert!(off_found * 100 >= off * 99, "{off_found} of {off} boxes half a line off are found");
}

#[tokio::test]
async fn what_a_person_reads_in_the_box_of_a_value_is_the_value() {
    let mut read = 0;
    for name in ["files/rechnung-text.pdf", "files/rechnung-planung.pdf", "parse/tabellen.pdf"] {
        let path = Path::new("fixtures").join(name);
        let (bytes, parsed) = parsed(&path).await;
        let document = &parsed.documents[0];
        let page = &document.pages[0];
        let shown = Shown::from(page);
        let png = parser().picture(bytes, &document.part, shown, 300).await.unwrap();
        let picture = image::load_from_memory(&png).unwrap().to_luma8();
        let sheet = Sheet { name: name.to_owned(), document, page, picture };
        let values = values(document);
        // A single digit on an empty page is hard to read for recognition, not for people.
        let is_asked = |(span, text): &&(Span, String)| {
            document.page_of(*span) == Some(1) && text.chars().count() >= 4
        };
        for (span, text) in values.iter().filter(is_asked).step_by(2).take(6) {
            let areas = document.areas_of(*span);
            let [area] = areas.as_slice() else { continue };
            let (left, top, right, bottom) = sheet.edges(area);
            let cut =
                image::imageops::crop_imm(&sheet.picture, left, top, right - left, bottom - top);
            // Recognition wants a margin of paper around the letters.
            let (width, height) = (right - left + 60, bottom - top + 60);
            let mut paper = GrayImage::from_pixel(width, height, image::Luma([255]));
            image::imageops::overlay(&mut paper, &cut.to_image(), 30, 30);
            let mut png = std::io::Cursor::new(Vec::new());
            paper.write_to(&mut png, image::ImageFormat::Png).unwrap();
            let again = parser().parse("wert.png", png.into_inner()).await;
            // `O` and `0` look alike in a word without others beside it.
            let signs = |it: &str| -> String {
                let letters = it.chars().filter(char::is_ascii_alphanumeric);
                letters.map(|it| if it == 'O' { '0' } else { it }).collect()
            };
            assert_eq!(signs(&again.documents[0].text), signs(text), "{name}: {text}");
            read += 1;
        }
    }
    assert!(read >= 8, "{read} values");
}
