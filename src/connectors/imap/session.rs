//! A signed-in IMAP session with a time limit on every command.
//!
//! The library has no time limits of its own, and after a timeout the stream is out of step. So
//! every step takes the session by value and gives it back only when all went well: whatever goes
//! wrong drops it, and the next step connects anew.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use async_imap::error::Error as Imap;
use async_imap::imap_proto::{MailboxDatum, Response, Status};
use async_imap::types::{Capabilities, Mailbox, UnsolicitedResponse};
use async_imap::{Client, Session};
use secrecy::ExposeSecret;
use tokio::time::timeout;

use super::sign_in::{Bearer, SignIn};
use crate::connectors::net::{self, Stream};
use crate::connectors::settings::Security;
use crate::connectors::{Error, Place, secrets};

/// How long a command may take, unless an admin says otherwise.
pub(in crate::connectors) const PATIENCE: Duration = Duration::from_secs(60);
/// How long the answer to a mere sign of life may take.
const ALIVE: Duration = Duration::from_secs(15);
/// A command that moves so many bytes may take as long as two that move none.
const SLOW: u64 = 4 * 1024 * 1024;

/// Where a mailbox is and who we are there.
#[derive(Clone, Debug)]
pub(in crate::connectors) struct Server {
    pub(in crate::connectors) host: String,
    pub(in crate::connectors) port: u16,
    pub(in crate::connectors) security: Security,
    pub(in crate::connectors) user: String,
    pub(in crate::connectors) sign_in: SignIn,
    pub(in crate::connectors) ca_file: Option<PathBuf>,
    /// How long a command may take that moves no mail.
    pub(in crate::connectors) patience: Duration,
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
    /// Its name, as people write it.
    pub(in crate::connectors) name: String,
    /// What the server writes between the names of folders in folders, once it was asked.
    pub(in crate::connectors) separator: Option<String>,
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
        // Before the connection, because a server does not wait long for a name.
        let secret = match &self.sign_in {
            SignIn::Password(password) => secrets::read(password, &self.place)?,
            SignIn::Token(_, token) => token.get(&self.place).await?,
        };
        let mut client = self.client().await?;
        if self.security == Security::Starttls {
            self.quick(client.run_command_and_check_ok("STARTTLS", None)).await?;
            // What the server sent in clear text after its answer is dropped here (RFC 2595, section 3.1).
            let stream = self.encrypt(client.into_inner()).await?;
            client = Client::new(stream);
        }
        let sign_in = async {
            match &self.sign_in {
                SignIn::Password(_) => client.login(&self.user, secret.expose_secret()).await,
                SignIn::Token(mechanism, _) => {
                    let address = (self.host.as_str(), self.port);
                    let bearer = Bearer::new(*mechanism, &secret, &self.user, address);
                    client.authenticate(mechanism.name(), bearer).await
                }
            }
            .map_err(|(error, _)| error)
        };
        // A wrong password may be put right, and nothing has happened yet: this is worth another try.
        let mut session = self.quick(sign_in).await.map_err(|error| match error {
            Error::Refused { place, why } => {
                if let SignIn::Token(_, token) = &self.sign_in {
                    token.forget();
                }
                Error::Unreachable { place, why }
            }
            other => other,
        })?;
        let can = self.quick(session.capabilities()).await?;
        let (folder, name) = (Mailbox::default(), String::new());
        Ok(Live { session, can, folder, name, separator: None, news: true })
    }

    async fn client(&self) -> Result<Client<Stream>, Error> {
        let stream = net::connect(&self.host, self.port).await?;
        let mut stream: Stream = Box::new(stream);
        if self.security == Security::Tls {
            stream = self.encrypt(stream).await?;
        }
        let mut client = Client::new(stream);
        let greeting = async { client.read_response().await.map_err(Imap::from) };
        match self.quick(greeting).await? {
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
        self.within(self.patience, command).await
    }

    /// Whether the other side of a session is still there.
    pub(in crate::connectors) async fn answers(&self, live: &mut Live) -> bool {
        self.command(live, self.patience.min(ALIVE), "NOOP", |_| ()).await.is_ok()
    }

    /// How long a command may take that moves so many bytes.
    pub(in crate::connectors) fn time_for(&self, bytes: u64) -> Duration {
        let times = 1 + bytes.div_ceil(SLOW);
        self.patience.saturating_mul(u32::try_from(times).unwrap_or(u32::MAX))
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

    /// Opens a folder, named as people write it; if it may only be read, then for reading only.
    pub(in crate::connectors) async fn select(
        &self,
        live: &mut Live,
        folder: &str,
    ) -> Result<(), Error> {
        let name = self.path(live, folder).await?;
        live.folder = match self.quick(live.session.select(&name)).await {
            Err(Error::Refused { place, why }) => {
                let read_only = self.quick(live.session.examine(&name)).await;
                read_only.map_err(|_| Error::Refused { place, why })?
            }
            other => other?,
        };
        folder.clone_into(&mut live.name);
        if live.folder.uid_validity.is_none() {
            return Err(self.unreachable("the folder has no UIDVALIDITY, its mails have no names"));
        }
        Ok(())
    }

    /// The name of a folder as the server writes it: people write `/` between folders in folders, and the server
    /// may have another sign for it.
    pub(in crate::connectors) async fn path(
        &self,
        live: &mut Live,
        folder: &str,
    ) -> Result<String, Error> {
        if !folder.contains('/') {
            return Ok(super::utf7::encode(folder));
        }
        if live.separator.is_none() {
            let mut separator = "/".to_owned();
            let hear = |response: &Response<'_>| {
                if let Response::MailboxData(MailboxDatum::List(list)) = response
                    && let Some(sign) = &list.delimiter
                {
                    separator = sign.to_string();
                }
            };
            self.command(live, self.patience, "LIST \"\" \"\"", hear).await?;
            live.separator = Some(separator);
        }
        let separator = live.separator.as_deref().unwrap_or("/");
        Ok(super::utf7::encode(&folder.replace('/', separator)))
    }

    /// UIDs that match, in order.
    pub(in crate::connectors) async fn search(
        &self,
        live: &mut Live,
        query: &str,
    ) -> Result<BTreeSet<u32>, Error> {
        let mut found = BTreeSet::new();
        let hear = |response: &Response<'_>| {
            if let Response::MailboxData(MailboxDatum::Search(uids)) = response {
                found.extend(uids);
            }
        };
        self.command(live, self.patience, &format!("UID SEARCH {query}"), hear).await?;
        Ok(found)
    }

    /// Runs a command that moves no mail.
    pub(in crate::connectors) async fn ask(
        &self,
        live: &mut Live,
        command: &str,
    ) -> Result<String, Error> {
        self.command(live, self.patience, command, |_| ()).await
    }

    /// Runs a command, tells every answer that belongs to it, and gives the server's last words.
    ///
    /// Written out because the library hides it when a server says no to FETCH or SEARCH, or hangs up before the
    /// end: both would look as if there were no mails.
    pub(in crate::connectors) async fn command(
        &self,
        live: &mut Live,
        longest: Duration,
        command: &str,
        mut hear: impl FnMut(&Response<'_>) + Send,
    ) -> Result<String, Error> {
        let Live { session, news, .. } = live;
        let running = async {
            let tag = session.run_command(command).await?;
            while let Some(response) = session.read_response().await? {
                match response.parsed() {
                    Response::Done { tag: done, status, outcome } if *done == tag => {
                        let words = outcome.information.as_deref().unwrap_or_default().to_owned();
                        return match status {
                            Status::Ok => Ok(words),
                            Status::Bad => Err(Imap::Bad(words)),
                            _ => Err(Imap::No(words)),
                        };
                    }
                    Response::MailboxData(MailboxDatum::Exists(_)) => *news = true,
                    other => hear(other),
                }
            }
            Err(Imap::ConnectionLost)
        };
        self.within(longest, running).await
    }

    /// Puts a mail into a folder (named in modified UTF-7), with flags.
    ///
    /// Written out because the library gives up when the server says anything else before it is ready.
    pub(in crate::connectors) async fn append(
        &self,
        live: &mut Live,
        (folder, flags): (&str, &str),
        mail: &[u8],
    ) -> Result<(), Error> {
        use tokio::io::AsyncWriteExt;
        let session = &mut live.session;
        let append = async {
            let folder = quoted(folder);
            let command = format!("APPEND {folder} ({flags}) {{{}}}", mail.len());
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
        self.within(self.time_for(mail.len() as u64), append).await
    }
}

/// A text as IMAP quotes it; control characters cannot stand in it.
pub(in crate::connectors) fn quoted(text: &str) -> String {
    let plain: String = text.chars().filter(|it| !it.is_control()).collect();
    format!("\"{}\"", plain.replace('\\', "\\\\").replace('"', "\\\""))
}

/// UIDs as IMAP writes them, runs as ranges: `1:4,7`.
pub(in crate::connectors) fn uid_set(uids: &[u32]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for uid in uids {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(*uid) => *last = *uid,
            _ => runs.push((*uid, *uid)),
        }
    }
    let written = runs.iter().map(|(first, last)| match first == last {
        true => first.to_string(),
        false => format!("{first}:{last}"),
    });
    written.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::uid_set;

    #[test]
    fn only_what_follows_each_other_is_a_range() {
        assert_eq!(uid_set(&[1, 2, 3, 4, 7, 9, 10]), "1:4,7,9:10");
        assert_eq!(uid_set(&[u32::MAX]), "4294967295");
        assert_eq!(uid_set(&[]), "");
    }
}
