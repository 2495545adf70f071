//! Reads what arrived: the file, or the mail with everything in it.

use std::ops::ControlFlow;

use super::formats::{self, Inner, mail};
use super::parts::{Into, is_container, is_mail, opened, walk, walk_inside};
use super::sections;
use super::sniff::{self, Claim};
use crate::domain::{Document, MediaType, Parsed, Part, Problem, Span};

/// Reads an item and all its parts.
pub(super) fn item(name: &str, bytes: &[u8]) -> Parsed {
    let media_type = sniff::media_type(bytes, Claim { name, declared: "" });
    let (media_type, bytes) = opened(media_type, bytes);
    let mut documents = vec![match is_mail(&media_type) {
        true => body(&bytes),
        false => whole_file(name, &bytes, &media_type),
    }];
    if documents.iter().any(is_program) {
        return whole(&bytes, &media_type, documents, Vec::new());
    }
    let problems = walk(&bytes, &media_type, Into::Everything, &mut |part, inner, media_type| {
        documents.push(formats::read_inner(inner, outlined(part, inner, media_type)));
        ControlFlow::Continue(())
    });
    whole(&bytes, &media_type, documents, problems)
}

/// Names the parts of an item without reading them.
pub(super) fn outline(name: &str, bytes: &[u8]) -> Parsed {
    let media_type = sniff::media_type(bytes, Claim { name, declared: "" });
    let (media_type, bytes) = opened(media_type, bytes);
    let mut documents = vec![if is_mail(&media_type) {
        let (body_type, body) = mail::body_source(&bytes);
        formats::outline(&body, "", body_type, Part::Body)
    } else {
        formats::outline(&bytes, name, media_type.clone(), Part::Whole)
    }];
    let problems = walk(&bytes, &media_type, Into::Containers, &mut |part, inner, media_type| {
        documents.push(outlined(part, inner, media_type));
        ControlFlow::Continue(())
    });
    whole(&bytes, &media_type, documents, problems)
}

/// Reads one part as [`outline`] names them: with the files inside it, unless they are named too.
pub(super) fn part(name: &str, bytes: &[u8], wanted: &Part) -> Parsed {
    let media_type = sniff::media_type(bytes, Claim { name, declared: "" });
    let (media_type, bytes) = opened(media_type, bytes);
    if *wanted == Part::Body {
        return Parsed { documents: vec![body(&bytes)], ..Parsed::default() };
    }
    if *wanted == Part::Whole {
        let document = whole_file(name, &bytes, &media_type);
        return with_inner_files(document, &bytes);
    }
    let mut parsed = Parsed::default();
    walk(&bytes, &media_type, Into::Containers, &mut |part, inner, media_type| {
        if part != wanted {
            return ControlFlow::Continue(());
        }
        let document = formats::read_inner(inner, outlined(part, inner, media_type));
        parsed = with_inner_files(document, &inner.bytes);
        ControlFlow::Break(())
    });
    parsed
}

fn whole_file(name: &str, bytes: &[u8], media_type: &MediaType) -> Document {
    formats::read(bytes, formats::outline(bytes, name, media_type.clone(), Part::Whole))
}

fn outlined(part: &Part, inner: &Inner, media_type: &MediaType) -> Document {
    formats::outline(&inner.bytes, &inner.name, media_type.clone(), part.clone())
}

fn body(bytes: &[u8]) -> Document {
    let (media_type, source) = mail::body_source(bytes);
    let mut body = formats::read(&source, formats::outline(&source, "", media_type, Part::Body));
    let quoted: Vec<Span> = body.sections.drain(..).map(|it| it.span).collect();
    let subject = mail::envelope(bytes).map(|it| it.subject).unwrap_or_default();
    body.sections = sections::sections(&body.text, &quoted, &subject);
    body
}

/// A program is not opened, even when it is an archive (`.jar`).
fn is_program(document: &Document) -> bool {
    document.problems.iter().any(|it| it.code == "P0401")
}

