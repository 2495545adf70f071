//! The stages of the machine's part: each reads what the one before wrote, and writes its own entry.

use std::borrow::Cow;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::journal::{Journal, Kept, entry};
use super::{Desk, Error, Rules};
use crate::classify::{self, Classification, Help, Taught};
use crate::config::Class;
use crate::connectors::clamd::{self, Verdict};
use crate::domain::{ClassRef, ConnectorName, Form, ItemId, Parsed, Problem};
use crate::draft::{self, Draft};
use crate::extract::{self, Before, Extraction};
use crate::llm;
use crate::store::records::{Claim, Entry, Item, State, Step};
use crate::validate::{self, Context, Validated};

pub(super) async fn parse(
    desk: &Desk,
    rules: &Rules,
    claim: &Claim,
    journal: &Journal,
) -> Result<Step, Error> {
    let store = desk.records().store();
    let bytes = store.blob(&claim.item.raw).await?;
    let limit = rules.office.settings.limits.arrival_mb;
    let mut parsed = if bytes.len() as u64 > limit * 1024 * 1024 {
        let detail = format!("{} bytes; `limits.arrival_mb` allows {limit} MB", bytes.len());
        Parsed { problems: vec![Problem::new("P0103", detail)], ..Parsed::default() }
    } else {
        scanned(desk, rules, claim, bytes).await
    };
    parsed.believe(&rules.office.settings.mail.authserv_ids);
    parsed.divide(&rules.office.settings.scan.separators);
    // What the door had to leave out (an oversize mail comes as its header only).
    let accepted: serde_json::Value = journal.read("accepted")?;
    let told = accepted.get("problem").cloned().unwrap_or_default();
    parsed.problems.extend(serde_json::from_value::<Option<Problem>>(told).ok().flatten());
    let kept = serde_json::to_vec(&parsed)
        .map_err(|source| Error::Unreadable { kind: "parsed", source })?;
    let all = parsed.all_problems();
    let kept = Kept {
        document: store.put_blob(kept).await?,
        documents: parsed.documents.len(),
        problems: all.map(|problem| problem.code.clone()).collect(),
    };
    let mut item = ready(desk, claim);
    // What a machine wrote is no question to the model: a report does not wait until one answers.
    let automatic = parsed.envelope.as_ref().is_some_and(|it| it.automatic.is_some());
    let quarantined = parsed.problems.iter().any(|it| it.code == "P0405");
    if !automatic && !quarantined && journal.chosen()?.is_none() {
        item.via = desk.served(rules.model_name_of_door(&item.door));
    }
    if let Some(envelope) = &parsed.envelope {
        item.subject.clone_from(&envelope.subject);
        item.sender = envelope.from.as_ref().map(|it| it.shown().to_owned()).unwrap_or_default();
    }
    step(desk, "parsed", &kept, item)
}

/// Reads an item, unless the scanner of the house finds malware in it: then it is not opened.
async fn scanned(desk: &Desk, rules: &Rules, claim: &Claim, bytes: Vec<u8>) -> Parsed {
    let unscanned = match clamd::scan(&rules.office.settings.scan, &bytes).await {
        Some(Verdict::Found(name)) => {
            tracing::warn!(item.id = %claim.item.id, "malware in item `{}`: {name}", claim.item.id);
            let problem = Problem::new("P0405", format!("clamd: {name}; not opened"));
            return Parsed { problems: vec![problem], ..Parsed::default() };
        }
        Some(Verdict::NotScanned(why)) => {
            tracing::warn!(item.id = %claim.item.id, "item `{}` was not scanned: {why}", claim.item.id);
            Some(Problem::new("P0406", why))
        }
        Some(Verdict::Clean) | None => None,
    };
    let mut parsed = desk.parser(rules).parse(&claim.item.name, bytes).await;
    parsed.problems.extend(unscanned);
    parsed
}

pub(super) async fn classify(
    desk: &Desk,
    rules: &Rules,
    claim: &Claim,
    journal: &Journal,
) -> Result<Step, Error> {
    if let Some(class) = journal.chosen()? {
        return classified(desk, rules, claim, &Classification::by_person(class));
    }
    let parsed = journal.parsed(desk.records().store()).await?;
    let model = rules.model_of_door(&claim.item.door);
    let asked = ask_class(desk, rules, &claim.item.door, &parsed, model).await;
    let classification = match asked {
        Err(error @ (llm::Error::Misshapen(_) | llm::Error::TooLong { .. })) => {
            tracing::warn!(item.id = %claim.item.id, "no class for item `{}`: {error}", claim.item.id);
            Classification::default()
        }
        other => other?,
    };
    classified(desk, rules, claim, &classification)
}

