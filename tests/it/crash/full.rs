//! The disk runs full wherever something is written: nothing is lost, and it goes on when there is space again.

use std::fs;
use std::time::{Duration, Instant};

use super::house::{Ended, House, Outside};
use super::mails::{question, token};
use super::oracle::{Figures, in_folder, in_table, settle};
use super::tell;
use crate::support::{Daemon, pause};

/// Where bytes are written. The last ones are the outputs' own disks.
const PLACES: &[&str] = &[
    "blob.before_write",
    "blob.written",
    "blob.synced",
    "blob.renamed",
    "store.before_batch",
    "store.applied",
    "store.flushed",
    "share.before_move",
    "folder.written",
    "folder.synced",
    "folder.renamed",
    "table.before_replace",
    "table.replaced",
];
/// How long there is no space.
const FULL: Duration = Duration::from_secs(2);
const LETTERS: usize = 3;

#[test]
fn a_full_disk_loses_nothing() {
    let mut sum = Figures::default();
    std::thread::scope(|scope| {
        let offices: Vec<_> =
            PLACES.iter().map(|place| (place, scope.spawn(|| without_space_at(place)))).collect();
        for (place, office) in offices {
            sum += office.join().unwrap_or_else(|_| panic!("at `{place}`"));
        }
    });
    tell("disk full at every place that writes", &sum);
}

fn without_space_at(place: &str) -> Figures {
    let mut house = House::new();
    let tokens: Vec<String> = (0..LETTERS).map(|nth| token(place, nth)).collect();
    for token in &tokens {
        house.lay(&format!("{token}.eml"), &question(token));
    }
    let full = house.office.path("full");
    fs::write(&full, "no space while this file is there").unwrap();
    let failpoint = format!("{place}=enospc@2+");
    let environment = [
        ("VORLAGE_FAILPOINT", failpoint.as_str()),
        ("VORLAGE_FAILPOINT_WHILE", full.to_str().unwrap()),
    ];
    // Whoever cannot write its own state any more ends, and is started again, as systemd does it.
    let (mut daemon, mut starts) = (Daemon::launch(&house.office, &environment), 0);
    let end = Instant::now() + FULL;
    while Instant::now() < end {
        if daemon.ended().is_some() {
            (daemon, starts) = (Daemon::launch(&house.office, &environment), starts + 1);
        }
        house.approve(Outside::SHARE);
        pause(Duration::from_millis(50));
    }
    let done = house.counts().map_or(0, |it| it.done);
    assert!(done < LETTERS || !house.is_taken(), "`{place}` did not stop anything");
    fs::remove_file(&full).unwrap();
    let begin = Instant::now();
    // The same daemon goes on by itself, if it lives.
    while daemon.ended().is_none() && !(house.is_at_rest() && house.is_done(LETTERS)) {
        assert!(begin.elapsed() < Duration::from_secs(90), "at `{place}`:\n{}", house.told());
        house.approve(Outside::SHARE);
        pause(Duration::from_millis(50));
    }
    drop(daemon);
    assert_eq!(house.round(&[], LETTERS, Outside::SHARE), Ended::Done);
    let office = &house.office;
    let figures = settle(
        office,
        &tokens,
        &[
            ("folders", &|token| in_folder(office, token)),
            ("rows", &|token| in_table(office, token)),
        ],
    );
    let parts = fs::read_dir(office.path("state/store/blob/tmp")).unwrap().count();
    assert_eq!(parts, 0, "half-written bytes fill the disk that is full");
    Figures { kills: starts, decisions: house.helped, ..figures }
}
