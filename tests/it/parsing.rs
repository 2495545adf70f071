//! Reading through the real child processes: limits, crashes, character recognition.

use std::io::{Cursor, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use vorlage::config::Limits;
use vorlage::domain::{Parsed, Part, TextSource};
use vorlage::parse::Parser;

fn parser() -> Parser {
    Parser { program: PathBuf::from(env!("CARGO_BIN_EXE_vorlage")), limits: Limits::default() }
}

/// A PDF of one A4 page with a content stream, Helvetica as `F1`, and perhaps more objects from number 6 on.
fn pdf(content: &str, page: &str, trailer: &str, more: &[String]) -> Vec<u8> {
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles << /Names [(f) 7 0 R] >> >> /AcroForm << /Fields [6 0 R] >> >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        format!("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> {page} >>"),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
    ];
    objects.extend_from_slice(more);
    crate::support::pdf::file(&objects, trailer)
}

const LETTER: &[&str] = &[
    "Antrag auf Hundesteuer",
    "Name des Hundes: Bello",
    "Rasse: Dackel",
    "Chipnummer 276098102345678",
];

/// The letter as a content stream.
fn lines(lines: &[&str]) -> String {
    turned("1 0 0 1 72 720", lines)
}

/// The letter with its beginning and direction.
fn turned(matrix: &str, lines: &[&str]) -> String {
    let shown: String = lines.iter().map(|line| format!("({line}) Tj 0 -30 Td\n")).collect();
    format!("BT /F1 18 Tf {matrix} Tm\n{shown}ET")
}

fn letter() -> Vec<u8> {
    pdf(&lines(LETTER), "", "", &[])
}

fn mail(parts: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let mut mail = b"From: Jana <jana@example.org>\r\nSubject: Post\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
        --b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nAnbei mein Antrag.\r\n"
        .to_vec();
    for (media_type, name, bytes) in parts {
        let head = format!(
            "--b\r\nContent-Type: {media_type}\r\nContent-Disposition: attachment; filename={name}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        );
        mail.extend(head.into_bytes());
        mail.extend(base64(bytes).into_bytes());
        mail.extend(b"\r\n");
    }
    mail.extend(b"--b--\r\n");
    mail
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    let all = base64::engine::general_purpose::STANDARD.encode(bytes);
    all.as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line) + "\r\n").collect()
}

fn codes(parsed: &Parsed) -> Vec<&str> {
    let of_documents = parsed.documents.iter().flat_map(|document| &document.problems);
    of_documents.chain(&parsed.problems).map(|problem| problem.code.as_str()).collect()
}

#[tokio::test]
async fn a_pdf_is_read_with_the_place_of_every_word() {
    let parsed = parser().parse("antrag.pdf", letter()).await;
    let document = &parsed.documents[0];
    assert_eq!(codes(&parsed), Vec::<&str>::new());
    assert_eq!(document.media_type.0, "application/pdf");
    assert_eq!(document.name, "antrag.pdf");
    assert_eq!(document.text.split_whitespace().collect::<Vec<_>>().join(" "), LETTER.join(" "));
    assert_eq!(document.words.len(), 11);
    assert_eq!(document.pages[0].text_source, TextSource::Layer);
    let words: Vec<&str> = document.words.iter().map(|word| word.span.of(&document.text)).collect();
    assert_eq!(words.join(" "), LETTER.join(" "));
}

