//! `vorlage user`: people who may sign in. Works while the daemon runs: it takes the change from a folder.

use std::io::{IsTerminal, Read};
use std::sync::Arc;

use anyhow::Context;

use super::{Outcome, found, office};
use crate::engine::people;
use crate::store;
use crate::store::records::Records;

/// Add people who may sign in
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  vorlage user add j.weber --title \"Jutta Weber\" --role steuern < password.txt\n  vorlage user list --office /etc/vorlage"
)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Add a person or change one; the password is read from standard input
    Add {
        #[command(flatten)]
        place: office::Where,
        /// The sign-in name
        name: String,
        /// As others read it
        #[arg(long)]
        title: Option<String>,
        /// A role of `office.toml`; may be given several times
        #[arg(long, required = true)]
        role: Vec<String>,
        /// The language of the pages
        #[arg(long)]
        language: Option<String>,
    },
    /// Take the right to sign in from a person
    Remove {
        #[command(flatten)]
        place: office::Where,
        /// The sign-in name
        name: String,
    },
    /// Everyone who may sign in (only while the daemon does not run)
    List {
        #[command(flatten)]
        place: office::Where,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(args: Args) -> Outcome {
    match args.what {
        What::Add { place, name, title, role, language } => {
            let office = office::load(&place.office)?;
            let roles = &office.settings.roles;
            if let Some(unknown) = role.iter().find(|it| !roles.contains_key(it.as_str())) {
                let known: Vec<&str> = roles.keys().map(String::as_str).collect();
                anyhow::bail!(
                    "there is no role `{unknown}`; `office.toml` has {}",
                    known.join(", ")
                );
            }
            let password = password()?;
            let new = people::NewUser {
                title: title.unwrap_or_else(|| name.clone()),
                name: name.as_str().into(),
                roles: role,
                password,
                language,
            };
            people::leave(&place.place()?.state, people::Change::Put(new.hashed().await?))?;
            eprintln!("`{name}` may sign in; a running daemon knows within a few seconds");
            Ok(found(false))
        }
        What::Remove { place, name } => {
            people::leave(&place.place()?.state, people::Change::Remove(name.as_str().into()))?;
            eprintln!(
                "`{name}` may not sign in any more; a running daemon knows within a few seconds"
            );
            Ok(found(false))
        }
        What::List { place, json } => list(&place, json).await,
    }
}

async fn list(place: &office::Where, json: bool) -> Outcome {
    let office = office::load(&place.office)?;
    let place = place.place()?;
    let store: Arc<dyn store::Store> = super::service::open_store(&office, &place)?;
    let records = Records::new(store);
    people::take(&place.state, &records, crate::domain::Clock::now(&crate::domain::SystemClock))
        .await?;
    let users = records.users().await?;
    if json {
        let users: Vec<_> = users
            .iter()
            .map(|it| serde_json::json!({ "name": it.name, "title": it.title, "roles": it.roles, "active": it.active }))
            .collect();
        say!("{:#}", serde_json::Value::from(users));
    } else {
        let mut rows = vec![["name", "title", "roles", "active"].map(str::to_owned).to_vec()];
        rows.extend(users.iter().map(|it| {
            vec![
                it.name.0.clone(),
                it.title.clone(),
                it.roles.join(", "),
                if it.active { "yes" } else { "no" }.to_owned(),
            ]
        }));
        show!("{}", super::table::table(&rows));
    }
    Ok(found(false))
}

/// The password from standard input. On a terminal it is asked for, and shown as it is typed.
fn password() -> anyhow::Result<String> {
    let mut stdin = std::io::stdin();
    let mut text = String::new();
    if stdin.is_terminal() {
        eprint!("password (visible; pipe it in to avoid that): ");
        stdin.read_line(&mut text).context("cannot read the password")?;
    } else {
        stdin.read_to_string(&mut text).context("cannot read the password")?;
    }
    let password = text.trim_end_matches(['\r', '\n']).to_owned();
    anyhow::ensure!(password.chars().count() >= 10, "a password has at least ten characters");
    Ok(password)
}
