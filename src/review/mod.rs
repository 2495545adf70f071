//! A person decides. Nothing leaves the house without it. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{ClassRef, FieldName, QueueName, Severity, UserName};
use crate::draft::{Draft, Reply};

/// What a person decided about a draft, as it is written to the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Who.
    pub by: UserName,
    /// When.
    pub at: Timestamp,
    /// In which queue the draft waited.
    pub queue: QueueName,
    /// What.
    pub verdict: Verdict,
}

/// The things a person can decide.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The draft is right as it is shown.
    Approve,
    /// Nothing is to be done with it.
    Reject {
        /// Why.
        reason: String,
    },
    /// Somebody else has to look.
    Forward {
        /// To this queue.
        queue: QueueName,
        /// Why.
        reason: String,
    },
    /// It is of another class; it is extracted and drafted anew.
    Reclassify {
        /// The right one.
        class: ClassRef,
    },
    /// Some values or the reply are wrong; the draft is made anew and waits again.
    Correct {
        /// New values; `None` for "not in the document".
        values: BTreeMap<FieldName, Option<String>>,
        /// Fields whose shown value a person has confirmed.
        confirmed: Vec<FieldName>,
        /// The reply as the person wants it; `None` keeps the template's.
        reply: Option<Reply>,
    },
    /// The machine is not waited for: the item goes on with rules only.
    WithoutModel,
    /// A delivery that may have arrived is done again (`true`), or counts as made (`false`).
    Deliver {
        /// Whether to send again.
        again: bool,
    },
}

/// A draft with all approvals it needs.
///
/// Only [`settle`] makes one, and [`crate::deliver`] takes nothing else, so the compiler proves
/// that nothing leaves unread:
///
/// ```compile_fail
/// let forged = vorlage::review::Approved { draft: todo!(), by: Vec::new() };
/// ```
#[derive(Debug)]
pub struct Approved {
    draft: Draft,
    by: Vec<Decision>,
}

impl Approved {
    /// What was approved.
    pub fn draft(&self) -> &Draft {
        &self.draft
    }

    /// The decisions that approve it, one per step.
    pub fn decisions(&self) -> &[Decision] {
        &self.by
    }
}

/// What the decisions so far amount to.
#[derive(Debug)]
pub enum Settled {
    /// The draft waits in the queue of this step (counted from 0).
    Waiting(usize),
    /// All approvals are there.
    Approved(Box<Approved>),
    /// Somebody rejected it.
    Rejected {
        /// Why.
        reason: String,
    },
}

/// Counts the decisions made on this very draft, in order.
pub fn settle(draft: &Draft, decisions: &[Decision]) -> Settled {
    let mut by = Vec::new();
    for decision in decisions {
        match &decision.verdict {
            Verdict::Reject { reason } => return Settled::Rejected { reason: reason.clone() },
            Verdict::Approve if may_approve(draft, &by, decision).is_ok() => {
                by.push(decision.clone())
            }
            _ => {}
        }
    }
    if by.len() < draft.steps.len() {
        return Settled::Waiting(by.len());
    }
    Settled::Approved(Box::new(Approved { draft: draft.clone(), by }))
}

/// Why somebody may not approve a step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    /// Four eyes: another person has to.
    #[error(
        "`{by}` approved the step of `{queue}` already; another person has to approve this one"
    )]
    SamePerson {
        /// Who.
        by: UserName,
        /// Which step.
        queue: QueueName,
    },
    /// A finding has to be cleared first.
    #[error("`{0}` has to be cleared first")]
    Blocked(String),
    /// A field has to be confirmed first.
    #[error("`{0}` has to be confirmed first")]
    Unconfirmed(FieldName),
    /// All approvals are there already.
    #[error("nothing is left to approve")]
    NothingLeft,
}

/// Whether this approval may follow those before it.
pub fn may_approve(
    draft: &Draft,
    before: &[Decision],
    decision: &Decision,
) -> Result<(), NotAllowed> {
    let step = draft.steps.get(before.len()).ok_or(NotAllowed::NothingLeft)?;
    for earlier in before {
        let distinct = draft.steps.iter().zip(before).any(|(earlier_step, made)| {
            made == earlier && step.distinct_from.contains(&earlier_step.queue)
        });
        if distinct && earlier.by == decision.by {
            let (by, queue) = (earlier.by.clone(), earlier.queue.clone());
            return Err(NotAllowed::SamePerson { by, queue });
        }
    }
    if let Some(field) = draft.unconfirmed.first() {
        return Err(NotAllowed::Unconfirmed(field.clone()));
    }
    let blocking = draft.findings.iter().find(|finding| finding.severity == Severity::Blocking);
    blocking.map_or(Ok(()), |finding| Err(NotAllowed::Blocked(finding.message.clone())))
}
