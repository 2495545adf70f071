//! What is known about the sender of a mail, beside what the mail says. None of it is an identity.

use serde::{Deserialize, Serialize};

/// Facts about the sender of a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SenderFacts {
    /// What `Authentication-Results` fields say, topmost first. Anybody can write one.
    pub claims: Vec<Authentication>,
    /// The one that our own server wrote: the topmost with a name that the office trusts.
    pub believed: Option<Authentication>,
    /// What does not fit together, or is made to be mistaken.
    pub doubts: Vec<Doubt>,
}

/// What one server says that it checked (RFC 8601).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authentication {
    /// The name of the server (`authserv-id`).
    pub server: String,
    /// What it checked: `spf`, `dkim`, `dmarc`, `arc`.
    pub checks: Vec<Check>,
}

/// One result.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// `spf`, `dkim`, `dmarc`, `arc`.
    pub method: String,
    /// `pass`, `fail`, `none`, …
    pub result: String,
    /// The domain or address it is about; may be empty.
    pub about: String,
}

/// Something about the sender that a reader should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// It was sent from another domain (`Return-Path`).
    OtherEnvelope(String),
    /// The answer would go to another domain (`Reply-To`).
    OtherReply(String),
    /// Somebody else sent it for the writer (`Sender`).
    OtherSender(String),
    /// The display name holds another address.
    AddressInName(String),
    /// The domain has letters beyond ASCII: this is how it is written in ASCII.
    Internationalised(String),
    /// The domain mixes scripts, as deceivers do: this is how it is written in ASCII.
    LookAlike(String),
    /// There are several senders.
    SeveralSenders(String),
}

impl SenderFacts {
    /// Believes the topmost claim of a server with one of these names; without names, none.
    pub fn believe(&mut self, servers: &[String]) {
        let trusted =
            |it: &&Authentication| servers.iter().any(|name| name.eq_ignore_ascii_case(&it.server));
        self.believed = self.claims.iter().find(trusted).cloned();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_topmost_claim_of_a_trusted_server_is_believed() {
        let claim = |server: &str, result: &str| Authentication {
            server: server.to_owned(),
            checks: vec![Check { result: result.to_owned(), ..Check::default() }],
        };
        let claims = vec![
            claim("evil.example", "pass"),
            claim("mx.stadt.example", "fail"),
            claim("mx.stadt.example", "pass"),
        ];
        let mut facts = SenderFacts { claims, ..SenderFacts::default() };
        facts.believe(&[]);
        assert_eq!(facts.believed, None);
        facts.believe(&["MX.stadt.example".to_owned()]);
        assert_eq!(facts.believed.unwrap().checks[0].result, "fail");
    }
}
