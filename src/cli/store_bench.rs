//! `vorlage store bench`: how quick and how safe the store of an office is on this machine and this disk.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};

use super::table::table;
use super::{Outcome, control, found, office, service};
use crate::connectors::Arrival;
use crate::domain::ConnectorName;
use crate::intake;
use crate::store::records::{Admitted, Entry, Item, NewItem, Records, State, Step};
use crate::store::{Change, Commit, Sled, Store, audit, backup};

/// Mails that are accepted, of 200 kB each.
const MAILS: usize = 300;
const MAIL_BYTES: usize = 200_000;
/// Arrivals that are accepted at the same time, and rows that are written at the same time while filling.
const SIDE_BY_SIDE: usize = 8;
const FILLING: usize = 64;
/// Who claims at the same time.
const WORKERS: usize = 8;
/// Items that are claimed.
const CLAIMS: usize = 4_000;
/// Updates of the same rows, and how many rows.
const UPDATES: usize = 100_000;
const ROWS: usize = 4_000;
/// How often another process is started that has to open the store after us.
const TRIES: usize = 50;
/// The memory for rows that were read.
const CACHE_MB: u64 = 16;

/// Measure the store on this machine and this disk
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  vorlage store bench\n  vorlage store bench --items 20000 --json\n  vorlage store bench --connector connectors/postgres.toml\n\nWorks in a folder of its own beside the office's state, which is removed afterwards, and never touches the office's own\nstore. A connector that is given must be an empty database made for this."
)]
pub(super) struct Args {
    #[command(flatten)]
    place: office::Where,
    /// A store connector to measure instead of the embedded store
    #[arg(long, value_name = "FILE")]
    connector: Option<PathBuf>,
    /// So many items are in the store when starting, backup and restore are measured
    #[arg(long, default_value_t = 100_000)]
    items: usize,
    /// Each item has bytes of its own, as in an office; else all have the same, which is quicker to prepare
    #[arg(long)]
    own_bytes: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Write into this store until killed
    #[arg(long, hide = true)]
    hold: Option<PathBuf>,
}

/// The store that is measured, and how it is opened again.
struct Bench {
    store: Arc<dyn Store>,
    folder: tempdir::Folder,
    office: office::Where,
    connector: Option<PathBuf>,
}

pub(super) async fn run(args: Args) -> Outcome {
    if let Some(folder) = &args.hold {
        return hold(folder).await;
    }
    let bar = control::bar("measuring");
    let state = args.place.place()?.state;
    let folder = tempdir::Folder::new(&state)?;
    let mut bench = Bench {
        store: open(&args.place, args.connector.as_deref(), folder.path())?,
        folder,
        office: args.place.clone(),
        connector: args.connector.clone(),
    };
    anyhow::ensure!(bench.store.count("").await? == 0, "the store that was given is not empty");
    // As a daemon does it at its first start.
    Records::new(bench.store.clone()).prepare(bench.folder.path(), service::now()).await?;
    let step = |what: &str| bar.set_message(what.to_owned());
    step("accepting mails");
    let accepts = accepts(&bench.store).await?;
    step("claiming");
    let claims = claims(&bench.store).await?;
    step("updating the same rows");
    let growth = growth(&bench).await?;
    step("filling");
    fill(&bench.store, "bench", (args.items, args.own_bytes), &bar).await?;
    step("starting after a kill");
    let start = start_after_kill(&mut bench).await?;
    step("backup, restore, check");
    let copies = copies(&bench).await?;
    bar.finish_and_clear();
    let told = json!({
        "store": args.connector.as_deref().map_or("sled".to_owned(), |it| it.display().to_string()),
        "accepts": accepts, "claims": claims, "growth": growth, "start": start, "copies": copies,
    });
    if args.json {
        say!("{told:#}");
    } else {
        let head = ["what", "figure"].map(str::to_owned).to_vec();
        let rows = flat("", &told).into_iter().map(|(what, figure)| vec![what, figure]);
        show!("{}", table(&std::iter::once(head).chain(rows).collect::<Vec<_>>()));
    }
    let doubled = told["claims"]["doubled"] != 0 || told["copies"]["faults"] != 0;
    Ok(found(doubled))
}

/// Opens the embedded store in a folder, or the connector that was given.
fn open(
    place: &office::Where,
    connector: Option<&Path>,
    folder: &Path,
) -> anyhow::Result<Arc<dyn Store>> {
    match connector {
        None => Ok(Arc::new(Sled::open(folder.join("store"), CACHE_MB)?)),
        Some(file) => service::open_store_file(&place.place()?, file),
    }
}

fn entry(kind: &str) -> Entry {
    let body = json!({ "door": "bench", "bytes": MAIL_BYTES, "problem": null });
    Entry { kind: kind.into(), at: service::now(), by: "bench".into(), body, seconds: None }
}

