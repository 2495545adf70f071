//! What bytes are, by looking at them. Names lie; they only break the tie between kinds of plain text.

use base64::Engine;
use file_format::FileFormat;

use super::text;
use crate::domain::MediaType;

/// How much of a text is looked at.
const SAMPLE: usize = 4096;
/// The beginning of every OLE container: old Office files, Outlook messages, encrypted new ones.
const OLE: &[u8] = &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
/// What programs call bytes they know nothing about.
const UNKNOWN: &str = "application/octet-stream";

/// Parts that stand for something that is not in the mail (RFC 2046, sections 5.2.2 and 5.2.3).
pub(super) const PIECES: &[&str] = &["message/partial", "message/external-body"];

/// What the sender says about bytes. Believed only where the content leaves it open.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Claim<'a> {
    /// The file name.
    pub(super) name: &'a str,
    /// The `Content-Type` of a mail's part.
    pub(super) declared: &'a str,
}

/// The media type of some bytes.
pub(super) fn media_type(bytes: &[u8], claim: Claim<'_>) -> MediaType {
    MediaType::from(kind(bytes, claim).as_str())
}

fn kind(bytes: &[u8], claim: Claim<'_>) -> String {
    if bytes.is_empty() {
        return "application/x-empty".to_owned();
    }
    // A piece of a mail looks like anything; that it is a piece stands only in its header.
    if let Some(piece) = PIECES.iter().find(|it| claim.declared.eq_ignore_ascii_case(it)) {
        return (*piece).to_owned();
    }
    let known = if bytes.starts_with(b"%PDF-") {
        Some("application/pdf")
    } else if bytes.starts_with(OLE) {
        Some(ole(bytes))
    } else if bytes.starts_with(b"\x78\x9f\x3e\x22") {
        Some("application/vnd.ms-tnef") // winmail.dat, [MS-OXTNEF] 2.1.3
    } else {
        pkcs7(bytes)
            .or_else(|| pkcs7_in_base64(bytes))
            .or_else(|| looks_like_mail(bytes).then_some("message/rfc822"))
    };
    if let Some(known) = known {
        return known.to_owned();
    }
    let format = FileFormat::from_bytes(bytes);
    let told = format.media_type();
    let is_text = told.starts_with("text/")
        || told.starts_with("application/pgp")
        || matches!(format, FileFormat::ArbitraryBinaryData);
    match told {
        "text/calendar" | "text/vcard" | "text/rtf" => told.to_owned(),
        _ if bytes.starts_with(b"PK\x03\x04") => zipped(bytes, told).to_owned(),
        _ if is_text || told.ends_with("xml") => text_kind(bytes, claim).to_owned(),
        _ => told.to_owned(),
    }
}

