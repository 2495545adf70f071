//! Values beside or below their label, by where the words stand: on the same line, in a column, or
//! in the next line.

use crate::config::Field;
use crate::domain::Span;
use crate::fields::{Asked, FieldType, Find, Hit, Search};

use super::label::{Label, Seen, is_name, is_question, names_a_value};
use super::sheet::{Line, Sheet};
use super::stacked;

/// Longer values are sentences, and a label before one is chance.
const MOST_WORDS: usize = 12;
/// So many phrases to the right of a label are looked at: columns of a row of sums.
const CELLS: usize = 6;
/// At so many places of its labels values of a field are looked for, and no more are named.
const MOST: usize = 1000;
/// A value with the label that names it.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) hit: Hit,
    /// The smaller, the better: first the place of the label in the admin's list, then how plainly it stands there.
    pub(super) rank: usize,
}

/// Ranks of one label.
pub(super) const GRADES: usize = 4;

/// The values that the field's labels name.
pub(super) fn find(field: &Field, kind: &FieldType, sheet: &Sheet<'_>) -> Vec<Named> {
    let labels = Label::all(&field.labels);
    let look = Look { field, kind, sheet };
    let (mut named, mut looks) = (Vec::new(), 0);
    for (number, line) in sheet.lines.iter().enumerate() {
        let mut at = 0;
        while at < line.tokens.len() {
            // A label that goes on in the next line is longer than any that ends in this one.
            let broken = Label::over_two_lines(&labels, sheet, number, at);
            let under = broken.and_then(|(next, seen)| Some((next, sheet.lines.get(next)?, seen)));
            if let Some((next, under, seen)) = under {
                at += 1;
                named.extend(look.values(next, under, &seen));
            } else if let Some(seen) = Label::longest(&labels, line, at) {
                at = seen.last + 1;
                named.extend(look.values(number, line, &seen));
            } else {
                at += 1;
                continue;
            }
            looks += 1;
            if looks.max(named.len()) >= MOST {
                return named;
            }
        }
    }
    named
}

pub(super) struct Look<'a> {
    pub(super) field: &'a Field,
    kind: &'a FieldType,
    pub(super) sheet: &'a Sheet<'a>,
}

/// Words that belong together, each with its place.
pub(super) type Cell = Vec<Span>;

