//! Pages as pictures (PNG): for people to look at and for character recognition.

use std::borrow::Cow;
use std::io::Cursor;

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::Pixmap;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use image::imageops::FilterType;
use image::{DynamicImage, GrayImage, ImageDecoder, ImageFormat, ImageReader, RgbImage};

use super::formats::{image as pictures, pdf, tiff};
use super::legible;
use super::wire::{Shown, Straightened};
use crate::domain::{MediaType, Problem};

/// Pixels of one picture.
const MOST_PIXELS: f32 = 40_000_000.0;
/// The renderer counts pixels of an edge in 16 bits.
const LONGEST_EDGE: f32 = 65_000.0;
/// Photographs are shown no larger than this.
const SHOWN_EDGE: u32 = 2000;
/// From this resolution on a photograph is wanted as it is.
const FULL_DPI: u32 = 300;
/// Dots that are so much longer than wide are stretched.
const OBLONG: f32 = 1.1;

/// Draws a page with `dpi` dots per inch, at most 40 million pixels.
pub(super) fn draw(
    media_type: &MediaType,
    bytes: Vec<u8>,
    page: Shown,
    dpi: u32,
) -> Result<Vec<u8>, Problem> {
    let png = |picture: &DynamicImage| write(&turned(picture, page.turned));
    if media_type.0 == "application/pdf" && page.turned == 0 {
        let picture = draw_pdf(bytes, page.number, dpi)?;
        let damaged = |error| Problem::new("P0102", format!("page {}: {error}", page.number));
        return picture.into_png().map_err(damaged);
    }
    png(&upright(media_type, bytes, page.number, dpi)?)
}

/// Draws a page for character recognition: grey, and made legible.
pub(super) fn legible(
    media_type: &MediaType,
    bytes: Vec<u8>,
    page: Shown,
) -> Result<(Vec<u8>, Straightened), Problem> {
    let picture = upright(media_type, bytes, page.number, FULL_DPI)?;
    let is_photograph = media_type.0 != "application/pdf";
    let (grey, straightened) = legible::legible(&turned(&picture, page.turned), is_photograph);
    Ok((write(&grey.into())?, straightened))
}

fn turned(picture: &DynamicImage, degrees: u16) -> Cow<'_, DynamicImage> {
    match degrees {
        90 => Cow::Owned(picture.rotate90()),
        180 => Cow::Owned(picture.rotate180()),
        270 => Cow::Owned(picture.rotate270()),
        _ => Cow::Borrowed(picture),
    }
}

fn upright(
    media_type: &MediaType,
    bytes: Vec<u8>,
    number: u32,
    dpi: u32,
) -> Result<DynamicImage, Problem> {
    match media_type.0.as_str() {
        "application/pdf" => Ok(opaque(&draw_pdf(bytes, number, dpi)?)),
        "image/tiff" => draw_image(&tiff::only_page(bytes, number)?, dpi),
        kind if pictures::MEDIA_TYPES.contains(&kind) && number == 1 => draw_image(&bytes, dpi),
        _ => Err(Problem::new(
            "P0301",
            format!("there is no picture of page {number} of {media_type}"),
        )),
    }
}

/// A drawn page without its transparency: it was drawn on white.
fn opaque(drawn: &Pixmap) -> DynamicImage {
    let dots = drawn.data().iter().flat_map(|dot| [dot.r, dot.g, dot.b]).collect();
    let (width, height) = (u32::from(drawn.width()), u32::from(drawn.height()));
    RgbImage::from_raw(width, height, dots).unwrap_or_default().into()
}

/// Width and height of a picture as people see it, in pixels.
pub(super) fn size(bytes: &[u8]) -> Result<(u32, u32), Problem> {
    let mut decoder = decoder(bytes)?;
    let (width, height) = decoder.dimensions();
    let turned = decoder.orientation().is_ok_and(|it| (5..=8).contains(&it.to_exif()));
    let (width, height) = squared((width, height), bytes);
    if width as f32 * height as f32 > MOST_PIXELS {
        return Err(Problem::new("P0107", format!("{width} by {height} pixels are too many")));
    }
    Ok(if turned { (height, width) } else { (width, height) })
}

