//! Files made to break readers (`fixtures/hostile`), through the real child processes.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt};
use serde::Deserialize;
use vorlage::config::Limits;
use vorlage::domain::Parsed;
use vorlage::parse::Parser;

/// What must become of one file; see `fixtures/make/hostile.py`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Truth {
    pub(crate) file: String,
    why: String,
    #[serde(default)]
    codes: Vec<String>,
    #[serde(default)]
    contains: Vec<String>,
    #[serde(default)]
    lacks: Vec<String>,
    #[serde(default)]
    names_lack: Vec<String>,
}

/// How a reader ends that was too weak for the file.
const DEAD: &[&str] = &["P0104", "P0105", "P0108"];

pub(crate) fn truths() -> Vec<Truth> {
    let text = std::fs::read_to_string(folder().join("truth.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hostile")
}

fn parser() -> Parser {
    let limits = Limits { parse_seconds: 10, parse_memory_mb: 512, ..Limits::default() };
    Parser { program: PathBuf::from(env!("CARGO_BIN_EXE_vorlage")), limits }
}

#[tokio::test]
async fn each_hostile_file_ends_as_it_must() {
    let parser = parser();
    let truths = truths();
    assert!(truths.len() >= 100, "only {} files", truths.len());
    let read = |truth: Truth| {
        let bytes = std::fs::read(folder().join(&truth.file)).unwrap();
        let parser = &parser;
        async move {
            let parsed = parser.parse(&truth.file, bytes).await;
            let name = format!("{} ({})", truth.file, truth.why);
            wrong(&truth, &parsed).into_iter().map(move |it| format!("{name}: {it}")).collect()
        }
    };
    let wrong: Vec<Vec<String>> = stream::iter(truths).map(read).buffered(2).collect().await;
    assert!(wrong.concat().is_empty(), "\n{}\n", wrong.concat().join("\n"));
}

fn wrong(truth: &Truth, parsed: &Parsed) -> Vec<String> {
    let text: String = parsed.documents.iter().map(|it| it.text.clone() + "\n").collect();
    let names: Vec<&str> = parsed.documents.iter().map(|it| it.name.as_str()).collect();
    let problems: Vec<_> = parsed.all_problems().collect();
    let mut wrong = Vec::new();
    if parsed.documents.is_empty() || (text.trim().is_empty() && problems.is_empty()) {
        wrong.push("neither text nor a problem".to_owned());
    }
    let dead = problems.iter().filter(|it| DEAD.contains(&it.code.as_str()));
    wrong.extend(
        dead.filter(|it| !truth.codes.contains(&it.code)).map(|it| format!("not survived: {it:?}")),
    );
    if !truth.codes.is_empty() && !problems.iter().any(|it| truth.codes.contains(&it.code)) {
        wrong.push(format!("none of {:?} in {problems:?}", truth.codes));
    }
    let missing = truth.contains.iter().filter(|it| !text.contains(*it));
    wrong.extend(missing.map(|it| format!("the text has no `{it}`; {problems:?}")));
    let there = truth.lacks.iter().filter(|it| text.contains(*it));
    wrong.extend(there.map(|it| format!("the text has `{it}`")));
    let shown = truth.names_lack.iter().filter(|it| names.iter().any(|name| name.contains(*it)));
    wrong.extend(shown.map(|it| format!("`{it}` in the names {names:?}")));
    wrong
}

/// What is too large to be kept: made here, with what must be among its problems (or nothing).
fn large() -> Vec<(&'static str, Vec<u8>, Option<&'static str>)> {
    let head = "From: a@post.example\r\nSubject: Antrag\r\nMIME-Version: 1.0\r\n";
    let many: String = (0..5000)
        .map(|number| {
            format!("--b\r\nContent-Disposition: attachment; filename={number}.txt\r\n\r\nx\r\n")
        })
        .collect();
    let many = format!("{head}Content-Type: multipart/mixed; boundary=b\r\n\r\n{many}--b--\r\n");
    let long = format!("{head}X-Lang: {}\r\n\r\nGuten Tag\r\n", "x".repeat(10 << 20));
    let words =
        format!("{head}References: {}\r\n\r\nGuten Tag\r\n", "<a@b.example> ".repeat(200_000));
    let deep = "<div>".repeat(1_000_000);
    let arrays = format!("%PDF-1.4\n1 0 obj\n{}\nendobj\n", "[".repeat(5_000_000));
    vec![
        ("5000-parts.eml", many.into_bytes(), Some("P0107")),
        ("long-line.eml", long.into_bytes(), None),
        ("references.eml", words.into_bytes(), None),
        ("zeros.bin", vec![0; 40 << 20], Some("P0301")),
        ("line.txt", vec![b'a'; 40 << 20], Some("P0107")),
        ("deep.html", format!("<html>{deep}Ende").into_bytes(), None),
        ("arrays.pdf", arrays.into_bytes(), None),
    ]
}

#[tokio::test]
async fn large_hostile_files_end_within_their_limits() {
    let parser = parser();
    for (name, bytes, code) in large() {
        let begin = Instant::now();
        let parsed = parser.parse(name, bytes).await;
        let codes: Vec<&str> = parsed.all_problems().map(|it| it.code.as_str()).collect();
        assert!(code.is_none_or(|code| codes.contains(&code)), "{name}: {codes:?}");
        let text: usize = parsed.documents.iter().map(|it| it.text.len()).sum();
        assert!(text > 0 || !codes.is_empty(), "{name}: neither text nor a problem");
        // Several readers may be tried, one after the other, each within its limit.
        let most = Duration::from_secs(4 * (2 * parser.limits.parse_seconds + 5));
        assert!(begin.elapsed() < most, "{name}: {:?}", begin.elapsed());
    }
}
