//! Reads an office from disk.

use std::io;
use std::path::Path;

use crate::config::Files;

/// The files of an office: `office.toml`, `connectors/*.toml`, `workflows/*.toml` and what lies in folders below `workflows/`.
pub fn read(office: &Path) -> Result<Files, Error> {
    let mut files = Files::default();
    files.texts.insert("office.toml".to_owned(), text(office, "office.toml")?);
    for folder in ["connectors", "workflows"] {
        for name in names(office, folder)? {
            let path = format!("{folder}/{name}");
            if name.ends_with(".toml") {
                let text = text(office, &path)?;
                files.texts.insert(path, text);
            } else if folder == "workflows" && office.join(&path).is_dir() {
                for template in names(office, &path)? {
                    let path = format!("{path}/{template}");
                    let bytes = std::fs::read(office.join(&path))
                        .map_err(|source| failed(&path, source))?;
                    files.templates.insert(path, bytes);
                }
            }
        }
    }
    Ok(files)
}

/// A file of the office cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read `{path}`")]
pub struct Error {
    path: String,
    #[source]
    source: io::Error,
}

fn failed(path: &str, source: io::Error) -> Error {
    Error { path: path.to_owned(), source }
}

fn text(office: &Path, path: &str) -> Result<String, Error> {
    std::fs::read_to_string(office.join(path))
        .map_err(|source| Error { path: office.join(path).display().to_string(), source })
}

/// Names in a folder in order, without hidden ones; an absent folder has none.
fn names(office: &Path, folder: &str) -> Result<Vec<String>, Error> {
    let entries = match std::fs::read_dir(office.join(folder)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(folder, error)),
    };
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    Ok(names)
}
