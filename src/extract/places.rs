//! Where in an item values of a field stand: facts, header lines, and what recognisers find.

use crate::config::{Field, Party};
use crate::domain::{Candidate, Evidence, FieldName, Method, Parsed, Span, Trust};
use crate::fields::{FieldType, Hit, Search};

use super::beside::{self, GRADES};
use super::captioned;
use super::party::{Proof, Sides};
use super::sheet::Sheet;

/// A possible value with what speaks for it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) candidate: Candidate,
    /// A label of the field stands before it.
    pub(super) labelled: bool,
    /// A check digit vouches for it.
    pub(super) checked: bool,
    /// How well its label names it; the smaller, the better.
    pub(super) rank: usize,
}

/// An item as a person sees it: each of its documents as a sheet.
pub(super) struct Seen<'a> {
    pub(super) parsed: &'a Parsed,
    sheets: Vec<(Sheet<'a>, Sides)>,
}

impl<'a> Seen<'a> {
    pub(super) fn of(parsed: &'a Parsed) -> Self {
        let sheets = parsed.documents.iter().map(|document| {
            let sheet = Sheet::of(document);
            let sides = Sides::of(&sheet);
            (sheet, sides)
        });
        Self { parsed, sheets: sheets.collect() }
    }
}

/// Values that the file itself names.
pub(super) fn facts(
    name: &FieldName,
    field: &Field,
    kind: &FieldType,
    parsed: &Parsed,
) -> Vec<Place> {
    let wanted = |fact: &str| match fact.strip_prefix("form:") {
        Some(form_field) => means(form_field, name, field),
        None => {
            let in_code = field.code.is_some_and(|code| code.fact() == fact);
            in_code || field.fact.as_deref() == Some(fact)
        }
    };
    let mut places = Vec::new();
    for (index, document) in parsed.documents.iter().enumerate() {
        for fact in
            document.facts.iter().filter(|fact| wanted(&fact.name) && !fact.value.trim().is_empty())
        {
            let method = match fact.trust {
                Trust::Xml => Method::Xml,
                Trust::FormField => Method::FormField,
                Trust::Barcode => Method::Barcode,
            };
            let raw = match fact.trust {
                Trust::Xml if COUNTED.contains(&kind.name) => decimal(&fact.value),
                _ => fact.value.clone(),
            };
            let value =
                (kind.normalise)(&raw, &field.asked()).unwrap_or_else(|_| raw.trim().to_owned());
            let evidence = vec![Evidence::of_fact(index, document, fact)];
            let candidate = Candidate { value, raw, evidence, method };
            places.push(Place { candidate, labelled: true, checked: true, rank: 0 });
        }
    }
    places.sort_by_key(|place| place.candidate.method);
    places
}

/// Types whose values are numbers.
const COUNTED: &[&str] = &["amount", "number", "percent"];

/// A number of an XML file (`5.000`) so that nobody takes its point for one that groups thousands.
fn decimal(value: &str) -> String {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    let Some((whole, fraction)) = value.trim().split_once('.').filter(|(whole, fraction)| {
        digits(whole.strip_prefix('-').unwrap_or(whole)) && digits(fraction)
    }) else {
        return value.to_owned();
    };
    match fraction.trim_end_matches('0') {
        "" => whole.to_owned(),
        three if three.len() == 3 => format!("{whole}.{three}0"),
        other => format!("{whole}.{other}"),
    }
}

/// Whether a PDF form's own name for a field stands for this field.
fn means(form_field: &str, name: &FieldName, field: &Field) -> bool {
    let plain =
        |text: &str| text.to_lowercase().replace(|letter: char| !letter.is_alphanumeric(), "");
    let names = field.labels.iter().chain(&field.title).map(String::as_str);
    names.chain([name.0.as_str()]).any(|known| plain(known) == plain(form_field))
}

