//! Outputs that are away, busy, slow, hanging or in doubt.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};

use super::fakes::{Brain, Sink, busy, unreachable};
use super::world::{Virtual, World, done, waiting};
use crate::connectors::{Error, Parcel};
use crate::domain::ItemId;
use crate::engine::DecideError;
use crate::review::Verdict;

const fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

const fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

/// An office with so many items approved a moment ago.
fn approved(count: usize, clock: &Arc<Virtual>, sinks: &[Arc<Sink>]) -> (World, Vec<ItemId>) {
    let mut world = World::new(clock.clone(), Brain::well(clock), sinks);
    let items: Vec<_> = (0..count).map(|nth| world.lay(&format!("Anmeldung {nth}"))).collect();
    world.until("all drafts", minutes(60), |desk| waiting(desk, "steueramt").len() == count);
    assert_eq!(world.approve_all(), count);
    (world, items)
}

/// Answers so in the first minutes after it was first called.
fn at_first(
    time: SignedDuration,
    error: fn() -> Error,
) -> impl Fn(Timestamp, &Parcel) -> (Result<(), Error>, bool) + Send + Sync {
    let first = std::sync::OnceLock::new();
    move |now, _| {
        let away = now < *first.get_or_init(|| now) + time;
        (if away { Err(error()) } else { Ok(()) }, !away)
    }
}

#[test]
fn forty_minutes_of_503_from_an_output_cost_few_requests_and_end_by_themselves() {
    let clock = Arc::new(Virtual::default());
    let web = Arc::new(Sink::new("web", &clock).does(at_first(minutes(40), busy)));
    let (mut world, items) = approved(200, &clock, std::slice::from_ref(&web));
    world.pass(minutes(40));
    let calls = web.count();
    assert!(calls <= 18, "{calls} requests in 40 minutes");
    for id in &items {
        let (stored, _) = world.stored(id);
        assert_eq!(stored.attempts, 0);
        assert_eq!(world.item(id).held.unwrap().code, "H0103", "the page tells why");
    }
    let rejected = world.try_to(&items[7], Verdict::Reject { reason: "zu spät".to_owned() });
    assert!(matches!(rejected, Err(DecideError::NotWaiting)), "what is approved is on its way");
    let status = world.desk.status().now_or_never().unwrap().unwrap();
    assert_eq!((status.held, status.outputs.len()), (200, 1));
    assert!(status.outputs[0].error.as_ref().unwrap().contains("503"));
    let metrics = world.desk.metrics().now_or_never().unwrap().unwrap();
    assert!(metrics.contains("vorlage_connector_open{connector=\"web\"} 1"), "{metrics}");
    let took = world.until("all deliveries", minutes(10), |desk| done(desk) == items.len());
    assert!(took <= minutes(6) + SignedDuration::from_secs(10), "{took:#}");
    assert_eq!((web.taken(), web.count() - calls), (200, 200));
    let metrics = world.desk.metrics().now_or_never().unwrap().unwrap();
    assert!(metrics.contains("vorlage_connector_open{connector=\"web\"} 0"), "{metrics}");
}

#[test]
fn while_an_output_is_away_one_at_a_time_tries_it() {
    let clock = Arc::new(Virtual::default());
    let web = Arc::new(Sink::new("web", &clock).takes(20).does(at_first(minutes(30), unreachable)));
    let (mut world, _) = approved(50, &clock, std::slice::from_ref(&web));
    world.pass(minutes(29));
    let calls = web.calls.lock().unwrap();
    let pauses: Vec<i64> =
        calls.windows(2).map(|pair| pair[1].0.duration_since(pair[0].0).as_secs()).collect();
    assert!(pauses[..4].iter().all(|it| *it == 20), "five in a row: {pauses:?}");
    assert!(pauses[4..].iter().all(|it| *it >= 24 + 20), "{pauses:?}");
    assert!(pauses[8..].iter().all(|it| *it >= 240 && *it <= 380), "{pauses:?}");
}

#[test]
fn an_output_that_fails_or_hangs_holds_up_no_other() {
    let clock = Arc::new(Virtual::default());
    let never = |_: Timestamp, _: &Parcel| (Err(unreachable()), false);
    // The order of the deliveries is that of the file: what comes before the broken ones gets through.
    let quick = Arc::new(Sink::new("schnell", &clock));
    let hangs = Arc::new(Sink::new("haengt", &clock).takes(600).does(never));
    let (mut world, items) = approved(100, &clock, &[quick.clone(), hangs.clone()]);
    let at_once = world.until("the quick output", minutes(2), |_| quick.taken() == items.len());
    assert!(at_once <= SignedDuration::from_secs(2), "{at_once:#}");
    // New items are read and drafted and approved meanwhile.
    world.pass(minutes(5));
    let late: Vec<_> = (0..20).map(|nth| world.lay(&format!("Anmeldung spät {nth}"))).collect();
    let drafted = world.until("the late drafts", minutes(2), |desk| {
        waiting(desk, "steueramt").len() == late.len()
    });
    assert!(drafted <= SignedDuration::from_secs(20), "{drafted:#}");
    world.approve_all();
    let at_once = world.until("the late ones", minutes(2), |_| quick.taken() == 120);
    assert!(at_once <= SignedDuration::from_secs(2), "{at_once:#}");
    assert!(hangs.count() <= 2, "it hangs at its first ones: {}", hangs.count());
}

