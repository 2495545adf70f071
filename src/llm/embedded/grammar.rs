//! What an answer may look like, as a grammar in llguidance's dialect of Lark.
//!
//! The names are forced. A value is `null`, one of its options, or a passage of the material. All
//! is written as JSON, so that a quotation mark in the material cannot end a value.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::llm::{Answers, Blank};

/// Longer words are noise (encoded attachments, lines of a table): a passage does not go over them.
const LONGEST_WORD: usize = 100;

/// The grammar of one filled form. `flat` is the material in one line ([`flatten`](crate::llm::form::flatten)).
pub(super) fn grammar(form: &[Blank], flat: &str) -> String {
    let mut grammar = String::from("start:");
    let mut rules = String::new();
    let mut lengths = BTreeSet::new();
    for (i, blank) in form.iter().enumerate() {
        let before = if i == 0 { "{" } else { ", " };
        let name = literal(&format!("{before}{}: ", Value::from(blank.name.as_str())));
        grammar.push_str(&format!(" {name} v{i}"));
        rules.push_str(&format!("v{i}: {}\n", value(&blank.answers, flat, &mut lengths)));
    }
    let end = if form.is_empty() { "{}" } else { "}" };
    grammar.push_str(&format!(" {}\n", literal(end)));
    grammar.push_str(&rules);
    for most in lengths {
        let chunks = json!({ "substring_chunks": chunks(flat) });
        grammar.push_str(&format!("PASSAGE{most}: %regex {chunks} & /{}/\n", words(most)));
    }
    grammar
}

/// More tokens than any answer to the form needs.
pub(super) fn most_tokens(form: &[Blank]) -> usize {
    let value = |blank: &Blank| match &blank.answers {
        Answers::OneOf(options) => options.iter().map(String::len).max().unwrap_or(0),
        Answers::Passage(most) => most * 12,
    };
    form.iter().map(|blank| value(blank) + blank.name.len() + 16).sum::<usize>() + 16
}

fn value(answers: &Answers, flat: &str, lengths: &mut BTreeSet<usize>) -> String {
    let mut choices = vec![literal("null")];
    match answers {
        Answers::OneOf(options) => {
            choices.extend(
                options.iter().map(|option| literal(&Value::from(option.as_str()).to_string())),
            );
        }
        Answers::Passage(most) if *most > 0 && !flat.is_empty() => {
            lengths.insert(*most);
            choices.push(format!("{} PASSAGE{most} {}", literal("\""), literal("\"")));
        }
        Answers::Passage(_) => {}
    }
    choices.join(" | ")
}

/// At least one word, at most `most`.
fn words(most: usize) -> String {
    match most {
        0 | 1 => "[^ ]+".to_owned(),
        most => format!("[^ ]+( [^ ]+){{0,{}}}", most - 1),
    }
}

/// The material in the pieces a passage is made of: runs of letters and digits, and every other
/// character for itself, as they stand inside a JSON string.
fn chunks(flat: &str) -> Vec<String> {
    let mut chunks: Vec<String> = Vec::new();
    for (i, word) in flat.split(' ').enumerate() {
        if i > 0 {
            chunks.push(" ".into());
        }
        if word.chars().count() > LONGEST_WORD {
            chunks.push("…".into());
            continue;
        }
        let mut in_word = false;
        for c in word.chars() {
            match chunks.last_mut() {
                Some(last) if in_word && c.is_alphanumeric() => last.push(c),
                _ => chunks.push(escaped(c)),
            }
            in_word = c.is_alphanumeric();
        }
    }
    chunks
}

/// The character inside a JSON string.
fn escaped(c: char) -> String {
    match c {
        '"' => "\\\"".into(),
        '\\' => "\\\\".into(),
        c => c.into(),
    }
}

/// A string of the grammar. What could mean something there is written as `\uXXXX`.
fn literal(text: &str) -> String {
    let mut literal = String::from("\"");
    for c in text.chars() {
        if c.is_alphanumeric() || c == ' ' {
            literal.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            literal.push_str(&format!("\\u{unit:04x}"));
        }
    }
    literal.push('"');
    literal
}

