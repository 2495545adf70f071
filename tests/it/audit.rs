//! Whatever is changed in a store, in a backup or in its layout is seen and named.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::mpsc;
use vorlage::domain::Digest;
use vorlage::store::audit::{Audit, verify};
use vorlage::store::backup::{backup, check, restore};
use vorlage::store::records::{
    Admitted, Claim, Entry, Item, NewItem, Prepared, Records, SCHEMA, State, Step,
};
use vorlage::store::{Change, Commit, Error, Memory, Row, Sled, Store};

fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

fn entry(kind: &str) -> Entry {
    let body = serde_json::json!({ "share": 0.1 + 0.2, "text": "Grüße" });
    Entry { kind: kind.into(), at: now(), by: "test".into(), body, seconds: Some(0.3) }
}

/// Three items: one accepted, one parsed and under way, one that waits for a person.
async fn filled(store: &Arc<dyn Store>) -> Records {
    let records = Records::new(store.clone());
    records.prepare(Path::new("/nowhere"), now()).await.unwrap();
    for number in 0..3 {
        let raw = store.put_blob(format!("mail {number}").into_bytes()).await.unwrap();
        let new = NewItem {
            door: "post".into(),
            origin: format!("INBOX/1/{number}"),
            name: String::new(),
            received: now(),
            raw,
            message_id: Some(format!("{number}@post.example")),
            once_per_bytes: true,
            entry: entry("accepted"),
        };
        let Admitted::New(id) = records.admit(new, now()).await.unwrap() else { panic!("known") };
        for nth in 0..number {
            let lease = std::time::Duration::from_secs(60);
            let claim = records.claim_item(&id, "one", lease, now()).await.unwrap().unwrap();
            let state = if nth == 1 { State::Waiting("amt".into()) } else { State::Ready(now()) };
            let item = Item { state, ..claim.item.clone() };
            let step = Step { entry: Some(entry("parsed")), item };
            records.commit(&claim, step).await.unwrap();
        }
    }
    records
}

async fn rows(store: &dyn Store) -> Vec<(String, Row)> {
    let (pieces, mut coming) = mpsc::channel(1000);
    store.snapshot(pieces).await.unwrap();
    let mut rows = Vec::new();
    while let Some(piece) = coming.recv().await {
        rows.extend(piece);
    }
    rows
}

async fn audit(store: &dyn Store) -> Audit {
    verify(store, None, &|_| {}).await.unwrap()
}

#[tokio::test]
async fn a_store_that_nobody_touched_has_no_faults() {
    let store: Arc<dyn Store> = Arc::new(Memory::default());
    filled(&store).await;
    let found = audit(&*store).await;
    assert_eq!(found.faults, []);
    assert_eq!((found.events, found.entries, found.items, found.blobs), (6, 6, 3, 3));
    let same = verify(&*store, Some((found.events, &found.head)), &|_| {}).await.unwrap();
    assert_eq!(same.fault_count, 0);
}

#[tokio::test]
async fn every_flipped_byte_of_chain_and_journal_is_named() {
    let store: Arc<dyn Store> = Arc::new(Memory::default());
    filled(&store).await;
    let original = rows(&*store).await;
    let kept =
        |key: &str| key.starts_with("event/") || key.starts_with("journal/") || key == "chain";
    let mut flipped = 0;
    for (key, row) in original.iter().filter(|(key, _)| kept(key)) {
        for nth in 0..row.body.len() {
            let mut body = row.body.clone();
            body[nth] ^= 1;
            store.load(vec![(key.clone(), Row { body, ..row.clone() })]).await.unwrap();
            let found = audit(&*store).await;
            let named = found.faults.iter().any(|it| it.place == *key);
            assert!(named, "byte {nth} of {key} was changed unseen: {:?}", found.faults);
            flipped += 1;
        }
        store.load(vec![(key.clone(), row.clone())]).await.unwrap();
    }
    assert!(flipped > 1000, "{flipped}");
    assert_eq!(audit(&*store).await.fault_count, 0);
}

