//! `vorlage bench ocr`: how well pages are recognised after what scanners, faxes and telephones do to them.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::bench_ocr_pages::{CLASSES, SHEETS};
use super::parse::files;
use super::table::table;
use super::{Outcome, found, office, service};
use crate::config::Limits;
use crate::domain::Part;
use crate::parse::Parser;

/// Measure character recognition: errors and seconds for each kind of bad page
#[derive(clap::Args)]
#[command(
    after_help = "Without a folder, pages are made for it: letters, a form and a table in German and English, clean and spoilt in\nmany ways. With a folder: every picture or PDF in it that has its text beside it (`x.png` and `x.txt`).\nBeside it, on the same files in the same run: plain `tesseract page -l LANGUAGES` (pictures only).\n\nCER and WER: letters and words to add, take out or change, of all that stand there, after white space is made equal.\n\nExamples:\n  vorlage bench ocr\n  vorlage bench ocr --only skew --json\n  vorlage bench ocr ~/scans --only-ours"
)]
pub(super) struct Args {
    /// A folder with pages and their texts
    dir: Option<PathBuf>,
    /// Only classes whose names contain this
    #[arg(long, value_name = "WORD")]
    only: Option<String>,
    /// The office whose limits and languages hold, instead of the default ones
    #[arg(long, value_name = "DIR")]
    office: Option<PathBuf>,
    /// Leave plain tesseract out
    #[arg(long)]
    only_ours: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A page and what stands on it.
struct Page {
    class: String,
    name: String,
    bytes: Vec<u8>,
    text: String,
}

/// How one way of reading did on the pages of a class.
#[derive(Clone, Debug, Default, Serialize)]
struct Score {
    pages: usize,
    /// Character error rate over all pages of the class.
    cer: f64,
    /// Word error rate.
    wer: f64,
    /// Share of pages with a character error rate below 2 %.
    below_2_percent: f64,
    seconds_per_page: f64,
    #[serde(skip)]
    sums: [f64; 6],
}

/// Below this character error rate a page is as good as typed.
const GOOD: f64 = 0.02;

pub(super) async fn run(args: Args) -> Outcome {
    service::log("error");
    let limits = match &args.office {
        Some(folder) => office::load(folder)?.settings.limits,
        None => Limits::default(),
    };
    let parser = Parser { program: std::env::current_exe()?, limits };
    let mut pages = match &args.dir {
        Some(dir) => from_folder(dir)?,
        None => made(&parser).await?,
    };
    pages.retain(|page| args.only.as_ref().is_none_or(|only| page.class.contains(only.as_str())));
    anyhow::ensure!(!pages.is_empty(), "there are no pages");
    let bar = match std::io::stderr().is_terminal() {
        true => ProgressBar::new(pages.len() as u64),
        false => ProgressBar::hidden(),
    };
    bar.set_style(ProgressStyle::with_template("{bar:30} {pos}/{len} {eta}")?);
    // In the order in which the pages come.
    let mut rows: Vec<(String, Score, Score)> = Vec::new();
    for page in pages {
        let begin = Instant::now();
        let parsed = parser.parse(&page.name, page.bytes.clone()).await;
        let seconds = begin.elapsed().as_secs_f64();
        let texts = parsed.documents.iter().map(|it| it.text.as_str());
        let ours = texts.collect::<Vec<_>>().join("\n");
        if rows.last().is_none_or(|row| row.0 != page.class) {
            rows.push((page.class.clone(), Score::default(), Score::default()));
        }
        let Some((_, our_score, plain_score)) = rows.last_mut() else { continue };
        our_score.add(&page.text, &ours, seconds);
        // tesseract alone does not read PDFs.
        if !args.only_ours && !page.bytes.starts_with(b"%PDF") {
            let begin = Instant::now();
            let plain = plain(&page.bytes, &parser.limits.ocr_languages).await?;
            plain_score.add(&page.text, &plain, begin.elapsed().as_secs_f64());
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    for row in &mut rows {
        row.1.finish();
        row.2.finish();
    }
    if args.json {
        say!("{:#}", as_json(&rows));
    } else {
        print(&rows);
    }
    Ok(found(false))
}

/// The pages made for it, each spoilt in every way.
async fn made(parser: &Parser) -> anyhow::Result<Vec<Page>> {
    let mut clean = Vec::new();
    for sheet in SHEETS {
        let drawn = parser.picture(sheet.pdf(), &Part::Whole, 1, 300).await;
        let drawn = drawn.map_err(|problem| anyhow::anyhow!("{}", problem.detail))?;
        clean.push((image::load_from_memory(&drawn)?.into_luma8(), sheet.text()));
    }
    let mut pages = Vec::new();
    for (class, spoil) in CLASSES {
        for (page, text) in &clean {
            let (name, bytes) = spoil(page).context("a page could not be written")?;
            let (class, name) = ((*class).to_owned(), name.to_owned());
            pages.push(Page { class, name, bytes, text: text.clone() });
        }
    }
    Ok(pages)
}

fn from_folder(dir: &Path) -> anyhow::Result<Vec<Page>> {
    let mut pages = Vec::new();
    for file in files(&[dir.to_owned()])? {
        let truth = file.with_extension("txt");
        if truth == file || !truth.is_file() {
            continue;
        }
        let read = |path: &Path| {
            std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))
        };
        let name = file.file_name().map(|it| it.to_string_lossy().into_owned());
        pages.push(Page {
            class: dir.display().to_string(),
            name: name.unwrap_or_default(),
            bytes: read(&file)?,
            text: String::from_utf8_lossy(&read(&truth)?).into_owned(),
        });
    }
    Ok(pages)
}

/// What anybody gets who calls tesseract.
async fn plain(picture: &[u8], languages: &str) -> anyhow::Result<String> {
    let mut child = Command::new("tesseract")
        .args(["stdin", "stdout", "-l", languages])
        // As for ours: more threads use more time together.
        .env("OMP_THREAD_LIMIT", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("tesseract is not installed")?;
    let mut stdin = child.stdin.take().context("tesseract takes nothing")?;
    // It may say no before it has taken all; then it has no text, and that is the result.
    let feed = async {
        stdin.write_all(picture).await.unwrap_or_default();
        drop(stdin);
    };
    let (output, ()) = tokio::join!(child.wait_with_output(), feed);
    Ok(String::from_utf8_lossy(&output?.stdout).into_owned())
}

impl Score {
    fn add(&mut self, truth: &str, read: &str, seconds: f64) {
        let letters = |text: &str| flat(text).chars().collect::<Vec<char>>();
        let (wanted, got) = (letters(truth), letters(read));
        let wrong = distance(&wanted, &got) as f64;
        let (wanted_flat, got_flat) = (flat(truth), flat(read));
        let words = |text: &'_ str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let (wanted_words, got_words) = (words(&wanted_flat), words(&got_flat));
        let wrong_words = distance(&wanted_words, &got_words) as f64;
        let letters = wanted.len().max(1) as f64;
        let is_good = wrong / letters < GOOD;
        let more =
            [1.0, letters, wrong, wanted_words.len() as f64, wrong_words, f64::from(is_good)];
        self.sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        self.seconds_per_page += seconds;
    }

    fn finish(&mut self) {
        let [pages, letters, wrong, words, wrong_words, good] = self.sums;
        self.pages = pages as usize;
        self.cer = wrong / letters.max(1.0);
        self.wer = wrong_words / words.max(1.0);
        self.below_2_percent = good / pages.max(1.0);
        self.seconds_per_page /= pages.max(1.0);
    }
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// So many to add, take out or change until one is the other (Levenshtein 1966).
fn distance<T: PartialEq>(one: &[T], other: &[T]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, left) in one.iter().enumerate() {
        let mut corner = at;
        let mut before = at + 1;
        if let Some(first) = row.first_mut() {
            *first = before;
        }
        for (right, cell) in other.iter().zip(row.iter_mut().skip(1)) {
            let above = *cell;
            *cell = (corner + usize::from(left != right)).min(above + 1).min(before + 1);
            (corner, before) = (above, *cell);
        }
    }
    row.last().copied().unwrap_or_default()
}

fn as_json(rows: &[(String, Score, Score)]) -> serde_json::Value {
    let one = |(class, ours, plain): &(String, Score, Score)| {
        let plain = (plain.pages > 0).then_some(plain);
        json!({ "class": class, "ours": ours, "plain_tesseract": plain })
    };
    json!({ "classes": rows.iter().map(one).collect::<Vec<_>>() })
}

fn print(rows: &[(String, Score, Score)]) {
    let head = ["class", "pages", "CER", "WER", "below 2 %", "s/page"];
    let plain = ["plain CER", "plain WER", "plain below 2 %", "plain s/page"];
    let mut lines = vec![head.iter().chain(&plain).map(|it| (*it).to_owned()).collect()];
    let told = |score: &Score| {
        let percent = |part: f64| format!("{:.1} %", part * 100.0);
        let seconds = format!("{:.1}", score.seconds_per_page);
        let told =
            [percent(score.cer), percent(score.wer), percent(score.below_2_percent), seconds];
        if score.pages > 0 { told } else { ["-"; 4].map(str::to_owned) }
    };
    lines.extend(rows.iter().map(|(class, ours, plain)| {
        let names = [class.clone(), ours.pages.to_string()];
        [&names[..], &told(ours)[..], &told(plain)[..]].concat()
    }));
    show!("{}", table(&lines));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_counted_after_white_space_is_made_equal() {
        let letters = |text: &str| text.chars().collect::<Vec<char>>();
        let apart = |one: &str, other: &str| distance(&letters(one), &letters(other));
        assert_eq!(apart("Straße", "Strasse"), 2);
        assert_eq!((apart("", "abc"), apart("abc", ""), apart("abc", "abc")), (3, 3, 0));
        assert_eq!(apart("kitten", "sitting"), 3);
        let mut score = Score::default();
        score.add("Eins zwei drei vier", " Eins\nzwei\u{c} drei  vier ", 2.0);
        score.add("Eins zwei drei vier", "Eins zwe1 drei", 4.0);
        score.finish();
        assert_eq!((score.pages, score.below_2_percent, score.seconds_per_page), (2, 0.5, 3.0));
        assert_eq!((score.cer, score.wer), (6.0 / 38.0, 2.0 / 8.0));
    }
}
