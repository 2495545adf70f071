//! The mailbox as a source, against a real Dovecot.

use std::sync::Arc;
use std::time::{Duration, Instant};

use vorlage::connectors::{Arrival, Error, Source};

use super::{Ledger, MAIL, open};
use crate::servers::{PASSWORD, Post};

pub(super) fn mailbox(post: &Post, more: &str) -> Arc<dyn Source> {
    let (ca, password) = (post.ca_file.display(), post.password_file.display());
    let secure = format!("security = \"tls\"\nport = {}\nca_file = \"{ca}\"", post.imaps_port);
    let text =
        format!("host = \"localhost\"\nuser = \"amt\"\npassword = {{ file = \"{password}\" }}");
    let secure = if more.contains("security") { String::new() } else { secure };
    open("imap", &format!("{text}\n{secure}\n{more}")).source.unwrap()
}

/// Looks and waits as the engine does, until something comes.
pub(super) async fn next(source: &Arc<dyn Source>, known: &Ledger) -> Vec<Arrival> {
    for _ in 0..10 {
        match source.poll(known, 9).await {
            Ok(arrivals) if !arrivals.is_empty() => return arrivals,
            _ => source.wait(Duration::from_secs(1)).await,
        }
    }
    Vec::new()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_arrives_once_and_gets_a_keyword() {
    let post = Post::start();
    post.append("amt", "INBOX", MAIL);
    post.append("amt", "INBOX", MAIL);
    let (source, known) = (mailbox(&post, ""), Ledger::default());
    let first = source.poll(&known, 1).await.unwrap();
    assert_eq!((first.len(), first[0].bytes.as_slice()), (1, MAIL));
    assert_eq!(source.poll(&known, 9).await.unwrap().len(), 2, "nothing is accepted yet");
    known.accept(&first);
    let second = source.poll(&known, 9).await.unwrap();
    assert_eq!(second.len(), 1);
    assert!(second[0].received.as_second() > 1_700_000_000, "{}", second[0].received);
    known.accept(&second);
    source.acknowledge(&first[0].origin, &"i".into()).await.unwrap();
    source.acknowledge(&first[0].origin, &"i".into()).await.unwrap();
    source.acknowledge("INBOX/1/1", &"i".into()).await.unwrap();
    let flags = post.flags("amt", "INBOX");
    assert!(flags[0].contains("$Vorlage") && !flags[0].contains("Seen"), "{flags:?}");
    assert!(!flags[1].contains("$Vorlage"), "{flags:?}");
    // A new start looks at everything again and finds nothing new.
    assert!(mailbox(&post, "").poll(&known, 9).await.unwrap().is_empty());
    // The second was stored, and the daemon ended before it was acknowledged: that is made up for.
    assert!(post.flags("amt", "INBOX")[1].contains("$Vorlage"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_was_stored_before_a_crash_is_moved_by_the_next_start() {
    let post = Post::start();
    post.append("amt", "INBOX", MAIL);
    let (more, known) = ("done = \"move\"\nmove_to = \"Erledigt\"", Ledger::default());
    known.accept(&mailbox(&post, more).poll(&known, 9).await.unwrap());
    assert_eq!(post.mails("amt", "INBOX").len(), 1);
    assert!(mailbox(&post, more).poll(&known, 9).await.unwrap().is_empty());
    assert_eq!((post.mails("amt", "INBOX").len(), post.mails("amt", "Erledigt").len()), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_moved_out_of_a_folder_with_umlauts() {
    let post = Post::start();
    post.append("amt", "Eing&AOQ-nge", MAIL);
    let port = post.imap_port;
    let more = format!(
        "folder = \"Eingänge\"\ndone = \"move\"\nmove_to = \"Übernommen & erledigt\"\nsecurity = \"none\"\nport = {port}"
    );
    let (source, known) = (mailbox(&post, &more), Ledger::default());
    let arrivals = source.poll(&known, 9).await.unwrap();
    known.accept(&arrivals);
    for _ in 0..2 {
        source.acknowledge(&arrivals[0].origin, &"i".into()).await.unwrap();
    }
    assert!(post.mails("amt", "Eing&AOQ-nge").is_empty());
    assert_eq!(post.mails("amt", "&ANw-bernommen &- erledigt"), [MAIL]);
    assert!(source.poll(&known, 9).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_mail_ends_the_wait() {
    let post = Post::start();
    let (source, known) = (mailbox(&post, ""), Ledger::default());
    assert!(source.poll(&known, 9).await.unwrap().is_empty());
    let waiting = {
        let source = source.clone();
        tokio::spawn(async move { source.wait(Duration::from_secs(60)).await })
    };
    // The mail comes while the door waits, or just before: it must be heard either way.
    tokio::task::block_in_place(|| post.append("amt", "INBOX", MAIL));
    let begin = Instant::now();
    waiting.await.unwrap();
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    assert_eq!(source.poll(&known, 9).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_between_the_look_and_the_wait_is_not_overheard() {
    let post = Post::start();
    let (source, known) = (mailbox(&post, ""), Ledger::default());
    source.poll(&known, 9).await.unwrap();
    tokio::task::block_in_place(|| post.append("amt", "INBOX", MAIL));
    let begin = Instant::now();
    source.wait(Duration::from_secs(60)).await;
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_away_is_found_again() {
    let mut post = Post::start();
    let (source, known) = (mailbox(&post, ""), Ledger::default());
    source.poll(&known, 9).await.unwrap();
    let waiting = {
        let source = source.clone();
        tokio::spawn(async move { source.wait(Duration::from_secs(60)).await })
    };
    tokio::task::block_in_place(|| post.stop_imap());
    waiting.await.unwrap();
    let error = source.poll(&known, 9).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    tokio::task::block_in_place(|| post.start_imap());
    post.append("amt", "INBOX", MAIL);
    assert_eq!(source.poll(&known, 9).await.unwrap().len(), 1);
    tokio::task::block_in_place(|| post.restart_imap());
    assert_eq!(next(&source, &known).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renumbered_mailbox_gives_new_origins_and_old_ones_touch_nothing() {
    let mut post = Post::start();
    post.append("amt", "INBOX", MAIL);
    let (source, known) = (mailbox(&post, ""), Ledger::default());
    let before = source.poll(&known, 9).await.unwrap();
    known.accept(&before);
    tokio::task::block_in_place(|| post.renumber("amt"));
    let after = next(&source, &known).await;
    assert_eq!(after.len(), 1);
    assert_ne!(after[0].origin, before[0].origin);
    assert_eq!(after[0].bytes, before[0].bytes);
    source.acknowledge(&before[0].origin, &"i".into()).await.unwrap();
    assert!(!post.flags("amt", "INBOX")[0].contains("$Vorlage"));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_mail_over_the_limit_only_the_header_comes() {
    let post = Post::start();
    let big = [MAIL, &b"x".repeat(76), b"\r\n"].concat();
    let big = [big, b"y\r\n".repeat(500_000)].concat();
    post.append("amt", "INBOX", &big);
    let arrivals = mailbox(&post, "max_mb = 1").poll(&Ledger::default(), 9).await.unwrap();
    assert_eq!(arrivals[0].problem.as_ref().unwrap().code, "P0103");
    let text = String::from_utf8_lossy(&arrivals[0].bytes);
    assert!(text.contains("Subject: Hund") && !text.contains("Bello"), "{text}");
    let whole = mailbox(&post, "max_mb = 2").poll(&Ledger::default(), 9).await.unwrap();
    assert_eq!((whole[0].bytes.len(), &whole[0].problem), (big.len(), &None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_s_certificate_and_a_wrong_password_are_told() {
    let post = Post::start();
    let text = |ca: &str, user: &str| {
        format!(
            "host = \"localhost\"\nport = {}\nuser = \"{user}\"\npassword = {{ file = \"{}\" }}\n{ca}",
            post.imaps_port,
            post.password_file.display()
        )
    };
    let ca = format!("ca_file = \"{}\"", post.ca_file.display());
    for (text, expected) in
        [(text("", "amt"), "certificate"), (text(&ca, "niemand"), "Authentication failed")]
    {
        let source = open("imap", &text).source.unwrap();
        let error = source.poll(&Ledger::default(), 9).await.unwrap_err();
        assert!(
            matches!(&error, Error::Unreachable { why, .. } if why.contains(expected)),
            "{error}"
        );
        assert!(!error.to_string().contains(PASSWORD));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_mails_come_in_portions_and_in_order() {
    let post = Post::start();
    for number in 0..5 {
        post.append("amt", "INBOX", format!("Subject: {number}\r\n\r\n").as_bytes());
    }
    let (source, known) = (mailbox(&post, ""), Ledger::default());
    let mut bodies = Vec::new();
    for expected in [2, 2, 1, 0] {
        let arrivals = source.poll(&known, 2).await.unwrap();
        assert_eq!(arrivals.len(), expected);
        known.accept(&arrivals);
        bodies.extend(arrivals.into_iter().map(|it| String::from_utf8(it.bytes).unwrap()));
    }
    let expected: Vec<String> = (0..5).map(|number| format!("Subject: {number}\r\n\r\n")).collect();
    assert_eq!(bodies, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_acknowledged_while_the_door_waits() {
    let post = Post::start();
    post.append("amt", "INBOX", MAIL);
    let (source, known) = (mailbox(&post, ""), Ledger::default());
    let arrivals = source.poll(&known, 9).await.unwrap();
    known.accept(&arrivals);
    assert!(source.poll(&known, 9).await.unwrap().is_empty());
    let waiting = {
        let source = source.clone();
        tokio::spawn(async move { source.wait(Duration::from_secs(60)).await })
    };
    let begin = Instant::now();
    source.acknowledge(&arrivals[0].origin, &"i".into()).await.unwrap();
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    assert!(post.flags("amt", "INBOX")[0].contains("$Vorlage"));
    waiting.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_move_loses_nothing_of_other_people() {
    let post = Post::start_with("imap_capability = IMAP4rev1 LITERAL+ UIDPLUS IDLE");
    post.append("amt", "INBOX", MAIL);
    post.append("amt", "INBOX", MAIL);
    post.delete("amt", "INBOX", 2);
    let (source, known) =
        (mailbox(&post, "done = \"move\"\nmove_to = \"Erledigt\""), Ledger::default());
    let arrivals = source.poll(&known, 9).await.unwrap();
    assert_eq!(arrivals.len(), 1, "what a person has deleted is no item");
    known.accept(&arrivals);
    source.acknowledge(&arrivals[0].origin, &"i".into()).await.unwrap();
    source.acknowledge(&arrivals[0].origin, &"i".into()).await.unwrap();
    assert_eq!(post.mails("amt", "Erledigt"), [MAIL]);
    let left = post.flags("amt", "INBOX");
    assert!(left.len() == 1 && left[0].contains("\\Deleted"), "{left:?}");
}
