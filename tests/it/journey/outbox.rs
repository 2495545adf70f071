//! Deliveries that do not work at once: what the receiver sees, and what the office sees.

use super::{all_done, mail, mails_about};
use crate::servers::Post;
use crate::support::{Daemon, Manner, Office, Visitor, Web, program, until};

#[test]
fn a_parcel_whose_answer_was_lost_has_one_effect_also_over_a_restart() {
    let web = Web::start(&[Manner::TakeAndHangUp, Manner::TakeAndHangUp, Manner::Take]);
    let office = Office::with_share();
    office.write("geheim", "geheim\n");
    let secret = office.path("geheim");
    let text = format!(
        "kind = \"webhook\"\nurl = \"http://127.0.0.1:{}/x\"\nsecret = {{ file = \"{}\" }}\n",
        web.port,
        secret.display()
    );
    office.write("connectors/web.toml", &text);
    office.rules("", &["web", "ablage"]);
    office.add_user("jutta", "Jutta Weber", "alle");
    office.lay("a.eml", &mail("Frage zur Hundesteuer", "O-6001"));
    let daemon = Daemon::start(&office);
    let jutta = Visitor::sign_in(office.port, "jutta");
    let item = &jutta.wait_for("steueramt", 1, 60)[0];
    assert_eq!(jutta.decide(item, "approve", &[("c.halter", "on")]).status, 303);
    until("the first attempt", 60, || (web.heard().len() == 1).then_some(()));
    until("the item to be held", 60, || (daemon.health()["held"] == 1).then_some(()));
    let page = jutta.item(item);
    assert!(
        page.contains("H0103") && !page.contains("value=\"reject\""),
        "it is on its way:\n{page}"
    );
    daemon.kill();
    let daemon = Daemon::start(&office);
    all_done(&daemon, 1);
    assert_eq!((web.taken(), web.effects()), (3, 1), "three attempts, one key");
    assert_eq!(office.names("ablage"), [item.as_str()]);
}

#[test]
fn what_could_not_be_delivered_is_listed_until_a_person_settles_it() {
    let post = Post::start();
    let text = String::from_utf8(mail("Frage zur Hundesteuer", "O-6002")).unwrap();
    post.append("amt", "INBOX", text.replace("citizen@", "niemand@").as_bytes());
    let office = Office::at(&post);
    office.add_user("jutta", "Jutta Weber", "alle");
    let daemon = Daemon::start(&office);
    let jutta = Visitor::sign_in(office.port, "jutta");
    let item = &jutta.wait_for("steueramt", 1, 60)[0];
    assert_eq!(jutta.decide(item, "approve", &[("c.halter", "on")]).status, 303);
    until("the refusal", 60, || (daemon.health()["undelivered"] == 1).then_some(()));
    assert_eq!(daemon.metric("vorlage_undelivered{why=\"refused\"}"), 1);
    assert_eq!(daemon.metric("vorlage_connector_open{connector=\"ausgang\"}"), 0, "it answered");
    let overview = jutta.get("/").body;
    let listed = overview.contains("Nicht zugestellt") && overview.contains("H0105");
    assert!(listed && overview.contains(item.as_str()), "{overview}");
    let asked = || {
        let told =
            program().args(["queue", "--undelivered", "--office"]).arg(office.folder()).output();
        let told = told.unwrap();
        (told.status.code(), String::from_utf8(told.stdout).unwrap())
    };
    let (code, told) = asked();
    assert!(code == Some(1) && told.contains(item.as_str()) && told.contains("H0105"), "{told}");
    assert!(mails_about(&post, "clerk", "Drafts", "O-6002") == 0, "one after the other");
    assert_eq!(jutta.decide(item, "deliver-counts", &[]).status, 303);
    all_done(&daemon, 1);
    assert_eq!(mails_about(&post, "clerk", "Drafts", "O-6002"), 1);
    assert_eq!(daemon.health()["undelivered"], 0);
    assert!(!jutta.get("/").body.contains("Nicht zugestellt"));
    assert_eq!(asked().0, Some(0));
}
