//! Several daemons work one office on PostgreSQL: one dies, one sleeps, the server dies, and everything happens once.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use vorlage::store::Store;

use super::mail;
use crate::servers::Postgres;
use crate::support::{Chance, Daemon, Office, Visitor, pause, program, until};

/// After so long without a sign of a daemon the others take over.
const TAKEOVER: u64 = 6;

/// Keeps the office in this database.
fn keep_in(office: &Office, postgres: &Postgres) {
    let settings = office.read("office.toml");
    let limits = format!("[limits]\ntakeover_seconds = {TAKEOVER}\n");
    office.write("office.toml", &settings.replace("[limits]\n", &limits));
    office.write("connectors/store.toml", &postgres.connector());
}

/// An office, and the same office as another machine has it: own pages and own state, everything else shared.
fn two_offices(postgres: &Postgres) -> (Office, Office) {
    let (one, two) = (Office::with_share(), Office::with_share());
    for office in [&one, &two] {
        keep_in(office, postgres);
        let share = one.read("connectors/posteingang.toml");
        let path = format!("path = \"{}\"", one.path("eingang").display());
        office.write("connectors/posteingang.toml", &share.replace("path = \"eingang\"", &path));
        let output = format!("kind = \"folder\"\npath = \"{}\"\n", one.path("ablage").display());
        office.write("connectors/ablage.toml", &output);
    }
    one.add_user("jutta", "Jutta Weber", "alle");
    (one, two)
}

fn lay(office: &Office, token: &str) {
    office.lay(&format!("{token}.eml"), &mail("Frage zur Hundesteuer", token));
}

fn approve(jutta: &Visitor, items: &[String]) {
    for item in items {
        // The store may be away for a moment; a person then tries again.
        until("an answer to an approval", 60, || {
            let answer = jutta.decide(item, "approve", &[("c.halter", "on")]);
            let is_taken = jutta.items("steueramt").iter().all(|it| it != item);
            (answer.status == 303 || is_taken).then_some(())
        });
    }
}

/// Every token is one item and one delivery, and the chain and the lists are whole.
fn everything_once(office: &Office, tokens: &[String]) {
    let items = office.names("ablage");
    let forms: Vec<String> =
        items.iter().map(|it| office.read(&format!("ablage/{it}/form.json"))).collect();
    for token in tokens {
        let with = forms.iter().filter(|form| form.contains(token)).count();
        assert_eq!(with, 1, "deliveries of {token}");
    }
    assert_eq!(items.len(), tokens.len());
    let mut command = program();
    command.args(["audit", "verify", "--json", "--office"]).arg(office.folder());
    let audit = command.output().unwrap();
    let found: serde_json::Value = serde_json::from_slice(&audit.stdout).unwrap_or_default();
    let told = String::from_utf8_lossy(&audit.stderr);
    assert_eq!(
        (&found["fault_count"], &found["items"]),
        (&0.into(), &tokens.len().into()),
        "{found:#} {told}"
    );
}

fn tokens(letter: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{letter}-{number:04}")).collect()
}

#[test]
fn of_two_daemons_the_one_that_lives_goes_on_for_both() {
    let postgres = Postgres::start();
    let (one, two) = two_offices(&postgres);
    let first = Daemon::start(&one);
    first.says("we ask the door");
    let second = Daemon::start(&two);
    let all = tokens("F", 24);
    let (before, after) = all.split_at(12);
    before.iter().for_each(|token| lay(&one, token));
    // In the middle: some are read, some are not even accepted.
    until("the first items", 60, || {
        let count = postgres.sql("select count(*) from vorlage.kv where k like 'item/%'");
        (count.parse::<u32>().unwrap() >= 3).then_some(())
    });
    first.kill();
    after.iter().for_each(|token| lay(&one, token));
    let killed = Instant::now();
    second.says("we ask the door");
    let taken = killed.elapsed();
    assert!(taken < Duration::from_secs(TAKEOVER), "it took {taken:?} to take over");
    let jutta = Visitor::sign_in(two.port, "jutta");
    let items = jutta.wait_for("steueramt", all.len(), 60);
    approve(&jutta, &items);
    super::all_done(&second, all.len());
    assert!(second.stop().success());
    assert_eq!(
        postgres.sql("select count(*) from vorlage.kv where k like 'daemon/%' or k like 'door/%'"),
        "0"
    );
    everything_once(&one, &all);
}

#[test]
fn a_daemon_that_was_asleep_changes_nothing_when_it_wakes_up() {
    let postgres = Postgres::start();
    let (one, two) = two_offices(&postgres);
    let sleeper = Daemon::start(&one);
    one.lay("scan.pdf", include_bytes!("../../../fixtures/files/hundesteuer-scan.pdf"));
    until("a child that reads", 60, || sleeper.has_children().then_some(()));
    sleeper.signal(Signal::STOP);
    let asleep = Instant::now();
    let awake = Daemon::start(&two);
    awake.says("took over from a daemon that is gone");
    let taken = asleep.elapsed();
    assert!(taken < Duration::from_secs(2 * TAKEOVER), "it took {taken:?} to take over");
    let jutta = Visitor::sign_in(two.port, "jutta");
    let item = jutta.wait_for("poststelle", 1, 120).remove(0);
    sleeper.signal(Signal::CONT);
    sleeper.says("a step was not written");
    // accepted, parsed, classified: once each.
    let journal = format!("select count(*) from vorlage.kv where k like 'journal/{item}/%'");
    assert_eq!(postgres.sql(&journal), "3");
    assert_eq!(awake.health()["waiting"], 1);
    // It lives on as one of two.
    one.lay("a.eml", &mail("Frage zur Hundesteuer", "Z-0001"));
    approve(&jutta, &jutta.wait_for("steueramt", 1, 60));
    super::all_done(&sleeper, 1);
    assert!(sleeper.stop().success() && awake.stop().success());
    assert_eq!(one.names("ablage").len(), 1);
}