/// An empty body is nothing to complain about when the letter is attached.
fn whole(
    bytes: &[u8],
    media_type: &MediaType,
    mut documents: Vec<Document>,
    problems: Vec<Problem>,
) -> Parsed {
    if !is_mail(media_type) {
        return Parsed { envelope: None, documents, problems };
    }
    let attached = documents.len() > 1;
    if let Some(body) = documents.first_mut().filter(|_| attached) {
        body.problems.retain(|problem| problem.code != "P0302");
    }
    Parsed { envelope: mail::envelope(bytes), documents, problems }
}

/// A document and the files inside it, unless it is made to hold files.
fn with_inner_files(document: Document, bytes: &[u8]) -> Parsed {
    let (part, media_type) = (document.part.clone(), document.media_type.clone());
    let opened = !is_container(&media_type) && !is_program(&document);
    let mut documents = vec![document];
    let mut problems = Vec::new();
    if opened {
        problems = walk_inside(&part, &media_type, bytes, &mut |part, inner, media_type| {
            documents.push(formats::read_inner(inner, outlined(part, inner, media_type)));
            ControlFlow::Continue(())
        });
    }
    Parsed { envelope: None, documents, problems }
}

/// What is said about an item that no child could read.
pub(super) fn unread(name: &str, bytes: &[u8], problem: Problem) -> Parsed {
    let known = bytes.get(..8).unwrap_or(bytes);
    // Only signatures are looked at here: this runs in the daemon itself.
    let media_type = by_signature(known);
    let mut document = formats::outline(bytes, name, media_type, Part::Whole);
    document.problems.push(problem);
    Parsed { documents: vec![document], ..Parsed::default() }
}

fn by_signature(head: &[u8]) -> MediaType {
    const SIGNATURES: &[(&[u8], &str)] = &[
        (b"%PDF-", "application/pdf"),
        (b"PK\x03\x04", "application/zip"),
        (b"\x89PNG", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"II*\0", "image/tiff"),
        (b"MM\0*", "image/tiff"),
        (b"\xd0\xcf\x11\xe0", "application/x-cfb"),
        (b"<?xml", "application/xml"),
    ];
    let known = SIGNATURES.iter().find(|(signature, _)| head.starts_with(signature));
    MediaType::from(known.map_or("application/octet-stream", |(_, media_type)| *media_type))
}

#[cfg(test)]
mod tests {
    use super::super::parts::{DEPTH, PARTS, extract};
    use super::*;

    fn attach(media_type: &str, name: &str, content: &str) -> String {
        format!(
            "--b\r\nContent-Type: {media_type}; name=\"{name}\"\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\r\n{content}\r\n"
        )
    }

    fn mail(subject: &str, parts: &[String]) -> String {
        format!(
            "From: a@example.org\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
             --b\r\nContent-Type: text/plain\r\n\r\nGuten Tag\r\n{}--b--\r\n",
            parts.concat()
        )
    }

    #[test]
    fn attachments_are_numbered_depth_first_and_each_can_be_taken_out() {
        let inner = mail("innen", &[attach("text/csv", "t.csv", "a;b")])
            .replace("=b\r\n", "=c\r\n")
            .replace("--b", "--c");
        let nested = format!("--b\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n");
        let outer = mail(
            "außen",
            &[
                attach("text/plain", "eins.txt", "eins"),
                nested,
                attach("text/plain", "drei.txt", "drei"),
            ],
        );
        let parsed = item("", outer.as_bytes());
        let parts: Vec<(&Part, &str)> =
            parsed.documents.iter().map(|it| (&it.part, it.media_type.0.as_str())).collect();
        assert_eq!(
            parts,
            [
                (&Part::Body, "text/plain"),
                (&Part::Attachment(0), "text/plain"),
                (&Part::Attachment(1), "message/rfc822"),
                (&Part::Attachment(2), "text/csv"),
                (&Part::Attachment(3), "text/plain"),
            ]
        );
        assert!(
            parsed.documents[2]
                .text
                .starts_with("From: <a@example.org>\nSubject: innen\n\nGuten Tag"),
            "{}",
            parsed.documents[2].text
        );
        for document in &parsed.documents {
            let (media_type, bytes) = extract(outer.as_bytes(), &document.part).unwrap();
            assert_eq!(
                (media_type, formats::digest(&bytes)),
                (document.media_type.clone(), document.digest.clone())
            );
            let again = part("", outer.as_bytes(), &document.part);
            assert_eq!(again.documents[0].text, document.text);
        }
        assert_eq!(extract(outer.as_bytes(), &Part::Attachment(4)).unwrap_err().code, "P0102");
        let named: Vec<Part> =
            outline("", outer.as_bytes()).documents.into_iter().map(|it| it.part).collect();
        assert_eq!(named, parsed.documents.iter().map(|it| it.part.clone()).collect::<Vec<_>>());
    }