#[test]
fn more_than_the_rate_waits_its_turn_in_order_and_is_no_error() {
    let clock = Arc::new(Virtual::default());
    let web = Arc::new(Sink::new("web", &clock).at_most(30));
    let (mut world, items) = approved(100, &clock, std::slice::from_ref(&web));
    world.pass(SignedDuration::from_secs(59));
    let first = web.count();
    assert_eq!(first, 5 + 29, "a burst of a sixth, then one every two seconds");
    let last = items.iter().map(|id| (world.stored(id).0, world.item(id)));
    let waiting: Vec<_> = last.filter(|(stored, _)| stored.via.is_some()).collect();
    assert_eq!(waiting.len(), 100 - first);
    for (stored, shown) in waiting {
        assert_eq!((stored.attempts, stored.held), (0, None), "nothing is written about it");
        let held = shown.held.unwrap();
        assert_eq!(held.code, "H0114");
        assert!(held.reason.contains("the rate of `web`"), "{}", held.reason);
    }
    world.until("the rest", minutes(4), |desk| done(desk) == 100);
    let calls = web.calls.lock().unwrap();
    assert_eq!(calls.len(), 100);
    for (nth, (begin, _)) in calls.iter().enumerate() {
        let minute = calls[nth..].iter().take_while(|(at, _)| *at < *begin + minutes(1)).count();
        assert!(minute <= 35, "{minute} in a minute");
    }
    let mut order: Vec<_> = items.iter().map(|id| format!("{id}-web")).collect();
    order.sort();
    let called: Vec<_> = calls.iter().map(|(_, key)| key.clone()).collect();
    assert_eq!(called, order, "those approved in one moment go by their ids, the older first");
}

#[test]
fn a_delivery_that_is_put_off_waits_alone() {
    let clock = Arc::new(Virtual::default());
    let greylisted = Arc::new(AtomicUsize::new(0));
    let count = greylisted.clone();
    let relay = Sink::new("ausgang", &clock).once().does(move |_, _| {
        if count.fetch_add(1, Ordering::SeqCst) < 8 {
            let (place, why) = ("relay".to_owned(), "450 greylisted".to_owned());
            return (Err(Error::Deferred { place, why }), false);
        }
        (Ok(()), true)
    });
    let relay = Arc::new(relay);
    let (mut world, items) = approved(20, &clock, std::slice::from_ref(&relay));
    // The first eight calls are put off, and the output is not taken for broken.
    world.until("twelve deliveries", SignedDuration::from_secs(2), |desk| done(desk) == 12);
    assert_eq!(world.desk.status().now_or_never().unwrap().unwrap().outputs[0].error, None);
    let held = items.iter().filter_map(|id| world.item(id).held);
    assert!(held.map(|held| held.code).eq(vec!["H0113"; 8]));
    world.until("the rest", minutes(2), |desk| done(desk) == items.len());
    assert_eq!(relay.taken(), 20);
}

#[test]
fn a_wish_to_be_left_alone_is_kept() {
    let clock = Arc::new(Virtual::default());
    let web = Sink::new("web", &clock).does(at_first(minutes(20), || Error::Busy {
        place: "web".to_owned(),
        why: "429".to_owned(),
        after: Some(std::time::Duration::from_secs(20 * 60)),
    }));
    let web = Arc::new(web);
    let (mut world, items) = approved(50, &clock, std::slice::from_ref(&web));
    let took = world.until("all deliveries", minutes(25), |desk| done(desk) == items.len());
    assert!(took >= minutes(20) && took <= minutes(21), "{took:#}");
    assert_eq!(web.count(), 51, "one was told to wait, and nobody asked meanwhile");
}

#[test]
fn after_five_days_a_delivery_is_given_up_and_a_person_may_send_it_again() {
    let clock = Arc::new(Virtual::default());
    let web = Arc::new(Sink::new("web", &clock).does(at_first(days(6), unreachable)));
    let (mut world, items) = approved(30, &clock, std::slice::from_ref(&web));
    world.pass(days(5) - minutes(30));
    assert!(waiting(&world.desk, "steueramt").is_empty());
    // All of them, also those that were never tried because the output was known to be away.
    let took = world.until("the people's queue", minutes(60), |desk| {
        waiting(desk, "steueramt").len() == items.len()
    });
    assert!(took >= minutes(29), "{took:#}");
    let tried = web.count();
    let most = 5 * 24 * 60 / 4 + 20;
    assert!(tried <= most, "{tried} calls in five days");
    let (listed, counts) = world.desk.undelivered(100).now_or_never().unwrap().unwrap();
    assert_eq!((listed.len(), counts.given_up, counts.total()), (30, 30, 30));
    assert!(listed.iter().all(|item| item.held.as_ref().unwrap().code == "H0106"));
    let metrics = world.desk.metrics().now_or_never().unwrap().unwrap();
    assert!(metrics.contains("vorlage_undelivered{why=\"given_up\"} 30"), "{metrics}");
    world.pass(days(1));
    assert_eq!(web.taken(), 0);
    for (nth, id) in items.iter().enumerate() {
        world.decide(id, Verdict::Deliver { again: nth > 0 });
    }
    world.until("the end", minutes(10), |desk| done(desk) == items.len());
    assert_eq!(web.taken(), 29, "one counts as delivered, for a person said so");
}

