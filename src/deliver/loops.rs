//! The one place that every mail passes which leaves without a person sending it: no program may answer a program.

use crate::connectors::{Error, Output};
use crate::domain::Parsed;
use crate::draft::Draft;

/// Whether an output may carry this reply (RFC 3834, section 2; RFC 5230, section 4.6).
///
/// A draft in a folder always may: a person sends it, or does not.
pub(super) fn may_leave(output: &dyn Output, parsed: &Parsed, draft: &Draft) -> Result<(), Error> {
    let (Some(envelope), Some(reply)) = (&parsed.envelope, &draft.reply) else { return Ok(()) };
    if !output.sends() {
        return Ok(());
    }
    let ours = output.sender().unwrap_or_default();
    let from = envelope.from.as_ref().map_or("", |from| from.address.as_str());
    let why = match envelope.unanswerable() {
        Some(header) => {
            format!("the field `{header}` of the mail's header says that no program answers it")
        }
        None if from.eq_ignore_ascii_case(&ours) || reply.address().eq_ignore_ascii_case(&ours) => {
            "it would answer ourselves".to_owned()
        }
        None => return Ok(()),
    };
    Err(Error::Unanswerable { why })
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;

    use super::*;
    use crate::connectors::{Parcel, Receipt};
    use crate::domain::{Envelope, Form, Mailbox};
    use crate::draft::Reply;

    struct Relay {
        sends: bool,
    }

    #[async_trait]
    impl Output for Relay {
        async fn send(&self, _: &Parcel) -> Result<Receipt, Error> {
            Ok(Receipt::default())
        }
        fn sender(&self) -> Option<String> {
            Some("amt@stadt.example".to_owned())
        }
        fn sends(&self) -> bool {
            self.sends
        }
    }

    fn draft(to: &str) -> Draft {
        Draft {
            class: "a/b".parse().unwrap(),
            title: String::new(),
            form: Form::new(),
            findings: Vec::new(),
            deadlines: Vec::new(),
            unconfirmed: Vec::new(),
            language: "de".into(),
            reply: Some(Reply { to: to.to_owned(), ..Reply::default() }),
            letter: None,
            steps: Vec::new(),
            deliveries: Vec::new(),
        }
    }

    #[test]
    fn what_a_machine_or_we_wrote_is_answered_by_no_output_that_sends() {
        let from = |address: &str| Envelope {
            from: Some(Mailbox { name: String::new(), address: address.to_owned() }),
            ..Envelope::default()
        };
        let check = |envelope: Envelope, to: &str, may: bool| {
            let parsed = Parsed { envelope: Some(envelope.clone()), ..Parsed::default() };
            let sent = may_leave(&Relay { sends: true }, &parsed, &draft(to));
            assert_eq!(sent.is_ok(), may, "{envelope:?} {to}");
            may_leave(&Relay { sends: false }, &parsed, &draft(to)).unwrap();
        };
        let citizen = "citizen@post.example";
        check(from(citizen), citizen, true);
        check(from("AMT@stadt.example"), citizen, false);
        check(from(citizen), "Stadt <amt@Stadt.example>", false);
        let silent = Some("Auto-Submitted".to_owned());
        check(Envelope { silence: silent, ..from(citizen) }, citizen, false);
        check(Envelope { item: Some("x".into()), ..from(citizen) }, citizen, false);
    }
}
