//! A model that is away, and items that it stumbles over.

use std::sync::Arc;

use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};

use super::fakes::{Brain, Sink, model_away};
use super::world::{Virtual, World, done, waiting};
use crate::domain::Clock;
use crate::llm;
use crate::review::Verdict;

const fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

/// A model that answers 503 in its first minutes.
fn away_for(clock: &Arc<Virtual>, time: SignedDuration) -> Arc<Brain> {
    let back = clock.now() + time;
    Brain::new(clock, move |now, _| if now < back { Err(model_away()) } else { Ok(()) })
}

#[test]
fn forty_minutes_of_503_from_the_model_cost_few_requests_and_end_by_themselves() {
    let clock = Arc::new(Virtual::default());
    let brain = away_for(&clock, minutes(40));
    let mut world = World::new(clock, brain.clone(), &[]);
    let items: Vec<_> = (0..200).map(|nth| world.lay(&format!("Anmeldung {nth}"))).collect();
    world.pass(minutes(40));
    let asked = brain.asked_between(world.begin, world.clock.now());
    assert!(asked <= 26, "{asked} requests in 40 minutes");
    for id in &items {
        let item = world.stored(id).0;
        assert_eq!((item.attempts, item.held.unwrap().code.as_str()), (0, "H0102"));
    }
    // A person need not wait, and files by hand.
    world.decide(&items[7], Verdict::WithoutModel);
    assert_eq!(world.waiting("steueramt").len(), 1);
    let took = world.until("all items at the desk", minutes(12), |desk| {
        waiting(desk, "steueramt").len() == items.len()
    });
    // At most one pause of five minutes and a fifth, and a second for each item at each of two workers.
    assert!(took <= minutes(6) + SignedDuration::from_secs(110), "{took:#}");
    let all = brain.asked.lock().unwrap().len();
    assert!(all - asked <= items.len() + 2, "each item was asked about once: {all}");
}

#[test]
fn a_model_away_for_a_day_consumes_no_attempt_and_the_backlog_drains() {
    let clock = Arc::new(Virtual::default());
    let brain = away_for(&clock, minutes(24 * 60));
    let mut world = World::new(clock, brain.clone(), &[]);
    let mut items = Vec::new();
    for hour in 0..24 {
        items.extend((0..5).map(|nth| world.lay(&format!("Anmeldung {hour} {nth}"))));
        world.pass(minutes(60));
        if hour == 23 {
            break;
        }
        for id in &items {
            let (item, _) = world.stored(id);
            assert_eq!((item.attempts, item.held.unwrap().code.as_str()), (0, "H0102"), "{hour}");
        }
        let status = world.desk.status().now_or_never().unwrap().unwrap();
        assert_eq!((status.held, status.waiting), (items.len(), 0));
        let model = &status.models[0];
        assert!(model.error.as_ref().unwrap().contains("503"), "{model:?}");
        assert!(model.again.unwrap() <= world.clock.now() + minutes(6));
    }
    let asked = brain.asked_between(Timestamp::UNIX_EPOCH, world.begin + minutes(24 * 60));
    assert!(asked <= 24 * 60 / 4 + 24, "{asked} requests in a day");
    world.until("the backlog to drain", minutes(10), |desk| {
        waiting(desk, "steueramt").len() == items.len()
    });
    let status = world.desk.status().now_or_never().unwrap().unwrap();
    assert!(status.models[0].error.is_none() && status.held == 0, "{status:?}");
}

#[test]
fn a_model_that_works_is_not_asked_without_an_item() {
    let clock = Arc::new(Virtual::default());
    let brain = Brain::well(&clock);
    let mut world = World::new(clock, brain.clone(), &[]);
    world.pass(minutes(24 * 60));
    assert_eq!(brain.asked.lock().unwrap().len(), 1, "once at the start");
    world.lay("Anmeldung");
    world.until("the item", minutes(1), |desk| waiting(desk, "steueramt").len() == 1);
    assert_eq!(brain.asked.lock().unwrap().len(), 2);
}

#[test]
fn twenty_five_poison_items_do_not_starve_a_hundred_good_ones() {
    let clock = Arc::new(Virtual::default());
    let brain = Brain::new(&clock, |_, text| match text {
        Some(text) if text.contains("hängt") => Err(llm::Error::TimedOut { seconds: 120 }),
        Some(text) if text.contains("stürzt") => Err(model_away()),
        _ => Ok(()),
    });
    let slow = Arc::new(Sink::new("langsam", &clock).takes(20));
    let quick = Arc::new(Sink::new("schnell", &clock));
    let mut world = World::new(clock, brain.clone(), &[quick.clone(), slow.clone()]);
    // The poison comes first, half of it costs two minutes of the model each time.
    let poison: Vec<_> = (0..25)
        .map(|nth| world.lay(if nth % 2 == 0 { "Anmeldung, hängt" } else { "Anmeldung, stürzt" }))
        .collect();
    let good: Vec<_> = (0..100).map(|nth| world.lay(&format!("Anmeldung {nth}"))).collect();
    let at_desk = world.until("the good items at the desk", minutes(60), |desk| {
        waiting(desk, "steueramt").len() == good.len()
    });
    // Thirteen hang for two minutes each at one of two workers, before the good ones, which came later.
    assert!(at_desk <= minutes(20), "{at_desk:#}");
    // People decide at once, whatever the workers do meanwhile.
    assert_eq!(world.approve_all(), good.len());
    world.until("all deliveries", minutes(60), |desk| done(desk) == good.len());
    assert_eq!((quick.taken(), slow.taken()), (good.len(), good.len()));
    assert_eq!(quick.count() + slow.count(), 2 * good.len(), "each called once");
    let laid = |desk: &_| waiting(desk, "poststelle").len() == poison.len();
    world.until("the poison in the post room", minutes(60), laid);
    for id in &poison {
        let held = world.stored(id).0.held.unwrap();
        assert_eq!((held.code.as_str(), held.tries), ("H0112", 3));
    }
    let asked = brain.asked.lock().unwrap();
    let about = asked.iter().filter(|(_, about)| *about).count();
    assert_eq!(about, good.len() + 3 * poison.len(), "poison is tried three times, not for ever");
}
