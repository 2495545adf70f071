//! Which characters are replaced before a text is cut into tokens, in the form in which `SentencePiece`
//! and llama.cpp keep it: an XOR-compressed double array, then the replacements, each ended by a zero.
//!
//! Sources: the layout of a unit is that of darts-clone (`darts.h`, BSD-2-Clause); the double array is
//! Aoe, "An Efficient Digital Search Algorithm by Using a Double-Array Structure", 1989; for XOR see
//! Kanda, "Space- and Time-Efficient String Dictionaries", 2018.

use std::collections::{BTreeMap, HashMap, HashSet};

/// A unit holds a replacement's place, not a label.
const VALUE: u32 = 1 << 31;
/// The text so far has a replacement.
const LEAF: u32 = 1 << 8;

#[derive(Default)]
struct Node {
    next: BTreeMap<u8, Node>,
    /// Where the replacement begins.
    value: Option<u32>,
}

/// The double array while it grows.
#[derive(Default)]
struct Units {
    units: Vec<u32>,
    taken: Vec<bool>,
    bases: HashSet<usize>,
}

/// The map of characters to what they are replaced by.
pub(super) fn charsmap(map: &[(char, String)]) -> Vec<u8> {
    let (mut root, mut replacements) = (Node::default(), Vec::new());
    let mut places: HashMap<&str, u32> = HashMap::new();
    for (from, to) in map {
        let place = *places.entry(to).or_insert_with(|| {
            let place = replacements.len() as u32;
            replacements.extend(to.bytes().chain([0]));
            place
        });
        let mut node = &mut root;
        for byte in from.encode_utf8(&mut [0; 4]).bytes() {
            node = node.next.entry(byte).or_default();
        }
        node.value = Some(place);
    }
    let mut units = Units::default();
    units.take(0, 0);
    units.place(&root, 0);
    let mut bytes = ((units.units.len() * 4) as u32).to_le_bytes().to_vec();
    units.units.iter().for_each(|unit| bytes.extend(unit.to_le_bytes()));
    bytes.extend(replacements);
    bytes
}

impl Units {
    /// Places what follows on the node whose unit is `at`.
    fn place(&mut self, node: &Node, at: usize) {
        let value = node.value.map(|_| 0_u8);
        let labels: Vec<u8> = value.into_iter().chain(node.next.keys().copied()).collect();
        let free = |units: &Self, base: usize| {
            let taken = |label: &u8| units.taken.get(base ^ usize::from(*label)) == Some(&true);
            !units.bases.contains(&base) && !labels.iter().any(taken)
        };
        // No two nodes have the same base, else the children of one would pass for those of the other.
        let Some(base) = (1..).find(|base| free(self, *base)) else { return };
        self.bases.insert(base);
        if let Some(unit) = self.units.get_mut(at) {
            *unit |= ((at ^ base) as u32) << 10;
            *unit |= if node.value.is_some() { LEAF } else { 0 };
        }
        if let Some(value) = node.value {
            self.take(base, VALUE | value);
        }
        for label in node.next.keys() {
            self.take(base ^ usize::from(*label), u32::from(*label));
        }
        for (label, next) in &node.next {
            self.place(next, base ^ usize::from(*label));
        }
    }

    fn take(&mut self, at: usize, unit: u32) {
        let length = self.units.len().max((at + 1).next_multiple_of(256));
        self.units.resize(length, 0);
        self.taken.resize(length, false);
        if let (Some(place), Some(taken)) = (self.units.get_mut(at), self.taken.get_mut(at)) {
            (*place, *taken) = (unit, true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As llama.cpp looks it up (`llm_tokenizer_ugm_session::normalize_prefix`).
    fn look_up(map: &[u8], text: &str) -> Option<String> {
        let number = |at: usize| u32::from_le_bytes(map[at..at + 4].try_into().unwrap());
        let unit = |index: u32| number(4 + index as usize * 4);
        let base = |index: u32| (unit(index) >> 10) << ((unit(index) & (1 << 9)) >> 6);
        let (mut index, mut found) = (base(0), None);
        for byte in text.bytes() {
            index ^= u32::from(byte);
            if unit(index) & (VALUE | 0xff) != u32::from(byte) {
                break;
            }
            let leaf = unit(index) & LEAF != 0;
            index ^= base(index);
            if leaf {
                found = Some(unit(index) & !VALUE);
            }
        }
        let begin = 4 + number(0) as usize + found? as usize;
        let bytes = map[begin..].iter().copied().take_while(|byte| *byte != 0);
        Some(String::from_utf8(bytes.collect()).unwrap())
    }

    #[test]
    fn every_replacement_is_found_and_nothing_else_is_replaced() {
        let mut map: Vec<(char, String)> =
            ('\u{ff01}'..='\u{ff5e}').map(|it| (it, char::from(it as u8 + 32).into())).collect();
        map.extend([('\t', " ".into()), ('\u{200b}', String::new()), ('ﬁ', "fi".into())]);
        map.extend(('\u{1d400}'..'\u{1d41a}').zip('A'..).map(|(it, to)| (it, to.to_string())));
        let bytes = charsmap(&map);
        for (from, to) in &map {
            assert_eq!(look_up(&bytes, &from.to_string()).as_ref(), Some(to), "{from:?}");
        }
        for other in ["a", "ä", "\u{ff00}", "\u{1d41b}", "€", " ", "\u{200c}", "😀"] {
            assert_eq!(look_up(&bytes, other), None, "{other}");
        }
    }
}
