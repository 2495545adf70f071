//! The beginning of a delivery: written down before it is done, and counted when it is a mail that leaves by itself.

use serde_json::json;

use super::despatch::last_queue;
use super::journal::{Journal, entry};
use super::stages::{ready, step};
use super::{Desk, Error, Rules};
use crate::connectors::Output;
use crate::domain::ConnectorName;
use crate::draft::{Draft, Reply};
use crate::failpoint;
use crate::store::records::{Begun, Claim, Counted, Entry, Outgoing, State, Step};

/// A delivery that is about to be made.
pub(super) struct Leaving<'a> {
    /// The output.
    pub(super) output: &'a dyn Output,
    /// Its name.
    pub(super) to: &'a ConnectorName,
    /// What was approved.
    pub(super) draft: &'a Draft,
}

impl Leaving<'_> {
    /// Writes down that the delivery begins, so that a crash is seen, and a report finds its item. `Some`: the
    /// recipient got so many mails today that a person looks first.
    pub(super) async fn begin(
        &self,
        desk: &Desk,
        rules: &Rules,
        claim: &mut Claim,
        journal: &Journal,
    ) -> Result<Option<Step>, Error> {
        let now = desk.now();
        let sending = match self.output.repeatable() {
            true => None,
            false => Some(entry("sending", "vorlage", now, &json!({ "to": self.to }))?),
        };
        let is_marked = sending.is_some();
        if is_marked {
            failpoint::hit("despatch.before_mark");
        }
        let mail = self.draft.reply.as_ref().filter(|_| self.output.sender().is_some());
        let begun = match (mail, sending) {
            (Some(reply), sending) => {
                self.begin_mail(desk, rules, claim, journal, (reply, sending.as_ref())).await?
            }
            (None, Some(sending)) => {
                desk.records().mark(claim, sending).await?;
                Begun::Yes
            }
            (None, None) => Begun::Yes,
        };
        match begun {
            Begun::TooMany(before) => return self.withheld(desk, claim, before).map(Some),
            Begun::Yes if is_marked => failpoint::hit("despatch.after_mark"),
            Begun::Yes => {}
        }
        Ok(None)
    }

    async fn begin_mail(
        &self,
        desk: &Desk,
        rules: &Rules,
        claim: &mut Claim,
        journal: &Journal,
        (reply, sending): (&Reply, Option<&Entry>),
    ) -> Result<Begun, Error> {
        let most = rules.office.settings.policy.replies_per_day;
        let key = format!("{}-{}-{}", claim.item.id, self.to, again(journal));
        let released = is_released(journal, self.to);
        let counted =
            Counted { address: reply.address(), key: &key, most: (!released).then_some(most) };
        let message_id = journal.message_id(&claim.item.id, desk.host());
        let outgoing = Outgoing {
            message_id: &message_id,
            entry: sending,
            counted: self.output.sends().then_some(counted),
        };
        Ok(desk.records().begin_mail(claim, outgoing, desk.now()).await?)
    }

    fn withheld(&self, desk: &Desk, claim: &Claim, before: usize) -> Result<Step, Error> {
        const CODE: &str = "H0111";
        tracing::warn!(item.id = %claim.item.id, output = %self.to, code = CODE, "the reply of item `{}` is withheld: {before} mails to the same address within 24 hours", claim.item.id);
        desk.meters.held.get_or_create(&[("code", CODE.to_owned())]).inc();
        let why = format!("{before} mails went to this address within 24 hours");
        let now = desk.now();
        let mut item = ready(desk, claim).hold(CODE, why.clone(), now, now);
        item.state = State::Waiting(last_queue(self.draft));
        step(desk, "withheld", &json!({ "to": self.to, "why": why }), item)
    }
}

/// How often a person has had something sent again: each time is another mail.
fn again(journal: &Journal) -> usize {
    let again =
        |entry: &&Entry| entry.kind == "resolved" && entry.body.get("again") == Some(&true.into());
    journal.since_approved().filter(again).count()
}

/// Whether a person has said that this mail may leave although the recipient got so many.
fn is_released(journal: &Journal, to: &ConnectorName) -> bool {
    let (mut withheld, mut released) = (false, false);
    for entry in journal.since_approved() {
        let about = entry.body.get("to").and_then(|it| it.as_str()) == Some(to.0.as_str());
        match entry.kind.as_str() {
            "withheld" if about => (withheld, released) = (true, false),
            "resolved" if withheld => {
                released = entry.body.get("again") == Some(&true.into());
                withheld = false;
            }
            "delivered" | "uncertain" | "refused" | "returned" if about => released = false,
            _ => {}
        }
    }
    released
}
