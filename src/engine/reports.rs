//! Reports about mails of ours, and mails of ours that came back: each is told in the journal of the item it is
//! about, and is finished with that. What belongs to nothing goes the way of all post.
//!
//! The cause's entry is written first and names the report. After a crash in between it is found there, and only
//! the report's own end is missing.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::despatch::last_queue;
use super::journal::{Journal, entry};
use super::stages::{ready, step};
use super::{Desk, Error, Rules};
use crate::connectors::Output;
use crate::domain::{Action, ConnectorName, Envelope, ItemId, Report, ReportKind};
use crate::draft::Draft;
use crate::store;
use crate::store::records::{Claim, Entry, Item, Outcome, State, Step};

/// So often the cause is read again when somebody changed it at the same moment.
const MOST_TRIES: usize = 8;

/// What a mail tells about an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    /// The reply did not reach its recipient and never will.
    Failed,
    /// It was not delivered yet.
    Delayed,
    /// It was delivered.
    Delivered,
    /// The recipient's program answered.
    AutoReply,
    /// It was shown to the recipient, or deleted unseen.
    Read,
    /// It is the reply itself.
    Own,
}

/// What is told, and where.
struct Notice<'a> {
    /// The report.
    item: &'a ItemId,
    what: What,
    report: Option<&'a Report>,
}

/// The end of an item that is a report about another one; `None` when it is not.
pub(super) async fn attach(
    desk: &Desk,
    rules: &Rules,
    claim: &Claim,
    journal: &Journal,
) -> Result<Option<Step>, Error> {
    // A person has said what it is.
    if journal.chosen()?.is_some() {
        return Ok(None);
    }
    let parsed = journal.parsed(desk.records().store()).await?;
    let Some(envelope) = &parsed.envelope else { return Ok(None) };
    let Some((what, cause)) = cause(desk, rules, envelope).await? else { return Ok(None) };
    if cause == claim.item.id {
        return Ok(None);
    }
    let report = envelope.report.as_ref();
    let notice = Notice { item: &claim.item.id, what, report };
    let Some(about) = notice.tell(desk, rules, &cause).await? else { return Ok(None) };
    tracing::info!(item.id = %claim.item.id, cause = %cause, "item `{}` is about item `{cause}`", claim.item.id);
    let mut item = ready(desk, claim);
    item.state = State::Done(Outcome::Attached);
    // Whoever decides there may read it.
    item.class = about.class;
    let body =
        json!({ "cause": cause, "what": what, "status": report.and_then(|it| it.status.clone()) });
    step(desk, "attached", &body, item).map(Some)
}

/// The item that a mail is about.
async fn cause(
    desk: &Desk,
    rules: &Rules,
    envelope: &Envelope,
) -> Result<Option<(What, ItemId)>, store::Error> {
    let records = desk.records();
    if let Some(id) = &envelope.message_id
        && let Some(item) = records.sent(id).await?
    {
        return Ok(Some((What::Own, item)));
    }
    // Only the header of a mail in our own name is believed: a stranger can write ours into theirs.
    if let Some(item) = envelope.item.as_ref().filter(|_| is_from_us(rules, envelope)) {
        return Ok(Some((What::Own, item.clone())));
    }
    let Some(report) = &envelope.report else { return Ok(None) };
    let what = match (report.kind, report.action) {
        (ReportKind::AutoReply, _) => What::AutoReply,
        (ReportKind::Read, _) => What::Read,
        (_, Action::Delayed) => What::Delayed,
        (_, Action::Delivered) => What::Delivered,
        (_, Action::Failed | Action::Unknown) => What::Failed,
    };
    for id in &report.about {
        if let Some(item) = records.sent(id).await? {
            return Ok(Some((what, item)));
        }
    }
    let by_address = report.recipient.as_ref().filter(|_| report.is_failure());
    let found = match (&report.item, by_address) {
        (Some(item), _) => Some(item.clone()),
        // It names no mail at all: if the address got a single one, it is that.
        (None, Some(address)) if report.about.is_empty() => {
            records.sent_to(address, desk.now()).await?
        }
        _ => None,
    };
    Ok(found.map(|item| (what, item)))
}

fn is_from_us(rules: &Rules, envelope: &Envelope) -> bool {
    let from = envelope.from.as_ref().map_or("", |from| from.address.as_str());
    let mut outputs = rules.connectors.values().filter_map(|it| it.output.as_ref());
    outputs.any(|output| output.sender().is_some_and(|ours| ours.eq_ignore_ascii_case(from)))
}

