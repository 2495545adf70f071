//! What parent and child say to each other over the pipes: one line of JSON, then raw bytes.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::codes::Sheet;
use super::pace::LeftOut;
use super::sandbox::Walls;
use crate::domain::{MediaType, Page, Part, Problem};

/// The head of a question; the item's bytes follow.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Request {
    /// What is asked.
    pub(super) task: Task,
    /// The item's file name, for showing only.
    pub(super) name: String,
    /// The child limits itself to so much memory …
    pub(super) memory_mb: u64,
    /// … and so much processor time.
    pub(super) seconds: u64,
    /// Pages on which a reader ended before.
    #[serde(default)]
    pub(super) left_out: Vec<LeftOut>,
}

/// A page as it is shown.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Shown {
    /// Counted from 1.
    pub number: u32,
    /// Degrees clockwise, as in [`Page::turned`].
    pub turned: u16,
}

impl From<u32> for Shown {
    fn from(number: u32) -> Self {
        Self { number, turned: 0 }
    }
}

impl From<&Page> for Shown {
    fn from(page: &Page) -> Self {
        Self { number: page.number, turned: page.turned }
    }
}

/// What a child can do.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Task {
    /// Read everything. Answer: [`crate::domain::Parsed`] as JSON.
    Parse,
    /// Only name the parts, with their types and hashes. Answer: as above.
    Outline,
    /// Read one part. Answer: as above.
    ReadPart {
        /// Which one.
        part: Part,
    },
    /// Draw a page. Answer: a PNG.
    Picture {
        /// Of which part.
        part: Part,
        /// Which page, and how it is turned.
        page: Shown,
        /// Dots per inch.
        dpi: u32,
    },
    /// Read the codes of some pages. Answer: [`super::codes::Seen`] as JSON.
    Codes {
        /// Of which part.
        part: Part,
        /// The pages.
        sheets: Vec<Sheet>,
    },
    /// Draw a page for character recognition. Answer: a grey PNG; the head tells how it was straightened.
    Legible {
        /// Of which part.
        part: Part,
        /// Which page, and how it is turned.
        page: Shown,
    },
    /// The mail as its sender formatted it. Answer: [`crate::domain::Formatted`] as JSON.
    Formatted,
    /// The decoded bytes of one part.
    Extract {
        /// Which one.
        part: Part,
    },
    /// Nothing: the answer's head tells which walls hold.
    Walls,
    /// Tries what a taken-over reader would try.
    #[cfg(debug_assertions)]
    Misdeed(String),
}

/// The head of an answer; the payload follows.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Answer {
    /// Set when there is no payload.
    pub(super) problem: Option<Problem>,
    /// What the payload is.
    pub(super) media_type: MediaType,
    /// What the kernel denies the child.
    pub(super) walls: Walls,
    /// The most memory it had at once, in KiB.
    #[serde(default)]
    pub(super) peak_kb: u64,
    /// How a page was straightened for recognition.
    #[serde(default)]
    pub(super) straightened: Straightened,
}

/// How a page was turned until its lines were level.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Straightened {
    /// Clockwise; 0 when it was left as it came.
    pub(super) degrees: f32,
    /// Pixels before it was turned.
    pub(super) width: u32,
    /// Pixels before it was turned.
    pub(super) height: u32,
}

/// A head as a line.
pub(super) fn head(message: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(message).unwrap_or_default();
    line.push(b'\n');
    line
}

/// Head and payload of a message, or `None` when it is not one.
pub(super) fn split<T: DeserializeOwned>(mut message: Vec<u8>) -> Option<(T, Vec<u8>)> {
    let end = message.iter().position(|byte| *byte == b'\n')?;
    let head = serde_json::from_slice(message.get(..end)?).ok()?;
    message.drain(..=end);
    Some((head, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_comes_out_as_it_went_in() {
        let part = Part::Attachment(3);
        let request = Request {
            task: Task::Extract { part },
            name: "ä\n.pdf".into(),
            memory_mb: 1,
            seconds: 2,
            left_out: Vec::new(),
        };
        let message = [head(&request), b"raw\nbytes\x00".to_vec()].concat();
        let (request, payload) = split::<Request>(message).unwrap();
        assert!(matches!(request.task, Task::Extract { part: Part::Attachment(3) }));
        assert_eq!(
            (request.name.as_str(), payload.as_slice()),
            ("ä\n.pdf", b"raw\nbytes\x00".as_slice())
        );
        assert!(split::<Request>(Vec::from("no line")).is_none());
    }
}
