//! Reads barcodes and QR codes from pictures of pages, in the child.
//!
//! The reader (`rxing`) is a library of others that looks for patterns in a stranger's picture. It runs in a child
//! of its own after everything else is read ([`super::decode`]), so that what it does costs no text.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::imageops::{FilterType, resize};
use image::{GrayImage, Luma};
use rxing::common::HybridBinarizer;
use rxing::{
    BarcodeFormat, BinaryBitmap, DecodeHints, Luma8LuminanceSource, MultiFormatReader, RXingResult,
};
use serde::{Deserialize, Serialize};

use super::spots::{self, Grey};
use super::{girocode, picture};
use crate::domain::{Area, Code, MediaType, Problem, Symbology};

/// Dots per inch of the drawing from which codes are read: a module of a small code has then three pixels.
const DPI: u32 = 300;
/// Longer edges are made smaller, in pixels; A4 has 3508 at 300 dots per inch.
const LONGEST_EDGE: u32 = 4000;
/// Codes of one page.
const MOST: usize = 24;
/// Characters of one code; the largest QR code holds 7089 digits.
const MOST_CHARS: usize = 8000;
/// White that is taken along around a place, as a part of its longer edge.
const MARGIN: f32 = 0.15;
/// White between two bars of a code, in pixels (2 mm); more is its margin.
const WIDEST_GAP: u32 = 24;
/// Bars lower than so many pixels are chance: a line of letters, a pattern.
const LOWEST_BARS: u32 = 24;

/// The kinds, in the order in which they are tried. Each is tried alone, because the first hit ends a search.
const KINDS: &[&[(BarcodeFormat, Symbology)]] = &[
    &[(BarcodeFormat::QR_CODE, Symbology::Qr)],
    &[(BarcodeFormat::DATA_MATRIX, Symbology::DataMatrix)],
    &[(BarcodeFormat::AZTEC, Symbology::Aztec)],
    &[(BarcodeFormat::PDF_417, Symbology::Pdf417)],
    &[
        (BarcodeFormat::CODE_128, Symbology::Code128),
        (BarcodeFormat::CODE_39, Symbology::Code39),
        (BarcodeFormat::EAN_13, Symbology::Ean),
        (BarcodeFormat::EAN_8, Symbology::Ean),
        (BarcodeFormat::ITF, Symbology::Itf),
    ],
];

/// A page on which codes are looked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Sheet {
    /// Counted from 1.
    pub(super) number: u32,
    /// Where; empty for everywhere.
    pub(super) spots: Vec<Area>,
}

/// The codes of some pages, and what could not be read.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Seen {
    pub(super) codes: Vec<Code>,
    pub(super) problems: Vec<Problem>,
}

/// Reads the codes of some pages of a file. A page on which the reader gives up is a problem of this page.
pub(super) fn read(media_type: &MediaType, bytes: &[u8], sheets: &[Sheet]) -> Seen {
    let mut seen = Seen::default();
    for sheet in sheets {
        let read = || -> Result<Vec<Code>, Problem> {
            let page = picture::grey(media_type, bytes.to_vec(), sheet.number, DPI)?;
            Ok(page_codes(shrunk(page), sheet))
        };
        let gave_up = |_| Err(Problem::new("P0210", "the reader gave up on it"));
        match catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(gave_up) {
            Ok(codes) => seen.codes.extend(codes),
            Err(Problem { detail, .. }) => {
                let detail = format!("page {}: {detail}", sheet.number);
                seen.problems.push(Problem::new("P0210", detail));
            }
        }
    }
    seen
}

/// The codes of a picture: first where it looks like one, then everywhere, if no place is named.
pub(super) fn page_codes(mut page: GrayImage, sheet: &Sheet) -> Vec<Code> {
    let everywhere = sheet.spots.is_empty();
    let spots = if everywhere { spots_of(&page) } else { sheet.spots.clone() };
    let mut codes = Vec::new();
    for spot in spots {
        let around = Pixels::around(&spot, &page);
        search(&mut page, around, sheet.number, &mut codes);
    }
    if everywhere {
        let all = Pixels { x: 0, y: 0, width: page.width(), height: page.height() };
        search(&mut page, all, sheet.number, &mut codes);
    }
    // As a person reads the page.
    codes.sort_by(|a, b| {
        (a.area.y, a.area.x).partial_cmp(&(b.area.y, b.area.x)).unwrap_or(std::cmp::Ordering::Equal)
    });
    codes
}

