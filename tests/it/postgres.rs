//! What only the store on a server has to do: refuse a careless server, survive its death, and share the work.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::timeout;
use vorlage::connectors::{self, Place};
use vorlage::domain::ConnectorName;
use vorlage::store::records::{Entry, NewItem, Records};
use vorlage::store::{Change, Commit, Error, Event, Guard, Store};

use crate::servers::Postgres;
use crate::support::Chance;

fn put(key: &str, body: &str) -> Commit {
    let changes = vec![Change::Put(key.to_owned(), body.as_bytes().to_vec())];
    Commit { changes, ..Commit::default() }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_700_000_000 + seconds)
}

#[tokio::test]
async fn a_server_that_would_forget_is_refused() {
    let postgres = Postgres::start();
    for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
        postgres.sql(&format!("alter system set {setting} = off"));
        postgres.sql("select pg_reload_conf()");
        crate::support::until("the new setting", 10, || {
            (postgres.sql(&format!("show {setting}")) == "off").then_some(())
        });
        let refused = postgres.store().commit(put("a", "1")).await.unwrap_err().to_string();
        assert!(refused.contains(&format!("`{setting}` is off")), "{refused}");
        postgres.sql(&format!("alter system set {setting} = on"));
        postgres.sql("select pg_reload_conf()");
        crate::support::until("the old setting", 10, || {
            (postgres.sql(&format!("show {setting}")) == "on").then_some(())
        });
    }
    postgres.store().commit(put("a", "1")).await.unwrap();
}

#[tokio::test]
async fn the_line_is_encrypted_and_the_server_proves_its_name() {
    rustls::crypto::ring::default_provider().install_default().ok();
    let postgres = Postgres::start();
    let folder = tempfile::tempdir().unwrap();
    let place = Place {
        office: folder.path().to_owned(),
        state: folder.path().to_owned(),
        credentials: None,
        program: "vorlage".into(),
        models: "/".into(),
    };
    let open = |more: &str| {
        let text =
            format!("kind = \"postgres\"\nhost = \"localhost\"\nport = {}\n{more}", postgres.port);
        let kind = connectors::find("postgres").unwrap();
        assert_eq!((kind.check)("connectors/store.toml", &text), []);
        (kind.open)("store", &text, &place).unwrap().store.unwrap()
    };
    let trusted = open(&format!("ca_file = \"{}\"\n", postgres.ca_file.display()));
    trusted.commit(put("a", "1")).await.unwrap();
    let encrypted = postgres.sql(
        "select count(*) > 0 and bool_and(ssl) from pg_stat_ssl join pg_stat_activity using (pid) \
         where application_name = 'vorlage'",
    );
    assert_eq!(encrypted, "t");
    let strange = open("").get("a").await.unwrap_err();
    assert!(matches!(&strange, Error::Away { .. }), "{strange:?}");
    assert!(strange.to_string().contains("certificate"), "{strange}");
}

