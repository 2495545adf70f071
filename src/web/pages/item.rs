//! One item: on the left what came in, on the right the draft and the decision.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use crate::config::Class;
use crate::domain::{ClassRef, ItemId, UserName};
use crate::draft::{Draft, Reply};
use crate::engine::{Desk, ItemView};
use crate::store::records::State as ItemState;
use crate::web::failure::{Failure, page};
use crate::web::frame::Frame;
use crate::web::guard;
use crate::web::view::{
    Actions, ChangeRow, DeliverTexts, FieldRow, FindingRow, Input, MatterRow, Paper, ProblemRow,
    Relation, Step, changes, class_title, field_rows, findings, matters, papers, problems,
    relation, reply_of_a_person, steps, why_here,
};
use crate::web::visitor::{Visit, Visitor};
use crate::web::words::Words;

/// The page.
#[derive(Template)]
#[template(path = "item.html")]
pub(in crate::web) struct ItemPage {
    frame: Frame,
    id: String,
    version: u64,
    subject: String,
    sender: String,
    received: String,
    state: String,
    held: Option<(String, String, String)>,
    queue: Option<(String, String)>,
    remaining: usize,
    why: String,
    problems: Vec<ProblemRow>,
    papers: Vec<Paper>,
    draft: Option<DraftRow>,
    findings: Vec<FindingRow>,
    fields: Vec<FieldRow>,
    changes: Vec<ChangeRow>,
    steps: Vec<Step>,
    actions: Actions,
    deliver: DeliverTexts,
    relation: Option<Relation>,
    matters: Vec<MatterRow>,
    classes: Vec<(String, String)>,
    queues: Vec<(String, String)>,
}

struct DraftRow {
    title: String,
    deadlines: Vec<(String, String, String)>,
    reply: Option<Reply>,
    reply_by_a_person: bool,
    language: String,
    letter: Option<String>,
    deliveries: String,
    attention: usize,
}

/// `GET /items/{id}`
pub(in crate::web) async fn show(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let view = seen(&desk, &visit, &ItemId(id)).await?;
    let (covered, remaining) = match &view.item.state {
        ItemState::Waiting(queue) => {
            (desk.sees(&visit.user, queue), desk.waiting(queue, 1000).await?.len())
        }
        _ => (desk.sees(&visit.user, &visit.visitor.office.settings.post_room), 0),
    };
    let user = (&visit.user.name, covered);
    Ok(page(&ItemPage::new(&visit.visitor, user, &view, remaining)))
}

/// The item, if the person may see it.
pub(super) async fn seen(desk: &Desk, visit: &Visit, id: &ItemId) -> Result<ItemView, Failure> {
    let view = desk.item(id).await?.ok_or(Failure::NotFound)?;
    let sees = |queue: &_| desk.sees(&visit.user, queue);
    if !guard::may_see(&visit.visitor.office, &view.item, sees) {
        return Err(Failure::NotYours);
    }
    Ok(view)
}

/// The settings of the class the draft was made for.
pub(super) fn class_of<'a>(visitor: &'a Visitor, view: &ItemView) -> Option<&'a Class> {
    let name = view.draft.as_ref().map(|it| &it.class)?;
    visitor.office.class(name).map(|(_, class)| class)
}

impl ItemPage {
    /// The page for somebody whose roles cover the item's queue (or not).
    pub(in crate::web) fn new(
        visitor: &Visitor,
        (user, covered): (&UserName, bool),
        view: &ItemView,
        remaining: usize,
    ) -> Self {
        let (words, office, item) = (&visitor.words, &visitor.office, &view.item);
        let class = class_of(visitor, view);
        let subject = super::queue::subject(words, item);
        let none = crate::domain::Form::new();
        let form = view.draft.as_ref().map_or(&none, |draft| &draft.form);
        let parsed = view.parsed.as_ref();
        let draft = view.draft.as_ref();
        let found = draft.map(|it| it.findings.as_slice()).unwrap_or_default();
        let fields = draft.map(|it| field_rows(words, it, class, parsed)).unwrap_or_default();
        Self {
            frame: Frame::new(visitor, subject.clone()),
            id: item.id.0.clone(),
            version: view.version,
            sender: item.sender.clone(),
            received: words.moment(item.received),
            state: state(words, view),
            held: held(words, view),
            queue: queue(visitor, view),
            remaining,
            why: why_here(words, office, view.classification.as_ref()),
            problems: parsed.map(|it| problems(words, &it.problems)).unwrap_or_default(),
            papers: parsed
                .map(|it| papers(words, &item.id, it, (form, class), found))
                .unwrap_or_default(),
            findings: draft
                .map(|it| findings(words, class, &it.findings, parsed))
                .unwrap_or_default(),
            draft: draft.map(|it| draft_row(visitor, view, it, &fields)),
            fields,
            changes: changes(words, class, &view.history),
            steps: steps(words, office, view),
            actions: Actions::of(view, user, covered),
            deliver: DeliverTexts::of(words, view),
            relation: relation(words, view),
            matters: matters(office, view.classification.as_ref()),
            classes: classes(visitor, view),
            queues: queues(visitor, view),
            subject,
        }
    }
}