/// The kinds of text, most certain first.
fn text_kind(bytes: &[u8], claim: Claim<'_>) -> &'static str {
    let head = bytes.get(..SAMPLE).unwrap_or(bytes);
    let sample = text::decode(head);
    let start = sample.trim_start_matches('\u{feff}').trim_start();
    let lower: String = start.chars().take(SAMPLE).flat_map(char::to_lowercase).collect();
    let is = |declared: &str| claim.declared.eq_ignore_ascii_case(declared);
    if find(head, b"%PDF-").is_some_and(|at| at < 1024) {
        "application/pdf"
    } else if sample.contains('\u{0}') || control_share(&sample) > 0.05 {
        UNKNOWN
    } else if start.starts_with("-----BEGIN PGP MESSAGE") {
        "application/pgp-encrypted"
    } else if start.starts_with("-----BEGIN PGP SIG") {
        "application/pgp-signature"
    } else if lower.starts_with("begin:vcalendar") {
        "text/calendar"
    } else if lower.starts_with("begin:vcard") {
        "text/vcard"
    } else if lower.starts_with("{\\rtf") {
        "text/rtf"
    } else if is_html(&lower) || (is("text/html") && lower.contains('<')) {
        "text/html"
    } else if lower.starts_with("<?xml") || (start.starts_with('<') && is_xml_root(start)) {
        "application/xml"
    } else if is("text/csv") || is_table(&sample, claim.name) {
        "text/csv"
    } else {
        "text/plain"
    }
}

fn is_html(lower: &str) -> bool {
    let beginning: String = lower.chars().take(1024).collect();
    let tags = ["<!doctype html", "<html", "<body", "<head>"];
    tags.iter().any(|tag| beginning.contains(tag)) && lower.contains('>')
}

/// `<name xmlns…` or `<p:name xmlns…` as in XML without a declaration.
fn is_xml_root(start: &str) -> bool {
    start.split('>').next().is_some_and(|root| root.contains("xmlns"))
}

fn control_share(sample: &str) -> f64 {
    let all = sample.chars().count().max(1);
    let control =
        sample.chars().filter(|c| c.is_control() && !"\r\n\t\u{c}\u{1b}".contains(*c)).count();
    f64::from(u32::try_from(control).unwrap_or(u32::MAX))
        / f64::from(u32::try_from(all).unwrap_or(u32::MAX))
}

/// Lines with the same number of delimiters. The name `….csv` makes one line enough.
fn is_table(sample: &str, name: &str) -> bool {
    let name = name.to_lowercase();
    let named = name.ends_with(".csv") || name.ends_with(".tsv");
    // The last line of the sample may be cut.
    let mut lines: Vec<&str> =
        sample.lines().filter(|line| !line.trim().is_empty()).take(12).collect();
    if sample.len() >= SAMPLE {
        lines.pop();
    }
    let (rows, columns) = if named { (1, 1) } else { (3, 2) };
    [';', '\t', ','].iter().any(|delimiter| {
        let count = |line: &&str| line.matches(*delimiter).count();
        let first = lines.first().map(count).unwrap_or_default();
        first >= columns
            && lines.len() >= rows
            && (named || lines.iter().all(|line| count(line) == first))
    })
}

/// What a zip is, by the files in it; `told` when it is nothing that is read differently here.
fn zipped<'a>(bytes: &[u8], told: &'a str) -> &'a str {
    const ZIP: &str = "application/zip";
    let Ok(archive) = zip::ZipArchive::new(std::io::Cursor::new(bytes)) else {
        return if told == UNKNOWN { ZIP } else { told };
    };
    let names: Vec<_> = archive.file_names().filter_map(Result::ok).collect();
    let has = |name: &str| names.iter().any(|it| it == name);
    let begins = |beginning: &str| names.iter().any(|it| it.starts_with(beginning));
    if !has("[Content_Types].xml") {
        // An archive with parts of a document in it is an archive.
        let is_document = has("mimetype") || has("META-INF/MANIFEST.MF");
        return if is_document && told != UNKNOWN { told } else { ZIP };
    }
    if has("xl/workbook.bin") {
        "application/vnd.ms-excel.sheet.binary.macroenabled.12"
    } else if begins("word/document") {
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    } else if begins("xl/workbook") {
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    } else if begins("ppt/presentation") {
        "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    } else {
        told
    }
}

/// Which program wrote an OLE container: its streams are named in UTF-16 ([MS-CFB] 2.6.1).
fn ole(bytes: &[u8]) -> &'static str {
    let has = |name: &str| {
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        find(bytes, &name).is_some()
    };
    if has("__properties_version1.0") {
        "application/vnd.ms-outlook"
    } else if has("EncryptedPackage") {
        "application/encrypted" // [MS-OFFCRYPTO] 2.3.4.4: a new Office file with a password
    } else if has("WordDocument") {
        "application/msword"
    } else if has("Workbook") || has("Book") {
        "application/vnd.ms-excel"
    } else if has("PowerPoint Document") {
        "application/vnd.ms-powerpoint"
    } else {
        "application/x-cfb"
    }
}

/// A CMS container in DER (RFC 5652): signed mail, encrypted mail.
fn pkcs7(bytes: &[u8]) -> Option<&'static str> {
    const CMS: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07];
    if bytes.first() != Some(&0x30) {
        return None;
    }
    let head = bytes.get(..32).unwrap_or(bytes);
    let at = find(head, CMS).filter(|at| *at < 8)?;
    match head.get(at + CMS.len()) {
        Some(3) => Some("application/pkcs7-mime; smime-type=enveloped-data"),
        Some(2) => Some("application/pkcs7-signature"),
        _ => Some("application/pkcs7-mime"),
    }
}

/// The same as Outlook stores it: still in base64, without a word about it.
fn pkcs7_in_base64(bytes: &[u8]) -> Option<&'static str> {
    let head = bytes.get(..48).filter(|head| head.starts_with(b"MI"))?;
    pkcs7(&base64::engine::general_purpose::STANDARD.decode(head).ok()?)
}

