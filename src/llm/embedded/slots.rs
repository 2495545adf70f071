//! Which beginnings of questions are kept evaluated. Pure bookkeeping; `engine` moves the memory.
//!
//! Questions of one door begin alike: instruction, classes, examples. What has been evaluated once
//! is kept in a slot (a llama.cpp sequence), and a new question starts from the slot that shares
//! the longest beginning with it. Copying shares the memory, so it costs nothing.

use llama_cpp_2::token::LlamaToken;

/// How many beginnings are kept.
pub(super) const SLOTS: usize = 8;

/// The kept beginnings.
#[derive(Debug)]
pub(super) struct Slots {
    slots: Vec<Slot>,
    clock: u64,
}

#[derive(Clone, Debug, Default)]
struct Slot {
    /// What is evaluated.
    tokens: Vec<LlamaToken>,
    /// How much of it is worth keeping: the instruction, or what another question shared with it.
    worth: usize,
    used: u64,
}

/// Where a question goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The slot it is evaluated in.
    pub(super) slot: usize,
    /// The slot whose beginning it shares; may be the same.
    pub(super) from: usize,
    /// How many tokens it shares.
    pub(super) keep: usize,
}

/// What to give up so that something new fits: the tokens from `keep` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) slot: usize,
    pub(super) keep: usize,
}

impl Slots {
    pub(super) fn new() -> Self {
        Self { slots: vec![Slot::default(); SLOTS], clock: 0 }
    }

    /// Where a question goes whose first `stable` tokens are its instruction. At least its last
    /// token is left to evaluate, because its successor is asked for.
    pub(super) fn place(&mut self, question: &[LlamaToken], stable: usize) -> Place {
        let shared = |slot: &Slot| common(&slot.tokens, question);
        let nearest = (0..SLOTS).max_by_key(|i| self.slots.get(*i).map_or(0, shared)).unwrap_or(0);
        let keep = self.slots.get(nearest).map_or(0, shared).min(question.len().saturating_sub(1));
        self.clock += 1;
        let clock = self.clock;
        if let Some(slot) = self.slots.get_mut(nearest) {
            slot.worth = slot.worth.max(keep);
            slot.used = clock;
        }
        let slot = self.victim(nearest);
        if let Some(slot) = self.slots.get_mut(slot) {
            let worth = stable.max(keep).min(question.len());
            *slot = Slot { tokens: Vec::new(), worth, used: clock };
        }
        Place { slot, from: nearest, keep }
    }

    /// The tokens of a slot as they are now evaluated.
    pub(super) fn set(&mut self, slot: usize, tokens: &[LlamaToken]) {
        if let Some(slot) = self.slots.get_mut(slot) {
            slot.tokens = tokens.to_vec();
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self = Self::new();
    }

    /// An empty slot; else the longest unused one whose worth another slot holds too; else the
    /// longest unused one. Never `nearest`, which the question starts from.
    fn victim(&self, nearest: usize) -> usize {
        let others = || self.slots.iter().enumerate().filter(|(i, _)| *i != nearest);
        if let Some((empty, _)) = others().find(|(_, slot)| slot.tokens.is_empty()) {
            return empty;
        }
        let held_elsewhere = |i: usize, slot: &Slot| {
            let holds = |other: &Slot| common(&other.tokens, &slot.tokens) >= slot.worth;
            self.slots.iter().enumerate().any(|(j, other)| j != i && holds(other))
        };
        let oldest = |(_, slot): &(usize, &Slot)| slot.used;
        let spare = others().filter(|(i, slot)| held_elsewhere(*i, slot)).min_by_key(oldest);
        spare.or_else(|| others().min_by_key(oldest)).map_or(0, |(i, _)| i)
    }

    /// What to give up next when the memory is full, never of slot `busy`: first what is not worth
    /// keeping, then whole slots, the longest unused first. `None`: nothing is left.
    pub(super) fn shrink(&mut self, busy: usize) -> Option<Cut> {
        let others = self.slots.iter_mut().enumerate();
        let mut held: Vec<_> =
            others.filter(|(i, slot)| *i != busy && !slot.tokens.is_empty()).collect();
        held.sort_by_key(|(_, slot)| slot.used);
        let long = held.iter().position(|(_, slot)| slot.tokens.len() > slot.worth);
        let (i, slot) = held.into_iter().nth(long.unwrap_or(0))?;
        let keep = if long.is_some() { slot.worth } else { 0 };
        slot.tokens.truncate(keep);
        Some(Cut { slot: i, keep })
    }
}

/// How many tokens two sequences share at the beginning.
fn common(a: &[LlamaToken], b: &[LlamaToken]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(instruction: i32, letter: i32) -> Vec<LlamaToken> {
        let instruction = (0..10).map(|i| LlamaToken(instruction * 1000 + i));
        instruction.chain((0..5).map(|i| LlamaToken(letter * 1000 + 500 + i))).collect()
    }

    fn ask(slots: &mut Slots, question: &[LlamaToken]) -> Place {
        let place = slots.place(question, 10);
        slots.set(place.slot, question);
        place
    }

    #[test]
    fn the_second_question_with_the_same_instruction_reuses_it() {
        let mut slots = Slots::new();
        assert_eq!(ask(&mut slots, &question(1, 1)).keep, 0);
        let second = ask(&mut slots, &question(1, 2));
        assert_eq!(second.keep, 10);
        assert_ne!(second.slot, second.from);
    }

    #[test]
    fn the_same_question_again_leaves_its_last_token_to_evaluate() {
        let mut slots = Slots::new();
        ask(&mut slots, &question(1, 1));
        assert_eq!(ask(&mut slots, &question(1, 1)).keep, 14);
    }

    #[test]
    fn many_letters_of_one_door_do_not_drive_out_the_instruction_of_another() {
        let mut slots = Slots::new();
        ask(&mut slots, &question(1, 1));
        for letter in 0..50 {
            ask(&mut slots, &question(2, letter));
        }
        assert_eq!(ask(&mut slots, &question(1, 2)).keep, 10);
    }

    #[test]
    fn letters_are_given_up_before_instructions() {
        let mut slots = Slots::new();
        for instruction in 1..4 {
            ask(&mut slots, &question(instruction, 1));
        }
        let busy = ask(&mut slots, &question(4, 1)).slot;
        let cuts: Vec<Cut> = std::iter::from_fn(|| slots.shrink(busy)).collect();
        let kept: Vec<usize> = cuts.iter().map(|cut| cut.keep).collect();
        assert_eq!(kept, [10, 10, 10, 0, 0, 0]);
    }
}
