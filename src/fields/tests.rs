//! What holds for every field type.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

fn finders() -> impl Iterator<Item = (&'static FieldType, Find)> {
    TYPES.iter().filter_map(|kind| match kind.search {
        Search::Recogniser(find) | Search::Both(find, _) => Some((kind, find)),
        Search::Passage { .. } | Search::Options => None,
    })
}

/// Everything that is promised about the hits in a text, whatever stands in it.
fn hold_the_promises(text: &str, asked: &Asked<'_>) {
    let length = text.chars().count();
    for (kind, find) in finders() {
        let mut end = 0;
        for hit in find(text, asked) {
            let raw = hit.span.of(text);
            assert!(hit.span.start >= end && hit.span.end <= length, "{}: {hit:?}", kind.name);
            end = hit.span.end;
            let again = (kind.normalise)(&hit.value, asked);
            assert_eq!(again.as_deref(), Ok(hit.value.as_str()), "{}: {raw}", kind.name);
            if !hit.corrected {
                let normal = (kind.normalise)(raw, asked);
                assert_eq!(normal.as_deref(), Ok(hit.value.as_str()), "{}: {raw}", kind.name);
            }
        }
    }
}

#[test]
fn every_type_has_its_own_name_and_an_example_in_normal_form() {
    let options = ["option".to_owned()];
    let asked = Asked { options: &options, ..Asked::default() };
    for kind in TYPES {
        assert_eq!(
            TYPES.iter().filter(|other| other.name == kind.name).count(),
            1,
            "{}",
            kind.name
        );
        assert_eq!((kind.normalise)(kind.example, &asked).as_deref(), Ok(kind.example));
        assert!(kind.purpose.ends_with('.'), "{}", kind.name);
    }
}

#[test]
fn a_sensitive_value_shows_only_its_last_four_characters() {
    let kind = |name: &str| TypeName(name.to_owned()).find().unwrap();
    assert_eq!(masked(kind("iban"), "DE89370400440532013000"), "••••3000");
    assert_eq!(masked(kind("iban"), "3000"), "••••");
    assert_eq!(masked(kind("text"), "Bello"), "Bello");
}

#[test]
fn hostile_texts_of_a_megabyte_are_read_in_bounded_time() {
    let size = 1 << 20;
    let texts = [
        "1".repeat(size),
        " ".repeat(size),
        "1 ".repeat(size / 2),
        "DE89 3704 0044 ".repeat(size / 15),
        "A1".repeat(size / 2),
        "Ää-".repeat(size / 5),
        "Name: ".repeat(size / 6),
        "\n".repeat(size),
        "a@".repeat(size / 2),
        "1.".repeat(size / 2),
        "IBAN: DE89 3704 ".repeat(size / 16),
    ];
    for text in &texts {
        for (kind, find) in finders() {
            let begun = Instant::now();
            assert!(find(text, &Asked::default()).len() <= 1000);
            assert!(kind.doubts.is_none_or(|find| find(text, &Asked::default()).len() <= 20));
            let start: String = text.chars().take(10).collect();
            assert!(begun.elapsed() < Duration::from_secs(20), "{} over {start:?}", kind.name);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_a_recogniser_panic_or_break_its_promises(text in "\\PC{0,120}") {
        hold_the_promises(&text, &Asked::default());
    }

    #[test]
    fn texts_of_letters_and_digits_as_in_letters_hold_the_promises(
        text in "(?:[A-ZÄ][a-zü]{2,6}|[0-9]{1,5}|DE[0-9]{2}|[.,/:€% \n-]|Am |Str\\. |Name: |GmbH|bis | EUR|März |Frau ){0,40}"
    ) {
        hold_the_promises(&text, &Asked::default());
    }

    #[test]
    fn labels_and_patterns_hold_the_promises(
        text in "(?:Nummer: |[A-Z]{1,3}|[0-9]{1,5}|[ /\n.-]){0,40}",
        pattern in prop::option::of(prop::sample::select(vec!["[0-9]+", "[A-Z]{2}-?[0-9]+", "(", ".*"])),
    ) {
        let labels = ["Nummer".to_owned(), "ß:".to_owned()];
        hold_the_promises(&text, &Asked { pattern, labels: &labels, ..Asked::default() });
    }

    #[test]
    fn no_raw_text_makes_a_type_panic(raw in "\\PC{0,60}") {
        for kind in TYPES {
            if let Ok(value) = (kind.normalise)(&raw, &Asked::default()) {
                prop_assert_eq!((kind.normalise)(&value, &Asked::default()), Ok(value), "{}", kind.name);
            }
        }
    }
}
