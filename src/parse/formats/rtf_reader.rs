//! The words of rich text and what they do to the text.

use std::collections::BTreeMap;

use encoding_rs::{Encoding, WINDOWS_1252};

use super::ole;
use super::rtf_words::{SKIPPED, SYMBOLS, charset};
use crate::parse::flow::Flow;

/// Groups in groups.
const DEPTH: usize = 1000;

/// Where the text goes.
pub(super) enum Out {
    /// Text and tables as a person sees them.
    Text(Flow),
    /// The web page that hides in it.
    Page(String),
}

/// What holds until the end of a group.
#[derive(Clone, Debug)]
struct State {
    /// Nothing of this group is shown.
    skip: bool,
    /// Hidden letters.
    hidden: bool,
    /// Inside `\htmltag`: part of the page.
    tag: bool,
    /// Between `\htmlrtf` and `\htmlrtf0`: no part of the page.
    rtf_only: bool,
    /// This paragraph stands in a table.
    in_table: bool,
    /// In `\fonttbl`.
    fonts: bool,
    font: i32,
    /// Letters that stand for the one `\u` names, for readers that know no Unicode.
    substitutes: usize,
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    state: State,
    stack: Vec<State>,
    encoding: &'static Encoding,
    fonts: BTreeMap<i32, &'static Encoding>,
    /// Letters of more than one byte come byte by byte.
    letters: Vec<u8>,
    /// The first half of a letter beyond `\uffff`.
    surrogate: Option<u16>,
    /// Substitutes still to be left out.
    left_out: usize,
    /// `\*` came: the group is skipped unless its word is known.
    optional: bool,
    out: Out,
}

/// Reads rich text. The second answer is whether it was whole.
pub(super) fn read(bytes: &[u8], out: Out) -> (Out, bool) {
    let state = State {
        skip: false,
        hidden: false,
        tag: false,
        rtf_only: false,
        in_table: false,
        fonts: false,
        font: 0,
        substitutes: 1,
    };
    let mut reader = Reader {
        bytes,
        at: 0,
        state,
        stack: Vec::new(),
        encoding: WINDOWS_1252,
        fonts: BTreeMap::new(),
        letters: Vec::new(),
        surrogate: None,
        left_out: 0,
        optional: false,
        out,
    };
    let whole = reader.run();
    reader.flush();
    (reader.out, whole)
}

