//! Who a contract is between, as its opening clause names them.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Reader, Reading, fixed, squeeze};
use super::{Asked, FieldType, Hit, Invalid, Search};
use crate::domain::Span;

pub(super) const TYPE: FieldType = FieldType {
    name: "contract_party",
    purpose: "A party of a contract, a company or a person, as the opening clause names it.",
    example: "Muster Bau GmbH",
    basis: "",
    search: Search::Both(recognise, 10),
    normalise,
    doubts: None,
    sensitive: false,
};

static READER: Reader = Reader { sure: None, hinted: None, read, scanned: false, cuts: false };

/// The clause begins here: `by and between A, a Delaware corporation, and B`.
static OPENING: LazyLock<Regex> = LazyLock::new(|| {
    fixed(r"(?i)(?-u:\b)(?:by\s+and\s+(?:between|among)|between|among|zwischen)(?-u:\b):?")
});
/// And it ends here at the latest.
static CLOSE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)\b(?:whereas|witnesseth|recitals|background|wird folgend|vereinbaren|under\s+the\s+following|agree\s+as|on\s+the\s+following|for\s+the\s+purpose|to\s+assure)\b|[<L>0-9)”’]\.\s+(?-i:[<U>])",
    )
});
/// What parts one party from the next.
static NEXT: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"(?i)\b(?:and|und|sowie)\b(?:\s+(?:among|between)\b)?|;|\)\s*,|,"));
/// Words before a name: articles, numbers of a list, what somebody is.
static LEAD: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"^(?:\s|[,:–—-]|\(?(?:[0-9]{1,2}|[ivx]{1,4}|[a-h])\)|(?i:and|und|the|der|die|dem|den|both|each\s+of|firma|herrn?|frau|its\s+parent\s+company|seiner|ihrer)\b)*",
    )
});
/// A name: words with capital letters, joined by small ones, and a legal form.
static NAME: LazyLock<Regex> = LazyLock::new(|| fixed(&format!("^(?:{})", name_shape())));
/// A name at the beginning that a role in brackets defines: `Landry's, Inc. (the "Recipient")`.
static DEFINED: LazyLock<Regex> = LazyLock::new(|| {
    fixed(&format!(
        r"({})(?:,?\s(?:an?|and\sits|ein|eine)\s[^()“]{{0,80}}?)?\s?\((?i:hereinafter|hereafter|together|nachfolgend|im\s+Folgenden)?[^()“]{{0,60}}?[“\x22‘„'](?i:the\s+)?(?:Company|Recipient|Employer|Employee|Executive|Buyer|Seller|Purchaser|Discloser|Contractor|Consultant|Receiving Party|Disclosing Party|Corporation|Counterparty|Auftraggeber(?:in)?|Auftragnehmer(?:in)?|Vermieter(?:in)?|Mieter(?:in)?|Verkäufer(?:in)?|Käufer(?:in)?)[”\x22’“']",
        name_shape()
    ))
});

/// So many characters from the beginning an opening clause is looked for.
const BEGINNING: usize = 6000;
/// So many beginnings of a clause are looked at.
const OPENINGS: usize = 30;
/// So long is an opening clause at most.
const CLAUSE: usize = 1500;
/// In so many characters of the beginning a role in brackets defines a party.
const ROLES: usize = 2500;
/// What is written like a name and is none.
const ROLE_WORDS: &[&str] = &[
    "company",
    "employee",
    "employer",
    "recipient",
    "participant",
    "executive",
    "agreement",
    "party",
    "parties",
    "buyer",
    "seller",
    "counterparty",
    "undersigned",
    "you",
    "i",
    "we",
    "us",
    "contractor",
    "consultant",
    "director",
    "monday",
    "friday",
    "schedule",
    "exhibit",
    "vertrag",
    "parteien",
];

/// Legal forms and ends of names that are cut short, with a point or without.
const SHORT_FORM: &str = r"(?:Inc(?:orporated)?|INC(?:ORPORATED)?|Corp(?:oration)?|CORP(?:ORATION)?|Company|COMPANY|Co|CO|L\.?\s?L\.?\s?[CP]|L\.?\s?P|Ltd|LTD|Limited|LIMITED|PLC|plc|N\.?\s?V|B\.?\s?V|S\.?\s?A|A\.\s?G|P\.?\s?C|e\.\s?V|Jr|JR|Sr|II|III|IV|Ph\.?D|M\.?D)";
/// Legal forms that no point follows: one behind them ends the sentence.
const WHOLE_FORM: &str = r"(?:GmbH(?:\s&\s?Co\.?\s?KG)?|A\s?G|KG|OHG|SE|eG)";

fn form() -> String {
    format!("(?:{SHORT_FORM}|{WHOLE_FORM})")
}

