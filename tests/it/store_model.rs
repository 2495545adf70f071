//! Whatever is done, every store answers as a plain map does that keeps the same promise.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use vorlage::domain::Digest;
use vorlage::store::{Change, Commit, Error, Event, Guard, Memory, Row, Sled, Store};

use crate::servers::Postgres;

/// Few keys, so that they meet; among them beginnings of each other and what a database column does not take.
const KEYS: [&str; 8] = ["a", "a/", "a/1", "a/\u{0}", "a/\u{1}", "a/\u{1}\u{1}", "ä/1", "b"];

#[derive(Clone, Debug)]
enum Doing {
    Commit(Vec<Condition>, Vec<(usize, Option<Vec<u8>>)>, bool),
    Scan(usize, usize, usize),
    Count(usize),
    Bytes(Vec<u8>),
}

#[derive(Clone, Debug)]
enum Condition {
    Absent(usize),
    /// The version it has, and so many more.
    Version(usize, u64),
}

fn doing() -> impl Strategy<Value = Doing> {
    let key = || 0..KEYS.len();
    let condition = prop_oneof![
        key().prop_map(Condition::Absent),
        (key(), prop_oneof![4 => Just(0u64), 1 => 1..3u64])
            .prop_map(|(key, more)| Condition::Version(key, more)),
    ];
    let change = (key(), proptest::option::weighted(0.8, any::<Vec<u8>>()));
    let conditions = proptest::collection::vec(condition, 0..2);
    let changes = proptest::collection::vec(change, 1..4);
    prop_oneof![
        6 => (conditions, changes, any::<bool>()).prop_map(|(a, b, c)| Doing::Commit(a, b, c)),
        2 => (key(), key(), 0..9usize).prop_map(|(a, b, c)| Doing::Scan(a, b, c)),
        1 => key().prop_map(Doing::Count),
        1 => proptest::collection::vec(any::<u8>(), 0..40).prop_map(Doing::Bytes),
    ]
}

/// What a store promises, in the plainest words.
#[derive(Default)]
struct Model {
    rows: BTreeMap<String, Row>,
    events: usize,
}

impl Model {
    /// The key of the first condition that does not hold.
    fn commit(&mut self, commit: &Commit) -> Option<String> {
        for guard in &commit.guards {
            let (key, holds) = match guard {
                Guard::Absent(key) => (key, !self.rows.contains_key(key)),
                Guard::Version(key, version) => {
                    (key, self.rows.get(key).is_some_and(|row| row.version == *version))
                }
            };
            if !holds {
                return Some(key.clone());
            }
        }
        let before = self.rows.clone();
        for change in &commit.changes {
            match change {
                Change::Put(key, body) => {
                    let version = before.get(key).map_or(1, |row| row.version + 1);
                    self.rows.insert(key.clone(), Row { version, body: body.clone() });
                }
                Change::Delete(key) => {
                    self.rows.remove(key);
                }
            }
        }
        self.events += commit.events.len();
        None
    }

    fn scan(&self, prefix: &str, after: &str, most: usize) -> Vec<(String, Row)> {
        let rows = self.rows.iter().filter(|(key, _)| key.starts_with(prefix));
        let rows = rows.filter(|(key, _)| key.as_str() > after).take(most);
        rows.map(|(key, row)| (key.clone(), row.clone())).collect()
    }
}

/// Does the same to a store and to the model, and compares every answer. `case` keeps cases apart.
async fn compare(store: &dyn Store, case: &str, doings: &[Doing]) {
    let mut model = Model::default();
    let events_before = store.count("event/").await.unwrap();
    let key = |index: usize| format!("{case}/{}", KEYS[index]);
    for doing in doings {
        match doing {
            Doing::Commit(conditions, changes, with_event) => {
                let version = |key: &str| model.rows.get(key).map_or(1, |row| row.version);
                let guards = conditions.iter().map(|condition| match condition {
                    Condition::Absent(index) => Guard::Absent(key(*index)),
                    Condition::Version(index, more) => {
                        Guard::Version(key(*index), version(&key(*index)) + more)
                    }
                });
                let changes = changes.iter().map(|(index, body)| match body {
                    Some(body) => Change::Put(key(*index), body.clone()),
                    None => Change::Delete(key(*index)),
                });
                let events = with_event.then(event).into_iter().collect();
                let commit =
                    Commit { guards: guards.collect(), changes: changes.collect(), events };
                let told = match store.commit(commit.clone()).await {
                    Ok(_) => None,
                    Err(Error::Conflict(key)) => Some(key),
                    Err(error) => panic!("{error}"),
                };
                assert_eq!(told, model.commit(&commit), "{commit:?}");
            }
            Doing::Scan(prefix, after, most) => {
                let (prefix, after) = (key(*prefix), key(*after));
                let found = store.scan(&prefix, &after, *most).await.unwrap();
                assert_eq!(
                    found,
                    model.scan(&prefix, &after, *most),
                    "{prefix:?} {after:?} {most}"
                );
            }
            Doing::Count(prefix) => {
                let count = store.count(&key(*prefix)).await.unwrap();
                assert_eq!(count, model.scan(&key(*prefix), "", usize::MAX).len());
            }
            Doing::Bytes(bytes) => {
                let name = store.put_blob(bytes.clone()).await.unwrap();
                assert_eq!(name.0, blake3::hash(bytes).to_hex().as_str());
                assert_eq!(&store.blob(&name).await.unwrap(), bytes);
                let next = store.blobs(&Digest(before(&name.0)), 1).await.unwrap();
                assert_eq!(next, [name]);
            }
        }
    }
    let prefix = format!("{case}/");
    let found = store.scan(&prefix, "", usize::MAX).await.unwrap();
    assert_eq!(found, model.scan(&prefix, "", usize::MAX));
    for (key, row) in &model.rows {
        assert_eq!(store.get(key).await.unwrap().as_ref(), Some(row));
    }
    assert_eq!(store.count("event/").await.unwrap() - events_before, model.events);
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

/// The greatest name before this one, as long as no name ends with `0`.
fn before(name: &str) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    let last = letters.pop().unwrap();
    letters.into_iter().chain(char::from_u32(u32::from(last) - 1)).collect()
}

#[test]
fn every_store_answers_as_a_map_does() {
    let folder = tempfile::tempdir().unwrap();
    let postgres = Postgres::start();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let stores: Vec<Arc<dyn Store>> = vec![
        Arc::new(Memory::default()),
        Arc::new(Sled::open(folder.path().to_owned(), 8).unwrap()),
        postgres.store(),
    ];
    let mut runner = TestRunner::new(Config { cases: 64, ..Config::default() });
    let case = std::cell::Cell::new(0);
    let doings = proptest::collection::vec(doing(), 1..25);
    runner
        .run(&doings, |doings| {
            case.set(case.get() + 1);
            for store in &stores {
                let case = format!("{:06}", case.get());
                runtime.block_on(compare(&**store, &case, &doings));
            }
            Ok(())
        })
        .unwrap();
    // The connections end inside of the runtime that they began in.
    runtime.block_on(async { drop(stores) });
}
