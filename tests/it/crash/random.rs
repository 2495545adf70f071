//! Everything is ended at any moment while post comes in and people decide: the daemon, the mail server, the mail
//! relay after it has taken a mail, the model, and PostgreSQL where it keeps the office. The seed is told.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::house::{House, Outside};
use super::mails::{connectors, question, token, without_signal};
use super::oracle::{Figures, in_folder, in_table, settle};
use super::sinks::Sink;
use super::{is_long, tell};
use crate::servers::{Post, Postgres};
use crate::support::{Chance, Daemon, pause};

/// How long the work that is left may take at the end.
const REST: Duration = Duration::from_secs(150);

#[test]
fn everything_may_end_at_any_moment() {
    let figures = Chaos::new(None).run(if is_long() { 1_000 } else { 40 });
    tell("random kills, sled", &figures);
}

#[test]
fn everything_may_end_at_any_moment_with_postgresql() {
    // After a kill its files are synced one by one, which here takes longer than everything else.
    let postgres = Postgres::start_with(&["recovery_init_sync_method=syncfs"]);
    let figures = Chaos::new(Some(postgres)).run(if is_long() { 1_000 } else { 25 });
    tell("random kills, PostgreSQL", &figures);
}

struct Chaos {
    chance: Chance,
    post: Post,
    relay: Sink,
    procedure: Sink,
    model: Sink,
    postgres: Option<Postgres>,
    house: House,
    tokens: Vec<String>,
    figures: Figures,
}

impl Chaos {
    fn new(postgres: Option<Postgres>) -> Self {
        let (post, relay, procedure, model) =
            (Post::start(), Sink::of_mails(), Sink::of_webhooks(), Sink::of_model());
        let house = House::new();
        let office = &house.office;
        for (name, text) in connectors(&post) {
            office.write(&format!("connectors/{name}.toml"), &text);
        }
        let relayed = format!("port = {}\n", relay.port);
        let smtp = office.read("connectors/ausgang.toml");
        let smtp = smtp.replace(&format!("port = {}\n", post.smtp_port), &relayed);
        office.write("connectors/ausgang.toml", &smtp);
        let share = "kind = \"share\"\npath = \"eingang\"\nsettle_seconds = 0\npoll_seconds = 1\n";
        office.write("connectors/scanner.toml", share);
        let url = format!("http://127.0.0.1:{}/v1", model.port);
        let text = format!("kind = \"openai\"\nbase_url = \"{url}\"\nmodel = \"stub\"\n");
        office.write("connectors/hausmodell.toml", &text);
        let settings = office.read("office.toml");
        let models = "[policy.models]\nhausmodell = [\"tax\"]\n[policy.marking]";
        office.write("office.toml", &settings.replace("[policy.marking]", models));
        house.calls(&procedure);
        office.rules("model = \"hausmodell\"", &["ausgang", "ablage", "liste", "verfahren"]);
        let rules = office.read("workflows/hundesteuer.toml");
        let both =
            rules.replace("from = [\"posteingang\"]", "from = [\"posteingang\", \"scanner\"]");
        office.write("workflows/hundesteuer.toml", &both);
        if let Some(postgres) = &postgres {
            office.write("connectors/speicher.toml", &postgres.connector());
        }
        let (chance, tokens, figures) = (Chance::new(), Vec::new(), Figures::default());
        let mut chaos =
            Self { chance, post, relay, procedure, model, postgres, house, tokens, figures };
        chaos.settle_in();
        chaos
    }

    /// With another store than that of the template there is nobody yet who may sign in.
    fn settle_in(&mut self) {
        if self.postgres.is_some() {
            self.house.office.add_user("jutta", "Jutta Weber", "alle");
            let daemon = Daemon::start(&self.house.office);
            self.house.clerk = crate::support::Visitor::sign_in(self.house.office.port, "jutta");
            assert!(daemon.stop().success());
        }
    }

    fn run(mut self, kills: usize) -> Figures {
        self.relay.break_off_every(7);
        self.procedure.break_off_every(5);
        self.model.break_off_every(3);
        let mut daemon = Daemon::launch(&self.house.office, &[]);
        for nth in 0..kills {
            // What comes every time is less than what can be done in the time.
            if nth % 2 == 0 {
                self.post_comes(nth);
            }
            let end = Instant::now() + Duration::from_millis(100 + self.chance.below(900));
            while Instant::now() < end {
                self.decide();
                pause(Duration::from_millis(10));
            }
            if self.something_ends(&daemon) {
                daemon.kill();
                daemon = Daemon::launch(&self.house.office, &[]);
            }
            assert!(
                daemon.ended().is_none() || self.postgres.is_some(),
                "seed {}: it ended by itself\n{}",
                self.chance.seed,
                daemon.log()
            );
            if daemon.ended().is_some() {
                daemon = Daemon::launch(&self.house.office, &[]);
            }
        }
        self.come_to_rest(daemon);
        self.count()
    }

    /// A mail, a scan, and a letter that only the model can sort.
    fn post_comes(&mut self, nth: usize) {
        let token = token("chaos", nth);
        match nth % 3 {
            0 => self.house.lay(&format!("{token}.eml"), &question(&token)),
            1 => self.house.lay(&format!("{token}.eml"), &without_signal(&token)),
            _ => self.post.append("amt", "INBOX", &question(&token)),
        }
        self.tokens.push(token);
    }

    fn decide(&mut self) {
        let relay = &self.relay;
        let arrived = |page: &str| relay.has_one_that(|token| page.contains(token));
        self.house.approve(Outside { arrived: &arrived, is_taken: &|| true });
    }

    /// Ends something else, or says that it is the daemon's turn.
    fn something_ends(&mut self, daemon: &Daemon) -> bool {
        self.figures.kills += 1;
        match self.chance.below(10) {
            0 => {
                self.post.kill_imap();
                self.post.start_imap();
            }
            1 => {
                daemon.signal(Signal::STOP);
                self.chance.pause(400);
                daemon.signal(Signal::CONT);
            }
            2 | 3 => match &mut self.postgres {
                Some(postgres) => postgres.restart(),
                None => return true,
            },
            _ => return true,
        }
        false
    }

    /// Nothing ends any more, and everything is worked through.
    fn come_to_rest(&mut self, mut daemon: Daemon) {
        for sink in [&self.relay, &self.procedure, &self.model] {
            sink.break_off_every(0);
        }
        let begin = Instant::now();
        while !(self.house.is_at_rest() && self.house.is_done(self.tokens.len())) {
            let told = || format!("seed {}: not at rest\n{}", self.chance.seed, self.house.told());
            assert!(begin.elapsed() < REST, "{}", told());
            assert!(daemon.ended().is_none(), "{}", told());
            self.decide();
            pause(Duration::from_millis(20));
        }
        daemon.kill();
    }

    fn count(self) -> Figures {
        let (office, seed) = (&self.house.office, self.chance.seed);
        assert_eq!(self.house.forgotten, 0, "seed {seed}: confirmed approvals were forgotten");
        let figures = settle(
            office,
            &self.tokens,
            &[
                ("replies", &|token| self.relay.count(token)),
                ("folders", &|token| in_folder(office, token)),
                ("rows", &|token| in_table(office, token)),
                ("calls", &|token| self.procedure.count(token)),
            ],
        );
        let (kills, decisions) = (self.figures.kills, self.house.helped);
        Figures { kills, decisions, ..figures }
    }
}
