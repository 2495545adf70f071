//! Hands an approved item to another program over HTTP, signed.
//!
//! Repeatable: the receiver sees the same `Idempotency-Key` for every attempt of the same delivery.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use schemars::JsonSchema;
use secrecy::ExposeSecret;
use serde::Deserialize;
use sha2::Sha256;

use super::settings::{self, Checking};
use super::{Ability, Connector, Error, Kind, Output, Parcel, Place, Receipt, net, secrets};
use crate::config::{self, Secret};
use crate::domain::{Clock, SystemClock};
use crate::failpoint;

pub(super) const KIND: Kind = Kind {
    name: "webhook",
    purpose: "Hands an approved item as JSON to another program's address, signed with a shared secret.",
    example: r#"kind = "webhook"
url = "https://fachverfahren.stadt.example/vorlage"
secret = { credential = "webhook-secret" }
"#,
    abilities: &[Ability::Output],
    check: |file, text| settings::mistakes::<Settings>(file, text, check),
    schema: config::schema_of::<Settings>,
    open: |name, text, place| {
        let settings: Settings = settings::read(name, text)?;
        let per_minute = Some(settings.per_minute);
        let output: Arc<dyn Output> =
            Arc::new(Webhook::new(settings, place, Arc::new(SystemClock))?);
        Ok(Connector { output: Some(output), per_minute, ..Connector::default() })
    },
};

/// An address that approved items are posted to.
///
/// Every attempt of the same delivery has the same `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header). 2xx:
/// taken. 429, 502, 503, 504: busy; `Retry-After` is kept. 409 (the same key is being worked on) and other 5xx: this
/// item later. Everything else: refused, a person looks.
///
/// The body is the parcel as JSON. `X-Vorlage-Signature` is `sha256=` and the HMAC-SHA256, in
/// hexadecimal, of the value of `X-Vorlage-Timestamp` (seconds since 1970), a full stop and the body.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// `webhook`.
    #[schemars(extend("const" = "webhook"))]
    #[expect(
        dead_code,
        reason = "read by the loader; named here because unknown keys are refused"
    )]
    kind: String,
    /// The address: https, or http for a program on this machine.
    url: String,
    /// Where the secret lies that the receiver checks the signature with.
    secret: Secret,
    /// Certificates (PEM) that are trusted beside the system's own, for an office with its own authority.
    ca_file: Option<PathBuf>,
    /// Whether the original and the letter are sent too (in base64), or only the form.
    #[serde(default)]
    with_files: bool,
    /// The longest time for one delivery.
    #[serde(default = "sixty")]
    timeout_seconds: u64,
    /// The most deliveries a minute. More wait for their turn, in order; after a quiet time a sixth of them may go
    /// at once.
    #[serde(default = "settings::per_minute")]
    per_minute: u32,
}

fn sixty() -> u64 {
    60
}

fn check(settings: &Settings, found: &mut Checking<'_, Settings>) {
    found.at_least_one("per_minute", settings.per_minute.into());
    found.at_least_one("timeout_seconds", settings.timeout_seconds);
    if let Some((code, message)) = net::wrong_address(&settings.url) {
        found.wrong(code, &["url"], message);
    }
}

struct Webhook {
    settings: Settings,
    place: Place,
    clock: Arc<dyn Clock>,
    client: reqwest::Client,
}

impl Webhook {
    fn new(settings: Settings, place: &Place, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let ca = settings.ca_file.as_ref().map(|file| place.office.join(file));
        // A redirect could lead to an address that nobody has written into the office's files.
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(net::tls(ca.as_deref())?)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(net::CONNECT)
            .timeout(Duration::from_secs(settings.timeout_seconds))
            .build();
        let client = client.map_err(|error| unreachable(&settings.url, &error))?;
        Ok(Self { settings, place: place.clone(), clock, client })
    }