/// The class of what came through a door.
pub(super) async fn ask_class(
    desk: &Desk,
    rules: &Rules,
    door: &ConnectorName,
    parsed: &Parsed,
    model: Option<&dyn llm::LanguageModel>,
) -> Result<Classification, llm::Error> {
    let candidates = rules.candidates(door);
    let language = &rules.office.settings.language;
    let learned = desk.lessons.of(door);
    let embedder = rules.embedder.as_deref();
    let taught = learned.as_deref().map(|learned| Taught { learned, embedder });
    let help = Help { taught, embedder };
    classify::classify_with(model, &candidates, parsed, language, help).await
}

/// Writes the class down; without one the item waits in the post room.
pub(super) fn classified(
    desk: &Desk,
    rules: &Rules,
    claim: &Claim,
    classification: &Classification,
) -> Result<Step, Error> {
    let mut item = ready(desk, claim);
    item.class.clone_from(&classification.class);
    item.confidence = classification.confidence;
    let model = item.class.as_ref().and_then(|class| rules.model_name_of_class(class));
    item.via = desk.served(model);
    if item.class.is_none() {
        item.state = State::Waiting(rules.office.settings.post_room.clone());
    }
    step(desk, "classified", classification, item)
}

pub(super) async fn extract(
    desk: &Desk,
    rules: &Rules,
    claim: &Claim,
    journal: &Journal,
) -> Result<Step, Error> {
    let name = class_name(journal)?;
    let model = rules.model_of_class(&name);
    let parsed = journal.parsed(desk.records().store()).await?;
    let door = &claim.item.door;
    let extraction = match extract_with(desk, rules, door, &name, &parsed, model).await {
        Err(Error::Model(error @ (llm::Error::Misshapen(_) | llm::Error::TooLong { .. }))) => {
            tracing::warn!(item.id = %claim.item.id, "the model filled in nothing for item `{}`: {error}", claim.item.id);
            extract_with(desk, rules, door, &name, &parsed, None).await?
        }
        other => other?,
    };
    step(desk, "extracted", &extraction, ready(desk, claim))
}

/// Extraction by rules alone, because a person does not wait for the model.
pub(super) async fn extract_without_model(
    desk: &Desk,
    rules: &Rules,
    claim: &Claim,
    journal: &Journal,
) -> Result<Step, Error> {
    let parsed = journal.parsed(desk.records().store()).await?;
    let name = class_name(journal)?;
    let extraction = extract_with(desk, rules, &claim.item.door, &name, &parsed, None).await?;
    step(desk, "extracted", &extraction, ready(desk, claim))
}

/// The values of an item, with the labels that its class has learned by now.
pub(super) async fn extract_with(
    desk: &Desk,
    rules: &Rules,
    door: &ConnectorName,
    name: &ClassRef,
    parsed: &Parsed,
    model: Option<&dyn llm::LanguageModel>,
) -> Result<Extraction, Error> {
    let chosen = rules.candidate(name)?;
    let labels = desk.lessons.labels(name);
    let class = labels.map_or(Cow::Borrowed(chosen.class), |it| {
        Cow::Owned(extract::with_labels(chosen.class, &it))
    });
    let language = rules.office.settings.language.as_str();
    let prompt =
        classify::prompt(&rules.candidates(door), &classify::material(parsed, language), language);
    let others = rules.second_models(name);
    let before = Before { prompt, label: chosen.label(), language, others };
    Ok(extract::extract(model, &class, parsed, before).await?)
}

