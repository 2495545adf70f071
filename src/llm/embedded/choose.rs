//! Which option fits: how likely the model is to answer with each.

use std::time::Instant;

use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::token::LlamaToken;

use super::engine::{Asked, BATCH, Engine, SIDE_BY_SIDE, broken, log_sum};
use super::protocol::Failure;
use super::slots::SLOTS;
use crate::llm::{Chosen, Prompt};

/// How many scores of a whole vocabulary are asked for at once. Each takes 0.6 MB twice with the usual weights, and
/// the arithmetic is as quick as with more.
const ROWS: usize = 128;

/// An option's tokens and how likely they are after the question.
struct Scored {
    tokens: Vec<LlamaToken>,
    log: f32,
}

impl Engine {
    /// Scores all options side by side after the question, which is evaluated once.
    pub(super) fn choose(
        &mut self,
        prompt: &Prompt,
        options: &[String],
    ) -> Result<Chosen, Failure> {
        let started = Instant::now();
        let mut scored: Vec<Scored> = options.iter().map(|option| self.option(option)).collect();
        let longest = scored.iter().map(|option| option.tokens.len()).max().unwrap_or(0);
        if longest > BATCH {
            return Err(Failure::TooLong { tokens: longest, limit: BATCH });
        }
        let room: usize = scored.iter().map(|option| option.tokens.len()).sum();
        let asked = self.ask(prompt, &[], room.min(BATCH))?;

        let first = self.context.get_logits_ith(asked.row);
        let sum = log_sum(first);
        for option in &mut scored {
            option.log += log_of(first, sum, option.tokens.first());
        }
        let mut rest = scored.as_mut_slice();
        while !rest.is_empty() {
            let (now, later) = rest.split_at_mut(fitting(rest));
            self.score(now, &asked)?;
            rest = later;
        }

        let mut trace = asked.trace;
        let shares = shares(&scored);
        trace.answer_tokens = scored.iter().map(|option| option.tokens.len() as u32).sum();
        let best = shares.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        trace.raw = best.and_then(|(i, _)| options.get(i)).cloned().unwrap_or_default();
        trace.duration_ms = started.elapsed().as_millis() as u64;
        Ok(Chosen { shares, trace })
    }

    /// An option's tokens with the end of the turn, so that a code that begins like another one
    /// (`hund`, `hundesteuer`) is not more likely for being shorter.
    fn option(&self, option: &str) -> Scored {
        let vocab = self.model.vocab();
        let mut tokens = vocab.tokenize(option.as_bytes(), false, false);
        let end = vocab.eot();
        tokens.push(if end.0 >= 0 { end } else { vocab.eos() });
        Scored { tokens, log: 0.0 }
    }

    /// Evaluates these options in one batch, each in a sequence that shares the question's memory.
    fn score(&mut self, options: &mut [Scored], asked: &Asked) -> Result<(), Failure> {
        let mut batch = LlamaBatch::new(BATCH, 1);
        let mut rows = Vec::new();
        for (i, option) in options.iter().enumerate() {
            let sequence = (SLOTS + i) as i32;
            self.context
                .copy_kv_cache_seq(asked.slot as i32, sequence, None, None)
                .map_err(broken)?;
            for (j, pair) in option.tokens.windows(2).enumerate() {
                let [token, next] = pair else { continue };
                rows.push((batch.n_tokens(), i, *next));
                batch.add(*token, (asked.tokens + j) as i32, &[sequence], true).map_err(broken)?;
            }
        }
        if !rows.is_empty() {
            self.decode(&mut batch, asked.slot)?;
        }
        for (row, i, next) in rows {
            let scores = self.context.get_logits_ith(row);
            let log = log_of(scores, log_sum(scores), Some(&next));
            if let Some(option) = options.get_mut(i) {
                option.log += log;
            }
        }
        (0..options.len()).try_for_each(|i| self.cut(SLOTS + i, 0))
    }
}

/// How many of the options are scored at once; at least one.
fn fitting(options: &[Scored]) -> usize {
    let mut tokens = 0;
    let fits = |option: &&Scored| {
        tokens += option.tokens.len();
        tokens <= ROWS
    };
    options.iter().take(SIDE_BY_SIDE).take_while(fits).count().max(1)
}

fn log_of(scores: &[f32], sum: f32, token: Option<&LlamaToken>) -> f32 {
    let score = token.and_then(|token| scores.get(token.0 as usize));
    score.map_or(0.0, |score| score - sum)
}

/// The probabilities among the options alone; they sum to 1.
fn shares(options: &[Scored]) -> Vec<f32> {
    let most = options.iter().map(|option| option.log).fold(f32::MIN, f32::max);
    let weights: Vec<f32> = options.iter().map(|option| (option.log - most).exp()).collect();
    let sum: f32 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn option(length: usize, log: f32) -> Scored {
        Scored { tokens: vec![LlamaToken(1); length], log }
    }

    #[test]
    fn shares_sum_to_one_even_when_all_options_are_unlikely() {
        let shares = shares(&[option(1, -900.0), option(1, -901.0), option(1, -2000.0)]);
        assert!((shares.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{shares:?}");
        assert!((shares[0] - 0.731).abs() < 0.001, "{shares:?}");
    }

    #[test]
    fn many_options_go_into_several_batches() {
        let many: Vec<Scored> = (0..200).map(|_| option(2, 0.0)).collect();
        assert_eq!(fitting(&many), SIDE_BY_SIDE);
        let long: Vec<Scored> = (0..5).map(|_| option(60, 0.0)).collect();
        assert_eq!(fitting(&long), 2);
        let longest: Vec<Scored> = (0..5).map(|_| option(300, 0.0)).collect();
        assert_eq!(fitting(&longest), 1);
    }
}
