//! The account of a door, canaries, alarms: that silence is noticed.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};
use vorlage::config;
use vorlage::connectors::{
    Arrival, Connector, Error, Known, Output, Parcel, Place, Present, Receipt, Source,
};
use vorlage::domain::{Clock, ItemId};
use vorlage::engine::{Desk, Rounds, Rules, files};
use vorlage::intake::{self, Door};
use vorlage::store::Memory;

use crate::support::Office;

/// A clock that a test sets.
struct Set(Mutex<Timestamp>);

impl Clock for Set {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// A door whose arrivals are here; those whose name begins with `stuck` never come in.
#[derive(Default)]
struct Shelf {
    there: Mutex<Vec<Arrival>>,
    removed: Mutex<Vec<String>>,
    laid: Mutex<usize>,
}

impl Shelf {
    fn put(&self, origin: &str, received: Timestamp, bytes: &[u8]) {
        let arrival = Arrival {
            origin: origin.into(),
            name: String::new(),
            received,
            bytes: bytes.to_vec(),
            problem: None,
        };
        self.there.lock().unwrap().push(arrival);
    }
}

#[async_trait]
impl Source for Shelf {
    async fn poll(&self, known: &dyn Known, most: usize) -> Result<Vec<Arrival>, Error> {
        let there = self.there.lock().unwrap().clone();
        let mut new = Vec::new();
        for arrival in there {
            let comes = !arrival.origin.starts_with("stuck") && new.len() < most;
            if comes && !known.is_known(&arrival.origin).await? {
                new.push(arrival);
            }
        }
        Ok(new)
    }

    async fn acknowledge(&self, _origin: &str, _item: &ItemId) -> Result<(), Error> {
        Ok(())
    }

    async fn wait(&self, longest: Duration) {
        tokio::time::sleep(longest).await;
    }

    async fn inventory(&self) -> Result<Vec<Present>, Error> {
        let there = self.there.lock().unwrap();
        let present = there.iter().map(|it| (it.origin.clone(), it.received));
        Ok(present
            .map(|(origin, received)| Present { origin, received, is_coming: false })
            .collect())
    }

    async fn lay_canary(&self, mail: &[u8]) -> Result<bool, Error> {
        *self.laid.lock().unwrap() += 1;
        self.put("canary", Timestamp::UNIX_EPOCH, mail);
        Ok(true)
    }

    async fn remove_canary(&self, origin: &str) -> Result<(), Error> {
        self.there.lock().unwrap().retain(|it| it.origin != origin);
        self.removed.lock().unwrap().push(origin.to_owned());
        Ok(())
    }
}

/// Keeps what would be sent.
#[derive(Default)]
struct Sent(Mutex<Vec<Parcel>>);

#[async_trait]
impl Output for Sent {
    async fn send(&self, parcel: &Parcel) -> Result<Receipt, Error> {
        self.0.lock().unwrap().push(parcel.clone());
        Ok(Receipt::default())
    }
}

struct House {
    desk: Arc<Desk>,
    door: Door,
    shelf: Arc<Shelf>,
    sent: Arc<Sent>,
    clock: Arc<Set>,
    _office: Office,
}

async fn house(settings: &str) -> House {
    let office = Office::with_share();
    office.write("connectors/ausgang.toml", "kind = \"folder\"\npath = \"ablage\"\n");
    let text = office.read("office.toml");
    office.write("office.toml", &format!("{text}\n{settings}"));
    let read = config::load(&files::read(office.folder()).unwrap());
    let loaded = read.0.unwrap_or_else(|| panic!("{:?}", read.1));
    let (shelf, sent) = (Arc::new(Shelf::default()), Arc::new(Sent::default()));
    let source: Arc<dyn Source> = shelf.clone();
    let output: Arc<dyn Output> = sent.clone();
    let connectors = IndexMap::from([
        ("posteingang".into(), Connector { source: Some(source), ..Connector::default() }),
        ("ausgang".into(), Connector { output: Some(output), ..Connector::default() }),
    ]);
    let place = Place {
        office: office.folder().into(),
        state: office.path("state"),
        credentials: None,
        program: "vorlage".into(),
        models: "/nowhere".into(),
    };
    let clock = Arc::new(Set(Mutex::new("2026-11-24T12:00:00Z".parse().unwrap())));
    let rules = Rules { office: loaded.into(), connectors, embedder: None };
    let desk = Desk::open(rules, Arc::new(Memory::default()), place, clock.clone()).await.unwrap();
    let door = desk.doors().await.unwrap().remove(0);
    House { desk: Arc::new(desk), door, shelf, sent, clock, _office: office }
}

const ALARM: &str = "[alarm]\nto = \"betrieb@stadt.example\"\nthrough = \"ausgang\"\n";

impl House {
    async fn take(&self) {
        intake::take(&self.door, self.desk.records(), self.desk.now()).await.unwrap();
    }

