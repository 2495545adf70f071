//! What `[learning] embeddings` names: weights of this house, or a connector that gives vectors.

use super::opening::{candidates, find};
use super::{Ability, Connector, Error, Place};
use crate::config::{self, DataClass, Files, Office, Settings};
use crate::domain::ConnectorName;
use crate::errors::{Diagnostic, did_you_mean};
use crate::llm::catalogue::{self, Gives};

const OFFICE: &str = "office.toml";

/// The connector that gives vectors, if the office names one. A name of the catalogue is never a connector.
pub fn named(office: &Office) -> Option<ConnectorName> {
    let name = ConnectorName::from(office.settings.learning.embeddings.as_deref()?);
    let is_own = catalogue::vectors(&name.0).is_none() && office.connectors.contains_key(&name);
    is_own.then_some(name)
}

/// Opens that connector.
///
/// # Errors
/// When its secret cannot be read.
pub fn open(office: &Office, place: &Place) -> Result<Option<Connector>, Error> {
    let named = named(office).and_then(|name| office.connectors.get_key_value(&name));
    let Some((name, connector)) = named else { return Ok(None) };
    let kind = find(&connector.kind);
    kind.map(|kind| (kind.open)(&name.0, &connector.text, place)).transpose()
}

/// A name that stands for nothing, for what gives no vectors, or for a model that may not see what it would get.
pub(super) fn check(office: &Office, files: &Files) -> Vec<Diagnostic> {
    let Some(wanted) = office.settings.learning.embeddings.as_deref() else { return Vec::new() };
    let text = files.texts.get(OFFICE).map_or("", String::as_str);
    let at = config::read::<Settings>(OFFICE, text).ok();
    let at = at.and_then(|located| located.at(&["learning", "embeddings"]));
    let wrong = match named(office) {
        Some(name) => misused(office, &name).or_else(|| forbidden(office, &name)),
        None => unknown(office, wanted),
    };
    wrong.map(|wrong| wrong.at(at)).into_iter().collect()
}

fn misused(office: &Office, name: &ConnectorName) -> Option<Diagnostic> {
    let kind = find(&office.connectors.get(name)?.kind)?;
    if kind.abilities.contains(&Ability::Vectors) {
        return None;
    }
    let wrong = format!("`{name}` is of kind `{}` and gives no vectors", kind.name);
    let hint = candidates(office, Ability::Vectors);
    Some(Diagnostic::new("E0203", OFFICE, wrong).hint(hint))
}

/// Items of every workflow teach, so it sees data of every class.
fn forbidden(office: &Office, name: &ConnectorName) -> Option<Diagnostic> {
    let allowed = office.settings.policy.models.get(name).cloned().unwrap_or_default();
    let seen = office.workflows.values().map(|it| it.data_class);
    let mut missing: Vec<DataClass> = seen.filter(|class| !allowed.contains(class)).collect();
    missing.sort_unstable();
    missing.dedup();
    if missing.is_empty() {
        return None;
    }
    let words = |classes: &[DataClass], mark: char| -> String {
        let words = classes.iter().filter_map(|it| serde_json::to_value(it).ok());
        let words = words.filter_map(|it| Some(format!("{mark}{}{mark}", it.as_str()?)));
        words.collect::<Vec<_>>().join(", ")
    };
    let line = words(&[allowed, missing.clone()].concat(), '"');
    let wrong = format!(
        "the policy does not let `{name}` see data of the class {}, and items of every workflow teach",
        words(&missing, '`')
    );
    let hint = format!(
        "if it may, write `{name} = [{line}]` under `[policy.models]`; else name weights of this house"
    );
    Some(Diagnostic::new("E0402", OFFICE, wrong).hint(hint))
}

fn unknown(office: &Office, wanted: &str) -> Option<Diagnostic> {
    match catalogue::find(wanted).map(|it| it.gives) {
        Some(Gives::Vectors) => return None,
        Some(Gives::Answers) => {
            let wrong = format!("the model `{wanted}` answers questions and gives no vectors");
            let hint = "`vorlage model list` shows what each model is for";
            return Some(Diagnostic::new("E0203", OFFICE, wrong).hint(hint));
        }
        None if wanted == "none" || wanted.ends_with(".gguf") => return None,
        None => {}
    }
    let able = office.connectors.iter().filter(|(_, it)| {
        find(&it.kind).is_some_and(|kind| kind.abilities.contains(&Ability::Vectors))
    });
    let weights = catalogue::MODELS.iter().filter(|it| it.gives == Gives::Vectors);
    let known: Vec<&str> =
        able.map(|(name, _)| name.0.as_str()).chain(weights.map(|it| it.name)).collect();
    let hint = did_you_mean(wanted, &known).unwrap_or_else(|| {
        format!(
            "a connector of kind `openai`, a file `….gguf`, `none`, or one of: {}",
            known.join(", ")
        )
    });
    let wrong = format!("there is no connector and no model `{wanted}`");
    Some(Diagnostic::new("E0202", OFFICE, wrong).hint(hint))
}
