//! Pages as pictures (PNG): for people to look at and for character recognition.

use std::io::Cursor;

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::Pixmap;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use image::{DynamicImage, GrayImage, ImageDecoder, ImageFormat, ImageReader};

use super::formats::{image as pictures, pdf, tiff};
use super::wire::Shown;
use crate::domain::{MediaType, Problem};

/// Pixels of one picture.
const MOST_PIXELS: f32 = 40_000_000.0;
/// The renderer counts pixels of an edge in 16 bits.
const LONGEST_EDGE: f32 = 65_000.0;
/// Photographs are shown no larger than this.
const SHOWN_EDGE: u32 = 2000;
/// From this resolution on a photograph is wanted as it is.
const FULL_DPI: u32 = 300;

/// Draws a page with `dpi` dots per inch, at most 40 million pixels.
pub(super) fn draw(
    media_type: &MediaType,
    bytes: Vec<u8>,
    page: Shown,
    dpi: u32,
) -> Result<Vec<u8>, Problem> {
    let png = upright(media_type, bytes, page.number, dpi)?;
    if page.turned == 0 {
        return Ok(png);
    }
    let picture = image::load_from_memory_with_format(&png, ImageFormat::Png).map_err(damaged)?;
    write(&match page.turned {
        90 => picture.rotate90(),
        180 => picture.rotate180(),
        270 => picture.rotate270(),
        _ => picture,
    })
}

fn upright(
    media_type: &MediaType,
    bytes: Vec<u8>,
    number: u32,
    dpi: u32,
) -> Result<Vec<u8>, Problem> {
    match media_type.0.as_str() {
        "application/pdf" => draw_pdf(bytes, number, dpi),
        "image/tiff" => draw_image(&tiff::only_page(bytes, number)?, dpi),
        kind if pictures::MEDIA_TYPES.contains(&kind) && number == 1 => draw_image(&bytes, dpi),
        _ => Err(Problem::new(
            "P0301",
            format!("there is no picture of page {number} of {media_type}"),
        )),
    }
}

/// Width and height of a picture as people see it, in pixels.
pub(super) fn size(bytes: &[u8]) -> Result<(u32, u32), Problem> {
    let mut decoder = decoder(bytes)?;
    let (width, height) = decoder.dimensions();
    let turned = decoder.orientation().is_ok_and(|it| (5..=8).contains(&it.to_exif()));
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
            let picture = render_pdf(bytes, number, dpi)?;
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

fn draw_pdf(bytes: Vec<u8>, number: u32, dpi: u32) -> Result<Vec<u8>, Problem> {
    let picture = render_pdf(bytes, number, dpi)?;
    picture.into_png().map_err(|error| Problem::new("P0102", format!("page {number}: {error}")))
}

fn render_pdf(bytes: Vec<u8>, number: u32, dpi: u32) -> Result<Pixmap, Problem> {
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
    let (interpreter, render) = (InterpreterSettings::default(), RenderSettings::default());
    Ok(hayro::render(page, &cache, &interpreter, &render, &settings))
}

fn draw_image(bytes: &[u8], dpi: u32) -> Result<Vec<u8>, Problem> {
    let mut picture = photograph(bytes)?;
    if dpi < FULL_DPI && picture.width().max(picture.height()) > SHOWN_EDGE {
        picture = picture.thumbnail(SHOWN_EDGE, SHOWN_EDGE);
    }
    // Colours finer than 8 bits and transparency are nothing that is seen on paper.
    let picture = if picture.color().has_color() {
        picture.to_rgb8().into()
    } else {
        DynamicImage::from(picture.to_luma8())
    };
    write(&picture)
}

/// A picture as people see it.
fn photograph(bytes: &[u8]) -> Result<DynamicImage, Problem> {
    size(bytes)?;
    let mut decoder = decoder(bytes)?;
    let orientation = decoder.orientation();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(damaged)?;
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
