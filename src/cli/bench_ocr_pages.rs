//! The pages of `vorlage bench ocr`, with text written for it, and what scanners, faxes and telephones do to pages.

use std::fmt::Write as _;
use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::{FilterType, rotate90, rotate180, rotate270};
use image::{DynamicImage, GrayImage, ImageFormat, Luma};

use crate::parse::rotated;

/// A page: its lines, each with its parts and where they begin (points from the left edge).
pub(super) struct Sheet {
    lines: &'static [&'static [(u32, &'static str)]],
    /// Whether a line is drawn under each.
    is_ruled: bool,
}

/// The pages that are read in each class.
pub(super) const SHEETS: &[Sheet] = &[
    Sheet { lines: LETTER, is_ruled: false },
    Sheet { lines: ENGLISH, is_ruled: false },
    Sheet { lines: FORM, is_ruled: true },
    Sheet { lines: TABLE, is_ruled: true },
];

const LETTER: &[&[(u32, &str)]] = &[
    &[(70, "Käthe Grünwald")],
    &[(70, "Mühlstraße 17")],
    &[(70, "55131 Mainz")],
    &[],
    &[(70, "Stadt Musterstadt, Amt für Wohnungswesen")],
    &[(350, "Mainz, den 12. März 2026")],
    &[],
    &[(70, "Widerspruch gegen Ihren Bescheid vom 27.02.2026, Aktenzeichen 50-WG-4711/26")],
    &[],
    &[(70, "Sehr geehrte Damen und Herren,")],
    &[(
        70,
        "gegen den genannten Bescheid lege ich fristgerecht Widerspruch ein. Sie haben bei der",
    )],
    &[(
        70,
        "Berechnung ein Einkommen von 2.418,60 Euro im Monat angesetzt. Tatsächlich erhalte ich",
    )],
    &[(
        70,
        "seit dem 1. Januar nur noch 1.873,25 Euro, weil ich meine Arbeitszeit verkürzen musste, um",
    )],
    &[(
        70,
        "meine Mutter zu pflegen. Die Bescheinigung meines Arbeitgebers füge ich in Kopie bei.",
    )],
    &[(
        70,
        "Außerdem fehlt in der Rechnung die Erhöhung der Heizkosten: Seit Oktober zahle ich 142,80",
    )],
    &[(70, "statt 96,50 Euro. Den Brief der Hausverwaltung haben Sie am 15.01.2026 bekommen.")],
    &[(
        70,
        "Ich bitte Sie, den Bescheid zu ändern und mir den Unterschied nachzuzahlen. Überweisen Sie",
    )],
    &[(
        70,
        "ihn bitte auf mein Konto DE07 1234 1234 1234 1234 12. Für Rückfragen erreichen Sie mich",
    )],
    &[(70, "werktags ab 16 Uhr unter 06131 555 0147.")],
    &[],
    &[(70, "Mit freundlichen Grüßen")],
    &[(70, "Käthe Grünwald")],
];

const ENGLISH: &[&[(u32, &str)]] = &[
    &[(70, "Oluwaseun Bright")],
    &[(70, "Harbour Road 8, 12345 Musterstadt")],
    &[],
    &[(350, "4 November 2026")],
    &[(70, "Broken street light in front of the primary school")],
    &[],
    &[(70, "Dear Sir or Madam,")],
    &[(
        70,
        "for more than three weeks the street light opposite the gate of the school has been out of",
    )],
    &[(
        70,
        "order. It is dark when the children arrive, and cars often drive faster than they should. On",
    )],
    &[(70, "Monday a girl of seven years was nearly hit by a delivery van at the zebra crossing.")],
    &[(
        70,
        "I reported this on 14 October by telephone and was given the number 2026/10-3388. Nothing",
    )],
    &[(
        70,
        "has happened since. Please tell me by the end of next week when the lamp will be repaired.",
    )],
    &[(70, "If a new part has to be ordered, could you put up a warning sign until then?")],
    &[(
        70,
        "Two neighbours, Mr Quentin Vázquez and Ms Judith Keller, would like to be informed as well;",
    )],
    &[(70, "their addresses are on the enclosed list. You can reach me at bright@mail.example.")],
    &[],
    &[(70, "Yours faithfully")],
    &[(70, "O. Bright")],
];

const FORM: &[&[(u32, &str)]] = &[
    &[(70, "Anmeldung zur Hundesteuer")],
    &[(70, "Bitte in Blockschrift ausfüllen und unterschrieben zurücksenden")],
    &[],
    &[(70, "1. Angaben zur Person")],
    &[(70, "Familienname"), (220, "Özdemir-Weiß")],
    &[(70, "Vorname"), (220, "Jürgen Alexander")],
    &[(70, "Geburtsdatum"), (220, "09.08.1971")],
    &[(70, "Straße, Hausnummer"), (220, "Am Fährhaus 102 b")],
    &[(70, "Postleitzahl, Ort"), (220, "67346 Speyer")],
    &[(70, "Telefon"), (220, "06232 555 0199")],
    &[],
    &[(70, "2. Angaben zum Hund")],
    &[(70, "Rufname"), (220, "Flöckchen")],
    &[(70, "Rasse"), (220, "Kleiner Münsterländer")],
    &[(70, "Wurftag"), (220, "23.05.2024")],
    &[(70, "Geschlecht"), (220, "weiblich")],
    &[(70, "Chipnummer"), (220, "276098106543217")],
    &[(70, "Im Haushalt seit"), (220, "01.10.2026")],
    &[(70, "Vorbesitzer"), (220, "Tierheim Ludwigshafen")],
    &[],
    &[(70, "Ich versichere, dass alle Angaben richtig und vollständig sind.")],
    &[(70, "Speyer, 07.10.2026")],
];

const TABLE: &[&[(u32, &str)]] = &[
    &[(70, "Rechnung Nr. 2026-00817")],
    &[(70, "Baumpflege Grüner Zweig GmbH, Steuernummer 26/651/08374")],
    &[],
    &[(70, "Pos."), (110, "Leistung"), (330, "Menge"), (400, "Preis"), (480, "Betrag")],
    &[(70, "1"), (110, "Kronenschnitt Linde"), (330, "14"), (400, "186,00"), (480, "2.604,00")],
    &[(70, "2"), (110, "Totholz entfernen"), (330, "6"), (400, "94,50"), (480, "567,00")],
    &[(70, "3"), (110, "Wurzelstock fräsen"), (330, "3"), (400, "128,75"), (480, "386,25")],
    &[(70, "4"), (110, "Häckselgut abfahren"), (330, "22"), (400, "17,30"), (480, "380,60")],
    &[(70, "5"), (110, "Verkehrssicherung"), (330, "2"), (400, "245,00"), (480, "490,00")],
    &[(70, "6"), (110, "Jungbaum pflanzen"), (330, "9"), (400, "312,20"), (480, "2.809,80")],
    &[(70, "7"), (110, "Wässern im Sommer"), (330, "36"), (400, "11,95"), (480, "430,20")],
    &[],
    &[(70, "Summe ohne Umsatzsteuer"), (480, "7.667,85")],
    &[(70, "Umsatzsteuer 19 %"), (480, "1.456,89")],
    &[(70, "Rechnungsbetrag"), (480, "9.124,74")],
    &[],
    &[(70, "Zahlbar bis 15.12.2026 ohne Abzug auf das Konto DE12 5001 0517 0648 4898 90")],
];

/// Points between two lines, and the size of the letters.
const LINE: u32 = 28;
const SIZE: u32 = 11;

impl Sheet {
    /// What stands on it.
    pub(super) fn text(&self) -> String {
        let lines = self.lines.iter().flat_map(|line| line.iter().map(|part| part.1));
        lines.collect::<Vec<_>>().join(" ")
    }

    /// The page as a PDF of A4.
    pub(super) fn pdf(&self) -> Vec<u8> {
        let mut content = b"0.5 w\n".to_vec();
        for (down, line) in (0..).zip(self.lines) {
            let y = 770 - LINE * down;
            for (x, text) in *line {
                content.extend(format!("BT /F1 {SIZE} Tf {x} {y} Td <").into_bytes());
                let mut hex = String::new();
                for letter in text.chars() {
                    // All letters of these pages are in Latin-1, where WinAnsi has the same numbers.
                    write!(hex, "{:02x}", u32::from(letter)).unwrap_or_default();
                }
                content.extend(hex.into_bytes());
                content.extend_from_slice(b"> Tj ET\n");
            }
            if self.is_ruled && !line.is_empty() {
                content.extend(format!("70 {} m 525 {} l S\n", y - 8, y - 8).into_bytes());
            }
        }
        let mut objects = vec![
            b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >> >>".to_vec(),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_vec(),
        ];
        let head = format!("<< /Length {} >>\nstream\n", content.len()).into_bytes();
        objects.push([head, content, b"\nendstream".to_vec()].concat());
        let mut file = b"%PDF-1.7\n".to_vec();
        let mut places = String::new();
        for (number, object) in (1..).zip(&objects) {
            writeln!(places, "{:010} 00000 n ", file.len()).unwrap_or_default();
            file.extend(format!("{number} 0 obj\n").into_bytes());
            file.extend_from_slice(object);
            file.extend_from_slice(b"\nendobj\n");
        }
        let (start, size) = (file.len(), objects.len() + 1);
        let end = format!(
            "xref\n0 {size}\n0000000000 65535 f \n{places}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
        );
        file.extend(end.into_bytes());
        file
    }
}

/// What happens to a page on its way, each with its name.
pub(super) const CLASSES: &[(&str, Spoil)] = &[
    ("clean 300 dpi", |page| Some(png(page))),
    ("100 dpi", |page| Some(png(&smaller(page, 1.0 / 3.0)))),
    ("150 dpi", |page| Some(png(&smaller(page, 0.5)))),
    ("grey noise", |page| Some(png(&noisy(page, 110)))),
    ("blur and JPEG", |page| jpeg(&blurred(&smaller(page, 0.6), 1.3), 25)),
    ("skew 1°", |page| Some(png(&rotated(page, 1.0)))),
    ("skew 3°", |page| Some(png(&rotated(page, -3.0)))),
    ("skew 7°", |page| Some(png(&rotated(page, 7.0)))),
    ("turned 90°", |page| Some(png(&rotate90(page)))),
    ("turned 180°", |page| Some(png(&rotate180(page)))),
    ("turned 270°", |page| Some(png(&rotate270(page)))),
    ("fax 204×98", |page| Some(fax(page))),
    ("photo with shade", |page| jpeg(&photographed(page), 70)),
];

/// Makes a file of a clean page of 300 dots to an inch.
pub(super) type Spoil = fn(&GrayImage) -> Option<(&'static str, Vec<u8>)>;

fn png(page: &GrayImage) -> (&'static str, Vec<u8>) {
    let mut file = Cursor::new(Vec::new());
    let written = DynamicImage::from(page.clone()).write_to(&mut file, ImageFormat::Png);
    // Writing into memory does not fail; an empty file would be seen as a page without text.
    (("page.png"), if written.is_ok() { file.into_inner() } else { Vec::new() })
}

fn jpeg(page: &GrayImage, quality: u8) -> Option<(&'static str, Vec<u8>)> {
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, quality).encode_image(page).ok()?;
    Some(("page.jpg", file))
}

fn sized(page: &GrayImage, width: u32, height: u32) -> GrayImage {
    DynamicImage::from(page.clone()).resize_exact(width, height, FilterType::Triangle).into_luma8()
}

fn smaller(page: &GrayImage, times: f32) -> GrayImage {
    let edge = |dots: u32| (dots as f32 * times).round() as u32;
    sized(page, edge(page.width()), edge(page.height()))
}

fn blurred(page: &GrayImage, sigma: f32) -> GrayImage {
    DynamicImage::from(page.clone()).blur(sigma).into_luma8()
}

/// Every dot lighter or darker by up to half of `most`, by chance that is the same in every run.
fn noisy(page: &GrayImage, most: i32) -> GrayImage {
    let mut state = 26_u64;
    let mut page = page.clone();
    for dot in page.pixels_mut() {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let chance = i32::try_from((state >> 33) % most.unsigned_abs() as u64).unwrap_or_default();
        // Paper is not quite white, and ink not quite black.
        let value = 40 + i32::from(dot.0[0]) * 170 / 255 + chance - most / 2;
        dot.0[0] = u8::try_from(value.clamp(0, 255)).unwrap_or_default();
    }
    page
}

/// A page of group 3 in its coarse resolution: 1728 dots across, 98 lines to an inch, black or white.
fn fax(page: &GrayImage) -> (&'static str, Vec<u8>) {
    let mut page = sized(page, 1728, page.height() * 98 / 300);
    for dot in page.pixels_mut() {
        dot.0[0] = if dot.0[0] < 150 { 0 } else { 255 };
    }
    let (width, height) = page.dimensions();
    let mut file = b"II*\0".to_vec();
    let dots = page.as_raw();
    let data = 8 + 16;
    file.extend((data + u32::try_from(dots.len()).unwrap_or_default()).to_le_bytes());
    for number in [204_u32, 1, 98, 1] {
        file.extend(number.to_le_bytes());
    }
    file.extend_from_slice(dots);
    // TIFF 6.0, section 4: width, height, bits, no packing, 0 is black, where, parts, rows, bytes, dots to an inch.
    let long = 4_u16;
    let fraction = 5_u16;
    let tags: [(u16, u16, u32); 11] = [
        (256, long, width),
        (257, long, height),
        (258, long, 8),
        (259, long, 1),
        (262, long, 1),
        (273, long, data),
        (277, long, 1),
        (278, long, height),
        (279, long, width * height),
        (282, fraction, 8),
        (283, fraction, 16),
    ];
    file.extend((tags.len() as u16).to_le_bytes());
    for (tag, kind, value) in tags {
        file.extend(tag.to_le_bytes());
        file.extend(kind.to_le_bytes());
        file.extend(1_u32.to_le_bytes());
        file.extend(value.to_le_bytes());
    }
    file.extend(0_u32.to_le_bytes());
    ("page.tif", file)
}

/// A telephone's picture of a page on a table: light from one side, the shade of a hand, a little askew and blurred.
fn photographed(page: &GrayImage) -> GrayImage {
    let page = rotated(&smaller(page, 0.8), 1.6);
    let (width, height) = (page.width() as f32, page.height() as f32);
    let mut page = blurred(&page, 0.9);
    for (x, y, dot) in page.enumerate_pixels_mut() {
        let (x, y) = (x as f32 / width, y as f32 / height);
        let light = 1.0 - 0.45 * x - 0.2 * y;
        // The edge of the shade is as soft as a tenth of the page.
        let hand = 1.0 - 0.45 * ((y - 0.55 + 0.3 * x) / 0.1).clamp(0.0, 1.0);
        let Luma([value]) = *dot;
        dot.0[0] = ((30.0 + f32::from(value) * 0.82) * light * hand) as u8;
    }
    noisy_dots(&mut page);
    page
}

/// The grain of a small camera.
fn noisy_dots(page: &mut GrayImage) {
    let mut state = 7_u64;
    for dot in page.pixels_mut() {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let chance = i32::try_from((state >> 33) % 13).unwrap_or_default() - 6;
        dot.0[0] = u8::try_from((i32::from(dot.0[0]) + chance).clamp(0, 255)).unwrap_or_default();
    }
}