/// Header lines as in RFC 5322: at least two of the well-known ones before anything else.
fn looks_like_mail(bytes: &[u8]) -> bool {
    const KNOWN: &[&str] = &[
        "from",
        "to",
        "subject",
        "date",
        "received",
        "return-path",
        "message-id",
        "mime-version",
        "delivered-to",
        "reply-to",
        "cc",
        "sender",
        "x-mailer",
        "dkim-signature",
        "content-type",
        "x-sieve",
        "x-original-to",
        "envelope-to",
        "delivery-date",
        "authentication-results",
        "arc-seal",
        "x-envelope-from",
        "x-account-key",
        "x-mozilla-status",
        "x-received",
        "in-reply-to",
        "references",
        "importance",
        "thread-topic",
        "status",
    ];
    let head = bytes.get(..SAMPLE * 4).unwrap_or(bytes);
    let mut known = 0;
    for (number, line) in head.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let continues = line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t'));
        if (continues && number > 0) || (number == 0 && line.starts_with(b"From ")) {
            continue;
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { break };
        // Old mail programs leave a space before the colon (RFC 5322, section 4.5).
        let name = line.get(..colon).unwrap_or_default().trim_ascii_end();
        if name.is_empty() || !name.iter().all(|byte| byte.is_ascii_graphic()) {
            break;
        }
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        known += usize::from(KNOWN.contains(&name.as_str()));
        // A part of a mail alone (RFC 8551, what was signed) begins by saying what it is.
        if known == 2 || (known == 1 && name == "content-type" && names_type(line)) {
            return true;
        }
    }
    false
}

/// `Content-Type: multipart/mixed`, and not a sentence that begins like that.
fn names_type(line: &[u8]) -> bool {
    let line = String::from_utf8_lossy(line).to_ascii_lowercase();
    let value = line.split_once(':').map_or("", |it| it.1).trim_start();
    let media = value.split([';', ' ']).next().unwrap_or_default();
    media.split_once('/').is_some_and(|(kind, rest)| {
        matches!(kind, "multipart" | "text" | "message" | "application") && !rest.is_empty()
    })
}

/// Where some bytes first stand in others.
pub(super) fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], name: &str, expected: &str) {
        let found = media_type(bytes, Claim { name, declared: "" });
        assert_eq!(found.0, expected, "{name}");
    }

    #[test]
    fn the_content_decides_and_not_the_name() {
        check(b"%PDF-1.7\n", "brief.docx", "application/pdf");
        check(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "brief.pdf", "image/png");
        check(b"From: a@b.de\r\nSubject: Hallo\r\n\r\nText", "x.txt", "message/rfc822");
        check(b"Von: a@b.de\r\nBetreff: Hallo\r\n\r\nText", "x.eml", "text/plain");
        check(b"<html><body>Hallo</body></html>", "x.txt", "text/html");
        check(b"<?xml version=\"1.0\"?><a/>", "x.txt", "application/xml");
        check(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "x.txt", "text/calendar");
        check(b"-----BEGIN PGP MESSAGE-----\n\nabc", "x.txt", "application/pgp-encrypted");
        check(b"Content-Type: text/plain\r\n\r\nText", "smime", "message/rfc822");
        check(b"Content-Type: steht im Kopf.\r\n\r\nText", "x.txt", "text/plain");
        check(b"", "x.pdf", "application/x-empty");
        check(
            b"MIAGCSqGSIb3DQEHA6CAMIACAQAxggJgMIICXAIBADBEMD8xCzAJ",
            "smime.p7m",
            "application/pkcs7-mime; smime-type=enveloped-data",
        );
        check(b"\0\x01\x02\x03 something \0\0", "x.txt", "application/octet-stream");
    }

    #[test]
    fn a_table_is_told_from_a_letter() {
        let letter = "Sehr geehrte Damen und Herren,\nich bitte, wie besprochen, um Antwort,\nmit Dank\nA, B\n";
        check(letter.as_bytes(), "x.txt", "text/plain");
        check(
            "Name;Ort;Betrag\nMüller;Köln;1,20\nMaier;Bonn;3,40\n".as_bytes(),
            "x.txt",
            "text/csv",
        );
        check("Name;Ort\n".as_bytes(), "x.csv", "text/csv");
    }
}
