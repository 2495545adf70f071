//! The webhook, against a web server that says what it heard.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use vorlage::connectors::{Error, Output};

use super::{open, parcel};
use crate::support::{Manner, Web};

/// A webhook to a server on this machine, and the folder its secret lies in.
fn webhook(port: u16, more: &str) -> (Arc<dyn Output>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    fs::write(&secret, "geheim\n").unwrap();
    let secret = secret.display();
    let text =
        format!("url = \"http://127.0.0.1:{port}/x\"\nsecret = {{ file = \"{secret}\" }}\n{more}");
    (open("webhook", &text).output.unwrap(), folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_web_server_says_decides_what_becomes_of_the_delivery() {
    const ANSWERS: &[(Manner, &str)] = &[
        (Manner::Answer(503, ""), "busy"),
        (Manner::Answer(429, "Retry-After: 120\r\n"), "busy for 120 s"),
        (Manner::Answer(502, ""), "busy"),
        (Manner::Answer(504, ""), "busy"),
        // draft-ietf-httpapi-idempotency-key-header, section 2.7: it still works on an earlier attempt with this key.
        (Manner::Answer(409, ""), "put off"),
        // The same section: the key was used for something else, or is missing.
        (Manner::Answer(422, ""), "refused"),
        (Manner::Answer(400, ""), "refused"),
        (Manner::Answer(500, ""), "put off"),
        (Manner::Answer(404, ""), "refused"),
        (Manner::Answer(302, "Location: http://127.0.0.1:1/\r\n"), "refused"),
        (Manner::TakeAndHangUp, "unreachable"),
        (Manner::Take, "taken"),
    ];
    const MANNERS: [Manner; ANSWERS.len()] = {
        let mut manners = [Manner::Take; ANSWERS.len()];
        let mut nth = 0;
        while nth < ANSWERS.len() {
            manners[nth] = ANSWERS[nth].0;
            nth += 1;
        }
        manners
    };
    let web = Web::start(&MANNERS);
    let (output, _folder) = webhook(web.port, "");
    for (manner, expected) in ANSWERS {
        let told = match output.send(&parcel("citizen@post.example")).await {
            Ok(_) => "taken".to_owned(),
            Err(Error::Busy { after: Some(after), .. }) => {
                format!("busy for {} s", after.as_secs())
            }
            Err(Error::Busy { .. }) => "busy".to_owned(),
            Err(Error::Deferred { .. }) => "put off".to_owned(),
            Err(Error::Refused { .. }) => "refused".to_owned(),
            Err(Error::Unreachable { .. }) => "unreachable".to_owned(),
            Err(error) => error.to_string(),
        };
        assert_eq!(told, *expected, "{manner:?}");
    }
    let heard = web.heard();
    assert_eq!(heard.len(), ANSWERS.len(), "each was sent once");
    let keys =
        heard.iter().filter(|it| it.to_lowercase().contains("idempotency-key: schlssel-1\r\n"));
    assert_eq!(keys.count(), ANSWERS.len(), "every attempt has the same key");
    assert!(heard[0].to_lowercase().contains("x-vorlage-signature: sha256="));
    assert!(heard[0].contains("\"halter\":\"Müller\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parcel_that_was_taken_although_the_answer_was_lost_has_one_effect() {
    let web = Web::start(&[Manner::TakeAndHangUp, Manner::TakeAndHangUp, Manner::Take]);
    // Each attempt by a program that was started anew.
    for attempt in 0..3 {
        let (output, _folder) = webhook(web.port, "");
        let sent = output.send(&parcel("citizen@post.example")).await;
        assert_eq!(sent.is_ok(), attempt == 2);
        assert!(output.repeatable());
    }
    assert_eq!((web.taken(), web.effects()), (3, 1), "the receiver knows it by its key");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_server_that_hangs_is_waited_for_only_so_long() {
    let web = Web::start(&[Manner::Hang]);
    let (output, _folder) = webhook(web.port, "timeout_seconds = 1");
    let begin = std::time::Instant::now();
    let sent = output.send(&parcel("citizen@post.example")).await;
    assert!(matches!(sent, Err(Error::Unreachable { .. })), "{sent:?}");
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (output, _folder) = webhook(nobody, "");
    let sent = output.send(&parcel("citizen@post.example")).await;
    assert!(matches!(sent, Err(Error::Unreachable { .. })), "{sent:?}");
}
