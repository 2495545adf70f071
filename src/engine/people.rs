//! Who may sign in, and who is.

use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Desk;
use crate::domain::UserName;
use crate::store::records::{Records, Session, User};
use crate::store::{self, Event};

/// After so many wrong passwords for one name, it is locked for [`LOCKED`].
const MOST_WRONG: u32 = 8;
/// How long a name is locked.
const LOCKED: SignedDuration = SignedDuration::from_mins(5);

/// A person to be added or changed.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The sign-in name.
    pub name: UserName,
    /// As others read it.
    pub title: String,
    /// Of `office.toml`.
    pub roles: Vec<String>,
    /// In clear text; only its hash is kept.
    pub password: String,
    /// The language of the pages.
    pub language: Option<String>,
}

impl NewUser {
    /// The person as kept: the password hashed.
    pub async fn hashed(self) -> Result<User, store::Error> {
        Ok(User {
            password: hash(self.password).await?,
            name: self.name,
            title: self.title,
            roles: self.roles,
            language: self.language,
            active: true,
        })
    }
}

/// A change left for the daemon by `vorlage user`, which cannot open a store that is in use.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Add a person, or change one of the same name.
    Put(User),
    /// Take the right to sign in away.
    Remove(UserName),
}

/// Leaves a change in the state folder, readable only for the daemon's own user.
pub fn leave(state: &Path, change: Change) -> io::Result<()> {
    let folder = state.join("people");
    std::fs::create_dir_all(&folder)?;
    let name = uuid::Uuid::now_v7().to_string();
    let part = folder.join(format!("{name}.part"));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
    serde_json::to_writer(&mut file, &change)?;
    file.sync_all()?;
    std::fs::rename(&part, folder.join(format!("{name}.json")))
}

/// Takes all left changes, oldest first.
pub async fn take(state: &Path, records: &Records, now: Timestamp) -> Result<usize, store::Error> {
    let failed =
        |error: io::Error| store::Error::Failed { place: "people".into(), why: error.to_string() };
    let Ok(entries) = std::fs::read_dir(state.join("people")) else { return Ok(0) };
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    files.sort();
    for path in &files {
        let text = std::fs::read(path).map_err(failed)?;
        match serde_json::from_slice(&text) {
            Ok(Change::Put(user)) => put(records, user, now).await?,
            Ok(Change::Remove(name)) => {
                if let Some(user) = records.user(&name).await? {
                    put(records, User { active: false, ..user }, now).await?;
                }
            }
            Err(error) => {
                tracing::warn!("a change of the people cannot be read and is dropped: {error}")
            }
        }
        std::fs::remove_file(path).map_err(failed)?;
    }
    Ok(files.len())
}

async fn put(records: &Records, user: User, now: Timestamp) -> Result<(), store::Error> {
    let event = Event {
        what: if user.active { "user" } else { "user-removed" }.into(),
        about: user.name.0.clone(),
        who: "vorlage user".into(),
        at: now.to_string(),
        hash: String::new(),
    };
    records.put_user(&user, event).await
}

/// Wrong passwords in a row, by name.
#[derive(Debug, Default)]
pub(super) struct Attempts(Mutex<HashMap<String, (u32, Timestamp)>>);

impl Attempts {
    fn is_locked(&self, name: &str, now: Timestamp) -> bool {
        let attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.get(name).is_some_and(|(wrong, last)| *wrong >= MOST_WRONG && now < *last + LOCKED)
    }

    fn count(&self, name: &str, right: bool, now: Timestamp) {
        let mut attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.retain(|_, (_, last)| now < *last + LOCKED);
        if right {
            attempts.remove(name);
        } else {
            let entry = attempts.entry(name.to_owned()).or_insert((0, now));
            *entry = (entry.0 + 1, now);
        }
    }
}

impl Desk {
    /// Checks name and password. `None`: wrong, or too many attempts. `Some`: the cookie's secret.
    pub async fn sign_in(
        &self,
        name: &str,
        password: &str,
    ) -> Result<Option<String>, store::Error> {
        let now = self.now();
        if self.attempts.is_locked(name, now) {
            return Ok(None);
        }
        let user = self.records().user(&name.into()).await?.filter(|user| user.active);
        // Without such a user a hash is computed all the same, so that the time tells nothing.
        let known = user.as_ref().map_or_else(|| self.dummy.clone(), |user| user.password.clone());
        let right = verify(password.to_owned(), known).await? && user.is_some();
        self.attempts.count(name, right, now);
        let Some(user) = user.filter(|_| right) else { return Ok(None) };
        let secret = random();
        let hours = i64::from(self.rules().office.settings.web.session_hours);
        let until = now.checked_add(SignedDuration::from_hours(hours)).unwrap_or(now);
        let session = Session { user: user.name, csrf: random(), until };
        self.records().put_session(&secret, &session).await?;
        Ok(Some(secret))
    }

    /// The session and person behind a cookie's secret.
    pub async fn session(&self, secret: &str) -> Result<Option<(Session, User)>, store::Error> {
        let Some(session) =
            self.records().session(secret).await?.filter(|it| it.until > self.now())
        else {
            return Ok(None);
        };
        let user = self.records().user(&session.user).await?.filter(|user| user.active);
        Ok(user.map(|user| (session, user)))
    }

    /// Ends a session.
    pub async fn sign_out(&self, secret: &str) -> Result<(), store::Error> {
        self.records().end_session(secret).await
    }
}

/// 256 random bits as text.
pub(super) fn random() -> String {
    let mut bytes = [0u8; 32];
    // Without randomness nobody may sign in; a session that can be guessed is worse than none.
    if getrandom::fill(&mut bytes).is_err() {
        std::process::abort();
    }
    blake3::Hash::from_bytes(bytes).to_hex().to_string()
}

/// The Argon2id hash of a password in PHC format. Takes a while on purpose, so it has a thread of its own.
pub(super) async fn hash(password: String) -> Result<String, store::Error> {
    let hashed = tokio::task::spawn_blocking(move || {
        Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string())
    });
    let failed = |why: String| store::Error::Failed { place: "argon2".into(), why };
    hashed
        .await
        .map_err(|error| failed(error.to_string()))?
        .map_err(|error| failed(error.to_string()))
}

async fn verify(password: String, hash: String) -> Result<bool, store::Error> {
    let verified = tokio::task::spawn_blocking(move || {
        PasswordHash::new(&hash)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    });
    verified
        .await
        .map_err(|error| store::Error::Failed { place: "argon2".into(), why: error.to_string() })
}
