//! What an operator asks for while the daemon runs, and without it: ledger, audit, backup, restore.

use std::fs;

use serde_json::Value;

use super::mail;
use crate::servers::{Post, free_port};
use crate::support::{Daemon, Office, Visitor, program, until};

/// What a command prints for programs, and its exit code.
fn ask(office: &Office, words: &[&str]) -> (Value, i32) {
    let done =
        program().args(words).args(["--json", "--office"]).arg(office.folder()).output().unwrap();
    let told = String::from_utf8_lossy(&done.stderr);
    let found = serde_json::from_slice(&done.stdout);
    let found = found.unwrap_or_else(|error| panic!("{words:?}: {error}\n{told}"));
    (found, done.status.code().unwrap())
}

fn two_letters(office: &Office) -> Vec<String> {
    office.lay("a.eml", &mail("Frage zur Hundesteuer", "E-6001"));
    office.lay("b.eml", &mail("Frage zur Hundesteuer", "E-6002"));
    Visitor::sign_in(office.port, "jutta").wait_for("steueramt", 2, 60)
}

#[test]
fn commands_are_answered_while_the_daemon_runs_and_without_it() {
    let office = Office::with_share();
    office.add_user("jutta", "Jutta Weber", "alle");
    let daemon = Daemon::start(&office);
    let items = two_letters(&office);
    let to = office.path("backup");
    let look = |what: &str| {
        let (accounts, code) = ask(&office, &["ledger"]);
        assert_eq!(
            (&accounts[0]["at_door"], &accounts[0]["missing"], code),
            (&2.into(), &0.into(), 0),
            "{what}: {accounts:#}"
        );
        let (audit, code) = ask(&office, &["audit", "verify"]);
        assert_eq!(
            (&audit["fault_count"], &audit["items"], code),
            (&0.into(), &2.into(), 0),
            "{what}: {audit:#}"
        );
        let (queue, _) = ask(&office, &["queue", "steueramt"]);
        assert_eq!(queue["queues"][0]["items"].as_array().unwrap().len(), 2, "{what}: {queue:#}");
        let (shown, _) = ask(&office, &["show", &items[0]]);
        assert_eq!(shown["state"]["waiting"], "steueramt", "{what}: {shown:#}");
        let text = shown.to_string();
        assert!(!text.contains("Beispiel") && !text.contains("Bello"), "{text}");
        let (manifest, code) = ask(&office, &["backup", to.to_str().unwrap()]);
        assert!(code == 0 && manifest["blobs"].as_u64().unwrap() >= 4, "{what}: {manifest:#}");
    };
    look("with the daemon");
    let page = Visitor::sign_in(office.port, "jutta").get("/ledger");
    assert!(page.status == 200 && page.body.contains("posteingang"), "{}", page.body);
    assert!(!page.body.contains("a.eml"), "names of files are not for everybody");
    assert!(daemon.stop().success());
    look("without the daemon");
    let (_, code) = ask(&office, &["restore", to.to_str().unwrap(), "--verify"]);
    assert_eq!(code, 0);
}

#[test]
fn an_office_comes_back_from_its_backup_and_nothing_is_doubled() {
    let office = Office::with_share();
    // An output that nobody answers: what is approved stays open.
    let smtp = format!(
        "kind = \"smtp\"\nhost = \"localhost\"\nport = {}\nsecurity = \"none\"\nfrom = \"a@stadt.example\"\n",
        free_port()
    );
    office.write("connectors/ausgang.toml", &smtp);
    office.rules("", &["ablage", "ausgang"]);
    // The first output cannot be reached either: a file stands where its folder should be.
    office.write("ablage", "");
    office.add_user("jutta", "Jutta Weber", "alle");
    let daemon = Daemon::start(&office);
    let items = two_letters(&office);
    let jutta = Visitor::sign_in(office.port, "jutta");
    let approved = jutta.decide(&items[0], "approve", &[("c.halter", "on")]);
    assert_eq!(approved.status, 303, "{}", approved.body);
    until("an open delivery", 60, || jutta.item(&items[0]).contains("H0103").then_some(()));
    let to = office.path("backup");
    assert_eq!(ask(&office, &["backup", to.to_str().unwrap()]).1, 0);
    // After the backup another letter comes; then the machine is lost.
    office.lay("c.eml", &mail("Frage zur Hundesteuer", "E-6003"));
    jutta.wait_for("steueramt", 2, 60);
    daemon.kill();
    fs::remove_dir_all(office.path("state")).unwrap();
    fs::remove_file(office.path("ablage")).unwrap();

    let (manifest, code) = ask(&office, &["restore", to.to_str().unwrap()]);
    assert_eq!(code, 0, "{manifest:#}");
    let daemon = Daemon::start(&office);
    let jutta = Visitor::sign_in(office.port, "jutta");
    // The letter that came after the backup is still at the door, and comes in again.
    let waiting = jutta.wait_for("steueramt", 3, 60);
    assert!(waiting.contains(&items[0]) && waiting.contains(&items[1]), "{waiting:?}");
    assert_eq!(office.names("ablage"), [items[0].as_str()], "a folder can tell a repetition");
    assert!(jutta.item(&items[0]).contains("H0104"), "a mail may have gone out since the backup");
    let (audit, code) = ask(&office, &["audit", "verify"]);
    assert_eq!((&audit["items"], code), (&3.into(), 0), "{audit:#}");
    assert_eq!(jutta.decide(&items[0], "deliver-counts", &[]).status, 303);
    until("the end of it", 60, || (daemon.done() == 1).then_some(()));
}

