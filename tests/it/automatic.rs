//! Reports, answers of programs and loops, with a clock of our own: nothing is lost in them, and nothing doubled.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};
use vorlage::config;
use vorlage::connectors::{Arrival, Connector, Error, Output, Parcel, Place, Receipt};
use vorlage::domain::{Clock, ConnectorName, ItemId};
use vorlage::engine::{self, Desk, ItemView, Rules, files};
use vorlage::intake::accept;
use vorlage::review::Verdict;
use vorlage::store::records::{
    Admitted, Begun, Claim, Counted, Outcome, Outgoing, Records, State, User,
};
use vorlage::store::{Memory, Store};

use crate::store::on_each;
use crate::support::Office;

const LEASE: Duration = Duration::from_secs(3600);

struct Set(Mutex<Timestamp>);

impl Clock for Set {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// A mail server that takes everything, or is away.
#[derive(Default)]
struct Relay {
    sent: Mutex<Vec<Parcel>>,
    is_away: Mutex<bool>,
}

#[async_trait]
impl Output for Relay {
    async fn send(&self, parcel: &Parcel) -> Result<Receipt, Error> {
        if *self.is_away.lock().unwrap() {
            return Err(Error::Unreachable { place: "relay".into(), why: "away".into() });
        }
        self.sent.lock().unwrap().push(parcel.clone());
        Ok(Receipt("taken".to_owned()))
    }
    fn sender(&self) -> Option<String> {
        Some("amt@stadt.example".to_owned())
    }
    fn sends(&self) -> bool {
        true
    }
    fn repeatable(&self) -> bool {
        false
    }
}

struct House {
    desk: Desk,
    relay: Arc<Relay>,
    clock: Arc<Set>,
    arrivals: Mutex<u32>,
    _office: Office,
}

impl House {
    async fn new(replies_per_day: u32) -> Self {
        let office = Office::with_share();
        let level = "automation_level = 1";
        let settings = office.read("office.toml");
        let more = format!("{level}\nreplies_per_day = {replies_per_day}");
        office.write("office.toml", &settings.replace(level, &more));
        office.write("connectors/ausgang.toml", "kind = \"folder\"\npath = \"ablage\"\n");
        office.rules("", &["ausgang"]);
        let read = config::load(&files::read(office.folder()).unwrap());
        let loaded = read.0.unwrap_or_else(|| panic!("{:?}", read.1));
        let relay = Arc::new(Relay::default());
        let output: Arc<dyn Output> = relay.clone();
        let connectors = IndexMap::from([(
            "ausgang".into(),
            Connector { output: Some(output), ..Connector::default() },
        )]);
        let place = Place {
            office: office.folder().into(),
            state: office.path("state"),
            credentials: None,
            program: env!("CARGO_BIN_EXE_vorlage").into(),
            models: "/nowhere".into(),
        };
        let clock = Arc::new(Set(Mutex::new("2026-11-24T12:00:00Z".parse().unwrap())));
        let rules = Rules { office: loaded.into(), connectors, embedder: None };
        let store = Arc::new(Memory::default());
        let desk = Desk::open(rules, store, place, clock.clone()).await.unwrap();
        Self { desk, relay, clock, arrivals: Mutex::default(), _office: office }
    }

    fn pass(&self, time: SignedDuration) {
        let mut now = self.clock.0.lock().unwrap();
        *now += time;
    }

    async fn lay(&self, mail: &str) -> ItemId {
        let number = {
            let mut arrivals = self.arrivals.lock().unwrap();
            *arrivals += 1;
            *arrivals
        };
        let arrival = Arrival {
            origin: number.to_string(),
            name: String::new(),
            received: self.desk.now(),
            bytes: mail.as_bytes().to_vec(),
            problem: None,
        };
        let door = ConnectorName::from("posteingang");
        let records = self.desk.records();
        match accept(&door, records, arrival, self.desk.now()).await.unwrap() {
            Admitted::New(item) => item,
            Admitted::Known(item) => panic!("{item} is known"),
        }
    }

