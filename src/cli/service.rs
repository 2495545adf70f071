//! The daemon's life: opens the office, runs it, reloads it, stops it, and tells systemd.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use sd_notify::NotifyState;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::{control, office};
use crate::config::Office;
use crate::connectors::{self, Ability, Place};
use crate::domain::{Clock, SystemClock};
use crate::engine::{self, Desk, Rules, people};
use crate::errors;
use crate::store::{Error, Sled, Store};
use crate::web;

/// How often the folder with changes of people is looked at.
const PEOPLE: Duration = Duration::from_secs(2);
/// How often a store that is away is tried when the daemon starts.
const AGAIN: Duration = Duration::from_secs(2);
/// The store's memory when no connector says otherwise.
const CACHE_MB: u64 = 16;

/// An opened office that does not run yet.
pub(super) struct Service {
    pub(super) desk: Arc<Desk>,
    listen: String,
}

/// The store that `connectors/` names, else sled in the state folder.
pub(super) fn open_store(office: &Office, place: &Place) -> anyhow::Result<Arc<dyn Store>> {
    for (name, connector) in &office.connectors {
        let kind = connectors::find(&connector.kind)
            .filter(|kind| kind.abilities.contains(&Ability::Store));
        let Some(kind) = kind else { continue };
        let opened = (kind.open)(&name.0, &connector.text, place)?;
        return opened.store.with_context(|| format!("`{}` is no store", connector.path));
    }
    Ok(Arc::new(Sled::open(place.state.join("store"), CACHE_MB)?))
}

/// Opens the store of a connector's file, wherever in the office it lies.
pub(super) fn open_store_file(place: &Place, file: &Path) -> anyhow::Result<Arc<dyn Store>> {
    #[derive(serde::Deserialize)]
    struct Head {
        kind: String,
    }
    let shown = file.display().to_string();
    let path = place.office.join(file);
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read `{shown}`"))?;
    let head: Head = toml::from_str(&text).with_context(|| format!("cannot read `{shown}`"))?;
    let kind = connectors::find(&head.kind).filter(|it| it.abilities.contains(&Ability::Store));
    let kind = kind.with_context(|| format!("`{shown}` is of kind `{}`, no store", head.kind))?;
    let mistakes = (kind.check)(&shown, &text);
    if !mistakes.is_empty() {
        let sources = [(shown.clone(), text)].into();
        eprint!("{}", errors::render(&mistakes, &sources, false));
        anyhow::bail!("`{shown}` has mistakes");
    }
    let name = file.file_stem().map_or_else(String::new, |it| it.to_string_lossy().into_owned());
    let opened = (kind.open)(&name, &text, place)?;
    opened.store.with_context(|| format!("`{shown}` is no store"))
}

impl Service {
    /// Opens store and connectors of an office without mistakes.
    pub(super) async fn open(office: Office, place: Place) -> anyhow::Result<Self> {
        let store = open_store(&office, &place)?;
        Self::over(store, office, place).await
    }

    /// The same for the daemon, which may start before the server of its store does. `None` when it is stopped first.
    pub(super) async fn open_patiently(
        office: Office,
        place: Place,
        stop: &CancellationToken,
    ) -> anyhow::Result<Option<Self>> {
        let store = open_store(&office, &place)?;
        while let Err(error @ Error::Away { .. }) = store.get("schema").await {
            tracing::warn!("{error}; trying again every {} s", AGAIN.as_secs());
            if stop.run_until_cancelled(tokio::time::sleep(AGAIN)).await.is_none() {
                return Ok(None);
            }
        }
        Self::over(store, office, place).await.map(Some)
    }

    async fn over(store: Arc<dyn Store>, office: Office, place: Place) -> anyhow::Result<Self> {
        let listen = office.settings.web.listen.clone();
        let rules = open_rules(office, &place)?;
        let desk = Desk::open(rules, store, place, Arc::new(SystemClock)).await?;
        people::take(&desk.place().state, desk.records(), desk.now()).await?;
        Ok(Self { desk: Arc::new(desk), listen })
    }