fn name_shape() -> String {
    let first =
        r"(?:[<U>][<L>0-9&.'’/!–-]{0,40}|[a-z][<U>][<L>0-9]{1,30}|[0-9]{1,3}[<U>][<L>]{0,30})";
    let word = r"(?:[<U>0-9][<L>0-9&.'’/!–-]{0,40}|[a-z][<U>][<L>0-9]{1,30}|&)";
    let joined = r"(?:(?:of|the|for|de|von|van|der|für|of\s+the)\s+){0,2}";
    format!(
        r"{first}(?:\s{{1,3}}{joined}{word}){{0,8}}(?:\s?,?\s?(?-u:\b){}(?-u:\b)(?:\s?\.)?){{0,2}}(?:\s\.)?",
        form()
    )
}

/// The parties of the first clause that names some, each standing where the clause lists one.
fn recognise(text: &str, _: &Asked<'_>) -> Vec<Hit> {
    let beginning = first(text, BEGINNING);
    for opening in OPENING.find_iter(beginning).take(OPENINGS) {
        let found = clause(text, opening.end());
        if !found.is_empty() {
            return once(found);
        }
    }
    let roles = first(text, ROLES);
    let defined = DEFINED.captures_iter(roles).filter_map(|it| it.get(1));
    // One word alone before a bracket is a name only with a legal form.
    let named = defined.filter(|it| is_listed(it.as_str(), "", it.as_str().contains(' ')));
    once(named.filter_map(|it| hit(text, it.start(), it.as_str())).collect())
}

/// The parties that a clause lists from a byte on.
fn clause(text: &str, from: usize) -> Vec<Hit> {
    let rest = first(text.get(from..).unwrap_or(""), CLAUSE);
    let bare = without_brackets(rest);
    let end = end_of(&bare);
    let clause = bare.get(..end).unwrap_or("");
    let mut hits = Vec::new();
    let (mut at, mut sure) = (0, true);
    while at < clause.len() {
        let here = clause.get(at..).unwrap_or("");
        let lead = LEAD.find(here).map_or(0, |it| it.end());
        let here = here.get(lead..).unwrap_or("");
        let name = NAME.find(here).map(|it| it.as_str());
        let behind = name.map_or("", |name| here.get(name.len()..).unwrap_or(""));
        let name = name.map(|name| name.split(" AND ").next().unwrap_or(name));
        let listed = name.filter(|name| is_listed(name, behind, sure));
        if let Some(hit) = listed.and_then(|name| hit(text, from + at + lead, name)) {
            hits.push(hit);
        }
        at += lead + listed.map_or(0, str::len);
        let Some(next) = NEXT.find(clause.get(at..).unwrap_or("")) else { break };
        // A comma parts an address too: behind one only a company with its legal form is a party.
        sure = next.as_str() != ",";
        at += next.end();
    }
    hits
}

/// Whether what stands at a place of the list is a party, and not a part of an address or a role.
fn is_listed(name: &str, behind: &str, sure: bool) -> bool {
    static ENDS: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            r"^\s?(?:$|[,;.(\x00]|(?i:and|und|with|an?|having|whose|mit|vertreten|residing|under)\b)",
        )
    });
    static WITH_FORM: LazyLock<Regex> = LazyLock::new(|| fixed(&format!(r"\b{}\s?\.?$", form())));
    let letters = name.chars().filter(|it| it.is_alphabetic()).count();
    // A point behind a legal form may end the sentence as well.
    let ends = ENDS.is_match(behind) || name.ends_with('.') && behind.starts_with(['\n', ' ']);
    letters > 1 && ends && (sure || WITH_FORM.is_match(name))
}

/// Each party once: who is named in short again, without the legal form or the end of the name, is no other.
fn once(hits: Vec<Hit>) -> Vec<Hit> {
    static END: LazyLock<Regex> =
        LazyLock::new(|| fixed(&format!(r"(?:\s?,?\s?\b{}\b(?:\s?\.)?)+$", form())));
    let stem = |name: &str| END.replace(name, "").to_lowercase();
    let mut kept: Vec<Hit> = Vec::new();
    for hit in hits {
        let mine = stem(&hit.value);
        let known = kept.iter().any(|other| {
            let other = stem(&other.value);
            other == mine || other.starts_with(&format!("{mine} "))
        });
        if !known {
            kept.push(hit);
        }
    }
    kept
}

/// The same length in bytes, with what stands in brackets made blank: a definition names no new party.
fn without_brackets(text: &str) -> String {
    let mut depth = 0_usize;
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '(' => depth += 1,
            ')' if depth > 0 => {
                depth -= 1;
                out.push(')');
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            out.push(letter);
        } else {
            // A mark that is no white space, so that a name does not run over a definition.
            (0..letter.len_utf8()).for_each(|_| out.push('\0'));
        }
    }
    out
}

