//! Outlook messages, archives and tables, read through the real child processes.

use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use vorlage::domain::{Parsed, Part};
use vorlage::parse::Parser;

use crate::parsing::{heavy_table, read_with_too_little};

fn parser() -> Parser {
    Parser {
        program: PathBuf::from(env!("CARGO_BIN_EXE_vorlage")),
        limits: crate::support::patient(),
    }
}

fn codes(parsed: &Parsed) -> Vec<&str> {
    parsed.all_problems().map(|problem| problem.code.as_str()).collect()
}

fn names(parsed: &Parsed) -> Vec<(&Part, &str)> {
    parsed.documents.iter().map(|it| (&it.part, it.name.as_str())).collect()
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Streams of an Outlook message. A property in a stream of its own is `id` and `type` in hex.
struct Msg(cfb::CompoundFile<Cursor<Vec<u8>>>);

impl Msg {
    fn new() -> Self {
        Self(cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap())
    }

    /// A storage with its properties; `header` is how its table of them begins.
    fn storage(
        &mut self,
        storage: &str,
        header: usize,
        texts: &[(&str, &str)],
        fixed: &[[u8; 16]],
    ) {
        self.0.create_storage_all(storage).unwrap();
        let table = [vec![0; header], fixed.concat()].concat();
        self.stream(storage, "__properties_version1.0", &table);
        for (id, text) in texts {
            let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            self.stream(storage, &format!("__substg1.0_{id}001F"), &wide);
        }
    }

    fn stream(&mut self, storage: &str, name: &str, content: &[u8]) {
        let path = Path::new(storage).join(name);
        self.0.create_stream(path).unwrap().write_all(content).unwrap();
    }

    fn bytes(mut self) -> Vec<u8> {
        self.0.flush().unwrap();
        self.0.into_inner().into_inner()
    }
}

fn number(id: u16, kind: u16, value: u64) -> [u8; 16] {
    let mut entry = [0; 16];
    entry[..2].copy_from_slice(&kind.to_le_bytes());
    entry[2..4].copy_from_slice(&id.to_le_bytes());
    entry[8..].copy_from_slice(&value.to_le_bytes());
    entry
}

fn message() -> Vec<u8> {
    let mut msg = Msg::new();
    let texts = [
        ("001A", "IPM.Note"),
        ("0037", "Hund für Jürgen"),
        ("0042", "Jana \"Beispiel\""),
        ("5D02", "jana@example.org"),
        ("1000", "Guten Tag,\r\nanbei die Liste."),
        ("1035", "<m1@example.org>"),
    ];
    // 2026-03-12 09:00 in tenths of microseconds since 1601.
    let sent = (1_773_306_000 + 11_644_473_600) * 10_000_000;
    msg.storage("/", 32, &texts, &[number(0x0039, 0x40, sent)]);
    let to = [("3001", "Amt"), ("39FE", "amt@example.org")];
    msg.storage("/__recip_version1.0_#00000000", 8, &to, &[number(0x0c15, 3, 1)]);
    let archive = zip(&[("liste.csv", b"Name;Chip\r\nBello;276\r\n")]);
    let first = "/__attach_version1.0_#00000000";
    msg.storage(first, 8, &[("3707", "Liste März.zip")], &[number(0x3705, 3, 1)]);
    msg.stream(first, "__substg1.0_37010102", &archive);
    let second = "/__attach_version1.0_#00000001";
    msg.storage(second, 8, &[("3001", "innen")], &[number(0x3705, 3, 5)]);
    let embedded = format!("{second}/__substg1.0_3701000D");
    msg.storage(&embedded, 24, &[("0037", "innen"), ("1000", "Ganz innen")], &[]);
    msg.bytes()
}

#[tokio::test]
async fn an_outlook_message_is_a_mail_with_all_its_attachments() {
    let bytes = message();
    let parsed = parser().parse("post.msg", bytes.clone()).await;
    let envelope = parsed.envelope.clone().unwrap();
    assert_eq!(envelope.subject, "Hund für Jürgen");
    let from = envelope.from.unwrap();
    assert_eq!((from.name.as_str(), from.address.as_str()), ("Jana Beispiel", "jana@example.org"));
    assert_eq!(envelope.to[0].address, "amt@example.org");
    assert_eq!(envelope.date.unwrap().to_string(), "2026-03-12T09:00:00Z");
    assert_eq!(envelope.message_id.as_deref(), Some("m1@example.org"));
    let inside = Part::Inside(vec![0, 0]);
    assert_eq!(
        names(&parsed),
        [
            (&Part::Body, ""),
            (&Part::Attachment(0), "Liste März.zip"),
            (&inside, "liste.csv"),
            (&Part::Attachment(1), "innen.eml"),
        ]
    );
    assert_eq!(parsed.documents[0].text.trim(), "Guten Tag,\nanbei die Liste.");
    assert!(parsed.documents[3].text.contains("Ganz innen"));
    assert!(codes(&parsed).is_empty(), "{:?}", codes(&parsed));
    let csv = &parsed.documents[2];
    assert_eq!(csv.tables[0].texts(&csv.text), [["Name", "Chip"], ["Bello", "276"]]);
    let (media_type, taken) = parser().extract_part(bytes.clone(), &inside).await.unwrap();
    assert_eq!(
        (media_type.0.as_str(), taken.as_slice()),
        ("text/csv", b"Name;Chip\r\nBello;276\r\n".as_slice())
    );
    let whole = parser().extract_part(bytes.clone(), &Part::Whole).await.unwrap();
    assert_eq!(whole.1, bytes);
}

#[tokio::test]
async fn an_archive_in_a_mail_is_opened_and_its_files_have_their_way_as_number() {
    let inner = zip(&[("b.txt", b"Ganz innen")]);
    let outer = zip(&[("a.txt", b"Ein Brief"), ("innen/b.zip", &inner)]);
    let parsed = parser().parse("post.zip", outer.clone()).await;
    let deep = Part::Inside(vec![1, 0]);
    assert_eq!(
        names(&parsed),
        [
            (&Part::Whole, "post.zip"),
            (&Part::Attachment(0), "a.txt"),
            (&Part::Attachment(1), "b.zip"),
            (&deep, "b.txt"),
        ]
    );
    assert_eq!(parsed.documents[3].text, "Ganz innen");
    let (_, taken) = parser().extract_part(outer, &deep).await.unwrap();
    assert_eq!(taken, b"Ganz innen");
    assert!(codes(&parsed).is_empty());
}

#[tokio::test]
async fn archives_in_archives_end_somewhere() {
    let mut archive = zip(&[("brief.txt", b"nie gelesen")]);
    for _ in 0..12 {
        archive = zip(&[("droste.zip", &archive), ("x.txt", b"x")]);
    }
    let parsed = parser().parse("droste.zip", archive).await;
    assert_eq!(codes(&parsed), ["P0107"]);
    assert!(parsed.problems[0].detail.contains("5 deep"), "{}", parsed.problems[0].detail);
    assert!(parsed.documents.len() < 15);
}

#[tokio::test]
async fn a_file_that_kills_the_reader_does_not_take_the_archive_with_it() {
    let archive = zip(&[("gross.xlsx", &heavy_table()), ("brief.txt", b"Ein Brief")]);
    let parsed = read_with_too_little("post.zip", &archive).await;
    assert_eq!(parsed.documents[1].problems[0].code, "P0105");
    assert_eq!(parsed.documents[2].text, "Ein Brief");
}

#[tokio::test]
async fn a_sheet_is_a_table_whose_cells_stand_in_the_text() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("Hunde").unwrap();
    for (row, cells) in [["Name", "Größe"], ["Bello", "klein"]].iter().enumerate() {
        for (column, cell) in cells.iter().enumerate() {
            let place = (u32::try_from(row).unwrap(), u16::try_from(column).unwrap());
            sheet.write(place.0, place.1, *cell).unwrap();
        }
    }
    let parsed = parser().parse("hunde.xlsx", book.save_to_buffer().unwrap()).await;
    let document = &parsed.documents[0];
    assert_eq!(document.tables[0].name, "Hunde");
    assert_eq!(document.tables[0].texts(&document.text), [["Name", "Größe"], ["Bello", "klein"]]);
    assert_eq!(document.tables[0].rows[1].cells[0].of(&document.text), "Bello");
}