#[tokio::test]
async fn what_is_left_out_or_added_is_named() {
    let store: Arc<dyn Store> = Arc::new(Memory::default());
    filled(&store).await;
    let original = rows(&*store).await;
    for (key, row) in &original {
        let is_own = ["event/", "journal/", "item/", "ready/", "queue/", "chain"];
        if !is_own.iter().any(|own| key.starts_with(own)) {
            continue;
        }
        let gone = Commit { changes: vec![Change::Delete(key.clone())], ..Commit::default() };
        store.commit(gone).await.unwrap();
        assert!(audit(&*store).await.fault_count > 0, "{key} was taken out unseen");
        store.load(vec![(key.clone(), row.clone())]).await.unwrap();
    }
    let (_, row) = original.iter().find(|(key, _)| key.starts_with("event/")).unwrap();
    store.load(vec![("event/0000000000000007".into(), row.clone())]).await.unwrap();
    assert!(audit(&*store).await.fault_count > 0, "a link was added unseen");
}

#[tokio::test]
async fn a_chain_that_was_written_anew_differs_from_the_noted_link() {
    let first: Arc<dyn Store> = Arc::new(Memory::default());
    filled(&first).await;
    let noted = audit(&*first).await;
    let other: Arc<dyn Store> = Arc::new(Memory::default());
    filled(&other).await;
    let (number, head) = (noted.events, noted.head.as_str());
    assert_eq!(audit(&*other).await.fault_count, 0);
    let found = verify(&*other, Some((number, head)), &|_| {}).await.unwrap();
    assert_eq!(found.faults[0].place, "event/0000000000000006", "other items have other numbers");
    let short: Arc<dyn Store> = Arc::new(Memory::default());
    let found = verify(&*short, Some((number, head)), &|_| {}).await.unwrap();
    assert_eq!(found.fault_count, 1, "the noted link is not there");
}

/// A store in a folder, its backup, and both folders.
async fn backed_up(folder: &Path) -> (Arc<dyn Store>, PathBuf) {
    let store: Arc<dyn Store> = Arc::new(Sled::open(folder.join("store"), 8).unwrap());
    filled(&store).await;
    let to = folder.join("backup");
    let manifest = backup(&*store, &to, now().to_string(), &|_| {}).await.unwrap();
    assert_eq!((manifest.blobs, manifest.rows), (3, rows(&*store).await.len() as u64));
    (store, to)
}

#[tokio::test]
async fn what_was_backed_up_comes_back_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (store, to) = backed_up(folder.path()).await;
    let target: Arc<dyn Store> = Arc::new(Sled::open(folder.path().join("new"), 8).unwrap());
    restore(&to, &*target, &|_| {}).await.unwrap();
    assert_eq!(rows(&*target).await, rows(&*store).await);
    let found = audit(&*target).await;
    assert_eq!((found.fault_count, found.blobs, found.items), (0, 3, 3));
    let again = restore(&to, &*target, &|_| {}).await;
    assert!(matches!(again, Err(Error::Failed { .. })), "a store that is not empty is left alone");
}

#[tokio::test]
async fn a_second_backup_writes_only_what_is_new() {
    let folder = tempfile::tempdir().unwrap();
    let (store, to) = backed_up(folder.path()).await;
    let shelves = || {
        let mut files: Vec<_> = files(&to.join("blob"))
            .into_iter()
            .map(|path| {
                let made = path.metadata().unwrap().modified().unwrap();
                (path, made)
            })
            .collect();
        files.sort();
        files
    };
    let before = shelves();
    store.put_blob(b"more".to_vec()).await.unwrap();
    let manifest = backup(&*store, &to, now().to_string(), &|_| {}).await.unwrap();
    let after = shelves();
    assert_eq!(manifest.blobs, 4);
    assert!(before.iter().all(|it| after.contains(it)) && after.len() == 4);
    assert_eq!(
        fs::read_dir(&to)
            .unwrap()
            .filter(|it| it.as_ref().unwrap().file_name().to_string_lossy().starts_with("rows"))
            .count(),
        1
    );
    check(&to, &|_| {}).await.unwrap();
}