fn draft_row(visitor: &Visitor, view: &ItemView, draft: &Draft, fields: &[FieldRow]) -> DraftRow {
    let words = &visitor.words;
    let deadline = |it: &crate::draft::Due| (it.name.clone(), words.day(it.date), it.trace.clone());
    let deliveries: Vec<&str> = draft.deliveries.iter().map(|it| it.0.as_str()).collect();
    DraftRow {
        title: class_title(&visitor.office, &draft.class),
        deadlines: draft.deadlines.iter().map(deadline).collect(),
        reply: draft.reply.clone(),
        reply_by_a_person: reply_of_a_person(&view.history),
        language: draft.language.clone(),
        letter: draft.letter.as_ref().map(|it| it.name.clone()),
        deliveries: deliveries.join(", "),
        attention: fields.iter().filter(|it| it.attention).count(),
    }
}

fn state(words: &Words, view: &ItemView) -> String {
    use crate::store::records::Outcome;
    words.t(match &view.item.state {
        ItemState::Ready(_) if view.item.held.is_some() => "state-held",
        ItemState::Ready(_) => "state-ready",
        ItemState::Waiting(_) => "state-waiting",
        ItemState::Done(Outcome::Delivered) => "state-delivered",
        ItemState::Done(Outcome::Rejected) => "state-rejected",
        ItemState::Done(Outcome::Duplicate) => "state-duplicate",
        ItemState::Done(Outcome::Attached) => "state-attached",
    })
}

fn held(words: &Words, view: &ItemView) -> Option<(String, String, String)> {
    let held = view.item.held.as_ref()?;
    Some((held.code.clone(), words.code(&held.code), held.reason.clone()))
}

fn queue(visitor: &Visitor, view: &ItemView) -> Option<(String, String)> {
    let ItemState::Waiting(queue) = &view.item.state else { return None };
    let settings = visitor.office.settings.queues.get(queue);
    Some((queue.0.clone(), settings.map_or(&queue.0, |it| &it.title).clone()))
}

/// Every class of the office but the present one, the likely ones first: where it belongs is the
/// person's to say.
fn classes(visitor: &Visitor, view: &ItemView) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let likely = view.classification.as_ref().map(|it| it.alternatives.as_slice());
    let share = |name: &str| {
        let found =
            |it: &&(Option<ClassRef>, f32)| it.0.as_ref().is_some_and(|it| it.to_string() == name);
        likely.unwrap_or_default().iter().find(found).map_or(0.0, |it| it.1)
    };
    for (workflow, settings) in &visitor.office.workflows {
        for (class, it) in &settings.classes {
            let name = format!("{workflow}/{class}");
            let present = view.draft.as_ref().is_some_and(|it| it.class.to_string() == name);
            if !present {
                all.push((share(&name), name, format!("{} – {}", settings.title, it.title)));
            }
        }
    }
    all.sort_by(|one, other| other.0.total_cmp(&one.0));
    all.into_iter().map(|(_, name, title)| (name, title)).collect()
}

fn queues(visitor: &Visitor, view: &ItemView) -> Vec<(String, String)> {
    let here = |name: &_| matches!(&view.item.state, ItemState::Waiting(queue) if queue == name);
    let queues = visitor.office.settings.queues.iter().filter(|(name, _)| !here(*name));
    queues.map(|(name, it)| (name.0.clone(), it.title.clone())).collect()
}
