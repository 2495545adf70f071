//! What people look at and take home of an item: pages, documents, the letter.

use std::sync::Arc;

use super::pictures::Key;
use super::{Desk, Error};
use crate::domain::{Digest, Document, Formatted, ItemId, MediaType, Problem};
use crate::parse::Shown;

impl Desk {
    /// A picture (PNG) of a page (from 1) of one of the item's documents (from 0). One that was looked
    /// at a moment ago is not drawn again.
    pub async fn picture(
        &self,
        id: &ItemId,
        document: usize,
        page: u32,
    ) -> Result<Arc<Vec<u8>>, Problem> {
        let (raw, found) = self.found(id, document).await?;
        let rules = self.rules();
        // A page that recognition had to turn is shown as it was read.
        let pages = &found.pages;
        let known = pages.iter().find(|it| it.number == page);
        let shown = known.map_or_else(|| Shown::from(page), Shown::from);
        let key = Key {
            item: id.clone(),
            digest: found.digest.clone(),
            shown: (shown.number, shown.turned),
        };
        if let Some(png) = self.pictures.find(&key, self.now()) {
            return Ok(png);
        }
        let bytes = self.bytes(&raw).await?;
        let png = self.parser(&rules).picture(bytes, &found.part, shown, 110).await?;
        let png = Arc::new(png);
        self.pictures.keep(key, Arc::clone(&png), self.now());
        Ok(png)
    }

    /// The bytes of one of the item's documents, for a download.
    pub async fn document(
        &self,
        id: &ItemId,
        document: usize,
    ) -> Result<(MediaType, Vec<u8>), Problem> {
        let (bytes, found) = self.part(id, document).await?;
        let rules = self.rules();
        self.parser(&rules).extract_part(bytes, &found.part).await
    }

    /// A mail as its sender formatted it, made harmless.
    pub async fn formatted(&self, id: &ItemId) -> Result<Formatted, Problem> {
        let (bytes, _) = self.part(id, 0).await?;
        let rules = self.rules();
        self.parser(&rules).formatted(&bytes).await
    }

    async fn part(&self, id: &ItemId, document: usize) -> Result<(Vec<u8>, Document), Problem> {
        let (raw, found) = self.found(id, document).await?;
        Ok((self.bytes(&raw).await?, found))
    }

    async fn bytes(&self, raw: &Digest) -> Result<Vec<u8>, Problem> {
        self.records().store().blob(raw).await.map_err(|error| gone(error.into()))
    }

    /// The name of the item's bytes, and what was read of one of its documents.
    async fn found(&self, id: &ItemId, document: usize) -> Result<(Digest, Document), Problem> {
        let view = self.item(id).await.map_err(gone)?;
        if view.is_none() {
            self.forget_pictures(id);
        }
        let parsed = view.and_then(|view| Some((view.item.raw, view.parsed?)));
        let (raw, parsed) =
            parsed.ok_or_else(|| Problem::new("P0302", "the item has not been read"))?;
        let found = parsed.documents.into_iter().nth(document);
        let found = found.ok_or_else(|| Problem::new("P0302", "there is no such document"))?;
        Ok((raw, found))
    }

    /// The letter made for the draft: name, media type, bytes.
    pub async fn letter(&self, id: &ItemId) -> Result<Option<(String, Vec<u8>)>, Error> {
        let draft = self.item(id).await?.and_then(|view| view.draft);
        Ok(draft.and_then(|draft| draft.letter).map(|letter| (letter.name, letter.bytes)))
    }
}

fn gone(error: Error) -> Problem {
    Problem::new("P0102", error.to_string())
}