    async fn claim(&self) -> Option<Claim> {
        let (records, now) = (self.desk.records(), self.desk.now());
        if let Some(claim) = records.claim("test", LEASE, now).await.unwrap() {
            return Some(claim);
        }
        let via = ConnectorName::from("ausgang");
        records.claim_via(Some(&via), "test", LEASE, now).await.unwrap()
    }

    /// Does everything that is due now.
    async fn work(&self) {
        while let Some(mut claim) = self.claim().await {
            let step = engine::advance(&self.desk, &mut claim).await.unwrap();
            self.desk.records().commit(&claim, step).await.unwrap();
        }
    }

    async fn view(&self, item: &ItemId) -> ItemView {
        self.desk.item(item).await.unwrap().unwrap()
    }

    async fn decide(&self, item: &ItemId, verdict: Verdict) {
        let user = jutta();
        let version = self.view(item).await.version;
        self.desk.decide(item, version, &user, verdict).await.unwrap();
        self.work().await;
    }

    async fn approve(&self, item: &ItemId) {
        let confirmed = vec!["halter".into()];
        let values = Default::default();
        self.decide(item, Verdict::Correct { values, confirmed, reply: None }).await;
        self.decide(item, Verdict::Approve).await;
    }

    /// An item whose reply has been sent.
    async fn answered(&self, from: &str, token: &str) -> ItemId {
        let item = self.lay(&question(from, token, "")).await;
        self.work().await;
        self.approve(&item).await;
        item
    }

    /// A report of `fixtures/reports/` about an item's reply.
    async fn report(&self, report: &str, item: &ItemId) -> ItemId {
        const FIXED: &str = "01981234-5678-7abc-8def-0123456789ab";
        let sent = self.message_id(item).await;
        let text = report.replace(&format!("{FIXED}.reply@amt.stadt.example"), &sent);
        let laid = self.lay(&text.replace(FIXED, &item.0)).await;
        self.work().await;
        laid
    }

    async fn message_id(&self, item: &ItemId) -> String {
        let history = self.view(item).await.history;
        let approved = history.iter().find(|entry| entry.kind == "approved").unwrap();
        approved.body["message_id"].as_str().unwrap().to_owned()
    }

    fn sent(&self) -> usize {
        self.relay.sent.lock().unwrap().len()
    }

