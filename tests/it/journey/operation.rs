//! How the daemon is run: reload, stop, systemd, monitoring, and logs that give nobody away.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::Duration;

use mail_parser::MessageParser;
use rustix::process::Signal;

use super::mail;
use crate::support::{Daemon, Office, Visitor, get, until};

#[test]
fn new_rules_hold_after_a_reload_and_broken_ones_never_do() {
    let office = Office::with_share();
    office.add_user("jutta", "Jutta Weber", "alle");
    let daemon = Daemon::start(&office);
    let jutta = Visitor::sign_in(office.port, "jutta");

    let rules = office.read("workflows/hundesteuer.toml");
    let line =
        rules.lines().position(|line| line.starts_with("queue = \"steueramt\"")).unwrap() + 1;
    office.write(
        "workflows/hundesteuer.toml",
        &rules.replace("queue = \"steueramt\"", "queue = \"stueramt\""),
    );
    daemon.signal(Signal::HUP);
    daemon.says("the old rules stay");
    assert!(
        daemon.log().contains(&format!("workflows/hundesteuer.toml:{line}:9: ")),
        "the mistake is named by its place"
    );
    office.lay("a.eml", &mail("Frage zur Hundesteuer", "R-4001"));
    jutta.wait_for("steueramt", 1, 60);

    office.write(
        "workflows/hundesteuer.toml",
        &rules.replace("queue = \"steueramt\"", "queue = \"poststelle\""),
    );
    daemon.signal(Signal::HUP);
    daemon.says("new rules hold");
    office.lay("b.eml", &mail("Frage zur Hundesteuer", "R-4002"));
    jutta.wait_for("poststelle", 1, 60);
    assert_eq!(jutta.items("steueramt").len(), 1, "what was drafted keeps its rules");
    assert!(daemon.stop().success());
}

#[test]
fn systemd_and_monitoring_hear_that_it_lives() {
    let office = Office::with_share();
    let socket = office.path("notify");
    let systemd = UnixDatagram::bind(&socket).unwrap();
    systemd.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let heard = |wanted: &str| {
        let mut bytes = [0; 4096];
        until(&format!("`{wanted}`"), 30, || {
            let size = systemd.recv(&mut bytes).unwrap();
            String::from_utf8_lossy(&bytes[..size]).lines().any(|line| line == wanted).then_some(())
        });
    };
    let environment = [("NOTIFY_SOCKET", socket.to_str().unwrap()), ("WATCHDOG_USEC", "600000")];
    let daemon = Daemon::start_with(&office, &environment);
    heard("READY=1");
    heard("WATCHDOG=1");
    heard("WATCHDOG=1");
    daemon.signal(Signal::HUP);
    heard("RELOADING=1");
    heard("READY=1");
    let health = daemon.health();
    assert_eq!((&health["status"], &health["store"]), (&"ok".into(), &"ok".into()));
    let metrics = get(office.port, "/metrics").unwrap();
    assert!(metrics.status == 200 && metrics.body.ends_with("# EOF\n"), "{}", metrics.body);
    assert!(metrics.body.contains("vorlage_items{state=\"waiting\"} 0"), "{}", metrics.body);
    assert!(daemon.stop().success());
    heard("STOPPING=1");
}

#[test]
fn the_log_gives_nobody_away() {
    let office = Office::with_share();
    office.add_user("jutta", "Jutta Weber", "alle");
    let mut personal = BTreeSet::new();
    let mails = Path::new("fixtures/mail");
    let mut count = 0;
    for entry in fs::read_dir(mails).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        collect(&bytes, &mut personal);
        count += 1;
        office.lay(&format!("Brief von Käthe Geheimnis {count}.eml"), &bytes);
    }
    personal.insert("Käthe".to_owned());
    office.lay("Käthe Geheimnis.eml", &mail("Frage zur Hundesteuer", "L-5001"));
    let daemon = Daemon::start_with(&office, &[("RUST_LOG", "debug")]);
    let jutta = Visitor::sign_in(office.port, "jutta");
    until("all items in their queues", 120, || {
        let health = daemon.health();
        (health["waiting"] == count + 1 && health["ready"] == 0).then_some(())
    });
    let item = &jutta.wait_for("steueramt", 1, 60)[0];
    assert_eq!(jutta.decide(item, "correct", &[("v.halter", "Meier, Ada")]).status, 303);
    assert_eq!(jutta.decide(item, "approve", &[("c.halter", "on")]).status, 303);
    until("the delivery", 60, || (daemon.done() == 1).then_some(()));
    personal.extend(["Meier".to_owned(), "jutta".to_owned(), "L-5001".to_owned()]);
    let log = daemon.log();
    assert!(log.contains(item.as_str()), "what happens is told by the item's number");
    for word in personal {
        let line = log.lines().find(|line| line.contains(&word));
        assert!(line.is_none(), "`{word}` is in the log: {}", line.unwrap());
    }
}

/// Names, addresses and subjects of a mail.
fn collect(bytes: &[u8], personal: &mut BTreeSet<String>) {
    let mail = MessageParser::default().parse(bytes).unwrap();
    personal.extend(mail.subject().map(str::to_owned));
    for address in
        [mail.from(), mail.to(), mail.reply_to()].into_iter().flatten().flat_map(|it| it.iter())
    {
        personal.extend(address.name().map(str::to_owned));
        personal.extend(address.address().map(str::to_owned));
    }
    personal.retain(|it| it.chars().count() > 3);
}
