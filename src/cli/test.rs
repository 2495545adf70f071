//! `vorlage test`: the tests that stand in the workflows.

use super::table::{short, table};
use super::{Outcome, found, office, service};
use crate::config::Test;
use crate::domain::{ClassRef, FieldValue, WorkflowName};
use crate::engine::Rules;
use crate::engine::preview::{Compete, Input, Preview, preview};
use crate::parse::Parser;

/// Run the tests that stand in the workflows
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  vorlage test\n  vorlage test hundesteuer --office /etc/vorlage --json"
)]
pub(super) struct Args {
    /// Only this workflow
    workflow: Option<String>,
    #[command(flatten)]
    place: office::Where,
    /// Another model than the office's: a name from `vorlage model list`, or a GGUF file
    #[arg(long)]
    model: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What one test showed.
struct Shown {
    document: String,
    faults: Vec<String>,
    seconds: f64,
}

pub(super) async fn run(args: Args) -> Outcome {
    service::log("warn");
    let place = args.place.place()?;
    let office = office::with_model(office::load(&args.place.office)?, args.model.as_deref());
    let mut rules = office::open_models(office, &place)?;
    office::report_models(&mut rules).await;
    let parser = office::parser(&place, &rules.office.settings.limits);
    let mut shown = Vec::new();
    let wanted = |name: &WorkflowName| args.workflow.as_ref().is_none_or(|only| *only == name.0);
    for (name, workflow) in rules.office.workflows.iter().filter(|(name, _)| wanted(name)) {
        for test in &workflow.tests {
            shown.push(
                check(&rules, &parser, name, test, &place.office.join(&test.document)).await?,
            );
        }
    }
    anyhow::ensure!(!shown.is_empty(), "there are no tests");
    let failed = shown.iter().filter(|it| !it.faults.is_empty()).count();
    if args.json {
        let all: Vec<_> = shown
            .iter()
            .map(|it| serde_json::json!({ "document": it.document, "passed": it.faults.is_empty(), "faults": it.faults, "seconds": it.seconds }))
            .collect();
        say!("{:#}", serde_json::Value::from(all));
    } else {
        let mut rows =
            vec![["", "document", "seconds", "what is wrong"].map(str::to_owned).to_vec()];
        rows.extend(shown.iter().map(|it| {
            let sign = if it.faults.is_empty() { "ok" } else { "WRONG" };
            vec![
                sign.to_owned(),
                short(&it.document, 60),
                format!("{:.1}", it.seconds),
                it.faults.join("; "),
            ]
        }));
        show!("{}", table(&rows));
        say!("{} tests passed, {failed} failed", shown.len() - failed);
    }
    Ok(found(failed > 0))
}

async fn check(
    rules: &Rules,
    parser: &Parser,
    workflow: &WorkflowName,
    test: &Test,
    path: &std::path::Path,
) -> anyhow::Result<Shown> {
    let clock = std::time::Instant::now();
    let bytes = std::fs::read(path)
        .map_err(|error| anyhow::anyhow!("cannot read `{}`: {error}", path.display()))?;
    // All workflows of the doors compete, as in the daemon.
    let door = rules.office.workflows.get(workflow).and_then(|it| it.intake.from.first());
    let compete = door.map_or(Compete::All, |door| Compete::Door(door.clone()));
    let input = Input {
        name: &test.document,
        bytes,
        compete,
        now: service::now(),
        class: None,
        learned: None,
    };
    let shown = preview(rules, parser, input).await?;
    let faults = faults(workflow, test, &shown);
    Ok(Shown { document: test.document.clone(), faults, seconds: clock.elapsed().as_secs_f64() })
}

fn faults(workflow: &WorkflowName, test: &Test, shown: &Preview) -> Vec<String> {
    let mut faults = Vec::new();
    let expected = test.class.clone().map(|class| ClassRef { workflow: workflow.clone(), class });
    let class = &shown.classification.class;
    let told =
        |class: &Option<ClassRef>| class.as_ref().map_or("none".to_owned(), ToString::to_string);
    let of_this = class.as_ref().filter(|it| it.workflow == *workflow);
    // Without an expected class the item may be of another workflow, only not of this one.
    if expected.is_some() && *class != expected || expected.is_none() && of_this.is_some() {
        faults.push(format!("class is {} and not {}", told(class), told(&expected)));
    }
    for (name, value) in &test.fields {
        let found = shown.extraction.form.get(name).and_then(FieldValue::lines).unwrap_or_default();
        if found != *value {
            faults.push(format!("{name} is `{found}` and not `{value}`"));
        }
    }
    let draft = shown.draft.as_ref();
    let queue = draft.and_then(|draft| draft.steps.first()).map(|step| step.queue.clone());
    if let Some(expected) = test.queue.as_ref().filter(|expected| Some(*expected) != queue.as_ref())
    {
        faults.push(format!("it waits in `{}` and not in `{expected}`", queue.unwrap_or_default()));
    }
    let findings: Vec<&str> =
        draft.iter().flat_map(|it| &it.findings).map(|it| it.code.as_str()).collect();
    faults.extend(
        test.findings
            .iter()
            .filter(|it| !findings.contains(&it.as_str()))
            .map(|it| format!("no finding {it}")),
    );
    faults.extend(
        test.never
            .iter()
            .filter(|it| happens(it, workflow, shown))
            .map(|it| format!("`{it}` happens")),
    );
    faults
}

fn happens(never: &str, workflow: &WorkflowName, shown: &Preview) -> bool {
    match never.split_once(':') {
        // Nothing is delivered before a person approves; what counts is that the draft would be.
        Some(("deliver", to)) => {
            shown.draft.iter().flat_map(|it| &it.deliveries).any(|it| it.0 == to)
        }
        Some(("class", class)) => shown
            .classification
            .class
            .as_ref()
            .is_some_and(|it| it.workflow == *workflow && it.class.0 == class),
        _ => false,
    }
}
