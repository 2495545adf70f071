//! Lays a reply into the Drafts folder of a person's mailbox, who sends it from the usual mail program.
//!
//! Repeatable: before it appends, it searches the folder for the Message-ID, which is the same for every attempt.

use std::path::PathBuf;
use std::sync::Arc;

use async_imap::types::NameAttribute;
use async_trait::async_trait;
use futures_util::TryStreamExt;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::Mutex;

use super::imap::session::{self, Live, Server, quoted};
use super::imap::sign_in::SignIn;
use super::imap::utf7;
use super::settings::{self, Checking, Security};
use super::{Ability, Connector, Error, Kind, Output, Parcel, Place, Receipt, mail};
use crate::config::{self, Secret};
use crate::failpoint;

pub(super) const KIND: Kind = Kind {
    name: "drafts",
    purpose: "Lays an approved reply into a mailbox's Drafts folder, where a person finds and sends it.",
    example: r#"kind = "drafts"
host = "mail.stadt.example"
user = "sachbearbeitung@stadt.example"
password = { credential = "drafts-password" }
from = "Stadt Musterstadt <post@stadt.example>"
"#,
    abilities: &[Ability::Output],
    check: |file, text| settings::mistakes::<Settings>(file, text, check),
    schema: config::schema_of::<Settings>,
    open: |name, text, place| {
        let settings: Settings = settings::read(name, text)?;
        let per_minute = Some(settings.per_minute);
        let output: Arc<dyn Output> = Arc::new(Drafts::new(settings, place));
        Ok(Connector { output: Some(output), per_minute, ..Connector::default() })
    },
};

/// A folder of drafts in a mailbox.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// `drafts`.
    #[schemars(extend("const" = "drafts"))]
    #[expect(
        dead_code,
        reason = "read by the loader; named here because unknown keys are refused"
    )]
    kind: String,
    /// The server's name, as in its certificate.
    host: String,
    /// The port; 993 for `tls`, else 143.
    port: Option<u16>,
    /// `tls` from the first byte, `starttls`, or `none` for a server on this machine.
    #[serde(default)]
    security: Security,
    /// The name to sign in with.
    user: String,
    /// Where the password lies.
    password: Secret,
    /// Certificates (PEM) that are trusted beside the system's own, for an office with its own authority.
    ca_file: Option<PathBuf>,
    /// The folder; else the one the server marks as the folder of drafts (RFC 6154), else `Drafts`.
    folder: Option<String>,
    /// The sender of the replies, an address with or without a name before it.
    from: String,
    /// The most deliveries a minute. More wait for their turn, in order; after a quiet time a sixth of them may go
    /// at once.
    #[serde(default = "settings::per_minute")]
    per_minute: u32,
}

fn check(settings: &Settings, found: &mut Checking<'_, Settings>) {
    found.at_least_one("per_minute", settings.per_minute.into());
    found.line_is_safe(&settings.host, settings.security);
    found.not_empty("host", &settings.host);
    found.not_empty("user", &settings.user);
    if mail::mailbox(&settings.from).is_err() {
        found.wrong("E0205", &["from"], format!("`{}` is not a mail address", settings.from));
    }
}

struct Drafts {
    settings: Settings,
    server: Server,
    /// Search and append belong together: one at a time.
    one_by_one: Mutex<()>,
}

impl Drafts {
    fn new(settings: Settings, place: &Place) -> Self {
        let server = Server {
            host: settings.host.clone(),
            port: settings.port.unwrap_or_else(|| session::usual_port(settings.security)),
            security: settings.security,
            user: settings.user.clone(),
            sign_in: SignIn::Password(settings.password.clone()),
            ca_file: settings.ca_file.clone(),
            patience: session::PATIENCE,
            place: place.clone(),
        };
        Self { settings, server, one_by_one: Mutex::default() }
    }

    /// The folder's name as the server writes it, with the folder open.
    async fn folder(&self, live: &mut Live) -> Result<String, Error> {
        let name = match &self.settings.folder {
            Some(folder) => utf7::encode(folder),
            None => self.special(live).await?,
        };
        let open = format!("SELECT {}", quoted(&name));
        if let Err(error) = self.server.ask(live, &open).await {
            if !matches!(error, Error::Refused { .. }) {
                return Err(error);
            }
            let made = self.server.ask(live, &format!("CREATE {}", quoted(&name))).await;
            if !matches!(made, Ok(_) | Err(Error::Refused { .. })) {
                return made;
            }
            self.server.ask(live, &open).await?;
        }
        Ok(name)
    }

    async fn special(&self, live: &mut Live) -> Result<String, Error> {
        let listing = async {
            let names = live.session.list(Some(""), Some("*")).await?;
            names.try_collect::<Vec<_>>().await
        };
        let names = self.server.quick(listing).await?;
        let marked = names.iter().find(|it| it.attributes().contains(&NameAttribute::Drafts));
        Ok(marked.map_or("Drafts", |it| it.name()).to_owned())
    }
}

#[async_trait]
impl Output for Drafts {
    async fn send(&self, parcel: &Parcel) -> Result<Receipt, Error> {
        let reply = parcel.mail.as_ref().ok_or(Error::Incomplete("a reply"))?;
        let letter = mail::compose(reply, &parcel.item, &self.settings.from)?;
        let _alone = self.one_by_one.lock().await;
        let mut live = self.server.connect().await?;
        let folder = self.folder(&mut live).await?;
        let id = mail::in_brackets(&reply.message_id);
        let query = format!("HEADER Message-ID {} UNDELETED", quoted(&id));
        let there = self.server.search(&mut live, &query).await?;
        if there.is_empty() {
            self.server.append(&mut live, (&folder, "\\Draft"), &letter.bytes).await?;
            failpoint::hit("drafts.appended");
        }
        // The draft is there; whether the server hears our goodbye changes nothing.
        self.server.quick(live.session.logout()).await.ok();
        Ok(Receipt(format!("{}, folder {folder}, {id}", self.server.name())))
    }

    fn sender(&self) -> Option<String> {
        mail::mailbox(&self.settings.from).ok().map(|it| it.email.to_string())
    }
}