/// Where the clause ends: at the end of its sentence, which is not the point of `Inc.` or of an initial.
fn end_of(clause: &str) -> usize {
    static SHORT: LazyLock<Regex> = LazyLock::new(|| {
        fixed(&format!(r"(?:\b{SHORT_FORM}|\b[<U>]|\b(?:Mr|Mrs|Ms|Dr|St|No|Nr|Str))\.$"))
    });
    for found in CLOSE.find_iter(clause) {
        let point = found.as_str().find('.');
        let Some(point) = point else { return found.start() };
        let before = clause.get(..found.start() + point + 1).unwrap_or("");
        if !SHORT.is_match(before) {
            return found.start() + point;
        }
    }
    clause.len()
}

fn hit(text: &str, start: usize, name: &str) -> Option<Hit> {
    static WHOLE: LazyLock<Regex> = LazyLock::new(|| fixed(&format!(r"\b{WHOLE_FORM}\.$")));
    let kept = name.trim_end().trim_end_matches([',', ';', ':', '/']);
    // The point of the sentence is no part of a name: `GmbH` has none, `Inc.` has one.
    let kept = if WHOLE.is_match(kept) { kept.trim_end_matches('.') } else { kept };
    let value = READER.normalise(kept, &Asked::default()).ok()?;
    let span = Span::from_bytes(text, start..start + kept.len());
    // The clause is the label of what it lists.
    Some(Hit { span, value, labelled: true, checked: false, corrected: false })
}

fn first(text: &str, most: usize) -> &str {
    let end = text.char_indices().nth(most).map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or(text)
}

fn normalise(raw: &str, asked: &Asked<'_>) -> Result<String, Invalid> {
    READER.normalise(raw, asked)
}

fn read(raw: &str, _: &Asked<'_>) -> Result<Reading, Invalid> {
    let plain = squeeze(raw).replace(" ,", ",").replace(" .", ".");
    let plain = plain.trim_end_matches([',', ';', ':']).trim();
    let letters = plain.chars().filter(|it| it.is_alphabetic()).count();
    if letters < 2 || plain.chars().count() > 150 {
        return Err(Invalid::shape("it is no name of a party"));
    }
    if ROLE_WORDS.contains(&plain.to_lowercase().as_str()) {
        return Err(Invalid::shape(format!("`{plain}` is a role and no name")));
    }
    Ok(Reading::plain(plain))
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    fn found(text: &str) -> Vec<String> {
        recognise(text, &Asked::default()).into_iter().map(|hit| hit.value).collect()
    }

    #[test]
    fn the_opening_clause_lists_the_parties() {
        let text = "THIS AGREEMENT is made as of March 5, 2008, by and between Winter Harbor, Inc., with offices at 12 \
             Quay Road, Maintown, CA 90000 (“WHI”), and Blue Lantern\nL.L.C ., a Nevada limited liability company \
             (the “Company”). The Company is old.";
        assert_eq!(found(text), ["Winter Harbor, Inc.", "Blue Lantern L.L.C."]);
        let text = "is entered into between JANE Q. DOE (“Doe”) and Lantern Bank of Nevada, a wholly owned subsidiary \
             of Lantern Holdings, and the undersigned";
        assert_eq!(found(text), ["JANE Q. DOE", "Lantern Bank of Nevada"]);
        let text = "Vertrag zwischen der Stadt Mainz, vertreten durch den Oberbürgermeister, und der Muster Bau GmbH \
             (nachfolgend „Auftragnehmer“). Es gilt";
        assert_eq!(found(text), ["Stadt Mainz", "Muster Bau GmbH"]);
        let text =
            "Vertrag zwischen der Stadt Mainz und der Muster Bau GmbH.\nDer Vertrag beginnt heute.";
        assert_eq!(found(text), ["Stadt Mainz", "Muster Bau GmbH"]);
    }

    #[test]
    fn without_a_clause_a_role_in_brackets_defines_a_party() {
        let text = "In connection with a transaction, Lantern’s, Inc. (the “Recipient”) and Blue Quay Group Inc. \
             (the “Company”), agree";
        assert_eq!(found(text), ["Lantern’s, Inc.", "Blue Quay Group Inc."]);
        assert_eq!(found("Kommt zwischen 8 und 9 Uhr."), [""; 0]);
    }

    #[test]
    fn a_role_is_no_name() {
        cases::invalid(&TYPE, &["", "Company", "4"]);
        cases::normal(&TYPE, &[("PREMIER\nLANTERNS, INC .", "PREMIER LANTERNS, INC.")]);
    }
}
