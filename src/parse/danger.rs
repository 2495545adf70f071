//! What could do harm when it is opened: programs, macros, names that deceive, active content. It is
//! named for a person; nothing of it is ever run here.

use super::sniff::find;
use crate::domain::{Document, Problem};

/// Endings of files that run when they are opened, or lead to something that does.
const PROGRAMS: &[&str] = &[
    "apk",
    "app",
    "appimage",
    "appref-ms",
    "bat",
    "chm",
    "cmd",
    "com",
    "cpl",
    "deb",
    "dll",
    "dmg",
    "exe",
    "gadget",
    "hta",
    "img",
    "inf",
    "iqy",
    "iso",
    "jar",
    "jnlp",
    "js",
    "jse",
    "lnk",
    "msc",
    "msi",
    "msix",
    "msp",
    "mst",
    "one",
    "pif",
    "ps1",
    "psm1",
    "py",
    "rdp",
    "reg",
    "rpm",
    "scf",
    "scr",
    "settingcontent-ms",
    "sh",
    "sys",
    "url",
    "vb",
    "vbe",
    "vbs",
    "vhd",
    "vhdx",
    "wsc",
    "wsf",
    "wsh",
    "xll",
];
/// Endings of the files that people expect.
const EXPECTED: &[&str] = &[
    "doc", "docx", "gif", "html", "jpeg", "jpg", "mp3", "mp4", "odt", "pdf", "png", "rtf", "tif",
    "tiff", "txt", "xls", "xlsx", "zip",
];
/// How programs begin, whatever they are called.
const BEGINNINGS: &[(&[u8], &str)] = &[
    (b"\x7fELF", "a Linux program"),
    (b"\xcf\xfa\xed\xfe", "a macOS program"),
    (b"\xfe\xed\xfa\xcf", "a macOS program"),
    (b"#!/", "a script"),
    (b"L\0\0\0\x01\x14\x02\0", "a Windows shortcut"),
    (b"ITSF", "a Windows help file"),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", "a OneNote notebook"),
];
/// Signs that turn the writing round (UTS 39, bidirectional controls).
const TURNING: [char; 9] = [
    '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}', '\u{2068}',
    '\u{2069}',
];

/// Codes after which a file is handed out only with a warning.
pub const CODES: &[&str] = &["P0401", "P0402", "P0403", "P0404", "P0405"];

/// Whether a file must not be read at all.
pub(super) fn is_program(name: &str, bytes: &[u8]) -> Option<String> {
    let ending = ending(name);
    let by_name = PROGRAMS.contains(&ending.as_str()).then(|| format!("a `.{ending}` file"));
    let by_content = BEGINNINGS.iter().find(|(begin, _)| bytes.starts_with(begin));
    let windows =
        bytes.starts_with(b"MZ") && bytes.len() > 64 && bytes.iter().take(64).any(|it| *it == 0);
    let image = bytes.get(0x8001..0x8006) == Some(b"CD001");
    match (by_content, windows, image) {
        (Some((_, what)), ..) => Some((*what).to_owned()),
        (_, true, _) => Some("a Windows program".to_owned()),
        (_, _, true) => Some("a disk image".to_owned()),
        _ => by_name,
    }
}

/// What a reader should know before opening a file that was, or could be, read.
pub(super) fn look(document: &mut Document, bytes: &[u8]) {
    let media_type = document.media_type.0.as_str();
    let mut add = |code: &str, told: &str| document.problems.push(Problem::new(code, told));
    if let Some(told) = deceives(&document.name) {
        add("P0403", told);
    }
    let is_office = media_type.contains("officedocument") || media_type.contains("macroenabled");
    let has = |text: &str| {
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        find(bytes, &wide).is_some()
    };
    // The directory of a ZIP names its files in clear; that of OLE in UTF-16.
    if (bytes.starts_with(b"PK") && is_office && find(bytes, b"vbaProject.bin").is_some())
        || (bytes.starts_with(b"\xd0\xcf\x11\xe0") && (has("_VBA_PROJECT") || has("Macros")))
    {
        add("P0402", "macros (VBA); they were not run");
    }
    if bytes.starts_with(b"PK") && is_office && find(bytes, b"xl/macrosheets/").is_some() {
        add("P0402", "macros (Excel 4.0); they were not run");
    }
    if media_type == "text/html" && is_active_page(bytes) {
        add("P0404", "an HTML file with a script; it was not run");
    }
    if media_type == "application/pdf" {
        for (sign, told) in [
            (b"/JavaScript".as_slice(), "a PDF with JavaScript; it was not run"),
            (b"/Launch", "a PDF that wants to start a program; nothing was started"),
        ] {
            if find(bytes, sign).is_some() {
                add("P0404", told);
            }
        }
    }
}

