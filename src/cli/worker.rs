//! `vorlage worker …`: the child processes. They read from standard input and answer on standard output.

use super::Outcome;
use crate::{llm, parse};

/// A child process of the daemon
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Reads one item
    Parse,
    /// Recognises one page
    Ocr,
    /// Answers questions with a model
    Llm,
}

pub(super) fn run(args: &Args) -> Outcome {
    match args.what {
        What::Parse => parse::worker()?,
        What::Ocr => parse::ocr_worker()?,
        What::Llm => llm::embedded::worker().map_err(|why| anyhow::anyhow!("{why}"))?,
    }
    Ok(super::found(false))
}