    fn body(&self, parcel: &Parcel) -> Result<Vec<u8>, Error> {
        let body = if self.settings.with_files {
            serde_json::to_vec(parcel)
        } else {
            let without = |mail: &super::Mail| super::Mail { files: Vec::new(), ..mail.clone() };
            let mail = parcel.mail.as_ref().map(without);
            serde_json::to_vec(&serde_json::json!({
                "key": parcel.key, "item": parcel.item, "class": parcel.class,
                "mail": mail, "form": parcel.form, "row": parcel.row,
            }))
        };
        body.map_err(|error| Error::Refused {
            place: self.settings.url.clone(),
            why: error.to_string(),
        })
    }
}

#[async_trait]
impl Output for Webhook {
    async fn send(&self, parcel: &Parcel) -> Result<Receipt, Error> {
        let place = self.settings.url.clone();
        let body = self.body(parcel)?;
        let secret = secrets::read(&self.settings.secret, &self.place)?;
        let timestamp = self.clock.now().as_second().to_string();
        let signature = sign(secret.expose_secret(), &timestamp, &body);
        let request = self
            .client
            .post(&self.settings.url)
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", header(&parcel.key))
            .header("X-Vorlage-Timestamp", &timestamp)
            .header("X-Vorlage-Signature", format!("sha256={signature}"))
            .body(body);
        // Broken off after the body was sent is no harm: the key makes the repetition a no-op.
        let answer = request.send().await.map_err(|error| unreachable(&place, &error))?;
        failpoint::hit("webhook.answered");
        let (status, why) = (answer.status(), answer.status().to_string());
        if status.is_success() {
            return Ok(Receipt(format!("{place}: {why}")));
        }
        if BUSY.contains(&status) {
            let after = retry_after(answer.headers(), self.clock.now());
            return Err(Error::Busy { place, why, after });
        }
        if status.is_server_error() || LATER.contains(&status) {
            return Err(Error::Deferred { place, why });
        }
        let why = if status.is_redirection() {
            format!("{why}; redirects are not followed")
        } else {
            why
        };
        Err(Error::Refused { place, why })
    }
}

/// The server does not take anything now.
const BUSY: [StatusCode; 4] = [
    StatusCode::TOO_MANY_REQUESTS,
    StatusCode::BAD_GATEWAY,
    StatusCode::SERVICE_UNAVAILABLE,
    StatusCode::GATEWAY_TIMEOUT,
];
/// The server does not take this now. 409 is its answer while it still works on an earlier attempt with our key.
const LATER: [StatusCode; 3] =
    [StatusCode::CONFLICT, StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY];

/// How long the server wants to be left alone (RFC 9110, section 10.2.3): seconds or a date.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(date.timestamp().duration_since(now).try_into().unwrap_or_default())
}

/// HMAC-SHA256 of `timestamp.body` in hexadecimal.
fn sign(secret: &str, timestamp: &str, body: &[u8]) -> String {
    // HMAC takes keys of any length (RFC 2104, section 2); the error type is that of other codes.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn header(text: &str) -> String {
    text.chars().filter(char::is_ascii_graphic).collect()
}

fn unreachable(place: &str, error: &reqwest::Error) -> Error {
    let mut why = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        why = inner.to_string();
        cause = inner.source();
    }
    Error::Unreachable { place: place.to_owned(), why }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wish_to_be_left_alone_is_read_in_both_forms() {
        let now = "2026-11-24T12:00:00Z".parse().unwrap();
        let cases = [
            ("120", Some(120)),
            ("Tue, 24 Nov 2026 12:03:00 GMT", Some(180)),
            ("Tue, 24 Nov 2026 11:00:00 GMT", Some(0)),
            ("bald", None),
            ("-5", None),
        ];
        for (text, seconds) in cases {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            assert_eq!(retry_after(&headers, now), seconds.map(Duration::from_secs), "{text}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }

    #[test]
    fn the_signature_is_hmac_sha256() {
        // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac geheim
        let signature = sign("geheim", "1700000000", b"{\"a\":1}");
        assert_eq!(signature, "c2f0a59f12d0bcd3933234d85083c03b99e970604203fd059a320436bb602adf");
    }
}
