//! The account: what was handed in, against the items and their effects. It reads the store when the daemon is gone,
//! and trusts nothing that the daemon said.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use vorlage::connectors::{self, Ability, Place};
use vorlage::domain::Digest;
use vorlage::store::records::{Entry, Item, State};
use vorlage::store::{Event, Sled, Store};

use crate::support::Office;

/// What a test has to tell at its end.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Figures {
    pub(super) kills: usize,
    pub(super) images: usize,
    pub(super) tokens: usize,
    pub(super) lost: usize,
    pub(super) doubled: usize,
    pub(super) decisions: usize,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kills, images, tokens, lost, doubled, decisions } = self;
        write!(
            f,
            "{kills} kills, {images} power losses, {tokens} tokens, {lost} lost, {doubled} doubled, \
             {decisions} laid before a person"
        )
    }
}

impl std::ops::AddAssign for Figures {
    fn add_assign(&mut self, other: Self) {
        self.kills += other.kills;
        self.images += other.images;
        self.tokens += other.tokens;
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.decisions += other.decisions;
    }
}

/// How often a token has had its effect at an output.
pub(super) type Effects<'a> = &'a [(&'a str, &'a dyn Fn(&str) -> usize)];

/// Counts, and says in words what is wrong with what.
pub(super) fn account(
    office: &Office,
    tokens: &[String],
    effects: Effects<'_>,
) -> (Figures, String) {
    let mut figures = Figures { tokens: tokens.len(), ..Figures::default() };
    let mut wrong = String::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let kept = runtime.block_on(async { Kept::read(&*store_of(office)).await });
    let mut holders: BTreeMap<&str, Vec<&Item>> = BTreeMap::new();
    for (item, raw) in &kept.items {
        let text = String::from_utf8_lossy(raw);
        let of = tokens.iter().find(|token| text.contains(token.as_str()));
        let token = of.unwrap_or_else(|| panic!("item `{}` came from nowhere", item.id));
        holders.entry(token).or_default().push(item);
    }
    let mut count = |what: &str, token: &str, number: usize| {
        match number {
            0 => figures.lost += 1,
            1 => return,
            more => figures.doubled += more - 1,
        }
        wrong += &format!("{token}: {number} {what}\n");
    };
    for token in tokens {
        count("items", token, holders.get(token.as_str()).map_or(0, Vec::len));
        for (output, effect) in effects {
            count(output, token, effect(token));
        }
    }
    (figures, wrong + &kept.mistakes())
}

/// The same, where nothing may be wrong.
pub(super) fn settle(office: &Office, tokens: &[String], effects: Effects<'_>) -> Figures {
    let (figures, wrong) = account(office, tokens, effects);
    assert!(wrong.is_empty(), "{figures}\n{wrong}\n{}", office.read("daemon.log"));
    figures
}

/// Effects that every office here has.
pub(super) fn in_folder(office: &Office, token: &str) -> usize {
    let forms = office.names("ablage").into_iter();
    forms.filter(|name| office.read(&format!("ablage/{name}/form.json")).contains(token)).count()
}

/// Rows of the table.
pub(super) fn in_table(office: &Office, token: &str) -> usize {
    office.read("liste.csv").matches(token).count()
}

/// The store that an office names, else the one in its state folder.
pub(super) fn store_of(office: &Office) -> Arc<dyn Store> {
    let place = Place {
        office: office.folder().to_owned(),
        state: office.path("state"),
        credentials: None,
        program: std::path::PathBuf::new(),
        models: std::path::PathBuf::new(),
    };
    for name in office.names("connectors") {
        let text = office.read(&format!("connectors/{name}"));
        let kind = text.lines().find_map(|line| line.strip_prefix("kind = "));
        let kind = connectors::find(kind.unwrap().trim_matches('"')).unwrap();
        if kind.abilities.contains(&Ability::Store) {
            return (kind.open)("store", &text, &place).unwrap().store.unwrap();
        }
    }
    Arc::new(Sled::open(place.state.join("store"), 16).unwrap())
}

/// Everything in a store.
pub(super) struct Kept {
    rows: BTreeMap<String, Vec<u8>>,
    /// Items with their bytes.
    items: Vec<(Item, Vec<u8>)>,
}

/// An event as it lies in the chain.
#[derive(Deserialize)]
struct Link {
    number: u64,
    event: Event,
    hash: String,
}

impl Kept {
    pub(super) async fn read(store: &dyn Store) -> Self {
        let rows = store.scan("", "", usize::MAX).await.unwrap();
        let rows: BTreeMap<_, _> = rows.into_iter().map(|(key, row)| (key, row.body)).collect();
        let mut items = Vec::new();
        for (_, body) in rows.iter().filter(|(key, _)| key.starts_with("item/")) {
            let item: Item = serde_json::from_slice(body).unwrap();
            let bytes = store.blob(&item.raw).await.unwrap();
            assert_eq!(Digest(blake3::hash(&bytes).to_hex().to_string()), item.raw);
            items.push((item, bytes));
        }
        Self { rows, items }
    }

