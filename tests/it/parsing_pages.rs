//! Pages as a person sees them: hidden text, turned scans, files with many pages.

use std::io::Cursor;
use std::path::PathBuf;

use image::{DynamicImage, GrayImage, ImageFormat};
use vorlage::domain::{Document, Parsed, Part, TextSource};
use vorlage::parse::{Parser, Shown, rotated};

const LETTER: &[&str] = &[
    "Antrag auf eine Wohnung im Norden der Stadt",
    "Familie Sommer mit drei Kindern und einem Hund",
    "Wir suchen vier Zimmer nahe der Grundschule",
];

fn parser() -> Parser {
    Parser {
        program: PathBuf::from(env!("CARGO_BIN_EXE_vorlage")),
        limits: crate::support::patient(),
    }
}

/// A PDF of one A4 page with Helvetica as `F1` and perhaps a grey picture as `P`.
fn pdf(content: &str, picture: Option<&GrayImage>) -> Vec<u8> {
    pdf_with(content, picture, "")
}

/// As [`pdf`], with more entries in the catalogue.
fn pdf_with(content: &str, picture: Option<&GrayImage>, catalog: &str) -> Vec<u8> {
    let text = |text: String| text.into_bytes();
    let mut objects = vec![
        text(format!("<< /Type /Catalog /Pages 2 0 R {catalog} >>")),
        text("<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned()),
        text("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> /XObject << /P 6 0 R >> /Properties << /Ebene 7 0 R >> >> >>".to_owned()),
        text(format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len())),
        text("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned()),
    ];
    if let Some(picture) = picture {
        let (width, height) = picture.dimensions();
        let head = format!(
            "<< /Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceGray /BitsPerComponent 8 /Length {} >>\nstream\n",
            picture.as_raw().len()
        );
        objects.push([head.as_bytes(), picture.as_raw(), b"\nendstream"].concat());
    } else {
        objects.push(b"null".to_vec());
    }
    objects.push(text("<< /Type /OCG /Name (Ebene) >>".to_owned()));
    crate::support::pdf::file(&objects, "")
}

fn lines(lines: &[&str]) -> String {
    let shown: String = lines.iter().map(|line| format!("({line}) Tj 0 -40 Td\n")).collect();
    format!("/F1 18 Tf 1 0 0 1 72 720 Tm\n{shown}")
}

fn letter() -> Vec<u8> {
    pdf(&format!("BT {} ET", lines(LETTER)), None)
}

/// The letter as a scanner gives it.
async fn scan(dpi: u32) -> GrayImage {
    let png = parser().picture(letter(), &Part::Whole, 1, dpi).await.unwrap();
    image::load_from_memory(&png).unwrap().to_luma8()
}

fn png(picture: &GrayImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(picture.clone()).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn codes(parsed: &Parsed) -> Vec<&str> {
    parsed.all_problems().map(|problem| problem.code.as_str()).collect()
}

fn flat(document: &Document) -> String {
    document.text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A TIFF of uncompressed grey pages.
pub(crate) fn tiff(pages: &[GrayImage]) -> Vec<u8> {
    tiff_of(pages, None)
}

/// The same, with so many dots to an inch across and down.
fn tiff_of(pages: &[GrayImage], density: Option<(u32, u32)>) -> Vec<u8> {
    let mut file = b"II*\0".to_vec();
    let mut link = file.len();
    file.extend([0; 4]);
    let fractions = file.len() as u32;
    for number in density.iter().flat_map(|(across, down)| [*across, 1, *down, 1]) {
        file.extend(number.to_le_bytes());
    }
    for page in pages {
        let (width, height) = page.dimensions();
        let data = u32::try_from(file.len()).unwrap();
        file.extend_from_slice(page.as_raw());
        file.resize(file.len().next_multiple_of(2), 0);
        let directory = u32::try_from(file.len()).unwrap().to_le_bytes();
        file[link..link + 4].copy_from_slice(&directory);
        let mut tags: Vec<(u16, u32)> = vec![
            (256, width),
            (257, height),
            (258, 8),
            (259, 1),
            (262, 1),
            (273, data),
            (277, 1),
            (278, height),
            (279, width * height),
        ];
        if density.is_some() {
            tags.extend([(282, fractions), (283, fractions + 8)]);
        }
        file.extend(u16::try_from(tags.len()).unwrap().to_le_bytes());
        for (tag, value) in tags {
            file.extend(tag.to_le_bytes());
            let kind: u16 = if tag == 282 || tag == 283 { 5 } else { 4 };
            file.extend(kind.to_le_bytes());
            file.extend(1_u32.to_le_bytes());
            file.extend(value.to_le_bytes());
        }
        link = file.len();
        file.extend([0; 4]);
    }
    file
}

/// The part of the page's ink that lies in boxes of words, and whether each box holds ink.
fn ink(document: &Document, page: u32, picture: &GrayImage) -> (f32, bool) {
    let (width, height) = picture.dimensions();
    let mut inside = GrayImage::from_pixel(width, height, image::Luma([255]));
    let mut all_hold_ink = true;
    for word in document.words.iter().filter(|word| word.page == page) {
        let edge = |part: f32, of: u32| ((part * of as f32).max(0.0) as u32).min(of);
        let (left, top) = (edge(word.area.x, width), edge(word.area.y, height));
        let right = (edge(word.area.x + word.area.width, width) + 1).min(width);
        let bottom = (edge(word.area.y + word.area.height, height) + 1).min(height);
        let mut dark = 0;
        for (x, y) in (left..right).flat_map(|x| (top..bottom).map(move |y| (x, y))) {
            let pixel = *picture.get_pixel(x, y);
            dark += u32::from(pixel.0[0] < 128);
            inside.put_pixel(x, y, pixel);
        }
        all_hold_ink &= dark > 0;
    }
    let dark = |it: &GrayImage| it.pixels().filter(|pixel| pixel.0[0] < 128).count() as f32;
    (dark(&inside) / dark(picture).max(1.0), all_hold_ink)
}

#[tokio::test]
async fn text_that_nobody_sees_is_left_out_and_named() {
    for (way, hidden) in [
        ("white on white", "1 1 1 rg 1 0 0 1 72 300 Tm (geheim) Tj"),
        ("nearly white", "0.97 0.97 0.97 rg 1 0 0 1 72 300 Tm (geheim) Tj"),
        ("not drawn", "3 Tr 1 0 0 1 72 300 Tm (geheim) Tj"),
        ("not drawn over seen words", "3 Tr 1 0 0 1 72 718 Tm (geheim) Tj"),
        ("tiny", "/F1 1 Tf 1 0 0 1 72 300 Tm (geheim) Tj"),
        ("outside", "1 0 0 1 700 300 Tm (geheim) Tj"),
        ("covered", "1 0 0 1 72 300 Tm (geheim) Tj ET 1 0 0 rg 60 290 200 40 re f BT"),
    ] {
        let bytes = pdf(&format!("BT {} {hidden} ET", lines(LETTER)), None);
        let parsed = parser().parse("x.pdf", bytes).await;
        let document = &parsed.documents[0];
        assert!(!document.text.contains("geheim"), "{way}: {}", document.text);
        assert!(document.text.contains("Familie Sommer"), "{way}: {}", document.text);
        // What lies outside is cut off by the reader already.
        if way != "outside" {
            assert_eq!(codes(&parsed), ["P0203"], "{way}");
            assert!(document.problems[0].detail.starts_with("page 1: 1 words"), "{way}");
            assert!(document.problems[0].detail.contains("geheim"), "{way}");
        }
        assert_eq!(document.pages[0].text_source, TextSource::Layer, "{way}");
    }
}

#[tokio::test]
async fn other_ways_to_hide_text_are_seen_through_too() {
    let grey = GrayImage::from_pixel(20, 20, image::Luma([200]));
    let off = "/OCProperties << /OCGs [7 0 R] /D << /OFF [7 0 R] /Order [7 0 R] >> >>";
    for (way, hidden, picture, catalog) in [
        (
            "behind a picture",
            "1 0 0 1 72 300 Tm (geheim) Tj ET q 200 0 0 60 60 280 cm /P Do Q BT",
            Some(&grey),
            "",
        ),
        (
            "cut off by a path",
            "ET q 0 0 20 20 re W n BT /F1 18 Tf 1 0 0 1 72 300 Tm (geheim) Tj ET Q BT",
            None,
            "",
        ),
        ("only as a path to cut with", "7 Tr 1 0 0 1 72 300 Tm (geheim) Tj", None, ""),
        ("on a layer that is off", "/OC /Ebene BDC 1 0 0 1 72 300 Tm (geheim) Tj EMC", None, off),
        ("pressed to nothing", "1 Tz 1 0 0 1 72 300 Tm (geheim) Tj", None, ""),
        ("scaled to nothing", "0.02 0 0 0.02 72 300 Tm (geheim) Tj", None, ""),
        ("below the page", "1 0 0 1 72 -30 Tm (geheim) Tj", None, ""),
        ("beside the words that say the same", "1 1 1 rg 1 0 0 1 480 720 Tm (Antrag) Tj", None, ""),
    ] {
        let content = format!("BT {} {hidden} ET", lines(LETTER));
        let parsed = parser().parse("x.pdf", pdf_with(&content, picture, catalog)).await;
        let document = &parsed.documents[0];
        assert!(!document.text.contains("geheim"), "{way}: {}", document.text);
        assert_eq!(document.text.matches("Antrag").count(), 1, "{way}: {}", document.text);
        assert!(document.text.contains("Familie Sommer"), "{way}: {}", document.text);
    }
}

/// A font that states wrong widths: what draws the page knows where its letters stand, and the text
/// layer does not.
#[tokio::test]
async fn words_of_a_font_with_wrong_widths_are_seen_and_marked_where_they_stand() {
    let file = String::from_utf8(pdf(
        "BT /F1 18 Tf 1 0 0 1 72 600 Tm (Bitte zahlen Sie heute) Tj ET",
        None,
    ));
    let wide = "/Encoding /WinAnsiEncoding /FirstChar 32 /LastChar 33 /Widths [5000 5000]";
    let file = file.unwrap().replace("/Encoding /WinAnsiEncoding", wide);
    let bytes = file.into_bytes();
    let parsed = parser().parse("x.pdf", bytes.clone()).await;
    let document = &parsed.documents[0];
    assert_eq!(codes(&parsed), Vec::<&str>::new(), "{}", document.text);
    let shown = parser().picture(bytes, &document.part, 1, 150).await.unwrap();
    let shown = image::load_from_memory(&shown).unwrap().to_luma8();
    let (covered, all_hold_ink) = ink(document, 1, &shown);
    assert!(covered >= 0.95 && all_hold_ink, "{covered} {:?}", document.words);
}

#[tokio::test]
async fn words_in_light_grey_on_dark_and_on_colour_are_seen() {
    for colours in ["0.6 0.6 0.6 rg", "0 0 1 rg 60 290 400 40 re f 1 1 1 rg"] {
        let content =
            format!("{colours} BT /F1 12 Tf 1 0 0 1 72 300 Tm (Aktenzeichen 12-34) Tj ET");
        let parsed = parser().parse("x.pdf", pdf(&content, None)).await;
        assert_eq!(codes(&parsed), Vec::<&str>::new(), "{colours}");
        assert_eq!(flat(&parsed.documents[0]), "Aktenzeichen 12-34");
    }
}

#[tokio::test]
async fn the_text_of_a_scanner_counts_only_when_it_is_what_the_picture_shows() {
    let picture = scan(150).await;
    let page = |layer: &[&str]| {
        let content = format!("q 595 0 0 842 0 0 cm /P Do Q BT 3 Tr {} ET", lines(layer));
        pdf(&content, Some(&picture))
    };
    let honest = parser().parse("x.pdf", page(LETTER)).await;
    assert_eq!(codes(&honest), Vec::<&str>::new());
    assert_eq!(honest.documents[0].pages[0].text_source, TextSource::Scan);
    assert_eq!(flat(&honest.documents[0]), LETTER.join(" "));

    let other = &[
        "Bitte zahlen Sie alles sofort heute morgen aus",
        "Niemand prueft diesen Brief hier jemals wieder",
        "Die Bank bekommt neue Zahlen ohne jede Frage",
    ];
    let lying = parser().parse("x.pdf", page(other)).await;
    assert_eq!(codes(&lying), ["P0204"]);
    assert_eq!(lying.documents[0].pages[0].text_source, TextSource::Ocr);
    assert_eq!(flat(&lying.documents[0]), LETTER.join(" "));
}

#[tokio::test]
async fn a_scan_that_lies_on_its_side_is_read_and_shown_upright() {
    let upright = scan(300).await;
    let turned = [
        (0, upright.clone()),
        (270, image::imageops::rotate90(&upright)),
        (180, image::imageops::rotate180(&upright)),
        (90, image::imageops::rotate270(&upright)),
    ];
    for (needed, picture) in turned {
        let bytes = png(&picture);
        let parsed = parser().parse("scan.png", bytes.clone()).await;
        let document = &parsed.documents[0];
        assert_eq!(codes(&parsed), Vec::<&str>::new(), "{needed}");
        assert!(flat(document).contains(LETTER[1]), "{needed}: {}", document.text);
        let page = &document.pages[0];
        assert_eq!(page.turned, needed);
        assert!(page.height > page.width, "{needed}");
        let shown = parser().picture(bytes, &document.part, Shown::from(page), 300).await.unwrap();
        let shown = image::load_from_memory(&shown).unwrap().to_luma8();
        let (covered, all_hold_ink) = ink(document, 1, &shown);
        assert!(covered >= 0.95 && all_hold_ink, "{needed}: {covered}");
    }
}

#[tokio::test]
async fn a_scan_that_lies_askew_is_read_and_its_words_are_found_where_they_are_shown() {
    let straight = scan(300).await;
    let on_its_side = image::imageops::rotate90(&rotated(&straight, -4.0));
    for (way, needed, picture) in [
        ("clockwise", 0, rotated(&straight, 6.0)),
        ("counter-clockwise", 0, rotated(&straight, -3.0)),
        ("on its side", 270, on_its_side),
    ] {
        let bytes = png(&picture);
        let parsed = parser().parse("scan.png", bytes.clone()).await;
        let document = &parsed.documents[0];
        assert_eq!(codes(&parsed), Vec::<&str>::new(), "{way}");
        assert_eq!(flat(document), LETTER.join(" "), "{way}");
        let page = &document.pages[0];
        assert_eq!(page.turned, needed, "{way}");
        let shown = parser().picture(bytes, &document.part, Shown::from(page), 300).await.unwrap();
        let shown = image::load_from_memory(&shown).unwrap().to_luma8();
        let as_it_came = match needed {
            0 => picture,
            _ => image::imageops::rotate270(&picture),
        };
        assert_eq!(
            shown.dimensions(),
            as_it_came.dimensions(),
            "{way}: people see the page itself"
        );
        let (covered, all_hold_ink) = ink(document, 1, &shown);
        assert!(covered >= 0.95 && all_hold_ink, "{way}: {covered}");
        // Boxes that hold everything would hold all ink too.
        let all: f32 = document.words.iter().map(|it| it.area.width * it.area.height).sum();
        assert!(all < 0.06, "{way}: the boxes cover {all} of the page");
    }
}

#[tokio::test]
async fn a_fax_of_coarse_lines_is_read_and_shown_as_high_as_it_was() {
    let page = scan(204).await;
    let (width, height) = (page.width(), page.height() * 98 / 204);
    let resized = DynamicImage::from(page.clone());
    let squashed = resized.resize_exact(width, height, image::imageops::FilterType::Triangle);
    let bytes = tiff_of(&[squashed.to_luma8()], Some((204, 98)));
    let parsed = parser().parse("fax.tif", bytes.clone()).await;
    let document = &parsed.documents[0];
    assert_eq!(codes(&parsed), Vec::<&str>::new());
    assert_eq!(flat(document), LETTER.join(" "));
    let form = document.pages[0].height / document.pages[0].width;
    assert!((form - 842.0 / 595.0).abs() < 0.02, "{form}");
    let shown = parser().picture(bytes, &Part::Whole, 1, 300).await.unwrap();
    let shown = image::load_from_memory(&shown).unwrap().to_luma8();
    let (covered, all_hold_ink) = ink(document, 1, &shown);
    assert!(covered >= 0.95 && all_hold_ink, "{covered}");
}

#[tokio::test]
async fn every_page_of_a_tiff_is_read_with_the_places_of_its_words() {
    let first = scan(300).await;
    let blank = GrayImage::from_pixel(800, 600, image::Luma([255]));
    let bytes = tiff(&[blank, first]);
    let parsed = parser().parse("fax.tif", bytes.clone()).await;
    let document = &parsed.documents[0];
    assert_eq!(document.pages.len(), 2);
    assert!(flat(document).contains(LETTER[2]), "{}", document.text);
    assert!(document.words.iter().all(|word| word.page == 2));
    let shown = parser().picture(bytes, &Part::Whole, 2, 300).await.unwrap();
    let shown = image::load_from_memory(&shown).unwrap().to_luma8();
    let (covered, all_hold_ink) = ink(document, 2, &shown);
    assert!(covered >= 0.95 && all_hold_ink, "{covered}");
}

#[tokio::test]
async fn an_empty_page_is_not_recognised_and_a_telephones_picture_is_named() {
    let empty = parser().parse("leer.pdf", pdf("", None)).await;
    assert_eq!(empty.documents[0].pages[0].text_source, TextSource::Blank);
    assert_eq!(codes(&empty), ["P0302"]);
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\x08mdat";
    let parsed = parser().parse("foto.jpg", heic.to_vec()).await;
    assert_eq!(codes(&parsed), ["P0206"]);
}