pub(super) async fn validate(
    desk: &Desk,
    rules: &Rules,
    claim: &Claim,
    journal: &Journal,
) -> Result<Step, Error> {
    let name = class_name(journal)?;
    let class = rules.candidate(&name)?.class;
    let extraction: Extraction = journal.read("extracted")?;
    let parsed = journal.parsed(desk.records().store()).await?;
    let earlier = match same(class, &name, &extraction.form) {
        Some(same) => Some(desk.records().first_with(&same, &claim.item.id).await?),
        None => None,
    };
    let earlier = earlier.as_ref().filter(|first| **first != claim.item.id);
    let context = Context { earlier, ..context(desk, rules, &claim.item) };
    let validated = validate::validate(class, extraction.form, &parsed, &context);
    step(desk, "validated", &validated, ready(desk, claim))
}

pub(super) async fn draft(
    desk: &Desk,
    rules: &Rules,
    claim: &Claim,
    journal: &Journal,
) -> Result<Step, Error> {
    let name = class_name(journal)?;
    let validated: Validated = journal.read("validated")?;
    let parsed = journal.parsed(desk.records().store()).await?;
    let context = context(desk, rules, &claim.item);
    let mut drafted = draft::draft(&rules.office, &name, &parsed, validated, &context)
        .ok_or_else(|| Error::UnknownClass(name.to_string()))?;
    if let Some(reply) = kept_reply(journal)? {
        drafted.reply = drafted.reply.is_some().then_some(reply);
    }
    let mut item = ready(desk, claim);
    item.findings = u32::try_from(drafted.findings.len()).unwrap_or(u32::MAX);
    item.deadline = drafted.deadlines.iter().map(|due| due.date).min();
    item.state = State::Waiting(first_queue(rules, &drafted));
    step(desk, "drafted", &drafted, item)
}

/// The reply as a person wrote it, if that was in the decision which led to this draft.
fn kept_reply(journal: &Journal) -> Result<Option<draft::Reply>, Error> {
    use crate::review::{Decision, Verdict};
    let since = journal.0.iter().rposition(|entry| entry.kind == "classified").unwrap_or(0);
    let corrections = journal.0.iter().skip(since).filter(|entry| entry.kind == "decided");
    let mut kept = None;
    for entry in corrections {
        let decision: Decision = serde_json::from_value(entry.body.clone())
            .map_err(|source| Error::Unreadable { kind: "decided", source })?;
        if let Verdict::Correct { reply, .. } = decision.verdict {
            kept = reply;
        }
    }
    Ok(kept)
}

fn first_queue(rules: &Rules, draft: &Draft) -> crate::domain::QueueName {
    draft
        .steps
        .first()
        .map_or_else(|| rules.office.settings.post_room.clone(), |step| step.queue.clone())
}

/// What the values of the class's `duplicate` fields are together; `None` when one is missing.
fn same(class: &Class, name: &ClassRef, form: &Form) -> Option<String> {
    if class.duplicate.is_empty() {
        return None;
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update(name.to_string().as_bytes());
    for field in &class.duplicate {
        let value = form.get(field)?.value.as_ref()?.to_lowercase();
        hasher.update(&(value.len() as u64).to_le_bytes());
        hasher.update(value.as_bytes());
    }
    Some(hasher.finalize().to_hex().to_string())
}

/// What checks and drafts know about an item beside its values.
pub(super) fn context<'a>(desk: &Desk, rules: &'a Rules, item: &'a Item) -> Context<'a> {
    let settings = &rules.office.settings;
    let zone = TimeZone::get(&settings.time_zone).unwrap_or(TimeZone::UTC);
    let day = |time: jiff::Timestamp| -> Date { time.to_zoned(zone.clone()).date() };
    Context {
        arrived: day(item.received),
        today: day(desk.now()),
        language: &settings.language,
        office: &settings.name,
        earlier: None::<&ItemId>,
        item: &item.id,
    }
}

pub(super) fn class_name(journal: &Journal) -> Result<ClassRef, Error> {
    journal.classification()?.and_then(|it| it.class).ok_or(Error::Missing("classified"))
}

/// The item as it goes on at once.
pub(super) fn ready(desk: &Desk, claim: &Claim) -> Item {
    let state = State::Ready(desk.now());
    Item { state, via: None, held: None, attempts: 0, ..claim.item.clone() }
}

pub(super) fn step(
    desk: &Desk,
    kind: &'static str,
    body: &impl serde::Serialize,
    item: Item,
) -> Result<Step, Error> {
    let entry: Entry = entry(kind, "vorlage", desk.now(), body)?;
    Ok(Step { entry: Some(entry), item })
}
