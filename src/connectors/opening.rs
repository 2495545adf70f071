//! Checks the connectors of a whole office, and opens them.

use indexmap::IndexMap;
use serde::Deserialize;

use super::{Ability, Connector, Error, KINDS, Kind, Place};
use crate::config::{self, Files, Office, Workflow};
use crate::domain::ConnectorName;
use crate::errors::Diagnostic;

/// A kind by its name.
pub fn find(kind: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|known| known.name == kind)
}

/// All mistakes in `connectors/`, and every place where a workflow uses a connector as what it is not.
pub fn check(office: Option<&Office>, files: &Files) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (path, text) in files.texts.iter().filter(|(path, _)| path.starts_with("connectors/")) {
        // A file without a kind was told by the office's own check.
        let Ok(Head { kind }) = toml::from_str::<Head>(text) else { continue };
        match find(kind.get_ref()) {
            Some(known) => found.extend((known.check)(path, text)),
            None => found.push(unknown(path, kind.get_ref(), kind.span())),
        }
    }
    let Some(office) = office else { return found };
    for (name, workflow) in &office.workflows {
        let file = format!("workflows/{name}.toml");
        let text = files.texts.get(&file).map_or("", String::as_str);
        let located = config::read::<Workflow>(&file, text).ok();
        for (path, connector, needed) in uses(workflow) {
            let Some(wrong) = misused(office, connector, needed) else { continue };
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            let at = located.as_ref().and_then(|it| it.at(&path));
            found.push(Diagnostic::new("E0203", &file, wrong).at(at).hint(candidates(office, needed)));
        }
    }
    found
}

/// Opens every connector. Called only for an office without mistakes.
pub fn open_all(office: &Office, place: &Place) -> Result<IndexMap<ConnectorName, Connector>, Error> {
    let mut opened = IndexMap::new();
    for (name, connector) in &office.connectors {
        let kind = find(&connector.kind).ok_or_else(|| Error::Refused {
            place: connector.path.clone(),
            why: format!("there is no kind `{}`", connector.kind),
        })?;
        opened.insert(name.clone(), (kind.open)(&name.0, &connector.text, place)?);
    }
    Ok(opened)
}

/// The part of a connector's file that every kind has.
#[derive(Deserialize)]
struct Head {
    kind: toml::Spanned<String>,
}

fn unknown(file: &str, kind: &str, at: std::ops::Range<usize>) -> Diagnostic {
    let likeness = |known: &&Kind| strsim::jaro_winkler(known.name, kind);
    let nearest = KINDS.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let hint = match nearest.filter(|it| likeness(it) > 0.7) {
        Some(nearest) => format!("did you mean `{}`?", nearest.name),
        None => {
            let names: Vec<String> = KINDS.iter().map(|it| format!("`{}`", it.name)).collect();
            format!("the kinds are {}", names.join(", "))
        }
    };
    Diagnostic::new("E0201", file, format!("there is no kind of connector `{kind}`")).at(Some(at)).hint(hint)
}

/// Where a workflow names a connector, which one, and what it has to be there.
fn uses(workflow: &Workflow) -> Vec<(Vec<String>, &ConnectorName, Ability)> {
    let path = |keys: &[&str]| keys.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    let mut uses = Vec::new();
    if let Some(model) = &workflow.model {
        uses.push((path(&["model"]), model, Ability::Model));
    }
    for (index, door) in workflow.intake.from.iter().enumerate() {
        uses.push((path(&["intake", "from", &index.to_string()]), door, Ability::Source));
    }
    for (name, class) in &workflow.classes {
        for (index, delivery) in class.deliveries.iter().enumerate() {
            let keys = path(&["class", &name.0, "deliver", &index.to_string(), "to"]);
            uses.push((keys, &delivery.to, Ability::Output));
        }
    }
    uses
}

/// What is wrong with using a connector like this. A name that is not there is told by the office's own check.
fn misused(office: &Office, connector: &ConnectorName, needed: Ability) -> Option<String> {
    let kind = find(&office.connectors.get(connector)?.kind)?;
    if kind.abilities.contains(&needed) {
        return None;
    }
    let needed = told(needed);
    Some(format!("`{connector}` is of kind `{}` and cannot be used as {needed}", kind.name))
}

fn candidates(office: &Office, needed: Ability) -> String {
    let able = office.connectors.iter().filter(|(_, it)| {
        find(&it.kind).is_some_and(|kind| kind.abilities.contains(&needed))
    });
    let names: Vec<String> = able.map(|(name, _)| format!("`{name}`")).collect();
    if names.is_empty() {
        return format!("no connector of this office can be used as {}", told(needed));
    }
    format!("as {} this office has {}", told(needed), names.join(", "))
}

fn told(ability: Ability) -> &'static str {
    match ability {
        Ability::Source => "a source",
        Ability::Output => "an output",
        Ability::Model => "a model",
        Ability::Store => "a store",
    }
}
