//! A signed-in IMAP session with a time limit on every command.
//!
//! The library has no time limits of its own, and after a timeout the stream is out of step. So
//! every step takes the session by value and gives it back only when all went well: whatever goes
//! wrong drops it, and the next step connects anew.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use async_imap::error::Error as Imap;
use async_imap::imap_proto::{Response, Status};
use async_imap::types::{Capabilities, Mailbox, UnsolicitedResponse};
use async_imap::{Client, Session};
use secrecy::ExposeSecret;
use tokio::time::timeout;

use crate::config::Secret;
use crate::connectors::net::{self, Stream};
use crate::connectors::settings::Security;
use crate::connectors::{Error, Place, secrets};

/// How long a command may take that moves no mail.
const COMMAND: Duration = Duration::from_secs(60);
/// How long a command may take that moves a whole mail.
pub(in crate::connectors) const TRANSFER: Duration = Duration::from_secs(600);

/// Where a mailbox is and who we are there.
#[derive(Clone, Debug)]
pub(in crate::connectors) struct Server {
    pub(in crate::connectors) host: String,
    pub(in crate::connectors) port: u16,
    pub(in crate::connectors) security: Security,
    pub(in crate::connectors) user: String,
    pub(in crate::connectors) password: Secret,
    pub(in crate::connectors) ca_file: Option<PathBuf>,
    pub(in crate::connectors) place: Place,
}

/// A session that works.
pub(in crate::connectors) struct Live {
    /// The library's session.
    pub(in crate::connectors) session: Session<Stream>,
    /// What the server can do.
    pub(in crate::connectors) can: Capabilities,
    /// The selected folder, if one is.
    pub(in crate::connectors) folder: Mailbox,
    /// Whether mail may have come since the folder was last looked at.
    pub(in crate::connectors) news: bool,
}

impl Live {
    /// Takes in what the server told beside its answers; the library keeps only a hundred of them.
    pub(in crate::connectors) fn hear(&mut self) {
        let told = std::iter::from_fn(|| self.session.unsolicited_responses.try_recv().ok());
        self.news |= tells_of_mail(told);
    }
}

/// Whether the server told of a new mail. All of it is read, also what follows.
pub(in crate::connectors) fn tells_of_mail(
    told: impl Iterator<Item = UnsolicitedResponse>,
) -> bool {
    told.filter(|it| matches!(it, UnsolicitedResponse::Exists(_))).count() > 0
}

/// The usual port of IMAP.
pub(in crate::connectors) fn usual_port(security: Security) -> u16 {
    if security == Security::Tls { 993 } else { 143 }
}

impl Server {
    /// As messages name it.
    pub(in crate::connectors) fn name(&self) -> String {
        format!("{}@{}:{}", self.user, self.host, self.port)
    }

    /// Connects and signs in.
    pub(in crate::connectors) async fn connect(&self) -> Result<Live, Error> {
        let password = secrets::read(&self.password, &self.place)?;
        let mut client = self.client().await?;
        if self.security == Security::Starttls {
            self.within(COMMAND, client.run_command_and_check_ok("STARTTLS", None)).await?;
            // What the server sent in clear text after its answer is dropped here (RFC 2595, section 3.1).
            let stream = self.encrypt(client.into_inner()).await?;
            client = Client::new(stream);
        }
        let login = async {
            client.login(&self.user, password.expose_secret()).await.map_err(|(error, _)| error)
        };
        // A wrong password may be put right, and nothing has happened yet: this is worth another try.
        let mut session = self.within(COMMAND, login).await.map_err(|error| match error {
            Error::Refused { place, why } => Error::Unreachable { place, why },
            other => other,
        })?;
        let can = self.within(COMMAND, session.capabilities()).await?;
        Ok(Live { session, can, folder: Mailbox::default(), news: true })
    }

    async fn client(&self) -> Result<Client<Stream>, Error> {
        let stream = net::connect(&self.host, self.port).await?;
        let mut stream: Stream = Box::new(stream);
        if self.security == Security::Tls {
            stream = self.encrypt(stream).await?;
        }
        let mut client = Client::new(stream);
        let greeting = async { client.read_response().await.map_err(Imap::from) };
        match self.within(COMMAND, greeting).await? {
            Some(_) => Ok(client),
            None => Err(self.unreachable("it closed the connection")),
        }
    }

