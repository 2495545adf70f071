//! The codes of a document: looked for in a child of their own, after everything else is read.

use super::codes::{Seen, Sheet};
use super::pace::Place;
use super::wire::Task;
use super::{DEATHS, Parser, girocode, turn};
use crate::domain::{Document, Problem, TextSource};

/// Pages that one child is asked for.
const TOGETHER: usize = 8;
/// Their part of `parse_seconds`; a page in print quality takes a third of a second.
const PART: u64 = 3;

impl Parser {
    /// Reads the codes of a document: where its pages look like one, and everywhere on pages that are pictures.
    /// What fails here is a problem and leaves the document as it is.
    pub(super) async fn decode(&self, document: &mut Document, undrawn: &[Place], bytes: &[u8]) {
        let mut sheets = self.sheets(document);
        // Whoever could not draw a page for its text will not for its codes.
        sheets.retain(|sheet| !undrawn.iter().any(|it| it.is_page(&document.part, sheet.number)));
        document.codes.clear();
        if sheets.is_empty() {
            return;
        }
        let mut limits = self.limits.clone();
        limits.parse_seconds = limits.parse_seconds.div_ceil(PART);
        let parser = Self { program: self.program.clone(), limits };
        let mut deaths = 0;
        while !sheets.is_empty() && deaths < DEATHS {
            let rest = sheets.split_off(sheets.len().min(TOGETHER));
            let together = std::mem::replace(&mut sheets, rest);
            if let Err(problem) = parser.add_codes(document, &together, bytes).await {
                // One page may be too much, and cost the others nothing.
                for sheet in &together {
                    let alone = match together.len() {
                        1 => Err(problem.clone()),
                        _ if deaths == DEATHS => Err(Problem::new("P0210", "not tried")),
                        _ => parser.add_codes(document, std::slice::from_ref(sheet), bytes).await,
                    };
                    if let Err(Problem { detail, .. }) = alone {
                        deaths = (deaths + 1).min(DEATHS);
                        let detail = format!("page {}: {detail}", sheet.number);
                        document.problems.push(Problem::new("P0210", detail));
                    }
                }
            }
        }
        if let Some(first) = sheets.first() {
            let detail =
                format!("not tried from page {} on: {DEATHS} pages were too much", first.number);
            document.problems.push(Problem::new("P0210", detail));
        }
        for code in &mut document.codes {
            let page = document.pages.iter().find(|page| page.number == code.page);
            code.area = turn::turned(code.area, page.map_or(0, |page| page.turned));
        }
        girocode::add_facts(document);
    }

    /// The pages to ask for.
    fn sheets(&self, document: &Document) -> Vec<Sheet> {
        let most = self.limits.ocr_pages as usize;
        let mut pictures = 0;
        let mut sheets = Vec::new();
        for page in &document.pages {
            let here = document.codes.iter().filter(|code| code.page == page.number);
            let mut spots: Vec<_> = here.map(|code| code.area).collect();
            let is_picture =
                matches!(page.text_source, TextSource::None | TextSource::Scan | TextSource::Ocr);
            if is_picture && pictures < most {
                pictures += 1;
                spots.clear();
            } else if spots.is_empty() {
                continue;
            }
            sheets.push(Sheet { number: page.number, spots });
        }
        sheets
    }

    async fn add_codes(
        &self,
        document: &mut Document,
        sheets: &[Sheet],
        bytes: &[u8],
    ) -> Result<(), Problem> {
        let task = Task::Codes { part: document.part.clone(), sheets: sheets.to_vec() };
        let (_, json) = self.ask(task, "", bytes).await?;
        let seen: Seen = serde_json::from_slice(&json)
            .map_err(|_| Problem::new("P0210", "the reader's answer could not be understood"))?;
        document.codes.extend(seen.codes);
        document.problems.extend(seen.problems);
        Ok(())
    }
}