/// A page in shades of grey, upright as it is stored, with `dpi` dots per inch; photographs as they are.
pub(super) fn grey(
    media_type: &MediaType,
    bytes: Vec<u8>,
    number: u32,
    dpi: u32,
) -> Result<GrayImage, Problem> {
    match media_type.0.as_str() {
        "application/pdf" => {
            let picture = draw_pdf(bytes, number, dpi)?;
            let (width, height) = (picture.width().into(), picture.height().into());
            GrayImage::from_raw(width, height, shades(&picture))
                .ok_or_else(|| Problem::new("P0102", "the page has no size"))
        }
        "image/tiff" => Ok(photograph(&tiff::only_page(bytes, number)?)?.into_luma8()),
        _ => Ok(photograph(&bytes)?.into_luma8()),
    }
}

/// How light each pixel of a drawing is (ITU-R BT.601). Drawings are on white: nothing shines through.
pub(super) fn shades(picture: &Pixmap) -> Vec<u8> {
    let grey = |red: u8, green: u8, blue: u8| {
        let sum = 77 * u32::from(red) + 150 * u32::from(green) + 29 * u32::from(blue);
        u8::try_from(sum >> 8).unwrap_or(u8::MAX)
    };
    picture.data().iter().map(|it| grey(it.r, it.g, it.b)).collect()
}

/// The size with dots as high as wide. A fax has 204 dots to an inch across and 98 or 196 down
/// (ITU-T T.4), and would be seen squashed.
fn squared((width, height): (u32, u32), bytes: &[u8]) -> (u32, u32) {
    let Some((across, down)) = tiff::density(bytes) else { return (width, height) };
    let (wide, high) = (across > down * OBLONG, down > across * OBLONG);
    // Nothing says that the numbers of a stranger make sense.
    let stretched = |dots: u32, times: f32| (dots as f32 * times.clamp(1.0, 4.0)).round() as u32;
    match (wide, high) {
        (true, _) => (width, stretched(height, across / down)),
        (_, true) => (stretched(width, down / across), height),
        _ => (width, height),
    }
}

fn draw_pdf(bytes: Vec<u8>, number: u32, dpi: u32) -> Result<Pixmap, Problem> {
    let file = Pdf::new(bytes).map_err(pdf::not_opened)?;
    let index = usize::try_from(number).unwrap_or_default().wrapping_sub(1);
    let pages = file.pages();
    let missing = || Problem::new("P0102", format!("there is no page {number}"));
    let page = pages.get(index).ok_or_else(missing)?;
    let (width, height) = page.render_dimensions();
    let (width, height) = (width.max(1.0), height.max(1.0));
    let wanted = dpi as f32 / 72.0;
    let scale =
        wanted.min((MOST_PIXELS / (width * height)).sqrt()).min(LONGEST_EDGE / width.max(height));
    let settings = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
    let cache = RenderCache::new();
    Ok(hayro::render(
        page,
        &cache,
        &InterpreterSettings::default(),
        &RenderSettings::default(),
        &settings,
    ))
}

fn draw_image(bytes: &[u8], dpi: u32) -> Result<DynamicImage, Problem> {
    let mut picture = photograph(bytes)?;
    if dpi < FULL_DPI && picture.width().max(picture.height()) > SHOWN_EDGE {
        picture = picture.thumbnail(SHOWN_EDGE, SHOWN_EDGE);
    }
    // Colours finer than 8 bits and transparency are nothing that is seen on paper.
    Ok(if picture.color().has_color() {
        picture.into_rgb8().into()
    } else {
        picture.into_luma8().into()
    })
}

/// A picture as people see it.
fn photograph(bytes: &[u8]) -> Result<DynamicImage, Problem> {
    size(bytes)?;
    let mut decoder = decoder(bytes)?;
    let orientation = decoder.orientation();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    let (width, height) = squared((picture.width(), picture.height()), bytes);
    if (width, height) != (picture.width(), picture.height()) {
        picture = picture.resize_exact(width, height, FilterType::CatmullRom);
    }
    if let Ok(orientation) = orientation {
        picture.apply_orientation(orientation);
    }
    Ok(picture)
}

fn write(picture: &DynamicImage) -> Result<Vec<u8>, Problem> {
    let mut png = Cursor::new(Vec::new());
    picture.write_to(&mut png, ImageFormat::Png).map_err(damaged)?;
    Ok(png.into_inner())
}

fn decoder(bytes: &[u8]) -> Result<impl ImageDecoder + '_, Problem> {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    reader
        .map_err(|error| Problem::new("P0102", error.to_string()))?
        .into_decoder()
        .map_err(damaged)
}

fn damaged(error: image::ImageError) -> Problem {
    if let image::ImageError::Unsupported(unknown) = &error {
        return Problem::new("P0206", format!("cannot be read here: {unknown}"));
    }
    Problem::new("P0102", format!("damaged picture: {error}"))
}