#[tokio::test]
async fn a_damaged_backup_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let (_, to) = backed_up(folder.path()).await;
    let mut damaged = 0;
    for file in files(&to) {
        let original = fs::read(&file).unwrap();
        let mut bytes = original.clone();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&file, &bytes).unwrap();
        let target: Arc<dyn Store> = Arc::new(Memory::default());
        if file.ends_with("manifest.json") {
            fs::write(&file, "{}").unwrap();
        }
        assert!(restore(&to, &*target, &|_| {}).await.is_err(), "{}", file.display());
        assert_eq!(target.count("").await.unwrap(), 0);
        fs::write(&file, original).unwrap();
        damaged += 1;
    }
    assert_eq!(damaged, 5, "rows, manifest and three blobs");
    let blob = files(&to.join("blob")).remove(0);
    fs::remove_file(blob).unwrap();
    assert!(check(&to, &|_| {}).await.is_err(), "a missing blob is seen");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

#[tokio::test]
async fn changed_bytes_of_a_letter_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = backed_up(folder.path()).await;
    let digest = store.blobs(&Digest::default(), 1).await.unwrap().remove(0);
    let named = |path: &PathBuf| path.ends_with(&digest.0);
    let path = files(&folder.path().join("store/blob")).into_iter().find(named).unwrap();
    fs::write(path, "another letter").unwrap();
    let found = audit(&*store).await;
    assert_eq!(found.faults[0].place, format!("blob/{digest}"));
}

#[tokio::test]
async fn an_older_layout_is_backed_up_and_changed_and_a_newer_one_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = backed_up(folder.path()).await;
    let records = Records::new(store.clone());
    // As the first version wrote it: no layout, no marks in the lists, no list by day.
    let mut changes = vec![Change::Delete("schema".into())];
    for (key, _) in rows(&*store).await {
        if key.starts_with("ready/") || key.starts_with("queue/") {
            changes.push(Change::Put(key, Vec::new()));
        } else if key.starts_with("came/") {
            changes.push(Change::Delete(key));
        }
    }
    store.commit(Commit { changes, ..Commit::default() }).await.unwrap();
    let id = records.ready(1).await.unwrap()[0].id.clone();
    let lease = std::time::Duration::from_secs(60);
    records.claim_item(&id, "gone", lease, now()).await.unwrap().unwrap();
    assert!(records.came_since(&"post".into(), Timestamp::UNIX_EPOCH).await.unwrap().is_empty());

    let prepared = records.prepare(folder.path(), now()).await.unwrap();
    assert_eq!(prepared, Prepared::Migrated { from: 0 });
    let saved = folder.path().join(format!("backup-before-schema-{SCHEMA}"));
    check(&saved, &|_| {}).await.unwrap();
    assert_eq!(records.came_since(&"post".into(), Timestamp::UNIX_EPOCH).await.unwrap().len(), 3);
    assert_eq!(records.release(|owner| owner == "gone", now()).await.unwrap(), 1);
    assert_eq!(records.prepare(folder.path(), now()).await.unwrap(), Prepared::Present);

    let newer = Change::Put("schema".into(), (SCHEMA + 1).to_string().into_bytes());
    store.commit(Commit { changes: vec![newer], ..Commit::default() }).await.unwrap();
    let refused = records.prepare(folder.path(), now()).await;
    assert!(matches!(refused, Err(Error::Newer { found, .. }) if found == SCHEMA + 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_beside_work_finds_no_faults_that_are_none() {
    let store: Arc<dyn Store> = Arc::new(Memory::default());
    let records = filled(&store).await;
    let working = tokio::spawn(async move {
        // Items go from the worker's list into a queue and back, each time with an entry.
        let lease = std::time::Duration::from_secs(60);
        for _ in 0..500 {
            let Some(claim) = records.claim("one", lease, now()).await.unwrap() else { continue };
            let item = Item { state: State::Waiting("amt".into()), ..claim.item.clone() };
            records.commit(&claim, Step { entry: Some(entry("drafted")), item }).await.unwrap();
            for item in records.waiting(&"amt".into(), 10).await.unwrap() {
                let (item, version) = records.item(&item.id).await.unwrap().unwrap();
                let claim = Claim { item: item.clone(), version };
                let item = Item { state: State::Ready(now()), ..item };
                let step = Step { entry: Some(entry("decided")), item };
                records.commit(&claim, step).await.unwrap();
            }
            tokio::task::yield_now().await;
        }
    });
    let mut checks = 0;
    while !working.is_finished() {
        let found = audit(&*store).await;
        assert_eq!(found.faults, [], "{} links", found.events);
        checks += 1;
        tokio::task::yield_now().await;
    }
    working.await.unwrap();
    assert!(checks > 1, "nothing happened meanwhile");
}
