//! All hostile files at once in the share of a running daemon: each becomes an item before people,
//! and the next letter is worked on as ever.

use crate::hostile::{folder, truths};
use crate::support::{Daemon, Office, Visitor, until};

#[test]
fn every_hostile_file_becomes_an_item_and_the_daemon_goes_on() {
    let office = Office::with_share();
    office.add_user("jutta", "Jutta Weber", "alle");
    let daemon = Daemon::start(&office);
    let mut laid = 0;
    for truth in truths() {
        let bytes = std::fs::read(folder().join(&truth.file)).unwrap();
        office.lay(&truth.file, &bytes);
        laid += 1;
    }
    let count = |name: &str| daemon.health()[name].as_u64().unwrap_or_default() as usize;
    until("all to be laid before people", 240, || {
        (count("waiting") + count("held") + daemon.done() >= laid).then_some(())
    });
    assert_eq!(count("waiting") + count("held") + daemon.done(), laid);

    let letter = "From: Erika Beispiel <erika@post.example>\r\nSubject: Anmeldung zur Hundesteuer\r\n\
        Message-ID: <danach@post.example>\r\n\r\nAnmeldung zur Hundesteuer\r\n\r\nHalter: Erika Beispiel\r\n";
    office.lay("danach.eml", letter.as_bytes());
    let jutta = Visitor::sign_in(office.port, "jutta");
    let items = jutta.wait_for("steueramt", 1, 60);
    assert!(jutta.item(&items[0]).contains("Erika"));
    let log = daemon.log();
    assert!(!log.contains("panicked"), "{log}");
    assert!(!log.contains("Wohngeld") && !log.contains("Ignoriere alle"), "text in the log: {log}");
    assert!(daemon.stop().success());
}
