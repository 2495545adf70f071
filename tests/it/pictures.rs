//! Pictures of pages for the desk: drawn once, kept in memory for a while, and gone with their item.

use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};
use vorlage::config;
use vorlage::connectors::{Arrival, Place};
use vorlage::domain::{Clock, ConnectorName, ItemId};
use vorlage::engine::{self, Desk, Rules, files};
use vorlage::intake::accept;
use vorlage::store::records::Admitted;
use vorlage::store::{Change, Commit, Memory};

use crate::support::Office;

struct Set(Mutex<Timestamp>);

impl Clock for Set {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// A desk whose readers are counted.
struct House {
    desk: Desk,
    clock: Arc<Set>,
    office: Office,
}

impl House {
    async fn new() -> Self {
        let office = Office::with_share();
        office.rules("", &[]);
        let read = config::load(&files::read(office.folder()).unwrap());
        let loaded = read.0.unwrap_or_else(|| panic!("{:?}", read.1));
        let program = office.path("counted");
        let (log, vorlage) = (office.path("started"), env!("CARGO_BIN_EXE_vorlage"));
        let script =
            format!("#!/bin/sh\necho started >> '{}'\nexec '{vorlage}' \"$@\"\n", log.display());
        office.write("counted", &script);
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let place = Place {
            office: office.folder().into(),
            state: office.path("state"),
            credentials: None,
            program,
            models: "/nowhere".into(),
        };
        let clock = Arc::new(Set(Mutex::new("2026-11-24T12:00:00Z".parse().unwrap())));
        let rules = Rules { office: loaded.into(), connectors: IndexMap::new(), embedder: None };
        let store = Arc::new(Memory::default());
        let desk = Desk::open(rules, store, place, clock.clone()).await.unwrap();
        Self { desk, clock, office }
    }

    /// A letter of two pages that has been read.
    async fn letter(&self) -> ItemId {
        let says = |text: &str| format!("BT /F1 18 Tf 72 720 Td ({text}) Tj ET");
        let pages = [says("Antrag auf Wohngeld"), says("Zweite Seite")];
        let arrival = Arrival {
            origin: "1".to_owned(),
            name: "brief.pdf".to_owned(),
            received: self.desk.now(),
            bytes: crate::parsing_long::book(&pages, &[b"null".to_vec()]),
            problem: None,
        };
        let (door, now) = (ConnectorName::from("posteingang"), self.desk.now());
        let records = self.desk.records();
        let Admitted::New(item) = accept(&door, records, arrival, now).await.unwrap() else {
            panic!("the letter is known")
        };
        let lease = Duration::from_secs(60);
        while self.desk.item(&item).await.unwrap().unwrap().parsed.is_none() {
            let mut claim = records.claim("test", lease, now).await.unwrap().unwrap();
            let step = engine::advance(&self.desk, &mut claim).await.unwrap();
            records.commit(&claim, step).await.unwrap();
        }
        item
    }

    /// How many readers were started so far.
    fn started(&self) -> usize {
        self.office.read("started").lines().count()
    }
}

#[tokio::test]
async fn a_page_that_is_looked_at_again_is_not_drawn_again() {
    let house = House::new().await;
    let item = house.letter().await;
    let before = house.started();
    let begin = Instant::now();
    let first = house.desk.picture(&item, 0, 1).await.unwrap();
    let drawn_in = begin.elapsed();
    assert!(first.starts_with(b"\x89PNG"));
    let second = house.desk.picture(&item, 0, 2).await.unwrap();
    assert_ne!(first, second);
    assert_eq!(house.started(), before + 2);
    let begin = Instant::now();
    assert_eq!(house.desk.picture(&item, 0, 1).await.unwrap(), first);
    let found_in = begin.elapsed();
    assert_eq!(house.desk.picture(&item, 0, 2).await.unwrap(), second);
    assert_eq!(house.started(), before + 2, "a page was drawn again");
    assert!(found_in < drawn_in, "drawn in {drawn_in:?}, found in {found_in:?}");
}

#[tokio::test]
async fn pictures_are_gone_with_their_item_and_after_some_minutes() {
    let house = House::new().await;
    let item = house.letter().await;
    house.desk.picture(&item, 0, 1).await.unwrap();
    assert_eq!(house.desk.tidy_pictures().await, 1);
    *house.clock.0.lock().unwrap() += SignedDuration::from_mins(11);
    assert_eq!(house.desk.tidy_pictures().await, 0, "kept for too long");

    house.desk.picture(&item, 0, 1).await.unwrap();
    assert_eq!(house.desk.tidy_pictures().await, 1);
    house.desk.forget_pictures(&item);
    assert_eq!(house.desk.tidy_pictures().await, 0);

    // Somebody else erases the item: another daemon, or a command.
    house.desk.picture(&item, 0, 1).await.unwrap();
    let changes = vec![Change::Delete(format!("item/{item}"))];
    let erase = Commit { changes, ..Commit::default() };
    house.desk.records().store().commit(erase).await.unwrap();
    assert_eq!(house.desk.tidy_pictures().await, 0);
    let started = house.started();
    assert!(house.desk.picture(&item, 0, 1).await.is_err(), "shown although it is erased");
    assert_eq!(house.started(), started);
}