    #[test]
    fn a_container_complains_only_when_it_holds_nothing() {
        for (inner, codes) in [("", &["P0302"][..]), ("Subject: x\r\n\r\n", &[])] {
            let nested = format!("--b\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n");
            let parsed = item("", mail("außen", &[nested]).as_bytes());
            let problems: Vec<&str> =
                parsed.documents[1].problems.iter().map(|it| it.code.as_str()).collect();
            assert_eq!(problems, codes, "{inner:?}");
        }
        // gzip keeps no name here; what it says is in the file inside.
        let packed =
            b"\x1f\x8b\x08\0\0\0\0\0\x02\x03\x0b\xcf\xcf\xc8KO\xcdI\x01\0:\x1a\xe0\xee\x08\0\0\0";
        let parsed = item("", packed);
        assert_eq!(parsed.documents[0].problems, []);
        assert_eq!(parsed.documents[1].text, "Wohngeld");
    }

    #[test]
    fn mails_in_mails_end_somewhere() {
        let mut nested = "From: a@example.org\r\nSubject: x\r\n\r\nGanz innen\r\n".to_owned();
        for level in 0..40 {
            nested = format!(
                "From: a@example.org\r\nSubject: {level}\r\nContent-Type: multipart/mixed; boundary=b{level}\r\n\r\n\
                 --b{level}\r\nContent-Type: message/rfc822\r\n\r\n{nested}\r\n--b{level}--\r\n"
            );
        }
        let parsed = item("", nested.as_bytes());
        assert_eq!(parsed.documents.len(), DEPTH + 1);
        assert_eq!(parsed.problems[0].code, "P0107");
    }

    #[test]
    fn more_attachments_than_anyone_sends_are_cut() {
        let parts: Vec<String> =
            (0..600).map(|number| attach("text/plain", &format!("{number}.txt"), "x")).collect();
        let parsed = item("", mail("viele", &parts).as_bytes());
        assert_eq!(parsed.documents.len(), PARTS + 1);
        assert_eq!(parsed.problems[0].code, "P0107");
    }

    #[test]
    fn what_nobody_can_read_is_named() {
        let outlook = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 _\0_\0p\0r\0o\0p\0e\0r\0t\0i\0e\0s\0_\0v\0e\0r\0s\0i\0o\0n\x001\0.\x000\0";
        for (bytes, code) in [
            (outlook.as_slice(), "P0102"),
            (b"BEGIN:VCALENDAR\r\nEND:VCALENDAR", "P0302"),
            (b"\xff\xfb\x90\x64 no letter but a sound", "P0301"),
            (b"-----BEGIN PGP MESSAGE-----\r\n\r\nabc", "P0101"),
            (b"", "P0302"),
            (b"  \r\n ", "P0302"),
            (b"%PDF-1.7 and then nothing", "P0102"),
            (b"\x89PNG\r\n\x1a\n", "P0102"),
        ] {
            let parsed = item("brief", bytes);
            assert_eq!(parsed.documents[0].problems[0].code, code, "{:?}", parsed.documents[0]);
            assert_eq!(parsed.documents[0].name, "brief");
        }
    }
}
