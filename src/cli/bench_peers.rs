//! Other programs that read documents, asked about the same files in the same run.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde::Serialize;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Mutex;

/// Nobody waits longer for one file.
const PATIENCE: Duration = Duration::from_secs(60);

/// What another program made of one file.
pub(super) struct Told {
    /// By the clock.
    pub(super) seconds: f64,
    /// `None` when it could not read the file.
    pub(super) text: Option<String>,
}

/// The programs that are there.
pub(super) struct Peers {
    has_pdftotext: bool,
    markitdown: Option<Mutex<MarkItDown>>,
}

/// The names of the programs, as in the answers.
pub(super) const PDFTOTEXT: &str = "pdftotext";
pub(super) const MARKITDOWN: &str = "markitdown";

struct MarkItDown {
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    // Ends with this.
    _child: Child,
}

impl Peers {
    /// Looks for them and says on standard error which is missing. `folder` is a Python environment
    /// (`scripts/peers`).
    pub(super) async fn find(folder: Option<&Path>) -> Self {
        let asked = Command::new(PDFTOTEXT).arg("-v").stderr(Stdio::null()).status().await;
        let has_pdftotext = asked.is_ok();
        if !has_pdftotext {
            eprintln!("without {PDFTOTEXT}: install `poppler-utils`");
        }
        let started = match folder.map(Path::to_owned).or_else(usual_folder) {
            Some(folder) => MarkItDown::start(&folder.join("bin/python")).await,
            None => Err(anyhow::anyhow!("no home folder")),
        };
        let markitdown = started.map_err(|error| {
            eprintln!("without {MARKITDOWN}: {error:#}; `scripts/peers` installs it");
        });
        Self { has_pdftotext, markitdown: markitdown.ok().map(Mutex::new) }
    }

    /// Asks those that read such files.
    pub(super) async fn ask(&self, file: &Path, media_type: &str) -> Vec<(&'static str, Told)> {
        let mut all = Vec::new();
        if self.has_pdftotext && media_type == "application/pdf" {
            all.extend(pdftotext(file).await.map(|told| (PDFTOTEXT, told)));
        }
        if let Some(markitdown) = &self.markitdown {
            all.extend(markitdown.lock().await.ask(file).await.map(|told| (MARKITDOWN, told)));
        }
        all
    }
}

fn usual_folder() -> Option<PathBuf> {
    Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache/vorlage/peers"))
}

async fn pdftotext(file: &Path) -> Option<Told> {
    let begin = Instant::now();
    let mut command = Command::new(PDFTOTEXT);
    command.args(["-layout", "-enc", "UTF-8"]).arg(file).arg("-").kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output()).await;
    let seconds = begin.elapsed().as_secs_f64();
    let text = match output {
        Ok(Ok(output)) if output.status.success() => {
            Some(String::from_utf8_lossy(&output.stdout).into_owned())
        }
        Ok(Err(_)) => return None,
        _ => None,
    };
    Some(Told { seconds, text })
}

impl MarkItDown {
    async fn start(python: &Path) -> anyhow::Result<Self> {
        let mut child = Command::new(python)
            .args(["-c", include_str!("bench_markitdown.py")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start `{}`", python.display()))?;
        let input = child.stdin.take().context("no pipe")?;
        let output = child.stdout.take().context("no pipe")?;
        let mut output = BufReader::new(output).lines();
        let ready = tokio::time::timeout(PATIENCE, output.next_line()).await;
        ready.ok().and_then(Result::ok).flatten().context("it did not start")?;
        Ok(Self { input, output, _child: child })
    }

    async fn ask(&mut self, file: &Path) -> Option<Told> {
        #[derive(serde::Deserialize)]
        struct Answer {
            seconds: f64,
            text: Option<String>,
        }
        let file = file.canonicalize().ok()?;
        self.input.write_all(format!("{}\n", file.display()).as_bytes()).await.ok()?;
        let line = tokio::time::timeout(PATIENCE, self.output.next_line()).await.ok()?;
        let answer: Answer = serde_json::from_str(&line.ok()??).ok()?;
        Some(Told { seconds: answer.seconds, text: answer.text })
    }
}

/// We and one other program, over the files that both can be asked about.
#[derive(Debug, Default, Serialize)]
pub(super) struct Comparison {
    /// Files it was asked about, and of these how many it found text in, and how many we did.
    pub(super) files: usize,
    pub(super) it_read: usize,
    pub(super) we_read: usize,
    /// Seconds over the files that both found text in, and that needed no
    /// character recognition of ours.
    pub(super) our_seconds: f64,
    pub(super) its_seconds: f64,
    its_words: usize,
    our_words: usize,
    shared_words: usize,
}

impl Comparison {
    /// Counts one file.
    pub(super) fn add(&mut self, our_text: &str, our_seconds: Option<f64>, told: &Told) {
        self.files += 1;
        let (ours, its) = (words(our_text), words(told.text.as_deref().unwrap_or_default()));
        self.we_read += usize::from(!ours.is_empty());
        self.it_read += usize::from(!its.is_empty());
        if ours.is_empty() || its.is_empty() {
            return;
        }
        if let Some(seconds) = our_seconds {
            self.our_seconds += seconds;
            self.its_seconds += told.seconds;
        }
        self.our_words += ours.values().sum::<usize>();
        self.its_words += its.values().sum::<usize>();
        let both = its.iter().map(|(word, count)| ours.get(word).map_or(0, |it| *it.min(count)));
        self.shared_words += both.sum::<usize>();
    }

    /// Whether there was a file that both found text in.
    pub(super) fn is_one(&self) -> bool {
        self.shared_words + self.our_words + self.its_words > 0
    }

    /// How many times faster we are.
    pub(super) fn times_faster(&self) -> f64 {
        self.its_seconds / self.our_seconds.max(1e-9)
    }

    /// The share of its words that are in our text, where both found some.
    pub(super) fn its_words_in_ours(&self) -> f64 {
        self.shared_words as f64 / self.its_words.max(1) as f64
    }

    /// The other way round.
    pub(super) fn our_words_in_its(&self) -> f64 {
        self.shared_words as f64 / self.our_words.max(1) as f64
    }
}

/// How often each word stands in a text; signs and capital letters are nothing.
fn words(text: &str) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for word in text.split(|letter: char| !letter.is_alphanumeric()).filter(|it| !it.is_empty()) {
        *counts.entry(word.to_lowercase()).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_shared_as_often_as_both_have_them() {
        let mut both = Comparison::default();
        let told = |text: &str| Told { seconds: 3.0, text: Some(text.to_owned()) };
        both.add("Der Hund, der bellt", Some(1.0), &told("| der | HUND |\n|---|---|\n| Katze |"));
        assert!((both.its_words_in_ours() - 2.0 / 3.0).abs() < 1e-9, "{both:?}");
        assert!((both.our_words_in_its() - 0.5).abs() < 1e-9);
        assert!((both.times_faster() - 3.0).abs() < 1e-9);
        // A file that only one could read says nothing about words, and needs no time that counts.
        both.add("nur wir", None, &Told { seconds: 9.0, text: None });
        assert_eq!((both.files, both.we_read, both.it_read), (2, 2, 1));
        assert!((both.times_faster() - 3.0).abs() < 1e-9);
        assert!((both.its_words_in_ours() - 2.0 / 3.0).abs() < 1e-9);
    }
}