#[tokio::test]
async fn every_word_lies_on_ink_of_the_picture_even_when_the_page_is_turned_or_cropped() {
    const UPRIGHT: &str = "1 0 0 1 72 720";
    const RISING: &str = "0 1 -1 0 200 100";
    const FALLING: &str = "0 -1 1 0 300 700";
    for (page, matrix) in [
        ("", UPRIGHT),
        ("/Rotate 90", UPRIGHT),
        ("/Rotate 180", UPRIGHT),
        ("/Rotate 270", UPRIGHT),
        ("/CropBox [50 500 500 800]", UPRIGHT),
        ("/CropBox [50 500 500 800] /Rotate 90", UPRIGHT),
        ("", RISING),
        ("", FALLING),
        ("/Rotate 90", RISING),
        ("/Rotate 270", FALLING),
    ] {
        let bytes = pdf(&turned(matrix, LETTER), page, "", &[]);
        let parsed = parser().parse("x.pdf", bytes.clone()).await;
        let png = parser().picture(bytes, &Part::Whole, 1, 100).await.unwrap();
        let picture = image::load_from_memory(&png).unwrap().to_luma8();
        let document = &parsed.documents[0];
        assert_eq!(document.words.len(), 11, "{page} {matrix}");
        let mut inside =
            image::GrayImage::from_pixel(picture.width(), picture.height(), image::Luma([255]));
        for word in &document.words {
            let area = word.area;
            let at = |part: f32, of: u32| (part * of as f32).round() as u32;
            let (x, y) = (at(area.x, picture.width()), at(area.y, picture.height()));
            let (right, bottom) = (
                at(area.x + area.width, picture.width()),
                at(area.y + area.height, picture.height()),
            );
            let mut dark = 0;
            for (x, y) in (x..right).flat_map(|x| (y..bottom).map(move |y| (x, y))) {
                let pixel = picture.get_pixel(x, y);
                dark += u32::from(pixel.0[0] < 128);
                inside.put_pixel(x, y, *pixel);
            }
            let all = (right - x) * (bottom - y);
            assert!(
                dark * 12 > all,
                "{page} {matrix}: `{}` {area:?} has {dark} dark of {all}",
                word.span.of(&document.text)
            );
        }
        let ink =
            |picture: &image::GrayImage| picture.pixels().filter(|pixel| pixel.0[0] < 128).count();
        let (covered, whole) = (ink(&inside), ink(&picture));
        assert!(
            covered * 100 > whole * 93,
            "{page} {matrix}: the boxes cover {covered} of {whole} dark pixels"
        );
    }
}

#[tokio::test]
async fn a_picture_of_a_letter_is_recognised() {
    let png = parser().picture(letter(), &Part::Whole, 1, 300).await.unwrap();
    let parsed = parser().parse("scan.png", png).await;
    let document = &parsed.documents[0];
    assert_eq!(codes(&parsed), Vec::<&str>::new());
    for line in LETTER {
        assert!(document.text.lines().any(|it| it == *line), "{line} in {}", document.text);
    }
    assert_eq!(document.pages[0].text_source, TextSource::Ocr);
    assert!((document.pages[0].width - 595.0).abs() < 2.0);
    let chip = document
        .words
        .iter()
        .find(|word| word.span.of(&document.text).starts_with("276098"))
        .unwrap();
    assert!(chip.confidence.unwrap() > 0.5);
    assert!((chip.area.y - 0.235).abs() < 0.02, "{:?}", chip.area);
}

#[tokio::test]
async fn a_missing_language_is_named() {
    let mut parser = parser();
    parser.limits.ocr_languages = "tlh".to_owned();
    let png = parser.picture(letter(), &Part::Whole, 1, 72).await.unwrap();
    let parsed = parser.parse("scan.png", png).await;
    assert_eq!(codes(&parsed), ["P0303"]);
}

#[tokio::test]
async fn form_fields_and_the_invoice_inside_a_pdf_are_facts() {
    let xml = "<Invoice xmlns='urn:oasis:names:specification:ubl:schema:xsd:Invoice-2' xmlns:b='urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2'><b:ID>R-77</b:ID></Invoice>";
    let field = "<< /FT /Tx /T (halter) /V (Jana Beispiel) /Type /Annot /Subtype /Widget /Rect [0 0 10 10] >>".to_owned();
    let file =
        "<< /Type /Filespec /F (factur-x.xml) /UF (factur-x.xml) /EF << /F 8 0 R >> >>".to_owned();
    let stream =
        format!("<< /Type /EmbeddedFile /Length {} >>\nstream\n{xml}\nendstream", xml.len());
    let bytes = pdf(&lines(LETTER), "/Annots [6 0 R]", "", &[field, file, stream]);
    let parsed =
        parser().parse("rechnung.pdf", mail(&[("application/pdf", "rechnung.pdf", &bytes)])).await;
    assert_eq!(parsed.envelope.as_ref().unwrap().subject, "Post");
    let facts: Vec<(&str, &str)> = parsed.documents[1]
        .facts
        .iter()
        .map(|fact| (fact.name.as_str(), fact.value.as_str()))
        .collect();
    assert_eq!(facts.get(..2).unwrap(), [("form:halter", "Jana Beispiel"), ("BT-1", "R-77")]);
    let invoice = &parsed.documents[2];
    assert_eq!((invoice.name.as_str(), &invoice.part), ("factur-x.xml", &Part::Inside(vec![0, 0])));
    assert!(invoice.text.contains("Rechnungsnummer: R-77"));
    let whole = mail(&[("application/pdf", "rechnung.pdf", &bytes)]);
    let (media_type, taken) =
        parser().extract_part(whole, &Part::Inside(vec![0, 0])).await.unwrap();
    assert_eq!((media_type.0.as_str(), taken.as_slice()), ("application/xml", xml.as_bytes()));
}

