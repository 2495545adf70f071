//! Checks the connectors of a whole office, and opens them.

use std::ops::Range;

use indexmap::IndexMap;
use serde::Deserialize;

use super::{Ability, Connector, Error, KINDS, Kind, Place, embeddings};
use crate::config::{self, Files, Office, Workflow};
use crate::domain::ConnectorName;
use crate::errors::{Diagnostic, did_you_mean};

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
    found.extend(second_stores(files));
    let Some(office) = office else { return found };
    found.extend(embeddings::check(office, files));
    for (name, workflow) in &office.workflows {
        let file = format!("workflows/{name}.toml");
        let text = files.texts.get(&file).map_or("", String::as_str);
        let located = config::read::<Workflow>(&file, text).ok();
        for (path, connector, needed) in uses(workflow) {
            let Some(wrong) = misused(office, connector, needed) else { continue };
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            let at = located.as_ref().and_then(|it| it.at(&path));
            found.push(
                Diagnostic::new("E0203", &file, wrong).at(at).hint(candidates(office, needed)),
            );
        }
    }
    found
}

/// An office with two stores would have half of its items in each.
fn second_stores(files: &Files) -> Vec<Diagnostic> {
    let mut stores = Vec::new();
    for (path, text) in files.texts.iter().filter(|(path, _)| path.starts_with("connectors/")) {
        let Ok(Head { kind }) = toml::from_str::<Head>(text) else { continue };
        if find(kind.get_ref()).is_some_and(|it| it.abilities.contains(&Ability::Store)) {
            stores.push((path, kind.span()));
        }
    }
    let mut stores = stores.into_iter();
    let Some((first, _)) = stores.next() else { return Vec::new() };
    let second = |(path, at): (&String, Range<usize>)| {
        let message = format!("an office has one store, and `{first}` is one already");
        Diagnostic::new("E0229", path, message)
            .at(Some(at))
            .hint("`vorlage store copy` brings everything from one into the other; its file may lie elsewhere")
    };
    stores.map(second).collect()
}

