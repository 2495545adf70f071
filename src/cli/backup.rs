//! `vorlage backup` and `vorlage restore`.

use std::path::PathBuf;
use std::sync::Arc;

use super::service::open_store;
use super::{Outcome, control, found, office};
use crate::engine::{Errand, after_restore};
use crate::store::audit;
use crate::store::backup::{self as copy, Manifest};
use crate::store::records::Records;

/// Write everything into a folder, while the daemon goes on
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  vorlage backup /srv/backup/vorlage\n  vorlage backup /srv/backup/vorlage --json\n\nThe rows are those of one moment; the received bytes follow. A second backup into the same folder writes only what is\nnew, and the folder holds the last complete one at every moment. It is as confidential as the office itself."
)]
pub(super) struct BackupArgs {
    #[command(flatten)]
    place: office::Where,
    /// The folder; made if it is not there
    folder: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Bring a backup into an empty store
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  vorlage restore /srv/backup/vorlage --verify\n  vorlage restore /srv/backup/vorlage --office /etc/vorlage\n\nWithout the daemon, into a store that is empty. What was approved and not delivered when the backup was made may have\nbeen delivered since: a person looks at it. Mails that came after the backup come in again from the mailbox.\n`--verify` only checks the backup, and writes nothing."
)]
pub(super) struct RestoreArgs {
    #[command(flatten)]
    place: office::Where,
    /// The folder that `vorlage backup` wrote
    folder: PathBuf,
    /// Only check that the backup is whole
    #[arg(long)]
    verify: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn backup(args: BackupArgs) -> Outcome {
    let to = std::path::absolute(&args.folder)?;
    let made = control::ask(&args.place, Errand::Backup { to: to.clone() }, "writing").await?;
    let manifest: Manifest = serde_json::from_value(made)?;
    tell(args.json, &manifest, &format!("written to {}", to.display()))
}

pub(super) async fn restore(args: RestoreArgs) -> Outcome {
    let bar = control::bar(if args.verify { "checking" } else { "reading" });
    let step = |more| bar.inc(more);
    if args.verify {
        let manifest = copy::check(&args.folder, &step).await?;
        bar.finish_and_clear();
        return tell(args.json, &manifest, "the backup is whole");
    }
    let office = office::load(&args.place.office)?;
    let place = args.place.place()?;
    let store = open_store(&office, &place)?;
    let manifest = copy::restore(&args.folder, &*store, &step).await?;
    let records = Records::new(Arc::clone(&store));
    let open = after_restore(&records, &manifest.made, super::service::now()).await?;
    let audit = audit::verify(&*store, None, &step).await?;
    bar.finish_and_clear();
    for fault in &audit.faults {
        eprintln!("warning: {}: {}", fault.place, fault.what);
    }
    let told =
        format!("restored and checked; {open} deliveries were open and are laid before a person");
    tell(args.json, &manifest, &told)?;
    Ok(found(audit.fault_count > 0))
}

fn tell(json: bool, manifest: &Manifest, told: &str) -> Outcome {
    if json {
        say!("{:#}", serde_json::to_value(manifest)?);
    } else {
        say!(
            "{} rows, {} blobs ({} bytes), made {}: {told}",
            manifest.rows,
            manifest.blobs,
            manifest.blob_bytes,
            manifest.made
        );
    }
    Ok(found(false))
}
