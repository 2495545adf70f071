//! `vorlage bench parse`: how fast and how completely files are read, beside other programs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use futures_util::stream::{self, StreamExt};
use serde::Serialize;
use serde_json::json;

use super::bench_peers::{Comparison, Peers, Told};
use super::parse::{Reading, read};
use super::table::table;
use super::{Outcome, found, service};
use crate::domain::{Parsed, TextSource};
use crate::parse::{Parser, with_peak};

/// Measure reading: speed, memory, outcomes, and other programs beside it
#[derive(clap::Args)]
#[command(
    after_help = "Beside it, on the same files in the same run: poppler's pdftotext, and markitdown where `scripts/peers` has\ninstalled it (loaded once, so that its start is not counted). Words: of those that one found, the share that the\nother found too. Times beside others leave out files that needed character recognition.\n\nExamples:\n  vorlage bench parse ~/post\n  vorlage bench parse ~/post --only-ours --jobs 2 --json"
)]
pub(super) struct Args {
    #[command(flatten)]
    read: Reading,
    /// Leave the other programs out
    #[arg(long)]
    only_ours: bool,
    /// The Python environment with markitdown, instead of the one of `scripts/peers`
    #[arg(long, value_name = "DIR")]
    peers: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Text,
    Problem,
    Stopped,
    Crash,
    Nothing,
}

