//! Tables of raw texts and what they stand for, checked for any type.

use crate::fields::{Asked, FieldType, Hit, Search};

/// What the type's recogniser finds in a text.
pub(in crate::fields) fn found(kind: &FieldType, text: &str) -> Vec<Hit> {
    match kind.search {
        Search::Recogniser(find) | Search::Both(find, _) => find(text, &Asked::default()),
        Search::Passage { .. } | Search::Options => Vec::new(),
    }
}

/// Each raw text has this normal form, which stays as it is.
pub(in crate::fields) fn normal(kind: &FieldType, cases: &[(&str, &str)]) {
    for (raw, value) in cases {
        for raw in [raw, value] {
            let normal = (kind.normalise)(raw, &Asked::default());
            assert_eq!(normal.as_deref(), Ok(*value), "{}: {raw}", kind.name);
        }
    }
}

/// The same, and it is found among other words.
pub(in crate::fields) fn valid_unchecked(kind: &FieldType, cases: &[(&str, &str)]) {
    normal(kind, cases);
    for (raw, value) in cases {
        let text = format!("für Jürgen: {raw}, bitte.");
        let hits = found(kind, &text);
        let hit = hits.iter().find(|hit| hit.value == *value && hit.span.of(&text) == *raw);
        assert!(hit.is_some(), "{}: {raw} is not found: {hits:?}", kind.name);
    }
}

/// The same, and a check digit vouches for it.
pub(in crate::fields) fn valid(kind: &FieldType, cases: &[(&str, &str)]) {
    valid_unchecked(kind, cases);
    for (raw, _) in cases {
        assert!(found(kind, raw).iter().all(|hit| hit.checked), "{}: {raw}", kind.name);
    }
}

/// None of these is a value, and none is found.
pub(in crate::fields) fn invalid(kind: &FieldType, cases: &[&str]) {
    for raw in cases {
        let normal = (kind.normalise)(raw, &Asked::default());
        assert!(normal.is_err(), "{}: {raw} became {normal:?}", kind.name);
        let hits = found(kind, raw);
        assert!(hits.iter().all(|hit| hit.span.of(raw) != *raw), "{}: {hits:?}", kind.name);
    }
}

/// What a scanner damaged is found with its right value, and said to be corrected; or not at all.
pub(in crate::fields) fn corrected(kind: &FieldType, text: &str, value: Option<&str>) {
    let hits = found(kind, text);
    let hit = hits.iter().find(|hit| hit.corrected);
    assert_eq!(hit.map(|hit| hit.value.as_str()), value, "{}: {hits:?}", kind.name);
}
