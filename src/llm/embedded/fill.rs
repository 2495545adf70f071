//! Fills a form under a grammar, and writes free text.

use std::time::Instant;

use llguidance::Matcher;
use llguidance::api::TopLevelGrammar;

use super::engine::Engine;
use super::generate::{ChosenToken, forced, misshapen};
use super::grammar::{grammar, most_tokens};
use super::protocol::Failure;
use crate::llm::{Blank, Error, Filled, FilledBlank, Prompt, form};

impl Engine {
    /// The values of a form, each an option, a passage of the material or nothing.
    pub(super) fn fill(
        &mut self,
        prompt: &Prompt,
        blanks: &[Blank],
        material: &str,
    ) -> Result<Filled, Failure> {
        let started = Instant::now();
        let flat = form::flatten(material);
        let lark = TopLevelGrammar::from_lark(grammar(blanks, &flat));
        let mut rules = Matcher::new(self.parsers.create_parser(lark));
        if let Some(error) = rules.get_error() {
            return Err(misshapen(error));
        }
        let most = most_tokens(blanks).min(self.limit / 2);
        let beginning = forced(&mut rules)?;
        let asked = self.ask(prompt, &beginning, most)?;
        let mut bytes = Vec::new();
        for token in &beginning {
            bytes.extend(self.model.vocab().token_to_piece(*token, false, None));
        }
        let answer = self.generate(&asked, Some(&mut rules), most)?;
        if !answer.ended {
            return Err(Failure::Misshapen(format!("it did not end within {most} tokens")));
        }
        let offset = bytes.len();
        bytes.extend(&answer.bytes);
        let raw =
            String::from_utf8(bytes).map_err(|_| Failure::Misshapen("it is not text".into()))?;

        let values = form::read(&raw, blanks, &flat).map_err(|error| match error {
            Error::Misshapen(why) => Failure::Misshapen(why),
            error => Failure::Misshapen(error.to_string()),
        })?;
        let places = places(&raw, blanks);
        let share =
            |i: usize| places.get(i).map_or(0.0, |place| share(&answer.chosen, offset, *place));
        let filled = |(i, value): (usize, Option<String>)| FilledBlank { value, share: share(i) };
        let values = values.into_iter().enumerate().map(filled).collect();

        let mut trace = asked.trace;
        trace.answer_tokens = answer.tokens;
        trace.raw = raw;
        trace.duration_ms = started.elapsed().as_millis() as u64;
        Ok(Filled { values, trace })
    }

    /// Free text of at most `most` tokens.
    pub(super) fn write_freely(&mut self, prompt: &Prompt, most: usize) -> Result<String, Failure> {
        let most = most.min(self.limit / 2);
        let asked = self.ask(prompt, &[], most)?;
        let answer = self.generate(&asked, None, most)?;
        Ok(String::from_utf8_lossy(&answer.bytes).into_owned())
    }
}

/// Where the values stand in an answer that the grammar has shaped, in bytes.
fn places(raw: &str, blanks: &[Blank]) -> Vec<(usize, usize)> {
    let mut places = Vec::new();
    let mut at = 0;
    for blank in blanks {
        let name = form::written(&[(&blank.name, None)]);
        // `{"name": null}` without its ends.
        let name = name.trim_start_matches('{').trim_end_matches("null}");
        let rest = raw.get(at..).unwrap_or_default();
        let from = at + rest.find(name).unwrap_or(0) + name.len();
        let to = from + value_length(raw.get(from..).unwrap_or_default());
        places.push((from, to));
        at = to;
    }
    places
}

/// How long the JSON string or word at the beginning is.
fn value_length(text: &str) -> usize {
    let Some(inside) = text.strip_prefix('"') else {
        return text.find([',', '}']).unwrap_or(text.len());
    };
    let mut escaped = false;
    for (i, c) in inside.char_indices() {
        match c {
            '"' if !escaped => return i + 2,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// How sure the model was of a value: the mean probability of the tokens it chose for it. Where it
/// had nothing to choose, 1.
fn share(chosen: &[ChosenToken], offset: usize, (from, to): (usize, usize)) -> f32 {
    let inside = |token: &&ChosenToken| token.from + offset < to && token.to + offset > from;
    let logs: Vec<f32> = chosen.iter().filter(inside).map(|token| token.log).collect();
    if logs.is_empty() {
        return 1.0;
    }
    (logs.iter().sum::<f32>() / logs.len() as f32).exp().min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::Answers;

    #[test]
    fn each_value_is_found_at_its_place() {
        let blank = |name: &str| Blank { name: name.into(), answers: Answers::Passage(1) };
        let blanks = [blank("a"), blank("b"), blank("c")];
        let raw = form::written(&[("a", Some("x\", \"b\": \\")), ("b", None), ("c", Some("ü"))]);
        let texts: Vec<&str> = places(&raw, &blanks)
            .into_iter()
            .map(|(from, to)| raw.get(from..to).unwrap())
            .collect();
        assert_eq!(texts, [r#""x\", \"b\": \\""#, "null", "\"ü\""]);
    }

    #[test]
    fn a_share_is_the_mean_of_what_was_chosen_for_the_value() {
        let token = |from, to, log| ChosenToken { from, to, log };
        let chosen = [token(0, 4, -9.0), token(4, 6, 0.5_f32.ln()), token(6, 8, 0.5_f32.ln())];
        assert!((share(&chosen, 10, (14, 18)) - 0.5).abs() < 1e-6);
        assert!((share(&chosen, 10, (30, 31)) - 1.0).abs() < 1e-6);
    }
}
