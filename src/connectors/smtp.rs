//! Sends a reply by SMTP, step by step, so that it is known after every failure whether the mail may
//! have gone out. Lost after the end of the data means: perhaps; that is never sent again by itself.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use lettre::transport::smtp::Error as Smtp;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as From, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use lettre::transport::smtp::response::Response;
use schemars::JsonSchema;
use secrecy::ExposeSecret;
use serde::Deserialize;
use tokio::time::timeout;

use super::mail::Letter;
use super::settings::{self, Checking, Security};
use super::{Ability, Connector, Error, Kind, Output, Parcel, Place, Receipt, mail, net, secrets};
use crate::config::{self, Secret};
use crate::failpoint;

/// How long a command may take (RFC 5321, section 4.5.3.2, allows five minutes; offices' relays are near).
const COMMAND: Duration = Duration::from_secs(60);
/// How long the answer to the whole mail may take (RFC 5321, section 4.5.3.2.6).
const DATA: Duration = Duration::from_secs(600);

pub(super) const KIND: Kind = Kind {
    name: "smtp",
    purpose: "Sends an approved reply by mail.",
    example: r#"kind = "smtp"
host = "mail.stadt.example"
security = "starttls"
user = "post@stadt.example"
password = { credential = "smtp-password" }
from = "Stadt Musterstadt <post@stadt.example>"
"#,
    abilities: &[Ability::Output],
    check: |file, text| settings::mistakes::<Settings>(file, text, check),
    schema: config::schema_of::<Settings>,
    open: |name, text, place| {
        let settings: Settings = settings::read(name, text)?;
        let per_minute = Some(settings.per_minute);
        let output: Arc<dyn Output> = Arc::new(Relay { settings, place: place.clone() });
        Ok(Connector { output: Some(output), per_minute, ..Connector::default() })
    },
};

/// A server that sends mail.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// `smtp`.
    #[schemars(extend("const" = "smtp"))]
    #[expect(
        dead_code,
        reason = "read by the loader; named here because unknown keys are refused"
    )]
    kind: String,
    /// The server's name, as in its certificate.
    host: String,
    /// The port; 465 for `tls`, 587 for `starttls`, 25 for `none`.
    port: Option<u16>,
    /// `tls` from the first byte, `starttls`, or `none` for a server on this machine.
    #[serde(default)]
    security: Security,
    /// The name to sign in with; without it, the server must know us by our address.
    user: Option<String>,
    /// Where the password lies.
    password: Option<Secret>,
    /// Certificates (PEM) that are trusted beside the system's own, for an office with its own authority.
    ca_file: Option<PathBuf>,
    /// The sender of the replies, an address with or without a name before it.
    from: String,
    /// The most deliveries a minute. More wait for their turn, in order; after a quiet time a sixth of them may go
    /// at once.
    #[serde(default = "settings::per_minute")]
    per_minute: u32,
    /// What becomes of a mail whose connection broke before the server confirmed it: `hold` lays it before a person;
    /// `resend` sends it again, with the same Message-ID, and whoever has it already gets it twice. `resend` is
    /// for recipients in the house.
    #[serde(default)]
    uncertain: Uncertain,
}

/// What becomes of a mail that may have gone out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Uncertain {
    /// A person looks.
    #[default]
    Hold,
    /// It is sent again.
    Resend,
}

fn check(settings: &Settings, found: &mut Checking<'_, Settings>) {
    found.at_least_one("per_minute", settings.per_minute.into());
    found.line_is_safe(&settings.host, settings.security);
    found.not_empty("host", &settings.host);
    if mail::mailbox(&settings.from).is_err() {
        found.wrong("E0205", &["from"], format!("`{}` is not a mail address", settings.from));
    }
    if settings.user.is_some() != settings.password.is_some() {
        found.wrong("E0205", &["user"], "`user` and `password` belong together".to_owned());
    }
}

struct Relay {
    settings: Settings,
    place: Place,
}

impl Relay {
    fn port(&self) -> u16 {
        self.settings.port.unwrap_or(match self.settings.security {
            Security::Tls => 465,
            Security::Starttls => 587,
            Security::None => 25,
        })
    }

    fn name(&self) -> String {
        format!("{}:{}", self.settings.host, self.port())
    }

    fn unreachable(&self, why: impl ToString) -> Error {
        Error::Unreachable { place: self.name(), why: why.to_string() }
    }

    /// What a failure means before the end of the data: the mail has certainly not gone out.
    fn error(&self, error: &Smtp) -> Error {
        let (place, why) = (self.name(), words(error));
        match error {
            it if it.is_permanent() => Error::Refused { place, why },
            it if it.is_transient() => Error::Busy { place, why, after: None },
            // The server lacks what this mail needs (such as SMTPUTF8): it will lack it tomorrow too.
            it if it.is_client() => Error::Refused { place, why },
            _ => Error::Unreachable { place, why },
        }
    }

    /// The same once a mail is under way: a 4xx is then about this mail or its recipient (greylisting, a full mailbox),
    /// unless the server is closing down (RFC 5321, section 3.8).
    fn about_this_mail(error: Error) -> Error {
        match error {
            Error::Busy { place, why, .. } if !why.contains("(421)") => {
                Error::Deferred { place, why }
            }
            other => other,
        }
    }

