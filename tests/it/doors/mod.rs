//! Every door against the real thing: Dovecot, Exim, a web server, folders.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use vorlage::connectors::{Arrival, Connector, Error, Known, Mail, Parcel, Place, Source, find};

mod imap;
mod imap_done;
mod imap_faults;
mod imap_folders;
mod imap_many;
mod imap_sign_in;
mod replies;
mod share;
mod share_claims;
mod webhook;

const MAIL: &[u8] = b"From: citizen@post.example\r\nTo: amt@stadt.example\r\nSubject: Hund\r\nMessage-ID: <1@post.example>\r\n\r\nBello\r\n";

/// What was accepted, as the store would remember it.
#[derive(Default)]
struct Ledger(Mutex<HashSet<String>>);

impl Ledger {
    fn accept(&self, arrivals: &[Arrival]) {
        self.0.lock().unwrap().extend(arrivals.iter().map(|it| it.origin.clone()));
    }

    /// Takes in everything, as the intake does. Gives the bytes in their order.
    async fn take(&self, source: &Arc<dyn Source>) -> Vec<Vec<u8>> {
        let mut bodies = Vec::new();
        loop {
            let arrivals = source.poll(self, 200).await.unwrap();
            if arrivals.is_empty() {
                return bodies;
            }
            self.accept(&arrivals);
            let origins: Vec<&str> = arrivals.iter().map(|it| it.origin.as_str()).collect();
            // What cannot be acknowledged is told by the door's troubles.
            source.acknowledge_all(&origins).await.ok();
            bodies.extend(arrivals.into_iter().map(|it| it.bytes));
        }
    }
}

/// A mail of its own.
fn mail(number: usize) -> Vec<u8> {
    format!(
        "Subject: Hund {number}\r\nMessage-ID: <{number}@post.example>\r\n\r\nBello {number}\r\n"
    )
    .into_bytes()
}

#[async_trait::async_trait]
impl Known for Ledger {
    async fn is_known(&self, origin: &str) -> Result<bool, Error> {
        Ok(self.0.lock().unwrap().contains(origin))
    }
}

fn place() -> Place {
    Place {
        office: PathBuf::from("/"),
        state: std::env::temp_dir(),
        credentials: None,
        program: PathBuf::new(),
        models: PathBuf::new(),
    }
}

/// Opens a connector as an admin's file would, after its own check found nothing.
fn open(kind: &str, text: &str) -> Connector {
    let text = format!("kind = \"{kind}\"\n{text}");
    let kind = find(kind).unwrap();
    assert_eq!((kind.check)("connectors/x.toml", &text), []);
    (kind.open)("x", &text, &place()).unwrap()
}

fn parcel(to: &str) -> Parcel {
    let mail = Mail {
        message_id: "antwort-1@stadt.example".to_owned(),
        date: "2026-11-22T10:00:00Z".parse().unwrap(),
        to: to.to_owned(),
        subject: "Ihre Anmeldung für Bello".to_owned(),
        text: "Guten Tag,\nschöne Grüße\n".to_owned(),
        in_reply_to: Some("1@post.example".to_owned()),
        references: vec!["1@post.example".to_owned()],
        files: Vec::new(),
    };
    let form = serde_json::json!({ "halter": "Müller" });
    Parcel {
        key: "schlüssel-1".to_owned(),
        item: "item-1".into(),
        mail: Some(mail),
        form,
        ..Parcel::default()
    }
}

#[test]
fn every_example_is_without_mistakes_and_every_kind_has_its_page() {
    for kind in vorlage::connectors::KINDS {
        assert_eq!((kind.check)("connectors/x.toml", kind.example), [], "{}", kind.name);
        let schema = (kind.schema)();
        let properties = schema["properties"].as_object().unwrap();
        for (key, property) in properties {
            let told = property
                .get("description")
                .and_then(|it| it.as_str())
                .is_some_and(|it| !it.is_empty());
            assert!(told, "{}: `{key}` has no description", kind.name);
        }
        assert_eq!(properties["kind"]["const"], kind.name);
    }
}

#[test]
fn an_open_line_out_of_the_machine_is_a_mistake() {
    let text = "kind = \"imap\"\nhost = \"mail.stadt.example\"\nsecurity = \"none\"\nuser = \"a\"\npassword = { file = \"x\" }\n";
    let found = (find("imap").unwrap().check)("connectors/x.toml", text);
    assert_eq!(found.iter().map(|it| it.code).collect::<Vec<_>>(), ["E0204"]);
    let text = "kind = \"webhook\"\nurl = \"http://stadt.example/\"\nsecret = { file = \"x\" }\n";
    let found = (find("webhook").unwrap().check)("connectors/x.toml", text);
    assert_eq!(found.iter().map(|it| it.code).collect::<Vec<_>>(), ["E0204"]);
}