/// Bytes that no two mails share.
fn mail(number: usize) -> Vec<u8> {
    let mut bytes = format!("Message-ID: <{number}@bench.invalid>\r\n\r\n").into_bytes();
    let mut text = blake3::Hasher::new();
    text.update(&number.to_le_bytes());
    let mut noise = vec![0; MAIL_BYTES];
    text.finalize_xof().fill(&mut noise);
    bytes.extend(noise);
    bytes
}

/// Accepts mails as a door does, several at a time.
async fn accepts(store: &Arc<dyn Store>) -> anyhow::Result<Value> {
    let records = Records::new(store.clone());
    let door = ConnectorName::from("bench");
    let begin = Instant::now();
    let mut times: Vec<f64> = stream::iter(0..MAILS)
        .map(|number| {
            let (records, door) = (records.clone(), door.clone());
            async move {
                let arrival = Arrival {
                    origin: format!("bench/1/{number}"),
                    name: String::new(),
                    received: service::now(),
                    bytes: mail(number),
                    problem: None,
                };
                let begin = Instant::now();
                intake::accept(&door, &records, arrival, service::now()).await?;
                anyhow::Ok(begin.elapsed().as_secs_f64() * 1000.0)
            }
        })
        .buffer_unordered(SIDE_BY_SIDE)
        .try_collect()
        .await?;
    let seconds = begin.elapsed().as_secs_f64();
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times.get((times.len() as f64 * share) as usize).copied();
    Ok(json!({
        "mails": MAILS, "bytes_each": MAIL_BYTES, "mails_per_second": round(MAILS as f64 / seconds),
        "p50_ms": at(0.5).map(round), "p99_ms": at(0.99).map(round),
    }))
}

/// Several workers claim items and write a result, as fast as they can.
async fn claims(store: &Arc<dyn Store>) -> anyhow::Result<Value> {
    let ids = fill(store, "claims", (CLAIMS, false), &indicatif::ProgressBar::hidden()).await?;
    let begin = Instant::now();
    let workers = (0..WORKERS).map(|number| {
        let records = Records::new(store.clone());
        tokio::spawn(async move {
            let mut claimed = Vec::new();
            let owner = format!("bench/{number}");
            while let Some(claim) =
                records.claim(&owner, Duration::from_secs(600), service::now()).await?
            {
                let item = Item { state: State::Waiting("bench".into()), ..claim.item.clone() };
                claimed.push(claim.item.id.clone());
                records.commit(&claim, Step { entry: None, item }).await?;
            }
            anyhow::Ok(claimed)
        })
    });
    let mut claimed = Vec::new();
    for worker in workers.collect::<Vec<_>>() {
        claimed.extend(worker.await??);
    }
    let seconds = begin.elapsed().as_secs_f64();
    let different: HashSet<_> = claimed.iter().collect();
    let left = ids.iter().filter(|it| !different.contains(it)).count();
    Ok(json!({
        "workers": WORKERS, "claims": claimed.len(), "doubled": claimed.len() - different.len(), "left": left,
        "claims_per_second": round(claimed.len() as f64 / seconds),
    }))
}

/// Puts so many items into the store, each with bytes of its own or all with the same.
async fn fill(
    store: &Arc<dyn Store>,
    door: &str,
    (count, own_bytes): (usize, bool),
    bar: &indicatif::ProgressBar,
) -> anyhow::Result<Vec<crate::domain::ItemId>> {
    let raw = store.put_blob(b"a letter of the bench".to_vec()).await?;
    let records = Records::new(store.clone());
    stream::iter(0..count)
        .map(|number| {
            let (records, mut raw) = (records.clone(), raw.clone());
            async move {
                if own_bytes {
                    raw = store
                        .put_blob(format!("letter {number} of the bench").into_bytes())
                        .await?;
                }
                let new = NewItem {
                    door: door.into(),
                    origin: format!("{door}/{number}"),
                    name: "letter.txt".into(),
                    received: service::now(),
                    raw,
                    message_id: None,
                    once_per_bytes: false,
                    entry: entry("accepted"),
                };
                bar.inc(1);
                match records.admit(new, service::now()).await? {
                    Admitted::New(id) | Admitted::Known(id) => anyhow::Ok(id),
                }
            }
        })
        .buffer_unordered(FILLING)
        .try_collect()
        .await
}

