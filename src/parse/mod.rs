//! Turns received bytes into documents a person could read aloud.
//!
//! **Invariant:** parsing never fails and never panics. What cannot be read becomes a
//! [`Problem`], because a letter nobody can open is still work for somebody. Reading happens in a
//! child process of this program with limits on memory, time and files ([`worker`]).

use std::path::PathBuf;

use crate::config::Limits;
use crate::domain::{MediaType, Parsed, Part, Problem};

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
    pub async fn parse(&self, name: &str, bytes: Vec<u8>) -> Parsed {
        let _ = (name, bytes);
        Parsed::default()
    }

    /// A picture (PNG) of a page (from 1) of one part of an item, `dpi` dots per inch.
    pub async fn picture(&self, bytes: Vec<u8>, part: &Part, page: u32, dpi: u32) -> Result<Vec<u8>, Problem> {
        let _ = (bytes, part, page, dpi);
        Err(Problem::new("P0301", ""))
    }

    /// The decoded bytes of one part, for a download.
    pub async fn extract_part(&self, bytes: Vec<u8>, part: &Part) -> Result<(MediaType, Vec<u8>), Problem> {
        let _ = (bytes, part);
        Err(Problem::new("P0301", ""))
    }
}

/// What `vorlage worker parse` does: reads one request from standard input, answers on standard output.
pub fn worker() -> std::io::Result<()> {
    Ok(())
}