    async fn encrypt(&self, stream: Stream) -> Result<Stream, Error> {
        let ca = self.ca_file.as_ref().map(|file| self.place.office.join(file));
        net::encrypt(stream, &self.host, ca.as_deref()).await
    }

    /// Runs a command with its time limit.
    pub(in crate::connectors) async fn within<T>(
        &self,
        longest: Duration,
        command: impl Future<Output = Result<T, Imap>>,
    ) -> Result<T, Error> {
        match timeout(longest, command).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(self.error(error)),
            Err(_) => Err(self.unreachable(&format!("no answer within {} s", longest.as_secs()))),
        }
    }

    /// A command that moves no mail.
    pub(in crate::connectors) async fn quick<T>(
        &self,
        command: impl Future<Output = Result<T, Imap>>,
    ) -> Result<T, Error> {
        self.within(COMMAND, command).await
    }

    pub(in crate::connectors) fn unreachable(&self, why: &str) -> Error {
        Error::Unreachable { place: self.name(), why: why.to_owned() }
    }

    fn error(&self, error: Imap) -> Error {
        let place = self.name();
        match error {
            Imap::No(why) | Imap::Bad(why) => Error::Refused { place, why },
            other => Error::Unreachable { place, why: other.to_string() },
        }
    }

    /// Opens a folder, named as people write it.
    pub(in crate::connectors) async fn select(
        &self,
        mut live: Live,
        folder: &str,
    ) -> Result<Live, Error> {
        let name = super::utf7::encode(folder);
        live.folder = self.within(COMMAND, live.session.select(name)).await?;
        Ok(live)
    }

    /// UIDs that match, in order.
    pub(in crate::connectors) async fn search(
        &self,
        mut live: Live,
        query: &str,
    ) -> Result<(Live, BTreeSet<u32>), Error> {
        let found = self.within(COMMAND, live.session.uid_search(query)).await?;
        Ok((live, found.into_iter().collect()))
    }

    /// Runs a command, and gives the session back also when the server says no to it.
    pub(in crate::connectors) async fn ask(
        &self,
        mut live: Live,
        command: &str,
    ) -> Result<(Live, Result<(), Error>), Error> {
        match self.within(COMMAND, live.session.run_command_and_check_ok(command)).await {
            Err(no @ Error::Refused { .. }) => Ok((live, Err(no))),
            other => other.map(|()| (live, Ok(()))),
        }
    }

    /// Puts a draft into a folder (named in modified UTF-7).
    ///
    /// Written out because the library gives up when the server says anything else before it is ready.
    pub(in crate::connectors) async fn append(
        &self,
        live: &mut Live,
        folder: &str,
        mail: &[u8],
    ) -> Result<(), Error> {
        use tokio::io::AsyncWriteExt;
        let session = &mut live.session;
        let append = async {
            let folder = quoted(folder);
            let command = format!("APPEND {folder} (\\Draft) {{{}}}", mail.len());
            let tag = session.run_command(command).await?;
            let mut sent = false;
            while let Some(response) = session.read_response().await? {
                match response.parsed() {
                    Response::Continue { .. } if !sent => {
                        session.get_mut().write_all(mail).await?;
                        session.get_mut().write_all(b"\r\n").await?;
                        session.get_mut().flush().await?;
                        sent = true;
                    }
                    Response::Done { tag: done, status, outcome } if *done == tag => {
                        if *status == Status::Ok {
                            return Ok(());
                        }
                        let why = outcome.information.as_deref().unwrap_or("it gave no reason");
                        return Err(Imap::No(why.to_owned()));
                    }
                    _ => {}
                }
            }
            Err(Imap::ConnectionLost)
        };
        self.within(TRANSFER, append).await
    }
}

/// A text as IMAP quotes it; control characters cannot stand in it.
pub(in crate::connectors) fn quoted(text: &str) -> String {
    let plain: String = text.chars().filter(|it| !it.is_control()).collect();
    format!("\"{}\"", plain.replace('\\', "\\\\").replace('"', "\\\""))
}
