//! The contract that every store keeps, run on each of them.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use vorlage::domain::ConnectorName;
use vorlage::store::records::{Admitted, Entry, Item, NewItem, Records, State, Step};
use vorlage::store::{Change, Commit, Error, Event, Guard, Memory, Sled, Store};

use crate::servers::Postgres;

/// Runs a check on every store there is.
pub(crate) async fn on_each<F: Future<Output = ()>>(check: impl Fn(Arc<dyn Store>) -> F) {
    check(Arc::new(Memory::default())).await;
    let folder = tempfile::tempdir().unwrap();
    check(Arc::new(Sled::open(folder.path().to_owned(), 8).unwrap())).await;
    let postgres = Postgres::start();
    check(postgres.store()).await;
}

fn put(key: &str, body: &str) -> Change {
    Change::Put(key.to_owned(), body.as_bytes().to_vec())
}

fn commit(guards: Vec<Guard>, changes: Vec<Change>) -> Commit {
    Commit { guards, changes, events: Vec::new() }
}

#[tokio::test]
async fn a_commit_is_all_or_nothing() {
    on_each(|store| async move {
        store
            .commit(commit(vec![Guard::Absent("a".into())], vec![put("a", "1"), put("b", "1")]))
            .await
            .unwrap();
        let refused =
            store.commit(commit(vec![Guard::Absent("a".into())], vec![put("b", "2")])).await;
        assert!(matches!(refused, Err(Error::Conflict(key)) if key == "a"));
        assert_eq!(store.get("b").await.unwrap().unwrap().body, b"1");
        store
            .commit(commit(vec![Guard::Version("b".into(), 1)], vec![put("b", "2")]))
            .await
            .unwrap();
        assert_eq!(store.get("b").await.unwrap().unwrap().version, 2);
        let old =
            store.commit(commit(vec![Guard::Version("b".into(), 1)], vec![put("b", "3")])).await;
        assert!(matches!(old, Err(Error::Conflict(_))));
        store.commit(commit(Vec::new(), vec![Change::Delete("b".into())])).await.unwrap();
        assert!(store.get("b").await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_scan_goes_in_order_and_by_pages() {
    on_each(|store| async move {
        for key in ["q/c", "q/a", "q/b", "qx", "p/z"] {
            store.commit(commit(Vec::new(), vec![put(key, key)])).await.unwrap();
        }
        let keys = |rows: Vec<(String, _)>| {
            rows.into_iter().map(|(key, _): (String, _)| key).collect::<Vec<_>>()
        };
        assert_eq!(keys(store.scan("q/", "", 10).await.unwrap()), ["q/a", "q/b", "q/c"]);
        assert_eq!(keys(store.scan("q/", "", 2).await.unwrap()), ["q/a", "q/b"]);
        assert_eq!(keys(store.scan("q/", "q/b", 2).await.unwrap()), ["q/c"]);
        assert_eq!(keys(store.scan("", "", 10).await.unwrap()).len(), 5);
        let wanted = ["q/b", "nichts", "q/a", "q/b"].map(str::to_owned);
        let rows = store.get_all(&wanted).await.unwrap();
        let bodies: Vec<_> =
            rows.iter().map(|row| row.as_ref().map(|it| it.body.as_slice())).collect();
        assert_eq!(bodies, [Some(&b"q/b"[..]), None, Some(b"q/a"), Some(b"q/b")]);
    })
    .await;
}

#[tokio::test]
async fn of_many_at_once_one_wins() {
    on_each(|store| async move {
        let tries = (0..20).map(|number| {
            let store = store.clone();
            let body = number.to_string();
            tokio::spawn(async move {
                store
                    .commit(commit(vec![Guard::Absent("one".into())], vec![put("one", &body)]))
                    .await
                    .is_ok()
            })
        });
        let mut won = 0;
        for attempt in tries.collect::<Vec<_>>() {
            won += usize::from(attempt.await.unwrap());
        }
        assert_eq!(won, 1);
    })
    .await;
}

#[tokio::test]
async fn what_must_be_absent_stays_absent_until_the_commit_is_done() {
    on_each(|store| async move {
        for round in 0..40 {
            // Each of the two wants the other's key not to be there: both would be wrong.
            let (left, right) = (format!("l/{round}"), format!("r/{round}"));
            let put_if = |mine: &str, other: &str| {
                let (store, mine) = (store.clone(), put(mine, "1"));
                let guard = Guard::Absent(other.to_owned());
                tokio::spawn(async move { store.commit(commit(vec![guard], vec![mine])).await })
            };
            let (one, two) = (put_if(&left, &right), put_if(&right, &left));
            let (one, two) = (one.await.unwrap(), two.await.unwrap());
            assert!(one.is_ok() != two.is_ok(), "round {round}: {one:?} and {two:?}");
            let there = store.get(&left).await.unwrap().is_some();
            assert_eq!(there, one.is_ok(), "round {round}");
            assert_eq!(store.get(&right).await.unwrap().is_some(), two.is_ok(), "round {round}");
        }
    })
    .await;
}

#[tokio::test]
async fn no_change_is_lost_when_many_change_the_same() {
    on_each(|store| async move {
        let tasks = (0..8).map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                for _ in 0..25 {
                    loop {
                        let row = store.get("sum").await.unwrap();
                        let sum = row.as_ref().map_or(0, |row| {
                            String::from_utf8_lossy(&row.body).parse::<u32>().unwrap()
                        });
                        let guard = match row {
                            Some(row) => Guard::Version("sum".into(), row.version),
                            None => Guard::Absent("sum".into()),
                        };
                        let change = vec![put("sum", &(sum + 1).to_string())];
                        match store.commit(commit(vec![guard], change)).await {
                            Ok(_) => break,
                            Err(Error::Conflict(_)) => {}
                            Err(error) => panic!("{error}"),
                        }
                    }
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        let row = store.get("sum").await.unwrap().unwrap();
        assert_eq!((row.version, row.body.as_slice()), (200, b"200".as_slice()));
    })
    .await;
}

#[tokio::test]
async fn events_form_a_chain() {
    on_each(|store| async move {
        let event = |what: &str| Event {
            what: what.into(),
            about: "item".into(),
            who: "test".into(),
            at: "2026-01-01T00:00:00Z".into(),
            hash: String::new(),
        };
        for what in ["one", "two"] {
            let commit = Commit { events: vec![event(what), event(what)], ..Commit::default() };
            store.commit(commit).await.unwrap();
        }
        let rows = store.scan("event/", "", 10).await.unwrap();
        let links: Vec<serde_json::Value> =
            rows.iter().map(|(_, row)| serde_json::from_slice(&row.body).unwrap()).collect();
        assert_eq!(links.len(), 4);
        let hashes: std::collections::BTreeSet<String> =
            links.iter().map(|link| link["hash"].as_str().unwrap().to_owned()).collect();
        assert_eq!(
            hashes.len(),
            4,
            "equal events have different hashes, because the one before differs"
        );
    })
    .await;
}

#[tokio::test]
async fn bytes_come_back_as_they_went() {
    on_each(|store| async move {
        let bytes = vec![7u8; 300_000];
        let digest = store.put_blob(bytes.clone()).await.unwrap();
        assert_eq!(store.put_blob(bytes.clone()).await.unwrap(), digest);
        assert_eq!(store.blob(&digest).await.unwrap(), bytes);
        assert!(matches!(store.blob(&"00ff".into()).await, Err(Error::UnknownBytes(_))));
    })
    .await;
}

#[tokio::test]
async fn what_was_committed_is_there_after_a_new_start() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Sled::open(folder.path().to_owned(), 8);
    let store = open().unwrap();
    store.commit(commit(Vec::new(), vec![put("a", "1")])).await.unwrap();
    let digest = store.put_blob(b"bytes".to_vec()).await.unwrap();
    assert!(matches!(open(), Err(Error::InUse(_))), "a second daemon is refused");
    drop(store);
    // The writer's thread lets go of the files when it has seen that nobody asks any more.
    let store = (0..1000)
        .find_map(|_| {
            open().ok().or_else(|| {
                std::thread::yield_now();
                None
            })
        })
        .unwrap();
    assert_eq!(store.get("a").await.unwrap().unwrap().body, b"1");
    assert_eq!(store.blob(&digest).await.unwrap(), b"bytes");
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_700_000_000 + seconds)
}

async fn arrival(store: &Arc<dyn Store>, origin: &str, bytes: &str, mail: bool) -> NewItem {
    NewItem {
        door: ConnectorName::from("post"),
        origin: origin.into(),
        name: if mail { String::new() } else { "a.txt".into() },
        received: at(0),
        raw: store.put_blob(bytes.as_bytes().to_vec()).await.unwrap(),
        message_id: None,
        once_per_bytes: mail,
        entry: Entry {
            kind: "accepted".into(),
            at: at(0),
            by: "intake".into(),
            body: serde_json::Value::Null,
            seconds: None,
        },
    }
}

#[tokio::test]
async fn the_same_mail_twice_is_one_item_and_the_same_file_twice_is_two() {
    on_each(|store| async move {
        let records = Records::new(store.clone());
        let admit = async |origin: &str, mail: bool| {
            records.admit(arrival(&store, origin, "text", mail).await, at(0)).await.unwrap()
        };
        let Admitted::New(first) = admit("INBOX/1/1", true).await else { panic!("not new") };
        assert_eq!(admit("INBOX/1/1", true).await, Admitted::Known(first.clone()));
        // After a change of UIDVALIDITY the same bytes come under another name.
        assert_eq!(admit("INBOX/2/9", true).await, Admitted::Known(first));
        assert!(matches!(admit("a.txt/4/1", false).await, Admitted::New(_)));
        assert!(matches!(admit("a.txt/4/2", false).await, Admitted::New(_)));
        assert_eq!(records.ready(10).await.unwrap().len(), 3);
    })
    .await;
}

#[tokio::test]
async fn the_same_mail_under_many_names_at_once_is_one_item_and_every_name_is_known() {
    on_each(|store| async move {
        let records = Records::new(store.clone());
        let names: Vec<String> = (0..20).map(|number| format!("INBOX/2/{number}")).collect();
        let mut arrivals = Vec::new();
        for name in &names {
            arrivals.push(arrival(&store, name, "text", true).await);
        }
        let admitted = arrivals.into_iter().map(|it| records.admit(it, at(0)));
        let admitted = futures_util::future::try_join_all(admitted).await.unwrap();
        let new = admitted.iter().filter(|it| matches!(it, Admitted::New(_))).count();
        assert_eq!((new, records.ready(10).await.unwrap().len()), (1, 1));
        let origins: Vec<&str> = names.iter().map(String::as_str).collect();
        let known = records.are_known(&"post".into(), &origins).await.unwrap();
        assert_eq!(known, vec![true; 20]);
    })
    .await;
}

#[tokio::test]
async fn one_item_is_worked_on_by_one_worker_until_its_lease_ends() {
    on_each(|store| async move {
        let records = Records::new(store.clone());
        records.admit(arrival(&store, "1", "text", true).await, at(0)).await.unwrap();
        let lease = Duration::from_secs(60);
        let claim = records.claim("one", lease, at(1)).await.unwrap().unwrap();
        assert!(records.claim("two", lease, at(2)).await.unwrap().is_none());
        let again = records.claim("two", lease, at(62)).await.unwrap().unwrap();
        assert_eq!(again.item.attempts, 2, "an attempt that ended without a result counts");
        let entry = Entry {
            kind: "parsed".into(),
            at: at(63),
            by: "one".into(),
            body: serde_json::Value::Null,
            seconds: None,
        };
        let step = |item: Item| Step {
            entry: Some(entry.clone()),
            item: Item { state: State::Waiting("steuern".into()), ..item },
        };
        // The first worker wakes up late: its result is refused, the second's counts.
        let late = records.commit(&claim, step(claim.item.clone())).await;
        assert!(matches!(late, Err(Error::Conflict(_))));
        records.commit(&again, step(again.item.clone())).await.unwrap();
        assert_eq!(records.waiting(&"steuern".into(), 10).await.unwrap().len(), 1);
        assert!(records.ready(10).await.unwrap().is_empty());
        assert_eq!(records.journal(&again.item.id).await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_new_start_takes_up_what_an_earlier_run_had_claimed() {
    on_each(|store| async move {
        let records = Records::new(store.clone());
        records.admit(arrival(&store, "1", "text", true).await, at(0)).await.unwrap();
        records.claim("old", Duration::from_secs(3600), at(1)).await.unwrap().unwrap();
        assert_eq!(records.release(|owner| owner == "old", at(2)).await.unwrap(), 1);
        assert!(records.claim("new", Duration::from_secs(3600), at(3)).await.unwrap().is_some());
    })
    .await;
}