impl Look<'_> {
    fn values(&self, number: usize, line: &Line<'_>, seen: &Seen) -> Vec<Named> {
        let named = |grade: usize| {
            let rank = seen.rank * GRADES + grade + if seen.strong { 0 } else { 2 };
            move |hit: Hit| Named { hit, rank }
        };
        let (rest, cells) = self.cells_after(number, line, seen);
        let words = match self.kind.search {
            Search::Passage { words } | Search::Both(_, words) if words <= MOST_WORDS => words,
            _ => 0,
        };
        if let Search::Recogniser(find) | Search::Both(find, _) = self.kind.search {
            let (hits, grade) = self.beside(find, &rest, &cells, seen);
            if !hits.is_empty() {
                return hits.into_iter().map(named(grade)).collect();
            }
            // A rate belongs to the name (`Total incl. tax @6%`).
            let rate = |word: &str| word.ends_with('%');
            let digits = |word: &str| word.chars().any(|it| it.is_ascii_digit()) && !rate(word);
            if !self.text_of(&rest).split(' ').any(digits) {
                // In a block of names what stands below a name is the number of another.
                let hits = self.stacked(number, find);
                if !hits.is_empty() {
                    return hits.into_iter().map(named(1)).collect();
                }
                let hits = self.below(number, line, seen, |cell| self.hits_in(find, cell));
                if !hits.is_empty() {
                    let grade = usize::from(!rest.is_empty());
                    return hits.into_iter().map(named(grade)).collect();
                }
            }
        }
        if words == 0 || !seen.strong || !(seen.colon || rest.is_empty()) {
            return Vec::new();
        }
        let beside = if rest.is_empty() { self.beyond(&cells, seen) } else { Some(&rest) };
        let is_dirt = |cell: &&Cell| line.pictured && self.text_of(cell).chars().count() < 2;
        let beside = beside.filter(|cell| !is_dirt(cell));
        // Among names of columns the value stands below.
        let names = |text: &str| names_a_value(text) || is_question(text);
        let is_heading =
            !seen.colon && beside.is_some_and(|it| seen.asks || names(&self.text_of(it)));
        let right = beside.filter(|_| !is_heading).and_then(|cell| self.part_of(cell));
        let right = right.and_then(|cell| self.passage(&cell, words));
        let hits = match right {
            Some(hit) => vec![hit],
            None if rest.is_empty() && (is_heading || beside.is_none()) => {
                self.passage_below(number, line, seen, words).into_iter().collect()
            }
            None => Vec::new(),
        };
        hits.into_iter().map(named(0)).collect()
    }

    /// What is left of the label's own phrase, and the phrases to the right of it. Words of another size
    /// stand a little higher or lower, and are on the same row all the same.
    fn cells_after(&self, number: usize, line: &Line<'_>, seen: &Seen) -> (Cell, Vec<Cell>) {
        let mut rest: Cell = seen.rest.into_iter().collect();
        let mut cells: Vec<Cell> = Vec::new();
        let mut edge = line.tokens.get(seen.last).map_or(0.0, |it| it.right);
        for token in self.sheet.row_after(number, seen.last) {
            let gap = token.left - edge > token.gap;
            edge = token.right;
            if gap {
                cells.push(Cell::new());
            }
            let cell = cells.last_mut().unwrap_or(&mut rest);
            // Points and strokes that lead to the value are not part of it.
            let leads = cell.is_empty() && !token.text.chars().any(|it| it.is_alphanumeric());
            if !leads || token.text.chars().any(|it| "€$£".contains(it)) {
                cell.push(token.span);
            }
        }
        cells.retain(|cell| !cell.is_empty());
        (rest, cells)
    }

    /// What a recogniser finds to the right, and how plainly it stands there.
    fn beside(&self, find: Find, rest: &Cell, cells: &[Cell], seen: &Seen) -> (Vec<Hit>, usize) {
        let hits = self.hits_in(find, rest);
        let begins = |hit: &Hit| rest.first().is_some_and(|it| it.start == hit.span.start);
        let letters = |cell: &Cell| self.text_of(cell).chars().any(char::is_alphabetic);
        if let Some(first) = hits.first() {
            return if begins(first) { (hits, 0) } else { (hits, 1) };
        }
        let grade = usize::from(!rest.is_empty() && letters(rest));
        let money = self.kind.name == "amount" && in_money(&self.text_of(rest));
        for (number, cell) in cells.iter().take(CELLS).enumerate() {
            let mut hits = self.hits_in(find, cell);
            if hits.is_empty() && money {
                hits.extend(self.sum_in(cell));
            }
            if !hits.is_empty() {
                return (hits, grade);
            }
            // Another label begins. Behind the name of a block of lines its first label may stand.
            let is_label = self.text_of(cell).ends_with(':');
            if is_label && !(number == 0 && !seen.colon && rest.is_empty()) {
                break;
            }
        }
        (Vec::new(), 0)
    }

    /// A whole number, where the label itself says that it is money (`Steuer in EUR`).
    fn sum_in(&self, cell: &Cell) -> Option<Hit> {
        let [span] = cell.as_slice() else { return None };
        let value = (self.kind.normalise)(self.sheet.text(*span), &self.field.asked()).ok()?;
        Some(Hit { span: *span, value, labelled: true, checked: false, corrected: false })
    }

    /// The phrase to the right; behind the name of a block of lines, that behind its first label.
    fn beyond<'c>(&self, cells: &'c [Cell], seen: &Seen) -> Option<&'c Cell> {
        let first = cells.first()?;
        if !seen.colon && self.text_of(first).ends_with(':') { cells.get(1) } else { Some(first) }
    }

    /// The value of a name in a block of names, with the numbers after it.
    fn stacked(&self, number: usize, find: Find) -> Vec<Hit> {
        let line = stacked::number_of(self.sheet, number);
        let cell: Option<Cell> =
            line.map(|line| line.tokens.iter().map(|token| token.span).collect());
        cell.map(|cell| self.hits_in(find, &cell)).unwrap_or_default()
    }

    /// What the recogniser finds in a cell; else the cell itself, or its first word.
    fn hits_in(&self, find: Find, cell: &Cell) -> Vec<Hit> {
        // The label is there: no label within the cell is looked for.
        let asked = Asked { labels: &[], ..self.field.asked() };
        let mut hits = Vec::new();
        for run in self.runs(cell) {
            let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
            let span = Span { start: first.start, end: last.end };
            let found = find(self.sheet.text(span), &asked).into_iter().map(|hit| {
                let (start, end) = (span.start + hit.span.start, span.start + hit.span.end);
                Hit { span: Span { start, end }, labelled: true, ..hit }
            });
            hits.extend(found);
            let is_reference = self.kind.name == "reference";
            let by_shape = matches!(self.kind.search, Search::Recogniser(_));
            if hits.is_empty() && by_shape && !(is_reference && asked.pattern.is_some()) {
                let whole = (!is_reference).then_some(span);
                let tried = [whole, Some(*first)].into_iter().flatten();
                hits.extend(tried.filter_map(|it| self.whole(it, &asked)).next());
            }
            if !hits.is_empty() {
                break;
            }
        }
        if self.field.pick.is_none() {
            hits.truncate(1);
        }
        hits
    }

    /// A passage that is the value as a whole.
    fn whole(&self, span: Span, asked: &Asked<'_>) -> Option<Hit> {
        let text = self.sheet.text(span);
        let kept = text.trim_end_matches([',', ';', ':']);
        let is_sum = |it: &str| {
            let tail = it.rsplit([',', '.']).next().unwrap_or_default();
            tail != it && tail.chars().filter(char::is_ascii_digit).count() == 2
        };
        // A bare number may count anything: a sum has its cents.
        if self.kind.name == "amount" && !is_sum(kept) {
            return None;
        }
        let value = (self.kind.normalise)(kept, asked).ok()?;
        let span = Span { start: span.start, end: span.start + kept.chars().count() };
        Some(Hit { span, value, labelled: true, checked: false, corrected: false })
    }

    pub(super) fn passage(&self, cell: &Cell, words: usize) -> Option<Hit> {
        let mut runs = self.runs(cell).into_iter();
        let mut run = runs.next()?;
        // Below a question its answer may begin with a name again (`Name Jo Doe`).
        if run.first().is_some_and(|it| is_name(self.sheet.text(*it))) {
            let next =
                if run.len() == 1 { runs.next() } else { run.get(1..).map(<[Span]>::to_vec) };
            let begins = |cell: &Cell| {
                let first = cell.first().map(|it| self.sheet.text(*it));
                first.is_some_and(|it| it.starts_with(char::is_uppercase)) && cell.len() > 1
            };
            run = next.filter(begins).unwrap_or(run);
        }
        let span = Span { start: run.first()?.start, end: run.last()?.end };
        let text = self.sheet.text(span);
        if run.len() > words || text.ends_with(':') || names_a_value(text) {
            return None;
        }
        let kept = text.trim_end_matches([',', ';', '.']);
        let kept = if kept.is_empty() { text } else { kept };
        let value = (self.kind.normalise)(kept, &self.field.asked()).ok()?;
        let span = Span { start: span.start, end: span.start + kept.chars().count() };
        Some(Hit { span, value, labelled: true, checked: false, corrected: false })
    }

    /// The parts of a cell that stand together in the text as well.
    fn runs(&self, cell: &Cell) -> Vec<Cell> {
        let mut runs: Vec<Cell> = Vec::new();
        for span in cell {
            let last = runs.last().and_then(|run| run.last());
            let joined = last.is_some_and(|last| {
                let between = Span { start: last.end, end: span.start };
                last.end <= span.start && self.sheet.text(between).trim().is_empty()
            });
            match runs.last_mut() {
                Some(run) if joined => run.push(*span),
                _ => runs.push(vec![*span]),
            }
        }
        runs
    }

    pub(super) fn text_of(&self, cell: &Cell) -> String {
        cell.iter().map(|span| self.sheet.text(*span)).collect::<Vec<_>>().join(" ")
    }
}

