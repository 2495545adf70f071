//! What the person may do with an item, and which approvals it needs.

use crate::config::Office;
use crate::domain::{QueueName, UserName};
use crate::draft::DraftStep;
use crate::engine::{ItemView, UNDELIVERED, is_approved};
use crate::review::{Decision, NotAllowed, Verdict, may_approve};
use crate::store::records::{State, last_step};
use crate::web::words::Words;

/// The model answers, but not to this item.
const NO_ANSWER: &str = "H0112";

/// What the person may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::web) struct Actions {
    /// Correct the draft or forward it: it waits in a queue of theirs.
    pub decide: bool,
    /// Reject it or give it another class.
    pub set_aside: bool,
    /// Approve: there is a draft, and they are not the same person as before.
    pub approve: bool,
    /// Why they may not, although it waits for them.
    pub other_person: bool,
    /// Go on without the model.
    pub without_model: bool,
    /// Say what became of a delivery that may have arrived.
    pub deliver: bool,
}

/// One approval.
pub(in crate::web) struct Step {
    /// The queue as people read it.
    pub queue: String,
    /// By whom and when, once it is given.
    pub given: Option<String>,
    /// Whether it is this one's turn.
    pub current: bool,
    /// The queues whose approver may not give this one too.
    pub distinct: String,
}

impl Actions {
    /// What somebody may do. `covered`: their roles cover the queue in which it waits, or the post
    /// room while it waits for a machine.
    pub(in crate::web) fn of(view: &ItemView, user: &UserName, covered: bool) -> Self {
        let waits = covered && matches!(view.item.state, State::Waiting(_));
        let held =
            covered && matches!(view.item.state, State::Ready(_)) && view.item.held.is_some();
        let last = last_step(&view.history);
        // What was approved and perhaps sent cannot be changed any more.
        let sent = UNDELIVERED.contains(&last);
        let leased = view.item.lease.is_some();
        let no_answer = view.item.held.as_ref().is_some_and(|held| held.code == NO_ANSWER);
        let (decide, same) = (waits && !sent, same_person(view, user));
        Self {
            decide,
            set_aside: decide || (held && !leased && !is_approved(&view.history)),
            approve: decide && view.draft.is_some() && !same,
            other_person: decide && same,
            without_model: (held && !leased || waits && no_answer) && view.draft.is_none(),
            deliver: waits && sent,
        }
    }
}

fn same_person(view: &ItemView, user: &UserName) -> bool {
    let (Some(draft), State::Waiting(queue)) = (&view.draft, &view.item.state) else {
        return false;
    };
    let approval = Decision {
        by: user.clone(),
        at: view.item.received,
        queue: queue.clone(),
        verdict: Verdict::Approve,
    };
    let given: Vec<Decision> = approvals(view).cloned().collect();
    matches!(may_approve(draft, &given, &approval), Err(NotAllowed::SamePerson { .. }))
}

/// The approvals of this very draft.
fn approvals(view: &ItemView) -> impl Iterator<Item = &Decision> {
    view.decisions.iter().filter(|it| matches!(it.verdict, Verdict::Approve))
}

/// The approvals the draft needs, with those that were given.
pub(in crate::web) fn steps(words: &Words, office: &Office, view: &ItemView) -> Vec<Step> {
    let Some(draft) = &view.draft else { return Vec::new() };
    let title = |queue: &QueueName| match office.settings.queues.get(queue) {
        Some(settings) => settings.title.clone(),
        None => queue.0.clone(),
    };
    let given: Vec<&Decision> = approvals(view).collect();
    let step = |(nth, step): (usize, &DraftStep)| {
        let distinct: Vec<String> = step.distinct_from.iter().map(title).collect();
        let by = |it: &&Decision| {
            words.fill(
                "step-given",
                &[("by", it.by.0.as_str()), ("at", words.moment(it.at).as_str())],
            )
        };
        Step {
            queue: title(&step.queue),
            given: given.get(nth).map(by),
            current: nth == view.step && matches!(view.item.state, State::Waiting(_)),
            distinct: distinct.join(", "),
        }
    };
    draft.steps.iter().enumerate().map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::store::records::{Entry, Held};

    #[test]
    fn four_eyes_the_first_approver_is_told_that_another_person_has_to() {
        let view = samples::second_step();
        let first = Actions::of(&view, &"anna".into(), true);
        assert!(first.decide && first.other_person && !first.approve);
        let second = Actions::of(&view, &"berta".into(), true);
        assert!(second.approve && !second.other_person);
    }

    #[test]
    fn what_is_approved_and_waits_for_its_output_cannot_be_set_aside() {
        let held = |view: &mut ItemView| {
            let (code, reason) = ("H0103".to_owned(), "connection refused".to_owned());
            let held = Held { code, reason, since: view.item.received, tries: 1 };
            view.item.state = State::Ready(view.item.received);
            view.item.held = Some(held);
        };
        let mut view = samples::second_step();
        held(&mut view);
        assert!(Actions::of(&view, &"anna".into(), true).set_aside);
        let approved = Entry { kind: "approved".to_owned(), ..view.history[0].clone() };
        view.history.push(approved);
        assert!(!Actions::of(&view, &"anna".into(), true).set_aside);
        view.history.push(Entry { kind: "given_up".to_owned(), ..view.history[0].clone() });
        view.item.state = State::Waiting("leitung".into());
        let actions = Actions::of(&view, &"anna".into(), true);
        assert!(actions.deliver && !actions.set_aside && !actions.decide);
    }

    #[test]
    fn nobody_decides_in_a_queue_of_others() {
        assert_eq!(Actions::of(&samples::item(), &"anna".into(), false), Actions::default());
    }
}
