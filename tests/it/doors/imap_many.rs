//! Many mails and large ones. With `VORLAGE_FIGURES=1` more of them, and the figures are printed; with
//! `VORLAGE_FIGURES=postgres` those of ten thousand mails are of a PostgreSQL.

use std::sync::Arc;
use std::time::{Duration, Instant};

use vorlage::connectors::Source;
use vorlage::intake::{Door, Taken, take};
use vorlage::store::records::Records;
use vorlage::store::{Memory, Sled, Store};

use super::imap::mailbox;
use super::{Ledger, mail};
use crate::servers::{Post, Postgres};

fn door(source: Arc<dyn Source>) -> Door {
    Door { name: "post".into(), source, canary_key: None }
}

fn records(store: impl Store) -> Records {
    Records::new(Arc::new(store))
}

async fn timed(door: &Door, records: &Records) -> (Taken, Duration) {
    let begin = Instant::now();
    let taken = take(door, records, "2026-11-24T12:00:00Z".parse().unwrap()).await.unwrap();
    (taken, begin.elapsed())
}

fn wants_figures() -> bool {
    std::env::var_os("VORLAGE_FIGURES").is_some()
}

#[expect(clippy::print_stdout, reason = "figures are asked for by whoever sets the variable")]
fn tell(what: &str, count: usize, time: Duration) {
    let rate = count as f64 / time.as_secs_f64();
    println!("{what}: {count} mails in {:.1} s, {rate:.0} a second", time.as_secs_f64());
}

#[expect(clippy::print_stdout, reason = "figures are asked for by whoever sets the variable")]
fn tell_mb(what: &str, megabytes: u64) {
    println!("{what}: {megabytes} MB");
}

/// The most memory this process has held since the last call, in MB.
fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:")).unwrap();
    std::fs::write("/proc/self/clear_refs", "5").ok();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_mails_with_new_uids_make_no_item_twice() {
    const MAILS: usize = 10_000;
    let mut post = Post::start();
    post.deliver("amt", (0..MAILS).map(mail));
    let folder = tempfile::tempdir().unwrap();
    let on_disk = wants_figures();
    let postgres = std::env::var("VORLAGE_FIGURES").is_ok_and(|it| it == "postgres");
    let postgres = postgres.then(Postgres::start);
    let records = match &postgres {
        Some(postgres) => Records::new(postgres.store()),
        None if on_disk => records(Sled::open(folder.path().join("store"), 64).unwrap()),
        None => records(Memory::default()),
    };
    let door = door(mailbox(&post, "done = \"nothing\""));
    let (taken, time) = timed(&door, &records).await;
    assert_eq!((taken.new, taken.known), (MAILS, 0));
    if on_disk {
        tell("first intake", MAILS, time);
    }
    // Gaps: every tenth mail is gone when the mailbox is restored.
    let cur = post.mailbox("amt", "INBOX").join("cur");
    for number in (0..MAILS).step_by(10) {
        std::fs::remove_file(cur.join(format!("{}.{number}.host:2,", 1_790_000_000 + number)))
            .unwrap();
    }
    tokio::task::block_in_place(|| post.renumber("amt"));
    post.append("amt", "INBOX", &mail(MAILS));
    let (taken, time) = timed(&door, &records).await;
    assert_eq!((taken.new, taken.known), (1, MAILS - MAILS / 10));
    if on_disk {
        tell("after a new UIDVALIDITY", MAILS - MAILS / 10, time);
    }
    let (taken, _) = timed(&door, &records).await;
    assert_eq!((taken.new, taken.known), (0, 0));
    assert_eq!(door.source.inventory().await.unwrap().len(), MAILS - MAILS / 10 + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_of_two_hundred_kilobytes_come_in_whole() {
    let count = if wants_figures() { 1000 } else { 30 };
    let post = Post::start();
    let text = b"Der Hund heisst Bello und wohnt seit dem 1. Mai bei uns im Haus am Wald.\r\n";
    let body = |number: usize| [mail(number), text.repeat(200_000 / text.len())].concat();
    post.deliver("amt", (0..count).map(body));
    let folder = tempfile::tempdir().unwrap();
    let records = records(Sled::open(folder.path().join("store"), 64).unwrap());
    let source = mailbox(&post, "");
    peak_mb();
    let (taken, time) = timed(&door(source.clone()), &records).await;
    assert_eq!((taken.new, taken.known, taken.troubles.len()), (count, 0, 0));
    if wants_figures() {
        tell("200 kB each", count, time);
        tell_mb("peak of the whole process", peak_mb());
    }
    let order = records.ready(count).await.unwrap();
    let uid = |origin: &str| origin.rsplit('/').next().unwrap().parse::<usize>().unwrap();
    let uids: Vec<usize> = order.iter().map(|it| uid(&it.origin)).collect();
    assert!(uids.is_sorted(), "they stand in the order in which they came: {uids:?}");
    assert!(post.flags("amt", "INBOX").iter().all(|it| it.contains("$Vorlage")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_of_twenty_one_megabytes_comes_in_pieces_and_whole() {
    let post = Post::start();
    let big =
        [mail(0), b"Bello Bello Bello Bello Bello\r\n".repeat(21 * 1024 * 1024 / 31)].concat();
    post.append("amt", "INBOX", &mail(1));
    post.append("amt", "INBOX", &big);
    post.append("amt", "INBOX", &mail(2));
    let (source, known) = (mailbox(&post, ""), Ledger::default());
    peak_mb();
    let before = peak_mb();
    let arrivals = known.take(&source).await;
    let after = peak_mb();
    assert_eq!(
        arrivals.iter().map(Vec::len).collect::<Vec<_>>(),
        [mail(1).len(), big.len(), mail(2).len()]
    );
    assert!(arrivals[1] == big);
    if wants_figures() {
        tell_mb("a mail of 21 MB: peak beyond what was held before", after - before);
    }
}
