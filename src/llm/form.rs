//! How a filled form is written and read: one JSON object, a string or `null` for every blank.
//!
//! Both kinds of model answer in this shape, so examples in a prompt should be written by
//! [`written`], and every answer is read and checked here, whoever gave it.

use serde_json::Value;

use super::{Answers, Blank, Error};

/// The material as a model copies from it: one line, one space between words, no control characters.
///
/// Passages come back in this form, so their words are those of the material, but a line break of
/// the material is a space in them.
pub fn flatten(material: &str) -> String {
    let words = material.split(|c: char| c.is_whitespace() || c.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A filled form as a model writes it: for the answers of examples in a prompt.
pub fn written(values: &[(&str, Option<&str>)]) -> String {
    let entry = |(name, value): &(&str, Option<&str>)| {
        format!("{}: {}", Value::from(*name), value.map_or(Value::Null, Value::from))
    };
    format!("{{{}}}", values.iter().map(entry).collect::<Vec<_>>().join(", "))
}

/// The values of an answer in the order of the form; what is neither an option nor stands in the
/// material is `None`.
///
/// # Errors
/// [`Error::Misshapen`] when the answer is not one JSON object.
pub(super) fn read(answer: &str, form: &[Blank], flat: &str) -> Result<Vec<Option<String>>, Error> {
    let shape =
        |error: serde_json::Error| Error::Misshapen(format!("not JSON: {:?}", error.classify()));
    let object: serde_json::Map<String, Value> = serde_json::from_str(answer).map_err(shape)?;
    let value = |blank: &Blank| {
        let text = object.get(&blank.name).and_then(Value::as_str)?;
        checked(blank, text, flat)
    };
    Ok(form.iter().map(value).collect())
}

/// The value if it may be filled into the blank.
fn checked(blank: &Blank, value: &str, flat: &str) -> Option<String> {
    match &blank.answers {
        Answers::OneOf(options) => options.iter().find(|option| *option == value).cloned(),
        Answers::Passage(most) => {
            let value = flatten(value);
            let fits = value.split(' ').count() <= *most;
            (!value.is_empty() && fits && flat.contains(&value)).then_some(value)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passage(name: &str, most: usize) -> Blank {
        Blank { name: name.into(), answers: Answers::Passage(most) }
    }

    #[test]
    fn what_does_not_stand_in_the_material_is_no_value() {
        let flat = flatten("Hund:\tBello\r\n\r\nHalterin  Frau \"Müller\"\u{0}");
        assert_eq!(flat, "Hund: Bello Halterin Frau \"Müller\"");
        let form =
            [passage("hund", 2), passage("halterin", 2), passage("chip", 2), passage("lang", 1)];
        let answer = written(&[
            ("hund", Some("Bello")),
            ("halterin", Some("Frau \"Müller\"")),
            ("chip", Some("999")),
            ("lang", Some("Bello Halterin")),
        ]);
        let values = read(&answer, &form, &flat).unwrap();
        assert_eq!(values, [Some("Bello".into()), Some("Frau \"Müller\"".into()), None, None]);
    }

    #[test]
    fn what_is_not_an_option_is_no_value() {
        let answers = Answers::OneOf(vec!["ja".into(), "nein".into()]);
        let form = [Blank { name: "a".into(), answers }];
        assert_eq!(read(r#"{"a": "ja"}"#, &form, "").unwrap(), [Some("ja".into())]);
        assert_eq!(read(r#"{"a": "Ja"}"#, &form, "").unwrap(), [None]);
        assert_eq!(read(r#"{"b": "ja"}"#, &form, "").unwrap(), [None]);
        assert!(read("ja", &form, "").is_err());
    }
}
