//! The store alone: numbered commits and bytes, of which each acknowledged one is there after the power was lost.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vorlage::domain::Digest;
use vorlage::store::{Change, Commit, Event, Guard, Sled, Store};

use super::{Disk, More, writer};
use crate::crash::oracle::{Figures, Kept};
use crate::crash::{is_long, tell};
use crate::support::{Chance, pause, until};

/// Before an image, something is to be written.
const PAUSE_MS: u64 = 40;
/// After so many images the next writer goes on upon the last one.
const PER_WRITER: usize = 6;
/// After so many writers a new folder begins: a copy of a file at each fsync takes longer the larger it is.
const WRITERS: usize = 2;

#[test]
fn what_the_store_has_acknowledged_survives_a_power_loss() {
    write_if_asked();
    let mut chance = Chance::new();
    let mut figures = Figures::default();
    let images = if is_long() { 400 } else { 32 };
    for more in [More::Nothing, More::SomePages] {
        let (found, wrong) = lose(
            "what_the_store_has_acknowledged_survives_a_power_loss",
            (images, more),
            "",
            &mut chance,
        );
        assert!(wrong.is_empty(), "seed {}, {more:?}: {wrong:?}", chance.seed);
        figures += found;
    }
    tell("power losses of the store (tokens are commits)", &figures);
}

#[test]
fn a_store_without_its_barrier_loses_what_it_has_acknowledged() {
    write_if_asked();
    let mut chance = Chance::new();
    let name = "a_store_without_its_barrier_loses_what_it_has_acknowledged";
    let (figures, wrong) = lose(name, (8, More::Nothing), "store.barrier=leave_out", &mut chance);
    assert!(
        !wrong.is_empty(),
        "seed {}: the test does not see that the barrier is missing",
        chance.seed
    );
    tell("negative control, no barrier", &figures);
}

#[test]
fn bytes_without_fsync_are_lost() {
    write_if_asked();
    let mut chance = Chance::new();
    let name = "bytes_without_fsync_are_lost";
    let (figures, wrong) = lose(name, (8, More::Nothing), "blob.sync=leave_out", &mut chance);
    assert!(
        !wrong.is_empty(),
        "seed {}: the test does not see that the bytes are lost",
        chance.seed
    );
    tell("negative control, bytes without fsync", &figures);
}

/// Cuts the power so many times, and says what was wrong with which image.
fn lose(
    test: &str,
    (images, more): (usize, More),
    failpoint: &str,
    chance: &mut Chance,
) -> (Figures, Vec<String>) {
    let mut figures = Figures::default();
    let mut wrong = Vec::new();
    while figures.images < images && wrong.is_empty() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..WRITERS {
            let (found, why) = lose_under(test, folder.path(), (more, failpoint), chance);
            figures += found;
            wrong.extend(why);
            if !wrong.is_empty() {
                break;
            }
        }
    }
    (figures, wrong)
}

/// One writer, which goes on where the last one lost its power.
fn lose_under(
    test: &str,
    folder: &Path,
    (more, failpoint): (More, &str),
    chance: &mut Chance,
) -> (Figures, Vec<String>) {
    let (root, acks) = (folder.join("root"), folder.join("acks"));
    fs::create_dir_all(&root).unwrap();
    let disk = Disk::over(&root);
    let mut environment = disk.environment().to_vec();
    environment.push(("VORLAGE_FAILPOINT", failpoint.to_owned()));
    environment.push(("VORLAGE_POWER_WRITER", root.display().to_string()));
    environment.push(("VORLAGE_POWER_ACKS", acks.display().to_string()));
    let before = read_acks(&acks).len();
    let writer = writer(&format!("crash::power::commits::{test}"), &environment);
    until("the writer", 30, || (read_acks(&acks).len() > before).then_some(()));
    let mut figures = Figures { kills: 1, images: PER_WRITER, ..Figures::default() };
    let mut wrong = Vec::new();
    for _ in 0..PER_WRITER {
        writer.go_on();
        chance.pause(PAUSE_MS);
        writer.hold();
        let image = folder.join("image");
        disk.image(&image, more, chance);
        let acknowledged = read_acks(&acks);
        figures.tokens = acknowledged.len() - before;
        if let Err(why) = check(&image, &acknowledged) {
            figures.lost += 1;
            wrong.push(why);
        }
        fs::remove_dir_all(image).unwrap();
    }
    writer.kill();
    disk.fail(more, chance);
    (figures, wrong)
}

fn read_acks(file: &Path) -> BTreeSet<u64> {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines().map(|line| line.parse().unwrap()).collect()
}

/// Opens an image as a start after the power loss would. Everything acknowledged must be there, and everything that
/// is there must be whole.
fn check(image: &Path, acknowledged: &BTreeSet<u64>) -> Result<(), String> {
    let store = Sled::open(image.join("store"), 16).map_err(|error| error.to_string())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let rows = store.scan("number/", "", usize::MAX).await.map_err(|it| it.to_string())?;
        let mut there = BTreeSet::new();
        for (key, row) in rows {
            let number: u64 = key.trim_start_matches("number/").parse().unwrap();
            let digest = Digest(String::from_utf8(row.body).unwrap());
            let bytes = store.blob(&digest).await.map_err(|it| format!("{number}: {it}"))?;
            if bytes != contents(number) {
                return Err(format!("the bytes of {number} are not what was written"));
            }
            there.insert(number);
        }
        if let Some(lost) = acknowledged.difference(&there).next() {
            return Err(format!("{lost} was acknowledged and is gone"));
        }
        let mistakes = Kept::read(&store).await.mistakes();
        if mistakes.is_empty() { Ok(()) } else { Err(mistakes) }
    })
}

/// The bytes that belong to a number.
fn contents(number: u64) -> Vec<u8> {
    format!("bytes {number}; ").repeat(usize::try_from(number % 500).unwrap() + 1).into_bytes()
}

/// In the other process: commits numbers, four at once, and writes down which were acknowledged.
fn write_if_asked() {
    let Some(root) = std::env::var_os("VORLAGE_POWER_WRITER").map(PathBuf::from) else { return };
    let acks = PathBuf::from(std::env::var_os("VORLAGE_POWER_ACKS").unwrap());
    let first = read_acks(&acks).last().map_or(0, |last| last + 1000);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let store = Arc::new(Sled::open(root.join("store"), 16).unwrap());
    for lane in 0..4 {
        let (store, acks) = (store.clone(), acks.clone());
        runtime.spawn(async move {
            let mut acks = File::options().create(true).append(true).open(acks).unwrap();
            for number in (first + lane..).step_by(4) {
                let digest = store.put_blob(contents(number)).await.unwrap();
                store.commit(numbered(number, &digest)).await.unwrap();
                acks.write_all(format!("{number}\n").as_bytes()).unwrap();
            }
        });
    }
    loop {
        pause(std::time::Duration::from_secs(1));
    }
}

fn numbered(number: u64, digest: &Digest) -> Commit {
    let key = format!("number/{number:010}");
    let event = Event {
        what: "number".into(),
        about: key.clone(),
        who: "writer".into(),
        at: String::new(),
        hash: digest.0.clone(),
    };
    Commit {
        guards: vec![Guard::Absent(key.clone())],
        changes: vec![Change::Put(key, digest.0.clone().into_bytes())],
        events: vec![event],
    }
}