#[tokio::test]
async fn a_pdf_with_a_password_is_named_so() {
    let encrypt = "/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 \
        /O <0000000000000000000000000000000000000000000000000000000000000000> \
        /U <1111111111111111111111111111111111111111111111111111111111111111> >> /ID [<00> <00>]";
    let parsed = parser().parse("x.pdf", pdf(&lines(LETTER), "", encrypt, &[])).await;
    assert_eq!(codes(&parsed), ["P0101"]);
}

#[tokio::test]
async fn an_archive_that_unpacks_to_two_gigabytes_is_refused_at_once() {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let zeros = vec![0; 16 << 20];
    for number in 0..128 {
        writer.start_file(format!("{number}"), zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(&zeros).unwrap();
    }
    let started = Instant::now();
    let parsed = parser().parse("bombe.zip", writer.finish().unwrap().into_inner()).await;
    assert_eq!(codes(&parsed), ["P0107"]);
    assert!(started.elapsed() < Duration::from_secs(5));
}

/// What is read with so little memory that a part of it ends its reader, while the rest can be read. How much
/// that is depends a little on the machine.
pub(crate) async fn read_with_too_little(name: &str, bytes: &[u8]) -> Parsed {
    let mut parser = parser();
    for megabytes in (144..288).step_by(16) {
        parser.limits.parse_memory_mb = megabytes;
        let parsed = parser.parse(name, bytes.to_vec()).await;
        if codes(&parsed) == ["P0105"] && parsed.documents.len() > 1 {
            return parsed;
        }
    }
    panic!("the reader was not ended");
}

/// A small file of one and a half million cells.
pub(crate) fn heavy_table() -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for row in 0..50_000 {
        for column in 0..30 {
            sheet.write(row, column, f64::from(row) * 1e9 + f64::from(column)).unwrap();
        }
    }
    book.save_to_buffer().unwrap()
}

#[tokio::test]
async fn a_part_that_kills_the_reader_does_not_take_the_rest_of_the_mail_with_it() {
    let table = heavy_table();
    let xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let bytes = mail(&[
        ("text/plain", "eins.txt", b"eins"),
        (xlsx, "gross.xlsx", &table),
        ("application/pdf", "brief.pdf", &letter()),
    ]);
    let parsed = read_with_too_little("", &bytes).await;
    let names: Vec<&str> = parsed.documents.iter().map(|document| document.name.as_str()).collect();
    assert_eq!(names, ["", "eins.txt", "gross.xlsx", "brief.pdf"]);
    assert_eq!(parsed.documents[2].problems[0].code, "P0105");
    assert!(parsed.documents[3].text.contains("Hundesteuer"));
    assert_eq!(parsed.documents[2].media_type.0, xlsx);
}

#[tokio::test]
async fn what_takes_too_long_is_stopped_and_says_so() {
    let mut parser = parser();
    parser.limits.parse_seconds = 1;
    // A page that draws and shows without end.
    let content = "BT /F1 8 Tf 10 10 Td (Wort) Tj ET\n".repeat(600_000);
    let started = Instant::now();
    let parsed = parser.parse("lang.pdf", pdf(&content, "", "", &[])).await;
    assert_eq!(codes(&parsed), ["P0104"]);
    assert_eq!(parsed.documents[0].media_type.0, "application/pdf");
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn an_arrival_that_is_too_large_is_kept_and_named() {
    let mut parser = parser();
    parser.limits.arrival_mb = 1;
    let parsed = parser.parse("riesig.bin", vec![b'x'; 2 << 20]).await;
    assert_eq!(codes(&parsed), ["P0107"]);
    assert_eq!(parsed.documents[0].name, "riesig.bin");
}

#[tokio::test]
async fn a_program_that_answers_nonsense_is_a_problem_and_no_crash() {
    for program in ["/bin/cat", "/bin/false", "/nowhere/vorlage"] {
        let parser = Parser { program: PathBuf::from(program), limits: Limits::default() };
        let parsed = parser.parse("brief.pdf", letter()).await;
        assert_eq!(parsed.documents.len(), 1, "{program}");
        assert!(["P0102", "P0105"].contains(&codes(&parsed)[0]), "{program}: {:?}", codes(&parsed));
        assert!(parser.picture(letter(), &Part::Whole, 1, 72).await.is_err());
    }
}