fn spots_of(page: &GrayImage) -> Vec<Area> {
    // As if it were an A4 page.
    let edge = page.width().max(page.height()).max(1);
    let scale = (spots::DPI * 11.7 / edge as f32).min(1.0);
    let pixels = |length: u32| ((length as f32 * scale) as u32).max(1);
    let small = resize(page, pixels(page.width()), pixels(page.height()), FilterType::Triangle);
    let (width, height) = (small.width() as usize, small.height() as usize);
    spots::spots(Grey { width, height, pixels: small.as_raw() })
}

/// Reads all codes of a part of a page. What was read is whitened, so that the next search finds another.
fn search(page: &mut GrayImage, part: Pixels, number: u32, codes: &mut Vec<Code>) {
    if has_none(page, part) {
        return;
    }
    for kind in KINDS {
        while codes.len() < MOST {
            let Some((symbology, content, place)) = first(page, part, kind) else { break };
            let area = place.area(page);
            place.whiten(page);
            // Bars of letters and patterns that only happen to be a code are whitened too.
            let is_bars = kind.len() > 1;
            if is_bars && place.width.min(place.height) < LOWEST_BARS {
                continue;
            }
            let code = Code { symbology, content, page: number, area };
            // Bars that lie a little askew are read in several pieces.
            match codes.iter_mut().find(|it| is_bars && is_piece(it, &code)) {
                Some(known) => known.area = known.area.join(&area),
                None => codes.push(code),
            }
        }
    }
}

/// Whether no code of any kind is there: true of most pages, and told in one look instead of one for each kind.
fn has_none(page: &GrayImage, part: Pixels) -> bool {
    let cut = part.cut(page);
    if decode(&cut, &KINDS.concat(), None).is_some() {
        return false;
    }
    let areas: Vec<_> =
        KINDS.iter().filter(|it| it.len() == 1).flat_map(|it| it.iter().copied()).collect();
    halved(&cut).is_none_or(|half| decode(&half, &areas, None).is_none())
}

/// Drawn smaller, where that leaves enough to read. A poor print is read better so: dirt is then less than a module.
fn halved(cut: &GrayImage) -> Option<GrayImage> {
    let (width, height) = cut.dimensions();
    (width >= 64 && height >= 64).then(|| resize(cut, width / 2, height / 2, FilterType::Triangle))
}

/// Whether both are pieces of the same bars: they say the same and touch each other, nearly.
fn is_piece(known: &Code, code: &Code) -> bool {
    let near =
        |a: f32, length: f32, b: f32, other: f32| a < b + other + 0.01 && b < a + length + 0.01;
    let (one, two) = (&known.area, &code.area);
    known.symbology == code.symbology
        && known.content == code.content
        && near(one.x, one.width, two.x, two.width)
        && near(one.y, one.height, two.y, two.height)
}

/// The first code of a kind in a part of a page.
fn first(
    page: &GrayImage,
    part: Pixels,
    kind: &[(BarcodeFormat, Symbology)],
) -> Option<(Symbology, String, Pixels)> {
    let cut = part.cut(page);
    [1, 2].into_iter().find_map(|smaller| {
        let small = match smaller {
            1 => cut.clone(),
            _ if kind.len() > 1 => return None,
            _ => halved(&cut)?,
        };
        let found = decode(&small, kind, None)?;
        let (_, symbology) = kind.iter().find(|(format, _)| format == found.getBarcodeFormat())?;
        // Codes of this kind say themselves how their letters are written, in a way that the library does not know.
        let again =
            girocode::charset(found.getText()).and_then(|it| decode(&small, kind, Some(it)));
        let content = again.as_ref().unwrap_or(&found).getText();
        let content = content.chars().filter(|it| !is_hidden(*it)).take(MOST_CHARS).collect();
        let place = if kind.len() > 1 { bars(&small, &found)? } else { bounds(&small, &found)? };
        Some((*symbology, content, place.times(smaller).moved(part)))
    })
}

