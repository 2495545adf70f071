//! Items that end whoever touches them: they are laid before a person after three attempts, and the others reach
//! their queue.

use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

use vorlage::store::records::{Item, State};

use super::house::House;
use super::mails::{question, token};
use super::oracle::{Figures, Kept, store_of};
use super::tell;
use crate::support::{Daemon, pause};

const GOOD: usize = 100;
/// How many end the daemon itself, how many end the child that reads them, and how many are too large for it.
const ENDS_DAEMON: usize = 10;
const ENDS_CHILD: usize = 10;
const TOO_LARGE: usize = 5;
/// So often the daemon may end at one item.
const ATTEMPTS: usize = 3;

#[test]
fn good_items_reach_their_queue_among_poison() {
    let house = House::new();
    let settings = house.office.read("office.toml").replace("[limits]\n", LIMITS);
    house.office.write("office.toml", &settings);
    let mut tokens = Vec::new();
    for nth in 0..GOOD {
        let token = token("good", nth);
        house.lay(&format!("{nth:03}-{token}.eml"), &question(&token));
        tokens.push(token);
        if nth % 4 == 0 {
            lay_poison(&house, nth / 4);
        }
    }
    let failpoint = [("VORLAGE_FAILPOINT", "stage.before_work~GIFT-ENDS-DAEMON=kill@1+")];
    let begin = Instant::now();
    let mut kills = 0;
    let mut daemon = Daemon::launch(&house.office, &failpoint);
    while !(house.is_taken() && house.counts().is_some_and(|it| it.ready == 0)) {
        assert!(begin.elapsed() < Duration::from_secs(300), "{}", house.told());
        if let Some(status) = daemon.ended() {
            assert!(status.signal().is_some(), "{}", house.told());
            kills += 1;
            daemon = Daemon::launch(&house.office, &failpoint);
        }
        pause(Duration::from_millis(20));
    }
    daemon.kill();
    assert_eq!(
        kills,
        ENDS_DAEMON * ATTEMPTS,
        "each of them ends the daemon {ATTEMPTS} times and never again"
    );
    check(&house, &tokens);
    tell(
        "poison among good items",
        &Figures {
            kills,
            tokens: GOOD + ENDS_DAEMON + ENDS_CHILD + TOO_LARGE,
            decisions: ENDS_DAEMON + ENDS_CHILD + TOO_LARGE,
            ..Figures::default()
        },
    );
}

/// So much is enough for every letter, and not for poison.
const LIMITS: &str =
    "[limits]\narrival_mb = 4\nparse_memory_mb = 256\nparse_seconds = 2\nocr_pages = 1\n";

fn lay_poison(house: &House, nth: usize) {
    if nth < ENDS_DAEMON {
        house.lay(&format!("GIFT-ENDS-DAEMON-{nth:02}.eml"), &question("GIFT"));
    } else if nth < ENDS_DAEMON + ENDS_CHILD {
        // Every other one by its memory, the others by its time.
        let body = if nth.is_multiple_of(2) { "<p><b>Hund</b> <i>x</i></p>\n" } else { "<div>" };
        let page = format!("<!doctype html><html><body>{nth}{}", body.repeat(26_000));
        house.lay(&format!("GIFT-ENDS-CHILD-{nth:02}.html"), page.as_bytes());
    } else {
        house.lay(&format!("GIFT-TOO-LARGE-{nth:02}.txt"), &vec![b'x'; 5 << 20]);
    }
}

fn check(house: &House, tokens: &[String]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let kept = runtime.block_on(async { Kept::read(&*store_of(&house.office)).await });
    assert_eq!(kept.mistakes(), "");
    let (mut good, mut poison) = (0, 0);
    for (item, raw) in kept.items() {
        if tokens.iter().any(|token| String::from_utf8_lossy(raw).contains(token)) {
            assert_eq!(item.state, State::Waiting("steueramt".into()), "{item:?}");
            good += 1;
        } else {
            assert_eq!(item.state, State::Waiting("poststelle".into()), "{item:?}");
            assert!(has_reason(&kept, item), "{item:?}");
            poison += 1;
        }
    }
    assert_eq!((good, poison), (GOOD, ENDS_DAEMON + ENDS_CHILD + TOO_LARGE));
}

/// Why it lies there: it was laid aside, or what could not be read of it.
fn has_reason(kept: &Kept, item: &Item) -> bool {
    if let Some(held) = &item.held {
        return held.code == "H0107" && !held.reason.is_empty();
    }
    let parsed = kept.journal(item).into_iter().find(|entry| entry.kind == "parsed");
    parsed.is_some_and(|it| it.body["problems"].as_array().is_some_and(|all| !all.is_empty()))
}
