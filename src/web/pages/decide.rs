//! A person decides.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};

use super::item::{class_of, seen};
use crate::domain::{ItemId, QueueName};
use crate::engine::{Desk, ItemView};
use crate::review::Verdict;
use crate::store::records::State as ItemState;
use crate::web::answers::Answers;
use crate::web::failure::Failure;
use crate::web::guard;
use crate::web::view::{Corrections, corrections, same_but_confirmed};
use crate::web::visitor::Visit;

/// `GET /items/{id}/decide`: somebody loads the page again that a decision led to.
pub(in crate::web) async fn back(Path(id): Path<String>) -> Redirect {
    Redirect::to(&format!("/items/{id}"))
}

/// `POST /items/{id}/decide`
pub(in crate::web) async fn take(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    Path(id): Path<String>,
    answers: Answers,
) -> Result<Response, Failure> {
    let view = seen(&desk, &visit, &ItemId(id)).await?;
    let table = Table { desk: &desk, visit: &visit, view: &view };
    if answers.text("version").parse() != Ok(view.version) {
        return Err(Failure::Changed(view.item.id.clone()));
    }
    let reason = answers.text("reason").to_owned();
    let needs_reason = matches!(answers.text("do"), "reject" | "forward");
    if needs_reason && reason.is_empty() {
        return Ok(table.stay("notice-reason-missing"));
    }
    match answers.text("do") {
        "correct" => table.correct(&answers).await,
        "approve" => table.approve(&answers).await,
        "reject" => table.close(Verdict::Reject { reason }, "notice-rejected").await,
        "forward" => {
            let queue = QueueName(answers.text("queue").to_owned());
            if !visit.visitor.office.settings.queues.contains_key(&queue) {
                return Err(Failure::StrangeForm);
            }
            table.close(Verdict::Forward { queue, reason }, "notice-forwarded").await
        }
        "reclassify" => {
            let class = answers.text("class").parse().map_err(|_| Failure::StrangeForm)?;
            if visit.visitor.office.class(&class).is_none() {
                return Err(Failure::StrangeForm);
            }
            table.go_on(Verdict::Reclassify { class }, "notice-reclassified").await
        }
        "without-model" => table.go_on(Verdict::WithoutModel, "notice-going-on").await,
        "deliver-again" => table.go_on(Verdict::Deliver { again: true }, "notice-going-on").await,
        "deliver-counts" => table.go_on(Verdict::Deliver { again: false }, "notice-going-on").await,
        _ => Err(Failure::StrangeForm),
    }
}

/// What lies before the person: the item as their page showed it.
struct Table<'a> {
    desk: &'a Desk,
    visit: &'a Visit,
    view: &'a ItemView,
}

impl Table<'_> {
    async fn decide(&self, version: u64, verdict: Verdict) -> Result<(), Failure> {
        let id = &self.view.item.id;
        let decided = self.desk.decide(id, version, &self.visit.user, verdict).await;
        decided.map(|_| ()).map_err(|error| Failure::of_decision(id, error))
    }

    fn corrections(&self, answers: &Answers) -> Corrections {
        let visitor = &self.visit.visitor;
        corrections(&visitor.words, self.view, class_of(visitor, self.view), answers)
    }

    async fn correct(&self, answers: &Answers) -> Result<Response, Failure> {
        let found = self.corrections(answers);
        if found.are_none() {
            return Ok(self.stay("notice-unchanged"));
        }
        self.decide(self.view.version, verdict(found)).await?;
        Ok(self.stay("notice-saved"))
    }

    /// Approves what the person has seen. Changes are saved first, and the renewed draft is shown
    /// before anybody approves it; only a confirmation that changes nothing else goes through.
    async fn approve(&self, answers: &Answers) -> Result<Response, Failure> {
        let found = self.corrections(answers);
        if found.are_none() {
            return self.close(Verdict::Approve, "notice-approved").await;
        }
        let only_confirmed = !found.changes_the_draft();
        self.decide(self.view.version, verdict(found)).await?;
        let renewed = self.desk.item(&self.view.item.id).await?.ok_or(Failure::NotFound)?;
        let same = match (&self.view.draft, &renewed.draft) {
            (Some(before), Some(after)) => same_but_confirmed(before, after),
            _ => false,
        };
        if !only_confirmed || !same || renewed.item.state != self.view.item.state {
            return Ok(self.stay("notice-renewed"));
        }
        let next = Table { view: &renewed, ..*self };
        next.close(Verdict::Approve, "notice-approved").await
    }

    /// Decides, and shows the next item of the same queue.
    async fn close(&self, verdict: Verdict, notice: &str) -> Result<Response, Failure> {
        self.decide(self.view.version, verdict).await?;
        let ItemState::Waiting(queue) = &self.view.item.state else { return Ok(self.stay(notice)) };
        let next = self.desk.waiting(queue, 2).await?;
        let next = next.into_iter().find(|item| item.id != self.view.item.id);
        let to = match next {
            Some(item) => format!("/items/{}?notice={notice}", item.id),
            None => format!("/queues/{queue}?notice=notice-queue-done"),
        };
        Ok(Redirect::to(&to).into_response())
    }

    /// Decides, and shows the same item again if the person still sees it.
    async fn go_on(&self, verdict: Verdict, notice: &str) -> Result<Response, Failure> {
        self.decide(self.view.version, verdict).await?;
        let renewed = self.desk.item(&self.view.item.id).await?.ok_or(Failure::NotFound)?;
        let sees = |queue: &QueueName| self.desk.sees(&self.visit.user, queue);
        if guard::may_see(&self.visit.visitor.office, &renewed.item, sees) {
            return Ok(self.stay(notice));
        }
        Ok(Redirect::to(&format!("/?notice={notice}")).into_response())
    }

    fn stay(&self, notice: &str) -> Response {
        Redirect::to(&format!("/items/{}?notice={notice}", self.view.item.id)).into_response()
    }
}

fn verdict(found: Corrections) -> Verdict {
    let Corrections { values, confirmed, reply, .. } = found;
    Verdict::Correct { values, confirmed, reply }
}