/// How much the folder grows when the same rows are written again and again. `null` where there is no folder.
async fn growth(bench: &Bench) -> anyhow::Result<Value> {
    if bench.connector.is_some() {
        return Ok(Value::Null);
    }
    let body = vec![b'x'; 500];
    let before = size(bench.folder.path())?;
    stream::iter(0..UPDATES)
        .map(|number| {
            let key = format!("bench/{:04}", number % ROWS);
            let changes = vec![Change::Put(key, body.clone())];
            bench.store.commit(Commit { changes, ..Commit::default() })
        })
        .buffer_unordered(FILLING)
        .try_for_each(|_| async { Ok(()) })
        .await?;
    let grown = size(bench.folder.path())?.saturating_sub(before);
    let live = ROWS * (500 + 18);
    Ok(json!({
        "updates": UPDATES, "live_bytes": live, "grown_bytes": grown,
        "times_live": round(grown as f64 / live as f64),
    }))
}

/// The time from opening the store to the first claim, after the process that wrote to it was killed.
async fn start_after_kill(bench: &mut Bench) -> anyhow::Result<Value> {
    if bench.connector.is_none() {
        // Only one process may have it open, so ours lets go of it.
        bench.store = Arc::new(crate::store::Memory::default());
        let hold = bench.folder.path().join("store");
        // The first tries may come before our own writer has let go.
        for _ in 0..TRIES {
            let mut child = Command::new(std::env::current_exe()?)
                .args(["store", "bench", "--hold"])
                .arg(&hold)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()?;
            tokio::time::sleep(Duration::from_millis(1500)).await;
            let wrote = child.try_wait()?.is_none();
            child.kill()?;
            child.wait()?;
            if wrote {
                break;
            }
        }
    }
    let begin = Instant::now();
    bench.store = open(&bench.office, bench.connector.as_deref(), bench.folder.path())?;
    let opened = begin.elapsed();
    let records = Records::new(bench.store.clone());
    records.prepare(bench.folder.path(), service::now()).await?;
    let released = records.release(|_| true, service::now()).await?;
    let claim = records.claim("bench", Duration::from_secs(60), service::now()).await?;
    let ready = begin.elapsed();
    claim.context("there is nothing to claim")?;
    Ok(json!({
        "items": bench.store.count("item/").await?, "opened_ms": opened.as_millis(), "released": released,
        "ready_ms": ready.as_millis(),
    }))
}

/// Writes commits until it is killed.
async fn hold(folder: &Path) -> Outcome {
    let store = Sled::open(folder.to_owned(), CACHE_MB)?;
    let records = Records::new(Arc::new(store));
    loop {
        if records.claim("killed/0", Duration::from_secs(600), service::now()).await?.is_none() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// Backup, restore into a new embedded store, and the check of everything.
async fn copies(bench: &Bench) -> anyhow::Result<Value> {
    let (to, quiet) = (bench.folder.path().join("backup"), |_| {});
    let timed = Instant::now();
    let manifest = backup::backup(&*bench.store, &to, service::now().to_string(), &quiet).await?;
    let written = timed.elapsed().as_secs_f64();
    let target = Sled::open(bench.folder.path().join("restored"), CACHE_MB)?;
    let timed = Instant::now();
    backup::restore(&to, &target, &quiet).await?;
    let restored = timed.elapsed().as_secs_f64();
    let timed = Instant::now();
    let audit = audit::verify(&target, None, &quiet).await?;
    Ok(json!({
        "rows": manifest.rows, "blobs": manifest.blobs, "blob_bytes": manifest.blob_bytes,
        "backup_seconds": round(written), "restore_seconds": round(restored),
        "verify_seconds": round(timed.elapsed().as_secs_f64()), "faults": audit.fault_count,
    }))
}

fn size(folder: &Path) -> std::io::Result<u64> {
    let mut sum = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        sum += if metadata.is_dir() { size(&entry.path())? } else { metadata.len() };
    }
    Ok(sum)
}

fn round(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

/// Every figure with the path to it.
fn flat(before: &str, value: &Value) -> Vec<(String, String)> {
    match value {
        Value::Object(map) => {
            map.iter().flat_map(|(key, value)| flat(&format!("{before} {key}"), value)).collect()
        }
        Value::Null => Vec::new(),
        Value::String(text) => vec![(before.trim().replace('_', " "), text.clone())],
        other => vec![(before.trim().replace('_', " "), other.to_string())],
    }
}

/// A folder that is gone afterwards.
mod tempdir {
    use std::path::{Path, PathBuf};

    pub(super) struct Folder(PathBuf);

    impl Folder {
        pub(super) fn new(beside: &Path) -> std::io::Result<Self> {
            let folder = beside.join(format!("bench-{}", std::process::id()));
            std::fs::create_dir_all(&folder)?;
            Ok(Self(folder))
        }

        pub(super) fn path(&self) -> &Path {
            &self.0
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            drop(std::fs::remove_dir_all(&self.0));
        }
    }
}
