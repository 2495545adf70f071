//! Boxes of words put right by the letters that the page draws.
//!
//! The text layer's reader works out places from the widths a file states for its letters. Some files
//! state them wrong or not at all, and what draws the page knows better: the letters' own places.

use std::collections::HashMap;

use hayro::kurbo::Rect;

use super::pdf_glyphs::Glyph;
use super::pdf_place::DESCENT;

/// A box is put right when it is off by more than this (heights of the line).
const OFF: f64 = 0.6;
/// So far it may be up or down.
const OFF_LINE: f64 = 0.3;
/// So far from its letters (heights of the line) a box may be, across and up or down.
const FAR: (f64, f64) = (15.0, 1.5);
/// Words of fewer letters may stand where they say although the letters are not known.
const SHORT: usize = 3;
/// Letters of one word that are compared.
const MOST_LETTERS: usize = 60;

/// Words of one page with their boxes in pixels of the drawing; the answer has the better box of those
/// that are off. Only upright words are asked about.
pub(super) fn better(glyphs: &[Glyph], words: &[(&str, Rect)]) -> Vec<Option<Rect>> {
    let mut by_letter: HashMap<char, Vec<usize>> = HashMap::new();
    for (number, glyph) in glyphs.iter().enumerate() {
        by_letter.entry(glyph.says.unwrap_or_default()).or_default().push(number);
    }
    let mut page = Page { glyphs, by_letter, taken: vec![false; glyphs.len()] };
    let mut answers = vec![None; words.len()];
    // First those that stand where their letters are, so that the others are left with theirs.
    for far in [(OFF, OFF), FAR] {
        for ((word, place), answer) in words.iter().zip(&mut answers) {
            if answer.is_some() || far == FAR && page.fits(word, *place) {
                continue;
            }
            *answer = page.found(word, *place, far);
        }
    }
    for ((_, place), answer) in words.iter().zip(&mut answers) {
        let off = |it: &Rect| {
            let most = OFF * place.height();
            let off_line = (it.y1 - place.y1).abs() > OFF_LINE * place.height();
            off_line || (it.x0 - place.x0).abs() > most || (it.x1 - place.x1).abs() > most
        };
        *answer = answer.filter(off);
    }
    answers
}

struct Page<'a> {
    glyphs: &'a [Glyph],
    by_letter: HashMap<char, Vec<usize>>,
    taken: Vec<bool>,
}

