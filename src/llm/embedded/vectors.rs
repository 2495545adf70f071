//! The child's half of vectors: a model that reads a text and says where it lies among all texts.

use std::num::NonZeroU32;

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::token::LlamaToken;

use super::Settings;
use super::engine::broken;
use super::protocol::Failure;
use crate::llm::Card;

/// Tokens that are read at once. Models of this kind can read 512, but llama.cpp makes room for a score of each word it
/// knows at each token read, though a vector needs none: a megabyte for a token with 250,000 words.
/// (The words themselves take 128 MB, so much is resident before anything is read; the weights are mapped.)
const WINDOW: usize = 256;
/// Short texts that are read side by side.
const SIDE_BY_SIDE: usize = 16;
/// Windows of one text that are read, from its beginning on: about three pages.
const WINDOWS: usize = 8;
/// Characters of one text that are looked at; more than the windows can hold.
const LONGEST: usize = 20_000;
/// Where the file says what goes before every text; models are taught with such a word.
const PREFIX: &str = "vorlage.text_prefix";

/// The model and its memory. One thread owns it.
pub(super) struct Vectors {
    backend: LlamaBackend,
    model: &'static LlamaModel,
    params: LlamaContextParams,
    pub(super) card: Card,
    prefix: String,
    /// Tokens of a window.
    limit: usize,
}

/// A part of a text, and of which text.
struct Window {
    of: usize,
    tokens: Vec<LlamaToken>,
}

impl Vectors {
    /// Maps the weights into memory.
    pub(super) fn load(settings: &Settings, card: Card) -> Result<Self, Failure> {
        let weights = |error: &dyn std::fmt::Display| Failure::Weights(error.to_string());
        let backend = LlamaBackend::init().map_err(|error| weights(&error))?;
        let params = LlamaModelParams::default().with_n_gpu_layers(0).with_use_mmap(true);
        let model = LlamaModel::load_from_file(&backend, &settings.weights, &params);
        // The model lives as long as the process, which ends with it.
        let model: &'static LlamaModel =
            Box::leak(Box::new(model.map_err(|error| weights(&error))?));
        let limit = WINDOW.min(model.n_ctx_train() as usize);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = settings.threads.unwrap_or(cores.min(8)).clamp(1, 64) as i32;
        let params = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(WINDOW as u32))
            .with_n_batch(WINDOW as u32)
            .with_n_ubatch(WINDOW as u32)
            .with_n_seq_max(SIDE_BY_SIDE as u32)
            .with_kv_unified(true)
            .with_n_threads(threads)
            .with_n_threads_batch(threads)
            .with_embeddings(true);
        // Weights that give no context are told now and not at the first question.
        model.new_context(&backend, params.clone()).map_err(|error| weights(&error))?;
        let prefix = model.meta_val_str(PREFIX).unwrap_or_default();
        if limit < 16 {
            return Err(Failure::Weights("the model reads next to nothing at once".into()));
        }
        Ok(Self { backend, model, params, card, prefix, limit })
    }

    /// A vector of length 1 for each text: the mean of those of its windows, weighed by their lengths.
    pub(super) fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, Failure> {
        // A context for each question: its room is given back while nobody asks.
        let context = self.model.new_context(&self.backend, self.params.clone());
        let mut context = context.map_err(broken)?;
        let width = usize::try_from(self.model.n_embd_out()).unwrap_or(0);
        let mut sums = vec![vec![0.0_f32; width]; texts.len()];
        let mut windows: Vec<Window> = Vec::new();
        for (of, text) in texts.iter().enumerate() {
            for tokens in self.windows(text) {
                let room: usize = windows.iter().map(|it| it.tokens.len()).sum();
                if windows.len() == SIDE_BY_SIDE || room + tokens.len() > WINDOW {
                    read(&mut context, &windows, &mut sums)?;
                    windows.clear();
                }
                windows.push(Window { of, tokens });
            }
        }
        read(&mut context, &windows, &mut sums)?;
        for sum in &mut sums {
            let length = sum.iter().map(|it| it * it).sum::<f32>().sqrt();
            if !length.is_finite() || length <= 0.0 {
                return Err(Failure::Misshapen("a vector has no direction".into()));
            }
            sum.iter_mut().for_each(|it| *it /= length);
        }
        Ok(sums)
    }

    /// The tokens of a text in parts that fit, each with the marks of a whole text around it.
    fn windows(&self, text: &str) -> Vec<Vec<LlamaToken>> {
        let text: String = self.prefix.chars().chain(text.trim().chars().take(LONGEST)).collect();
        let vocab = self.model.vocab();
        let mark = |wanted: bool, token: LlamaToken| Some(token).filter(|it| wanted && it.0 >= 0);
        let begin = mark(vocab.should_add_bos(), vocab.bos());
        let end = mark(vocab.should_add_eos(), vocab.eos());
        // A zero would end the text.
        let tokens = vocab.tokenize(text.replace('\0', " ").as_bytes(), false, false);
        let parts: Vec<&[LlamaToken]> = match tokens.is_empty() {
            true => vec![&[]],
            false => tokens.chunks(self.limit - 2).take(WINDOWS).collect(),
        };
        let whole = |part: &&[LlamaToken]| begin.into_iter().chain(part.to_vec()).chain(end);
        parts.iter().map(|part| whole(part).collect()).collect()
    }
}

/// Reads windows side by side and adds what each says to that of its text.
fn read(
    context: &mut LlamaContext<'_>,
    windows: &[Window],
    sums: &mut [Vec<f32>],
) -> Result<(), Failure> {
    let all: usize = windows.iter().map(|it| it.tokens.len()).sum();
    if all == 0 {
        return Ok(());
    }
    let mut batch = LlamaBatch::new(all, 1);
    for (sequence, window) in windows.iter().enumerate() {
        for (at, token) in window.tokens.iter().enumerate() {
            batch.add(*token, at as i32, &[sequence as i32], true).map_err(broken)?;
        }
    }
    context.encode(&mut batch).map_err(broken)?;
    for (sequence, window) in windows.iter().enumerate() {
        let said = context.embeddings_seq_ith(sequence as i32);
        let said = said.map_err(|_| Failure::Weights("the model gives no vectors".into()))?;
        let Some(sum) = sums.get_mut(window.of) else { continue };
        let weight = window.tokens.len() as f32;
        sum.iter_mut().zip(said).for_each(|(sum, it)| *sum += it * weight);
    }
    Ok(())
}
