//! Opens an office for a command.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use indexmap::IndexMap;

use crate::config::{self, Files, Limits, Office};
use crate::connectors::{self, Ability, Place};
use crate::domain::ConnectorName;
use crate::engine::{Rules, files};
use crate::errors::{self, Diagnostic};
use crate::llm::embedded::Vectors;
use crate::llm::{Embedder, Remembering, catalogue};
use crate::parse::{self, Parser};

/// Where the office lies and where its state is kept.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Where {
    /// The folder with `office.toml`
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub(super) office: PathBuf,
    /// Where Vorlage keeps its own files [default: `$STATE_DIRECTORY`, else `state` in the office]
    #[arg(long, value_name = "DIR")]
    pub(super) state: Option<PathBuf>,
}

impl Where {
    /// What connectors need to know about this machine.
    pub(super) fn place(&self) -> anyhow::Result<Place> {
        let office = std::path::absolute(&self.office)?;
        let from_systemd = std::env::var_os("STATE_DIRECTORY").map(PathBuf::from);
        let state = self.state.clone().or(from_systemd).unwrap_or_else(|| office.join("state"));
        let models = catalogue::models_dir()
            .context("neither $VORLAGE_MODELS nor a home folder is known")?;
        Ok(Place {
            office,
            state: std::path::absolute(state)?,
            credentials: std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from),
            program: std::env::current_exe()?,
            models,
        })
    }
}

/// Reads and checks an office: all mistakes in all files.
pub(super) fn read(office: &Path) -> anyhow::Result<(Option<Office>, Vec<Diagnostic>, Files)> {
    let files = files::read(office)?;
    let (office, diagnostics) = check(&files);
    Ok((office, diagnostics, files))
}

/// All mistakes in an office's files.
pub(super) fn check(files: &Files) -> (Option<Office>, Vec<Diagnostic>) {
    let (office, mut diagnostics) = config::load(files);
    diagnostics.extend(connectors::check(office.as_ref(), files));
    let diagnostics = errors::tidy(diagnostics);
    (office.filter(|_| diagnostics.is_empty()), diagnostics)
}

/// The languages of `ocr_languages` that tesseract lacks here, each with its package in Debian. None when there
/// is no tesseract: then all of them are missing, and `vorlage doctor` says so.
pub(super) fn missing_languages(wanted: &str) -> Vec<(String, String)> {
    let Some(installed) = parse::languages() else { return Vec::new() };
    let wanted = wanted.split('+').map(str::trim).filter(|it| !it.is_empty());
    let missing = wanted.filter(|name| !installed.iter().any(|it| it == name));
    // Packages are called as the language, in lower case and with hyphens: `chi_sim`, `tesseract-ocr-chi-sim`.
    let package = |name: &str| format!("tesseract-ocr-{}", name.to_lowercase().replace('_', "-"));
    missing.map(|name| (name.to_owned(), package(name))).collect()
}

/// An office without mistakes, or all of them on standard error.
pub(super) fn load(office: &Path) -> anyhow::Result<Office> {
    let (loaded, diagnostics, files) = read(office)?;
    accept(loaded, &diagnostics, &files)
}

fn accept(
    loaded: Option<Office>,
    diagnostics: &[Diagnostic],
    files: &Files,
) -> anyhow::Result<Office> {
    if let Some(office) = loaded {
        return Ok(office);
    }
    eprint!("{}", errors::render(diagnostics, &files.sources(), std::io::stderr().is_terminal()));
    let mistakes = diagnostics.len();
    anyhow::bail!(
        "the office's files have {mistakes} mistake{}",
        if mistakes == 1 { "" } else { "s" }
    );
}

/// The rules with every connector opened.
pub(super) fn open_all(office: Office, place: &Place) -> anyhow::Result<Rules> {
    let connectors = connectors::open_all(&office, place)?;
    let embedder = embedder(&office, place).ok().flatten();
    Ok(Rules { office: office.into(), connectors, embedder })
}

