//! Pages without text of their own: drawn by one child, recognised by another, two at a time.

use std::collections::HashSet;

use super::pace::Place;
use super::wire::{Shown, Task};
use super::{Parser, ocr, text};
use crate::domain::{Document, Page, Part, Problem, TextSource};

/// Less sure than this, a page is hard to read. Clean prints have 0.9 and more.
const UNSURE: f32 = 0.6;
/// Pages of one document whose foreign text is compared with their picture.
const COMPARED: usize = 3;
/// So much of the foreign words must be found on the picture, of which recognition is so sure.
const AGREES: f32 = 0.4;
/// A text that has less than this part of the words on the picture is not all of the page: a cover sheet laid unseen
/// over a scanned form.
const COVERS: f32 = 0.5;
/// Below so many words there is nothing to compare.
const FEW_WORDS: usize = 8;

impl Parser {
    /// Recognises the pages of a document that have no text of their own, and compares a sample of
    /// those whose text was laid unseen over a picture. Pages that could not be drawn are left alone.
    pub(super) async fn recognise(&self, document: &mut Document, undrawn: &[Place], bytes: &[u8]) {
        let mut without = numbers(document, TextSource::None);
        without.retain(|page| !undrawn.iter().any(|it| it.is_page(&document.part, *page)));
        let compared = sample(numbers(document, TextSource::Scan));
        let most = self.limits.ocr_pages as usize;
        let mut wanted: Vec<u32> = without.iter().take(most).chain(&compared).copied().collect();
        wanted.sort_unstable();
        let mut pages = Vec::new();
        for two in wanted.chunks(2) {
            match *two {
                [first, second] => {
                    let first_page = self.page(document.part.clone(), first, bytes);
                    let second_page = self.page(document.part.clone(), second, bytes);
                    let both = tokio::join!(first_page, second_page);
                    pages.extend([(first, both.0), (second, both.1)]);
                }
                [only] => {
                    pages.push((only, self.page(document.part.clone(), only, bytes).await));
                }
                _ => {}
            }
        }
        let mut recognised = Vec::new();
        for (number, page) in pages {
            let is_compared = compared.contains(&number);
            match page {
                Ok(page) if is_compared && agrees(document, number, &page) => {}
                Ok(page) => {
                    document.problems.extend(complaint(number, &page, is_compared));
                    recognised.push((number, page));
                }
                // Without recognition the scanner's own text is what there is.
                Err(_) if is_compared => {}
                Err(problem) if problem.code == "P0303" => {
                    if !document.problems.contains(&problem) {
                        document.problems.push(problem);
                    }
                }
                Err(Problem { code, detail }) => {
                    let detail = format!("page {number}: {detail}");
                    document.problems.push(Problem { code, detail });
                }
            }
        }
        if without.len() > most {
            let detail = format!(
                "only the first {most} of {} scanned pages are read (`ocr_pages`)",
                without.len()
            );
            document.problems.push(Problem::new("P0107", detail));
        }
        if !recognised.is_empty() || !without.is_empty() {
            ocr::insert(document, recognised);
            text::finish(document, || false);
        }
    }

    /// Recognises a page as it lies; where that gives hardly a word, also turned, because a few words
    /// are too few to tell from them how the page lies.
    async fn page(
        &self,
        part: Part,
        number: u32,
        bytes: &[u8],
    ) -> Result<ocr::Recognised, Problem> {
        let mut best = self.page_turned(part.clone(), Shown::from(number), bytes).await?;
        for turned in [180, 90, 270] {
            if best.turned != 0 || best.confidence().is_none_or(|sure| sure >= UNSURE) {
                break;
            }
            let shown = Shown { number, turned };
            let Ok(mut page) = self.page_turned(part.clone(), shown, bytes).await else { break };
            if page.turned == 0 && page.confidence() > best.confidence() {
                page.turned = turned;
                best = page;
            }
        }
        Ok(best)
    }

    async fn page_turned(
        &self,
        part: Part,
        page: Shown,
        bytes: &[u8],
    ) -> Result<ocr::Recognised, Problem> {
        let task = Task::Legible { part, page };
        let (head, picture) = self.ask_with_head(&task, &[], "", bytes).await?;
        ocr::recognise(&self.program, &self.limits, picture, head.straightened).await
    }
}

fn numbers(document: &Document, source: TextSource) -> Vec<u32> {
    let pages = document.pages.iter().filter(|page| page.text_source == source);
    pages.map(|page| page.number).collect()
}

/// The first, the last and the middle one.
fn sample(numbers: Vec<u32>) -> Vec<u32> {
    if numbers.len() <= COMPARED {
        return numbers;
    }
    let chosen = [0, numbers.len() / 2, numbers.len() - 1];
    chosen.iter().filter_map(|at| numbers.get(*at).copied()).collect()
}

/// What a person should know of a recognised page.
fn complaint(number: u32, page: &ocr::Recognised, is_compared: bool) -> Option<Problem> {
    if is_compared {
        let detail = format!("page {number}: the scanner's text is not what the picture shows");
        return Some(Problem::new("P0204", detail));
    }
    let sure = page.confidence_of_few().filter(|sure| *sure < UNSURE)?;
    let detail = format!("page {number}: recognised with {:.0} % confidence", sure * 100.0);
    Some(Problem::new("P0205", detail))
}

/// Whether the text of a page is that of its picture. What recognition itself is unsure of proves nothing.
fn agrees(document: &Document, number: u32, picture: &ocr::Recognised) -> bool {
    let is = |page: &&Page| page.number == number;
    let Some(page) = document.pages.iter().find(is) else { return true };
    let sure = picture.confidence().unwrap_or_default() >= UNSURE;
    !sure || is_of(page.span.of(&document.text), picture.text())
}

/// Whether a text laid over a picture is what the picture shows, and all of it.
fn is_of(layer: &str, shown: &str) -> bool {
    let (layer, shown) = (words(layer), words(shown));
    if layer.len() < FEW_WORDS || shown.len() < FEW_WORDS {
        return true;
    }
    let common = layer.intersection(&shown).count();
    let covers = layer.len() as f32 >= COVERS * shown.len() as f32;
    covers && common as f32 >= AGREES * layer.len().min(shown.len()) as f32
}

fn words(text: &str) -> HashSet<String> {
    let parts = text.split(|it: char| !it.is_alphanumeric());
    parts.filter(|word| word.chars().count() >= 3).map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::is_of;

    #[test]
    fn a_layer_is_the_text_of_its_picture_when_it_says_the_same_and_says_it_all() {
        let page = "Anmeldung zur Hundesteuer Halterin Jana Müller Rheinstraße 5 Mainz Hund Bello \
                    geboren 2024 Rasse Mischling Farbe schwarz seit Januar hier, vorher in Worms; Chip vorhanden";
        assert!(is_of(page, page));
        assert!(is_of(&page.replace("Bello", "8ello"), page));
        let other = "Newsletter with very cheap offers for everybody who reads what nobody wrote";
        assert!(!is_of(other, page));
        let cover = "Anmeldung Hundesteuer Halterin Jana Müller Mainz Hund Bello";
        assert!(!is_of(cover, page));
        assert!(is_of("Seite 1", page), "too little to tell");
    }
}
