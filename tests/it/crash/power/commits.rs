//! The store alone: numbered commits and bytes, of which each acknowledged one is there after the power was lost.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vorlage::store::Sled;

use super::numbers::{self, ACKS, read_acks};
use super::{Disk, More, writer};
use crate::crash::oracle::Figures;
use crate::crash::{is_long, tell};
use crate::support::{Chance, until};

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
    environment.push((ACKS, acks.display().to_string()));
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

/// Opens an image as a start after the power loss would.
fn check(image: &Path, acknowledged: &BTreeSet<u64>) -> Result<(), String> {
    let store = Sled::open(image.join("store"), 16).map_err(|error| error.to_string())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(numbers::check(&store, acknowledged))
}

/// In the other process.
fn write_if_asked() {
    let Some(root) = std::env::var_os("VORLAGE_POWER_WRITER").map(PathBuf::from) else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let store = Arc::new(Sled::open(root.join("store"), 16).unwrap());
    runtime.block_on(numbers::write(store));
}
