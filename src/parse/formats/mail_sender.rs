//! Facts about the sender: what servers say that they checked, and what does not fit together.

use std::sync::LazyLock;

use mail_parser::Message;
use regex::Regex;

use super::mail::{mailboxes, mailboxes_first};
use crate::domain::{Authentication, Check, Doubt, SenderFacts};

/// So many `Authentication-Results` of one mail are looked at.
const MOST_CLAIMS: usize = 20;
/// The checks that say something about the sender.
const METHODS: &[&str] = &["spf", "dkim", "dmarc", "arc", "dkim-atps", "auth"];

fn pattern(text: &str) -> Option<Regex> {
    Regex::new(text).ok()
}

static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| pattern(r"[\w.%+-]+@[\w.-]+\.\w\w+"));
static COMMENT: LazyLock<Option<Regex>> = LazyLock::new(|| pattern(r"\([^()]*\)"));
static SCRIPTS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let scripts = ["Latin", "Cyrillic", "Greek", "Armenian", "Cherokee"];
    scripts.iter().filter_map(|name| pattern(&format!(r"\p{{{name}}}"))).collect()
});

/// What is known about the sender.
pub(super) fn sender(message: &Message<'_>) -> SenderFacts {
    SenderFacts { claims: claims(message), believed: None, doubts: doubts(message) }
}

fn claims(message: &Message<'_>) -> Vec<Authentication> {
    let raw = message
        .headers_raw()
        .filter(|(name, _)| name.eq_ignore_ascii_case("Authentication-Results"));
    raw.take(MOST_CLAIMS).filter_map(|(_, value)| claim(value)).collect()
}

/// One field (RFC 8601, section 2.2): `server; method=result (comment) ptype.property=value; …`.
fn claim(value: &str) -> Option<Authentication> {
    let mut value = value.split_whitespace().collect::<Vec<_>>().join(" ");
    // Comments hold what anybody likes; they may lie in each other.
    while let Some(comment) = COMMENT.as_ref().filter(|it| it.is_match(&value)) {
        value = comment.replace_all(&value, " ").into_owned();
    }
    let mut parts = value.split(';');
    let server = parts.next()?.split_whitespace().next()?.to_owned();
    let checks = parts.filter_map(check).collect();
    Some(Authentication { server, checks })
}

fn check(part: &str) -> Option<Check> {
    let mut words = part.split_whitespace();
    let (method, result) = words.next()?.split_once('=')?;
    let method = method.split('/').next()?.to_ascii_lowercase();
    if !METHODS.contains(&method.as_str()) {
        return None;
    }
    let about = words.filter_map(|word| word.split_once('=')).find(|(name, _)| {
        matches!(*name, "header.d" | "header.i" | "header.from" | "smtp.mailfrom" | "smtp.auth")
    });
    let about = about.map_or("", |(_, value)| value).trim_matches('"');
    Some(Check { method, result: result.to_ascii_lowercase(), about: short(about) })
}

fn doubts(message: &Message<'_>) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    let senders = message.from().map(mailboxes).unwrap_or_default();
    let Some(from) = senders.first() else { return doubts };
    let others: Vec<&str> = senders.iter().skip(1).map(|it| it.address.as_str()).collect();
    if !others.is_empty() {
        doubts.push(Doubt::SeveralSenders(short(&others.join(", "))));
    }
    let differs = |address: &str| !address.is_empty() && !related(address, &from.address);
    let envelope = message.header_raw("Return-Path").unwrap_or_default();
    let envelope = envelope.trim().trim_matches(['<', '>']);
    if envelope.contains('@') && differs(envelope) {
        doubts.push(Doubt::OtherEnvelope(short(envelope)));
    }
    let other = |it: Option<&mail_parser::Address<'_>>| {
        it.and_then(mailboxes_first).map(|it| it.address).filter(|it| differs(it))
    };
    doubts.extend(other(message.reply_to()).map(|it| Doubt::OtherReply(short(&it))));
    doubts.extend(other(message.sender()).map(|it| Doubt::OtherSender(short(&it))));
    // The reader of addresses drops a quoted name that is an address, so the raw field is looked at too.
    let raw = message.header_raw("From").unwrap_or_default();
    let raw = raw.rsplit_once('<').map_or("", |it| it.0).trim();
    let names = [from.name.as_str(), if others.is_empty() { raw } else { "" }];
    let named = names.iter().find_map(|it| ADDRESS.as_ref()?.find(it)).map(|it| it.as_str());
    if let Some(named) = named.filter(|it| !it.eq_ignore_ascii_case(&from.address)) {
        doubts.push(Doubt::AddressInName(short(named)));
    }
    doubts.extend(written(domain(&from.address)));
    doubts
}

