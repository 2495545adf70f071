//! Turns received bytes into documents a person could read aloud.
//!
//! **Invariant:** parsing never fails and never panics. What cannot be read becomes a
//! [`Problem`], because a letter nobody can open is still work for somebody. Reading happens in a
//! child process of this program with limits on memory, time and files ([`worker()`]); text on
//! pictures is recognised by tesseract in another ([`ocr_worker`]).
//!
//! Read on: `formats/` has the list of what can be read, `sniff` tells what bytes are, `parts`
//! counts what is in a mail, `read` reads it, `child` and `sandbox` are the two ends of the wall.

mod syscalls;
mod sandbox;
mod pace;
mod wire;
mod child;
mod danger;
mod language;
mod text;
mod flow;
mod sniff;
mod tables;
mod table_columns;
mod table_lines;
mod formats;
mod skew;
mod legible;
mod picture;
mod spots;
mod girocode;
mod codes;
mod parts;
mod sections;
mod read;
mod turn;
mod ocr;
mod recognise;
mod decode;
mod again;
#[cfg(debug_assertions)]
mod misdeed;
mod worker;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;

use std::cell::Cell;
use std::path::PathBuf;

use crate::config::Limits;
use crate::domain::{Formatted, MediaType, Parsed, Part, Problem};
use again::Around;
use child::Died;
use pace::LeftOut;
use wire::{Request, Task};

pub use danger::CODES as DANGEROUS;
pub use ocr::{languages, ocr_worker};
pub use sandbox::Walls;
pub use skew::rotated;
pub use wire::Shown;
pub use worker::worker;

/// Children that may die on one item before the rest of it is left unread.
const DEATHS: usize = 3;

tokio::task_local! {
    /// The most memory a reader had, of those that were asked here.
    static PEAK_KB: Cell<u64>;
}

/// Does some reading, and tells the most memory (KiB) that one of its readers had. Readers that died
/// tell nothing, and neither does tesseract.
pub async fn with_peak<T>(work: impl Future<Output = T>) -> (T, u64) {
    let measured = async {
        let done = work.await;
        (done, PEAK_KB.with(Cell::get))
    };
    PEAK_KB.scope(Cell::new(0), measured).await
}

/// Reads items in child processes.
#[derive(Clone, Debug)]
pub struct Parser {
    /// This program, to start `vorlage worker parse`.
    pub program: PathBuf,
    /// How much one item may use.
    pub limits: Limits,
}

impl Parser {
    /// Everything that can be read from received bytes. `name` is a file name, for showing only.
    ///
    /// Always has at least one document: a mail's body is the first, its attachments follow in the
    /// order of [`Part::Attachment`]; files inside a PDF follow that PDF.
    pub async fn parse(&self, name: &str, bytes: Vec<u8>) -> Parsed {
        let largest = self.limits.arrival_mb.saturating_mul(1 << 20);
        if bytes.len() as u64 > largest {
            let detail = format!("larger than {} MB (`arrival_mb`)", self.limits.arrival_mb);
            return read::unread(name, &bytes, Problem::new("P0107", detail));
        }
        let read = match self.read_around(Task::Parse, name, &bytes).await {
            Ok(read) => read,
            Err(problem) => Box::pin(self.parse_piece_by_piece(name, &bytes, problem)).await,
        };
        let Around { mut parsed, undrawn } = read;
        for document in &mut parsed.documents {
            Box::pin(self.recognise(document, &undrawn, &bytes)).await;
            self.decode(document, &undrawn, &bytes).await;
        }
        parsed
    }

    /// A picture (PNG) of a page of one part of an item, `dpi` dots per inch.
    ///
    /// At most 40 million pixels. Below 300 dpi, photographs are made smaller than 2000 pixels.
    pub async fn picture(
        &self,
        bytes: Vec<u8>,
        part: &Part,
        page: impl Into<Shown>,
        dpi: u32,
    ) -> Result<Vec<u8>, Problem> {
        let task = Task::Picture { part: part.clone(), page: page.into(), dpi };
        Ok(self.ask(task, "", &bytes).await?.1)
    }

    /// The decoded bytes of one part, for a download. For [`Part::Body`]: its text or HTML in UTF-8.
    pub async fn extract_part(
        &self,
        bytes: Vec<u8>,
        part: &Part,
    ) -> Result<(MediaType, Vec<u8>), Problem> {
        self.ask(Task::Extract { part: part.clone() }, "", &bytes).await
    }

    /// Which walls stand around a reader on this machine, by asking one.
    pub async fn walls(&self) -> Result<Walls, Problem> {
        Ok(self.answer(&Task::Walls, &[], "", &[]).await?.answer.walls)
    }

