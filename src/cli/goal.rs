//! What a measured workflow has to reach: the table `[bench]` of a file in `benches/`.

use std::collections::BTreeMap;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use crate::domain::Parsed;
use crate::fields::TypeName;
use crate::insight::{Prediction, Score, Truth};

/// `[bench]`: no part of a workflow, and taken out before it is checked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Goal {
    /// What is measured.
    #[serde(default)]
    pub(super) kind: Kind,
    /// At least this share of classes, or of verdicts, is right.
    accuracy: Option<f64>,
    /// At least this F1 of all fields.
    fields: Option<f64>,
    /// At least this share of the true values is given.
    recall: Option<f64>,
    /// At most this share of what belongs to none of the classes gets one. Then a class of the truth that the workflow
    /// does not have means "none of these".
    pub(super) false_alarms: Option<f64>,
    /// With `kind = "learn"`: at least this share of what belongs to none of the classes is told as such.
    strangers: Option<f64>,
    /// With `--of FIELD`: at least this share of that field is right, instead of `accuracy`.
    #[serde(default)]
    of: BTreeMap<String, f64>,
    /// With `--few N`: at least this share of classes is right, instead of `accuracy`.
    #[serde(default)]
    few: BTreeMap<String, f64>,
    /// With `kind = "learn"`: into how many parts the documents are split; each is told by what the others taught.
    pub(super) parts: Option<usize>,
    /// With `kind = "learn"`: the class of the truth that means "none of these".
    pub(super) none: Option<String>,
    /// With `kind = "learn"`: what the truth calls a class of the workflow, where that is no name for a class.
    #[serde(default)]
    pub(super) truth: BTreeMap<String, String>,
    /// The field of the truth that names a line's group.
    by: Option<String>,
    /// Classes that are a group of their own, called `apart`: so near to each other that they are told apart by chance.
    #[serde(default)]
    apart: Vec<String>,
    /// At least this share is right in each of these groups.
    #[serde(default)]
    least: BTreeMap<String, f64>,
    /// With `kind = "values"`: which field type checks the lines whose truth has this `kind`.
    #[serde(default)]
    types: BTreeMap<String, TypeName>,
}

/// How much is right in one group of lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(super) struct Group {
    /// How many lines.
    pub(super) documents: usize,
    /// The share whose class is right.
    pub(super) accuracy: f64,
}

/// Parts where a file does not say how many.
pub(super) const PARTS: usize = 10;

/// What is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// Classes and fields, by the whole way of a document.
    #[default]
    Workflow,
    /// Whether the rule that each line names (`fields.rule`) is found `violated` or `satisfied`.
    Rules,
    /// Whether the text is `valid` or `invalid` as a value of the field type that its line names.
    Values,
    /// In which language the text is written.
    Language,
    /// Classes, by what the documents teach each other and what the workflow says about them; no model is asked.
    Learn,
}

/// The goal of a file, and the rest of its text.
pub(super) fn split(text: &str) -> anyhow::Result<(Goal, String)> {
    let mut rest: toml_edit::DocumentMut = text.parse().context("not TOML")?;
    let Some(bench) = rest.remove("bench") else { return Ok((Goal::default(), text.to_owned())) };
    let mut alone = toml_edit::DocumentMut::new();
    alone.insert("bench", bench);
    let mut goals: BTreeMap<String, Goal> =
        toml::from_str(&alone.to_string()).context("the table `[bench]` has a mistake")?;
    Ok((goals.remove("bench").unwrap_or_default(), rest.to_string()))
}

impl Goal {
    /// The goal where another field than the class is learned, or from few examples: only what was set for that.
    pub(super) fn asked(mut self, of: Option<&str>, few: Option<usize>) -> Self {
        let few = few.map(|it| it.to_string());
        if of.is_some() || few.is_some() {
            let of = of.and_then(|it| self.of.get(it));
            self.accuracy = of.or_else(|| self.few.get(few.as_deref()?)).copied();
            self.strangers = None;
        }
        self
    }

