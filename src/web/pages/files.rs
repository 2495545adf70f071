//! What came in and what was made, as files: pictures to look at, everything else to download.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::item::seen;
use crate::domain::{ItemId, Parsed};
use crate::engine::Desk;
use crate::web::failure::Failure;
use crate::web::guard::Framed;
use crate::web::view::{Danger, danger};
use crate::web::visitor::Visit;

/// `GET /items/{id}/documents/{n}/pages/{p}.png`
pub(in crate::web) async fn picture(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    Path((id, document, page)): Path<(String, usize, String)>,
) -> Result<Response, Failure> {
    let page = page.strip_suffix(".png").and_then(|it| it.parse().ok()).ok_or(Failure::NotFound)?;
    let view = seen(&desk, &visit, &ItemId(id)).await?;
    let picture = desk.picture(&view.item.id, document, page).await.map_err(Failure::Unshown)?;
    // A browser would keep it on its disk, for whoever uses the machine next. We have it at hand.
    let head = [(CONTENT_TYPE, "image/png"), (CACHE_CONTROL, "private, no-store")];
    let picture = Arc::unwrap_or_clone(picture);
    Ok((head, picture).into_response())
}

/// What somebody says who wants a file.
#[derive(Debug, Deserialize)]
pub(in crate::web) struct Asked {
    /// They have read the warning.
    anyway: Option<String>,
}

/// `GET /items/{id}/documents/{n}/file`
pub(in crate::web) async fn document(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    Path((id, document)): Path<(String, usize)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let view = seen(&desk, &visit, &ItemId(id)).await?;
    let nothing = Parsed::default();
    match danger(view.parsed.as_ref().unwrap_or(&nothing), document) {
        Danger::Forbidden(problem) => return Err(Failure::Unshown(problem)),
        Danger::Warned(problem) if asked.anyway.is_none() => return Err(Failure::Unshown(problem)),
        Danger::Warned(_) | Danger::None => {}
    }
    let (media_type, bytes) =
        desk.document(&view.item.id, document).await.map_err(Failure::Unshown)?;
    let parsed = view.parsed.as_ref().and_then(|it| it.documents.get(document));
    let name = parsed.map(|it| it.name.as_str()).filter(|it| !it.is_empty());
    Ok(download(name.unwrap_or("nachricht.txt"), &media_type.0, bytes))
}

/// `GET /items/{id}/formatted`: the mail as its sender formatted it, for a frame.
pub(in crate::web) async fn formatted(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let view = seen(&desk, &visit, &ItemId(id)).await?;
    let formatted = desk.formatted(&view.item.id).await.map_err(Failure::Unshown)?;
    let words = &visit.visitor.words;
    let told = match formatted.remote {
        0 => words.t("formatted-nothing-left-out"),
        count => words.with("formatted-left-out", "count", &count.to_string()),
    };
    let page = FormattedPage { language: words.language.code, told, html: formatted.html };
    let mut response = crate::web::failure::page(&page);
    response.extensions_mut().insert(Framed);
    Ok(response)
}

/// The document in the frame. Its HTML has been made harmless by the reader.
#[derive(Template)]
#[template(path = "formatted.html")]
struct FormattedPage {
    language: &'static str,
    told: String,
    html: String,
}

/// `GET /items/{id}/letter`
pub(in crate::web) async fn letter(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let view = seen(&desk, &visit, &ItemId(id)).await?;
    let (name, bytes) = desk.letter(&view.item.id).await?.ok_or(Failure::NotFound)?;
    let media_type = view.draft.and_then(|it| it.letter).map(|it| it.media_type);
    Ok(download(&name, media_type.as_deref().unwrap_or("application/octet-stream"), bytes))
}

/// A file that the browser saves and never shows: it may be anything.
fn download(name: &str, media_type: &str, bytes: Vec<u8>) -> Response {
    let unknown = || HeaderValue::from_static("application/octet-stream");
    let media_type = HeaderValue::try_from(media_type).unwrap_or_else(|_| unknown());
    let to = HeaderValue::try_from(disposition(name));
    let to = to.unwrap_or_else(|_| HeaderValue::from_static("attachment"));
    ([(CONTENT_TYPE, media_type), (CONTENT_DISPOSITION, to)], bytes).into_response()
}

/// The header of a download (RFC 6266): the name in ASCII, and as it is (RFC 8187).
fn disposition(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let plain = |letter: char| {
        let kept = letter.is_ascii_alphanumeric() || "-_. ".contains(letter);
        if kept { letter } else { '_' }
    };
    let ascii: String = name.chars().map(plain).collect();
    let encoded = |byte: u8| {
        let kept = byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if kept { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    let whole: String = name.bytes().map(encoded).collect();
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{whole}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_file_name_cannot_leave_its_header() {
        let header = disposition("../../Müll\"\r\nSet-Cookie: x.pdf");
        assert!(
            header.starts_with("attachment; filename=\"M_ll___Set-Cookie_ x.pdf\""),
            "{header}"
        );
        assert!(header.ends_with("filename*=UTF-8''M%C3%BCll%22%0D%0ASet-Cookie%3A%20x.pdf"));
    }
}