/// Opens every connector. Called only for an office without mistakes.
pub fn open_all(
    office: &Office,
    place: &Place,
) -> Result<IndexMap<ConnectorName, Connector>, Error> {
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

fn unknown(file: &str, kind: &str, at: Range<usize>) -> Diagnostic {
    let names: Vec<&str> = KINDS.iter().map(|it| it.name).collect();
    let message = format!("there is no kind of connector `{kind}`");
    let mut diagnostic = Diagnostic::new("E0201", file, message).at(Some(at));
    diagnostic.hint = did_you_mean(kind, &names);
    diagnostic
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

/// Which connectors of the office can be used as something, as a hint.
pub(super) fn candidates(office: &Office, needed: Ability) -> String {
    let able = office
        .connectors
        .iter()
        .filter(|(_, it)| find(&it.kind).is_some_and(|kind| kind.abilities.contains(&needed)));
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
        Ability::Vectors => "a model of vectors",
        Ability::Store => "a store",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ConnectorFile;
    use crate::errors::render;

    const OFFICE: &str = r#"
name = "Musterstadt"
region = "DE-RP"
post_room = "post"
[queue.post]
title = "Poststelle"
[role.alle]
title = "Alle"
queues = ["*"]
[policy]
"#;
    const WORKFLOW: &str = r#"title = "Hund"
purpose = "Hunde"
owner = "Amt"
data_class = "tax"
ai_act = { annex3 = "none", role = "narrow_procedural" }
model = "ablage"

[intake]
from = ["post", "ablage"]

[class.hund]
title = "Hund"
description = "Ein Hund."
[[class.hund.approval]]
queue = "post"
[[class.hund.deliver]]
to = "ablage"
[[class.hund.deliver]]
to = "post"
"#;

    fn office(connectors: &[(&str, &str)]) -> (Office, Files) {
        let mut files = Files::default();
        files.texts.insert("workflows/hund.toml".to_owned(), WORKFLOW.to_owned());
        let mut read = IndexMap::new();
        for (name, text) in connectors {
            let path = format!("connectors/{name}.toml");
            let kind = text.split('"').nth(1).unwrap().to_owned();
            files.texts.insert(path.clone(), (*text).to_owned());
            read.insert(
                ConnectorName::from(*name),
                ConnectorFile { path, text: (*text).to_owned(), kind },
            );
        }
        let workflow = config::read::<Workflow>("workflows/hund.toml", WORKFLOW).unwrap().value;
        let office = Office {
            settings: toml::from_str(OFFICE).unwrap(),
            connectors: read,
            workflows: IndexMap::from([("hund".into(), workflow)]),
            templates: Default::default(),
            version: Default::default(),
        };
        (office, files)
    }

    const IMAP: &str =
        "kind = \"imap\"\nhost = \"mail.example\"\nuser = \"a\"\npassword = { file = \"a\" }\n";

    #[test]
    fn all_mistakes_of_the_doors_are_told_with_their_places() {
        let folder = "kind = \"folder\"\npath = \"ablage\"\n";
        let open = format!("{IMAP}security = \"none\"\ndone = \"move\"\n");
        let (office, files) = office(&[
            ("ablage", folder),
            ("post", IMAP),
            ("offen", &open),
            ("neu", "kind = \"webhok\"\n"),
        ]);
        let found = check(Some(&office), &files);
        insta::assert_snapshot!(render(&found, &files.texts, false), @r#"
        error[E0201]: there is no kind of connector `webhok`
         --> connectors/neu.toml:1:8
          |
        1 | kind = "webhok"
          |        ^^^^^^^^
          |
          = hint: did you mean `webhook`?

        error[E0204]: the connection to `mail.example` would not be encrypted
         --> connectors/offen.toml:5:12
          |
        5 | security = "none"
          |            ^^^^^^
          |
          = hint: use `security = "tls"` or `"starttls"`; `"none"` is for this machine only

        error[E0205]: `done = "move"` needs `move_to`
         --> connectors/offen.toml:6:8
          |
        6 | done = "move"
          |        ^^^^^^

        error[E0203]: `ablage` is of kind `folder` and cannot be used as a model
         --> workflows/hund.toml:6:9
          |
        6 | model = "ablage"
          |         ^^^^^^^^
          |
          = hint: no connector of this office can be used as a model

        error[E0203]: `ablage` is of kind `folder` and cannot be used as a source
         --> workflows/hund.toml:9:17
          |
        9 | from = ["post", "ablage"]
          |                 ^^^^^^^^
          |
          = hint: as a source this office has `post`, `offen`

        error[E0203]: `post` is of kind `imap` and cannot be used as an output
          --> workflows/hund.toml:19:6
           |
        19 | to = "post"
           |      ^^^^^^
           |
           = hint: as an output this office has `ablage`
        "#);
    }

    #[test]
    fn an_office_has_one_store() {
        let (_, files) = office(&[
            ("alt", "kind = \"sled\"\n"),
            ("neu", "kind = \"postgres\"\nhost = \"/run/postgresql\"\n"),
        ]);
        insta::assert_snapshot!(render(&second_stores(&files), &files.texts, false), @r#"
        error[E0229]: an office has one store, and `connectors/alt.toml` is one already
         --> connectors/neu.toml:1:8
          |
        1 | kind = "postgres"
          |        ^^^^^^^^^^
          |
          = hint: `vorlage store copy` brings everything from one into the other; its file may lie elsewhere
        "#);
    }

    #[test]
    fn an_office_without_mistakes_is_opened() {
        let (mut office, files) =
            office(&[("ablage", "kind = \"folder\"\npath = \"ablage\"\n"), ("post", IMAP)]);
        office.workflows.clear();
        assert_eq!(check(Some(&office), &files), []);
        let place = Place {
            office: "/".into(),
            state: "/".into(),
            credentials: None,
            program: "vorlage".into(),
            models: "/".into(),
        };
        let opened = open_all(&office, &place).unwrap();
        assert!(opened["ablage"].output.is_some() && opened["ablage"].source.is_none());
        assert!(opened["post"].source.is_some());
    }
}
