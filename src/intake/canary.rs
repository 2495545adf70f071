//! A mail that we lay into a mailbox ourselves, signed, to see that what lies there comes in: a connection
//! that looks well and brings nothing is the worst failure of a mailbox, because nobody notices.

use jiff::Timestamp;

use super::header::header;
use crate::domain::ConnectorName;

/// The line of the header that tells a canary.
const LINE: &str = "X-Vorlage-Canary";

/// A canary for a door.
pub fn compose(door: &ConnectorName, laid: Timestamp, key: &str) -> Vec<u8> {
    let token = token(door, laid, key);
    format!(
        "From: Vorlage <canary@vorlage.invalid>\r\nTo: Vorlage <canary@vorlage.invalid>\r\n\
         Subject: Vorlage canary\r\nDate: {date}\r\nMessage-ID: <canary.{token}@vorlage.invalid>\r\n\
         Auto-Submitted: auto-generated\r\n{LINE}: {millis} {token}\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=us-ascii\r\n\r\n\
         This mail shows that mails in this mailbox come in. It is removed by itself.\r\n",
        date = laid.strftime("%a, %d %b %Y %H:%M:%S +0000"),
        millis = laid.as_millisecond(),
    )
    .into_bytes()
}

/// When a mail was laid into this door as a canary; `None` when it is none of ours.
pub fn recognise(mail: &[u8], door: &ConnectorName, key: &str) -> Option<Timestamp> {
    let line = header(mail, &LINE.to_lowercase())?;
    let (millis, told) = line.split_once(' ')?;
    let laid = Timestamp::from_millisecond(millis.parse().ok()?).ok()?;
    // Compared as hashes, in a time that tells nothing of where they differ.
    let expected = blake3::Hash::from_hex(token(door, laid, key)).ok()?;
    (blake3::Hash::from_hex(told.trim()).ok()? == expected).then_some(laid)
}

/// Nobody without the key can make one: else a stranger could have a mail removed unseen.
fn token(door: &ConnectorName, laid: Timestamp, key: &str) -> String {
    let key = blake3::derive_key("vorlage 2026-11 canary", key.as_bytes());
    let text = format!("{door} {}", laid.as_millisecond());
    blake3::keyed_hash(&key, text.as_bytes()).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_canary_of_this_door_is_one() {
        let door = ConnectorName::from("post");
        let laid: Timestamp = "2026-11-24T12:00:00.5Z".parse().unwrap();
        let mail = compose(&door, laid, "key");
        assert_eq!(recognise(&mail, &door, "key"), Some(laid));
        assert_eq!(recognise(&mail, &door, "other"), None);
        assert_eq!(recognise(&mail, &"scan".into(), "key"), None);
        let text = String::from_utf8(mail).unwrap();
        assert!(text.contains("Date: Tue, 24 Nov 2026 12:00:00 +0000\r\n"), "{text}");
        let millis = laid.as_millisecond();
        let later = text.replace(&millis.to_string(), &(millis + 1).to_string());
        assert_eq!(recognise(later.as_bytes(), &door, "key"), None);
        assert_eq!(recognise(b"Subject: x\r\n\r\n", &door, "key"), None);
    }
}
