//! The model, its memory, and how a question gets into it.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use llama_cpp_2::DecodeError;
use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::token::LlamaToken;
use llguidance::ParserFactory;
use serde_json::Value;

use super::Settings;
use super::chat::{Chat, Marks, Rendered};
use super::kept::{Kept, SHORTEST};
use super::protocol::Failure;
use super::slots::{SLOTS, Slots};
use super::tokens;
use crate::llm::{Card, Prompt, Trace};

/// How many tokens are evaluated at once.
pub(super) const BATCH: usize = 512;

/// How many sequences there are besides the slots, for options that are scored side by side.
pub(super) const SIDE_BY_SIDE: usize = 56;

/// The model and its memory. One thread owns it.
pub(super) struct Engine {
    pub(super) model: &'static LlamaModel,
    pub(super) context: LlamaContext<'static>,
    pub(super) parsers: ParserFactory,
    pub(super) card: Card,
    chat: Chat,
    slots: Slots,
    /// How many tokens fit.
    pub(super) limit: usize,
    /// What the answers depend on besides the question, for their traces.
    parameters: BTreeMap<String, Value>,
    /// How many threads do the arithmetic.
    pub(super) threads: u32,
    /// Whether the memory can be cut at any place; models with a running state cannot.
    cuttable: bool,
    /// Evaluated instructions on disk.
    kept: Option<Kept>,
}

/// A question that is evaluated, ready for its answer.
pub(super) struct Asked {
    /// Where it lies.
    pub(super) slot: usize,
    /// How many tokens it has.
    pub(super) tokens: usize,
    /// Which row of the last batch predicts the first token of the answer.
    pub(super) row: i32,
    /// How it came about so far.
    pub(super) trace: Trace,
}

