//! Style, script and fonts, built into the binary.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::extract::{Path, Query};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use include_dir::{Dir, include_dir};
use serde::Deserialize;

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/web/static");

/// The beginning of each file's hash, by path.
static HASHES: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let mut hashes = BTreeMap::new();
    let mut folders = vec![&FILES];
    while let Some(folder) = folders.pop() {
        folders.extend(folder.dirs());
        for file in folder.files() {
            let hash = blake3::hash(file.contents()).to_hex();
            let start = hash.chars().take(16).collect();
            hashes.insert(file.path().to_string_lossy().into_owned(), start);
        }
    }
    hashes
});

/// The address of a file. It changes with the file, so that browsers may keep it for ever.
pub(super) fn address(path: &str) -> String {
    let hash = HASHES.get(path).map_or("", String::as_str);
    format!("/static/{path}?v={hash}")
}

/// The query of an address made by [`address`].
#[derive(Deserialize)]
pub(super) struct Version {
    v: Option<String>,
}

/// `GET /static/{path}`
pub(super) async fn serve(
    Path(path): Path<String>,
    Query(version): Query<Version>,
    headers: HeaderMap,
) -> Response {
    let (Some(file), Some(hash)) = (FILES.get_file(&path), HASHES.get(&path)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let etag = format!("\"{hash}\"");
    let known = version.v.as_deref() == Some(hash);
    let keep = if known { "public, max-age=31536000, immutable" } else { "public, max-age=86400" };
    if headers.get(IF_NONE_MATCH).is_some_and(|it| it.as_bytes() == etag.as_bytes()) {
        let head = [(ETAG, etag.as_str()), (CACHE_CONTROL, keep)];
        return (StatusCode::NOT_MODIFIED, head).into_response();
    }
    let head = [(ETAG, etag.as_str()), (CACHE_CONTROL, keep), (CONTENT_TYPE, media_type(&path))];
    (head, file.contents()).into_response()
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("woff2") => "font/woff2",
        _ => "text/plain; charset=utf-8",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_an_address_that_changes_with_it_and_all_together_stay_small() {
        let files = HASHES.keys().filter_map(|path| FILES.get_file(path));
        let total: usize = files.map(|file| file.contents().len()).sum();
        assert!(total < 1_200_000, "{total} bytes");
        assert!(address("desk.css").starts_with("/static/desk.css?v="));
        assert_eq!(address("desk.css").len(), "/static/desk.css?v=".len() + 16);
    }
}
