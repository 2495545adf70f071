//! Writes an answer, token by token, always the likeliest that is allowed.

use llama_cpp_2::token::LlamaToken;
use llguidance::Matcher;

use super::engine::{Asked, Engine, log_sum};
use super::protocol::Failure;

/// What was written.
#[derive(Debug, Default)]
pub(super) struct Generated {
    /// The text; not always whole characters.
    pub(super) bytes: Vec<u8>,
    /// The tokens the model chose; the others were forced by the grammar.
    pub(super) chosen: Vec<ChosenToken>,
    /// All tokens.
    pub(super) tokens: u32,
    /// Whether it came to an end by itself.
    pub(super) ended: bool,
}

/// One token the model chose.
#[derive(Clone, Copy, Debug)]
pub(super) struct ChosenToken {
    /// Its place in the bytes.
    pub(super) from: usize,
    pub(super) to: usize,
    /// The logarithm of its probability, before the grammar took tokens out.
    pub(super) log: f32,
}

impl Engine {
    /// Writes at most `most` tokens after the question.
    pub(super) fn generate(
        &mut self,
        asked: &Asked,
        mut rules: Option<&mut Matcher>,
        most: usize,
    ) -> Result<Generated, Failure> {
        let mut out = Generated::default();
        let mut row = asked.row;
        let mut at = asked.tokens;
        while (out.tokens as usize) < most {
            let Some((token, log)) = self.likeliest(row, rules.as_deref_mut())? else { break };
            if self.model.vocab().is_eog(token) {
                out.ended = true;
                break;
            }
            let from = out.bytes.len();
            let mut new = vec![token];
            self.write(token, &mut out);
            out.chosen.push(ChosenToken { from, to: out.bytes.len(), log });
            if let Some(rules) = rules.as_deref_mut() {
                rules.consume_token(token.0.cast_unsigned()).map_err(misshapen)?;
                for forced in forced(rules)? {
                    self.write(forced, &mut out);
                    new.push(forced);
                }
                if rules.is_stopped() || rules.is_accepting().map_err(misshapen)? {
                    out.ended = true;
                    break;
                }
            }
            row = self.feed(&new, at, asked.slot)?;
            at += new.len();
        }
        self.forget_answer(asked)?;
        Ok(out)
    }

    /// The likeliest token that the rules allow, with the logarithm of its probability.
    fn likeliest(
        &self,
        row: i32,
        rules: Option<&mut Matcher>,
    ) -> Result<Option<(LlamaToken, f32)>, Failure> {
        let scores = self.context.get_logits_ith(row);
        let mut best: Option<(usize, f32)> = None;
        let mut consider = |i: usize| {
            let Some(score) = scores.get(i).copied() else { return };
            if best.is_none_or(|(_, most)| score > most) {
                best = Some((i, score));
            }
        };
        match rules {
            None => (0..scores.len()).for_each(&mut consider),
            Some(rules) => {
                rules.compute_mask_or_eos().map_err(misshapen)?.iter_set_entries(&mut consider)
            }
        }
        Ok(best.map(|(i, score)| (LlamaToken(i as i32), score - log_sum(scores))))
    }

    fn write(&self, token: LlamaToken, out: &mut Generated) {
        out.bytes.extend(self.model.vocab().token_to_piece(token, false, None));
        out.tokens += 1;
    }
}

/// The tokens that come next in any case.
pub(super) fn forced(rules: &mut Matcher) -> Result<Vec<LlamaToken>, Failure> {
    if rules.is_stopped() {
        return Ok(Vec::new());
    }
    let tokens = rules.consume_ff_tokens();
    if rules.is_error() {
        return Err(misshapen("the grammar stopped"));
    }
    Ok(tokens.into_iter().map(|token| LlamaToken(token.cast_signed())).collect())
}

/// The grammar's messages may hold the material, so only their kind is told.
pub(super) fn misshapen(error: impl std::fmt::Display) -> Failure {
    let error = error.to_string();
    let limited = ["fuel", "too complex", "max_", "limit"].iter().any(|word| error.contains(word));
    let kind = if limited { "it is too large" } else { "it does not parse" };
    Failure::Misshapen(format!("the grammar of the answer fails: {kind}"))
}
