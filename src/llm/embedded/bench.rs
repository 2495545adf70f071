//! How fast the model is on this machine, measured as llama.cpp's own benchmark measures it.

use std::time::Instant;

use llama_cpp_2::token::LlamaToken;

use super::chat::Marks;
use super::engine::{BATCH, Engine, SIDE_BY_SIDE};
use super::protocol::{Failure, Speed};
use crate::llm::{Prompt, memory};

impl Engine {
    /// Reads and writes tokens that mean nothing (the arithmetic is the same), both from an empty memory, like
    /// `llama-bench -p PROMPT -n ANSWER`.
    pub(super) fn bench(&mut self, prompt: usize, answer: usize) -> Result<Speed, Failure> {
        let vocabulary = self.model.n_vocab().max(2);
        let mut state = 1_i32;
        let mut any = || {
            // A linear congruence (Numerical Recipes).
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            LlamaToken((state >> 8).rem_euclid(vocabulary))
        };
        self.forget_all();
        let tokens: Vec<LlamaToken> = (0..prompt.max(1)).map(|_| any()).collect();
        let started = Instant::now();
        self.evaluate(&tokens, &Marks::default(), BATCH)?;
        self.context.synchronize();
        let reading = started.elapsed().as_secs_f64();

        self.forget_all();
        let started = Instant::now();
        for at in 0..answer {
            self.feed(&[any()], at, 0)?;
            self.context.synchronize();
        }
        let writing = started.elapsed().as_secs_f64();
        self.forget_all();
        self.stretch()?;
        let per_second = |tokens: usize, seconds: f64| tokens as f64 / seconds.max(1e-9);
        Ok(Speed {
            prompt_per_second: per_second(tokens.len(), reading),
            answer_per_second: per_second(answer, writing),
            threads: self.threads,
            peak_memory: memory::peak(std::process::id()).unwrap_or(0),
        })
    }

    /// Asks what takes the most memory: more options than are scored at once.
    fn stretch(&mut self) -> Result<(), Failure> {
        let options: Vec<String> = (100..100 + SIDE_BY_SIDE).map(|it| it.to_string()).collect();
        let prompt = Prompt { system: String::new(), turns: vec!["Which one?".into()] };
        self.choose(&prompt, &options)?;
        self.forget_all();
        Ok(())
    }
}