impl Engine {
    /// Reads the weights into memory and makes room for the context.
    pub(super) fn load(settings: &Settings, card: Card) -> Result<Self, Failure> {
        let weights = |error: &dyn std::fmt::Display| Failure::Weights(error.to_string());
        let backend = LlamaBackend::init().map_err(|error| weights(&error))?;
        // Read and not mapped: llama.cpp arranges most weights anew for the processor, and mapped ones would lie in
        // memory twice.
        let params = LlamaModelParams::default().with_n_gpu_layers(0).with_use_mmap(false);
        let model = LlamaModel::load_from_file(&backend, &settings.weights, &params);
        // Model and context live as long as the process, which ends with them.
        let model: &'static LlamaModel =
            Box::leak(Box::new(model.map_err(|error| weights(&error))?));

        let taught = model.n_ctx_train().max(BATCH as u32);
        let limit = settings.context_tokens.clamp(BATCH as u32, taught);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = settings.threads.unwrap_or(cores.min(8)).clamp(1, 64) as i32;
        let params = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(limit))
            .with_n_batch(BATCH as u32)
            .with_n_ubatch(BATCH as u32)
            .with_n_threads(threads)
            .with_n_threads_batch(threads)
            .with_n_seq_max((SLOTS + SIDE_BY_SIDE) as u32)
            .with_kv_unified(true)
            .with_swa_full(true);
        let context = model.new_context(&backend, params).map_err(|error| weights(&error))?;
        Ok(Self {
            context,
            parsers: tokens::factory(model)?,
            card,
            chat: Chat::of(model),
            slots: Slots::new(),
            limit: limit as usize,
            parameters: [
                ("context_tokens", limit),
                ("batch", BATCH as u32),
                ("threads", threads as u32),
                // Always the likeliest.
                ("temperature", 0),
            ]
            .map(|(name, value)| (name.to_owned(), value.into()))
            .into(),
            cuttable: !model.is_recurrent() && !model.is_hybrid(),
            kept: None,
            threads: threads as u32,
            model,
        })
    }

    /// Keeps evaluated instructions in a folder from now on. The card has to be complete.
    pub(super) fn keep_in(&mut self, folder: &Path) {
        self.kept = Kept::open(folder, &(&self.card, &self.parameters));
    }

    /// Evaluates a question. `forced` is how its answer begins in any case, `room` the most tokens
    /// its answer may have.
    pub(super) fn ask(
        &mut self,
        prompt: &Prompt,
        forced: &[LlamaToken],
        room: usize,
    ) -> Result<Asked, Failure> {
        let Rendered { mut tokens, marks, hash } = self.chat.render(self.model, prompt)?;
        tokens.extend_from_slice(forced);
        let mut asked = self.evaluate(&tokens, &marks, room)?;
        asked.trace.prompt = hash;
        Ok(asked)
    }

    /// Evaluates what no slot holds yet, from mark to mark.
    pub(super) fn evaluate(
        &mut self,
        tokens: &[LlamaToken],
        marks: &Marks,
        room: usize,
    ) -> Result<Asked, Failure> {
        if tokens.is_empty() || tokens.len() + room > self.limit {
            return Err(Failure::TooLong { tokens: tokens.len() + room, limit: self.limit });
        }
        let steps = marks.steps(BATCH, tokens.len());
        let place = self.slots.place(tokens, marks.stable);
        let shared = if self.cuttable { place.keep } else { 0 };
        let mut keep = steps.iter().copied().filter(|step| *step <= shared).max().unwrap_or(0);
        self.cut(place.slot, 0)?;
        let stable = tokens.get(..marks.stable).unwrap_or_default();
        let mut is_new = self.kept.is_some() && stable.len() >= SHORTEST && keep < stable.len();
        if is_new && self.recall(stable, place.slot)? {
            (keep, is_new) = (stable.len(), false);
        } else if keep > 0 {
            let (from, to) = (place.from as i32, place.slot as i32);
            self.context.copy_kv_cache_seq(from, to, Some(0), Some(keep as u32)).map_err(broken)?;
        }
        let (mut row, mut at) = (0, keep);
        for step in steps.into_iter().filter(|step| *step > keep) {
            row = self.feed(tokens.get(at..step).unwrap_or_default(), at, place.slot)?;
            at = step;
            if is_new && at == stable.len() {
                // Before a word of the item is evaluated: nothing of it can be in what is kept.
                self.remember(stable, place.slot);
            }
        }
        self.slots.set(place.slot, tokens);
        let trace = Trace {
            card: self.card.clone(),
            parameters: self.parameters.clone(),
            reused_tokens: keep as u32,
            prompt_tokens: (tokens.len() - keep) as u32,
            ..Trace::default()
        };
        Ok(Asked { slot: place.slot, tokens: tokens.len(), row, trace })
    }

    /// Takes an evaluated instruction from disk into an empty slot, if it is there.
    fn recall(&mut self, stable: &[LlamaToken], slot: usize) -> Result<bool, Failure> {
        let Some(path) = self.kept.as_ref().and_then(|kept| kept.find(stable)) else {
            return Ok(false);
        };
        let loaded = self.context.state_seq_load_file(&path, slot as i32, stable.len());
        if loaded.is_ok_and(|(tokens, _)| tokens == stable) {
            return Ok(true);
        }
        // The memory may be full of other questions just now.
        self.cut(slot, 0)?;
        Ok(false)
    }

    /// Puts the evaluated instruction, which is all that the slot holds, on disk.
    fn remember(&self, stable: &[LlamaToken], slot: usize) {
        let write = |path: &Path| {
            // For its owner only, as all in the state folder.
            let file = std::fs::OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(path);
            file.is_ok() && self.context.state_seq_save_file(path, slot as i32, stable).is_ok()
        };
        if let Some(kept) = &self.kept {
            kept.keep(stable, write);
        }
    }

    /// Evaluates tokens from position `at` on. Gives the row that predicts what follows the last one.
    pub(super) fn feed(
        &mut self,
        tokens: &[LlamaToken],
        at: usize,
        slot: usize,
    ) -> Result<i32, Failure> {
        let mut row = 0;
        let mut done = 0;
        for chunk in tokens.chunks(BATCH) {
            let mut batch = LlamaBatch::new(chunk.len(), 1);
            for token in chunk {
                done += 1;
                let (position, last) = ((at + done - 1) as i32, done == tokens.len());
                batch.add(*token, position, &[slot as i32], last).map_err(broken)?;
            }
            self.decode(&mut batch, slot)?;
            row = chunk.len() as i32 - 1;
        }
        Ok(row)
    }

    /// Evaluates a batch; gives up what other slots keep while it does not fit.
    pub(super) fn decode(
        &mut self,
        batch: &mut LlamaBatch<'_>,
        busy: usize,
    ) -> Result<(), Failure> {
        loop {
            match self.context.decode(batch) {
                Ok(()) => return Ok(()),
                Err(DecodeError::NoKvCacheSlot) => {}
                Err(error) => return Err(broken(error)),
            }
            let Some(cut) = self.slots.shrink(busy) else {
                return Err(Failure::TooLong { tokens: self.limit + 1, limit: self.limit });
            };
            self.cut(cut.slot, if self.cuttable { cut.keep } else { 0 })?;
        }
    }

    /// Takes the tokens from `keep` on out of a sequence.
    pub(super) fn cut(&mut self, sequence: usize, keep: usize) -> Result<(), Failure> {
        let (sequence, keep) = (sequence as u32, keep as u32);
        let done =
            self.context.clear_kv_cache_seq(Some(sequence), Some(keep), None).map_err(broken)?;
        if !done {
            self.context.clear_kv_cache_seq(Some(sequence), None, None).map_err(broken)?;
        }
        Ok(())
    }

    /// Forgets all questions.
    pub(super) fn forget_all(&mut self) {
        self.context.clear_kv_cache();
        self.slots.clear();
    }

    /// Takes an answer out of the slot again, so that the next question finds this one as it was.
    pub(super) fn forget_answer(&mut self, asked: &Asked) -> Result<(), Failure> {
        if self.cuttable {
            return self.cut(asked.slot, asked.tokens);
        }
        self.slots.set(asked.slot, &[]);
        self.cut(asked.slot, 0)
    }
}

/// llama.cpp says no.
pub(super) fn broken(error: impl std::fmt::Display) -> Failure {
    Failure::Broken(error.to_string())
}

/// The logarithm of the sum that makes probabilities of these scores.
pub(super) fn log_sum(scores: &[f32]) -> f32 {
    let most = scores.iter().copied().fold(f32::MIN, f32::max);
    let sum: f32 = scores.iter().map(|score| (score - most).exp()).sum();
    most + sum.ln()
}
