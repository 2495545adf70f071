//! The model is away: people go on, and the rest goes on by itself when it is back.

use std::os::unix::fs::symlink;

use super::sample_post::weights;
use crate::support::{Daemon, Office, Visitor, until};

/// A letter that no certain word decides.
fn letter(token: &str) -> String {
    format!(
        "From: Erika Beispiel <citizen@post.example>\r\nTo: amt@stadt.example\r\nSubject: Unser Welpe\r\n\
         Message-ID: <{token}@post.example>\r\n\r\nGuten Tag,\r\n\r\nwir haben einen Hund bekommen und melden ihn hiermit an.\r\n\r\n\
         Halter: Erika Beispiel\r\nName des Hundes: Bello\r\nZeichen: {token}\r\n"
    )
}

#[test]
fn without_a_model_people_go_on() {
    let office = Office::with_share();
    let settings = office
        .read("office.toml")
        .replace("[policy.marking]", "[policy.models]\nhausmodell = [\"tax\"]\n[policy.marking]");
    office.write("office.toml", &settings);
    office.write(
        "connectors/hausmodell.toml",
        "kind = \"embedded\"\nmodel = \"small\"\ncontext_tokens = 4096\n",
    );
    office.rules("model = \"hausmodell\"", &["ablage"]);
    office.write("models/README", "empty so far");
    office.add_user("jutta", "Jutta Weber", "alle");
    for token in ["M-3001", "M-3002"] {
        office.lay(&format!("{token}.eml"), letter(token).as_bytes());
    }
    let models = office.path("models");
    let daemon = Daemon::start_with(&office, &[("VORLAGE_MODELS", models.to_str().unwrap())]);
    let jutta = Visitor::sign_in(office.port, "jutta");
    let held = until("two held items", 60, || Some(jutta.held()).filter(|items| items.len() == 2));
    let overview = jutta.get("/").body;
    assert!(overview.contains("H0101") && overview.contains("hausmodell"), "{overview}");
    let health = daemon.health();
    assert_eq!(
        (&health["status"], &health["models_down"][0], &health["held"]),
        (&"degraded".into(), &"hausmodell".into(), &2.into())
    );

    file_by_hand(&jutta, &held[0]);
    until("the file", 60, || (office.names("ablage") == [held[0].as_str()]).then_some(()));

    symlink(weights(), models.join(weights().file_name().unwrap())).unwrap();
    until("the other item to go on by itself", 240, || {
        (daemon.health()["waiting"] == 1).then_some(())
    });
    assert!(jutta.held().is_empty());
    until("the model to be well", 60, || (daemon.health()["status"] == "ok").then_some(()));
}

/// The class is chosen by a person, and the form is filled by rules alone.
fn file_by_hand(jutta: &Visitor, item: &str) {
    let page = jutta.item(item);
    assert!(page.contains("H0101"), "{page}");
    assert_eq!(jutta.decide(item, "reclassify", &[("class", "hundesteuer/frage")]).status, 303);
    // The values still wait for the model, until the person says that they need not.
    until("the item to be held again", 60, || jutta.item(item).contains("H0101").then_some(()));
    assert_eq!(jutta.decide(item, "without-model", &[]).status, 303);
    assert_eq!(jutta.items("steueramt"), [item]);
    assert!(jutta.item(item).contains("value=\"Erika Beispiel\""), "rules found what labels name");
    let approved = jutta.decide(item, "approve", &[("c.halter", "on")]);
    assert_eq!(approved.status, 303, "{}", approved.body);
}
