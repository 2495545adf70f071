//! A PostgreSQL whose machine loses its power: what it has acknowledged to our store is there when it comes back. The
//! writer is on another machine, goes on, and finds out what became of the commits that were under way.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::future::join_all;
use vorlage::store::{self, Store};

use super::numbers::{self, ACKS, read_acks};
use super::{Disk, More, Writer, writer};
use crate::crash::oracle::Figures;
use crate::crash::{is_long, tell};
use crate::servers::Postgres;
use crate::support::{Chance, until};

/// Where the writer finds the server: the folder of its socket and its port.
const SERVER: &str = "VORLAGE_POWER_SERVER";
/// Before a power loss, something is to be written.
const PAUSE_MS: u64 = 800;
/// How long a server may at most repair itself before its power is lost again.
const REPAIR_MS: u64 = 600;
/// After so many power losses a new database begins: what is checked each time grows.
const PER_DATABASE: usize = 6;
/// An option for `initdb`, and what it does from PostgreSQL 18 on by itself.
const CHECKSUMS: &str = "--data-checksums";
/// Little is kept in memory, so that files are written before they are made durable; checkpoints come by the size of
/// the log, about every second; what nobody waits for is written late. Files of the log are small, because the test
/// copies them at each fsync.
const SETTINGS: [&str; 8] = [
    "shared_buffers=512kB",
    "max_wal_size=3MB",
    "min_wal_size=2MB",
    "wal_writer_delay=10s",
    "wal_init_zero=off",
    "wal_recycle=off",
    "wal_sync_method=fdatasync",
    "recovery_init_sync_method=syncfs",
];

#[test]
fn what_a_postgresql_has_acknowledged_survives_its_power_losses() {
    write_if_asked();
    let mut chance = Chance::new();
    let mut figures = Figures::default();
    let images = if is_long() { 400 } else { 18 };
    // Checksums find what is torn; a server that has none writes fewer pages whole.
    for options in [&[CHECKSUMS][..], &[]].into_iter().cycle() {
        if figures.images >= images {
            break;
        }
        let name = "what_a_postgresql_has_acknowledged_survives_its_power_losses";
        let mut machine = Machine::start(name, options, "");
        for nth in 0..PER_DATABASE {
            let more = if nth % 2 == 0 { More::Nothing } else { More::SomePages };
            let (found, wrong) = machine.lose_power(more, &mut chance);
            figures += found;
            assert!(wrong.is_ok(), "seed {}, {more:?}: {wrong:?}", chance.seed);
        }
        figures.tokens += machine.acknowledged().len();
    }
    tell("power losses of PostgreSQL (tokens are commits)", &figures);
}

#[test]
fn a_postgresql_without_fsync_loses_what_it_has_acknowledged() {
    write_if_asked();
    let name = "a_postgresql_without_fsync_loses_what_it_has_acknowledged";
    control(name, "fsync", &[More::Nothing; 4], 0);
}

#[test]
fn a_postgresql_that_commits_later_loses_what_it_has_acknowledged() {
    write_if_asked();
    let name = "a_postgresql_that_commits_later_loses_what_it_has_acknowledged";
    control(name, "synchronous_commit", &[More::Nothing; 20], 0);
}

#[test]
fn a_postgresql_that_does_not_write_whole_pages_is_torn() {
    write_if_asked();
    let name = "a_postgresql_that_does_not_write_whole_pages_is_torn";
    control(name, "full_page_writes", &[More::SomePages; 60], 4);
}

/// Something is turned off that our store insists on; some of these power losses must show it.
fn control(test: &str, setting: &str, losses: &[More], checkpoints: usize) {
    let mut chance = Chance::new();
    let mut figures = Figures::default();
    let mut wrong = Ok(());
    for more in losses {
        let mut machine = Machine::start(test, &[], setting);
        machine.wait_for_checkpoints(checkpoints);
        let found;
        (found, wrong) = machine.lose_power(*more, &mut chance);
        figures += found;
        figures.tokens += machine.acknowledged().len();
        if wrong.is_err() {
            break;
        }
    }
    let why = wrong.expect_err(&format!("seed {}: the test does not see it", chance.seed));
    assert!(!why.contains("turn it on"), "the server still has it turned off: {why}");
    tell(&format!("negative control, PostgreSQL with {setting}=off: {why}"), &figures);
}