    fn later(&self, time: SignedDuration) {
        *self.clock.0.lock().unwrap() += time;
    }
}

#[tokio::test]
async fn what_is_at_the_door_and_no_item_is_missing_and_the_operator_hears_of_it_once_a_day() {
    let house = house(ALARM).await;
    let yesterday = house.desk.now() - SignedDuration::from_hours(24);
    house.shelf.put("1", yesterday, b"a");
    house.shelf.put("2", house.desk.now(), b"b");
    house.take().await;
    let even = house.desk.settle_account(&house.door).await.unwrap();
    assert_eq!((even.at_door, even.missing, even.days.len()), (2, 0, 2));
    house.shelf.put("stuck", yesterday, b"c");
    house.shelf.put("stuck new", house.desk.now(), b"d");
    house.take().await;
    for _ in 0..2 {
        let account = house.desk.settle_account(&house.door).await.unwrap();
        assert_eq!((account.at_door, account.missing), (4, 1), "what came just now has time");
        assert_eq!(account.missing_origins[0].origin, "stuck");
        let days: Vec<_> =
            account.days.iter().map(|it| (it.at_door, it.accepted, it.missing)).collect();
        assert_eq!(days, [(2, 1, 0), (2, 1, 1)], "the newest day first");
    }
    {
        let sent = house.sent.0.lock().unwrap();
        let mail = sent[0].mail.as_ref().unwrap();
        assert_eq!((sent.len(), mail.to.as_str()), (1, "betrieb@stadt.example"));
        assert!(mail.text.contains("1 of 4 arrivals at `posteingang`"), "{}", mail.text);
    }
    house.later(SignedDuration::from_hours(24));
    house.desk.settle_account(&house.door).await.unwrap();
    assert_eq!(house.sent.0.lock().unwrap().len(), 2);
    let metrics = house.desk.metrics().await.unwrap();
    assert!(metrics.contains("vorlage_ledger_missing{door=\"posteingang\"} 2"), "{metrics}");
}

#[tokio::test]
async fn a_canary_comes_through_is_taken_out_and_never_an_item() {
    let house = house("[ledger]\ncanary_minutes = 60\n").await;
    let key = house.door.canary_key.clone().unwrap();
    let laid = house.desk.now();
    let mail = intake::canary::compose(&house.door.name, laid, &key);
    assert!(house.door.source.lay_canary(&mail).await.unwrap());
    house.later(SignedDuration::from_secs(7));
    house.take().await;
    assert_eq!(*house.shelf.removed.lock().unwrap(), ["canary"]);
    assert_eq!(house.desk.status().await.unwrap().ready, 0);
    let canary = house.desk.records().canary(&house.door.name).await.unwrap().unwrap();
    assert_eq!((canary.laid, canary.seen), (laid, house.desk.now()));
    let metrics = house.desk.metrics().await.unwrap();
    assert!(metrics.contains("vorlage_canary_age_seconds{door=\"posteingang\"} 7"), "{metrics}");
    // A stranger who copies the header with another time gets an item like everybody.
    let forged = String::from_utf8(mail).unwrap().replacen("Canary: 1", "Canary: 2", 1);
    house.shelf.put("forged", laid, forged.as_bytes());
    house.take().await;
    assert_eq!(house.desk.status().await.unwrap().ready, 1);
}

#[tokio::test]
async fn the_account_is_made_at_the_first_look_at_night_and_after_every_trouble() {
    let house = house("").await;
    let mut rounds = Rounds::new(house.desk.now());
    let mut made = Vec::new();
    let mut look = async |rounds: &mut Rounds, minutes: i64| {
        house.later(SignedDuration::from_mins(minutes));
        rounds.settle(&house.desk, &house.door).await;
        let account = house.desk.accounts().await.unwrap().remove(0).account.unwrap();
        if made.last() != Some(&account.made) {
            made.push(account.made);
        }
        made.len()
    };
    assert_eq!(look(&mut rounds, 0).await, 1);
    assert_eq!(look(&mut rounds, 60).await, 1);
    rounds.troubled();
    assert_eq!(look(&mut rounds, 1).await, 2);
    // It is 14:01 in Berlin now; half past two is 12 h 29 min away.
    assert_eq!(look(&mut rounds, 12 * 60 + 28).await, 2);
    assert_eq!(look(&mut rounds, 1).await, 3);
    assert_eq!(look(&mut rounds, 24 * 60 - 1).await, 3);
    assert_eq!(look(&mut rounds, 1).await, 4);
}

#[tokio::test]
async fn a_canary_that_does_not_come_through_is_an_alarm() {
    let house = house(&format!("[ledger]\ncanary_minutes = 60\n{ALARM}")).await;
    let mut rounds = Rounds::new(house.desk.now());
    for hour in 0..10 {
        rounds.watch_canary(&house.desk, &house.door).await;
        assert_eq!(*house.shelf.laid.lock().unwrap(), hour + 1);
        if hour < 5 {
            house.take().await;
        }
        let sent = house.sent.0.lock().unwrap().len();
        assert_eq!(sent, usize::from(hour >= 8), "hour {hour}: the last one came in hour 4");
        house.later(SignedDuration::from_mins(60));
    }
}
