//! `vorlage audit verify`: whether anything was changed that must not change.

use super::{Outcome, control, found, office};
use crate::engine::Errand;

/// Check that nothing was changed that must not change
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  vorlage audit verify --office /etc/vorlage")]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Check the audit chain, every journal entry against it, every kept byte, and that every item is in one list
    #[command(
        after_help = "Examples:\n  vorlage audit verify\n  vorlage audit verify --noted 1204:5f3c… --json\n\nNote the number and hash it prints at another place: with `--noted` they prove later that nothing before was changed,\nnot even by somebody who rewrote the whole chain. Exit code 1: something is wrong, and it is named."
    )]
    Verify {
        #[command(flatten)]
        place: office::Where,
        /// Number and hash of a link that was noted before
        #[arg(long, value_name = "NUMBER:HASH", value_parser = noted)]
        noted: Option<(u64, String)>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

fn noted(text: &str) -> Result<(u64, String), String> {
    let (number, hash) = text.split_once(':').ok_or("write it as NUMBER:HASH")?;
    let number = number.parse().map_err(|_| format!("`{number}` is no number"))?;
    Ok((number, hash.to_owned()))
}

pub(super) async fn run(args: Args) -> Outcome {
    let What::Verify { place, noted, json } = args.what;
    let audit = control::ask(&place, Errand::Audit { noted }, "checking").await?;
    let faults = audit["faults"].as_array().cloned().unwrap_or_default();
    let count = audit["fault_count"].as_u64().unwrap_or_default();
    if json {
        say!("{audit:#}");
        return Ok(found(count > 0));
    }
    for fault in &faults {
        say!("{}: {}", fault["place"].as_str().unwrap_or(""), fault["what"].as_str().unwrap_or(""));
    }
    if count > faults.len() as u64 {
        say!("… and {} more", count - faults.len() as u64);
    }
    say!(
        "{} links, {} journal entries, {} items, {} blobs ({} bytes): {}",
        audit["events"],
        audit["entries"],
        audit["items"],
        audit["blobs"],
        audit["blob_bytes"],
        if count == 0 { "nothing was changed".to_owned() } else { format!("{count} faults") },
    );
    say!("newest link: {}:{}", audit["events"], audit["head"].as_str().unwrap_or(""));
    Ok(found(count > 0))
}