    /// Each goal that was set, whether it is reached, and one line about it.
    pub(super) fn judge(
        &self,
        score: &Score,
        groups: &BTreeMap<String, Group>,
    ) -> Vec<(bool, String)> {
        self.judge_learned(score, groups, None)
    }

    /// The same for what was learned; `strangers` is the share of what belongs to none that was told as such.
    pub(super) fn judge_learned(
        &self,
        score: &Score,
        groups: &BTreeMap<String, Group>,
        strangers: Option<f64>,
    ) -> Vec<(bool, String)> {
        let told = |name: &str, least: Option<f64>, reached: f64| {
            let least = least?;
            // What is counted exactly is compared exactly, but for the last digit of a double.
            let good = reached + 1e-9 >= least;
            let word = if good { "reached" } else { "MISSED" };
            Some((good, format!("goal        {name} {reached:.4} of {least:.4}: {word}")))
        };
        let fields = score.all_fields.f1();
        let alarms = self.false_alarms.map(|most| {
            let share = score.false_alarm_rate();
            // Who asks about strangers and shows none has measured nothing.
            let good = share <= most + 1e-9 && score.without_class() > 0;
            let word = if good { "reached" } else { "MISSED" };
            (good, format!("goal        false alarms {share:.4}, at most {most:.4}: {word}"))
        });
        let goals = [
            told("accuracy", self.accuracy, score.accuracy),
            told("fields", self.fields, fields),
            told("recall", self.recall, score.all_fields.recall()),
            told("strangers", self.strangers, strangers.unwrap_or_default()),
        ];
        let of_groups = self.least.iter().filter_map(|(name, least)| {
            let reached = groups.get(name).map_or(0.0, |it| it.accuracy);
            told(name, Some(*least), reached)
        });
        goals.into_iter().flatten().chain(alarms).chain(of_groups).collect()
    }

    /// Makes a line of truth one of none of the classes if it names a class that the workflow does not have, where
    /// false alarms are counted.
    pub(super) fn estrange(&self, truth: &mut Truth, known: &[String]) {
        let strange = truth.class.as_ref().is_some_and(|class| !known.contains(class));
        if self.false_alarms.is_some() && strange {
            truth.class = None;
            truth.fields.clear();
        }
    }

    /// The group of a line, if lines are counted in groups.
    pub(super) fn group(&self, truth: &Truth) -> Option<String> {
        let by = self.by.as_ref()?;
        if truth.class.as_ref().is_some_and(|class| self.apart.contains(class)) {
            return Some("apart".to_owned());
        }
        truth.fields.get(by)?.as_str().map(str::to_owned)
    }

    /// The field type that checks a line.
    pub(super) fn kind_of(&self, truth: &Truth) -> Option<&TypeName> {
        self.types.get(truth.fields.get("kind")?.as_str()?)
    }
}

/// What is right in each group.
pub(super) fn in_groups(
    pairs: &[(Truth, Prediction)],
    groups: &[Option<String>],
) -> BTreeMap<String, Group> {
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for ((truth, prediction), group) in pairs.iter().zip(groups) {
        let Some(group) = group else { continue };
        let (right, all) = counts.entry(group.clone()).or_default();
        *right += usize::from(truth.class == prediction.class);
        *all += 1;
    }
    let share = |(name, (right, all)): (String, (usize, usize))| {
        (name, Group { documents: all, accuracy: right as f64 / all.max(1) as f64 })
    };
    counts.into_iter().map(share).collect()
}

