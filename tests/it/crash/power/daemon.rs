//! The whole daemon: its state folder is what was durable when the power failed. The share, the folder and the table
//! are on other machines, which go on.

use std::time::{Duration, Instant};

use super::{Disk, More};
use crate::crash::house::{House, Outside};
use crate::crash::mails::{question, token};
use crate::crash::oracle::{Figures, account, in_folder, in_table};
use crate::crash::{is_long, tell};
use crate::support::{Chance, Daemon, pause};

/// How long the work that is left may take at the end.
const REST: Duration = Duration::from_secs(30);

#[test]
fn an_office_survives_power_losses() {
    let losses = if is_long() { 400 } else { 24 };
    let (figures, wrong) = lose(losses, "");
    assert!(wrong.is_empty(), "{figures}\n{wrong}");
    tell("power losses of the whole daemon", &figures);
}

#[test]
fn an_office_without_the_barrier_does_not() {
    let (figures, wrong) = lose(8, "store.barrier=leave_out");
    assert!(!wrong.is_empty(), "the account does not see that the barrier is missing: {figures}");
    tell("negative control, daemon without the barrier", &figures);
}

fn lose(losses: usize, failpoint: &str) -> (Figures, String) {
    let mut chance = Chance::new();
    let mut house = House::new();
    let mut tokens = Vec::new();
    let state = house.office.path("state");
    for loss in 0..losses {
        for nth in 0..3 {
            let token = token("power", nth);
            house.lay(&format!("{token}.eml"), &question(&token));
            tokens.push(token);
        }
        let disk = Disk::over(&state);
        let mut environment: Vec<(&str, String)> = disk.environment().to_vec();
        environment.push(("VORLAGE_FAILPOINT", failpoint.to_owned()));
        let environment: Vec<(&str, &str)> =
            environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut daemon = Daemon::launch(&house.office, &environment);
        // From before it is ready until long after.
        let end = Instant::now() + Duration::from_millis(200 + chance.below(900));
        while Instant::now() < end {
            if daemon.ended().is_some() {
                let told =
                    format!("seed {}: it does not start any more\n{}", chance.seed, house.told());
                return (Figures { images: loss, ..Figures::default() }, told);
            }
            house.approve(Outside::SHARE);
            pause(Duration::from_millis(5));
        }
        daemon.kill();
        let more = if loss % 2 == 0 { More::Nothing } else { More::SomePages };
        disk.fail(more, &mut chance);
    }
    finish(house, &tokens, losses, chance.seed)
}

/// Everything that is still there is worked through, and counted.
fn finish(mut house: House, tokens: &[String], losses: usize, seed: u64) -> (Figures, String) {
    let daemon = Daemon::start(&house.office);
    let begin = Instant::now();
    let mut told = String::new();
    while !house.is_at_rest() {
        if begin.elapsed() > REST {
            told = format!("it does not come to rest\n{}", house.told());
            break;
        }
        house.approve(Outside::SHARE);
        pause(Duration::from_millis(15));
    }
    daemon.kill();
    let office = &house.office;
    let (figures, mut wrong) = account(
        office,
        tokens,
        &[
            ("folders", &|token| in_folder(office, token)),
            ("rows", &|token| in_table(office, token)),
        ],
    );
    if house.forgotten > 0 {
        wrong += &format!("{} confirmed approvals were forgotten\n", house.forgotten);
    }
    wrong += &told;
    if !wrong.is_empty() {
        wrong = format!("seed {seed}\n{wrong}");
    }
    (Figures { kills: losses, images: losses, decisions: house.helped, ..figures }, wrong)
}
