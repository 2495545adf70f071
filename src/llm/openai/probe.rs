//! What a server is asked before it gets the first letter.

use serde_json::Value;

use super::{OpenAi, one_of};
use crate::llm::{Error, Prompt, Skill};

/// Words that no question leads to: whoever answers with one was held to it.
const UNLIKELY: [&str; 2] = ["xylophone-41", "marzipan-77"];

/// A short document, the question for its kind, and the options: the right one first.
pub(super) fn known() -> (Prompt, Vec<String>) {
    let document = "Invoice No. 2026-0815. For 20 boxes of paper we charge you 412.50 EUR. \
                    Please pay by 30 November. Paper House North Ltd.";
    let prompt = Prompt {
        system: "Answer with one word.".into(),
        turns: vec![format!("{document}\n\nIs this an invoice or a complaint?")],
    };
    (prompt, vec!["invoice".into(), "complaint".into()])
}

/// Whether it keeps to a shape, and whether it tells probabilities: asked for one of two words that nobody would
/// answer with.
pub(super) async fn skills(model: &OpenAi) -> Result<Vec<Skill>, Error> {
    let prompt = Prompt {
        system: "Answer with one sentence.".into(),
        turns: vec!["What colour is the sea?".into()],
    };
    let options = UNLIKELY.map(str::to_owned);
    let (keeps, probable) = match model.ask(&prompt, 48, one_of(&options)).await {
        Ok((reply, _)) => {
            let answer = serde_json::from_str::<Value>(&reply.content);
            let is_option =
                |it: &Value| it.as_str().is_some_and(|it| options.iter().any(|one| one == it));
            let is_probable = reply.tokens.iter().any(|token| !token.likely.is_empty());
            (answer.is_ok_and(|it| is_option(&it)), is_probable)
        }
        // It refuses what it does not know.
        Err(Error::Misshapen(_)) => (false, false),
        Err(error) => return Err(error),
    };
    Ok(vec![
        Skill {
            what: "keeps to `response_format`",
            is_there: keeps,
            otherwise: "so answers of another shape are thrown away and the item is left to a person",
        },
        Skill {
            what: "tells `logprobs`",
            is_there: probable,
            otherwise: "so every answer counts as equally sure",
        },
    ])
}
