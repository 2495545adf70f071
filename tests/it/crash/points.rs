//! Every place at which the daemon can end, one after the other: it ends there, is started again, and the account is
//! right. No place may be one that is never reached.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use vorlage::failpoint::{NEEDED, POINTS};

use super::house::{Ended, House, Outside};
use super::mails::MailHouse;
use super::oracle::{Figures, in_folder, in_table, settle};
use super::sinks::Sink;
use super::tell;
use crate::servers::Post;

/// So many things are handed in, so that each place is reached so many times.
const HITS: usize = 3;
/// Places that several things pass together, because they come in together.
const TOGETHER: &[&str] = &["intake.before_acknowledge", "intake.after_acknowledge", "imap."];
/// What an item's journal says last before each stage, and what each stage writes.
const WORK: &[&str] = &[
    "accepted",
    "parsed",
    "classified",
    "extracted",
    "validated",
    "decided",
    "approved",
    "delivered",
];
const WRITTEN: &[&str] =
    &["parsed", "classified", "extracted", "validated", "drafted", "approved", "delivered", "done"];
/// Only an office with mail reaches these.
const MAIL: &[&str] = &["imap.", "smtp.", "drafts.", "despatch.before_mark", "despatch.after_mark"];

#[test]
fn every_place_stands_in_the_code_once() {
    let mut code = String::new();
    collect(Path::new("src"), &mut code);
    let named: BTreeSet<&str> = POINTS.iter().chain(NEEDED).copied().collect();
    assert!(POINTS.len() >= 30 && named.len() == POINTS.len() + NEEDED.len());
    for name in &named {
        assert_eq!(code.matches(&format!("\"{name}\"")).count(), 1, "`{name}` in src/");
    }
    for call in code.split("failpoint::").skip(1) {
        let Some((function, rest)) = call.split_once('(') else { continue };
        if !["hit", "about", "io", "is_left_out"].contains(&function) {
            continue;
        }
        let name = rest.split('"').nth(1).unwrap();
        assert!(named.contains(name), "`{name}` is not in the list");
    }
}

/// The text of all sources but the module of failpoints itself.
fn collect(folder: &Path, code: &mut String) {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths.into_iter().filter(|path| !path.ends_with("failpoint")) {
        if path.is_dir() {
            collect(&path, code);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            *code += &std::fs::read_to_string(path).unwrap();
        }
    }
}

#[test]
fn the_daemon_may_end_at_every_place_of_an_office_with_a_share() {
    let places = POINTS.iter().filter(|name| !is_of_mail(name)).map(|name| (*name).to_owned());
    let places = places.chain(stages());
    let sink = Sink::of_webhooks();
    let figures = at_all(places.collect(), |place| in_a_share(place, &sink));
    tell("ended at every place, share", &figures);
}

#[test]
fn the_daemon_may_end_at_every_place_of_an_office_with_mail() {
    let places = POINTS.iter().filter(|name| is_of_mail(name)).map(|name| (*name).to_owned());
    // Without MOVE there are more places: first the copy, then the mark, then the end.
    let post = Post::start_with("imap_capability = IMAP4rev1 LITERAL+ UIDPLUS IDLE");
    let figures = at_all(places.collect(), |place| in_a_mailbox(place, &post));
    tell("ended at every place, mail", &figures);
}

fn is_of_mail(name: &str) -> bool {
    MAIL.iter().any(|begin| name.starts_with(begin))
}

/// The places that every stage has, told apart by stage.
fn stages() -> impl Iterator<Item = String> {
    let before = WORK.iter().map(|kind| format!("stage.before_work~{kind}"));
    let around = WRITTEN.iter().flat_map(|kind| {
        ["stage.before_commit", "stage.after_commit"].map(|name| format!("{name}~{kind}"))
    });
    before.chain(around)
}

/// Ends a daemon at every place, each time it is there; several offices at once.
fn at_all(places: Vec<String>, one: impl Fn(&str) -> Option<Figures> + Sync) -> Figures {
    let todo = places
        .iter()
        .flat_map(|name| (1..=hits(name)).map(move |hit| format!("{name}=kill@{hit}")));
    let todo = Mutex::new(todo.collect::<Vec<_>>());
    let sum = Mutex::new((Figures::default(), Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                loop {
                    let Some(place) = todo.lock().unwrap().pop() else { return };
                    let reached = one(&place);
                    let mut sum = sum.lock().unwrap();
                    match reached {
                        Some(figures) => sum.0 += figures,
                        None => sum.1.push(place),
                    }
                }
            });
        }
    });
    let (figures, missed) = sum.into_inner().unwrap();
    assert!(missed.is_empty(), "never reached: {missed:?}");
    assert_eq!(figures.kills, places.iter().map(|name| hits(name)).sum::<usize>());
    figures
}

/// How often a place is reached.
fn hits(place: &str) -> usize {
    match TOGETHER.iter().any(|begin| place.starts_with(begin)) {
        true => 1,
        false => HITS,
    }
}

/// `None` when the place was not reached.
fn in_a_share(place: &str, sink: &Sink) -> Option<Figures> {
    let mut house = House::new();
    house.calls(sink);
    let tokens: Vec<String> = (1..=HITS).map(|nth| super::mails::token(place, nth)).collect();
    for token in &tokens {
        house.lay(&format!("{token}.eml"), &super::mails::question(token));
    }
    let first = house.round(&[("VORLAGE_FAILPOINT", place)], HITS, Outside::SHARE);
    assert_ne!(first, Ended::GaveUp, "{place}\n{}", house.told());
    if first == Ended::Done {
        return None;
    }
    assert_eq!(house.round(&[], HITS, Outside::SHARE), Ended::Done);
    let office = &house.office;
    let figures = settle(
        office,
        &tokens,
        &[
            ("folders", &|token| in_folder(office, token)),
            ("rows", &|token| in_table(office, token)),
            ("calls", &|token| sink.count(token)),
            ("taken files", &|token| {
                office.names("eingang/processed").iter().filter(|it| it.contains(token)).count()
            }),
        ],
    );
    Some(Figures { kills: 1, decisions: house.helped, ..figures })
}

/// The same with a mailbox of its own, and replies by mail.
fn in_a_mailbox(place: &str, post: &Post) -> Option<Figures> {
    let tokens: Vec<String> = (1..=HITS).map(|nth| super::mails::token(place, nth)).collect();
    let mut house = MailHouse::new(post, &tokens[0], place.contains("imap.marked="));
    for token in &tokens {
        house.append(token);
    }
    let first = house.round(&[("VORLAGE_FAILPOINT", place)], HITS);
    assert_ne!(first, Ended::GaveUp, "{place}\n{}", house.told());
    if first == Ended::Done {
        return None;
    }
    assert_eq!(house.round(&[], HITS), Ended::Done);
    let figures = house.settle(&tokens);
    Some(Figures { kills: 1, ..figures })
}