fn decode(
    picture: &GrayImage,
    kind: &[(BarcodeFormat, Symbology)],
    charset: Option<&str>,
) -> Option<RXingResult> {
    let formats: HashSet<BarcodeFormat> = kind.iter().map(|(format, _)| *format).collect();
    let hints = DecodeHints {
        PossibleFormats: Some(formats),
        TryHarder: Some(true),
        CharacterSet: charset.map(str::to_owned),
        ..DecodeHints::default()
    };
    let (width, height) = picture.dimensions();
    let source = Luma8LuminanceSource::new(picture.as_raw().clone(), width, height).ok()?;
    let mut bitmap = BinaryBitmap::new(HybridBinarizer::new(source));
    let mut reader = MultiFormatReader::default();
    reader.set_hints(&hints);
    reader.decode_with_state(&mut bitmap).ok().filter(|it| !it.getText().trim().is_empty())
}

/// What no page shows, and what turns the direction of writing. Ends of lines are part of a code.
fn is_hidden(letter: char) -> bool {
    let turns = matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || letter.is_control() && !matches!(letter, '\n' | '\r' | '\t' | '\u{1d}')
}

/// The box around the corners that the library names.
fn bounds(picture: &GrayImage, found: &RXingResult) -> Option<Pixels> {
    let (mut low, mut high) = ((f32::MAX, f32::MAX), (0.0_f32, 0.0_f32));
    for point in found.getPoints() {
        low = (low.0.min(point.x), low.1.min(point.y));
        high = (high.0.max(point.x), high.1.max(point.y));
    }
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    if !(low.0 < high.0 && low.1 < high.1) {
        return None;
    }
    // Corners may be named at the middle of the outer modules.
    let rim = 0.02 * (high.0 - low.0).max(high.1 - low.1) + 1.0;
    let edge = |at: f32, most: f32| at.clamp(0.0, most) as u32;
    let (x, y) = (edge(low.0 - rim, width), edge(low.1 - rim, height));
    let (right, bottom) = (edge(high.0 + rim, width), edge(high.1 + rim, height));
    Some(Pixels { x, y, width: right.max(x + 1) - x, height: bottom.max(y + 1) - y })
}

