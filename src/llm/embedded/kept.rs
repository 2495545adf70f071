//! Evaluated instructions on disk, so that a new process does not evaluate them again.
//!
//! A file holds llama.cpp's memory of one instruction and nothing of any item: it is written before the item is
//! evaluated. Its name tells for what it holds (weights, runtime, processor, parameters, tokens) and the hash of its
//! content, so that a damaged or half-written file is never read. The longest unused files go first.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use llama_cpp_2::token::LlamaToken;
use serde::Serialize;

use crate::domain::{Clock, SystemClock};

/// Shorter instructions are evaluated quicker than a file is worth.
pub(super) const SHORTEST: usize = 64;
/// The most files.
const MOST: usize = 16;
/// The most bytes in all files; an instruction of 1,000 tokens takes 30 MB with the usual weights.
const MOST_BYTES: u64 = 512 << 20;
/// The ending of the files.
const ENDING: &str = "kv";

/// The folder.
#[derive(Debug)]
pub(super) struct Kept {
    folder: PathBuf,
    /// The hash of everything but the tokens.
    model: blake3::Hasher,
}

impl Kept {
    /// The folder for one model as it runs here. `None` when the folder around it is not there: a look at an office
    /// that never ran leaves nothing behind.
    pub(super) fn open(folder: &Path, model: &impl Serialize) -> Option<Self> {
        if !folder.parent().is_some_and(Path::is_dir) {
            return None;
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update(&serde_json::to_vec(model).ok()?);
        Some(Self { folder: folder.to_owned(), model: hasher })
    }

    /// The file for an instruction, if there is a whole one.
    pub(super) fn find(&self, tokens: &[LlamaToken]) -> Option<PathBuf> {
        let key = self.key(tokens);
        for (path, name) in self.files() {
            let Some(content) = name.strip_prefix(&key).and_then(|it| it.strip_prefix('-')) else {
                continue;
            };
            if hash(&path).is_ok_and(|found| found == content) {
                touch(&path);
                return Some(path);
            }
            tracing::warn!("a kept instruction is damaged; it is evaluated anew");
            fs::remove_file(&path).ok();
        }
        None
    }

    /// Keeps an instruction; `write` writes it to the path it gets. Nothing is kept when something goes wrong: it is
    /// evaluated again next time.
    pub(super) fn keep(&self, tokens: &[LlamaToken], write: impl FnOnce(&Path) -> bool) {
        if let Err(error) = self.try_to_keep(tokens, write) {
            tracing::warn!("an instruction is not kept: {error}");
        }
    }

    fn try_to_keep(
        &self,
        tokens: &[LlamaToken],
        write: impl FnOnce(&Path) -> bool,
    ) -> std::io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let part = self.folder.join(format!("{}.part", std::process::id()));
        let named = if write(&part) {
            hash(&part).map(|content| format!("{}-{content}.{ENDING}", self.key(tokens)))
        } else {
            Err(std::io::Error::other("llama.cpp does not write it"))
        };
        let kept = named.and_then(|name| fs::rename(&part, self.folder.join(name)));
        if kept.is_err() {
            fs::remove_file(&part).ok();
        }
        self.tidy();
        kept
    }

    /// Removes the longest unused files beyond the bounds, and parts that a killed process left.
    fn tidy(&self) {
        let mut files: Vec<(Option<std::time::SystemTime>, u64, PathBuf)> = Vec::new();
        for (path, _) in self.files() {
            let told = fs::metadata(&path);
            let bytes = told.as_ref().map_or(0, fs::Metadata::len);
            files.push((told.and_then(|it| it.modified()).ok(), bytes, path));
        }
        files.sort();
        files.reverse();
        let mut bytes = 0;
        for (place, (_, size, path)) in files.into_iter().enumerate() {
            bytes += size;
            if place >= MOST || bytes > MOST_BYTES {
                fs::remove_file(path).ok();
            }
        }
        for path in entries(&self.folder).filter(|it| it.extension().is_some_and(|e| e == "part")) {
            let owner = path.file_stem().and_then(|it| it.to_str()).unwrap_or_default();
            if !Path::new("/proc").join(owner).is_dir() {
                fs::remove_file(&path).ok();
            }
        }
    }

