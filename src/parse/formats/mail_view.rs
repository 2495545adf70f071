//! A mail as its sender formatted it, made harmless: no script, no form, nothing from elsewhere.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders};

use super::{mail, mail_signed};
use crate::domain::{Formatted, Problem};

/// Pictures of one mail that are shown, all together.
const PICTURE_BYTES: usize = 4 << 20;
/// Longer HTML is not shown.
const HTML_BYTES: usize = 2 << 20;
/// The kinds of picture a browser decodes and nothing else runs in; SVG may hold scripts.
const PICTURES: &[&str] = &["image/png", "image/jpeg", "image/gif", "image/webp"];

/// The HTML of a mail, made harmless.
pub(in crate::parse) fn formatted(bytes: &[u8]) -> Result<Formatted, Problem> {
    let opened = mail_signed::opened(bytes);
    let nothing = || Problem::new("P0302", "the mail has no HTML");
    let message = MessageParser::default().parse(&opened).ok_or_else(nothing)?;
    let parts = message.html_body.iter().filter_map(|id| message.parts.get(*id as usize));
    let html: Vec<Cow<'_, str>> = parts
        .filter(|part| part.is_text_html())
        .map(|part| String::from_utf8_lossy(&mail::part_bytes(&message, part)).into_owned().into())
        .collect();
    if html.is_empty() {
        return Err(nothing());
    }
    let html = html.join("\n");
    if html.len() > HTML_BYTES {
        let told = format!("HTML larger than {} MB is not shown formatted", HTML_BYTES >> 20);
        return Err(Problem::new("P0106", told));
    }
    Ok(clean(&html, pictures(&message)))
}

/// The pictures inside the mail, by the name that its HTML has for them.
fn pictures(message: &Message<'_>) -> HashMap<String, String> {
    let mut left = PICTURE_BYTES;
    let mut pictures = HashMap::new();
    for part in &message.parts {
        let Some(name) = part.content_id() else { continue };
        let Some((kind, bytes)) = picture(message, part) else { continue };
        if bytes.len() <= left {
            left -= bytes.len();
            let name = name.trim_matches(['<', '>']).to_owned();
            pictures.insert(name, format!("data:{kind};base64,{}", STANDARD.encode(bytes)));
        }
    }
    pictures
}

/// What a picture is decides its content.
fn picture<'x>(
    message: &'x Message<'_>,
    part: &'x MessagePart<'_>,
) -> Option<(&'static str, Cow<'x, [u8]>)> {
    let bytes = mail::part_bytes(message, part);
    let found = file_format::FileFormat::from_bytes(&bytes);
    let kind = PICTURES.iter().find(|kind| **kind == found.media_type())?;
    Some((kind, bytes))
}

fn clean(html: &str, pictures: HashMap<String, String>) -> Formatted {
    let remote = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&remote);
    let filter = move |element: &str, attribute: &str, value: &str| -> Option<Cow<'static, str>> {
        match (element, attribute) {
            ("img", "src") => {
                let value = value.trim();
                let lower = value.to_ascii_lowercase();
                if lower.starts_with("cid:") {
                    let name = value.get(4..).unwrap_or_default();
                    return pictures.get(name).map(|data| Cow::Owned(data.clone()));
                }
                if PICTURES.iter().any(|kind| lower.starts_with(&format!("data:{kind};base64,"))) {
                    return Some(Cow::Owned(value.to_owned()));
                }
                counted.fetch_add(1, Ordering::Relaxed);
                None
            }
            // A click must not lead out of the frame to wherever the sender wants.
            (_, "href" | "cite" | "src") => None,
            (_, "style") if value.to_ascii_lowercase().contains("url(") => None,
            _ => Some(value.to_owned().into()),
        }
    };
    let mut cleaner = ammonia::Builder::default();
    cleaner
        .add_tags(["font"])
        .add_tag_attributes("font", ["color", "size", "face"])
        .add_generic_attributes(["style", "align", "valign", "bgcolor", "width", "height", "dir"])
        .add_tag_attributes("table", ["border", "cellpadding", "cellspacing"])
        .url_schemes(["http", "https", "cid", "data", "mailto"].into())
        .attribute_filter(move |element, attribute, value| filter(element, attribute, value));
    let html = cleaner.clean(html).to_string();
    Formatted { html, remote: remote.load(Ordering::Relaxed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

    fn shown(html: &str) -> Formatted {
        let mail = format!(
            "From: a@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n\
             --b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n\
             --b\r\nContent-Type: image/png\r\nContent-ID: <bild@x>\r\nContent-Transfer-Encoding: base64\r\n\r\n{PIXEL}\r\n\
             --b\r\nContent-Type: image/png\r\nContent-ID: <falsch@x>\r\n\r\n<svg onload=alert(1)>\r\n--b--\r\n"
        );
        formatted(mail.as_bytes()).unwrap()
    }

    #[test]
    fn nothing_runs_and_nothing_leads_out() {
        let view = shown(
            "<p onclick='x()' style='color:red'>Hallo <a href='https://evil.example/'>hier</a></p><script>alert(1)</script>\
             <iframe src='//x'></iframe><form action='//x'><input name=a></form><meta http-equiv=refresh content='0;url=//x'>\
             <svg><script>1</script></svg><div style='background:url(//x)'>b</div><style>@import '//x'</style><base href='//x'>",
        );
        for part in [
            "script", "onclick", "evil", "iframe", "form", "input", "refresh", "url(", "import",
            "svg", "base",
        ] {
            assert!(!view.html.contains(part), "{part}: {}", view.html);
        }
        assert!(view.html.contains("Hallo") && view.html.contains("color:red"), "{}", view.html);
    }

    #[test]
    fn pictures_come_from_the_mail_and_others_are_counted() {
        let view = shown(
            "<img src='cid:bild@x' alt='Bild'><img src='https://x.example/zaehler.gif'><img src='http://x/2.png'>\
             <img src='cid:falsch@x'><img src='data:image/svg+xml;base64,AAAA'>",
        );
        assert!(view.html.contains("data:image/png;base64,iVBOR"), "{}", view.html);
        assert!(!view.html.contains("x.example") && !view.html.contains("svg"), "{}", view.html);
        assert_eq!(view.remote, 3);
        assert_eq!(formatted(b"From: a@b\r\nSubject: x\r\n\r\nText").unwrap_err().code, "P0302");
    }
}