/// What the recogniser of the field's type finds, in the order of the documents, and in the mail's header.
pub(super) fn recognised(field: &Field, kind: &FieldType, seen: &Seen<'_>) -> Vec<Place> {
    let of_other = field.party == Some(Party::Recipient);
    let header = header(field, kind, seen.parsed).filter(|_| !of_other);
    let mut places: Vec<Place> = header.into_iter().collect();
    for (index, document) in seen.parsed.documents.iter().enumerate() {
        let Some((sheet, sides)) = seen.sheets.get(index) else { continue };
        let mut hits: Vec<(Hit, usize)> = beside::find(field, kind, sheet)
            .into_iter()
            .map(|named| (named.hit, named.rank))
            .collect();
        hits.extend(captioned::find(field, kind, document, sheet).into_iter().map(|hit| (hit, 0)));
        if let Search::Recogniser(find) | Search::Both(find, _) = kind.search {
            let known: Vec<Span> = hits.iter().map(|(hit, _)| hit.span).collect();
            let more = find(&document.text, &field.asked());
            let more = more.into_iter().filter(|hit| !known.contains(&hit.span));
            // Nearness in the text counts less than where the words stand.
            hits.extend(more.map(|hit| (hit, field.labels.len() * GRADES)));
        }
        // A bare number may count anything; only its label tells what.
        hits.retain(|(hit, _)| hit.labelled || !matches!(kind.name, "number" | "percent"));
        // What an earlier mail says counts only when this one says nothing.
        if hits.iter().any(|(hit, _)| !document.came_along(hit.span)) {
            hits.retain(|(hit, _)| !document.came_along(hit.span));
        }
        if let Some(side) = field.party {
            hits = of_side(hits, field, kind, side, (sheet, sides));
        }
        places.extend(hits.into_iter().map(|(hit, rank)| {
            let quote = sheet.text(hit.span);
            place(Evidence::quoting(index, document, hit.span, quote), hit, rank)
        }));
    }
    places
}

/// Types of the parts of an address, as a block of lines holds them.
const ADDRESS: &[&str] =
    &["organisation", "person", "street", "postcode", "city", "address", "postal_lines"];

