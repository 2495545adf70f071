//! `vorlage check`: every mistake in an office's files, in one run.

use std::io::IsTerminal;

use super::{Outcome, found, office, probe};
use crate::config::{self, Files};
use crate::errors;

const SETTINGS: &str = "office.toml";

/// Find every mistake in an office's files
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  vorlage check --office /etc/vorlage\n  vorlage check --json | jq '.[].code'\n  vorlage check --probe"
)]
pub(super) struct Args {
    #[command(flatten)]
    place: office::Where,
    /// Print the mistakes as a JSON array
    #[arg(long)]
    json: bool,
    /// Ask every model a question with a known answer, and tell what it can
    #[arg(long, conflicts_with = "json")]
    probe: bool,
}

pub(super) async fn run(args: Args) -> Outcome {
    let (loaded, diagnostics, files) = office::read(&args.place.office)?;
    let mut diagnostics = diagnostics;
    for (path, text) in files.texts.iter().filter(|(path, _)| path.starts_with("workflows/")) {
        diagnostics.extend(missing_documents(&args.place.office, path, text));
    }
    diagnostics.extend(missing_languages(&files));
    let warnings = diagnostics.iter().filter(|it| it.is_warning()).count();
    let mistakes = diagnostics.len() - warnings;
    if args.json {
        say!("{:#}", errors::to_json(&diagnostics, &files.sources()));
        return Ok(found(mistakes > 0));
    }
    show!("{}", errors::render(&diagnostics, &files.sources(), std::io::stdout().is_terminal()));
    match (&loaded, mistakes) {
        (Some(office), 0) => {
            let classes: usize = office.workflows.values().map(|it| it.classes.len()).sum();
            let (workflows, connectors) = (office.workflows.len(), office.connectors.len());
            eprintln!(
                "no mistakes in {workflows} workflows with {classes} classes and {connectors} connectors"
            );
        }
        (_, mistakes) => {
            eprintln!("{mistakes} mistakes; `vorlage explain CODE` tells more about one")
        }
    }
    if warnings > 0 {
        eprintln!("{warnings} warnings about this machine");
    }
    let mut is_bad = mistakes > 0;
    if let Some(office) = loaded.filter(|_| args.probe && !is_bad) {
        let rules = office::open_models(office, &args.place.place()?)?;
        for (name, state) in probe::models(&rules).await {
            is_bad |= state.is_err();
            say!("{}", state.unwrap_or_else(|why| format!("`{name}` cannot be used: {why}")));
        }
    }
    Ok(found(is_bad))
}

/// Languages of scanned pages that are not installed here. Only the machine knows, as with the documents below.
fn missing_languages(files: &Files) -> Vec<errors::Diagnostic> {
    let Some(text) = files.texts.get(SETTINGS) else { return Vec::new() };
    let Ok(located) = config::read::<config::Settings>(SETTINGS, text) else { return Vec::new() };
    let missing = office::missing_languages(&located.value.limits.ocr_languages);
    missing
        .into_iter()
        .map(|(name, package)| {
            let message = format!("tesseract on this machine lacks the language `{name}`");
            errors::Diagnostic::new("W0101", SETTINGS, message)
                .at(located.at(&["limits", "ocr_languages"]))
                .hint(format!("install the package `{package}`"))
        })
        .collect()
}

/// `[[test]]` documents that are not there. Only the disk knows, so this is no check of the pure loader.
fn missing_documents(office: &std::path::Path, path: &str, text: &str) -> Vec<errors::Diagnostic> {
    let Ok(located) = crate::config::read::<crate::config::Workflow>(path, text) else {
        return Vec::new();
    };
    let tests = located.value.tests.iter().enumerate();
    tests
        .filter(|(_, test)| !office.join(&test.document).is_file())
        .map(|(index, test)| {
            let at = located.at(&["test", &index.to_string(), "document"]);
            errors::Diagnostic::new("E0208", path, format!("there is no file `{}`", test.document))
                .at(at)
                .hint("documents of tests are named from the office's folder")
        })
        .collect()
}
