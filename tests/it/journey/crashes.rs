//! The daemon is killed again and again, and everything happens once all the same.

use super::{all_done, mail, mails_about};
use crate::servers::Post;
use crate::support::{Chance, Daemon, Office, Visitor, until};

const TOKENS: [&str; 6] = ["K-2001", "K-2002", "K-2003", "K-2004", "K-2005", "K-2006"];

#[test]
fn a_killed_daemon_loses_nothing_and_doubles_nothing() {
    let post = Post::start();
    let office = Office::at(&post);
    office.add_user("jutta", "Jutta Weber", "alle");
    let mut chance = Chance::new();
    for token in TOKENS {
        post.append("amt", "INBOX", &mail("Frage zur Hundesteuer", token));
    }
    // Right after something was accepted, and at moments of chance while it is read.
    let daemon = Daemon::start(&office);
    daemon.says("accepted item");
    daemon.kill();
    for _ in 0..4 {
        let daemon = Daemon::start(&office);
        chance.pause(400);
        daemon.kill();
    }
    let mut daemon = Daemon::start(&office);
    let jutta = Visitor::sign_in(office.port, "jutta");
    let items = jutta.wait_for("steueramt", TOKENS.len(), 60);
    // Right after a decision, and at moments of chance while it is delivered.
    for (nth, item) in items.iter().enumerate() {
        let answer = jutta.decide(item, "approve", &[("c.halter", "on")]);
        assert_eq!(answer.status, 303, "seed {}: {}", chance.seed, answer.body);
        if nth > 0 {
            chance.pause(150);
        }
        daemon.kill();
        daemon = Daemon::start(&office);
    }
    until("the end of all work", 60, || (daemon.health()["ready"] == 0).then_some(()));
    resolve_what_is_uncertain(&post, &jutta);
    all_done(&daemon, TOKENS.len());
    for token in TOKENS {
        let told = format!("seed {}, {token}", chance.seed);
        assert_eq!(mails_about(&post, "citizen", "INBOX", token), 1, "{told}: replies");
        assert_eq!(mails_about(&post, "clerk", "Drafts", token), 1, "{told}: drafts");
        assert_eq!(office.read("liste.csv").matches(token).count(), 1, "{told}: rows");
    }
    assert_eq!(office.names("ablage").len(), TOKENS.len());
    let flags = post.flags("amt", "INBOX");
    assert!(flags.iter().all(|it| it.contains("$Vorlage")), "{flags:?}");
}

/// A reply that may be out is never sent again by itself: a person looks and says what is true.
fn resolve_what_is_uncertain(post: &Post, jutta: &Visitor) {
    for item in jutta.items("steueramt") {
        let page = jutta.item(&item);
        assert!(page.contains("H0104") && page.contains("deliver-counts"), "{page}");
        let token = TOKENS.into_iter().find(|token| page.contains(token)).unwrap();
        until("the mail server to be at rest", 30, || post.is_at_rest().then_some(()));
        let arrived = mails_about(post, "citizen", "INBOX", token) > 0;
        let what = if arrived { "deliver-counts" } else { "deliver-again" };
        let answer = jutta.decide(&item, what, &[]);
        assert_eq!(answer.status, 303, "{}", answer.body);
    }
}
