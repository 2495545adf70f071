//! What is known about the sender of a mail, in plain words.

use crate::domain::{Authentication, Doubt, Envelope};
use crate::web::words::Words;

/// A sentence about the sender.
pub(in crate::web) struct SenderRow {
    /// Whether a reader should look up.
    pub warning: bool,
    /// The sentence.
    pub text: String,
}

/// What is known, the doubts first. An address is no identity, whatever was checked.
pub(super) fn sender(words: &Words, envelope: &Envelope) -> Vec<SenderRow> {
    let warning = |text| SenderRow { warning: true, text };
    let facts = &envelope.sender;
    let mut rows: Vec<SenderRow> =
        facts.doubts.iter().map(|it| warning(doubt(words, it))).collect();
    match &facts.believed {
        None => rows.push(SenderRow { warning: false, text: words.t("sender-not-known") }),
        Some(told) => {
            let (failed, text) = checked(words, told);
            rows.push(SenderRow { warning: failed, text });
        }
    }
    rows.push(SenderRow { warning: false, text: words.t("sender-no-identity") });
    rows
}

fn doubt(words: &Words, doubt: &Doubt) -> String {
    let (key, value) = match doubt {
        Doubt::OtherEnvelope(it) => ("sender-other-envelope", it),
        Doubt::OtherReply(it) => ("sender-other-reply", it),
        Doubt::OtherSender(it) => ("sender-other-sender", it),
        Doubt::AddressInName(it) => ("sender-address-in-name", it),
        Doubt::Internationalised(it) => ("sender-internationalised", it),
        Doubt::LookAlike(it) => ("sender-look-alike", it),
        Doubt::SeveralSenders(it) => ("sender-several", it),
    };
    words.with(key, "value", value)
}

/// Whether our server found something wrong, and what it found.
fn checked(words: &Words, told: &Authentication) -> (bool, String) {
    let result = |method: &str| {
        told.checks.iter().filter(|it| it.method == method).map(|it| it.result.as_str()).collect()
    };
    let dmarc: Vec<&str> = result("dmarc");
    let key = match () {
        () if dmarc.contains(&"pass") => "sender-checked-pass",
        () if dmarc.contains(&"fail") => "sender-checked-fail",
        () => "sender-checked-open",
    };
    let shown = |it: &crate::domain::Check| {
        let about = if it.about.is_empty() { String::new() } else { format!(" ({})", it.about) };
        format!("{} {}{about}", it.method.to_uppercase(), it.result)
    };
    let results = told.checks.iter().map(shown).collect::<Vec<_>>().join(", ");
    let arguments = [("server", told.server.as_str()), ("results", results.as_str())];
    (key == "sender-checked-fail", words.fill(key, &arguments))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Check, SenderFacts};

    #[test]
    fn an_address_is_never_called_proven() {
        let words = Words::new("en", "Europe/Berlin");
        let told = |believed| {
            let sender = SenderFacts { believed, ..SenderFacts::default() };
            let rows = super::sender(&words, &Envelope { sender, ..Envelope::default() });
            assert!(rows.last().unwrap().text.contains("no proof"));
            (rows[0].warning, rows[0].text.clone())
        };
        assert!(told(None).1.contains("not known"));
        let claim = |result: &str| {
            let check =
                Check { method: "dmarc".into(), result: result.into(), about: "a.example".into() };
            Some(Authentication { server: "mx".into(), checks: vec![check] })
        };
        let (warning, text) = told(claim("fail"));
        assert!(warning && text.contains("DMARC fail (a.example)"), "{text}");
        assert!(!told(claim("pass")).0);
        assert!(!told(claim("none")).0);
    }
}