/// The box of bars, of which the library names one line across: as far as the lines beside it look the same.
fn bars(picture: &GrayImage, found: &RXingResult) -> Option<Pixels> {
    let points = found.getPoints();
    let (first, last) = (points.first()?, points.last()?);
    let is_lying = (last.x - first.x).abs() >= (last.y - first.y).abs();
    let (along, over) = if is_lying {
        ((first.x, last.x), (first.y + last.y) / 2.0)
    } else {
        ((first.y, last.y), (first.x + last.x) / 2.0)
    };
    let (length, most) = match is_lying {
        true => picture.dimensions(),
        false => (picture.height(), picture.width()),
    };
    let start = (along.0.min(along.1).max(0.0) as u32).min(length);
    let end = (along.0.max(along.1).ceil().max(0.0) as u32).min(length);
    let middle = (over.max(0.0) as u32).min(most.checked_sub(1)?);
    let line = |at: u32, (start, end): (u32, u32)| -> Vec<bool> {
        let pixel = |along: u32| if is_lying { (along, at) } else { (at, along) };
        let shades: Vec<u8> =
            (start..end).map(|it| picture.get_pixel(pixel(it).0, pixel(it).1).0[0]).collect();
        let (low, high) = (shades.iter().min(), shades.iter().max());
        let threshold = low.zip(high).map_or(128, |(low, high)| low.midpoint(*high));
        shades.into_iter().map(|it| it < threshold).collect()
    };
    // The library names middles of the first and last signs: bars go on until white that is no gap.
    let wide = line(middle, (0, length));
    let is_bar = |at: u32| wide.get(at as usize).copied().unwrap_or(false);
    let goes_on = |at: u32, next: &dyn Fn(u32, u32) -> Option<u32>| {
        (1..=WIDEST_GAP).filter_map(|gap| next(at, gap)).find(|it| is_bar(*it))
    };
    let (mut start, mut end) = (start, end.max(start + 1).min(length));
    while let Some(before) = goes_on(start, &|at, gap| at.checked_sub(gap)) {
        start = before;
    }
    while let Some(next) = goes_on(end - 1, &|at, gap| Some(at + gap)) {
        end = next + 1;
    }
    let wanted = line(middle, (start, end));
    let same = |at: &u32| {
        let equal = line(*at, (start, end)).iter().zip(&wanted).filter(|(a, b)| a == b).count();
        equal * 10 >= wanted.len() * 8
    };
    let before = (0..middle).rev().take_while(|at| same(at)).count();
    let behind = (middle + 1..most).take_while(|at| same(at)).count();
    let top = middle - u32::try_from(before).ok()?;
    let thickness = u32::try_from(before + behind + 1).ok()?;
    let (width, height) = (end.saturating_sub(start).max(1), thickness);
    Some(match is_lying {
        true => Pixels { x: start, y: top, width, height },
        false => Pixels { x: top, y: start, width: height, height: width },
    })
}

/// A part of a picture.
#[derive(Clone, Copy, Debug)]
struct Pixels {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
}

impl Pixels {
    /// A place with white around it.
    fn around(spot: &Area, page: &GrayImage) -> Self {
        let (width, height) = (page.width() as f32, page.height() as f32);
        let (wide, high) = (spot.width * width, spot.height * height);
        let margin = MARGIN * wide.max(high) + 8.0;
        // Of bars the ends may lie outside: what is seen as one place ends at a wide bar.
        let along = |length: f32, other: f32| {
            if length >= 3.0 * other { margin + 0.5 * length } else { margin }
        };
        let (across, down) = (along(wide, high), along(high, wide));
        let edge = |at: f32, most: f32| at.clamp(0.0, most) as u32;
        let x = edge(spot.x * width - across, width);
        let y = edge(spot.y * height - down, height);
        let right = edge(spot.x * width + wide + across, width);
        let bottom = edge(spot.y * height + high + down, height);
        Self { x, y, width: right - x, height: bottom - y }
    }

    fn cut(self, page: &GrayImage) -> GrayImage {
        image::imageops::crop_imm(page, self.x, self.y, self.width, self.height).to_image()
    }

    fn times(self, factor: u32) -> Self {
        let Self { x, y, width, height } = self;
        Self { x: x * factor, y: y * factor, width: width * factor, height: height * factor }
    }

    fn moved(self, by: Self) -> Self {
        Self { x: self.x + by.x, y: self.y + by.y, ..self }
    }

    fn area(self, page: &GrayImage) -> Area {
        let (width, height) = (page.width().max(1) as f32, page.height().max(1) as f32);
        Area {
            x: self.x as f32 / width,
            y: self.y as f32 / height,
            width: self.width as f32 / width,
            height: self.height as f32 / height,
        }
    }

    fn whiten(self, page: &mut GrayImage) {
        for y in self.y..(self.y + self.height).min(page.height()) {
            for x in self.x..(self.x + self.width).min(page.width()) {
                page.put_pixel(x, y, Luma([u8::MAX]));
            }
        }
    }
}

fn shrunk(page: GrayImage) -> GrayImage {
    let edge = page.width().max(page.height());
    if edge <= LONGEST_EDGE {
        return page;
    }
    let pixels = |length: u32| {
        u32::try_from(u64::from(length) * u64::from(LONGEST_EDGE) / u64::from(edge))
            .unwrap_or(1)
            .max(1)
    };
    resize(&page, pixels(page.width()), pixels(page.height()), FilterType::Triangle)
}