#[test]
fn a_disk_that_is_nearly_full_pauses_the_doors_and_says_so() {
    let office = Office::with_share();
    let settings = office.read("office.toml");
    office.write("office.toml", &settings.replace("disk_free_mb = 0", "disk_free_mb = 1000000000"));
    office.add_user("jutta", "Jutta Weber", "alle");
    office.lay("a.eml", &mail("Frage zur Hundesteuer", "E-6004"));
    let daemon = Daemon::start(&office);
    daemon.says("it is paused: the disk has");
    assert_eq!(daemon.health()["status"], "degraded");
    let jutta = Visitor::sign_in(office.port, "jutta");
    let overview = jutta.get("/").body;
    assert!(overview.contains("it is paused: the disk has"), "{overview}");
    assert_eq!(daemon.health()["ready"], 0);
    office.write("office.toml", &settings);
    daemon.signal(rustix::process::Signal::HUP);
    jutta.wait_for("steueramt", 1, 60);
}

#[test]
fn what_was_moved_away_after_the_backup_comes_back_from_mailbox_and_share() {
    let post = Post::start();
    let office = Office::at(&post);
    let mailbox = office.read("connectors/posteingang.toml");
    let moving = mailbox.replace("done = \"keyword\"", "done = \"move\"\nmove_to = \"Erledigt\"");
    office.write("connectors/posteingang.toml", &moving);
    let share = "kind = \"share\"\npath = \"eingang\"\nsettle_seconds = 0\npoll_seconds = 1\n";
    office.write("connectors/scanner.toml", share);
    let rules = office.read("workflows/hundesteuer.toml");
    office.write(
        "workflows/hundesteuer.toml",
        &rules.replace("from = [\"posteingang\"]", "from = [\"posteingang\", \"scanner\"]"),
    );
    fs::create_dir(office.path("eingang")).unwrap();
    office.add_user("jutta", "Jutta Weber", "alle");
    post.append("amt", "INBOX", &mail("Frage zur Hundesteuer", "B-7001"));
    office.lay("a.eml", &mail("Frage zur Hundesteuer", "B-7002"));
    let daemon = Daemon::start(&office);
    let jutta = Visitor::sign_in(office.port, "jutta");
    jutta.wait_for("steueramt", 2, 60);
    let to = office.path("backup");
    assert_eq!(ask(&office, &["backup", to.to_str().unwrap()]).1, 0);
    post.append("amt", "INBOX", &mail("Frage zur Hundesteuer", "B-7003"));
    // The same name again: it is put away under a name with a number.
    office.lay("a.eml", &mail("Frage zur Hundesteuer", "B-7004"));
    jutta.wait_for("steueramt", 4, 60);
    post.wait_for_mails("amt", "Erledigt", 2);
    until("files that are put away", 30, || {
        (office.names("eingang/processed").len() == 2).then_some(())
    });
    daemon.kill();
    fs::remove_dir_all(office.path("state")).unwrap();

    assert_eq!(ask(&office, &["restore", to.to_str().unwrap()]).1, 0);
    for _ in 0..2 {
        let daemon = Daemon::start(&office);
        let jutta = Visitor::sign_in(office.port, "jutta");
        let items = jutta.wait_for("steueramt", 4, 60);
        for token in ["B-7001", "B-7002", "B-7003", "B-7004"] {
            let with = items.iter().filter(|item| jutta.item(item).contains(token)).count();
            assert_eq!(with, 1, "{token}");
        }
        let (accounts, code) = ask(&office, &["ledger"]);
        assert_eq!(code, 0, "{accounts:#}");
        assert!(daemon.stop().success());
    }
    assert_eq!(post.mails("amt", "Erledigt").len(), 2, "the mailbox is left as it is");
}
