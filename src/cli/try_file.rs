//! `vorlage try FILE`: what would become of one file, stage by stage. Nothing is kept, nothing leaves.

use std::path::PathBuf;

use anyhow::Context;
use serde_json::json;

use super::table::{short, table};
use super::{Outcome, found, office, service};
use crate::domain::{ClassRef, Evidence, Problem};
use crate::engine::preview::{Compete, Input, Preview, preview};
use crate::locale;

/// Show what would become of one file, stage by stage
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  vorlage try brief.pdf\n  vorlage try mail.eml --door posteingang --json\n  vorlage try scan.pdf --class hundesteuer/anmeldung"
)]
pub(super) struct Args {
    /// A mail (.eml), PDF, picture, office file, e-invoice …
    file: PathBuf,
    #[command(flatten)]
    place: office::Where,
    /// Only the classes of this door compete
    #[arg(long)]
    door: Option<String>,
    /// Skip classification
    #[arg(long, value_name = "WORKFLOW/CLASS")]
    class: Option<ClassRef>,
    /// Another model than the office's: a name from `vorlage model list`, or a GGUF file
    #[arg(long)]
    model: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: Args) -> Outcome {
    service::log("warn");
    let bytes = std::fs::read(&args.file)
        .with_context(|| format!("cannot read `{}`", args.file.display()))?;
    let place = args.place.place()?;
    let office = office::with_model(office::load(&args.place.office)?, args.model.as_deref());
    let mut rules = office::open_models(office, &place)?;
    office::report_models(&mut rules).await;
    let parser = office::parser(&place, &rules.office.settings.limits);
    let name =
        args.file.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    let compete = args.door.map_or(Compete::All, |door| Compete::Door(door.as_str().into()));
    let input = Input {
        name: &name,
        bytes,
        compete,
        now: service::now(),
        class: args.class,
        learned: None,
    };
    let shown = preview(&rules, &parser, input).await?;
    if args.json {
        say!("{:#}", as_json(&shown));
    } else {
        print(&shown, &rules.office.settings.language);
    }
    Ok(found(false))
}

fn as_json(shown: &Preview) -> serde_json::Value {
    json!({
        "documents": shown.parsed.documents.iter().map(|it| json!({
            "name": it.name, "media_type": it.media_type, "characters": it.text.chars().count(), "pages": it.pages.len(),
            "facts": it.facts, "codes": it.codes, "language": it.language, "problems": it.problems, "text": it.text,
        })).collect::<Vec<_>>(),
        "problems": shown.parsed.problems,
        "envelope": shown.parsed.envelope,
        "classification": shown.classification,
        "extraction": shown.extraction,
        "draft": shown.draft,
        "seconds": { "parse": shown.seconds[0], "classify": shown.seconds[1], "extract": shown.seconds[2], "draft": shown.seconds[3] },
    })
}

fn print(shown: &Preview, language: &str) {
    say!("1. parse ({:.1} s)", shown.seconds[0]);
    for document in &shown.parsed.documents {
        let name = if document.name.is_empty() { "(text)" } else { &document.name };
        let pages = document.pages.len();
        let (letters, facts) = (document.text.chars().count(), document.facts.len());
        say!(
            "   {name}: {}, {letters} characters, {pages} pages, {facts} facts",
            document.media_type
        );
        for code in &document.codes {
            let content = short(&code.content, 80);
            say!("   page {}, {}: {content}", code.page, code.symbology.name());
        }
        document.problems.iter().for_each(problem);
    }
    shown.parsed.problems.iter().for_each(problem);
    let class = &shown.classification;
    let title = class.class.as_ref().map_or("none of these".to_owned(), ToString::to_string);
    say!(
        "2. classify ({:.1} s)\n   {title}, confidence {:.2}, by {:?}",
        shown.seconds[1],
        class.confidence,
        class.by
    );
    for (other, share) in &class.alternatives {
        say!(
            "   or {} {share:.2}",
            other.as_ref().map_or("none of these".to_owned(), ToString::to_string)
        );
    }
    let Some(draft) = &shown.draft else { return };
    say!("3. extract ({:.1} s)", shown.seconds[2]);
    let mut rows =
        vec![["field", "value", "found by", "sure", "proof"].map(str::to_owned).to_vec()];
    for (name, value) in &draft.form {
        rows.push(vec![
            name.0.clone(),
            short(&value.values().collect::<Vec<_>>().join("; "), 40),
            format!("{:?}", value.method),
            if value.value.is_some() { format!("{:.2}", value.confidence) } else { String::new() },
            value.evidence.first().map_or(String::new(), proof),
        ]);
    }
    show!("{}", indent(&table(&rows)));
    say!("4. validate and draft ({:.1} s)", shown.seconds[3]);
    for finding in &draft.findings {
        say!("   {}: {}", finding.code, finding.message);
    }
    for due in &draft.deadlines {
        say!("   {}: {} ({})", due.name, due.date, due.trace);
    }
    let queues: Vec<&str> = draft.steps.iter().map(|step| step.queue.0.as_str()).collect();
    let outputs: Vec<&str> = draft.deliveries.iter().map(|to| to.0.as_str()).collect();
    say!("   approval in {}; then to {}", queues.join(", then "), outputs.join(", "));
    if let Some(reply) = &draft.reply {
        let head = locale::text(language, "prompt-subject", &[]);
        say!("   To: {}\n   {head}: {}\n{}", reply.to, reply.subject, indent(&reply.text));
    }
}

fn problem(problem: &Problem) {
    say!("   {}: {}", problem.code, problem.detail);
}

fn proof(evidence: &Evidence) -> String {
    let place = match (evidence.page, &evidence.path) {
        (Some(page), _) => format!("page {page}"),
        (_, Some(path)) => short(path, 30),
        _ => "text".to_owned(),
    };
    format!("„{}“ ({place})", short(&evidence.quote, 40))
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("   {line}\n")).collect()
}
