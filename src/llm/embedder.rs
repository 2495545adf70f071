//! Texts as vectors: what means alike points alike.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::{Card, Error};

/// Texts in one question to an embedder: some seconds on two cores.
const AT_ONCE: usize = 32;

/// A model that turns texts into vectors.
#[async_trait]
pub trait Embedder: Send + Sync {
    /// For each text a vector of length 1, all of as many numbers. Of a long text the beginning counts.
    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, Error>;
    /// The same for what stands in the workflows, which is asked about with every item: it may be remembered.
    async fn embed_rules(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, Error> {
        self.embed(texts).await
    }
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

/// A model that remembers the vectors of what stands in the workflows, and of nothing else.
pub struct Remembering {
    model: Arc<dyn Embedder>,
    known: Mutex<HashMap<blake3::Hash, Vec<f32>>>,
}

/// So many vectors are remembered: a thousand classes with three examples each.
const MOST: usize = 4_000;

impl Remembering {
    /// Has remembered nothing yet.
    pub fn new(model: Arc<dyn Embedder>) -> Self {
        Self { model, known: Mutex::default() }
    }
}

#[async_trait]
impl Embedder for Remembering {
    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, Error> {
        self.model.embed(texts).await
    }

    async fn embed_rules(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, Error> {
        let key = |text: &String| blake3::hash(text.as_bytes());
        let missing: Vec<String> = {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            texts.iter().filter(|text| !known.contains_key(&key(text))).cloned().collect()
        };
        let found = embed_all(&*self.model, &missing).await?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() + found.len() > MOST {
            // What is asked about now comes in again with the next item.
            known.clear();
        }
        known.extend(missing.iter().map(key).zip(found));
        let vector = |text| known.get(&key(text)).cloned();
        texts.iter().map(vector).collect::<Option<_>>().ok_or_else(|| {
            Error::Misshapen("the workflows have more texts than are remembered".to_owned())
        })
    }

    async fn ready(&self) -> Result<Card, Error> {
        self.model.ready().await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Counts the texts it is asked about.
    #[derive(Default)]
    struct Counting(AtomicUsize);

    #[async_trait]
    impl Embedder for Counting {
        async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, Error> {
            self.0.fetch_add(texts.len(), Ordering::SeqCst);
            Ok(texts.iter().map(|text| vec![text.len() as f32]).collect())
        }

        async fn ready(&self) -> Result<Card, Error> {
            Ok(Card::default())
        }
    }

    #[tokio::test]
    async fn only_what_stands_in_the_workflows_is_remembered() {
        let counting = Arc::new(Counting::default());
        let model = Remembering::new(counting.clone());
        let asked = || counting.0.load(Ordering::SeqCst);
        let texts: Vec<String> = ["a", "bb", "ccc"].map(str::to_owned).into();
        for _ in 0..2 {
            assert_eq!(model.embed_rules(&texts).await.unwrap(), [[1.0], [2.0], [3.0]]);
            assert_eq!(asked(), 3);
        }
        model.embed(&texts).await.unwrap();
        model.embed(&texts).await.unwrap();
        assert_eq!(asked(), 9);
        let more: Vec<String> = ["ccc", "dddd"].map(str::to_owned).into();
        assert_eq!(model.embed_rules(&more).await.unwrap(), [[3.0], [4.0]]);
        assert_eq!(asked(), 10);
    }
}
