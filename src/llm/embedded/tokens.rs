//! llama.cpp's tokenizer as llguidance wants it.

use std::sync::Arc;

use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::vocab::LlamaVocab;
use llguidance::ParserFactory;
use llguidance::earley::SlicedBiasComputer;
use toktrie::{InferenceCapabilities, TokEnv, TokTrie, TokenId, TokenizerEnv};

use super::protocol::Failure;

/// The crate's own environment tokenizes greedily, and then llguidance refuses to force tokens
/// ("`ff_tokens` requires canonical tokenization"). This one asks llama.cpp.
struct Canonical {
    trie: TokTrie,
    vocab: LlamaVocab<'static>,
}

impl TokenizerEnv for Canonical {
    fn tok_trie(&self) -> &TokTrie {
        &self.trie
    }

    fn tokenize_bytes(&self, bytes: &[u8]) -> Vec<TokenId> {
        let tokens = |text: &str| {
            let tokens = self.vocab.tokenize(text.as_bytes(), false, false);
            tokens.into_iter().map(|token| token.0.cast_unsigned()).collect()
        };
        self.trie.tokenize_with_greedy_fallback(bytes, tokens)
    }
}

/// Makes the parsers of answers. Takes a second: it walks the whole vocabulary.
pub(super) fn factory(model: &'static LlamaModel) -> Result<ParserFactory, Failure> {
    let trie = LlamaSampler::llguidance_tok_env(model).tok_trie().clone();
    let env: TokEnv = Arc::new(Canonical { trie, vocab: model.vocab() });
    let can = InferenceCapabilities {
        ff_tokens: true,
        conditional_ff_tokens: false,
        backtrack: false,
        fork: false,
    };
    let slices = SlicedBiasComputer::general_slices();
    let broken = |error| Failure::Broken(format!("{error}"));
    let mut factory = ParserFactory::new(&env, can, &slices).map_err(broken)?;
    // Its messages would hold the material.
    factory.quiet();
    let limits = factory.limits_mut();
    limits.verbose_errors = false;
    // A passage of a document of 40 pages is one expression of 20,000 words.
    limits.initial_lexer_fuel = 50_000_000;
    limits.step_lexer_fuel = 5_000_000;
    Ok(factory)
}
