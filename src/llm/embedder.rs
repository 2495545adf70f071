//! Texts as vectors: what means alike points alike.

use async_trait::async_trait;

use super::{Card, Error};

/// Texts in one question to an embedder: some seconds on two cores.
const AT_ONCE: usize = 32;

/// A model that turns texts into vectors.
#[async_trait]
pub trait Embedder: Send + Sync {
    /// For each text a vector of length 1, all of as many numbers. Of a long text the beginning counts.
    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, Error>;
    /// Whether it can answer now; starts it if it has to be started.
    async fn ready(&self) -> Result<Card, Error>;
}

/// Vectors of many texts, asked for a few at a time, so that whoever else asks waits some seconds at most.
///
/// # Errors
/// As for any question.
pub async fn embed_all(model: &dyn Embedder, texts: &[String]) -> Result<Vec<Vec<f32>>, Error> {
    let mut vectors = Vec::with_capacity(texts.len());
    for part in texts.chunks(AT_ONCE) {
        vectors.extend(model.embed(part).await?);
    }
    Ok(vectors)
}
