//! What was learned and how it did, as numbers: no word of any item but the labels that several share.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use serde_json::{Value, json};

use super::answers::{self, Answer};
use super::school::{Decided, School};
use super::{Known, zone};
use crate::engine::{Desk, Error};
use crate::insight::calibration;

/// All of it. What is told about confidences and about right answers is seen on all reviewed items, also on those
/// that do not teach.
pub(super) async fn report(school: &School, known: &Known, desk: &Desk) -> Result<Value, Error> {
    let decided: Vec<&Decided> = school.decided().collect();
    let door = |(name, it): (&_, &std::sync::Arc<crate::learn::Learned>)| {
        json!({
            "door": name, "examples": it.examples(), "unseen_right": it.unseen_right(),
            "vectors": it.has_vectors(),
        })
    };
    let doors: BTreeMap<_, _> = known.doors.iter().collect();
    let mut classes: BTreeMap<String, usize> = BTreeMap::new();
    for it in &decided {
        *classes.entry(it.class.to_string()).or_default() += 1;
    }
    let labels: BTreeMap<String, Value> =
        known.labels.iter().map(|(class, it)| (class.to_string(), json!(it))).collect();
    let plan = school.plan.as_ref();
    let back = plan.and_then(|it| it.back.as_ref());
    Ok(json!({
        "on": plan.is_some_and(|it| it.settings.on),
        "until": plan.and_then(|it| it.settings.until),
        "back": back.map(|it| json!({ "until": it.until, "since": it.since })),
        "items": decided.len(),
        "teaching": plan.map_or(0, |it| school.allowed(it).len()),
        "version": known.version,
        "versions": versions(desk, &decided).await?,
        "classes": classes,
        "doors": doors.into_iter().map(door).collect::<Vec<Value>>(),
        "labels": labels,
        "reviewed": {
            "before": right(&decided, |it| !it.said.had_learned),
            "since": right(&decided, |it| it.said.had_learned),
        },
        "week": week(desk, &decided),
        "reliability": { "classes": class_reliability(&decided), "fields": field_reliability(&decided) },
    }))
}

/// How many of some items had the right class at once.
fn right(decided: &[&Decided], which: impl Fn(&Decided) -> bool) -> Value {
    let some: Vec<_> = decided.iter().filter(|it| which(it)).collect();
    let right = some.iter().filter(|it| it.said.right).count();
    json!({ "items": some.len(), "right": right })
}

/// The versions, oldest first, each with how it did.
async fn versions(desk: &Desk, decided: &[&Decided]) -> Result<Vec<Value>, Error> {
    let versions = desk.records().versions().await?;
    let told = versions.into_iter().map(|it| {
        let unseen = it.doors.values().map(|door| f64::from(door.unseen_right) * door.examples as f64);
        let examples: usize = it.doors.values().map(|door| door.examples).sum();
        json!({
            "version": it.number, "at": it.at, "hash": it.hash, "items": it.items, "until": it.until,
            "unseen_right": (examples > 0).then(|| unseen.sum::<f64>() / examples as f64),
            "reviewed": right(decided, |item| item.said.version == it.number),
        })
    });
    Ok(told.collect())
}

/// How the answers of this week did beside those before it.
fn week(desk: &Desk, decided: &[&Decided]) -> Value {
    let zone = zone(&desk.rules());
    let today = desk.now().to_zoned(zone.clone()).date();
    let Ok(monday) = today.tomorrow().and_then(|it| it.nth_weekday(-1, Weekday::Monday)) else {
        return Value::Null;
    };
    let day = |at: Timestamp| -> Date { at.to_zoned(zone.clone()).date() };
    json!({
        "since": monday,
        "before": right(decided, |it| day(it.said.at) < monday),
        "after": right(decided, |it| day(it.said.at) >= monday),
    })
}

/// How far claim and truth are apart, as claimed and as shown once reviewed answers had put it right.
fn apart(answers: &[&Answer]) -> Value {
    let claimed: Vec<(f32, bool)> = answers.iter().map(|it| (it.claimed, it.right)).collect();
    let put_right = || answers.iter().filter(|it| it.put_right);
    let shown: Vec<(f32, bool)> = put_right().map(|it| (it.shown, it.right)).collect();
    let as_claimed: Vec<(f32, bool)> = put_right().map(|it| (it.claimed, it.right)).collect();
    let error = |answers: &[(f32, bool)]| (!answers.is_empty()).then(|| calibration(answers).error);
    json!({
        "answers": answers.len(), "wrong": answers.iter().filter(|it| !it.right).count(),
        "claimed_error": error(&claimed),
        "put_right": { "answers": shown.len(), "claimed_error": error(&as_claimed), "error": error(&shown) },
    })
}

fn class_reliability(decided: &[&Decided]) -> Vec<Value> {
    let told = answers::by_door(decided).into_iter().map(|((door, by), answers)| {
        let mut told = apart(&answers);
        (told["door"], told["by"]) = (json!(door), json!(by));
        told
    });
    told.collect()
}

fn field_reliability(decided: &[&Decided]) -> Vec<Value> {
    let mut fields: BTreeMap<(String, String), Vec<&Answer>> = BTreeMap::new();
    for it in decided {
        for answer in &it.values {
            let name = answer.name.as_ref().map(ToString::to_string).unwrap_or_default();
            fields.entry((it.class.to_string(), name)).or_default().push(answer);
        }
    }
    let told = fields.into_iter().map(|((class, field), answers)| {
        let mut told = apart(&answers);
        (told["class"], told["field"]) = (json!(class), json!(field));
        told
    });
    told.collect()
}
