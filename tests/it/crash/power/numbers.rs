//! What is written while the power fails: numbered commits with bytes, and a list of those that were acknowledged.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinSet;
use vorlage::domain::Digest;
use vorlage::store::audit::verify;
use vorlage::store::records::Entry;
use vorlage::store::{Change, Commit, Error, Event, Guard, Store};

use crate::crash::oracle::Kept;
use crate::support::pause;

/// Names the file with the numbers that were acknowledged.
pub(super) const ACKS: &str = "VORLAGE_POWER_ACKS";
/// So many commits are made at once.
const LANES: u64 = 4;

/// The numbers that a writer has noted.
pub(super) fn read_acks(file: &Path) -> BTreeSet<u64> {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines().map(|line| line.parse().unwrap()).collect()
}

/// Everything acknowledged must be there, and everything that is there must be whole.
pub(super) async fn check(store: &dyn Store, acknowledged: &BTreeSet<u64>) -> Result<(), String> {
    let rows = store.scan("", "", usize::MAX).await.map_err(|it| it.to_string())?;
    let mut there = BTreeSet::new();
    for (key, row) in rows {
        let Some(number) = key.strip_prefix("number/") else { continue };
        let number: u64 = number.parse().unwrap();
        let digest = Digest(String::from_utf8(row.body).unwrap());
        let bytes = store.blob(&digest).await.map_err(|it| format!("{number}: {it}"))?;
        if bytes != contents(number) {
            return Err(format!("the bytes of {number} are not what was written"));
        }
        there.insert(number);
    }
    let lost: Vec<_> = acknowledged.difference(&there).collect();
    if let Some(first) = lost.first() {
        return Err(format!("{} were acknowledged and are gone, the first is {first}", lost.len()));
    }
    let mistakes = Kept::read(store).await.mistakes();
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let audit = verify(store, None, &|_| {}).await.map_err(|it| it.to_string())?;
    if audit.faults.is_empty() { Ok(()) } else { Err(format!("{:?}", audit.faults)) }
}

/// In another process: commits numbers and writes down which were acknowledged, until it is ended.
pub(super) async fn write(store: Arc<dyn Store>) {
    let acks = PathBuf::from(std::env::var_os(ACKS).unwrap());
    let first = read_acks(&acks).last().map_or(0, |last| last + 1000);
    let mut lanes = JoinSet::new();
    for lane in 0..LANES {
        let (store, acks) = (store.clone(), acks.clone());
        lanes.spawn(async move {
            let mut acks = File::options().create(true).append(true).open(acks).unwrap();
            for number in (first + lane..).step_by(usize::try_from(LANES).unwrap()) {
                match put(&*store, number).await {
                    Ok(()) => acks.write_all(format!("{number}\n").as_bytes()).unwrap(),
                    // Its server has lost its power; whether this one is there is open.
                    Err(Error::Away { .. }) => pause(Duration::from_millis(20)),
                    Err(error) => panic!("{number}: {error}"),
                }
            }
        });
    }
    while let Some(ended) = lanes.join_next().await {
        ended.unwrap();
    }
}

async fn put(store: &dyn Store, number: u64) -> Result<(), Error> {
    let digest = store.put_blob(contents(number)).await?;
    store.commit(numbered(number, &digest)).await?;
    Ok(())
}

/// The bytes that belong to a number.
fn contents(number: u64) -> Vec<u8> {
    format!("bytes {number}; ").repeat(usize::try_from(number % 500).unwrap() + 1).into_bytes()
}

/// With an entry in a journal, which the audit chain tells of.
fn numbered(number: u64, digest: &Digest) -> Commit {
    let key = format!("number/{number:010}");
    let entry = Entry {
        kind: "number".into(),
        at: Timestamp::UNIX_EPOCH,
        by: "writer".into(),
        body: serde_json::json!({ "bytes": digest.0 }),
        seconds: None,
    };
    let written = serde_json::to_vec(&entry).unwrap();
    let event = Event {
        what: entry.kind,
        about: key.clone(),
        who: entry.by,
        at: entry.at.to_string(),
        hash: blake3::hash(&written).to_hex().to_string(),
    };
    let entry = Change::Put(format!("journal/{key}/{:08}", 0), written);
    Commit {
        guards: vec![Guard::Absent(key.clone())],
        changes: vec![Change::Put(key, digest.0.clone().into_bytes()), entry],
        events: vec![event],
    }
}