#[test]
fn a_daemon_goes_on_by_itself_after_the_server_was_killed_beneath_it() {
    let mut postgres = Postgres::start();
    let office = Office::with_share();
    keep_in(&office, &postgres);
    office.add_user("jutta", "Jutta Weber", "alle");
    let daemon = Daemon::start(&office);
    let mut chance = Chance::new();
    let all = tokens("P", 18);
    for six in all.chunks(6) {
        six.iter().for_each(|token| lay(&office, token));
        chance.pause(2500);
        postgres.kill();
        pause(Duration::from_millis(300));
        postgres.go_on();
    }
    let jutta = until("the pages", 30, || {
        let answer = crate::support::get(office.port, "/healthz")?;
        (answer.status == 200).then(|| Visitor::sign_in(office.port, "jutta"))
    });
    let items = jutta.wait_for("steueramt", all.len(), 120);
    let (some, others) = items.split_at(9);
    approve(&jutta, some);
    postgres.restart();
    approve(&jutta, others);
    super::all_done(&daemon, all.len());
    assert!(daemon.stop().success(), "seed {}", chance.seed);
    everything_once(&office, &all);
    // A machine that starts both may start the daemon first.
    postgres.kill();
    let late = std::thread::scope(|scope| {
        let started = scope.spawn(|| Daemon::start(&office));
        pause(Duration::from_secs(1));
        postgres.go_on();
        started.join().unwrap()
    });
    assert_eq!(late.done(), all.len());
}

#[test]
fn an_office_moves_into_the_database_and_back() {
    let postgres = Postgres::start();
    let office = Office::with_share();
    office.add_user("jutta", "Jutta Weber", "alle");
    let all = tokens("M", 3);
    let daemon = Daemon::start(&office);
    all.iter().for_each(|token| lay(&office, token));
    let jutta = Visitor::sign_in(office.port, "jutta");
    let items = jutta.wait_for("steueramt", all.len(), 60);
    approve(&jutta, &items[..1]);
    super::all_done(&daemon, 1);
    assert!(daemon.stop().success());
    office.write("sled.toml", "kind = \"sled\"\npath = \"store\"\n");
    office.write("back.toml", "kind = \"sled\"\npath = \"back\"\n");
    office.write("postgres.toml", &postgres.connector());
    let there = copy(&office, "sled.toml", "postgres.toml").unwrap();
    assert!(there["rows"].as_u64() > Some(20) && there["blobs"].as_u64() >= Some(6), "{there:#}");
    let again = copy(&office, "sled.toml", "postgres.toml").unwrap_err();
    assert!(again.contains("not empty"), "{again}");
    assert_same(&office, &postgres, "store");

    office.write("connectors/store.toml", &postgres.connector());
    let daemon = Daemon::start(&office);
    let jutta = Visitor::sign_in(office.port, "jutta");
    approve(&jutta, &jutta.wait_for("steueramt", 2, 60));
    super::all_done(&daemon, 3);
    assert!(daemon.stop().success());
    everything_once(&office, &all);
    let back = copy(&office, "postgres.toml", "back.toml").unwrap();
    assert!(back["rows"].as_u64() > there["rows"].as_u64(), "{back:#}");
    assert_same(&office, &postgres, "back");
}

/// What the command says for programs, or its complaint.
fn copy(office: &Office, from: &str, to: &str) -> Result<serde_json::Value, String> {
    let mut command = program();
    command.args(["store", "copy", "--from", from, "--to", to, "--json", "--office"]);
    let done = command.arg(office.folder()).output().unwrap();
    match done.status.success() {
        true => Ok(serde_json::from_slice(&done.stdout).unwrap()),
        false => Err(String::from_utf8(done.stderr).unwrap()),
    }
}

/// The embedded store in the office's state and the database hold the same rows, versions and bytes.
fn assert_same(office: &Office, postgres: &Postgres, folder: &str) {
    let sled = vorlage::store::Sled::open(office.path("state").join(folder), 8).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let other = postgres.store();
        let rows = sled.scan("", "", usize::MAX).await.unwrap();
        assert!(!rows.is_empty());
        assert_eq!(other.scan("", "", usize::MAX).await.unwrap(), rows);
        let names = sled.blobs(&String::new().as_str().into(), usize::MAX).await.unwrap();
        assert_eq!(other.blobs(&"".into(), usize::MAX).await.unwrap(), names);
        for name in names {
            assert_eq!(other.blob(&name).await.unwrap(), sled.blob(&name).await.unwrap());
        }
    });
}
