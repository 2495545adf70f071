//! `vorlage store`: what is done with the store as a whole.

use std::path::PathBuf;
use std::time::Instant;

use super::service::open_store_file;
use super::{Outcome, control, found, office, store_bench};
use crate::store::copy;

/// Copy the store, or measure it
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  vorlage store copy --from connectors/store.toml --to postgres.toml\n  vorlage store bench"
)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Copy everything into another store, and compare afterwards
    #[command(
        after_help = "Examples:\n  vorlage store copy --from connectors/store.toml --to postgres.toml\n  vorlage store copy --from connectors/store.toml --to sled.toml --office /etc/vorlage --json\n\nStop the daemon first: what it does meanwhile is not copied. Both files are those of store connectors (`vorlage schema\nsled`, `vorlage schema postgres`), relative to the office. The store to copy into has to be empty. An office has one\nstore, so keep the other file outside of `connectors/` and change them over afterwards."
    )]
    Copy(CopyArgs),
    /// Measure the store on this machine and this disk
    Bench(store_bench::Args),
}

#[derive(clap::Args)]
struct CopyArgs {
    #[command(flatten)]
    place: office::Where,
    /// The connector file of the store that has everything
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// The connector file of an empty store
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: Args) -> Outcome {
    match args.what {
        What::Copy(args) => copied(args).await,
        What::Bench(args) => store_bench::run(args).await,
    }
}

async fn copied(args: CopyArgs) -> Outcome {
    let place = args.place.place()?;
    let (from, to) = (open_store_file(&place, &args.from)?, open_store_file(&place, &args.to)?);
    let daemons = from.count("daemon/").await?;
    if daemons > 0 {
        eprintln!(
            "warning: {daemons} daemon(s) did not say goodbye to this store; what one does meanwhile is not copied"
        );
    }
    let bar = control::bar("copying");
    let begin = Instant::now();
    let copied = copy::copy(&*from, &*to, &|more| bar.inc(more)).await?;
    let seconds = begin.elapsed().as_secs_f64();
    bar.finish_and_clear();
    if args.json {
        let mut told = serde_json::to_value(copied)?;
        told["seconds"] = seconds.into();
        say!("{told:#}");
    } else {
        say!(
            "{} rows and {} blobs ({} bytes) copied and compared in {seconds:.1} s: both stores hold the same",
            copied.rows,
            copied.blobs,
            copied.blob_bytes
        );
    }
    Ok(found(false))
}
