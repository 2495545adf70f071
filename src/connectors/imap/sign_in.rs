//! How a mailbox is signed in to: with a password, or with an access token (OAuth 2.0).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_imap::Authenticator;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::settings::{Auth, OAuth, Settings};
use crate::config::Secret;
use crate::connectors::{Error, Place, net, secrets};

/// A token is asked for anew so long before it ends.
const EARLY: Duration = Duration::from_secs(60);
/// How long a token is used whose end is not told.
const UNTOLD: u64 = 300;

/// With what we sign in.
#[derive(Clone, Debug)]
pub(in crate::connectors) enum SignIn {
    /// LOGIN with a password.
    Password(Secret),
    /// AUTHENTICATE with a token.
    Token(Mechanism, Token),
}

/// How a token is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::connectors) enum Mechanism {
    /// Microsoft's and Google's.
    Xoauth2,
    /// RFC 7628.
    Oauthbearer,
}

/// Where a token comes from.
#[derive(Clone, Debug)]
pub(in crate::connectors) enum Token {
    /// Another program keeps it fresh.
    Kept(Secret),
    /// It is asked for, and kept until shortly before it ends.
    Asked(Arc<Asked>),
}

/// A token that is asked for.
#[derive(Debug)]
pub(in crate::connectors) struct Asked {
    oauth: OAuth,
    last: Mutex<Option<(SecretString, Instant)>>,
}

impl SignIn {
    /// As an admin has written it.
    pub(super) fn of(settings: &Settings) -> Self {
        let token = match (&settings.token, &settings.oauth) {
            (None, Some(oauth)) => {
                Token::Asked(Arc::new(Asked { oauth: oauth.clone(), last: Mutex::default() }))
            }
            (kept, _) => Token::Kept(kept.clone().unwrap_or_default()),
        };
        match settings.auth {
            Auth::Password => Self::Password(settings.password.clone().unwrap_or_default()),
            Auth::Xoauth2 => Self::Token(Mechanism::Xoauth2, token),
            Auth::Oauthbearer => Self::Token(Mechanism::Oauthbearer, token),
        }
    }
}

impl Token {
    /// The token as it is now.
    pub(super) async fn get(&self, place: &Place) -> Result<SecretString, Error> {
        let asked = match self {
            Self::Kept(secret) => return secrets::read(secret, place),
            Self::Asked(asked) => asked,
        };
        let kept = asked.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((token, end)) = kept
            && Instant::now() < end
        {
            return Ok(token);
        }
        let (token, end) = ask(&asked.oauth, place).await?;
        *asked.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((token.clone(), end));
        Ok(token)
    }

    /// The server did not take it: the next one is asked for anew.
    pub(super) fn forget(&self) {
        if let Self::Asked(asked) = self {
            *asked.last.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }
}

/// The part of the answer that is used (RFC 6749, section 5.1).
#[derive(Deserialize)]
struct Answer {
    access_token: String,
    expires_in: Option<u64>,
}

async fn ask(oauth: &OAuth, place: &Place) -> Result<(SecretString, Instant), Error> {
    let url = &oauth.token_url;
    let failed = |why: String| Error::Unreachable { place: url.clone(), why };
    let secret = secrets::read(&oauth.client_secret, place)?;
    let mut form = vec![
        ("grant_type", "client_credentials"),
        ("client_id", oauth.client_id.as_str()),
        ("client_secret", secret.expose_secret()),
    ];
    form.extend(oauth.scope.as_deref().map(|scope| ("scope", scope)));
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(net::tls(None)?)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(net::CONNECT)
        .timeout(net::CONNECT)
        .build();
    let client = client.map_err(|error| failed(error.to_string()))?;
    let asked = Instant::now();
    let request = client
        .post(url)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .header("Accept", "application/json")
        .body(encode(&form));
    let answer = request.send().await.map_err(|error| failed(error.without_url().to_string()))?;
    let status = answer.status();
    if !status.is_success() {
        return Err(failed(format!("it gives no token: {status}")));
    }
    // What the answer holds is a secret, so it is never part of a message.
    let unreadable = |_| failed("its answer holds no token".to_owned());
    let answer: Answer = answer.json().await.map_err(unreadable)?;
    let lasts = Duration::from_secs(answer.expires_in.unwrap_or(UNTOLD));
    Ok((SecretString::from(answer.access_token), asked + lasts.saturating_sub(EARLY)))
}

/// A form as a browser sends it.
fn encode(form: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (key, value) in form {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(key);
        text.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                text.push(char::from(byte));
            } else {
                text.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    text
}

/// Says to the server what the mechanism wants to hear.
pub(super) struct Bearer {
    first: Option<String>,
    after: &'static str,
}

impl Bearer {
    pub(super) fn new(
        mechanism: Mechanism,
        token: &SecretString,
        user: &str,
        (host, port): (&str, u16),
    ) -> Self {
        let token = token.expose_secret();
        match mechanism {
            Mechanism::Xoauth2 => Self {
                first: Some(format!("user={user}\x01auth=Bearer {token}\x01\x01")),
                after: "",
            },
            Mechanism::Oauthbearer => Self {
                first: Some(format!(
                    "n,a={user},\x01host={host}\x01port={port}\x01auth=Bearer {token}\x01\x01"
                )),
                after: "\x01",
            },
        }
    }
}

impl Authenticator for Bearer {
    type Response = String;

    /// A second question is the server's complaint, to be confirmed before it says no (RFC 7628, section 3.2.3).
    fn process(&mut self, _challenge: &[u8]) -> String {
        self.first.take().unwrap_or_else(|| self.after.to_owned())
    }
}

impl Mechanism {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Xoauth2 => "XOAUTH2",
            Self::Oauthbearer => "OAUTHBEARER",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_keeps_every_sign_of_a_secret() {
        assert_eq!(encode(&[("a", "x y&z=ä"), ("b", "~1")]), "a=x%20y%26z%3D%C3%A4&b=~1");
    }

    #[test]
    fn a_token_is_handed_over_once_and_a_complaint_is_confirmed() {
        let token = SecretString::from("t");
        let mut bearer = Bearer::new(Mechanism::Xoauth2, &token, "a", ("h", 993));
        assert_eq!(bearer.process(b""), "user=a\x01auth=Bearer t\x01\x01");
        assert_eq!(bearer.process(b"{}"), "");
        let mut bearer = Bearer::new(Mechanism::Oauthbearer, &token, "a", ("h", 993));
        assert!(bearer.process(b"").starts_with("n,a=a,\x01host=h\x01port=993\x01auth=Bearer t"));
        assert_eq!(bearer.process(b"{}"), "\x01");
    }
}