/// Whether the rest of a label is the name of a currency.
fn in_money(text: &str) -> bool {
    let mut words = text.split(|it: char| !it.is_alphanumeric() && !"€$£".contains(it));
    words.any(|it| {
        matches!(it, "EUR" | "Euro" | "€" | "USD" | "$" | "GBP" | "£" | "CHF" | "RM" | "MYR")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Document;
    use crate::fields::TypeName;

    fn found(kind: &str, labels: &[&str], text: &str) -> Vec<String> {
        let labels = labels.iter().map(|it| (*it).to_owned()).collect();
        let field = Field { labels, ..Field::default() };
        let kind = TypeName(kind.into());
        let document = Document { text: text.into(), ..Document::default() };
        let mut named = find(&field, kind.find().unwrap(), &Sheet::of(&document));
        named.sort_by_key(|it| it.rank);
        named.iter().map(|it| it.hit.value.clone()).collect()
    }

    #[test]
    fn a_value_stands_behind_its_label_as_a_form_parts_them() {
        let breed = |text: &str| found("text", &["Rasse", "Breed"], text);
        assert_eq!(
            breed("Größe: 60\nrasse:  Deutscher Schäferhund,\nChip"),
            ["Deutscher Schäferhund"]
        );
        assert_eq!(breed("Rasse\n  Pudel\n"), ["Pudel"]);
        assert_eq!(breed("Rasse     Pudel     Farbe schwarz"), ["Pudel"]);
        assert_eq!(breed("Rasse und Farbe sind bekannt"), Vec::<String>::new());
        assert_eq!(breed("Rasse:\nChip:\n"), Vec::<String>::new());
    }

    #[test]
    fn columns_have_their_names_above() {
        let text = "Name        Entry Date\nJo Doe      03/04/2026\n";
        assert_eq!(found("text", &["Name"], text), ["Jo Doe"]);
        assert_eq!(found("date", &["Entry Date"], text), ["2026-04-03"]);
        let sums = "Net      Gross\n10,00    11,90\n";
        assert_eq!(found("amount", &["Gross"], sums), ["11.90 EUR"]);
    }

    #[test]
    fn an_earlier_label_counts_more_and_a_plain_one_more_than_one_with_words_behind() {
        let text = "Total tax      0,14\nTotal          2,50\nAmount due     2,00\n";
        assert_eq!(found("amount", &["Amount due", "Total"], text)[0], "2.00 EUR");
        assert_eq!(found("amount", &["Total"], text)[0], "2.50 EUR");
    }

    /// What a field with some keys more than its label finds.
    fn found_with(keys: &str, label: &str, text: &str) -> Vec<String> {
        let field = format!("labels = [\"{label}\"]\ntype = \"text\"\n{keys}");
        let field: Field = toml::from_str(&field).unwrap();
        let document = Document { text: text.into(), ..Document::default() };
        let kind = field.kind.find().unwrap();
        find(&field, kind, &Sheet::of(&document)).into_iter().map(|it| it.hit.value).collect()
    }

    #[test]
    fn several_things_may_stand_below_one_name() {
        let text = "Date       Name and title\n1.2.2026   Jo Doe\n           Head of office\n";
        assert_eq!(found_with("", "Name and title", text), ["Jo Doe"]);
        assert_eq!(found_with("part = 1", "Name and title", text), ["Jo Doe"]);
        assert_eq!(found_with("part = 2", "Name and title", text), ["Head of office"]);
        assert_eq!(found_with("part = 3", "Name and title", text), [""; 0]);
        for text in
            ["Name and title\nJo Doe, head of office\n", "Name and title: Jo Doe, head of office"]
        {
            assert_eq!(found_with("part = 1", "Name and title", text), ["Jo Doe"]);
            assert_eq!(found_with("part = 2", "Name and title", text), ["head of office"]);
        }
        let text = "Name and title\nJo Doe\n\nHead of office\n";
        assert_eq!(found_with("part = 2", "Name and title", text), [""; 0]);
    }

    #[test]
    fn the_questions_of_a_form_have_their_answers_below() {
        let text = "1. Name of agent      2. Registration No.\nJo Doe               4711\n";
        assert_eq!(found_with("", "Name of agent", text), ["Jo Doe"]);
        let text = "8. Who is the agent?   5 Street\n   Name Jo Doe         Mainz\n";
        assert_eq!(found_with("", "Who is the agent", text), ["Jo Doe"]);
    }

    #[test]
    fn a_value_goes_on_in_the_next_line_until_something_new_begins() {
        let text = "1. Name\nJo Doe (also known as\nThe Doe)\n2. Address\nMainz\n";
        assert_eq!(found_with("", "1. Name", text), ["Jo Doe (also known as"]);
        assert_eq!(found_with("lines = 3", "1. Name", text), ["Jo Doe (also known as The Doe)"]);
    }

    #[test]
    fn behind_the_name_of_a_block_its_first_label_is_passed_over() {
        let text = "Agency       Name:    Blue Media\nAdvertiser   Name:    Red Party\n";
        assert_eq!(found("text", &["Advertiser"], text), ["Red Party"]);
    }

    #[test]
    fn names_first_and_numbers_after_them_are_matched_from_the_end() {
        let text = "Discount\nTotal\nCash\nChange\n0,00\n12,40\n15,00\n2,60\nThanks\n";
        assert_eq!(found("amount", &["Total"], text), ["12.40 EUR"]);
        assert_eq!(found("amount", &["Cash"], text), ["15.00 EUR"]);
    }

    #[test]
    fn a_reference_is_one_word_with_a_digit() {
        assert_eq!(found("reference", &["Nr."], "Rechnung Nr. 4711 vom 12.03.2026"), ["4711"]);
        assert_eq!(found("reference", &["Order #"], "Order #   1234 /\n"), ["1234"]);
        assert_eq!(found("reference", &["Order #"], "Order Date 1234\n"), Vec::<String>::new());
    }
}