impl Page<'_> {
    /// Whether letters of the word stand in the box, in whatever order.
    fn fits(&self, word: &str, place: Rect) -> bool {
        let near = place.inflate(0.1 * place.height() + 1.0, 0.35 * place.height() + 1.0);
        let inside = self.glyphs.iter().filter(|it| near.contains(it.at));
        let own = inside.filter(|it| it.says.is_none_or(|letter| word.contains(letter)));
        let letters = word.chars().count();
        // Longer words are spelled hardly anywhere by chance.
        letters < SHORT
            && own.take(letters).count() * 2 >= letters
            && place.width() >= 0.1 * place.height()
    }

    /// The nearest letters that spell the word and belong to no other.
    fn found(&mut self, word: &str, place: Rect, far: (f64, f64)) -> Option<Rect> {
        let letters: Vec<char> = word.chars().take(MOST_LETTERS).collect();
        let height = place.height().max(1.0);
        let begins = self.by_letter.get(letters.first()?)?;
        let spells = |begin: &&usize| {
            self.is_whole(**begin, **begin + letters.len(), height)
                && letters.iter().enumerate().all(|(at, letter)| {
                    let number = *begin + at;
                    let is_free = self.taken.get(number) == Some(&false);
                    is_free && self.glyphs.get(number).is_some_and(|it| it.says == Some(*letter))
                })
        };
        let distance = |begin: usize| {
            let at = self.glyphs.get(begin).map(|it| it.at).unwrap_or_default();
            ((at.x - place.x0).abs() / height, (at.y - place.y1).abs() / height)
        };
        let near = |begin: &&usize| {
            let (across, down) = distance(**begin);
            across <= far.0 && down <= far.1
        };
        let sum = |begin: usize| distance(begin).0 + distance(begin).1;
        let begin = *begins
            .iter()
            .filter(near)
            .filter(spells)
            .min_by(|a, b| sum(**a).total_cmp(&sum(**b)))?;
        let end = begin + letters.len();
        let place = self.place(begin, end, place)?;
        self.taken.iter_mut().take(end).skip(begin).for_each(|it| *it = true);
        Some(place)
    }

    /// Whether no other letter or digit follows close before or after.
    fn is_whole(&self, begin: usize, end: usize, height: f64) -> bool {
        let apart = |one: Option<&Glyph>, other: Option<&Glyph>, outer: Option<&Glyph>| {
            let (Some(one), Some(other)) = (one, other) else { return true };
            let (across, down) = ((other.at.x - one.at.x).abs(), (other.at.y - one.at.y).abs());
            let is_letter = outer.and_then(|it| it.says).is_some_and(char::is_alphanumeric);
            !is_letter || across > 1.1 * height || down > 0.5 * height
        };
        let glyph = |at: Option<usize>| at.and_then(|at| self.glyphs.get(at));
        let before = glyph(begin.checked_sub(1));
        let (first, last, after) =
            (glyph(Some(begin)), glyph(end.checked_sub(1)), glyph(Some(end)));
        apart(before, first, before) && apart(last, after, after)
    }

    /// Where letters stand; `None` when they do not run from left to right.
    fn place(&self, begin: usize, end: usize, old: Rect) -> Option<Rect> {
        let letters = self.glyphs.get(begin..end)?;
        let (first, last) = (letters.first()?.at, letters.last()?.at);
        let height = old.height();
        let level = letters.iter().all(|it| (it.at.y - first.y).abs() < 0.1 * height + 1.0);
        let forward = letters.windows(2).all(|two| two[1].at.x >= two[0].at.x - 0.1 * height);
        if !level || !forward {
            return None;
        }
        // As wide as up to the next letter, when it follows on the line.
        let next = self.glyphs.get(end).map(|it| it.at).filter(|at| (at.y - last.y).abs() < 1.0);
        let step = next.map(|at| at.x - last.x).filter(|it| (0.1..1.2).contains(&(it / height)));
        let right = last.x + step.unwrap_or(0.6 * height);
        let low = first.y + DESCENT * height;
        let keeps = (low - old.y1).abs() <= OFF_LINE * height;
        let (top, bottom) = if keeps { (old.y0, old.y1) } else { (low - height, low) };
        Some(Rect::new(first.x, top, right, bottom))
    }
}

#[cfg(test)]
mod tests {
    use hayro::kurbo::Point;

    use super::*;

    fn glyphs(text: &str, x: f64, y: f64) -> Vec<Glyph> {
        let place = |number: usize| Point::new(x + 5.0 * number as f64, y);
        let letters = text.chars().enumerate();
        letters.map(|(at, says)| Glyph { at: place(at), says: Some(says), hidden: false }).collect()
    }

    #[test]
    fn a_box_beside_its_letters_is_put_where_they_are() {
        let drawn = glyphs("Lorem ipsum dolor", 10.0, 50.0);
        let words = [
            ("Lorem", Rect::new(10.0, 42.0, 60.0, 52.0)),
            ("ipsum", Rect::new(70.0, 42.0, 120.0, 52.0)),
            ("dolor", Rect::new(70.0, 42.0, 95.0, 52.0)),
        ];
        let found = better(&drawn, &words);
        assert_eq!(found[0], Some(Rect::new(10.0, 42.0, 35.0, 52.0)));
        assert_eq!(found[1], Some(Rect::new(40.0, 42.0, 65.0, 52.0)));
        assert_eq!(found[2], None);
    }

    #[test]
    fn a_letter_inside_a_word_is_no_word() {
        let drawn = glyphs("an a axe", 10.0, 50.0);
        let words =
            [("a", Rect::new(38.0, 42.0, 43.0, 52.0)), ("axe", Rect::new(80.0, 42.0, 95.0, 52.0))];
        let found = better(&drawn, &words);
        assert_eq!(found[0], Some(Rect::new(25.0, 42.0, 30.0, 52.0)));
        assert_eq!(found[1].unwrap().x0, 35.0);
    }

    #[test]
    fn a_word_that_nobody_sees_does_not_get_the_box_of_one_that_is_seen() {
        let mut drawn = glyphs("ipsum", 10.0, 50.0);
        drawn.extend(glyphs("ipsum", 200.0, 50.0));
        let words = [
            ("ipsum", Rect::new(200.0, 42.0, 225.0, 52.0)),
            ("ipsum", Rect::new(10.0, 42.0, 35.0, 52.0)),
        ];
        assert_eq!(better(&drawn, &words), [None, None]);
    }
}
