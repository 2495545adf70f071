//! A canary through a real mailbox, and how soon a mail is taken in.

use std::time::Instant;

use super::mail;
use crate::servers::Post;
use crate::support::{Daemon, Office, Visitor, until};

#[test]
fn a_canary_goes_through_a_real_mailbox_and_leaves_nothing_behind() {
    let post = Post::start();
    let office = Office::at(&post);
    let settings = office.read("office.toml");
    office.write("office.toml", &format!("{settings}\n[ledger]\ncanary_minutes = 60\n"));
    office.add_user("jutta", "Jutta Weber", "alle");
    let daemon = Daemon::start(&office);
    daemon.says("a canary came through `posteingang`");
    until("a mailbox without the canary", 30, || {
        post.mails("amt", "INBOX").is_empty().then_some(())
    });
    let health = daemon.health();
    assert_eq!((&health["ready"], &health["waiting"]), (&0.into(), &0.into()));
    let jutta = Visitor::sign_in(office.port, "jutta");
    let page = jutta.get("/ledger").body;
    assert!(page.contains("Letzte Probemail angekommen"), "{page}");

    let before = daemon.log().matches("accepted item").count();
    let appended = Instant::now();
    post.append("amt", "INBOX", &mail("Frage zur Hundesteuer", "C-8001"));
    until("the mail after the canary", 60, || {
        (daemon.log().matches("accepted item").count() > before).then_some(())
    });
    tell(appended);
    jutta.wait_for("steueramt", 1, 60);
}

#[expect(clippy::print_stderr, reason = "a figure for the README, no condition of the test")]
fn tell(appended: Instant) {
    eprintln!("accepted {} ms after it was appended, by IDLE", appended.elapsed().as_millis());
}
