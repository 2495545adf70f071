//! An office whose daemon is ended again and again, and a clerk who approves whatever waits.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::sinks::Sink;
use crate::servers::Postgres;
use crate::support::{Daemon, Office, Visitor, get, links, pause};

/// How long the daemon has to come to a place behind the last commit.
const SOON: Duration = Duration::from_secs(2);
/// The longest time for all work of one office.
const LONGEST: Duration = Duration::from_secs(100);

/// How a round ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// Everything is done.
    Done,
    /// By the signal of a failpoint.
    Killed,
    /// By itself, because it could not go on.
    GaveUp,
}

/// An office, its clerk, and what the clerk was told.
pub(super) struct House {
    pub(super) office: Office,
    pub(super) clerk: Visitor,
    /// Items whose approval the daemon has confirmed.
    approved: BTreeSet<String>,
    /// How many decisions were needed about items that were held back.
    pub(super) helped: usize,
    /// How many approvals were confirmed, and had to be given again.
    pub(super) forgotten: usize,
}

/// The file of a connector that keeps an office in a schema.
fn stored(postgres: &Postgres, schema: &str) -> String {
    format!("{}schema = \"{schema}\"\n", postgres.connector())
}

/// How many items are where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counts {
    pub(super) ready: usize,
    pub(super) waiting: usize,
    pub(super) done: usize,
}

/// What is seen outside the daemon.
#[derive(Clone, Copy)]
pub(super) struct Outside<'a> {
    /// Whether the reply of the item with this page has arrived.
    pub(super) arrived: &'a dyn Fn(&str) -> bool,
    /// Whether everything was acknowledged at its door.
    pub(super) is_taken: &'a dyn Fn() -> bool,
    /// Lets more come, if it is time for it.
    pub(super) more: &'a dyn Fn(&House),
}

impl Outside<'_> {
    /// Of an office without mail.
    pub(super) const SHARE: Self = Self { arrived: &|_| false, is_taken: &|| true, more: &|_| () };
}

impl House {
    /// With a share and a folder, which others may replace.
    pub(super) fn new() -> Self {
        static TEMPLATE: OnceLock<(Office, Visitor)> = OnceLock::new();
        // Signing in takes as long as all the rest, so it is done once, and the office is copied.
        let (office, clerk) = TEMPLATE.get_or_init(|| {
            let office = Office::with_share();
            office.add_user("jutta", "Jutta Weber", "alle");
            let daemon = Daemon::start(&office);
            let clerk = Visitor::sign_in(office.port, "jutta");
            assert!(daemon.stop().success());
            (office, clerk)
        });
        Self::of(office.copy(), clerk)
    }