impl Notice<'_> {
    /// Writes it into the cause's journal, once. Answers with the cause; `None` when nothing was sent for it.
    async fn tell(
        &self,
        desk: &Desk,
        rules: &Rules,
        cause: &ItemId,
    ) -> Result<Option<Item>, Error> {
        for _ in 0..MOST_TRIES {
            let Some((item, version)) = desk.records().item(cause).await? else { return Ok(None) };
            let journal = Journal(desk.records().journal(cause).await?);
            if !journal.has("approved") || !journal.has("drafted") {
                return Ok(None);
            }
            if is_told(&journal, self.item) {
                return Ok(Some(item));
            }
            // Its worker may be sending at this moment, and what it writes afterwards must not be lost.
            if item.lease.as_ref().is_some_and(|lease| lease.until > desk.now()) {
                return Err(Error::Occupied(cause.clone()));
            }
            let written = self.entry(desk, rules, &item, &journal)?;
            match desk.records().commit(&Claim { item: item.clone(), version }, written).await {
                Ok(item) => return Ok(Some(item)),
                Err(store::Error::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Occupied(cause.clone()))
    }

    fn entry(
        &self,
        desk: &Desk,
        rules: &Rules,
        item: &Item,
        journal: &Journal,
    ) -> Result<Step, Error> {
        let draft: Draft = journal.read("drafted")?;
        let came_back = match self.what {
            What::Failed => came_back(rules, &draft, journal),
            _ => None,
        };
        let now = desk.now();
        let Some(to) = came_back.filter(|to| is_news(journal, to)) else {
            let body = self.body(None);
            let noted = Some(entry("noted", "vorlage", now, &body)?);
            return Ok(Step { entry: noted, item: item.clone() });
        };
        if !is_at_rest(item, journal, &to) {
            return Err(Error::Occupied(item.id.clone()));
        }
        tracing::warn!(item.id = %item.id, output = %to, code = "H0108", "the reply of item `{}` came back", item.id);
        desk.meters.held.get_or_create(&[("code", "H0108".to_owned())]).inc();
        let mut item = item.clone().hold("H0108", self.why(), now, now);
        item.state = State::Waiting(last_queue(&draft));
        item.via = None;
        let returned = Some(entry("returned", "vorlage", now, &self.body(Some(&to)))?);
        Ok(Step { entry: returned, item })
    }

    fn body(&self, to: Option<&ConnectorName>) -> serde_json::Value {
        let status = self.report.and_then(|it| it.status.clone());
        json!({ "report": self.item, "what": self.what, "to": to, "status": status, "why": self.why() })
    }

    /// The status and the other side's words.
    fn why(&self) -> String {
        let Some(report) = self.report else { return String::new() };
        match &report.status {
            Some(status) if !report.reason.contains(status.as_str()) => {
                format!("{status}: {}", report.reason)
            }
            _ => report.reason.clone(),
        }
    }
}

/// Whether this very report has been written down already.
fn is_told(journal: &Journal, report: &ItemId) -> bool {
    let mut told =
        journal.0.iter().filter(|entry| matches!(entry.kind.as_str(), "noted" | "returned"));
    told.any(|entry| entry.body.get("report").and_then(|it| it.as_str()) == Some(report.0.as_str()))
}

fn to(entry: &Entry) -> Option<&str> {
    entry.body.get("to")?.as_str()
}

/// The output whose mail came back: one that sends, else the one whose drafts a person sends.
fn came_back(rules: &Rules, draft: &Draft, journal: &Journal) -> Option<ConnectorName> {
    let tried = |name: &&ConnectorName| {
        let mut since = journal.since_approved();
        since.any(|it| {
            matches!(it.kind.as_str(), "sending" | "delivered") && to(it) == Some(&name.0)
        })
    };
    let with = |is: fn(&dyn Output) -> bool| {
        let mut named = draft.deliveries.iter().filter(tried);
        named.find(|name| {
            rules.connectors.get(*name).and_then(|it| it.output.as_deref()).is_some_and(is)
        })
    };
    with(|it| it.sends()).or_else(|| with(|it| it.sender().is_some())).cloned()
}

/// Whether nothing came back yet since the mail was sent: a second report brings no second work.
fn is_news(journal: &Journal, name: &ConnectorName) -> bool {
    const OUT: [&str; 3] = ["sending", "delivered", "uncertain"];
    const NOT_OUT: [&str; 3] = ["unsent", "refused", "returned"];
    let is = |kinds: &[&str; 3], entry: &Entry| kinds.contains(&entry.kind.as_str());
    let mut about = journal.since_approved().filter(|it| to(it) == Some(name.0.as_str())).rev();
    let newest = about.find(|entry| is(&OUT, entry) || is(&NOT_OUT, entry));
    newest.is_some_and(|entry| is(&OUT, entry))
}

/// Whether the cause can be brought back now: no other decision about it is open.
fn is_at_rest(item: &Item, journal: &Journal, name: &ConnectorName) -> bool {
    match item.state {
        State::Done(_) => true,
        State::Ready(_) => matches!(journal.last(), "delivered" | "unsent"),
        State::Waiting(_) => {
            let last = journal.0.iter().rfind(|entry| entry.kind != "noted");
            last.is_some_and(|it| it.kind == "uncertain" && to(it) == Some(name.0.as_str()))
        }
    }
}
