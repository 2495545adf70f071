//! People and their sessions.

use super::{Records, Session, User, body, parse};
use crate::domain::UserName;
use crate::store::{Change, Commit, Error, Event};

impl Records {
    /// A person who may sign in.
    pub async fn user(&self, name: &UserName) -> Result<Option<User>, Error> {
        Ok(self.read(&user_key(name)).await?.map(|(user, _)| user))
    }

    /// Everyone, by name.
    pub async fn users(&self) -> Result<Vec<User>, Error> {
        let rows = self.store.scan("user/", "", usize::MAX).await?;
        rows.iter().map(|(key, row)| parse(key, row)).collect()
    }

    /// Adds or changes a person, with an event in the audit chain.
    pub async fn put_user(&self, user: &User, event: Event) -> Result<(), Error> {
        let key = user_key(&user.name);
        let changes = vec![Change::Put(key.clone(), body(&key, user)?)];
        self.store.commit(Commit { guards: Vec::new(), changes, events: vec![event] }).await?;
        Ok(())
    }

    /// The session of a cookie's secret, ended or not.
    pub async fn session(&self, secret: &str) -> Result<Option<Session>, Error> {
        Ok(self.read(&session_key(secret)).await?.map(|(session, _)| session))
    }

    /// Begins a session, or changes it.
    pub async fn put_session(&self, secret: &str, session: &Session) -> Result<(), Error> {
        let key = session_key(secret);
        let changes = vec![Change::Put(key.clone(), body(&key, session)?)];
        self.store.commit(Commit { changes, ..Commit::default() }).await?;
        Ok(())
    }

    /// Ends a session.
    pub async fn end_session(&self, secret: &str) -> Result<(), Error> {
        let changes = vec![Change::Delete(session_key(secret))];
        self.store.commit(Commit { changes, ..Commit::default() }).await?;
        Ok(())
    }
}

fn user_key(name: &UserName) -> String {
    format!("user/{name}")
}

/// Only the hash of a cookie's secret is kept: who reads the store cannot sign in with it.
fn session_key(secret: &str) -> String {
    format!("session/{}", blake3::hash(secret.as_bytes()).to_hex())
}
