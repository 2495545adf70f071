//! The order of the intake: an arrival is acknowledged at its door when it is on stable storage, and not before. A
//! door that acknowledges too early shows that the test would see it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use vorlage::connectors::{Arrival, Error, Known, Place, Present, Source, find};
use vorlage::domain::{Clock, ItemId, SystemClock};
use vorlage::intake::{self, Door};
use vorlage::store::Sled;
use vorlage::store::records::Records;

use super::{Disk, More, writer};
use crate::crash::mails::{question, token};
use crate::crash::oracle::{Figures, Kept};
use crate::crash::{is_long, tell};
use crate::support::{Chance, pause, until};

/// So often the negative control is tried; one round in fifty sees nothing.
const ROUNDS: usize = 10;
/// So many letters lie at the door before each power loss.
const LETTERS: usize = 6;

#[test]
fn an_arrival_is_acknowledged_when_it_is_safe() {
    take_in_if_asked();
    let losses = if is_long() { 200 } else { 16 };
    let figures = lose("an_arrival_is_acknowledged_when_it_is_safe", losses, "in order");
    assert_eq!((figures.lost, figures.doubled), (0, 0), "{figures}");
    tell("power losses during the intake", &figures);
}

#[test]
fn an_arrival_that_is_acknowledged_too_early_is_lost() {
    take_in_if_asked();
    // Whether the power fails in the moment that matters is chance: some rounds have none.
    let round = || lose("an_arrival_that_is_acknowledged_too_early_is_lost", 8, "too early");
    let seen = std::iter::repeat_with(round).take(ROUNDS).find(|figures| figures.lost > 0);
    let figures = seen.expect("the test does not see it");
    tell("negative control, acknowledged too early", &figures);
}

fn lose(test: &str, losses: usize, order: &str) -> Figures {
    let folder = tempfile::tempdir().unwrap();
    let (root, share) = (folder.path().join("root"), folder.path().join("share"));
    fs::create_dir_all(&root).unwrap();
    fs::create_dir_all(&share).unwrap();
    let mut chance = Chance::new();
    let mut tokens = Vec::new();
    let mut figures = Figures::default();
    for loss in 0..=losses {
        let disk = Disk::over(&root);
        let mut environment = disk.environment().to_vec();
        environment.push(("VORLAGE_POWER_INTAKE", folder.path().display().to_string()));
        environment.push(("VORLAGE_POWER_ORDER", order.to_owned()));
        let letters: Vec<String> = (0..LETTERS).map(|nth| token(test, nth)).collect();
        letters.iter().for_each(|token| lay(&share, token));
        tokens.extend(letters);
        let writer = writer(&format!("crash::power::order::{test}"), &environment);
        let left = || {
            fs::read_dir(&share).unwrap().count() - usize::from(share.join("processed").exists())
        };
        if loss == losses {
            // The last one is given the time it needs.
            until("all letters to be taken", 60, || (left() == 0).then_some(()));
            writer.kill();
            break;
        }
        until("the first letter to be taken", 60, || (left() < LETTERS).then_some(()));
        chance.pause(15);
        writer.kill();
        let more = if loss % 2 == 0 { More::Nothing } else { More::SomePages };
        disk.fail(more, &mut chance);
        figures += Figures { kills: 1, images: 1, ..Figures::default() };
    }
    count(&root, &tokens, figures)
}

fn count(root: &Path, tokens: &[String], mut figures: Figures) -> Figures {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let store = Sled::open(root.join("store"), 16).unwrap();
    let kept = runtime.block_on(Kept::read(&store));
    assert_eq!(kept.mistakes(), "");
    figures.tokens = tokens.len();
    for token in tokens {
        match kept.items_with(token) {
            0 => figures.lost += 1,
            more => figures.doubled += more - 1,
        }
    }
    figures
}

fn lay(share: &Path, token: &str) {
    let part = share.join(format!(".{token}"));
    fs::write(&part, question(token)).unwrap();
    let file = File::options().append(true).open(&part).unwrap();
    let before = file.metadata().unwrap().modified().unwrap();
    file.set_modified(before - Duration::from_secs(5)).unwrap();
    fs::rename(part, share.join(format!("{token}.eml"))).unwrap();
}

/// In the other process: takes in what lies at the door, until it is ended.
fn take_in_if_asked() {
    let Some(folder) = std::env::var_os("VORLAGE_POWER_INTAKE").map(PathBuf::from) else { return };
    let too_early = std::env::var("VORLAGE_POWER_ORDER").unwrap() == "too early";
    let place = Place {
        office: folder.clone(),
        state: folder.clone(),
        credentials: None,
        program: PathBuf::new(),
        models: PathBuf::new(),
    };
    let text = "kind = \"share\"\npath = \"share\"\nsettle_seconds = 0\n";
    let share = (find("share").unwrap().open)("tür", text, &place).unwrap().source.unwrap();
    let source: Arc<dyn Source> = if too_early { Arc::new(TooEarly(share)) } else { share };
    let door = Door { name: "tür".into(), source, canary_key: None };
    let records = Records::new(Arc::new(Sled::open(folder.join("root/store"), 16).unwrap()));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    loop {
        runtime.block_on(intake::take(&door, &records, SystemClock.now())).unwrap();
        pause(Duration::from_millis(5));
    }
}

/// A door that acknowledges what it shows.
struct TooEarly(Arc<dyn Source>);

#[async_trait]
impl Source for TooEarly {
    async fn poll(&self, known: &dyn Known, most: usize) -> Result<Vec<Arrival>, Error> {
        let arrivals = self.0.poll(known, most).await?;
        for arrival in &arrivals {
            self.0.acknowledge(&arrival.origin, &"?".into()).await?;
        }
        Ok(arrivals)
    }

    async fn acknowledge(&self, origin: &str, item: &ItemId) -> Result<(), Error> {
        self.0.acknowledge(origin, item).await
    }

    async fn wait(&self, longest: Duration) {
        self.0.wait(longest).await;
    }

    async fn inventory(&self) -> Result<Vec<Present>, Error> {
        self.0.inventory().await
    }
}