fn is_active_page(bytes: &[u8]) -> bool {
    let lower = bytes.to_ascii_lowercase();
    [b"<script".as_slice(), b"javascript:", b"onload=", b"onerror="]
        .iter()
        .any(|sign| find(&lower, sign).is_some())
}

/// Why a name deceives.
fn deceives(name: &str) -> Option<&'static str> {
    if name.contains(TURNING) {
        return Some("the name holds signs that turn the writing round");
    }
    let ending = ending(name);
    let (before, _) = name.rsplit_once('.')?;
    if !PROGRAMS.contains(&ending.as_str()) {
        return None;
    }
    let earlier = before.trim_end().rsplit_once('.').map(|it| it.1.to_lowercase());
    let doubled = earlier.is_some_and(|it| EXPECTED.contains(&it.as_str()));
    (doubled || before.contains("    "))
        .then_some("the name has two endings, and the last one is a program's")
}

/// The last ending, in lower case, without the dots and blanks that Windows does not see.
fn ending(name: &str) -> String {
    let name = name.trim_end_matches(['.', ' ']);
    name.rsplit_once('.').map(|it| it.1.trim().to_lowercase()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(name: &str, media_type: &str, bytes: &[u8]) -> Vec<String> {
        let mut document = Document {
            name: name.to_owned(),
            media_type: media_type.into(),
            ..Document::default()
        };
        look(&mut document, bytes);
        document.problems.into_iter().map(|it| it.code).collect()
    }

    #[test]
    fn programs_are_told_by_content_and_by_name() {
        let windows = [b"MZ\x90\0".as_slice(), &[0; 80]].concat();
        for (name, bytes) in [
            ("brief.pdf", windows.as_slice()),
            ("brief.pdf", b"\x7fELF\x02"),
            ("brief", b"#!/bin/sh\nrm"),
            ("Rechnung.JS", b"var x"),
            ("a.lnk. ", b"x"),
            ("a.iso", b"x"),
        ] {
            assert!(is_program(name, bytes).is_some(), "{name}");
        }
        for (name, bytes) in [("a.txt", b"MZ ist ein Zeichen".as_slice()), ("com", b"x"), ("", b"")]
        {
            assert!(is_program(name, bytes).is_none(), "{name}");
        }
    }

    #[test]
    fn names_that_deceive_are_told() {
        let is = |name| codes(name, "text/plain", b"x") == ["P0403"];
        assert!(is("rechnung.pdf.exe") && is("foto.jpg      .scr") && is("a\u{202e}fdp.exe"));
        assert!(!is("rechnung.2026.pdf") && !is("setup.exe") && !is("a.tar.gz"));
    }

    #[test]
    fn macros_and_active_content_are_told() {
        let word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
        assert_eq!(codes("a.docx", word, b"PK..word/vbaProject.bin"), ["P0402"]);
        assert_eq!(codes("a.docx", word, b"PK..word/document.xml"), Vec::<String>::new());
        let ole =
            [b"\xd0\xcf\x11\xe0".as_slice(), b"_\0V\0B\0A\0_\0P\0R\0O\0J\0E\0C\0T\0"].concat();
        assert_eq!(codes("a.doc", "application/msword", &ole), ["P0402"]);
        assert_eq!(codes("a.html", "text/html", b"<SCRIPT src=x>"), ["P0404"]);
        assert_eq!(codes("a.html", "text/html", b"<p>Skript</p>"), Vec::<String>::new());
        assert_eq!(codes("a.pdf", "application/pdf", b"/OpenAction << /S /JavaScript"), ["P0404"]);
    }
}