    /// State, code and how many entries of a kind.
    async fn stands(&self, item: &ItemId, kind: &str) -> (State, String, usize) {
        let view = self.view(item).await;
        let code = view.item.held.map_or_else(String::new, |held| held.code);
        let count = view.history.iter().filter(|entry| entry.kind == kind).count();
        (view.item.state, code, count)
    }
}

fn jutta() -> User {
    User {
        name: "jutta".into(),
        title: "Jutta".into(),
        roles: vec!["alle".into()],
        password: String::new(),
        language: None,
        active: true,
    }
}

fn question(from: &str, token: &str, header: &str) -> String {
    format!(
        "From: {from}\r\nTo: amt@stadt.example\r\nSubject: Frage zur Hundesteuer\r\nMessage-ID: <{token}@post.example>\r\n\
         {header}MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
         Guten Tag,\r\n\r\nHalter: Erika Beispiel\r\nName des Hundes: Bello\r\nZeichen: {token}\r\n"
    )
}

const CITIZEN: &str = "Erika Beispiel <citizen@post.example>";
const FAILED: &str = include_str!("../../fixtures/reports/postfix-failed.eml");
const FAILED_TOO: &str = include_str!("../../fixtures/reports/qmail-failed.eml");

fn waiting(queue: &str) -> State {
    State::Waiting(queue.into())
}

#[tokio::test]
async fn a_reply_that_came_back_is_a_persons_and_is_sent_again_once() {
    let house = House::new(10).await;
    let item = house.answered(CITIZEN, "R-1").await;
    assert_eq!(
        house.stands(&item, "delivered").await,
        (State::Done(Outcome::Delivered), String::new(), 1)
    );

    let report = house.report(FAILED, &item).await;
    assert_eq!(house.view(&report).await.item.state, State::Done(Outcome::Attached));
    assert_eq!(house.stands(&item, "returned").await, (waiting("steueramt"), "H0108".into(), 1));
    let held = house.view(&item).await.item.held.unwrap();
    assert!(held.reason.contains("5.1.1") && held.reason.contains("User unknown"), "{held:?}");

    let second = house.report(FAILED_TOO, &item).await;
    assert_eq!(house.view(&second).await.item.state, State::Done(Outcome::Attached));
    assert_eq!(house.stands(&item, "returned").await, (waiting("steueramt"), "H0108".into(), 1));
    assert_eq!(house.stands(&item, "noted").await.2, 1);

    house.decide(&item, Verdict::Deliver { again: true }).await;
    assert_eq!(
        house.stands(&item, "delivered").await,
        (State::Done(Outcome::Delivered), String::new(), 2)
    );
    let ids: Vec<String> = house
        .relay
        .sent
        .lock()
        .unwrap()
        .iter()
        .map(|it| it.mail.clone().unwrap().message_id)
        .collect();
    assert_eq!(ids, vec![house.message_id(&item).await; 2]);

    house.report(&FAILED.replace("20261120090502", "20261121090502"), &item).await;
    assert_eq!(house.stands(&item, "returned").await, (waiting("steueramt"), "H0108".into(), 2));
    house.decide(&item, Verdict::Deliver { again: false }).await;
    assert_eq!(house.stands(&item, "done").await.0, State::Done(Outcome::Delivered));
    house.report(&FAILED.replace("20261120090502", "20261122090502"), &item).await;
    assert_eq!(house.stands(&item, "returned").await.0, State::Done(Outcome::Delivered));
    assert_eq!(house.sent(), 2, "settled is settled");
}

#[tokio::test]
async fn what_is_no_failure_is_only_noted() {
    let house = House::new(10).await;
    let item = house.answered(CITIZEN, "R-2").await;
    let reports = [
        (include_str!("../../fixtures/reports/postfix-delayed.eml"), "delayed"),
        (include_str!("../../fixtures/reports/away.eml"), "auto_reply"),
        (include_str!("../../fixtures/reports/away-subject-only.eml"), "auto_reply"),
        (include_str!("../../fixtures/reports/read-receipt.eml"), "read"),
    ];
    for (report, what) in reports {
        let report = house.report(report, &item).await;
        let attached = house.view(&report).await;
        assert_eq!(attached.item.state, State::Done(Outcome::Attached));
        assert!(attached.history.iter().all(|entry| entry.kind != "classified"));
        let view = house.view(&item).await;
        let noted = &view.history.last().unwrap().body;
        assert_eq!(
            (noted["what"].as_str(), noted["report"].as_str()),
            (Some(what), Some(report.0.as_str()))
        );
        assert_eq!(view.item.state, State::Done(Outcome::Delivered));
    }
    assert_eq!((house.stands(&item, "noted").await.2, house.sent()), (4, 1));
}

#[tokio::test]
async fn a_report_about_nothing_of_ours_goes_to_the_post_room() {
    let house = House::new(10).await;
    house.answered(CITIZEN, "R-3").await;
    let stranger = ItemId("01999999-9999-7abc-8def-0123456789ab".to_owned());
    for report in [FAILED, include_str!("../../fixtures/reports/away.eml")] {
        let text = report.replace("01981234-5678-7abc-8def-0123456789ab", &stranger.0);
        let laid = house.lay(&text).await;
        house.work().await;
        assert_eq!(house.view(&laid).await.item.state, waiting("poststelle"));
    }
    assert_eq!(house.sent(), 1);
}

#[tokio::test]
async fn a_bounce_that_names_no_mail_is_told_by_its_address_if_that_is_certain() {
    let house = House::new(10).await;
    let bounce = |number: u32| {
        format!(
            "From: MAILER-DAEMON@post.example\r\nTo: amt@stadt.example\r\nSubject: failure notice {number}\r\n\
             X-Failed-Recipients: CITIZEN@post.example\r\n\r\n550 5.1.1 no such person\r\n"
        )
    };
    let item = house.answered(CITIZEN, "R-4").await;
    house.lay(&bounce(1)).await;
    house.work().await;
    assert_eq!(house.stands(&item, "returned").await, (waiting("steueramt"), "H0108".into(), 1));
    house.answered(CITIZEN, "R-5").await;
    let unclear = house.lay(&bounce(2)).await;
    house.work().await;
    assert_eq!(house.view(&unclear).await.item.state, waiting("poststelle"), "it may be either");
}

#[tokio::test]
async fn a_crash_between_the_two_entries_doubles_nothing() {
    let house = House::new(10).await;
    let item = house.answered(CITIZEN, "R-6").await;
    let sent = house.message_id(&item).await;
    let text =
        FAILED.replace("01981234-5678-7abc-8def-0123456789ab.reply@amt.stadt.example", &sent);
    let report = house.lay(&text).await;
    let mut claim = house.claim().await.unwrap();
    let parsed = engine::advance(&house.desk, &mut claim).await.unwrap();
    house.desk.records().commit(&claim, parsed).await.unwrap();
    for _ in 0..3 {
        // What it made is lost: the daemon was killed before it was written.
        let mut claim = house.claim().await.unwrap();
        engine::advance(&house.desk, &mut claim).await.unwrap();
        house.desk.records().release(|_| true, house.desk.now()).await.unwrap();
        assert_eq!(
            house.stands(&item, "returned").await,
            (waiting("steueramt"), "H0108".into(), 1)
        );
    }
    house.work().await;
    assert_eq!(
        house.stands(&report, "attached").await,
        (State::Done(Outcome::Attached), String::new(), 1)
    );
    let entries = house.view(&item).await.history.len();
    assert_eq!(
        (house.stands(&item, "noted").await.2, entries),
        (0, house.view(&item).await.item.entries as usize)
    );
}

#[tokio::test]
async fn nothing_is_written_into_an_item_while_its_worker_is_at_it() {
    let house = House::new(10).await;
    *house.relay.is_away.lock().unwrap() = true;
    let item = house.answered(CITIZEN, "R-7").await;
    assert_eq!(house.stands(&item, "unsent").await.2, 1);
    house.pass(SignedDuration::from_mins(20));
    let mut worker = house.claim().await.unwrap();
    assert_eq!(worker.item.id, item);
    let sent = house.message_id(&item).await;
    let text =
        FAILED.replace("01981234-5678-7abc-8def-0123456789ab.reply@amt.stadt.example", &sent);
    let report = house.lay(&text).await;
    let mut claim = house.claim().await.unwrap();
    let parsed = engine::advance(&house.desk, &mut claim).await.unwrap();
    house.desk.records().commit(&claim, parsed).await.unwrap();
    let mut claim = house.claim().await.unwrap();
    assert_eq!(claim.item.id, report);
    let error = engine::advance(&house.desk, &mut claim).await.unwrap_err();
    assert_eq!((error.code(), error.retry()), ("H0110", vorlage::errors::Retry::Later));
    *house.relay.is_away.lock().unwrap() = false;
    let delivered = engine::advance(&house.desk, &mut worker).await.unwrap();
    house.desk.records().commit(&worker, delivered).await.unwrap();
    house.desk.records().release(|_| true, house.desk.now()).await.unwrap();
    house.work().await;
    assert_eq!(house.stands(&item, "returned").await, (waiting("steueramt"), "H0108".into(), 1));
    assert_eq!(house.sent(), 1);
}

#[tokio::test]
async fn a_report_about_a_delivery_that_was_cut_off_waits_and_then_settles_what_was_uncertain() {
    let house = House::new(10).await;
    let item = house.lay(&question(CITIZEN, "R-8", "")).await;
    house.work().await;
    let confirmed = vec!["halter".into()];
    let values = Default::default();
    house.decide(&item, Verdict::Correct { values, confirmed, reply: None }).await;
    let user = jutta();
    let version = house.view(&item).await.version;
    house.desk.decide(&item, version, &user, Verdict::Approve).await.unwrap();
    let mut worker = house.claim().await.unwrap();
    // The mail left; that the daemon was told so was never written.
    engine::advance(&house.desk, &mut worker).await.unwrap();
    house.desk.records().release(|_| true, house.desk.now()).await.unwrap();
    assert_eq!(house.sent(), 1);
    let sent = house.message_id(&item).await;
    let text =
        FAILED.replace("01981234-5678-7abc-8def-0123456789ab.reply@amt.stadt.example", &sent);
    house.lay(&text).await;
    let mut claim = house.claim().await.unwrap();
    let parsed = engine::advance(&house.desk, &mut claim).await.unwrap();
    house.desk.records().commit(&claim, parsed).await.unwrap();
    let mut claim = house.claim().await.unwrap();
    let error = engine::advance(&house.desk, &mut claim).await.unwrap_err();
    assert_eq!(error.code(), "H0110");
    let (records, now) = (house.desk.records(), house.desk.now());
    let mut worker = records.claim_item(&item, "test", LEASE, now).await.unwrap().unwrap();
    let uncertain = engine::advance(&house.desk, &mut worker).await.unwrap();
    records.commit(&worker, uncertain).await.unwrap();
    assert_eq!(house.stands(&item, "uncertain").await, (waiting("steueramt"), "H0104".into(), 1));
    records.release(|_| true, now).await.unwrap();
    house.work().await;
    let (state, code, uncertain) = house.stands(&item, "uncertain").await;
    assert_eq!((state, code.as_str(), uncertain), (waiting("steueramt"), "H0108", 1));
    assert_eq!(house.stands(&item, "returned").await.2, 1);
    house.decide(&item, Verdict::Deliver { again: true }).await;
    assert_eq!(
        (house.view(&item).await.item.state, house.sent()),
        (State::Done(Outcome::Delivered), 2)
    );
}

#[tokio::test]
async fn the_eleventh_reply_within_a_day_waits_for_a_person() {
    let house = House::new(10).await;
    for number in 0..10 {
        house.answered(CITIZEN, &format!("P-{number}")).await;
        house.pass(SignedDuration::from_mins(60));
    }
    assert_eq!(house.sent(), 10);
    let eleventh = house.answered("citizen@POST.example", "P-10").await;
    assert_eq!(
        house.stands(&eleventh, "withheld").await,
        (waiting("steueramt"), "H0111".into(), 1)
    );
    house.answered("andere@post.example", "P-11").await;
    assert_eq!(house.sent(), 11, "somebody else has a count of their own");
    house.decide(&eleventh, Verdict::Deliver { again: true }).await;
    assert_eq!(
        house.stands(&eleventh, "delivered").await,
        (State::Done(Outcome::Delivered), String::new(), 1)
    );
    let refused = house.answered(CITIZEN, "P-12").await;
    assert_eq!(house.stands(&refused, "withheld").await.1, "H0111");
    house.decide(&refused, Verdict::Deliver { again: false }).await;
    assert_eq!(
        house.stands(&refused, "delivered").await,
        (State::Done(Outcome::Delivered), String::new(), 0)
    );
    house.pass(SignedDuration::from_hours(24));
    house.answered(CITIZEN, "P-13").await;
    assert_eq!(house.sent(), 13, "the next day begins anew");
    let rows = house.desk.records().store().scan("", "", usize::MAX).await.unwrap();
    let paces: Vec<String> = rows
        .into_iter()
        .filter(|(key, _)| key.starts_with("pace/"))
        .map(|(key, row)| format!("{key} {}", String::from_utf8_lossy(&row.body)))
        .collect();
    assert!(paces.iter().all(|row| !row.to_lowercase().contains("post.example")), "{paces:?}");
    assert_eq!(paces.len(), 1, "counts that are over are removed: {paces:?}");
}

#[tokio::test]
async fn an_attempt_that_failed_before_the_mail_left_counts_once() {
    let house = House::new(1).await;
    *house.relay.is_away.lock().unwrap() = true;
    let item = house.answered(CITIZEN, "P-20").await;
    for _ in 0..3 {
        house.pass(SignedDuration::from_mins(20));
        house.work().await;
    }
    *house.relay.is_away.lock().unwrap() = false;
    house.pass(SignedDuration::from_mins(20));
    house.work().await;
    assert_eq!(
        house.stands(&item, "withheld").await,
        (State::Done(Outcome::Delivered), String::new(), 0)
    );
    assert_eq!(house.sent(), 1);
}

#[tokio::test]
async fn no_output_that_sends_answers_a_machine_or_ourselves() {
    let house = House::new(10).await;
    let reports = [
        (CITIZEN, "Auto-Submitted: auto-generated\r\n"),
        (CITIZEN, "X-Auto-Response-Suppress: All\r\n"),
        (CITIZEN, "List-Unsubscribe: <mailto:weg@post.example>\r\n"),
        ("Stadt <AMT@stadt.example>", ""),
        (CITIZEN, "X-Vorlage-Item: 01981234-5678-7abc-8def-0123456789ab\r\n"),
    ];
    for (number, (from, header)) in reports.into_iter().enumerate() {
        let item = house.lay(&question(from, &format!("L-{number}"), header)).await;
        house.work().await;
        let class = "hundesteuer/frage".parse().unwrap();
        if house.view(&item).await.draft.is_none() {
            house.decide(&item, Verdict::Reclassify { class }).await;
        }
        let draft = house.view(&item).await.draft.unwrap();
        assert!(draft.reply.is_some());
        let told = draft.findings.iter().any(|finding| finding.code == "F0602");
        assert_eq!(told, !header.is_empty(), "{header}: {:?}", draft.findings);
        house.approve(&item).await;
        assert_eq!(house.stands(&item, "refused").await, (waiting("steueramt"), "H0109".into(), 1));
        house.decide(&item, Verdict::Deliver { again: true }).await;
        assert_eq!(house.stands(&item, "refused").await, (waiting("steueramt"), "H0109".into(), 2));
        house.decide(&item, Verdict::Deliver { again: false }).await;
        assert_eq!(house.view(&item).await.item.state, State::Done(Outcome::Delivered));
    }
    assert_eq!(house.sent(), 0);
}

#[tokio::test]
async fn our_own_reply_that_comes_back_ends_at_its_item() {
    let house = House::new(10).await;
    let item = house.answered(CITIZEN, "O-1").await;
    let id = house.message_id(&item).await;
    // Word for word what was sent, and a draft that a person sent under a new Message-ID.
    let own = question("amt@stadt.example", "x", "").replace("x@post.example", &id);
    let header = format!("X-Vorlage-Item: {item}\r\n");
    for mail in [own, question("amt@stadt.example", "O-2", &header)] {
        let back = house.lay(&mail).await;
        house.work().await;
        assert_eq!(house.view(&back).await.item.state, State::Done(Outcome::Attached));
    }
    let forged = house.lay(&question(CITIZEN, "O-3", &header)).await;
    house.work().await;
    assert_eq!(
        house.view(&forged).await.item.state,
        waiting("steueramt"),
        "a stranger's mail stays visible"
    );
    let answer = format!("In-Reply-To: <{id}>\r\n");
    let answer = house.lay(&question(CITIZEN, "O-4", &answer)).await;
    house.work().await;
    assert_eq!(
        house.view(&answer).await.item.state,
        waiting("steueramt"),
        "a person's answer is post"
    );
    assert_eq!((house.stands(&item, "noted").await.2, house.sent()), (2, 1));
}

/// Counts at the same moment: exactly as many mails go out as may.
async fn many_at_once(store: Arc<dyn Store>) {
    let records = Records::new(store);
    let now: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..24 {
        let records = records.clone();
        tasks.spawn(async move {
            let arrival = Arrival {
                origin: number.to_string(),
                name: "a.txt".to_owned(),
                received: now,
                bytes: vec![number],
                problem: None,
            };
            let Admitted::New(id) = accept(&"tür".into(), &records, arrival, now).await.unwrap()
            else {
                panic!("known")
            };
            let mut claim = records.claim_item(&id, "w", LEASE, now).await.unwrap().unwrap();
            let key = format!("{id}-ausgang-0");
            let message_id = format!("{id}.reply@stadt.example");
            let address = "citizen@post.example";
            let counted = Some(Counted { address, key: &key, most: Some(10) });
            let mail = Outgoing { message_id: &message_id, entry: None, counted };
            let begun = records.begin_mail(&mut claim, mail, now).await.unwrap();
            let found = records.sent(&message_id.to_uppercase()).await.unwrap();
            assert_eq!(found.is_some(), begun == Begun::Yes);
            begun
        });
    }
    let all = tasks.join_all().await;
    assert_eq!(all.iter().filter(|it| **it == Begun::Yes).count(), 10, "{all:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_that_count_at_the_same_moment_let_no_mail_too_many_out() {
    on_each(many_at_once).await;
}
