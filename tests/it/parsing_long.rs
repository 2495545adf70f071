//! Documents of many pages: a page that is too much is lost alone, and memory does not grow with the pages.

use std::fmt::Write as _;
use std::path::PathBuf;

use image::{GrayImage, Luma};
use vorlage::config::Limits;
use vorlage::domain::{Parsed, TextSource};
use vorlage::parse::{Parser, with_peak};

use crate::parsing_pages::tiff;

fn parser(limits: Limits) -> Parser {
    Parser { program: PathBuf::from(env!("CARGO_BIN_EXE_vorlage")), limits }
}

/// A PDF of A4 pages with Helvetica as `F1` and these objects beside, the first of which is `X`.
pub(crate) fn book(pages: &[String], beside: &[Vec<u8>]) -> Vec<u8> {
    let first_page = 4 + beside.len();
    let kids = |at: usize| format!("{} 0 R", first_page + 2 * at);
    let kids: Vec<String> = (0..pages.len()).map(kids).collect();
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        format!("<< /Type /Pages /Kids [{}] /Count {} >>", kids.join(" "), pages.len())
            .into_bytes(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
            .to_vec(),
    ];
    objects.extend_from_slice(beside);
    for (at, content) in pages.iter().enumerate() {
        let content_at = first_page + 2 * at + 1;
        let resources = "<< /Font << /F1 3 0 R >> /XObject << /X 4 0 R >> >>";
        objects.push(format!("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {content_at} 0 R /Resources {resources} >>").into_bytes());
        objects.push(stream("", content.as_bytes()));
    }
    crate::support::pdf::file(&objects, "")
}

fn stream(head: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("<< /Length {} {head} >>\nstream\n", content.len());
    [head.as_bytes(), content, b"\nendstream"].concat()
}

fn says(text: &str) -> String {
    format!("BT /F1 18 Tf 72 720 Td ({text}) Tj ET")
}

/// Drawings that draw the next one ten times, and so on: ten million rectangles in two thousand bytes.
fn drawings_in_drawings() -> Vec<Vec<u8>> {
    let head = "/Type /XObject /Subtype /Form /BBox [0 0 595 842]";
    let outer = (5..12).map(|next| {
        let resources = format!("{head} /Resources << /XObject << /X {next} 0 R >> >>");
        stream(&resources, "/X Do\n".repeat(10).as_bytes())
    });
    outer.chain([stream(head, b"0 0 500 800 re f")]).collect()
}

/// A path that crosses itself so often that it takes long to fill.
fn tangle(lines: u32) -> String {
    let mut path = "0 0 m\n".to_owned();
    let mut at = 1_u64;
    for _ in 0..lines {
        at = at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        writeln!(path, "{} {} l", (at >> 33) % 595, (at >> 48) % 842).unwrap();
    }
    path + "f*\n"
}

/// A page full of text.
fn full(page: usize) -> String {
    let line =
        |line: usize| format!("(Seite {page}, Zeile {line}: Antrag auf Wohngeld) Tj 0 -14 Td\n");
    let lines: String = (0..45).map(line).collect();
    format!("BT /F1 10 Tf 72 760 Td {lines} ET")
}

fn told(parsed: &Parsed) -> Vec<(&str, &str)> {
    let problems = parsed.documents[0].problems.iter();
    problems.map(|it| (it.code.as_str(), it.detail.as_str())).collect()
}

#[tokio::test]
async fn a_page_that_ends_the_reader_is_lost_alone_and_named() {
    let cases = [
        ("P0105", "/X Do".to_owned(), drawings_in_drawings(), Limits::default()),
        // Of 6 seconds a page has 2.
        (
            "P0104",
            tangle(60_000).repeat(8),
            Vec::new(),
            Limits { parse_seconds: 6, ..Limits::default() },
        ),
    ];
    for (code, costly, beside, limits) in cases {
        let beside = if beside.is_empty() { vec![b"null".to_vec()] } else { beside };
        let pages = [says("Erste Seite"), costly, says("Dritte Seite")];
        let parsed = parser(limits).parse("brief.pdf", book(&pages, &beside)).await;
        let document = &parsed.documents[0];
        assert_eq!(document.text, "Erste Seite\u{c}\u{c}Dritte Seite", "{code}");
        assert_eq!(told(&parsed).len(), 1, "{:?}", told(&parsed));
        assert_eq!(told(&parsed)[0].0, code);
        assert!(told(&parsed)[0].1.starts_with("page 2: "), "{:?}", told(&parsed));
        let sources: Vec<TextSource> = document.pages.iter().map(|it| it.text_source).collect();
        assert_eq!(sources, [TextSource::Layer, TextSource::None, TextSource::Layer], "{code}");
        let words: Vec<u32> = document.words.iter().map(|it| it.page).collect();
        assert_eq!(words, [1, 1, 3, 3], "{code}");
    }
}