#[cfg(test)]
mod tests {
    use llguidance::api::TopLevelGrammar;
    use llguidance::toktrie::{ApproximateTokEnv, TokEnv};
    use llguidance::{Matcher, ParserFactory};

    use super::*;
    use crate::llm::form::{flatten, written};

    /// Whether a model could give this answer. The vocabulary is the single bytes.
    fn allows(form: &[Blank], material: &str, answer: &str) -> bool {
        let env: TokEnv = ApproximateTokEnv::single_byte_env();
        let factory = ParserFactory::new_simple(&env).unwrap();
        let grammar = TopLevelGrammar::from_lark(grammar(form, &flatten(material)));
        let mut matcher = Matcher::new(factory.create_parser(grammar));
        assert!(!matcher.is_error(), "{:?}", matcher.get_error());
        let tokens: Vec<u32> = answer.bytes().map(u32::from).collect();
        matcher.try_consume_tokens(&tokens).unwrap() == tokens.len()
            && matcher.is_accepting().unwrap()
    }

    fn blank(answers: Answers) -> Vec<Blank> {
        vec![Blank { name: "feld".into(), answers }]
    }

    #[test]
    fn a_value_is_an_option_or_null() {
        let form = blank(Answers::OneOf(vec!["Straße \"A\" \\ 🐕".into(), "nein".into()]));
        for good in [Some("Straße \"A\" \\ 🐕"), Some("nein"), None] {
            assert!(allows(&form, "", &written(&[("feld", good)])), "{good:?}");
        }
        for bad in [Some("Nein"), Some("nei"), Some("neinn"), Some("")] {
            assert!(!allows(&form, "", &written(&[("feld", bad)])), "{bad:?}");
        }
        assert!(!allows(&form, "", "{\"feld\": nein}"));
    }

    #[test]
    fn a_passage_stands_in_the_material_word_by_word() {
        let form = blank(Answers::Passage(4));
        let material = "Frau \"Müller\",\r\n  C:\\Post\n\nwohnt hier.";
        for good in
            ["Müller", "\"Müller\",", "Frau \"Müller\", C:\\Post", "hier.", "hier", "Post wohnt"]
        {
            assert!(allows(&form, material, &written(&[("feld", Some(good))])), "{good}");
        }
        for bad in [
            "Mü",
            "Frau wohnt",
            " Frau",
            "Frau ",
            "",
            "Meier",
            "Frau \"Müller\", C:\\Post wohnt hier",
        ] {
            assert!(!allows(&form, material, &written(&[("feld", Some(bad))])), "{bad}");
        }
        assert!(allows(&form, material, "{\"feld\": null}"));
        assert!(allows(&form, "", "{\"feld\": null}"));
        assert!(!allows(&form, "", "{\"feld\": \"\"}"));
    }

    #[test]
    fn a_passage_does_not_go_over_an_encoded_attachment() {
        let noise = "x".repeat(101);
        let material = format!("vorher {noise} nachher");
        assert!(!allows(
            &blank(Answers::Passage(9)),
            &material,
            &written(&[("feld", Some(&noise))])
        ));
        assert!(allows(
            &blank(Answers::Passage(9)),
            &material,
            &written(&[("feld", Some("nachher"))])
        ));
    }

    #[test]
    fn a_form_has_all_its_blanks_in_order() {
        let passage = |name: &str| Blank { name: name.into(), answers: Answers::Passage(2) };
        let form = [passage("a"), passage("b")];
        assert!(allows(&form, "eins zwei", &written(&[("a", Some("zwei")), ("b", None)])));
        assert!(!allows(&form, "eins zwei", &written(&[("b", None), ("a", None)])));
        assert!(!allows(&form, "eins zwei", &written(&[("a", None)])));
        assert!(allows(&[], "eins zwei", "{}"));
    }
}
