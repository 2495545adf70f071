//! `office.toml`: its queues, roles, language and models.

use super::references::Kind;
use super::{Checks, OFFICE, did_you_mean, policy};
use crate::config::tree::Node;
use crate::locale;

pub(super) fn check(checks: &mut Checks<'_>) {
    let office = checks.office.clone();
    checks.refers_to_queue(OFFICE, office.get("post_room"));
    language(checks, office.get("language"));
    for (name, queue) in office.entries_of("queue") {
        checks.name_is_usable(OFFICE, Some(queue), "a queue", name);
    }
    roles(checks, &office);
    let known = checks.connectors.clone();
    for model in office.get("policy").map_or(&[][..], |policy| policy.entries_of("models")) {
        checks.key_refers(OFFICE, model, Kind::Connector, &known);
    }
    policy::check_office(checks, &office);
    schedule(checks, office.get("ledger").and_then(|it| it.get("at")));
    checks.refers_to_connector(OFFICE, office.get("alarm").and_then(|it| it.get("through")));
}

fn schedule(checks: &mut Checks<'_>, node: Option<&Node>) {
    let Some((node, text)) = node.and_then(|node| Some((node, node.text()?))) else { return };
    // Any day does to see whether a time ever comes, such as that of the 30th of February.
    let some_day = jiff::Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC);
    let comes = |it: croner::Cron| it.find_next_occurrence(&some_day, false);
    if let Err(error) = text.parse::<croner::Cron>().and_then(comes) {
        let wrong =
            checks.wrong("E0222", OFFICE, node, format!("`{text}` is not a schedule: {error}"));
        wrong.hint =
            Some("minute, hour, day, month, day of the week, such as `30 2 * * *`".to_owned());
    }
}

fn language(checks: &mut Checks<'_>, node: Option<&Node>) {
    let Some((node, code)) = node.and_then(|node| Some((node, node.text()?))) else { return };
    let known: Vec<&str> = locale::LIST.iter().map(|language| language.code).collect();
    if !known.contains(&code) {
        let wrong = checks.wrong("E0214", OFFICE, node, format!("the pages do not speak `{code}`"));
        wrong.hint = did_you_mean(code, &known);
    }
}

/// Roles name queues that exist, and every queue has somebody who sees it.
fn roles(checks: &mut Checks<'_>, office: &Node) {
    let roles = office.entries_of("role");
    let named: Vec<&Node> = roles.iter().flat_map(|(_, role)| role.items_of("queues")).collect();
    for node in named.iter().filter(|node| node.text() != Some("*")) {
        checks.refers_to_queue(OFFICE, Some(node));
    }
    if roles.is_empty() || named.iter().any(|node| node.text() == Some("*")) {
        return;
    }
    for (name, queue) in office.entries_of("queue") {
        if !named.iter().any(|node| node.text() == Some(name)) {
            let message = format!("no role sees the queue `{name}`");
            let wrong = checks.wrong_at("E0218", OFFICE, queue.key.clone(), message);
            wrong.hint =
                Some("add it to the `queues` of a role: else its drafts wait for ever".to_owned());
        }
    }
}