/// What is known of one file.
struct Measured {
    media_type: String,
    seconds: f64,
    peak_mb: f64,
    end: End,
    text: String,
    is_recognised: bool,
    peers: Vec<(&'static str, Told)>,
}

/// One row: all files of a type.
#[derive(Debug, Default, Serialize)]
struct Row {
    files: usize,
    /// With some text.
    text: usize,
    /// Without, and with a named problem.
    problem: usize,
    /// Stopped at a limit of time or size.
    stopped: usize,
    /// The reader died.
    crash: usize,
    /// Neither text nor problem: a fault of ours.
    nothing: usize,
    files_per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    peak_mb: f64,
    #[serde(skip)]
    seconds: Vec<f64>,
}

pub(super) async fn run(args: Args) -> Outcome {
    service::log("error");
    let (parser, ..) = args.read.parser()?;
    let peers = match args.only_ours {
        true => None,
        false => Some(Peers::find(args.peers.as_deref()).await),
    };
    let (files, bar) = args.read.files()?;
    let jobs = args.read.jobs();
    let work = stream::iter(files).map(|file| measure(&parser, peers.as_ref(), file));
    let mut work = work.buffered(jobs);
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    let mut beside: BTreeMap<(&str, String), Comparison> = BTreeMap::new();
    while let Some(measured) = work.next().await {
        let measured = measured?;
        for key in [measured.media_type.clone(), ALL.to_owned()] {
            rows.entry(key.clone()).or_default().add(&measured);
            let seconds = (!measured.is_recognised).then_some(measured.seconds);
            for (peer, told) in &measured.peers {
                let row = beside.entry((peer, key.clone())).or_default();
                row.add(&measured.text, seconds, told);
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    rows.values_mut().for_each(|row| row.finish(jobs));
    let bad = rows.get(ALL).is_some_and(|all| all.crash + all.nothing > 0);
    if args.json {
        say!("{:#}", as_json(&rows, &beside, jobs));
    } else {
        print(&rows, &beside);
    }
    Ok(found(bad))
}

/// The last row; sorts behind all media types.
const ALL: &str = "~ all";

async fn measure(
    parser: &Parser,
    peers: Option<&Peers>,
    file: PathBuf,
) -> anyhow::Result<Measured> {
    let ((file, read), peak_kb) = with_peak(read(parser, file)).await;
    let (seconds, parsed) = read?;
    let media_type = match parsed.documents.first() {
        _ if parsed.envelope.is_some() => "message/rfc822".to_owned(),
        Some(document) => document.media_type.0.clone(),
        None => "-".to_owned(),
    };
    let peers = match peers {
        Some(peers) => peers.ask(&file, &media_type).await,
        None => Vec::new(),
    };
    let subject = parsed.envelope.iter().map(|it| it.subject.as_str());
    let texts = parsed.documents.iter().map(|it| it.text.as_str());
    let mut pages = parsed.documents.iter().flat_map(|it| &it.pages);
    Ok(Measured {
        media_type,
        seconds,
        peak_mb: peak_kb as f64 / 1024.0,
        end: end(&parsed),
        text: subject.chain(texts).collect::<Vec<_>>().join("\n"),
        is_recognised: pages.any(|page| page.text_source == TextSource::Ocr),
        peers,
    })
}

fn end(parsed: &Parsed) -> End {
    let problems: Vec<&str> = parsed.all_problems().map(|it| it.code.as_str()).collect();
    let has = |codes: &[&str]| problems.iter().any(|code| codes.contains(code));
    if has(&["P0105", "P0108"]) {
        End::Crash
    } else if has(&["P0104", "P0109"]) {
        End::Stopped
    } else if parsed.documents.iter().any(|it| !it.text.trim().is_empty()) {
        End::Text
    } else if problems.is_empty() {
        End::Nothing
    } else {
        End::Problem
    }
}

impl Row {
    fn add(&mut self, measured: &Measured) {
        self.files += 1;
        *match measured.end {
            End::Text => &mut self.text,
            End::Problem => &mut self.problem,
            End::Stopped => &mut self.stopped,
            End::Crash => &mut self.crash,
            End::Nothing => &mut self.nothing,
        } += 1;
        self.peak_mb = self.peak_mb.max(measured.peak_mb);
        self.seconds.push(measured.seconds);
    }

    fn finish(&mut self, jobs: usize) {
        self.seconds.sort_by(f64::total_cmp);
        let spent: f64 = self.seconds.iter().sum();
        self.files_per_second = (self.files * jobs) as f64 / spent.max(1e-9);
        self.p50_ms = percentile(&self.seconds, 50) * 1000.0;
        self.p99_ms = percentile(&self.seconds, 99) * 1000.0;
    }
}

/// The smallest value that so many of a hundred are not above (nearest rank).
fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

fn as_json(
    rows: &BTreeMap<String, Row>,
    beside: &BTreeMap<(&str, String), Comparison>,
    jobs: usize,
) -> serde_json::Value {
    let compared = beside.iter().map(|((peer, media_type), it)| {
        json!({
            "program": peer, "media_type": name(media_type), "files": it.files,
            "it_read": it.it_read, "we_read": it.we_read, "times_faster": it.times_faster(),
            "its_words_in_ours": it.its_words_in_ours(), "our_words_in_its": it.our_words_in_its(),
        })
    });
    let of_type = rows.iter().map(|(media_type, row)| (name(media_type), json!(row)));
    json!({
        "jobs": jobs,
        "media_types": of_type.collect::<serde_json::Map<_, _>>(),
        "beside": compared.collect::<Vec<_>>(),
    })
}

fn name(media_type: &str) -> String {
    media_type.trim_start_matches("~ ").to_owned()
}

fn print(rows: &BTreeMap<String, Row>, beside: &BTreeMap<(&str, String), Comparison>) {
    let head = [
        "media type",
        "files",
        "text",
        "problem",
        "stopped",
        "crash",
        "nothing",
        "files/s",
        "p50 ms",
        "p99 ms",
        "peak MB",
    ];
    let mut lines = vec![head.map(str::to_owned).to_vec()];
    lines.extend(rows.iter().map(|(media_type, row)| {
        let counts = [row.files, row.text, row.problem, row.stopped, row.crash, row.nothing];
        let numbers = [row.files_per_second, row.p50_ms, row.p99_ms, row.peak_mb];
        let counts = counts.iter().map(usize::to_string);
        let numbers = numbers.iter().map(|it| format!("{it:.1}"));
        [name(media_type)].into_iter().chain(counts).chain(numbers).collect()
    }));
    show!("{}", table(&lines));
    if beside.is_empty() {
        return;
    }
    let head = [
        "beside",
        "media type",
        "files",
        "it read",
        "we read",
        "times faster",
        "its words in ours",
        "our words in its",
    ];
    let mut lines = vec![head.map(str::to_owned).to_vec()];
    lines.extend(beside.iter().map(|((peer, media_type), it)| {
        let counts = [it.files, it.it_read, it.we_read].map(|it| it.to_string());
        let told = [
            format!("{:.1}", it.times_faster()),
            format!("{:.1} %", it.its_words_in_ours() * 100.0),
            format!("{:.1} %", it.our_words_in_its() * 100.0),
        ];
        let told = if it.is_one() { told } else { ["-"; 3].map(str::to_owned) };
        let names = [(*peer).to_owned(), name(media_type)];
        [&names[..], &counts[..], &told[..]].concat()
    }));
    show!("\n{}", table(&lines));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Document, Problem};

    #[test]
    fn the_worst_that_happened_counts() {
        let parsed = |text: &str, codes: &[&str]| Parsed {
            documents: vec![Document {
                text: text.to_owned(),
                problems: codes.iter().map(|code| Problem::new(code, "")).collect(),
                ..Document::default()
            }],
            ..Parsed::default()
        };
        assert_eq!(end(&parsed("Brief", &[])), End::Text);
        assert_eq!(end(&parsed("Brief", &["P0102"])), End::Text);
        assert_eq!(end(&parsed("Brief", &["P0104"])), End::Stopped);
        assert_eq!(end(&parsed("Brief", &["P0104", "P0105"])), End::Crash);
        assert_eq!(end(&parsed(" ", &["P0301"])), End::Problem);
        assert_eq!(end(&parsed("", &[])), End::Nothing);
    }

    #[test]
    fn the_ninety_ninth_of_a_hundred() {
        let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!((percentile(&hundred, 50), percentile(&hundred, 99)), (50.0, 99.0));
        assert_eq!((percentile(&[7.0], 99), percentile(&[], 50)), (7.0, 0.0));
    }
}
