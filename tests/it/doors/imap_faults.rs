//! A mailbox whose server, line, or other readers do what they want.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use vorlage::connectors::{Arrival, Error, Known, Source};

use super::imap::{mailbox, next};
use super::{Ledger, mail, open};
use crate::servers::{Line, Post};

/// The mailbox behind a line that may break.
fn behind(line: &Line, post: &Post, more: &str) -> Arc<dyn Source> {
    let (port, password) = (line.port, post.password_file.display());
    let text = format!(
        "host = \"localhost\"\nport = {port}\nsecurity = \"none\"\nuser = \"amt\"\npassword = {{ file = \"{password}\" }}\n{more}"
    );
    open("imap", &text).source.unwrap()
}

/// Looks and waits as the engine does, until so many have come. Nothing may come twice.
async fn all(source: &Arc<dyn Source>, known: &Ledger, count: usize) -> Vec<Arrival> {
    let mut came: Vec<Arrival> = Vec::new();
    for _ in 0..20 {
        if came.len() >= count {
            break;
        }
        match source.poll(known, 200).await {
            Ok(arrivals) if arrivals.is_empty() => source.wait(Duration::from_secs(1)).await,
            Ok(arrivals) => {
                known.accept(&arrivals);
                came.extend(arrivals);
            }
            Err(error) => assert!(matches!(error, Error::Unreachable { .. }), "{error}"),
        }
    }
    assert_eq!(came.len(), count, "{:?}", source.troubles());
    came
}

/// Lets somebody do something with the mailbox between the listing and the fetching of its mails.
struct Meanwhile<'a>(&'a Post, &'a [&'a str]);

