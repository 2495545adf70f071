//! `vorlage model bench`: how fast a model is on this machine, and how much memory it takes; beside it, in the same
//! run, llama.cpp's own benchmark.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use serde_json::{Value, json};
use tokio::process::Command;

use super::{Outcome, control, found, office};
use crate::insight::median;
use crate::llm::embedded::{Embedded, Settings, Speed};
use crate::llm::{LanguageModel, catalogue, memory};

/// How fast a model is on this machine, and how much memory it takes
#[derive(clap::Args)]
#[command(
    after_help = "Both speeds are from an empty memory, as `llama-bench -p 512 -n 64` tells them. `scripts/build-llama-bench.sh`\nbuilds that program for this machine; with `--peer` both run in turns and their medians are compared.\nThe memory of a daemon is told when one runs for the office.\n\nExamples:\n  vorlage model bench\n  vorlage model bench small --runs 5 --peer ~/.cache/vorlage/llama-bench/llama-bench"
)]
pub(super) struct Args {
    #[command(flatten)]
    place: office::Where,
    /// A name from `vorlage model list`, or a GGUF file
    #[arg(default_value = "default")]
    name: String,
    /// Tokens of the question
    #[arg(long, default_value_t = 512)]
    prompt: usize,
    /// Tokens of the answer
    #[arg(long, default_value_t = 64)]
    answer: usize,
    /// How often each is measured
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// llama.cpp's `llama-bench`, to measure it in turns with this
    #[arg(long, value_name = "PATH")]
    peer: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The longest time for one run: a slow machine is measured too.
const PATIENCE: Duration = Duration::from_secs(600);

/// What the runs of one program say, tokens per second.
#[derive(Default, serde::Serialize)]
struct Measured {
    prompt: Vec<f64>,
    answer: Vec<f64>,
}

impl Measured {
    fn add(&mut self, prompt: f64, answer: f64) {
        self.prompt.push(prompt);
        self.answer.push(answer);
    }

    fn medians(&self) -> (f64, f64) {
        (median(self.prompt.clone()), median(self.answer.clone()))
    }
}

pub(super) async fn run(args: Args, folder: &Path) -> Outcome {
    let weights = match catalogue::find(&args.name) {
        Some(entry) => folder.join(entry.file),
        None => PathBuf::from(&args.name),
    };
    let settings = Settings { timeout: PATIENCE, ..Settings::new(weights.clone()) };
    let model = Embedded::new(std::env::current_exe()?, settings);
    let (mut ours, mut peers, mut peer_build) =
        (Measured::default(), Measured::default(), String::new());
    // The first run reads the weights into caches; the peer warms up by itself.
    let mut last: Speed = model.bench(args.prompt, args.answer.min(8)).await?;
    for _ in 0..args.runs.max(1) {
        last = model.bench(args.prompt, args.answer).await?;
        ours.add(last.prompt_per_second, last.answer_per_second);
        if let Some(peer) = &args.peer {
            let told = ask_peer(peer, &weights, &args, last.threads).await?;
            peers.add(told.prompt, told.answer);
            peer_build = told.build;
        }
    }
    let processor = model.ready().await?.processor;
    let own = memory::peak(std::process::id()).unwrap_or(0);
    let daemon = control::daemon(&args.place).await.and_then(memory::peak);
    let (prompt, answer) = ours.medians();
    let (peer_prompt, peer_answer) = peers.medians();
    let ratio = (prompt / peer_prompt.max(1e-9), answer / peer_answer.max(1e-9));
    if args.json {
        let peer = args.peer.as_ref().map(|_| {
            json!({
                "build": peer_build, "prompt_tokens_per_second": peer_prompt, "answer_tokens_per_second": peer_answer,
                "prompt_ratio": ratio.0, "answer_ratio": ratio.1, "runs": peers,
            })
        });
        let memory = json!({ "model": last.peak_memory, "this_program": own, "daemon": daemon });
        say!(
            "{:#}",
            json!({
                "model": args.name, "prompt_tokens_per_second": prompt, "answer_tokens_per_second": answer,
                "threads": last.threads, "processor": processor, "peak_memory_bytes": memory, "runs": ours, "peer": peer,
            })
        );
        return Ok(found(false));
    }
    let (runs, threads) = (ours.prompt.len(), last.threads);
    say!(
        "{}: reads {prompt:.0} tokens/s, writes {answer:.1} tokens/s (medians of {runs}, {threads} threads, {processor})",
        args.name
    );
    if args.peer.is_some() {
        say!(
            "llama-bench {peer_build}: reads {peer_prompt:.0} tokens/s, writes {peer_answer:.1} tokens/s"
        );
        say!("ratio: {:.2} reading, {:.2} writing", ratio.0, ratio.1);
    }
    let mib = |bytes: u64| bytes / (1 << 20);
    let daemon = daemon.map(|it| format!(", the running daemon {} MiB", mib(it)));
    say!(
        "peak resident memory: the model's process {} MiB, this program {} MiB{}",
        mib(last.peak_memory),
        mib(own),
        daemon.unwrap_or_default()
    );
    Ok(found(false))
}

/// What one run of the peer says.
struct Told {
    prompt: f64,
    answer: f64,
    build: String,
}

/// Runs llama.cpp's benchmark once with the same weights, lengths and threads.
async fn ask_peer(
    program: &Path,
    weights: &Path,
    args: &Args,
    threads: u32,
) -> anyhow::Result<Told> {
    let output = Command::new(program)
        .arg("-m")
        .arg(weights)
        .args(["-p", &args.prompt.to_string(), "-n", &args.answer.to_string()])
        .args(["-t", &threads.to_string(), "-ngl", "0", "-r", "1", "-o", "json"])
        .output()
        .await
        .with_context(|| format!("cannot run `{}`", program.display()))?;
    anyhow::ensure!(
        output.status.success(),
        "`{}` failed: {}",
        program.display(),
        String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default()
    );
    read_peer(&output.stdout)
}

/// Reads the JSON of `llama-bench -o json`: one object for reading, one for writing.
fn read_peer(json: &[u8]) -> anyhow::Result<Told> {
    let rows: Vec<Value> = serde_json::from_slice(json).context("llama-bench tells no JSON")?;
    let speed = |of: &str| {
        let other = if of == "n_prompt" { "n_gen" } else { "n_prompt" };
        let row = rows.iter().find(|row| row[of].as_u64() > Some(0) && row[other] == 0);
        row.and_then(|row| row["avg_ts"].as_f64())
            .with_context(|| format!("llama-bench tells no speed for `{of}`"))
    };
    let (number, commit) = rows
        .first()
        .map(|row| (row["build_number"].clone(), row["build_commit"].clone()))
        .unwrap_or_default();
    let build = format!("{number} ({})", commit.as_str().unwrap_or("unknown"));
    Ok(Told { prompt: speed("n_prompt")?, answer: speed("n_gen")?, build })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_speeds_of_the_peer_are_read_by_what_they_measure() {
        let json = br#"[{"build_number": 7, "build_commit": "ab", "n_prompt": 512, "n_gen": 0, "avg_ts": 150.5},
            {"n_prompt": 0, "n_gen": 64, "avg_ts": 30.25}]"#;
        let told = read_peer(json).unwrap();
        assert_eq!((told.prompt, told.answer, told.build.as_str()), (150.5, 30.25, "7 (ab)"));
        assert!(read_peer(b"[]").is_err() && read_peer(b"error").is_err());
    }
}
