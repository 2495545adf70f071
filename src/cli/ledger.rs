//! `vorlage ledger`: what came in against what became of it.

use serde_json::Value;

use super::table::table;
use super::{Outcome, control, found, office};
use crate::engine::Errand;
use crate::intake::ledger::Account;

/// Compare what is at the doors with what became of it
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  vorlage ledger\n  vorlage ledger --door posteingang --json\n\nExit code 1: something is missing, or a door cannot be asked. While the daemon runs it does this itself every night,\nafter a door was away, and tells the operator (`[alarm]` in office.toml). Days are those of `[ledger] days`."
)]
pub(super) struct Args {
    #[command(flatten)]
    place: office::Where,
    /// Only this door
    #[arg(long, value_name = "NAME")]
    door: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: Args) -> Outcome {
    let errand = Errand::Ledger { door: args.door.as_deref().map(Into::into) };
    let accounts = control::ask(&args.place, errand, "asking the doors").await?;
    let accounts = accounts.as_array().cloned().unwrap_or_default();
    if let Some(door) = args.door.filter(|_| accounts.is_empty()) {
        anyhow::bail!("no workflow takes from a door `{door}`");
    }
    let bad = accounts.iter().any(|it| !it["error"].is_null() || it["missing"] != 0);
    if args.json {
        say!("{:#}", Value::from(accounts));
        return Ok(found(bad));
    }
    for account in accounts {
        match serde_json::from_value::<Account>(account.clone()) {
            Ok(account) => show(&account),
            Err(_) => {
                let error = account["error"].as_str().unwrap_or_default();
                say!(
                    "{}: cannot be asked: {error}\n",
                    account["door"].as_str().unwrap_or_default()
                );
            }
        }
    }
    Ok(found(bad))
}

fn show(account: &Account) {
    say!("{}: {} at the door, {} missing", account.door, account.at_door, account.missing);
    let head = ["day", "at the door", "accepted", "quarantined", "missing"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(account.days.iter().map(|day| {
        let counts = [day.at_door, day.accepted, day.quarantined, day.missing];
        std::iter::once(day.day.to_string()).chain(counts.map(|it| it.to_string())).collect()
    }));
    show!("{}", table(&rows));
    for missing in &account.missing_origins {
        say!("missing: {} (came {})", missing.origin, missing.received);
    }
    say!();
}