#[tokio::test]
async fn after_a_few_such_pages_the_rest_of_the_document_is_left_out_and_named() {
    let mut pages = vec![says("Erste Seite")];
    pages.extend(["/X Do"; 6].map(str::to_owned));
    pages.push(says("Letzte Seite"));
    let limits = Limits { parse_memory_mb: 256, ..Limits::default() };
    let parsed = parser(limits).parse("brief.pdf", book(&pages, &drawings_in_drawings())).await;
    let document = &parsed.documents[0];
    assert_eq!(document.text.trim_end_matches('\u{c}'), "Erste Seite");
    let told = told(&parsed);
    assert_eq!(told.len(), 4, "{told:?}");
    assert!(told.iter().all(|it| it.0 == "P0105"), "{told:?}");
    assert!(told[3].1.starts_with("page 5: "), "{told:?}");
    assert!(told[3].1.ends_with("the pages after it are not read"), "{told:?}");
}

#[tokio::test]
async fn when_the_time_of_the_whole_is_over_the_pages_read_so_far_are_kept() {
    let pages: Vec<String> = (1..=500).map(full).collect();
    let file = book(&pages, &[b"null".to_vec()]);
    // How much of it two seconds are enough for hangs on the machine: a slow one gets more, until there is a page.
    let mut parsed = Parsed::default();
    for parse_seconds in [2, 4, 8, 16] {
        let limits = Limits { parse_seconds, ..Limits::default() };
        parsed = parser(limits).parse("brief.pdf", file.clone()).await;
        if !parsed.documents[0].pages.is_empty() {
            break;
        }
    }
    let document = &parsed.documents[0];
    assert!(!document.pages.is_empty() && document.pages.len() < 500, "{}", document.pages.len());
    assert!(document.text.starts_with("Seite 1, Zeile 0"), "{}", document.text);
    let told = told(&parsed);
    assert_eq!(told.len(), 1, "{told:?}");
    let said = format!("only the first {} of 500 pages are read in time", document.pages.len());
    assert!(told[0].0 == "P0104" && told[0].1.starts_with(&said), "{told:?}");
}

#[tokio::test]
async fn a_long_document_takes_little_more_memory_than_a_short_one() {
    let peak = async |pages: usize| {
        let contents: Vec<String> = (1..=pages).map(full).collect();
        let parser = parser(crate::support::patient());
        let bytes = book(&contents, &[b"null".to_vec()]);
        let (parsed, peak_kb) = with_peak(parser.parse("akte.pdf", bytes)).await;
        let document = &parsed.documents[0];
        assert_eq!((document.pages.len(), told(&parsed)), (pages, Vec::new()));
        assert!(document.text.contains(&format!("Seite {pages}, Zeile 44")));
        peak_kb
    };
    let (short, long) = (peak(20).await, peak(200).await);
    assert!(short > 0);
    assert!(long <= short * 3 / 2 + (64 << 10), "20 pages: {short} KiB, 200 pages: {long} KiB");
}

/// A page of a scan: lines of bars, as large as a small page, so that two hundred fit into an arrival.
fn scanned(number: u8) -> GrayImage {
    GrayImage::from_fn(420, 594, |x, y| {
        let ink = y % 24 < 9 && x % 31 > 8 && (40..380).contains(&x);
        Luma([if ink { number } else { 255 }])
    })
}

#[tokio::test]
async fn a_long_scan_takes_little_more_memory_than_its_own_bytes_and_the_first_pages_are_read() {
    // Recognition is measured elsewhere; here every page that it gets is one child more.
    let limits = Limits { ocr_pages: 2, ..Limits::default() };
    let peak = async |pages: u8| {
        let bytes = tiff(&(0..pages).map(scanned).collect::<Vec<_>>());
        let size_kb = bytes.len() as u64 >> 10;
        let (parsed, peak_kb) = with_peak(parser(limits.clone()).parse("akte.tif", bytes)).await;
        let document = &parsed.documents[0];
        assert_eq!(document.pages.len(), usize::from(pages));
        let told = told(&parsed);
        let said = format!("only the first 2 of {pages} scanned pages are read (`ocr_pages`)");
        assert!(told.contains(&("P0107", said.as_str())), "{told:?}");
        (peak_kb, size_kb)
    };
    let ((short, _), (long, size)) = (peak(20).await, peak(200).await);
    assert!(short > 0 && size > 40_000);
    // The bytes as they arrive, and one copy of them at work.
    let most = short * 3 / 2 + 3 * size;
    assert!(long <= most, "20 pages: {short} KiB, 200 pages of {size} KiB: {long} KiB");
    assert!(long < Limits::default().parse_memory_mb << 10);
}