/// A server on a disk of its own, and who writes there.
struct Machine {
    writer: Writer,
    server: Postgres,
    disk: Disk,
    acks: PathBuf,
    _folder: tempfile::TempDir,
}

impl Machine {
    /// With one setting turned off as soon as our store has looked at it.
    fn start(test: &str, options: &[&str], turned_off: &str) -> Self {
        let mut server = Postgres::made_with(&[&["--wal-segsize=1"], options].concat(), &SETTINGS);
        server.kill();
        let disk = Disk::over(&server.data());
        let mut environment = disk.environment().to_vec();
        environment.push(("VORLAGE_POWER_COPIES_ONLY", "yes".to_owned()));
        server.set_environment(&environment);
        server.go_on();
        let folder = tempfile::tempdir().unwrap();
        let acks = folder.path().join("acks");
        let environment = [
            (SERVER, format!("{}:{}", server.socket().display(), server.port)),
            (ACKS, acks.display().to_string()),
        ];
        let writer = writer(&format!("crash::power::postgres::{test}"), &environment);
        until("the writer", 30, || (!read_acks(&acks).is_empty()).then_some(()));
        if !turned_off.is_empty() {
            server.sql(&format!("alter system set {turned_off} = off"));
            server.sql("select pg_reload_conf()");
            until("the setting", 30, || {
                (server.sql(&format!("show {turned_off}")) == "off").then_some(())
            });
            // Our store does not even look at it otherwise.
            server.set(&format!("{turned_off}=on"));
        }
        Self { writer, server, disk, acks, _folder: folder }
    }

    /// Until pages have changed that were durable before.
    fn wait_for_checkpoints(&self, number: usize) {
        until("checkpoints", 60, || {
            let made = self.server.log().matches("checkpoint starting: wal").count();
            (made >= number).then_some(())
        });
    }

    fn acknowledged(&self) -> BTreeSet<u64> {
        read_acks(&self.acks)
    }

    /// At some moment; sometimes a second time, before everything is repaired.
    fn lose_power(&mut self, more: More, chance: &mut Chance) -> (Figures, Result<(), String>) {
        self.writer.go_on();
        let before = self.acknowledged().len();
        until("the writer", 60, || (self.acknowledged().len() > before).then_some(()));
        chance.pause(PAUSE_MS);
        self.server.kill();
        self.writer.hold();
        let acknowledged = self.acknowledged();
        self.fail(more, chance);
        let mut figures = Figures { kills: 1, images: 1, ..Figures::default() };
        if chance.below(3) == 0 {
            self.server.begin();
            chance.pause(REPAIR_MS);
            self.server.kill();
            self.fail(more, chance);
            figures += figures;
        }
        let found = if self.server.comes_back() {
            self.check(&acknowledged)
        } else {
            let log = self.server.log();
            let why = log.lines().rfind(|line| line.contains("PANIC:"));
            Err(format!("it does not start any more: {}", why.unwrap_or(&log)))
        };
        figures.lost = usize::from(found.is_err());
        (figures, found)
    }

    fn fail(&self, more: More, chance: &mut Chance) {
        self.disk.fail_in_place(more, chance);
        // It was lost while the server had just begun; Debian's `pg_ctlcluster` clears it away as well.
        let lock = self.server.data().join("postmaster.pid");
        if fs::metadata(&lock).is_ok_and(|it| it.len() == 0) {
            fs::remove_file(lock).unwrap();
        }
    }

    fn check(&self, acknowledged: &BTreeSet<u64>) -> Result<(), String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { numbers::check(&*self.server.store(), acknowledged).await })
    }
}

/// In the other process.
fn write_if_asked() {
    let Ok(server) = std::env::var(SERVER) else { return };
    let (host, port) = server.rsplit_once(':').unwrap();
    let server = Postgres::at(host.to_owned(), port.parse().unwrap());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let connections = server.connections;
        let store = Arc::new(store::Postgres::new(server).unwrap());
        // All its connections are made now: it would make none any more when a setting was turned off.
        join_all((0..connections).map(|_| store.get("number/"))).await;
        numbers::write(store).await;
    });
}
