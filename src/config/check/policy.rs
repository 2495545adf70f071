//! The staff instruction: what no workflow may do, whoever wrote it.

use super::{Checks, OFFICE, Sheet};
use crate::config::DataClass;
use crate::config::tree::{Node, Value};

/// What may never be asked of a letter (AI Act, Article 5; L-02 of the domain page): beginnings of
/// words in names, titles and descriptions of fields, and what they would ask for.
const FORBIDDEN: &[(&str, &str)] = &[
    ("emotion", "an emotion"),
    ("gefühl", "an emotion"),
    ("gefuehl", "an emotion"),
    ("stimmung", "an emotion"),
    ("gemütslage", "an emotion"),
    ("sentiment", "an emotion"),
    ("mood", "an emotion"),
    ("wütend", "an emotion"),
    ("angry", "an emotion"),
    ("aufrichtig", "sincerity"),
    ("ehrlich", "sincerity"),
    ("glaubwürdig", "sincerity"),
    ("glaubwuerdig", "sincerity"),
    ("lügt", "sincerity"),
    ("sincer", "sincerity"),
    ("honest", "sincerity"),
    ("credib", "sincerity"),
    ("persönlichkeit", "personality"),
    ("persoenlichkeit", "personality"),
    ("charaktereigenschaft", "personality"),
    ("personality", "personality"),
    ("vertrauenswürdig", "a judgement of the person"),
    ("vertrauenswuerdig", "a judgement of the person"),
    ("trustworth", "a judgement of the person"),
    ("social score", "a judgement of the person"),
    ("querulant", "a judgement of the person"),
    ("politische meinung", "political opinion"),
    ("politische einstellung", "political opinion"),
    ("politische gesinnung", "political opinion"),
    ("parteizugehörigkeit", "political opinion"),
    ("parteizugehoerigkeit", "political opinion"),
    ("political", "political opinion"),
    ("ethni", "ethnic origin"),
    ("vermutete nationalität", "origin guessed from a name"),
    ("vermutete staatsangehörigkeit", "origin guessed from a name"),
    ("migrationshintergrund", "origin guessed from a name"),
    ("sexuelle orientierung", "sexual orientation"),
    ("sexual orientation", "sexual orientation"),
    ("vermutete krankheit", "health beyond what is written"),
    ("vermuteter gesundheitszustand", "health beyond what is written"),
];

/// The policy itself.
pub(super) fn check_office(checks: &mut Checks<'_>, office: &Node) {
    let level = office.get("policy").and_then(|policy| policy.get("automation_level"));
    let Some((node, Value::Whole(level))) = level.map(|node| (node, &node.value)) else { return };
    if *level > 1 {
        let message = format!("automation level {level} is refused");
        let wrong = checks.wrong("E0401", OFFICE, node, message);
        wrong.hint =
            Some("0 works without a model; 1 lets a person confirm every draft".to_owned());
    }
}

/// A workflow under the policy.
pub(super) fn check_workflow(checks: &mut Checks<'_>, sheet: &Sheet<'_>) {
    model_is_allowed(checks, sheet, sheet.tree.get("model"));
    for (_, class) in sheet.tree.entries_of("class") {
        for (name, field) in class.entries_of("field") {
            model_is_allowed(checks, sheet, field.get("cross_check"));
            purpose_is_allowed(checks, sheet, name, field);
        }
    }
}

/// Whoever reads the item, for the first look or for the second.
fn model_is_allowed(checks: &mut Checks<'_>, sheet: &Sheet<'_>, named: Option<&Node>) {
    let Some((node, model)) = named.and_then(|it| Some((it, it.text()?))) else { return };
    let Some(class) = sheet.tree.text_of("data_class") else { return };
    // A name that stands for nothing has its own mistake, and so has a missing office.
    if !checks.connectors.contains(&model) || checks.office.entries().is_empty() {
        return;
    }
    let models = checks.office.get("policy").and_then(|policy| policy.get("models"));
    let allowed = models.map_or(&[][..], |models| models.items_of(model));
    let mut classes: Vec<&str> = allowed.iter().filter_map(Node::text).collect();
    if classes.contains(&class) {
        return;
    }
    classes.retain(|word| is_data_class(word));
    classes.push(class);
    let line = format!("{model} = [\"{}\"]", classes.join("\", \""));
    let message = format!("the policy does not let `{model}` see data of the class `{class}`");
    let wrong = checks.wrong("E0402", sheet.path, node, message);
    wrong.hint =
        Some(format!("if it may, write `{line}` under `[policy.models]` in `office.toml`"));
}

fn is_data_class(word: &str) -> bool {
    serde_json::from_value::<DataClass>(word.into()).is_ok()
}

fn purpose_is_allowed(checks: &mut Checks<'_>, sheet: &Sheet<'_>, name: &str, field: &Node) {
    let texts = [Some(name), field.text_of("title"), field.text_of("description")];
    let Some(asked) = texts.into_iter().flatten().find_map(forbidden) else { return };
    let message = format!("the field `{name}` asks for {asked}");
    let wrong = checks.wrong_at("E0403", sheet.path, field.key.clone(), message);
    wrong.hint = Some("take the field out: this is never read from what people write".to_owned());
}

/// What a text asks for that is forbidden.
fn forbidden(text: &str) -> Option<&'static str> {
    let text = text.to_lowercase().replace(['_', '-'], " ");
    let begins_word = |at: usize| !text.get(..at).unwrap_or("").ends_with(char::is_alphanumeric);
    let found =
        FORBIDDEN.iter().find(|(word, _)| text.match_indices(word).any(|(at, _)| begins_word(at)));
    found.map(|(_, asked)| *asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_never_be_asked_is_found_by_the_beginning_of_a_word() {
        assert_eq!(forbidden("stimmung_absender"), Some("an emotion"));
        assert_eq!(forbidden("Wie glaubwürdig ist die Person?"), Some("sincerity"));
        assert_eq!(forbidden("zustimmung"), None);
        assert_eq!(forbidden("Bestimmung des Grundstücks, Herkunft des Hundes"), None);
    }
}
