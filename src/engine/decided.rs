//! Acts on what a person decided.

use super::journal::{Journal, message_id};
use super::stages::{class_name, classified, extract_without_model, ready, step};
use super::{Desk, Error, Rules, despatch};
use crate::classify::Classification;
use crate::domain::{FieldValue, Method};
use crate::draft::Draft;
use crate::extract::{self, Extraction};
use crate::review::{Decision, Settled, Verdict, settle};
use crate::store::records::{Claim, Outcome, State, Step};

pub(super) async fn decided(
    desk: &Desk,
    rules: &Rules,
    claim: &Claim,
    journal: &Journal,
) -> Result<Step, Error> {
    let decision: Decision = journal.read("decided")?;
    match &decision.verdict {
        Verdict::Approve => settled(desk, claim, journal),
        Verdict::Reject { reason } => {
            let mut item = ready(desk, claim);
            item.state = State::Done(Outcome::Rejected);
            step(desk, "rejected", reason, item)
        }
        Verdict::Forward { queue, reason } => {
            let mut item = ready(desk, claim);
            item.state = State::Waiting(queue.clone());
            step(desk, "forwarded", &serde_json::json!({ "queue": queue, "reason": reason }), item)
        }
        // It was laid aside before it could be read: that is tried once more, and then it has this class.
        Verdict::Reclassify { class } if !journal.has("parsed") => {
            step(desk, "reopened", &serde_json::json!({ "class": class }), ready(desk, claim))
        }
        Verdict::Reclassify { class } => {
            // What else the item asks for stays in sight.
            let matters = journal.classification()?.map(|it| it.matters).unwrap_or_default();
            let chosen = Classification { matters, ..Classification::by_person(class.clone()) };
            classified(desk, rules, claim, &chosen)
        }
        Verdict::Correct { .. } => corrected(desk, rules, claim, journal, &decision).await,
        Verdict::WithoutModel => match journal.classification()? {
            Some(Classification { class: Some(_), .. }) => {
                extract_without_model(desk, rules, claim, journal).await
            }
            _ => classified(desk, rules, claim, &Classification::default()),
        },
        Verdict::Deliver { again } => {
            let mut item = ready(desk, claim);
            item.via = desk.served(despatch::open_delivery(journal)?.as_ref());
            step(desk, "resolved", &serde_json::json!({ "again": again }), item)
        }
    }
}

fn settled(desk: &Desk, claim: &Claim, journal: &Journal) -> Result<Step, Error> {
    let draft: Draft = journal.read("drafted")?;
    let mut item = ready(desk, claim);
    match settle(&draft, &journal.decisions()?) {
        Settled::Waiting(number) => {
            let queue = draft.steps.get(number).map(|step| step.queue.clone()).unwrap_or_default();
            item.state = State::Waiting(queue);
            step(desk, "waits", &serde_json::json!({ "step": number }), item)
        }
        Settled::Approved(approved) => {
            let by: Vec<&Decision> = approved.decisions().iter().collect();
            let id = message_id(&item.id, desk.host());
            let body =
                serde_json::json!({ "by": by, "deliveries": draft.deliveries, "message_id": id });
            item.via = desk.served(draft.deliveries.first());
            step(desk, "approved", &body, item)
        }
        Settled::Rejected { reason } => {
            item.state = State::Done(Outcome::Rejected);
            step(desk, "rejected", &reason, item)
        }
    }
}

/// The form with the person's values; it is checked and drafted anew.
async fn corrected(
    desk: &Desk,
    rules: &Rules,
    claim: &Claim,
    journal: &Journal,
    decision: &Decision,
) -> Result<Step, Error> {
    let Verdict::Correct { values, confirmed, .. } = &decision.verdict else {
        return Err(Error::Missing("decided"));
    };
    let name = class_name(journal)?;
    let class = rules.candidate(&name)?.class;
    let parsed = journal.parsed(desk.records().store()).await?;
    let mut extraction: Extraction = journal.read("extracted")?;
    for (field, raw) in values {
        let alternatives =
            extraction.form.get(field).map(|it| it.alternatives.clone()).unwrap_or_default();
        let value = match raw {
            Some(raw) => {
                FieldValue { alternatives, ..extract::by_person(class, field, raw, &parsed) }
            }
            None => FieldValue {
                alternatives,
                method: Method::Person,
                confirmed: true,
                ..FieldValue::default()
            },
        };
        extraction.form.insert(field.clone(), value);
    }
    for field in confirmed {
        if let Some(value) = extraction.form.get_mut(field) {
            value.confirmed = true;
        }
    }
    step(desk, "extracted", &extraction, ready(desk, claim))
}
