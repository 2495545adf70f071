//! An e-invoice as a page that people read: parties, lines, VAT, sums; every value with its BT number.

use super::facts::Proven;
use crate::domain::invoice::{group_of, occurrences};
use crate::domain::{Document, Fact, RuleCheck, Trust, Verdict, Weight};
use crate::web::words::Words;

/// A part of the page: a list of values, or a table.
pub(in crate::web) struct Block {
    /// What it is about.
    pub title: String,
    /// The values of a list.
    pub rows: Vec<Value>,
    /// The columns of a table: name and BT number.
    pub heads: Vec<(String, &'static str)>,
    /// The rows of a table; a cell may hold several values.
    pub lines: Vec<Vec<Vec<Value>>>,
}

/// One value.
pub(in crate::web) struct Value {
    /// The term as people read it; empty in a table, where the column has it.
    pub label: String,
    /// Its number in the standard.
    pub term: String,
    /// As people write it.
    pub value: String,
    /// The names of places that lead here.
    pub anchors: Vec<String>,
    /// The fields it proves, parted by spaces.
    pub fields: String,
}

/// What the rules say of it.
pub(in crate::web) struct Rules {
    /// The profile, and what came of the check.
    pub title: String,
    /// `success`, `warning` or `info`.
    pub kind: &'static str,
    /// The broken rules by kind.
    pub families: Vec<(String, Vec<RuleRow>)>,
    /// What is not named any more.
    pub more: String,
}

/// One broken rule.
pub(in crate::web) struct RuleRow {
    /// Its name.
    pub rule: String,
    /// Where.
    pub path: String,
    /// What it says.
    pub text: String,
}

const LISTS: &[(&str, &[&str])] = &[
    (
        "invoice-seller",
        &[
            "BT-27", "BT-28", "BT-35", "BT-36", "BT-38", "BT-37", "BT-40", "BT-29", "BT-30",
            "BT-31", "BT-32", "BT-33", "BT-34", "BT-41", "BT-42", "BT-43", "BT-62", "BT-63",
        ],
    ),
    (
        "invoice-buyer",
        &["BT-44", "BT-50", "BT-51", "BT-53", "BT-52", "BT-55", "BT-46", "BT-48", "BT-49", "BT-56"],
    ),
    ("invoice-delivery", &["BT-70", "BT-72", "BT-75", "BT-78", "BT-77"]),
    (
        "invoice-sums",
        &[
            "BT-106", "BT-107", "BT-108", "BT-109", "BT-110", "BT-111", "BT-112", "BT-113",
            "BT-114", "BT-115",
        ],
    ),
    (
        "invoice-payment",
        &[
            "BT-9", "BT-81", "BT-82", "BT-84", "BT-85", "BT-86", "BT-83", "BT-59", "BT-89",
            "BT-90", "BT-91", "BT-20",
        ],
    ),
    ("invoice-notes", &["BT-22"]),
];

/// Title, group, and the terms of each column; what is in no column stands in the second.
type Table = (&'static str, &'static str, &'static [&'static [&'static str]]);

const TABLES: &[Table] = &[
    (
        "invoice-lines",
        "BG-25",
        &[&["BT-126"], &["BT-153"], &["BT-129", "BT-130"], &["BT-146"], &["BT-152"], &["BT-131"]],
    ),
    ("invoice-charges", "BG-20", &[&["BT-97", "BT-104"], &["BT-92", "BT-99"]]),
    ("invoice-vat", "BG-23", &[&["BT-118"], &["BT-120"], &["BT-119"], &["BT-116"], &["BT-117"]]),
    ("invoice-files", "BG-24", &[&["BT-122"], &["BT-123"], &["BT-125"]]),
];

const SUMS: &[&str] = &[
    "BT-92", "BT-99", "BT-106", "BT-107", "BT-108", "BT-109", "BT-110", "BT-111", "BT-112",
    "BT-113", "BT-114", "BT-115", "BT-116", "BT-117", "BT-131", "BT-136", "BT-141", "BT-146",
];

/// Whether a fact is one of an invoice.
pub(super) fn is_term(fact: &Fact) -> bool {
    fact.trust == Trust::Xml && (fact.name.starts_with("BT-") || fact.name.starts_with("einvoice:"))
}

/// The page; nothing for a document that is no e-invoice.
pub(super) fn blocks(words: &Words, document: &Document, proven: &[&Proven<'_>]) -> Vec<Block> {
    let terms: Vec<Fact> = document.facts.iter().filter(|it| is_term(it)).cloned().collect();
    let view = View { words, terms: &terms, proven };
    if terms.is_empty() {
        return Vec::new();
    }
    let mut blocks = vec![view.head()];
    let (before, after) = LISTS.split_at_checked(3).unwrap_or((LISTS, &[]));
    blocks.extend(before.iter().map(|(title, terms)| view.list(title, terms)));
    let (lines, files) = TABLES.split_at_checked(3).unwrap_or((TABLES, &[]));
    blocks.extend(lines.iter().map(|table| view.table(table)));
    blocks.extend(after.iter().map(|(title, terms)| view.list(title, terms)));
    blocks.extend(files.iter().map(|table| view.table(table)));
    blocks.retain(|block| !block.rows.is_empty() || !block.lines.is_empty());
    blocks
}

struct View<'a> {
    words: &'a Words,
    terms: &'a [Fact],
    proven: &'a [&'a Proven<'a>],
}

impl View<'_> {
    /// What is in no other block.
    fn head(&self) -> Block {
        let elsewhere = |fact: &Fact| {
            LISTS.iter().any(|(_, terms)| terms.contains(&fact.name.as_str())) || in_table(fact)
        };
        let own = self.terms.iter().filter(|it| it.name.starts_with("BT-") && !elsewhere(it));
        let rows = own.map(|fact| self.value(fact, true)).collect();
        let title = self.words.t("invoice-head");
        Block { title, rows, heads: Vec::new(), lines: Vec::new() }
    }

    fn list(&self, title: &str, terms: &[&str]) -> Block {
        let of = |term: &&str| {
            let term = (*term).to_owned();
            self.terms.iter().filter(move |fact| fact.name == term && !in_table(fact))
        };
        let rows = terms.iter().flat_map(of).map(|fact| self.value(fact, true)).collect();
        Block { title: self.words.t(title), rows, heads: Vec::new(), lines: Vec::new() }
    }

    fn table(&self, (title, group, columns): &Table) -> Block {
        let head = |column: &&'static [&'static str]| {
            let term = column.first().copied().unwrap_or_default();
            (self.words.t(&format!("term-{term}")), term)
        };
        let lines = occurrences(self.terms, group).into_iter().map(|facts| {
            let mut cells: Vec<Vec<Value>> = columns.iter().map(|_| Vec::new()).collect();
            for fact in facts {
                let holds = |column: &&[&str]| column.contains(&fact.name.as_str());
                let column = columns.iter().position(holds);
                if let Some(cell) = cells.get_mut(column.unwrap_or(1)) {
                    cell.push(self.value(fact, column.is_none()));
                }
            }
            cells
        });
        let title = self.words.t(title);
        Block {
            title,
            rows: Vec::new(),
            heads: columns.iter().map(head).collect(),
            lines: lines.collect(),
        }
    }

    fn value(&self, fact: &Fact, labelled: bool) -> Value {
        let here = |it: &&&Proven<'_>| it.evidence.path.as_deref() == Some(fact.path.as_str());
        let here: Vec<&Proven<'_>> = self.proven.iter().filter(here).copied().collect();
        let fields: Vec<&str> =
            here.iter().map(|it| it.field).filter(|field| !field.is_empty()).collect();
        let label =
            if labelled { self.words.t(&format!("term-{}", fact.name)) } else { String::new() };
        Value {
            label,
            term: fact.name.clone(),
            value: self.shown(fact),
            anchors: here.iter().map(|it| it.anchor.clone()).collect(),
            fields: fields.join(" "),
        }
    }

    fn shown(&self, fact: &Fact) -> String {
        let value = fact.value.as_str();
        match fact.name.as_str() {
            "BT-3" => match self.words.or(&format!("invoice-type-{value}"), "") {
                name if name.is_empty() => value.to_owned(),
                name => format!("{name} ({value})"),
            },
            "BT-130" => self.words.or(&format!("unit-{value}"), value),
            "BT-119" | "BT-152" => format!("{} %", number(self.words, value)),
            "BT-129" => number(self.words, value),
            term if SUMS.contains(&term) => number(self.words, value),
            _ => value.parse().map_or_else(|_| value.to_owned(), |date| self.words.day(date)),
        }
    }
}

fn in_table(fact: &Fact) -> bool {
    group_of(&fact.path)
        .is_some_and(|(group, _)| TABLES.iter().any(|(_, of_table, _)| *of_table == group))
}

/// `1234.5` as people write it in the language of the page; anything else as it is.
fn number(words: &Words, value: &str) -> String {
    let (sign, digits) = value.strip_prefix('-').map_or(("", value), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |text: &str| text.bytes().all(|it| it.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(fraction) {
        return value.to_owned();
    }
    let (thousands, point) = if words.language.code == "de" { ('.', ",") } else { (',', ".") };
    let mut grouped = String::new();
    for (nth, digit) in whole.chars().enumerate() {
        if nth > 0 && (whole.len() - nth).is_multiple_of(3) {
            grouped.push(thousands);
        }
        grouped.push(digit);
    }
    let point = if fraction.is_empty() { "" } else { point };
    format!("{sign}{grouped}{point}{fraction}")
}

/// The check of an invoice in words, the broken rules grouped by what kind they are.
pub(super) fn rules(words: &Words, check: &RuleCheck) -> Rules {
    let (key, kind) = match check.verdict {
        Verdict::Kept => ("rules-kept", "success"),
        Verdict::Broken => ("rules-broken", "warning"),
        Verdict::Limited => ("rules-limited", "info"),
        Verdict::NotChecked => ("rules-not-checked", "info"),
    };
    let mut families: Vec<(String, Vec<RuleRow>)> = Vec::new();
    for broken in check.broken.iter().filter(|it| it.weight != Weight::Information) {
        let title = words.t(&format!("rule-family-{}", family(&broken.rule)));
        let (rule, path) = (broken.rule.clone(), broken.path.clone());
        let text = match (&broken.expected, &broken.actual) {
            (Some(expected), Some(actual)) => format!("{} ({actual} ≠ {expected})", broken.text),
            (None, Some(actual)) => format!("{} („{actual}“)", broken.text),
            _ => broken.text.clone(),
        };
        let row = RuleRow { rule, path, text };
        match families.iter_mut().find(|(known, _)| *known == title) {
            Some((_, rows)) => rows.push(row),
            None => families.push((title, vec![row])),
        }
    }
    let more = check.more.to_string();
    Rules {
        title: format!("{}: {}", check.profile, words.t(key)),
        kind,
        families,
        more: if check.more > 0 { words.with("rules-more", "count", &more) } else { String::new() },
    }
}

fn family(rule: &str) -> &'static str {
    match rule {
        _ if rule.starts_with("PEPPOL") => "PEPPOL",
        _ if rule.starts_with("BR-DEC") => "BR-DEC",
        _ if rule.starts_with("BR-DE") => "BR-DE",
        _ if rule.starts_with("BR-CO") => "BR-CO",
        _ if rule.starts_with("BR-CL") => "BR-CL",
        _ if !rule.starts_with("BR-") => "XML",
        _ if rule.chars().nth(3).is_some_and(|it| it.is_ascii_digit()) => "BR",
        _ => "VAT",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::BrokenRule;

    fn fact(name: &str, value: &str, path: &str) -> Fact {
        Fact { name: name.into(), value: value.into(), path: path.into(), trust: Trust::Xml }
    }

    #[test]
    fn lines_stand_in_a_table_and_what_has_no_column_in_the_second() {
        let facts = vec![
            fact("BT-1", "R-1", "/Invoice/ID[1]"),
            fact("BT-126", "1", "/Invoice/InvoiceLine[1]/ID[1]"),
            fact("BT-127", "eilig", "/Invoice/InvoiceLine[1]/Note[1]"),
            fact("BT-131", "-1234.50", "/Invoice/InvoiceLine[1]/LineExtensionAmount[1]"),
        ];
        let document = Document { facts, ..Document::default() };
        let shown = blocks(&Words::new("de", "Europe/Berlin"), &document, &[]);
        let titles: Vec<&str> = shown.iter().map(|it| it.title.as_str()).collect();
        assert_eq!(titles, ["Rechnung", "Positionen"]);
        let line = &shown[1].lines[0];
        assert_eq!((line[1][0].value.as_str(), line[5][0].value.as_str()), ("eilig", "-1.234,50"));
        assert_eq!(line[1][0].label, "Bemerkung zur Position");
    }

    #[test]
    fn broken_rules_are_grouped_by_kind() {
        let broken = |rule: &str| BrokenRule { rule: rule.into(), ..BrokenRule::default() };
        let check = RuleCheck {
            profile: "XRechnung 3.0".into(),
            rule_set: "XRechnung 3.0".into(),
            verdict: Verdict::Broken,
            broken: vec![broken("BR-DE-15"), broken("BR-S-08"), broken("BR-DE-1"), broken("BR-02")],
            more: 0,
        };
        let shown = rules(&Words::new("en", "Europe/Berlin"), &check);
        assert_eq!(shown.families.iter().map(|it| it.1.len()).collect::<Vec<_>>(), [2, 1, 1]);
        assert_eq!(shown.kind, "warning");
    }

    #[test]
    fn every_term_and_family_has_a_name_in_both_languages() {
        for language in ["de", "en"] {
            let terms = LISTS.iter().flat_map(|(_, terms)| *terms);
            let columns = TABLES.iter().flat_map(|(.., columns)| columns.iter().copied().flatten());
            for term in terms.chain(columns).chain(SUMS) {
                assert!(crate::locale::has(language, &format!("term-{term}")), "{language} {term}");
            }
            for rule in
                ["PEPPOL-1", "BR-DEC-1", "BR-DE-1", "BR-CO-1", "BR-CL-1", "XML", "BR-1", "BR-S-1"]
            {
                let key = format!("rule-family-{}", family(rule));
                assert!(crate::locale::has(language, &key), "{language} {key}");
            }
        }
    }
}