    /// The items with their bytes.
    pub(super) fn items(&self) -> &[(Item, Vec<u8>)] {
        &self.items
    }

    /// What was written about an item.
    pub(super) fn journal(&self, item: &Item) -> Vec<Entry> {
        let prefix = format!("journal/{}/", item.id);
        self.below(&prefix).map(|(_, body)| serde_json::from_slice(body).unwrap()).collect()
    }

    /// How many items mention a token.
    pub(super) fn items_with(&self, token: &str) -> usize {
        let mentions = |raw: &Vec<u8>| String::from_utf8_lossy(raw).contains(token);
        self.items.iter().filter(|(_, raw)| mentions(raw)).count()
    }

    fn below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        let rows = self.rows.range(prefix.to_owned()..);
        rows.take_while(move |(key, _)| key.starts_with(prefix))
            .map(|(key, body)| (key.as_str(), body.as_slice()))
    }

    /// What is wrong inside the store, in words; nothing of it may be.
    pub(super) fn mistakes(&self) -> String {
        let mut wrong = self.broken_chain();
        let mut listed: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (key, _) in ["ready/", "queue/", "done/"].into_iter().flat_map(|it| self.below(it)) {
            listed.entry(key.rsplit('/').next().unwrap()).or_default().push(key);
        }
        let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (_, body) in self.below("event/") {
            let Link { event, .. } = serde_json::from_slice(body).unwrap();
            if event.what != "reseen" {
                told.entry(event.about).or_default().push(event.what);
            }
        }
        for (item, _) in &self.items {
            let lists = listed.remove(item.id.0.as_str()).unwrap_or_default();
            let begin = match &item.state {
                State::Ready(_) => "ready/".to_owned(),
                State::Waiting(queue) => format!("queue/{queue}/"),
                State::Done(_) => "done/".to_owned(),
            };
            if lists.len() != 1 || !lists[0].starts_with(&begin) {
                wrong +=
                    &format!("item `{}` is {:?} and stands in {lists:?}\n", item.id, item.state);
            }
            wrong += &self.broken_journal(item, told.get(&item.id.0));
        }
        for (id, lists) in listed {
            wrong += &format!("there is no item `{id}`, but it stands in {lists:?}\n");
        }
        let ids: BTreeSet<&str> = self.items.iter().map(|(item, _)| item.id.0.as_str()).collect();
        for (key, body) in self.below("src/") {
            let id: String = serde_json::from_slice(body).unwrap();
            if !ids.contains(id.as_str()) {
                wrong += &format!("`{key}` leads to no item\n");
            }
        }
        wrong
    }

    /// The journal has no gaps, is what the chain says, and tells of every effect once.
    fn broken_journal(&self, item: &Item, told: Option<&Vec<String>>) -> String {
        let entries = self.journal(item);
        let kinds: Vec<&str> = entries.iter().map(|entry| entry.kind.as_str()).collect();
        let mut wrong = String::new();
        if kinds.len() != item.entries as usize || told.is_none_or(|told| kinds != *told) {
            let count = item.entries;
            wrong += &format!("item `{}` has {count} entries: {kinds:?}, {told:?}\n", item.id);
        }
        let mut made: Vec<&str> = entries
            .iter()
            .filter(|entry| entry.kind == "delivered")
            .filter_map(|entry| entry.body["to"].as_str())
            .collect();
        made.sort_unstable();
        let once: BTreeSet<&str> = made.iter().copied().collect();
        let approved = kinds.iter().filter(|kind| **kind == "approved").count();
        if once.len() != made.len() || approved > 1 {
            wrong += &format!("item `{}` went out twice: {kinds:?}\n", item.id);
        }
        wrong
    }

    /// Calculates the audit chain anew, as its documentation describes it.
    fn broken_chain(&self) -> String {
        let mut before = String::new();
        for (number, (key, body)) in (1..).zip(self.below("event/")) {
            let link: Link = serde_json::from_slice(body).unwrap();
            let Event { what, about, who, at, hash } = &link.event;
            let mut hasher = blake3::Hasher::new();
            for part in [&before, &format!("{number}"), what, about, who, at, hash] {
                hasher.update(&(part.len() as u64).to_le_bytes());
                hasher.update(part.as_bytes());
            }
            let expected = hasher.finalize().to_hex().to_string();
            if link.number != number || link.hash != expected {
                return format!("the chain breaks at `{key}`\n");
            }
            before = link.hash;
        }
        String::new()
    }
}