    async fn within<T>(&self, step: impl Future<Output = Result<T, Smtp>>) -> Result<T, Error> {
        match timeout(COMMAND, step).await {
            Ok(done) => done.map_err(|error| self.error(&error)),
            Err(_) => Err(self.unreachable(format!("no answer within {} s", COMMAND.as_secs()))),
        }
    }

    fn tls(&self) -> Result<TlsParameters, Error> {
        let mut builder = TlsParameters::builder(self.settings.host.clone());
        if let Some(file) = &self.settings.ca_file {
            for certificate in net::certificates(&self.place.office.join(file))? {
                let certificate = Certificate::from_der(certificate.to_vec());
                builder =
                    builder.add_root_certificate(certificate.map_err(|it| self.unreachable(it))?);
            }
        }
        builder.build_rustls().map_err(|error| self.unreachable(error))
    }

    /// Connects and signs in. Whatever fails here can be tried again: no mail is under way yet.
    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let hello = ClientId::default();
        let tls = match self.settings.security {
            Security::None => None,
            _ => Some(self.tls()?),
        };
        let at_once = tls.clone().filter(|_| self.settings.security == Security::Tls);
        let address = (self.settings.host.as_str(), self.port());
        let connecting =
            AsyncSmtpConnection::connect_tokio1(address, Some(net::CONNECT), &hello, at_once, None);
        let mut connection = self.within(connecting).await?;
        if let (Security::Starttls, Some(tls)) = (self.settings.security, tls) {
            self.within(connection.starttls(tls, &hello)).await?;
        }
        if let (Some(user), Some(password)) = (&self.settings.user, &self.settings.password) {
            let password = secrets::read(password, &self.place)?;
            let credentials = Credentials::new(user.clone(), password.expose_secret().to_owned());
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            self.within(connection.auth(&mechanisms, &credentials)).await?;
        }
        Ok(connection)
    }

    async fn transmit(
        &self,
        connection: &mut AsyncSmtpConnection,
        letter: &Letter,
    ) -> Result<Response, Error> {
        let from = letter.envelope.from().cloned();
        let mut options = Vec::new();
        let plain = |address: &lettre::Address| address.to_string().is_ascii();
        if !letter.envelope.to().iter().chain(&from).all(plain) {
            if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                let why = "it takes no addresses with letters like `ü` (RFC 6531)".to_owned();
                return Err(Error::Refused { place: self.name(), why });
            }
            options.push(MailParameter::SmtpUtfEight);
        }
        self.within(connection.command(From::new(from, options)))
            .await
            .map_err(Self::about_this_mail)?;
        for to in letter.envelope.to() {
            let rcpt = self.within(connection.command(Rcpt::new(to.clone(), Vec::new()))).await;
            rcpt.map_err(Self::about_this_mail)?;
        }
        self.within(connection.command(Data)).await?;
        // lettre writes the end of the data once the iterator is exhausted: from then on the server
        // may have taken the mail, whatever we hear of it.
        let ended = Arc::new(AtomicBool::new(false));
        let end = {
            let ended = ended.clone();
            move || {
                ended.store(true, Ordering::SeqCst);
                failpoint::hit("smtp.data_ending");
                None
            }
        };
        let parts = std::iter::once(letter.bytes.as_slice()).chain(std::iter::from_fn(end));
        let why = match timeout(DATA, connection.message_iter(parts)).await {
            Ok(Ok(response)) => {
                failpoint::hit("smtp.answered");
                return Ok(response);
            }
            Ok(Err(error)) if error.is_permanent() || error.is_transient() => {
                return Err(Self::about_this_mail(self.error(&error)));
            }
            Ok(Err(error)) => words(&error),
            Err(_) => format!("no answer within {} s", DATA.as_secs()),
        };
        if ended.load(Ordering::SeqCst) && self.settings.uncertain == Uncertain::Hold {
            return Err(Error::Uncertain { place: self.name(), why });
        }
        Err(self.unreachable(why))
    }
}

#[async_trait]
impl Output for Relay {
    async fn send(&self, parcel: &Parcel) -> Result<Receipt, Error> {
        let reply = parcel.mail.as_ref().ok_or(Error::Incomplete("a reply"))?;
        let letter = mail::compose(reply, &parcel.item, &self.settings.from)?;
        // Signing in may fail with a 5xx until the password is put right: that is worth another try.
        let mut connection = self.connect().await.map_err(|error| match error {
            Error::Refused { place, why } => Error::Unreachable { place, why },
            other => other,
        })?;
        let sent = self.transmit(&mut connection, &letter).await;
        // What the server says to our goodbye changes nothing.
        timeout(Duration::from_secs(5), connection.abort()).await.ok();
        let answer: Vec<String> = sent?.message().map(str::to_owned).collect();
        Ok(Receipt(format!(
            "{}: {}, {}",
            self.name(),
            answer.join(" "),
            mail::in_brackets(&reply.message_id)
        )))
    }

    fn sender(&self) -> Option<String> {
        mail::mailbox(&self.settings.from).ok().map(|it| it.email.to_string())
    }

    fn sends(&self) -> bool {
        true
    }

    fn repeatable(&self) -> bool {
        self.settings.uncertain == Uncertain::Resend
    }
}

/// The error with its causes in one line.
fn words(error: &Smtp) -> String {
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let inner_words = inner.to_string();
        if !words.contains(&inner_words) {
            words = format!("{words}: {inner_words}");
        }
        cause = inner.source();
    }
    words
}