/// The rules with only the models opened: enough to look at a file, and without any effect.
pub(super) fn open_models(office: Office, place: &Place) -> anyhow::Result<Rules> {
    let mut opened = IndexMap::new();
    for (name, connector) in &office.connectors {
        let Some(kind) = connectors::find(&connector.kind) else { continue };
        if kind.abilities.contains(&Ability::Model) {
            opened.insert(name.clone(), (kind.open)(&name.0, &connector.text, place)?);
        }
    }
    let embedder = embedder(&office, place).ok().flatten();
    Ok(Rules { office: office.into(), connectors: opened, embedder })
}

/// The weights that give vectors when the office does not say which.
const EMBEDDINGS: &str = "e5-small";

/// What turns texts into vectors; `None` when the office wants none, or says nothing and the usual weights are not
/// here.
///
/// # Errors
/// In words, when the office names weights that are not here.
pub(super) fn embedder(
    office: &Office,
    place: &Place,
) -> Result<Option<Arc<dyn Embedder>>, String> {
    let wanted = office.settings.learning.embeddings.as_deref();
    let name = wanted.unwrap_or(EMBEDDINGS);
    if name == "none" || !office.settings.learning.on {
        return Ok(None);
    }
    if let Some(connector) = connectors::embeddings::named(office) {
        if office.settings.policy.automation_level == 0 {
            return Err(format!("`{connector}` is not asked: the policy works without models"));
        }
        let opened = connectors::embeddings::open(office, place);
        let opened = opened.map_err(|error| format!("`{connector}`: {error}"))?;
        return Ok(opened.and_then(|it| it.vectors).map(remembering));
    }
    let (weights, hint) = match catalogue::vectors(name) {
        Some(entry) => (place.models.join(entry.file), format!("run `vorlage model fetch {name}`")),
        None if name.ends_with(".gguf") => (place.office.join(name), "no such file".to_owned()),
        None => {
            return Err(format!("no model `{name}` that gives vectors in `vorlage model list`"));
        }
    };
    match (weights.is_file(), wanted) {
        (true, _) => Ok(Some(remembering(Arc::new(Vectors::new(place.program.clone(), weights))))),
        (false, None) => Ok(None),
        (false, Some(_)) => {
            Err(format!("`{name}` (`[learning] embeddings`): {hint}; only words teach without"))
        }
    }
}

fn remembering(model: Arc<dyn Embedder>) -> Arc<dyn Embedder> {
    Arc::new(Remembering::new(model))
}

/// Reads documents as this office limits it.
pub(super) fn parser(place: &Place, limits: &Limits) -> Parser {
    Parser { program: place.program.clone(), limits: limits.clone() }
}

/// The office with another model behind all its embedded connectors, for a look with smaller weights.
pub(super) fn with_model(mut office: Office, model: Option<&str>) -> Office {
    let Some(model) = model else { return office };
    for connector in office.connectors.values_mut().filter(|it| it.kind == "embedded") {
        let key = if model.ends_with(".gguf") { "path" } else { "model" };
        connector.text = format!("kind = \"embedded\"\n{key} = {model:?}\n");
    }
    office
}

/// The office without any model, to see what is done without one.
pub(super) fn without_models(mut office: Office) -> Office {
    office.connectors.retain(|_, connector| {
        connectors::find(&connector.kind)
            .is_none_or(|kind| !kind.abilities.contains(&Ability::Model))
    });
    office
}

/// Says on standard error why a model of the rules does not answer, and takes it out: the rest goes on without it.
pub(super) async fn report_models(rules: &mut Rules) -> Vec<ConnectorName> {
    let mut away = Vec::new();
    for (name, connector) in &rules.connectors {
        if let Some(model) = &connector.model
            && let Err(error) = model.ready().await
        {
            eprintln!("warning: the model `{name}` does not answer: {error}");
            away.push(name.clone());
        }
    }
    rules.connectors.retain(|name, _| !away.contains(name));
    away
}