/// The verdict on the rule that a line of truth names.
pub(super) fn verdict(truth: &Truth, parsed: &Parsed, seconds: f64) -> Prediction {
    let rule = truth.fields.get("rule").and_then(|it| it.as_str()).unwrap_or_default();
    let checks: Vec<_> = parsed.documents.iter().filter_map(|it| it.rule_check.as_ref()).collect();
    let broken = checks.iter().any(|it| it.broken.iter().any(|it| it.rule == rule));
    let mut prediction =
        Prediction { file: truth.file.clone(), reading_seconds: seconds, ..Prediction::default() };
    if checks.is_empty() {
        prediction.abstain = true;
        prediction.error = Some("no invoice whose rules could be checked".to_owned());
        return prediction;
    }
    prediction.class = Some(if broken { "violated" } else { "satisfied" }.to_owned());
    prediction.confidence = 1.0;
    prediction.fields.insert("rule".to_owned(), vec![rule.to_owned()]);
    prediction
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insight::score;

    #[test]
    fn a_goal_is_taken_out_and_judged() {
        let (goal, rest) = split("title = \"x\"\n\n[bench]\naccuracy = 0.9\n").unwrap();
        assert!(!rest.contains("bench") && rest.contains("title"), "{rest}");
        let none = BTreeMap::new();
        let right = |accuracy| Score { accuracy, ..Score::default() };
        assert!(goal.judge(&right(0.9), &none)[0].0);
        assert!(!goal.judge(&right(0.89), &none)[0].0);
        assert_eq!(goal.judge(&right(0.9), &none).len(), 1);
        assert!(split("[bench]\naccurracy = 1").is_err());
    }

    #[test]
    fn false_alarms_are_counted_among_what_the_workflow_does_not_know() {
        let goal = split("[bench]\nfalse_alarms = 0.5\n").unwrap().0;
        let pair = |class: &str, given: Option<&str>| {
            let mut truth = Truth { class: Some(class.to_owned()), ..Truth::default() };
            goal.estrange(&mut truth, &["dog".to_owned()]);
            (truth, Prediction { class: given.map(str::to_owned), ..Prediction::default() })
        };
        let none = BTreeMap::new();
        let judge = |pairs: &[(Truth, Prediction)]| goal.judge(&score(pairs), &none)[0].0;
        assert!(judge(&[pair("news", None), pair("mail", Some("dog")), pair("dog", Some("dog"))]));
        assert!(!judge(&[pair("news", Some("dog")), pair("dog", None)]));
        assert!(!judge(&[pair("dog", Some("dog"))]));
    }

    #[test]
    fn another_question_has_a_goal_of_its_own_or_none() {
        let text = "[bench]\naccuracy = 0.7\nof = { office = 0.8 }\nfew = { 3 = 0.5 }\n";
        let least = |of, few| {
            let goal = split(text).unwrap().0.asked(of, few);
            goal.judge(&Score::default(), &BTreeMap::new()).into_iter().next().map(|it| it.1)
        };
        assert!(least(None, None).unwrap().contains("of 0.7000"));
        assert!(least(Some("office"), None).unwrap().contains("of 0.8000"));
        assert!(least(None, Some(3)).unwrap().contains("of 0.5000"));
        assert_eq!((least(Some("street"), None), least(None, Some(4))), (None, None));
    }

    #[test]
    fn a_group_has_a_goal_of_its_own_and_what_lies_apart_does_not_count_in_it() {
        let text =
            "[bench]\nby = \"kind\"\napart = [\"hr\"]\nleast = { long = 0.9, short = 0.5 }\n";
        let goal = split(text).unwrap().0;
        let pair = |class: &str, given: &str, kind: &str| {
            let mut truth = Truth { class: Some(class.to_owned()), ..Truth::default() };
            truth.fields.insert("kind".to_owned(), kind.into());
            (truth, Prediction { class: Some(given.to_owned()), ..Prediction::default() })
        };
        let pairs = [pair("de", "de", "long"), pair("hr", "bs", "long"), pair("de", "nl", "short")];
        let groups: Vec<_> = pairs.iter().map(|(truth, _)| goal.group(truth)).collect();
        let groups = in_groups(&pairs, &groups);
        assert_eq!(groups["apart"], Group { documents: 1, accuracy: 0.0 });
        let reached: Vec<bool> =
            goal.judge(&Score::default(), &groups).iter().map(|it| it.0).collect();
        assert_eq!(reached, [true, false]);
    }
}
