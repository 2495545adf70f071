//! Several folders of one mailbox.

use std::time::{Duration, Instant};

use super::imap::mailbox;
use super::{Ledger, mail};
use crate::servers::Post;

/// `Post/Ämter`, as a server writes it whose sign between folders is a dot.
const OFFICES: &str = "Post.&AMQ-mter";

#[tokio::test(flavor = "multi_thread")]
async fn several_folders_come_in_also_with_umlauts_and_the_server_s_own_sign_between_them() {
    let post = Post::start();
    post.append("amt", "INBOX", &mail(0));
    post.append("amt", OFFICES, &mail(1));
    let more =
        "folders = [\"INBOX\", \"Post/Ämter\"]\ndone = \"move\"\nmove_to = \"Post/Erledigt\"";
    let (source, known) = (mailbox(&post, more), Ledger::default());
    let mut bodies = known.take(&source).await;
    bodies.sort();
    assert_eq!(bodies, [mail(0), mail(1)]);
    assert!(post.mails("amt", "INBOX").is_empty() && post.mails("amt", OFFICES).is_empty());
    assert_eq!(post.mails("amt", "Post.Erledigt").len(), 2);
    post.append("amt", OFFICES, &mail(2));
    assert_eq!(source.inventory().await.unwrap().len(), 1);
    assert_eq!(known.take(&source).await, [mail(2)]);
    // A mail in any of them ends the wait.
    tokio::task::block_in_place(|| post.append("amt", OFFICES, &mail(3)));
    let begin = Instant::now();
    source.wait(Duration::from_secs(60)).await;
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    assert_eq!(known.take(&source).await, [mail(3)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_gone_is_told_and_the_others_go_on() {
    let post = Post::start();
    post.append("amt", "INBOX", &mail(0));
    post.append("amt", OFFICES, &mail(1));
    let more = "folders = [\"Post/Ämter\", \"INBOX\"]\npoll_seconds = 1";
    let (source, known) = (mailbox(&post, more), Ledger::default());
    assert_eq!(known.take(&source).await.len(), 2);
    assert_eq!(source.troubles(), [""; 0]);
    post.ask("amt", "INBOX", &[&format!("DELETE {OFFICES}")]);
    for number in 2..4 {
        post.append("amt", "INBOX", &mail(number));
        assert_eq!(known.take(&source).await, [mail(number)]);
        source.wait(Duration::from_secs(1)).await;
    }
    let troubles = source.troubles();
    assert!(troubles.len() == 1 && troubles[0].starts_with("folder `Post/Ämter`"), "{troubles:?}");
    // It comes back, with a UIDVALIDITY of its own.
    post.append("amt", OFFICES, &mail(4));
    source.wait(Duration::from_secs(1)).await;
    assert_eq!(known.take(&source).await, [mail(4)]);
    assert_eq!(source.troubles(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_without_any_of_its_folders_does_not_work() {
    let post = Post::start();
    let source = mailbox(&post, "folders = [\"Fehlt\", \"Fehlt auch\"]");
    let error = source.poll(&Ledger::default(), 9).await.unwrap_err();
    assert!(error.to_string().contains("exist"), "{error}");
    assert_eq!(source.troubles().len(), 2);
}
