//! What happens in the mailbox to mails that are stored, when the server or somebody else is in the way.

use super::imap::mailbox;
use super::{Ledger, MAIL, mail};
use crate::servers::Post;
use crate::support::{Daemon, Office, until};

/// More of Dovecot's configuration: rights per folder, which a test may change later.
fn rights(lines: &str) -> (tempfile::NamedTempFile, String) {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(file.path(), mode).unwrap();
    std::fs::write(file.path(), lines).unwrap();
    let config = format!(
        "mail_plugins = acl\nplugin {{\n  acl = vfile:{}:cache_secs=0\n}}\n",
        file.path().display()
    );
    (file, config)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_that_may_only_be_read_gives_its_mails_whatever_is_done_with_them() {
    let (_file, config) = rights("INBOX owner lr\n");
    let post = Post::start_with(&config);
    post.deliver("amt", (0..3).map(mail));
    for (more, told) in [
        ("done = \"nothing\"", false),
        ("done = \"keyword\"", false),
        ("done = \"move\"\nmove_to = \"Erledigt\"", true),
    ] {
        let (source, known) = (mailbox(&post, more), Ledger::default());
        assert_eq!(known.take(&source).await, [mail(0), mail(1), mail(2)], "{more}");
        assert!(known.take(&source).await.is_empty(), "{more}");
        let troubles = source.troubles();
        assert_eq!(!troubles.is_empty(), told, "{more}: {troubles:?}");
        assert_eq!(post.mails("amt", "INBOX").len(), 3);
        // What is stored is known after a new start, and nothing is fetched again.
        assert!(known.take(&mailbox(&post, more)).await.is_empty(), "{more}");
    }
}

#[test]
fn the_daemon_takes_in_what_it_may_not_move_and_says_so() {
    let (_file, config) = rights("INBOX owner lr\n");
    let post = Post::start_with(&config);
    post.deliver("amt", (0..3).map(mail));
    let office = Office::at(&post);
    let door = office.read("connectors/posteingang.toml");
    let door = door.replace("\"keyword\"", "\"move\"\nmove_to = \"Erledigt\"");
    office.write("connectors/posteingang.toml", &door);
    let daemon = Daemon::start(&office);
    daemon.says("the door `posteingang` works in part");
    let waiting = || daemon.metric("vorlage_items{state=\"waiting\"}") == 3;
    until("three items", 60, || waiting().then_some(()));
    assert_eq!(daemon.health()["doors_down"], serde_json::json!(["posteingang"]));
    assert_eq!(daemon.log().matches("works in part").count(), 1, "it is said once");
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_that_cannot_be_moved_are_moved_when_they_can() {
    let (file, config) = rights("INBOX owner lrwstipekxa\nErledigt owner lr\n");
    let post = Post::start_with(&config);
    post.ask("amt", "INBOX", &["CREATE Erledigt"]);
    post.append("amt", "INBOX", &mail(0));
    let more = "done = \"move\"\nmove_to = \"Erledigt\"\npoll_seconds = 1";
    let (source, known) = (mailbox(&post, more), Ledger::default());
    assert_eq!(known.take(&source).await.len(), 1);
    let troubles = source.troubles();
    assert!(troubles[0].contains("cannot be marked or moved"), "{troubles:?}");
    post.append("amt", "INBOX", &mail(1));
    assert_eq!(known.take(&source).await, [mail(1)], "the intake goes on");
    std::fs::write(file.path(), "INBOX owner lrwstipekxa\nErledigt owner lrwstipekxa\n").unwrap();
    for _ in 0..10 {
        source.wait(std::time::Duration::from_secs(1)).await;
        assert!(known.take(&source).await.is_empty(), "nothing is doubled");
        if source.troubles().is_empty() {
            break;
        }
    }
    assert_eq!(source.troubles(), [""; 0]);
    assert_eq!((post.mails("amt", "INBOX").len(), post.mails("amt", "Erledigt").len()), (0, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_copy_and_removal_leaves_one_copy() {
    let post = Post::start_with("imap_capability = IMAP4rev1 LITERAL+ UIDPLUS IDLE");
    for number in 0..3 {
        post.append("amt", "INBOX", &mail(number));
    }
    let (more, known) = ("done = \"move\"\nmove_to = \"Erledigt\"", Ledger::default());
    known.accept(&mailbox(&post, more).poll(&known, 9).await.unwrap());
    // The daemon before had copied the first and copied and marked the third, and then the power was cut.
    let begun = [
        "CREATE Erledigt",
        "UID COPY 1,3 Erledigt",
        "UID STORE 3 +FLAGS (\\Deleted $VorlageMoved)",
    ];
    post.ask("amt", "INBOX", &begun);
    let again = mailbox(&post, more);
    assert!(known.take(&again).await.is_empty());
    assert_eq!(again.troubles(), [""; 0]);
    assert!(post.mails("amt", "INBOX").is_empty());
    let mut moved = post.mails("amt", "Erledigt");
    moved.sort();
    assert_eq!(moved, [mail(0), mail(1), mail(2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_can_neither_move_nor_remove_one_mail_keeps_it_marked_as_deleted() {
    let post = Post::start_with("imap_capability = IMAP4rev1 LITERAL+ IDLE");
    post.append("amt", "INBOX", MAIL);
    post.append("amt", "INBOX", &mail(1));
    post.delete("amt", "INBOX", 2);
    let more = "done = \"move\"\nmove_to = \"Erledigt\"";
    let (source, known) = (mailbox(&post, more), Ledger::default());
    assert_eq!(known.take(&source).await, [MAIL]);
    for _ in 0..2 {
        assert!(known.take(&mailbox(&post, more)).await.is_empty());
    }
    assert_eq!(post.mails("amt", "Erledigt"), [MAIL]);
    let left = post.flags("amt", "INBOX");
    assert!(left.len() == 2 && left.iter().all(|it| it.contains("\\Deleted")), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_offices_share_a_mailbox_and_each_mail_is_an_item_of_one() {
    const MAILS: usize = 120;
    let post = Post::start();
    post.deliver("amt", (0..MAILS).map(mail));
    let office = |name: &str| mailbox(&post, &format!("claim = \"{name}\"\npoll_seconds = 1"));
    let (north, south) = (office("nord"), office("sued"));
    let (northern, southern) = (Ledger::default(), Ledger::default());
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for _ in 0..20 {
        let (a, b) = tokio::join!(async { north.poll(&northern, 7).await.unwrap() }, async {
            south.poll(&southern, 7).await.unwrap()
        },);
        northern.accept(&a);
        southern.accept(&b);
        first.extend(a.into_iter().map(|it| it.bytes));
        second.extend(b.into_iter().map(|it| it.bytes));
    }
    // A mail at which both were at once is nobody's for a moment.
    for _ in 0..30 {
        if first.len() + second.len() >= MAILS {
            break;
        }
        tokio::join!(
            north.wait(std::time::Duration::from_secs(1)),
            south.wait(std::time::Duration::from_secs(1))
        );
        first.extend(northern.take(&north).await);
        second.extend(southern.take(&south).await);
    }
    assert!(!first.is_empty() && !second.is_empty(), "{} and {}", first.len(), second.len());
    let mut all = [first, second].concat();
    all.sort();
    let mut expected: Vec<Vec<u8>> = (0..MAILS).map(mail).collect();
    expected.sort();
    assert_eq!(all.len(), expected.len());
    assert!(all == expected, "a mail is in both offices or in none");
    // Each counts only its own, also after a new start.
    let mine = office("nord").inventory().await.unwrap().len();
    assert_eq!(mine + office("sued").inventory().await.unwrap().len(), MAILS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_is_laid_and_taken_out_and_nothing_else_is() {
    let post = Post::start();
    post.append("amt", "INBOX", MAIL);
    post.append("amt", "INBOX", &mail(1));
    post.delete("amt", "INBOX", 2);
    let source = mailbox(&post, "done = \"nothing\"");
    assert!(source.lay_canary(&mail(7)).await.unwrap());
    assert_eq!(source.inventory().await.unwrap().len(), 2);
    let arrivals = source.poll(&Ledger::default(), 9).await.unwrap();
    let canary = arrivals.iter().find(|it| it.bytes == mail(7)).unwrap();
    for _ in 0..2 {
        source.remove_canary(&canary.origin).await.unwrap();
    }
    source.remove_canary("INBOX/1/1").await.unwrap();
    assert_eq!(post.mails("amt", "INBOX").len(), 2);
    let present = source.inventory().await.unwrap();
    assert_eq!(present.len(), 1);
    assert_eq!(
        (&present[0].origin, present[0].received),
        (&arrivals[0].origin, arrivals[0].received)
    );
}
