//! The whole program as its people use it: real mail servers, real pages, the real binary.

use mail_parser::MessageParser;

use crate::servers::{PASSWORD, Post};
use crate::support::{Daemon, Office, Visitor, until};

mod canary;
mod crashes;
mod errands;
mod fellows;
mod hostile;
mod operation;
mod outbox;
mod reports;
mod sample_post;
mod without_model;

/// A mail of a citizen who writes about a dog. The token is in its Message-ID and in the reply's subject.
fn mail(subject: &str, token: &str) -> Vec<u8> {
    format!(
        "From: Erika Beispiel <citizen@post.example>\r\nTo: amt@stadt.example\r\nSubject: {subject}\r\n\
         Message-ID: <{token}@post.example>\r\nReferences: <vorher@post.example>\r\n\
         Date: Fri, 20 Nov 2026 10:00:00 +0100\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
         Guten Tag,\r\n\r\nHalter: Erika Beispiel\r\nName des Hundes: Bello\r\nZeichen: {token}\r\n\r\nMit freundlichen Grüßen\r\n"
    )
    .into_bytes()
}

/// Waits until nothing is under way any more and so many items are finished.
fn all_done(daemon: &Daemon, count: usize) {
    until(&format!("{count} finished items"), 60, || (daemon.done() == count).then_some(()));
}

/// How many mails in a folder mention a token in their subject.
fn mails_about(post: &Post, user: &str, folder: &str, token: &str) -> usize {
    let about = |mail: &Vec<u8>| {
        let mail = MessageParser::default().parse(mail).unwrap();
        mail.subject().unwrap_or_default().ends_with(token)
    };
    post.mails(user, folder).iter().filter(|mail| about(mail)).count()
}

#[test]
fn post_becomes_an_approved_reply_exactly_once() {
    let post = Post::start();
    let first = mail("Anmeldung zur Hundesteuer", "T-1001");
    post.append("amt", "INBOX", &first);
    post.append("amt", "INBOX", &mail("Frage zur Hundesteuer", "T-1002"));
    post.append("amt", "INBOX", &first);
    let office = Office::at(&post);
    office.add_user("jutta", "Jutta Weber", "alle");
    office.add_user("lena", "Lena Leitung", "leitung");
    let daemon = Daemon::start_with(&office, &[("RUST_LOG", "debug")]);
    let (jutta, lena) =
        (Visitor::sign_in(office.port, "jutta"), Visitor::sign_in(office.port, "lena"));
    let items = jutta.wait_for("steueramt", 2, 60);
    let find = |token: &str| items.iter().find(|it| jutta.item(it).contains(token)).unwrap();
    let (dog, question) = (find("T-1001"), find("T-1002"));
    assert_eq!(lena.get(&format!("/items/{dog}")).status, 403, "it does not wait for her yet");

    correct_and_approve(&jutta, dog);
    assert_eq!(lena.items("leitung"), [dog.as_str()]);
    let same = jutta.decide(dog, "approve", &[]);
    assert_eq!(same.status, 409, "the same person may not be the second of four eyes");
    assert!(post.mails("citizen", "INBOX").is_empty(), "nothing leaves before both have approved");
    assert_eq!(lena.decide(dog, "approve", &[]).status, 303);
    assert_eq!(jutta.decide(question, "reject", &[("reason", "schon beantwortet")]).status, 303);
    all_done(&daemon, 2);

    let expected = Expected { post: &post, office: &office, item: dog };
    expected.holds();
    assert!(daemon.stop().success());
    let again = Daemon::start(&office);
    until("a second look into the mailbox", 60, || {
        (again.metric("vorlage_door_last_success_timestamp_seconds{door=\"posteingang\"}") > 0)
            .then_some(())
    });
    assert_eq!((again.done(), again.health()["waiting"].as_u64()), (2, Some(0)));
    expected.holds();
    for word in ["Beispiel", "citizen", "Bello", "Bella", "T-1001", "jutta", PASSWORD] {
        let log = again.log();
        let line = log.lines().find(|line| line.contains(word));
        assert!(line.is_none(), "`{word}` is in the log: {}", line.unwrap());
    }
}

fn correct_and_approve(jutta: &Visitor, item: &str) {
    let page = jutta.item(item);
    assert!(
        page.contains("<strong>Erika Beispiel</strong>"),
        "the proof of the value is shown:\n{page}"
    );
    let unconfirmed = jutta.decide(item, "approve", &[]);
    assert_eq!(unconfirmed.status, 409, "a value that must be confirmed is not");
    assert_eq!(jutta.decide(item, "correct", &[("v.hund", "Bella")]).status, 303);
    assert!(jutta.item(item).contains("Ihr Hund: Bella"), "the reply is made anew");
    let old = jutta.decide_on(&page, item, "approve", &[("c.halter", "on")]);
    assert_eq!(old.status, 409, "nobody approves what they did not see");
    let forged =
        jutta.post(&format!("/items/{item}/decide"), &[("do", "approve"), ("version", "1")]);
    assert_eq!(forged.status, 403, "a form without the page's token is not ours");
    let approved = jutta.decide(item, "approve", &[("c.halter", "on")]);
    assert_eq!(approved.status, 303, "{}", approved.body);
    assert!(approved.location.contains("notice-approved"), "{}", approved.location);
}

/// What has to be there at the end, once each.
struct Expected<'a> {
    post: &'a Post,
    office: &'a Office,
    item: &'a str,
}

impl Expected<'_> {
    fn holds(&self) {
        let replies = self.post.wait_for_mails("citizen", "INBOX", 1);
        let drafts = self.post.wait_for_mails("clerk", "Drafts", 1);
        assert_eq!((replies.len(), drafts.len()), (1, 1));
        for mail in [&replies[0], &drafts[0]] {
            let mail = MessageParser::default().parse(mail).unwrap();
            assert_eq!(mail.subject(), Some("Ihr Zeichen T-1001"));
            assert_eq!(mail.in_reply_to().as_text(), Some("T-1001@post.example"));
            let thread: Vec<&str> =
                mail.references().as_text_list().unwrap().iter().map(AsRef::as_ref).collect();
            assert_eq!(thread, ["vorher@post.example", "T-1001@post.example"]);
            let text = mail.body_text(0).unwrap();
            assert!(
                text.contains("Bella") && text.contains("Ein Programm (KI) hat geholfen."),
                "{text}"
            );
        }
        assert_eq!(self.office.names("ablage"), [self.item]);
        let form: serde_json::Value =
            serde_json::from_str(&self.office.read(&format!("ablage/{}/form.json", self.item)))
                .unwrap();
        assert_eq!(
            (&form["fields"]["hund"]["value"], &form["approved"][1]["by"]),
            (&"Bella".into(), &"lena".into())
        );
        let table = self.office.read("liste.csv");
        assert_eq!((table.lines().count(), table.matches("Bella").count()), (2, 1), "{table}");
        let flags = self.post.flags("amt", "INBOX");
        assert_eq!(flags.len(), 3, "the office's mails stay where they are: {flags:?}");
        assert!(
            flags.iter().all(|it| it.contains("$Vorlage") && !it.contains("Seen")),
            "{flags:?}"
        );
    }
}
