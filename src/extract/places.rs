//! Where in an item values of a field stand: facts, header lines, and what recognisers find.

use crate::config::Field;
use crate::domain::{Candidate, Document, Evidence, FieldName, Method, Parsed, Span, Trust};
use crate::fields::{FieldType, Hit, Search};

use super::{captioned, labelled};

/// A possible value with what speaks for it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) candidate: Candidate,
    /// A label of the field stands before it.
    pub(super) labelled: bool,
    /// A check digit vouches for it.
    pub(super) checked: bool,
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
            let value = (kind.normalise)(&fact.value, &field.asked())
                .unwrap_or_else(|_| fact.value.trim().to_owned());
            let evidence = vec![Evidence::of_fact(index, document, fact)];
            let candidate = Candidate { value, raw: fact.value.clone(), evidence, method };
            places.push(Place { candidate, labelled: true, checked: true });
        }
    }
    places.sort_by_key(|place| place.candidate.method);
    places
}

/// Whether a PDF form's own name for a field stands for this field.
fn means(form_field: &str, name: &FieldName, field: &Field) -> bool {
    let plain =
        |text: &str| text.to_lowercase().replace(|letter: char| !letter.is_alphanumeric(), "");
    let names = field.labels.iter().chain(&field.title).map(String::as_str);
    names.chain([name.0.as_str()]).any(|known| plain(known) == plain(form_field))
}

/// What the recogniser of the field's type finds, in the order of the documents, and in the mail's header.
pub(super) fn recognised(field: &Field, kind: &FieldType, parsed: &Parsed) -> Vec<Place> {
    let mut places: Vec<Place> = header(field, kind, parsed).into_iter().collect();
    for (index, document) in parsed.documents.iter().enumerate() {
        let mut hits = labelled::find(field, kind, document);
        hits.extend(captioned::find(field, kind, document));
        if let Search::Recogniser(find) | Search::Both(find, _) = kind.search {
            hits.extend(find(&document.text, &field.asked()));
        }
        // A bare number may count anything; only its label tells what.
        hits.retain(|hit| hit.labelled || !matches!(kind.name, "number" | "percent"));
        // What an earlier mail says counts only when this one says nothing.
        if hits.iter().any(|hit| !document.came_along(hit.span)) {
            hits.retain(|hit| !document.came_along(hit.span));
        }
        places.extend(hits.into_iter().map(|hit| place(index, document, hit)));
    }
    places
}

fn place(index: usize, document: &Document, hit: Hit) -> Place {
    let evidence = Evidence::in_text(index, document, hit.span);
    let raw = evidence.quote.split_whitespace().collect::<Vec<_>>().join(" ");
    let candidate =
        Candidate { value: hit.value, raw, evidence: vec![evidence], method: Method::Recognised };
    Place { candidate, labelled: hit.labelled, checked: hit.checked }
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
    Some(Place { candidate, labelled: false, checked: false })
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