    /// For tests: lets a reader try what a taken-over one would try. What it got, or how it ended.
    #[cfg(debug_assertions)]
    pub async fn misdeed(&self, what: &str) -> Result<Vec<u8>, Problem> {
        Ok(self.ask(Task::Misdeed(what.to_owned()), "", &[]).await?.1)
    }

    /// A mail as its sender formatted it, made harmless.
    pub async fn formatted(&self, bytes: &[u8]) -> Result<Formatted, Problem> {
        let (_, json) = self.ask(Task::Formatted, "", bytes).await?;
        serde_json::from_slice(&json).map_err(|_| not_understood())
    }

    /// After a child died on the whole: one child for each part, so that only the bad one is lost.
    async fn parse_piece_by_piece(&self, name: &str, bytes: &[u8], died: Problem) -> Around {
        let mut undrawn = Vec::new();
        let Ok(mut parsed) = self.ask_parsed(Task::Outline, name, bytes).await else {
            return Around { parsed: read::unread(name, bytes, died), undrawn };
        };
        if let [document] = parsed.documents.as_mut_slice() {
            document.problems.push(died);
            return Around { parsed, undrawn };
        }
        let mut deaths = 0;
        let mut documents = Vec::new();
        for mut outline in std::mem::take(&mut parsed.documents) {
            if deaths == DEATHS {
                let detail = format!("not tried: {DEATHS} other parts of this mail were too much");
                outline.problems.push(Problem::new("P0105", detail));
                documents.push(outline);
                continue;
            }
            let task = Task::ReadPart { part: outline.part.clone() };
            match self.read_around(task, &outline.name, bytes).await {
                Ok(read) => {
                    deaths += usize::from(!read.undrawn.is_empty());
                    undrawn.extend(read.undrawn);
                    documents.extend(read.parsed.documents);
                }
                Err(problem) => {
                    deaths += 1;
                    outline.problems.push(problem);
                    documents.push(outline);
                }
            }
        }
        parsed.documents = documents;
        Around { parsed, undrawn }
    }

    async fn ask_parsed(&self, task: Task, name: &str, bytes: &[u8]) -> Result<Parsed, Problem> {
        let (_, json) = self.ask(task, name, bytes).await?;
        serde_json::from_slice(&json).map_err(|_| not_understood())
    }

    /// One question to one child.
    async fn ask(
        &self,
        task: Task,
        name: &str,
        bytes: &[u8],
    ) -> Result<(MediaType, Vec<u8>), Problem> {
        let (head, payload) = self.ask_with_head(&task, &[], name, bytes).await?;
        Ok((head.media_type, payload))
    }

    /// One question to one child, which is to leave some pages out. With the head of the answer.
    async fn ask_with_head(
        &self,
        task: &Task,
        left_out: &[LeftOut],
        name: &str,
        bytes: &[u8],
    ) -> Result<(wire::Answer, Vec<u8>), Died> {
        let Answered { mut answer, payload, complaints } =
            self.answer(task, left_out, name, bytes).await?;
        sandbox::report(answer.walls);
        match answer.problem.take() {
            Some(problem) => Err(Died { problem, complaints }),
            None => Ok((answer, payload)),
        }
    }

    async fn answer(
        &self,
        task: &Task,
        left_out: &[LeftOut],
        name: &str,
        bytes: &[u8],
    ) -> Result<Answered, Died> {
        let limits = &self.limits;
        let request = Request {
            task: task.clone(),
            name: name.to_owned(),
            memory_mb: limits.parse_memory_mb,
            seconds: limits.parse_seconds,
            left_out: left_out.to_vec(),
        };
        let run = child::Run {
            program: &self.program,
            worker: "parse",
            settings: Vec::new(),
            seconds: limits.parse_seconds,
            memory_mb: limits.parse_memory_mb,
        };
        let output = run.start(&[wire::head(&request).as_slice(), bytes]).await?;
        let (answer, payload) =
            wire::split::<wire::Answer>(output.bytes).ok_or_else(not_understood)?;
        // Outside of `with_peak` nobody wants to know.
        PEAK_KB.try_with(|peak| peak.set(peak.get().max(answer.peak_kb))).unwrap_or_default();
        Ok(Answered { answer, payload, complaints: output.complaints })
    }
}

/// What a child said in answer to a question.
struct Answered {
    answer: wire::Answer,
    payload: Vec<u8>,
    complaints: String,
}

fn not_understood() -> Problem {
    Problem::new("P0102", "the reader's answer could not be understood")
}