impl Reader<'_> {
    fn run(&mut self) -> bool {
        while let Some(byte) = self.next() {
            match byte {
                b'{' => {
                    self.flush();
                    if self.stack.len() >= DEPTH {
                        return false;
                    }
                    self.stack.push(self.state.clone());
                    self.left_out = 0;
                }
                b'}' => {
                    self.flush();
                    self.left_out = 0;
                    self.optional = false;
                    match self.stack.pop() {
                        Some(state) => self.state = state,
                        None => return true,
                    }
                    if self.stack.is_empty() {
                        return true;
                    }
                }
                b'\\' => self.control(),
                b'\r' | b'\n' => {}
                b'\t' => self.text("\t"),
                _ => self.letter(byte),
            }
        }
        self.stack.is_empty()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied()?;
        self.at += 1;
        Some(byte)
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn control(&mut self) {
        let Some(byte) = self.next() else { return };
        if byte.is_ascii_alphabetic() {
            return self.word();
        }
        match byte {
            b'\'' => {
                let digits = self.bytes.get(self.at..self.at + 2).unwrap_or_default();
                let digits = std::str::from_utf8(digits).unwrap_or_default();
                if let Ok(byte) = u8::from_str_radix(digits, 16) {
                    self.at += 2;
                    self.letter(byte);
                }
            }
            b'*' => self.optional = true,
            b'~' => self.text("\u{a0}"),
            b'_' => self.text("-"),
            b'\\' | b'{' | b'}' => self.letter(byte),
            b'\r' | b'\n' => self.line_end(),
            _ => {} // Index marks, optional hyphens.
        }
    }

    fn word(&mut self) {
        let begin = self.at - 1;
        while self.peek().is_some_and(|byte| byte.is_ascii_alphabetic()) {
            self.at += 1;
        }
        let name = self.bytes.get(begin..self.at).unwrap_or_default();
        let name = std::str::from_utf8(name).unwrap_or_default().to_owned();
        let digits = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        let number = self.bytes.get(digits..self.at).unwrap_or_default();
        let number = std::str::from_utf8(number).ok().and_then(|it| it.parse::<i32>().ok());
        if self.peek() == Some(b' ') {
            self.at += 1;
        }
        if name != "u" {
            self.flush();
        }
        if name == "bin" {
            self.at = self.at.saturating_add(usize::try_from(number.unwrap_or(0)).unwrap_or(0));
            return;
        }
        self.obey(&name, number);
        self.optional = false;
    }

    fn obey(&mut self, name: &str, number: Option<i32>) {
        let on = number != Some(0);
        match name {
            "u" => self.unicode(number.unwrap_or_default()),
            "uc" => self.state.substitutes = usize::try_from(number.unwrap_or(1)).unwrap_or(1),
            "par" | "line" | "sect" | "page" | "column" | "softline" => self.line_end(),
            "tab" => self.text("\t"),
            "cell" => self.cell_end(),
            "row" => self.row_end(),
            "nestcell" => self.text("\t"),
            "nestrow" => self.line_end(),
            "intbl" => self.state.in_table = true,
            "pard" => self.state.in_table = false,
            "plain" => self.state.hidden = false,
            "v" => self.state.hidden = on,
            "deleted" => self.state.hidden = on,
            "htmlrtf" => self.state.rtf_only = on,
            "htmltag" => self.state.tag = true,
            "fonttbl" => (self.state.fonts, self.state.skip) = (true, true),
            "f" => self.state.font = number.unwrap_or_default(),
            "fcharset" if self.state.fonts => {
                if let Some(encoding) = charset(number.unwrap_or_default()) {
                    self.fonts.insert(self.state.font, encoding);
                }
            }
            "ansicpg" => {
                let number = u32::try_from(number.unwrap_or_default()).unwrap_or_default();
                self.encoding = ole::codepage(number);
            }
            "mac" => self.encoding = ole::codepage(10000),
            "pc" => self.encoding = ole::codepage(437),
            "pca" => self.encoding = ole::codepage(850),
            // Known though optional: text boxes and the Unicode half of a pair.
            "shpinst" | "shptxt" => {}
            "ud" => self.state.skip = self.stack.iter().rev().nth(1).is_some_and(|it| it.skip),
            _ => match SYMBOLS.iter().find(|(known, _)| *known == name) {
                Some((_, symbol)) => self.text(symbol),
                None if self.optional || SKIPPED.contains(&name) => self.state.skip = true,
                None => {}
            },
        }
    }

    fn unicode(&mut self, number: i32) {
        self.flush_letters();
        self.left_out = self.state.substitutes;
        let Ok(unit) = u16::try_from(number & 0xffff) else { return };
        let is_second = (0xdc00..0xe000).contains(&unit);
        if self.surrogate.is_some() && !is_second {
            self.half();
        }
        if (0xd800..0xdc00).contains(&unit) {
            self.surrogate = Some(unit);
            return;
        }
        let units: Vec<u16> = self.surrogate.take().into_iter().chain([unit]).collect();
        let left_out = std::mem::take(&mut self.left_out);
        self.text(&String::from_utf16_lossy(&units));
        self.left_out = left_out;
    }

    fn letter(&mut self, byte: u8) {
        if self.left_out > 0 {
            self.left_out -= 1;
            return;
        }
        self.half();
        self.letters.push(byte);
    }

    /// Shows the letters that have come, in the encoding of their font.
    fn flush(&mut self) {
        self.half();
        self.flush_letters();
    }

    /// Half a letter without its other half is shown as none.
    fn half(&mut self) {
        if self.surrogate.take().is_some() {
            self.show("\u{fffd}");
        }
    }

    fn flush_letters(&mut self) {
        if self.letters.is_empty() {
            return;
        }
        let letters = std::mem::take(&mut self.letters);
        let font = self.fonts.get(&self.state.font).copied();
        let encoding = font.filter(|_| !self.state.tag).unwrap_or(self.encoding);
        let text = encoding.decode_without_bom_handling(&letters).0.into_owned();
        self.show(&text);
    }

    fn text(&mut self, text: &str) {
        self.flush();
        self.show(text);
    }

    fn show(&mut self, text: &str) {
        let state = &self.state;
        match &mut self.out {
            Out::Page(page) => {
                if state.tag || (!state.skip && !state.rtf_only) {
                    page.push_str(text);
                }
            }
            Out::Text(flow) => {
                if state.skip || state.hidden || state.tag {
                    return;
                }
                if state.in_table {
                    flow.begin_cell_of_row();
                } else if flow.in_table() {
                    flow.end_table();
                }
                flow.push(text);
            }
        }
    }

    fn line_end(&mut self) {
        match &self.out {
            Out::Page(_) => self.text("\r\n"),
            Out::Text(_) => self.text("\n"),
        }
    }

    fn cell_end(&mut self) {
        if self.state.skip || self.state.hidden {
            return;
        }
        if let Out::Text(flow) = &mut self.out {
            flow.begin_cell_of_row();
            flow.end_cell();
        }
    }

    fn row_end(&mut self) {
        if let Out::Text(flow) = &mut self.out {
            flow.end_row();
        }
    }
}