    /// The same with its store in a database: a schema of its own, with what a template has.
    pub(super) fn in_database(postgres: &Postgres) -> Self {
        static TEMPLATE: OnceLock<(Office, Visitor)> = OnceLock::new();
        static NUMBER: AtomicUsize = AtomicUsize::new(1);
        let (office, clerk) = TEMPLATE.get_or_init(|| {
            let office = Office::with_share();
            office.write("connectors/speicher.toml", &stored(postgres, "template"));
            office.add_user("jutta", "Jutta Weber", "alle");
            let daemon = Daemon::start(&office);
            let clerk = Visitor::sign_in(office.port, "jutta");
            assert!(daemon.stop().success());
            (office, clerk)
        });
        let schema = format!("office{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let house = Self::of(office.copy(), clerk);
        house.office.write("connectors/speicher.toml", &stored(postgres, &schema));
        let tables = postgres.sql(
            "select table_name from information_schema.tables where table_schema = 'template'",
        );
        let copies = tables.lines().map(|table| {
            format!(
                "create table {schema}.{table} (like template.{table} including all); \
                 insert into {schema}.{table} select * from template.{table};"
            )
        });
        postgres.sql(&format!("create schema {schema}; {}", copies.collect::<String>()));
        house
    }

    fn of(office: Office, clerk: &Visitor) -> Self {
        let share = "kind = \"share\"\npath = \"eingang\"\nsettle_seconds = 0\npoll_seconds = 1\n";
        office.write("connectors/posteingang.toml", share);
        office.write("connectors/liste.toml", "kind = \"table\"\npath = \"liste.csv\"\n");
        office.rules("", &["ablage", "liste"]);
        let clerk = clerk.at(office.port);
        Self { office, clerk, approved: BTreeSet::new(), helped: 0, forgotten: 0 }
    }

    /// Delivers to a webhook too.
    pub(super) fn calls(&self, sink: &Sink) {
        self.office.write("webhook-secret", "geheim");
        let url = format!("http://127.0.0.1:{}/", sink.port);
        let text = format!(
            "kind = \"webhook\"\nurl = \"{url}\"\nsecret = {{ file = \"webhook-secret\" }}\n"
        );
        self.office.write("connectors/verfahren.toml", &text);
        self.office.rules("", &["ablage", "liste", "verfahren"]);
    }

    /// Lays a letter into the share, as if it had been there for a while.
    pub(super) fn lay(&self, name: &str, bytes: &[u8]) {
        let part = self.office.path(&format!(".{name}"));
        fs::write(&part, bytes).unwrap();
        let file = File::options().append(true).open(&part).unwrap();
        let before = file.metadata().unwrap().modified().unwrap();
        file.set_modified(before - Duration::from_secs(5)).unwrap();
        fs::rename(part, self.office.path("eingang").join(name)).unwrap();
    }

    /// Starts the daemon and approves what waits until so many items are done or the daemon has ended.
    pub(super) fn round(
        &mut self,
        environment: &[(&str, &str)],
        count: usize,
        outside: Outside<'_>,
    ) -> Ended {
        let mut daemon = Daemon::launch(&self.office, environment);
        let begin = Instant::now();
        while !(self.is_all_done(count) && (outside.is_taken)()) {
            if let Some(status) = daemon.ended() {
                return if status.signal().is_some() { Ended::Killed } else { Ended::GaveUp };
            }
            (outside.more)(self);
            self.approve(outside);
            assert!(begin.elapsed() < LONGEST, "not done in time:\n{}", self.told());
            pause(Duration::from_millis(15));
        }
        // That all is done may be seen a moment before the daemon is at the place behind it.
        let armed = Instant::now();
        while !environment.is_empty() && armed.elapsed() < SOON {
            if daemon.ended().is_some_and(|status| status.signal().is_some()) {
                return Ended::Killed;
            }
            pause(Duration::from_millis(15));
        }
        daemon.kill();
        assert_eq!(self.forgotten, 0, "confirmed approvals were forgotten:\n{}", self.told());
        Ended::Done
    }

    /// Whether so many items are finished and nothing is under way.
    fn is_all_done(&self, count: usize) -> bool {
        self.counts().is_some_and(|it| it.done == count && it.ready == 0) && self.is_taken()
    }

    /// Whether nothing is left to do for anybody.
    pub(super) fn is_at_rest(&self) -> bool {
        self.is_taken() && self.counts().is_some_and(|it| it.ready == 0 && it.waiting == 0)
    }

    /// Whether so many items are finished.
    pub(super) fn is_done(&self, count: usize) -> bool {
        self.counts().is_some_and(|it| it.done == count)
    }

    /// Whether nothing is left in the share.
    pub(super) fn is_taken(&self) -> bool {
        self.office.names("eingang").iter().all(|name| name == "processed")
    }

    /// What the daemon says of itself; `None` when it is not there.
    pub(super) fn counts(&self) -> Option<Counts> {
        let metrics = get(self.office.port, "/metrics").filter(|it| it.status == 200)?;
        let of = |state: &str| {
            let name = format!("vorlage_items{{state=\"{state}\"}} ");
            metrics.body.lines().find_map(|line| line.strip_prefix(&name)?.parse().ok())
        };
        Some(Counts { ready: of("ready")?, waiting: of("waiting")?, done: of("done")? })
    }

    /// Decides about everything that waits, as far as the daemon lives.
    pub(super) fn approve(&mut self, outside: Outside<'_>) {
        for queue in ["steueramt", "poststelle"] {
            let Some(list) = self.clerk.try_get(&format!("/queues/{queue}")) else { return };
            for item in links(&list.body) {
                let Some(page) = self.clerk.try_get(&format!("/items/{item}")) else { return };
                self.decide(queue, &item, &page.body, outside);
            }
        }
    }

    fn decide(&mut self, queue: &str, item: &str, page: &str, outside: Outside<'_>) {
        let (what, form): (_, &[(&str, &str)]) = if page.contains("deliver-counts") {
            self.helped += 1;
            (if (outside.arrived)(page) { "deliver-counts" } else { "deliver-again" }, &[])
        } else if queue == "poststelle" {
            self.helped += 1;
            ("reclassify", &[("class", "hundesteuer/frage")])
        } else if queue == "steueramt" && page.contains("do-approve") {
            self.forgotten += usize::from(self.approved.remove(item));
            ("approve", &[("c.halter", "on")])
        } else {
            return;
        };
        let answer = self.clerk.try_decide_on(page, item, what, form);
        let is_taken = answer.is_some_and(|it| it.location.contains("notice-approved"));
        if what == "approve" && is_taken {
            self.approved.insert(item.to_owned());
        }
    }

    /// What belongs to the failure of a test.
    pub(super) fn told(&self) -> String {
        let health = get(self.office.port, "/healthz").map(|it| it.body).unwrap_or_default();
        let left = self.office.names("eingang");
        format!("{health}\nleft in the share: {left:?}\n{}", self.office.read("daemon.log"))
    }
}
