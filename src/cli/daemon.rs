//! `vorlage run`: the daemon.

use super::service::{self, Service};
use super::{Outcome, found, office};

/// Run the daemon: doors, workers and pages
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  vorlage run --office /etc/vorlage\n  RUST_LOG=debug vorlage run\n\nSIGHUP reloads the office's files: they are checked first, and with a mistake the old rules stay.\nSIGTERM and Ctrl-C stop it after the stages at hand."
)]
pub(super) struct Args {
    #[command(flatten)]
    place: office::Where,
}

pub(super) async fn run(args: Args) -> Outcome {
    service::log("info");
    let stop = service::stop_at_signals()?;
    let office = office::load(&args.place.office)?;
    let opened = Service::open_patiently(office, args.place.place()?, &stop).await?;
    let Some(service) = opened else { return Ok(found(false)) };
    service
        .run(stop, |address| tracing::info!(%address, "the desk is open at http://{address}/"))
        .await?;
    Ok(found(false))
}
