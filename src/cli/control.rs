//! Where the daemon takes errands of commands: a socket in the state folder, for its own user only. Without a
//! daemon the command opens the office itself.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;

use super::office::{self, Where};
use super::service::Service;
use crate::engine::{Desk, Errand, run_errand};

/// How often the command hears how far the daemon is.
const TICK: Duration = Duration::from_millis(200);
/// The longest errand, in bytes.
const LONGEST: u64 = 64 * 1024;

/// What the daemon answers, one line each.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    /// So many steps are done.
    Steps(u64),
    /// This was found.
    Done(Value),
    /// It was not possible.
    Failed(String),
}

fn socket(state: &Path) -> PathBuf {
    state.join("control.sock")
}

/// Takes errands until the daemon stops.
pub(super) async fn serve(desk: Arc<Desk>, stop: CancellationToken) -> anyhow::Result<()> {
    let path = socket(&desk.place().state);
    // One of a daemon that was killed; a living one holds the store, so we would not be here.
    drop(std::fs::remove_file(&path));
    std::fs::create_dir_all(&desk.place().state)?;
    let listener = match UnixListener::bind(&path) {
        Ok(listener) => listener,
        // The path may be too long for a socket: all else works.
        Err(error) => {
            let place = path.display().to_string();
            tracing::warn!(place, "commands cannot ask the running daemon: {error}");
            return Ok(());
        }
    };
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    while let Some(coming) = stop.run_until_cancelled(listener.accept()).await {
        let (stream, _) = coming?;
        let (desk, stop) = (desk.clone(), stop.clone());
        tokio::spawn(async move {
            let served = stop.run_until_cancelled(answer(&desk, stream)).await;
            if let Some(Err(error)) = served {
                tracing::debug!("a command hung up: {error}");
            }
        });
    }
    drop(std::fs::remove_file(&path));
    Ok(())
}

async fn answer(desk: &Desk, stream: UnixStream) -> anyhow::Result<()> {
    use tokio::io::AsyncReadExt;
    let (read, mut write) = stream.into_split();
    let mut text = String::new();
    BufReader::new(read.take(LONGEST)).read_line(&mut text).await?;
    let errand: Errand = serde_json::from_str(&text)?;
    let steps = AtomicU64::new(0);
    let tell = |more| {
        steps.fetch_add(more, Ordering::Relaxed);
    };
    let running = run_errand(desk, errand, &tell);
    tokio::pin!(running);
    let mut tick = tokio::time::interval(TICK);
    let last = loop {
        tokio::select! {
            done = &mut running => break match done {
                Ok(found) => Line::Done(found),
                Err(error) => Line::Failed(error.to_string()),
            },
            _ = tick.tick() => say(&mut write, &Line::Steps(steps.load(Ordering::Relaxed))).await?,
        }
    };
    say(&mut write, &last).await
}

async fn say(to: &mut (impl AsyncWriteExt + Unpin), line: &Line) -> anyhow::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    Ok(to.write_all(&text).await?)
}

/// Has an errand done by the running daemon, else by this process. `what` is shown with the progress.
pub(super) async fn ask(place: &Where, errand: Errand, what: &str) -> anyhow::Result<Value> {
    let bar = bar(what);
    let path = socket(&place.place()?.state);
    let found = match UnixStream::connect(&path).await {
        Ok(stream) => ask_daemon(stream, &errand, &bar).await,
        Err(_) => {
            let service = Service::open(office::load(&place.office)?, place.place()?)
                .await
                .with_context(|| {
                    format!(
                        "no daemon answers at {}, and the office cannot be opened",
                        path.display()
                    )
                })?;
            let tell = |more| bar.inc(more);
            Ok(run_errand(&service.desk, errand, &tell).await?)
        }
    };
    bar.finish_and_clear();
    found
}

/// The process id of the daemon that runs for an office, if one does.
pub(super) async fn daemon(place: &Where) -> Option<u32> {
    let path = socket(&place.place().ok()?.state);
    let stream = UnixStream::connect(path).await.ok()?;
    stream.peer_cred().ok()?.pid()?.try_into().ok()
}

async fn ask_daemon(
    stream: UnixStream,
    errand: &Errand,
    bar: &ProgressBar,
) -> anyhow::Result<Value> {
    let (read, mut write) = stream.into_split();
    let mut text = serde_json::to_vec(errand)?;
    text.push(b'\n');
    write.write_all(&text).await?;
    let mut lines = BufReader::new(read).lines();
    while let Some(line) = lines.next_line().await? {
        match serde_json::from_str(&line)? {
            Line::Steps(steps) => bar.set_position(steps),
            Line::Done(found) => return Ok(found),
            Line::Failed(why) => anyhow::bail!(why),
        }
    }
    anyhow::bail!("the daemon hung up before it was done")
}

/// Counts on a terminal; says nothing elsewhere.
pub(super) fn bar(what: &str) -> ProgressBar {
    let bar = ProgressBar::no_length().with_message(what.to_owned());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}: {human_pos} ({elapsed})") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}