/// Takes every parcel; of the first ten the answer is lost.
fn loses_answers(error: fn() -> Error) -> impl Fn(Timestamp, &Parcel) -> (Result<(), Error>, bool) {
    let lost = AtomicUsize::new(0);
    move |_, _| {
        let lose = lost.fetch_add(1, Ordering::SeqCst) < 10;
        (if lose { Err(error()) } else { Ok(()) }, true)
    }
}

#[test]
fn what_was_taken_although_the_answer_was_lost_has_one_effect() {
    let clock = Arc::new(Virtual::default());
    let uncertain = || Error::Uncertain { place: "relay".to_owned(), why: "reset".to_owned() };
    let web = Arc::new(Sink::new("web", &clock).does(loses_answers(unreachable)));
    let relay = Arc::new(Sink::new("ausgang", &clock).once().does(loses_answers(uncertain)));
    let (mut world, items) = approved(30, &clock, &[web.clone(), relay.clone()]);
    let settled = |desk: &_| done(desk) + waiting(desk, "steueramt").len() == 30;
    world.until("all settled", minutes(120), settled);
    assert_eq!(web.taken(), 30, "the same key is the same parcel");
    assert!(web.count() > 30, "it was sent again");
    assert_eq!(
        (relay.taken(), relay.count()),
        (30, 30),
        "a mail that may be out is not sent again"
    );
    let (listed, counts) = world.desk.undelivered(100).now_or_never().unwrap().unwrap();
    assert_eq!((listed.len(), counts.uncertain), (10, 10));
    listed.iter().for_each(|item| drop(world.decide(&item.id, Verdict::Deliver { again: false })));
    world.until("the end", minutes(1), |desk| done(desk) == items.len());
    assert_eq!((web.taken(), relay.taken()), (30, 30));
}

#[test]
fn a_restart_keeps_keys_and_wakes_what_waited() {
    let clock = Arc::new(Virtual::default());
    let web = Arc::new(Sink::new("web", &clock).does(at_first(days(1), unreachable)));
    let store: Arc<dyn crate::store::Store> = Arc::new(crate::store::Memory::default());
    let brain = Brain::well(&clock);
    let mut world = World::over(store.clone(), clock.clone(), brain, std::slice::from_ref(&web));
    let items: Vec<_> = (0..10).map(|nth| world.lay(&format!("Anmeldung {nth}"))).collect();
    world.until("all drafts", minutes(10), |desk| waiting(desk, "steueramt").len() == 10);
    world.approve_all();
    world.pass(minutes(31));
    drop(world);
    let other = Arc::new(Sink::new("web", &clock));
    let brain = Brain::well(&clock);
    let mut world = World::over(store, clock, brain, std::slice::from_ref(&other));
    let took = world.until("all deliveries", minutes(5), |desk| done(desk) == items.len());
    assert!(took <= SignedDuration::from_secs(2), "{took:#}");
    let keys = |sink: &Sink| -> std::collections::BTreeSet<String> {
        sink.calls.lock().unwrap().iter().map(|(_, key)| key.clone()).collect()
    };
    assert_eq!(keys(&web).difference(&keys(&other)).count(), 0, "the same keys as before");
}

#[test]
fn items_of_an_output_that_is_not_configured_any_more_are_not_forgotten() {
    let clock = Arc::new(Virtual::default());
    let web = Arc::new(Sink::new("web", &clock).does(at_first(days(9), unreachable)));
    let store: Arc<dyn crate::store::Store> = Arc::new(crate::store::Memory::default());
    let brain = Brain::well(&clock);
    let mut world = World::over(store.clone(), clock.clone(), brain.clone(), &[web]);
    let id = world.lay("Anmeldung");
    world.until("the draft", minutes(10), |desk| waiting(desk, "steueramt").len() == 1);
    world.approve_all();
    world.pass(minutes(5));
    drop(world);
    let mut world = World::over(store, clock, brain, &[]);
    world.pass(minutes(1));
    let item = world.stored(&id).0;
    assert_eq!((item.via, item.held.unwrap().code.as_str()), (None, "H0103"));
    world.until("a person to be told", days(6), |desk| waiting(desk, "steueramt").len() == 1);
}