/// The values of one side: those below its heading, else the name there, else those that stand where
/// it stands; what nothing tells only when there is nothing else.
fn of_side(
    hits: Vec<(Hit, usize)>,
    field: &Field,
    kind: &FieldType,
    side: Party,
    (sheet, sides): (&Sheet<'_>, &Sides),
) -> Vec<(Hit, usize)> {
    type Told = (Option<(Option<Party>, Proof)>, (Hit, usize));
    let told: Vec<Told> =
        hits.into_iter().map(|hit| (sides.of_place(sheet, hit.0.span), hit)).collect();
    let by = |proof: Option<Proof>, labelled: bool| -> Vec<(Hit, usize)> {
        // A number of another kind may look the same: only the parts of an address tell themselves.
        let labelled = labelled || !field.labels.is_empty() && !ADDRESS.contains(&kind.name);
        let fits = |(known, hit): &&Told| {
            let here = match (known, proof) {
                (Some((whose, how)), Some(proof)) => *whose == Some(side) && *how == proof,
                (None, None) => true,
                _ => false,
            };
            here && (hit.0.labelled || !labelled)
        };
        told.iter().filter(fits).map(|(_, hit)| hit.clone()).collect()
    };
    let is_name = matches!(kind.name, "organisation" | "person" | "text");
    let names = || -> Vec<(Hit, usize)> {
        let named = sides.names(sheet, side).into_iter().filter_map(|span| {
            let value = (kind.normalise)(sheet.text(span), &field.asked()).ok()?;
            let hit = Hit { span, value, labelled: true, checked: false, corrected: false };
            Some((hit, 0))
        });
        named.filter(|_| is_name).take(1).collect()
    };
    let mut found = by(Some(Proof::Heading), true);
    let rest: [&dyn Fn() -> Vec<(Hit, usize)>; 4] = [
        &names,
        &|| by(Some(Proof::Heading), false),
        &|| by(Some(Proof::Position), false),
        &|| by(None, false),
    ];
    for next in rest {
        if found.is_empty() {
            found = next();
        }
    }
    // Where it stands is as good as a label.
    found.iter_mut().for_each(|(hit, _)| hit.labelled = true);
    found
}

fn place(evidence: Evidence, hit: Hit, rank: usize) -> Place {
    let raw = evidence.quote.split_whitespace().collect::<Vec<_>>().join(" ");
    let candidate =
        Candidate { value: hit.value, raw, evidence: vec![evidence], method: Method::Recognised };
    Place { candidate, labelled: hit.labelled, checked: hit.checked, rank }
}

/// The sender's own name or address, for fields that ask for a person or an address.
fn header(field: &Field, kind: &FieldType, parsed: &Parsed) -> Option<Place> {
    let from = parsed.envelope.as_ref()?.from.as_ref()?;
    let raw = match kind.name {
        "person" if from.name.contains(' ') && !from.name.contains('@') => &from.name,
        "email" => &from.address,
        _ => return None,
    };
    let value = (kind.normalise)(raw, &field.asked()).ok()?;
    let evidence =
        Evidence { quote: raw.clone(), path: Some("From".into()), ..Evidence::default() };
    let candidate =
        Candidate { value, raw: raw.clone(), evidence: vec![evidence], method: Method::Header };
    Some(Place { candidate, labelled: false, checked: false, rank: usize::MAX })
}

/// Where a passage stands, taking any white space for any other; the longest document first that has it.
pub(super) fn find(parsed: &Parsed, passage: &str) -> Option<Evidence> {
    let wanted: Vec<char> = squeezed(passage).map(|(_, letter)| letter).collect();
    if wanted.is_empty() {
        return None;
    }
    parsed.documents.iter().enumerate().find_map(|(index, document)| {
        let letters: Vec<(usize, char)> = squeezed(&document.text).collect();
        let fits = |window: &&[(usize, char)]| window.iter().map(|(_, it)| it).eq(wanted.iter());
        let found = letters.windows(wanted.len()).filter(fits);
        let spans =
            found.filter_map(|it| Some(Span { start: it.first()?.0, end: it.last()?.0 + 1 }));
        // In the new text, if it stands there; else in what came along.
        let span = spans.min_by_key(|span| (document.came_along(*span), span.start))?;
        Some(Evidence::in_text(index, document, span))
    })
}

/// The letters of a text with their places, runs of white space as one blank, without those at the ends.
fn squeezed(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut gap = true;
    text.trim_end().chars().enumerate().filter_map(move |(place, letter)| {
        if letter.is_whitespace() {
            let first = !std::mem::replace(&mut gap, true);
            return first.then_some((place, ' '));
        }
        gap = false;
        Some((place, letter))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Document, Fact};
    use crate::fields::TypeName;

    #[test]
    fn the_point_of_an_xml_file_groups_no_thousands() {
        let read = |kind: &str, value: &str, trust: Trust| -> String {
            let (name, path) = ("BT-129".to_owned(), "/Invoice".to_owned());
            let facts = vec![Fact { name: name.clone(), value: value.into(), path, trust }];
            let document = Document { facts, ..Document::default() };
            let parsed = Parsed { documents: vec![document], ..Parsed::default() };
            let kind = TypeName(kind.into());
            let field = Field { fact: Some(name), kind: kind.clone(), ..Field::default() };
            let found = super::facts(&"menge".into(), &field, kind.find().unwrap(), &parsed);
            found.first().unwrap().candidate.value.clone()
        };
        assert_eq!(read("number", "5.000", Trust::Xml), "5");
        assert_eq!(read("number", "5.125", Trust::Xml), "5.125");
        assert_eq!(read("number", "1000", Trust::Xml), "1000");
        assert_eq!(read("amount", "9.9000", Trust::Xml), "9.90 EUR");
        assert_eq!(read("amount", "-1234.5", Trust::Xml), "-1234.50 EUR");
        assert_eq!(read("number", "5.000", Trust::FormField), "5000", "as people write");
    }

    #[test]
    fn a_passage_is_found_over_a_line_break() {
        let text = "Die  Straße\nist kaputt, überall.".to_owned();
        let parsed = Parsed {
            documents: vec![Document { text, ..Document::default() }],
            ..Parsed::default()
        };
        let evidence = find(&parsed, "Straße ist kaputt").unwrap();
        assert_eq!(evidence.quote, "Straße\nist kaputt");
        assert_eq!(evidence.span, Some(Span { start: 5, end: 22 }));
        assert_eq!(find(&parsed, "Straße ist heil"), None);
    }
}