#[tokio::test]
async fn a_daemon_hears_of_commits_of_another_also_after_the_server_was_killed() {
    let mut postgres = Postgres::start();
    let (ours, theirs) = (postgres.store(), postgres.store());
    let mut commits = ours.watch();
    for round in ["before", "after"] {
        // Until it listens, it is told of nothing: so it is told again.
        let heard = async {
            loop {
                commits.mark_unchanged();
                theirs.commit(put("a", round)).await.unwrap();
                let changed = timeout(Duration::from_millis(300), commits.changed()).await;
                if changed.is_ok() && ours.get("a").await.is_ok() {
                    break;
                }
            }
        };
        timeout(Duration::from_secs(20), heard).await.expect(round);
        postgres.restart();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn daemons_that_change_the_same_never_lock_each_other_up() {
    let postgres = Postgres::start();
    let tasks = (0..8).map(|task| {
        let store = postgres.store();
        tokio::spawn(async move {
            for round in 0..25 {
                // A row that is new and wanted by all, and the chain, which is always wanted by all.
                let mut commit = put(&format!("shared/{round}"), "1");
                commit.changes.extend(put(&format!("a/{task}/{round}"), "1").changes);
                commit.changes.extend(put(&format!("z/{}", task % 2), "1").changes);
                commit.events.push(event());
                store.commit(commit).await.unwrap();
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert_eq!(postgres.store().count("event/").await.unwrap(), 200);
    // The server tells its statistics when a session ends or pauses.
    let deadlocks = "select pg_stat_clear_snapshot(), deadlocks from pg_stat_database where datname = 'vorlage'";
    assert_eq!(postgres.sql(deadlocks), "|0");
}

fn event() -> Event {
    Event {
        what: "tried".into(),
        about: "nothing".into(),
        who: "test".into(),
        at: "2026-01-01T00:00:00Z".into(),
        hash: String::new(),
    }
}

/// What a kill of the server interrupts has happened or not, and the store finds out which.
#[tokio::test(flavor = "multi_thread")]
async fn commits_go_through_the_death_of_the_server_once_each() {
    let mut postgres = Postgres::start();
    let store = postgres.store();
    let written: Arc<[AtomicU64; 4]> = Arc::default();
    let is_over = Arc::new(AtomicBool::new(false));
    let writers = (0..written.len()).map(|writer| {
        let (store, written, is_over) = (store.clone(), written.clone(), is_over.clone());
        tokio::spawn(async move {
            let key = format!("writer/{writer}");
            while !is_over.load(Ordering::Relaxed) {
                let version = written[writer].load(Ordering::Relaxed);
                let guard = match version {
                    0 => Guard::Absent(key.clone()),
                    _ => Guard::Version(key.clone(), version),
                };
                let mut commit = put(&key, &version.to_string());
                commit.guards.push(guard);
                // Somebody who was told nothing but `Ok` never meets a version of unknown origin.
                store.commit(commit).await.unwrap_or_else(|error| panic!("{key}: {error}"));
                written[writer].fetch_add(1, Ordering::Relaxed);
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    let mut chance = Chance::new();
    for round in 0..4 {
        let before: Vec<u64> = written.iter().map(|it| it.load(Ordering::Relaxed)).collect();
        crate::support::until("every writer to go on", 60, || {
            let died = writers.iter().any(tokio::task::JoinHandle::is_finished);
            assert!(!died, "seed {}: a writer met what it did not write", chance.seed);
            let now = written.iter().map(|it| it.load(Ordering::Relaxed));
            now.zip(&before).all(|(now, before)| now > before + 2).then_some(())
        });
        if round < 3 {
            chance.pause(1500);
            postgres.restart();
        }
    }
    is_over.store(true, Ordering::Relaxed);
    for (writer, task) in writers.into_iter().enumerate() {
        task.await.unwrap_or_else(|error| panic!("seed {}: {error}", chance.seed));
        let row = store.get(&format!("writer/{writer}")).await.unwrap().unwrap();
        assert_eq!(row.version, written[writer].load(Ordering::Relaxed), "seed {}", chance.seed);
    }
}

#[tokio::test]
async fn a_dead_server_is_told_at_once_and_a_living_one_used_at_once() {
    let mut postgres = Postgres::start();
    let store = postgres.store();
    store.commit(put("a", "1")).await.unwrap();
    postgres.kill();
    let begin = std::time::Instant::now();
    assert!(matches!(store.get("a").await, Err(Error::Away { .. })));
    assert!(begin.elapsed() < Duration::from_secs(5));
    postgres.go_on();
    assert_eq!(store.get("a").await.unwrap().unwrap().body, b"1");
}

const WORKERS: usize = 8;
const ITEMS: usize = 3000;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_workers_get_every_item_once() {
    let postgres = Postgres::start();
    let store = postgres.store();
    fill(&store).await;
    let begin = std::time::Instant::now();
    // Every worker is a daemon of its own, with its own connections.
    let workers = (0..WORKERS).map(|worker| {
        let records = Records::new(postgres.store());
        tokio::spawn(async move {
            let mut claimed = Vec::new();
            let owner = format!("daemon-{worker}/0");
            while let Some(claim) =
                records.claim(&owner, Duration::from_secs(600), at(100)).await.unwrap()
            {
                assert_eq!(claim.item.lease.unwrap().owner, owner);
                claimed.push(claim.item.id);
            }
            claimed
        })
    });
    let mut claimed = Vec::new();
    for worker in workers.collect::<Vec<_>>() {
        let mine = worker.await.unwrap();
        assert!(!mine.is_empty(), "a worker got nothing");
        claimed.extend(mine);
    }
    let seconds = begin.elapsed().as_secs_f64();
    let different: HashSet<_> = claimed.iter().collect();
    assert_eq!((claimed.len(), different.len()), (ITEMS, ITEMS));
    told(&format!("{:.0} claims/s by {WORKERS} workers", ITEMS as f64 / seconds));
}

#[expect(clippy::print_stderr, reason = "a figure for whoever runs it with --no-capture")]
fn told(figure: &str) {
    eprintln!("{figure}");
}

async fn fill(store: &Arc<dyn Store>) {
    let raw = store.put_blob(b"a letter".to_vec()).await.unwrap();
    let tasks = (0..WORKERS).map(|part| {
        let (records, raw) = (Records::new(store.clone()), raw.clone());
        tokio::spawn(async move {
            for number in (part..ITEMS).step_by(WORKERS) {
                let new = NewItem {
                    door: ConnectorName::from("post"),
                    origin: format!("INBOX/1/{number}"),
                    name: "letter.txt".into(),
                    received: at(0),
                    raw: raw.clone(),
                    message_id: None,
                    once_per_bytes: false,
                    entry: Entry {
                        kind: "accepted".into(),
                        at: at(0),
                        by: "intake".into(),
                        body: serde_json::Value::Null,
                        seconds: None,
                    },
                };
                records.admit(new, at(0)).await.unwrap();
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}
