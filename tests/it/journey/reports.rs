//! A reply that a real mail server could not deliver: its report finds the item, and a person sends again, once.

use mail_parser::MessageParser;

use super::{all_done, mail};
use crate::servers::Post;
use crate::support::{Daemon, Office, Visitor, until};

/// A mail of somebody whose mailbox takes mails at the door and loses them behind it.
fn from_broken(token: &str) -> Vec<u8> {
    let mail = String::from_utf8(mail("Frage zur Hundesteuer", token)).unwrap();
    mail.replace("citizen@post.example", "kaputt@post.example").into_bytes()
}

fn approve(jutta: &Visitor, item: &str) {
    let answer = jutta.decide(item, "approve", &[("c.halter", "on")]);
    assert_eq!(answer.status, 303, "{}", answer.body);
}

/// Waits until a page of the item says so.
fn says(jutta: &Visitor, path: &str, words: &str) -> String {
    until(&format!("`{words}` on {path}"), 60, || {
        Some(jutta.get(path).body).filter(|page| page.contains(words))
    })
}

#[test]
fn a_bounce_of_a_real_server_brings_its_item_back_once() {
    let post = Post::start();
    let office = Office::at(&post);
    office.add_user("jutta", "Jutta Weber", "alle");
    post.append("amt", "INBOX", &from_broken("B-6001"));
    let daemon = Daemon::start(&office);
    let jutta = Visitor::sign_in(office.port, "jutta");
    let item = jutta.wait_for("steueramt", 1, 60).remove(0);
    approve(&jutta, &item);
    let page = says(&jutta, &format!("/items/{item}"), "H0108");
    assert!(page.contains("deliver-again") && page.contains("Auf anderem Weg erledigt"), "{page}");
    assert_eq!(jutta.items("steueramt"), [item.as_str()]);
    until("the end of the report", 60, || (daemon.done() == 1).then_some(()));
    let history = jutta.get(&format!("/items/{item}/history")).body;
    assert!(
        history.contains("Die Antwort kam zurück") && history.contains("Zur Nachricht"),
        "{history}"
    );
    assert!(jutta.items("poststelle").is_empty(), "the report is no work of its own");

    assert_eq!(jutta.decide(&item, "deliver-again", &[]).status, 303);
    // The second mail bounces too.
    until("the second report", 60, || (daemon.done() == 2).then_some(()));
    says(&jutta, &format!("/items/{item}"), "H0108");
    assert_eq!(jutta.decide(&item, "deliver-counts", &[]).status, 303);
    all_done(&daemon, 3);
    let bounces = post.mails("amt", "INBOX").len() - 1;
    assert_eq!(bounces, 2, "it was sent twice, as the person said");
    let ids: Vec<String> = post.mails("amt", "INBOX")[1..]
        .iter()
        .map(|bounce| {
            let text = String::from_utf8_lossy(bounce).into_owned();
            assert!(text.contains(&format!("X-Vorlage-Item: {item}")), "{text}");
            let id = text.split("Message-ID: <").find(|it| it.starts_with(&item)).unwrap();
            id.split('>').next().unwrap().to_owned()
        })
        .collect();
    assert_eq!(ids[0], ids[1], "the same mail has the same Message-ID");
    assert_eq!(daemon.health()["waiting"], 0);
}

#[test]
fn what_programs_answer_is_noted_and_our_own_mail_does_not_loop() {
    let post = Post::start();
    let office = Office::at(&post);
    office.add_user("jutta", "Jutta Weber", "alle");
    post.append("amt", "INBOX", &mail("Frage zur Hundesteuer", "B-6101"));
    let daemon = Daemon::start(&office);
    let jutta = Visitor::sign_in(office.port, "jutta");
    let item = jutta.wait_for("steueramt", 1, 60).remove(0);
    approve(&jutta, &item);
    all_done(&daemon, 1);
    let reply = post.wait_for_mails("citizen", "INBOX", 1).remove(0);
    let read = MessageParser::default().parse(&reply).unwrap();
    let id = read.message_id().unwrap();
    let header = |name: &'static str| read.header_raw(name).map(str::trim);
    assert_eq!(header("X-Vorlage-Item"), Some(item.as_str()));
    assert_eq!(header("X-Auto-Response-Suppress"), Some("DR, RN, NRN, OOF, AutoReply"));
    assert_eq!((header("Auto-Submitted"), header("Precedence")), (None, None));

    let away = include_str!("../../../fixtures/reports/away.eml");
    let away = away.replace("01981234-5678-7abc-8def-0123456789ab.reply@amt.stadt.example", id);
    post.append("amt", "INBOX", away.as_bytes());
    post.append("amt", "INBOX", &reply);
    all_done(&daemon, 3);
    let history = says(&jutta, &format!("/items/{item}/history"), "Unsere eigene Antwort");
    assert!(history.contains("Abwesenheitsnotiz"), "{history}");
    // The office writes to itself: what a person approves there is sent to nobody.
    let own = String::from_utf8(mail("Frage zur Hundesteuer", "B-6102")).unwrap();
    post.append(
        "amt",
        "INBOX",
        own.replace("citizen@post.example", "amt@stadt.example").as_bytes(),
    );
    let own = jutta.wait_for("steueramt", 1, 60).remove(0);
    approve(&jutta, &own);
    says(&jutta, &format!("/items/{own}"), "H0109");
    assert_eq!(post.mails("amt", "INBOX").len(), 4, "nothing came out of its own door");
    assert_eq!(post.mails("citizen", "INBOX").len(), 1);
}

#[test]
fn one_reply_more_than_may_go_to_an_address_waits() {
    let post = Post::start();
    let office = Office::at(&post);
    let settings = office.read("office.toml");
    let level = "automation_level = 1";
    office.write("office.toml", &settings.replace(level, &format!("{level}\nreplies_per_day = 1")));
    office.add_user("jutta", "Jutta Weber", "alle");
    for token in ["B-6201", "B-6202"] {
        post.append("amt", "INBOX", &mail("Frage zur Hundesteuer", token));
    }
    let daemon = Daemon::start(&office);
    let jutta = Visitor::sign_in(office.port, "jutta");
    let items = jutta.wait_for("steueramt", 2, 60);
    approve(&jutta, &items[0]);
    all_done(&daemon, 1);
    approve(&jutta, &items[1]);
    let page = says(&jutta, &format!("/items/{}", items[1]), "H0111");
    assert!(page.contains("Trotzdem senden"), "{page}");
    assert_eq!(post.mails("citizen", "INBOX").len(), 1);
    assert_eq!(jutta.decide(&items[1], "deliver-again", &[]).status, 303);
    all_done(&daemon, 2);
    assert_eq!(post.wait_for_mails("citizen", "INBOX", 2).len(), 2);
}