fn domain(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |it| it.1)
}

/// The same domain, or one below the other.
fn related(one: &str, other: &str) -> bool {
    let (one, other) = (ascii(domain(one)), ascii(domain(other)));
    let below = |long: &str, short: &str| {
        long.strip_suffix(short).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    below(&one, &other) || below(&other, &one)
}

fn ascii(domain: &str) -> String {
    idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_lowercase())
}

/// How a domain beyond ASCII is written, and whether it is made to be mistaken.
fn written(domain: &str) -> Option<Doubt> {
    let (shown, _) = idna::domain_to_unicode(domain);
    if shown.is_ascii() {
        return None;
    }
    let mixed = shown
        .split('.')
        .any(|label| SCRIPTS.iter().filter(|script| script.is_match(label)).count() > 1);
    let ascii = format!("{shown} = {}", ascii(domain));
    Some(if mixed {
        Doubt::LookAlike(short(&ascii))
    } else {
        Doubt::Internationalised(short(&ascii))
    })
}

fn short(text: &str) -> String {
    text.chars().filter(|it| !it.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use mail_parser::MessageParser;

    use super::*;

    fn facts(header: &str) -> SenderFacts {
        let mail = format!("{}\r\n\r\nText\r\n", header.replace('\n', "\r\n"));
        sender(&MessageParser::default().parse(&mail).unwrap())
    }

    #[test]
    fn results_are_read_without_what_comments_say() {
        let facts = facts(
            "Authentication-Results: mx.stadt.example 1;\n\tspf=pass (a; dkim=pass (b)) smtp.mailfrom=x@example.org;\n\tdkim=fail header.d=example.org; dmarc=none; iprev=pass\nFrom: x@example.org",
        );
        let shown: Vec<String> = facts.claims[0]
            .checks
            .iter()
            .map(|it| format!("{}={} {}", it.method, it.result, it.about))
            .collect();
        assert_eq!(facts.claims[0].server, "mx.stadt.example");
        assert_eq!(shown, ["spf=pass x@example.org", "dkim=fail example.org", "dmarc=none "]);
    }

    #[test]
    fn what_does_not_fit_together_is_told() {
        let check = |header: &str, expected: &[Doubt]| {
            assert_eq!(facts(header).doubts, expected, "{header}");
        };
        check("From: Jana <jana@example.org>\nReturn-Path: <bounce@mail.example.org>", &[]);
        check(
            "From: Jana <jana@example.org>\nReturn-Path: <x@other.example>",
            &[Doubt::OtherEnvelope("x@other.example".into())],
        );
        check(
            "From: Jana <jana@example.org>\nReply-To: b@other.example\nSender: c@third.example",
            &[
                Doubt::OtherReply("b@other.example".into()),
                Doubt::OtherSender("c@third.example".into()),
            ],
        );
        check(
            "From: \"chef@stadt.example\" <x@evil.example>",
            &[Doubt::AddressInName("chef@stadt.example".into())],
        );
        check(
            "From: jana@notexample.org\nReply-To: jana@example.org",
            &[Doubt::OtherReply("jana@example.org".into())],
        );
    }

    #[test]
    fn domains_beyond_ascii_are_shown_in_ascii_too() {
        assert!(matches!(
            facts("From: a@xn--bcher-kva.example").doubts.as_slice(),
            [Doubt::Internationalised(it)] if it == "bücher.example = xn--bcher-kva.example"
        ));
        // The first `а` is Cyrillic.
        assert!(matches!(
            facts("From: a@st\u{430}dt.example").doubts.as_slice(),
            [Doubt::LookAlike(it)] if it.ends_with(".example") && it.contains("xn--")
        ));
    }
}
