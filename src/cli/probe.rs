//! Asks every model of an office a question with a known answer, and what it can besides: for `doctor` and
//! `check --probe`.

use crate::domain::ConnectorName;
use crate::engine::Rules;
use crate::llm::{LanguageModel, Skill};

/// What each model says. `Err` says why it cannot be used.
pub(super) async fn models(rules: &Rules) -> Vec<(ConnectorName, Result<String, String>)> {
    let mut told = Vec::new();
    for (name, connector) in &rules.connectors {
        if let Some(model) = &connector.model {
            told.push((name.clone(), one(name, &**model).await));
        }
    }
    told
}

async fn one(name: &ConnectorName, model: &dyn LanguageModel) -> Result<String, String> {
    let card = model.ready().await.map_err(|error| error.to_string())?;
    let skills = model.skills().await.map_err(|error| error.to_string())?;
    let mut told = format!("`{name}` answers ({})", card.name);
    for Skill { what, is_there, otherwise } in skills {
        let word = if is_there { "yes".to_owned() } else { format!("no, {otherwise}") };
        told.push_str(&format!("; {what}: {word}"));
    }
    Ok(told)
}
