//! `vorlage schema`: JSON Schemas of the TOML files, for editors.

use std::path::PathBuf;

use anyhow::Context;

use super::Outcome;
use crate::config;
use crate::connectors::KINDS;

/// Print JSON Schemas for editors
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  vorlage schema workflow > workflow.schema.json\n  vorlage schema --into schemas/\n\nIn an editor with TOML support, name the schema in the file's first line:\n  #:schema ./schemas/workflow.schema.json"
)]
pub(super) struct Args {
    /// `office`, `workflow`, or the kind of a connector
    #[arg(required_unless_present = "into")]
    name: Option<String>,
    /// Write all of them into this folder
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Outcome {
    let mut all: Vec<(&str, serde_json::Value)> = config::schemas();
    all.extend(KINDS.iter().map(|kind| (kind.name, (kind.schema)())));
    if let Some(folder) = &args.into {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make `{}`", folder.display()))?;
        for (name, schema) in &all {
            let path = folder.join(format!("{name}.schema.json"));
            std::fs::write(&path, format!("{schema:#}\n"))
                .with_context(|| format!("cannot write `{}`", path.display()))?;
        }
        eprintln!("wrote {} schemas into {}", all.len(), folder.display());
        return Ok(super::found(false));
    }
    let name = args.name.as_deref().unwrap_or_default();
    let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
    let schema = all.iter().find(|(known, _)| *known == name);
    let (_, schema) = schema
        .with_context(|| format!("there is no schema `{name}`; there are {}", names.join(", ")))?;
    say!("{schema:#}");
    Ok(super::found(false))
}
