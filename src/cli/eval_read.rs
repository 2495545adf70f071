//! How `vorlage eval` comes to what stands in a document: by reading it, or from what was read before.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Deserialize;

use super::service;
use crate::domain::Parsed;
use crate::engine::Rules;
use crate::engine::preview::{Compete, Input, Preview, preview, preview_of};
use crate::insight::Truth;
use crate::learn::Learned;
use crate::parse::Parser;

/// One line of `vorlage parse --json`.
#[derive(Deserialize)]
pub(super) struct Before {
    file: PathBuf,
    parsed: Parsed,
}

/// What `vorlage parse --json` wrote into a file.
pub(super) fn before(file: &Path) -> anyhow::Result<Vec<Before>> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read `{shown}`"))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, line)| {
            serde_json::from_str(line).with_context(|| {
                format!("{shown}:{}: not a line of `vorlage parse --json`", index + 1)
            })
        })
        .collect()
}

/// What was read before from the file of a line of truth.
pub(super) fn of(before: &[Before], truth: &Truth) -> Option<Parsed> {
    let file = truth.file.as_ref()?;
    before.iter().find(|it| it.file.ends_with(file)).map(|it| it.parsed.clone())
}

/// The name and the bytes of one line of truth.
pub(super) fn bytes_of<'a>(dir: &Path, truth: &'a Truth) -> anyhow::Result<(&'a str, Vec<u8>)> {
    match (&truth.file, &truth.text) {
        (Some(file), _) => {
            let bytes = std::fs::read(dir.join(file));
            Ok((file, bytes.with_context(|| format!("cannot read `{file}`"))?))
        }
        (None, Some(text)) => Ok(("text.txt", text.clone().into_bytes())),
        (None, None) => anyhow::bail!("a line of truth has neither `file` nor `text`"),
    }
}

/// What the machine makes of one line of truth.
pub(super) async fn look(
    rules: &Rules,
    parser: &Parser,
    dir: &Path,
    truth: &Truth,
    compete: &Compete,
    learned: Option<&Learned>,
) -> anyhow::Result<Preview> {
    let (name, bytes) = bytes_of(dir, truth)?;
    let (compete, now) = (compete.clone(), service::now());
    let input = Input { name, bytes, compete, now, class: None, learned };
    Ok(preview(rules, parser, input).await?)
}

/// The same with what was read before.
pub(super) async fn look_again(
    rules: &Rules,
    parsed: Parsed,
    truth: &Truth,
    compete: &Compete,
    learned: Option<&Learned>,
) -> anyhow::Result<Preview> {
    let name = truth.file.as_deref().unwrap_or_default();
    let (compete, now) = (compete.clone(), service::now());
    let input = Input { name, bytes: Vec::new(), compete, now, class: None, learned };
    Ok(preview_of(rules, parsed, input).await?)
}