#[async_trait::async_trait]
impl Known for Meanwhile<'_> {
    async fn is_known(&self, _origin: &str) -> Result<bool, Error> {
        tokio::task::block_in_place(|| self.0.ask("amt", "INBOX", self.1));
        Ok(false)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_that_others_move_read_or_delete_meanwhile_stop_nothing() {
    let post = Post::start();
    post.deliver("amt", (0..5).map(mail));
    let source = mailbox(&post, "poll_seconds = 1");
    let meanwhile = [
        "CREATE Woanders",
        "UID MOVE 1 Woanders",
        "UID STORE 2 +FLAGS (\\Deleted)",
        "UID EXPUNGE 2",
        "UID STORE 3 +FLAGS (\\Seen \\Answered)",
    ];
    let arrivals = source.poll(&Meanwhile(&post, &meanwhile), 9).await.unwrap();
    let known = Ledger::default();
    known.accept(&arrivals);
    let mut bodies: Vec<_> = arrivals.into_iter().map(|it| it.bytes).collect();
    bodies.extend(known.take(&source).await);
    assert_eq!(bodies, [mail(2), mail(3), mail(4)]);
    assert_eq!(source.troubles(), [""; 0]);
    assert!(post.flags("amt", "INBOX")[0].contains("\\Seen"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_the_server_cannot_read_is_told_and_keeps_no_other_waiting() {
    let post = Post::start();
    post.deliver("amt", (0..4).map(mail));
    // Opened once, so that the server knows sizes and dates.
    post.ask("amt", "INBOX", &["FETCH 1:* (RFC822.SIZE INTERNALDATE)"]);
    let mut files: Vec<_> = fs::read_dir(post.mailbox("amt", "INBOX").join("cur"))
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    files.sort();
    fs::set_permissions(&files[1], fs::Permissions::from_mode(0o000)).unwrap();
    let (source, known) = (mailbox(&post, "poll_seconds = 1"), Ledger::default());
    let came = all(&source, &known, 3).await;
    assert!(came.iter().all(|it| it.bytes != mail(1)));
    for _ in 0..3 {
        source.poll(&known, 9).await.ok();
    }
    assert_eq!(source.troubles().len(), 1, "{:?}", source.troubles());
    fs::set_permissions(&files[1], fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(all(&source, &known, 1).await[0].bytes, mail(1));
    assert_eq!(source.troubles(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_while_we_listen_is_found_again() {
    let mut post = Post::start();
    let (source, known) = (mailbox(&post, ""), Ledger::default());
    source.poll(&known, 9).await.unwrap();
    let waiting = {
        let source = source.clone();
        tokio::spawn(async move { source.wait(Duration::from_secs(60)).await })
    };
    tokio::task::block_in_place(|| {
        post.kill_imap();
        post.start_imap();
        post.append("amt", "INBOX", &mail(0));
    });
    waiting.await.unwrap();
    assert_eq!(next(&source, &known).await[0].bytes, mail(0));
}

/// Lets the server end and start again between the listing and the fetching of its mails.
struct Restart(std::sync::Mutex<Post>, fn(&mut Post));

#[async_trait::async_trait]
impl Known for Restart {
    async fn is_known(&self, _origin: &str) -> Result<bool, Error> {
        tokio::task::block_in_place(|| {
            let mut post = self.0.lock().unwrap();
            self.1(&mut post);
            post.start_imap();
        });
        Ok(false)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_ends_between_the_list_and_the_mails_loses_and_doubles_nothing() {
    for end in [Post::stop_imap, Post::kill_imap] {
        let post = Post::start();
        post.append("amt", "INBOX", &mail(0));
        let (source, known) = (mailbox(&post, "poll_seconds = 1"), Ledger::default());
        let restart = Restart(std::sync::Mutex::new(post), end);
        let error = source.poll(&restart, 9).await.unwrap_err();
        assert!(matches!(error, Error::Unreachable { .. }), "{error}");
        assert_eq!(all(&source, &known, 1).await[0].bytes, mail(0));
        assert!(source.poll(&known, 9).await.unwrap().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_breaks_in_a_mail_loses_and_doubles_nothing() {
    let post = Post::start();
    let big = |number: usize| [mail(number), vec![b'x'; 300_000], b"\r\n".to_vec()].concat();
    post.deliver("amt", (0..6).map(big));
    let line = Line::to(post.imap_port);
    let (source, known) = (behind(&line, &post, "poll_seconds = 1"), Ledger::default());
    for breaks_after in [100_000, 800_000] {
        line.end_after(breaks_after, true);
        // Two tries, one with a new session: what came whole before the line broke is good.
        let arrivals = source.poll(&known, 9).await.unwrap_or_default();
        assert!(arrivals.len() < 6);
        known.accept(&arrivals);
    }
    let before = known.0.lock().unwrap().len();
    assert!(before > 0);
    all(&source, &known, 6 - before).await;
    assert!(source.poll(&known, 9).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_went_silent_is_noticed_within_the_time_of_one_look() {
    let post = Post::start();
    let line = Line::to(post.imap_port);
    let more = "poll_seconds = 2\ntimeout_seconds = 2";
    let (source, known) = (behind(&line, &post, more), Ledger::default());
    assert!(source.poll(&known, 9).await.unwrap().is_empty());
    // While it listens.
    let waiting = {
        let source = source.clone();
        tokio::spawn(async move { source.wait(Duration::from_secs(60)).await })
    };
    crate::support::pause(Duration::from_millis(300));
    line.go_silent();
    tokio::task::block_in_place(|| post.append("amt", "INBOX", &mail(0)));
    let begin = Instant::now();
    waiting.await.unwrap();
    assert_eq!(next(&source, &known).await[0].bytes, mail(0));
    assert!(begin.elapsed() < Duration::from_secs(12), "{:?}", begin.elapsed());
    // Between two commands.
    known.take(&source).await;
    tokio::task::block_in_place(|| post.append("amt", "INBOX", &mail(1)));
    line.go_silent();
    let begin = Instant::now();
    assert_eq!(next(&source, &known).await[0].bytes, mail(1));
    assert!(begin.elapsed() < Duration::from_secs(12), "{:?}", begin.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_goes_silent_in_a_mail_is_given_up_and_made_anew() {
    let post = Post::start();
    let big = [mail(0), vec![b'x'; 300_000], b"\r\n".to_vec()].concat();
    post.append("amt", "INBOX", &big);
    let line = Line::to(post.imap_port);
    let more = "poll_seconds = 1\ntimeout_seconds = 2";
    let (source, known) = (behind(&line, &post, more), Ledger::default());
    line.end_after(100_000, false);
    let begin = Instant::now();
    assert_eq!(all(&source, &known, 1).await[0].bytes, big);
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    assert_eq!(line.connections(), 2);
}