    /// The kept files with their names without the ending.
    fn files(&self) -> Vec<(PathBuf, String)> {
        let kept = entries(&self.folder).filter(|it| it.extension().is_some_and(|e| e == ENDING));
        kept.filter_map(|path| {
            let name = path.file_stem()?.to_str()?.to_owned();
            Some((path, name))
        })
        .collect()
    }

    fn key(&self, tokens: &[LlamaToken]) -> String {
        let mut hasher = self.model.clone();
        for token in tokens {
            hasher.update(&token.0.to_le_bytes());
        }
        hasher.finalize().to_hex().chars().take(32).collect()
    }
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|it| it.path())
}

/// The BLAKE3 of a file in hexadecimal digits.
fn hash(path: &Path) -> std::io::Result<String> {
    let mut file = fs::File::open(path)?;
    let mut hasher = blake3::Hasher::new();
    let mut part = vec![0; 1 << 20];
    loop {
        match file.read(&mut part)? {
            0 => return Ok(hasher.finalize().to_hex().to_string()),
            n => hasher.update(part.get(..n).unwrap_or_default()),
        };
    }
}

/// Notes that a file was used just now.
fn touch(path: &Path) {
    let now: Timestamp = SystemClock.now();
    if let Ok(file) = fs::File::options().append(true).open(path) {
        // A file that cannot be touched only goes earlier than it should.
        file.set_modified(now.into()).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(of: i32) -> Vec<LlamaToken> {
        (0..80).map(|it| LlamaToken(of * 1000 + it)).collect()
    }

    fn put(kept: &Kept, of: i32, content: &str) {
        kept.keep(&tokens(of), |path| fs::write(path, content).is_ok());
    }

    #[test]
    fn what_was_kept_is_found_for_the_same_model_and_tokens_only() {
        let state = tempfile::tempdir().unwrap();
        let folder = state.path().join("prefixes");
        let kept = Kept::open(&folder, &"model 1").unwrap();
        assert_eq!(kept.find(&tokens(1)), None);
        put(&kept, 1, "eins");
        assert_eq!(fs::read_to_string(kept.find(&tokens(1)).unwrap()).unwrap(), "eins");
        assert_eq!(kept.find(&tokens(2)), None);
        assert_eq!(Kept::open(&folder, &"model 2").unwrap().find(&tokens(1)), None);
        assert!(Kept::open(&state.path().join("nowhere/prefixes"), &"model 1").is_none());
    }

    #[test]
    fn a_damaged_file_is_not_found_and_goes() {
        let state = tempfile::tempdir().unwrap();
        let kept = Kept::open(&state.path().join("prefixes"), &"model").unwrap();
        put(&kept, 1, "eins");
        let path = kept.find(&tokens(1)).unwrap();
        fs::write(&path, "ein").unwrap();
        assert_eq!(kept.find(&tokens(1)), None);
        assert!(!path.exists());
        // What could not be written leaves nothing.
        kept.keep(&tokens(2), |path| fs::write(path, "halb").is_err());
        assert_eq!(entries(&kept.folder).count(), 0);
    }

    #[test]
    fn the_longest_unused_goes_first() {
        let state = tempfile::tempdir().unwrap();
        let kept = Kept::open(&state.path().join("prefixes"), &"model").unwrap();
        let age = |of: i32, seconds: i64| {
            let name = kept.key(&tokens(of));
            let (path, _) = kept.files().into_iter().find(|it| it.1.starts_with(&name)).unwrap();
            let at = Timestamp::from_second(1_700_000_000 + seconds).unwrap();
            fs::File::options().append(true).open(path).unwrap().set_modified(at.into()).unwrap();
        };
        for of in 0..MOST as i32 {
            put(&kept, of, &of.to_string());
            age(of, of.into());
        }
        // Used now, so the second is the oldest one.
        assert!(kept.find(&tokens(0)).is_some());
        fs::write(kept.folder.join("0.part"), "").unwrap();
        put(&kept, 99, "neu");
        assert_eq!(entries(&kept.folder).count(), MOST);
        assert!(kept.find(&tokens(0)).is_some() && kept.find(&tokens(99)).is_some());
        assert_eq!(kept.find(&tokens(1)), None);
    }
}