    /// Runs doors, workers and pages until `stop`. The pages are reachable when `ready` is called with their address.
    pub(super) async fn run(
        self,
        stop: CancellationToken,
        ready: impl FnOnce(std::net::SocketAddr),
    ) -> anyhow::Result<()> {
        let listener = tokio::net::TcpListener::bind(&self.listen).await;
        let listener = listener.with_context(|| format!("cannot listen on {}", self.listen))?;
        let address = listener.local_addr()?;
        let pages =
            tokio::spawn(web::serve(self.desk.clone(), listener, stop.clone().cancelled_owned()));
        let helpers = tokio::spawn(help(self.desk.clone(), stop.clone()));
        let errands = tokio::spawn(control::serve(self.desk.clone(), stop.clone()));
        tell(&[NotifyState::Ready]);
        ready(address);
        let worked = work(&self.desk, &stop).await;
        tell(&[NotifyState::Stopping]);
        stop.cancel();
        helpers.await?;
        errands.await??;
        pages.await??;
        worked
    }
}

/// The connectors but the store: it is opened once, and a reload does not touch it.
fn open_rules(mut office: Office, place: &Place) -> anyhow::Result<Rules> {
    let is_store = |kind: &str| {
        connectors::find(kind).is_some_and(|it| it.abilities.contains(&Ability::Store))
    };
    let all = office.connectors.clone();
    office.connectors.retain(|_, it| !is_store(&it.kind));
    let mut rules = office::open_all(office, place)?;
    Arc::make_mut(&mut rules.office).connectors = all;
    Ok(rules)
}

/// Runs the engine, and again with new rules after every SIGHUP whose files have no mistakes.
async fn work(desk: &Arc<Desk>, stop: &CancellationToken) -> anyhow::Result<()> {
    let mut reload = signal(SignalKind::hangup())?;
    loop {
        let round = stop.child_token();
        let mut engine = tokio::spawn(engine::run(desk.clone(), round.clone()));
        let rules = loop {
            tokio::select! {
                ended = &mut engine => return Ok(ended??),
                _ = reload.recv() => {}
            }
            tell(&[NotifyState::Reloading, NotifyState::monotonic_usec_now()?]);
            match reloaded(desk) {
                Ok(rules) => break rules,
                Err(error) => tracing::error!("the old rules stay: {error:#}"),
            }
            tell(&[NotifyState::Ready]);
        };
        round.cancel();
        engine.await??;
        desk.replace_rules(rules);
        tracing::info!("new rules hold");
        tell(&[NotifyState::Ready]);
    }
}

fn reloaded(desk: &Desk) -> anyhow::Result<Rules> {
    let (office, diagnostics, files) = office::read(&desk.place().office)?;
    for mistake in &diagnostics {
        let (line, column) = mistake.line_and_column(&files.sources()).unwrap_or((1, 1));
        let (code, file, message) = (mistake.code, &mistake.file, &mistake.message);
        tracing::error!(code, "{file}:{line}:{column}: {message}");
    }
    let office =
        office.with_context(|| format!("{} mistakes in the office's files", diagnostics.len()))?;
    open_rules(office, desk.place())
}

/// The watchdog's sign of life and the changes of people.
async fn help(desk: Arc<Desk>, stop: CancellationToken) {
    let watchdog = sd_notify::watchdog_enabled().map(|limit| limit / 3);
    let pause = watchdog.map_or(PEOPLE, |limit| limit.min(PEOPLE));
    while stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_some() {
        match people::take(&desk.place().state, desk.records(), desk.now()).await {
            Ok(_) if watchdog.is_some() && answers(&desk).await => tell(&[NotifyState::Watchdog]),
            Ok(_) => {}
            Err(error) => tracing::error!("changes of people cannot be taken: {error}"),
        }
    }
}

/// A store of our own that does not answer is a daemon that does not work: the watchdog then restarts it. A server
/// that is away comes back without that.
async fn answers(desk: &Desk) -> bool {
    matches!(desk.records().users().await, Ok(_) | Err(Error::Away { .. }))
}

/// Stops at SIGTERM and Ctrl-C.
pub(super) fn stop_at_signals() -> anyhow::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stopped = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        stopped.cancel();
    });
    Ok(stop)
}

/// Without systemd there is nobody to tell.
fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!("systemd was not told: {error}");
    }
}

/// Logs for the journal: JSON where no terminal reads them. `RUST_LOG` says how much.
pub(super) fn log(default: &str) {
    use std::io::IsTerminal;
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let set =
        if std::io::stderr().is_terminal() { logs.try_init() } else { logs.json().try_init() };
    // A second logger is refused; the first goes on.
    drop(set);
}

/// The time of the machine.
pub(super) fn now() -> jiff::Timestamp {
    SystemClock.now()
}
