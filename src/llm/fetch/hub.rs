//! One file by HTTPS, resumed where it stopped (RFC 9110, section 14).

use std::path::Path;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{CONTENT_RANGE, RANGE};

use super::{Progress, Stopped, Teller, disk};
use crate::llm::catalogue::Entry;
use crate::llm::http::{self, Limits};
use tokio::io::AsyncWriteExt;

/// The longest wait for a connection and for the first bytes: many offices cannot reach the hub,
/// and then another source is tried.
const PATIENCE: Duration = Duration::from_secs(6);

pub(super) async fn download(entry: &Entry, url: &str, part: &Path, tell: Teller<'_>) -> Result<(), Stopped> {
    let source = |why: &dyn std::fmt::Display| Stopped::Source(format!("the hub: {why}"));
    let client = http::client(Limits::download(PATIENCE)).map_err(|error| source(&error))?;
    let have = std::fs::metadata(part).map_or(0, |found| found.len());
    if have >= entry.bytes {
        // Complete, or too much and wrong: the check decides.
        return Ok(());
    }
    tell(Progress { done: have, total: entry.bytes, message: "asking the hub" });
    let request = client.get(url).header(RANGE, format!("bytes={have}-")).send();
    let mut response = match tokio::time::timeout(PATIENCE, request).await {
        Err(_) => return Err(source(&format!("no answer within {} s", PATIENCE.as_secs()))),
        Ok(Err(error)) => return Err(source(&error.without_url())),
        Ok(Ok(response)) => response,
    };
    let begins = format!("bytes {have}-");
    let range = response.headers().get(CONTENT_RANGE).and_then(|range| range.to_str().ok());
    let resumed = match response.status() {
        StatusCode::PARTIAL_CONTENT if range.is_some_and(|range| range.starts_with(&begins)) => true,
        StatusCode::OK => false,
        status => return Err(source(&status)),
    };
    let mut options = tokio::fs::OpenOptions::new();
    options.create(true).write(true).append(resumed).truncate(!resumed);
    let mut file = options.open(part).await.map_err(disk(part))?;
    let mut done = if resumed { have } else { 0 };
    while let Some(bytes) = response.chunk().await.map_err(|error| source(&error.without_url()))? {
        done += bytes.len() as u64;
        if done > entry.bytes {
            return Err(source(&"it sends more bytes than the model has"));
        }
        file.write_all(&bytes).await.map_err(disk(part))?;
        tell(Progress { done, total: entry.bytes, message: "from the hub" });
    }
    file.sync_all().await.map_err(disk(part))?;
    if done < entry.bytes {
        return Err(source(&"the connection broke"));
    }
    Ok(())
}
