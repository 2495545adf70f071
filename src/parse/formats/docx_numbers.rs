//! The numbers of a Word document's lists and headings, which stand nowhere in its text.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use docx_rs::{FromXML, Level, Numberings, Styles};

use super::xml;

/// Levels of one list.
const LEVELS: usize = 9;

/// How lists are numbered, and how far each is.
#[derive(Default)]
pub(super) struct Numbers {
    /// Levels by list.
    lists: BTreeMap<usize, Vec<Form>>,
    /// List and level by style of a paragraph.
    styles: BTreeMap<String, (usize, usize)>,
    /// The last number of each level, by what the list is made of.
    counts: BTreeMap<usize, [usize; LEVELS]>,
}

/// How one level looks.
#[derive(Clone, Debug)]
struct Form {
    /// Lists of the same make count on.
    make: usize,
    level: usize,
    start: usize,
    format: String,
    text: String,
}

impl Numbers {
    /// Reads the lists and the styles of a document. What docx-rs cannot read has no numbers.
    pub(super) fn read(lists: &str, styles: &str) -> Self {
        // docx-rs reads on for ever behind a mistake in the XML: only what is whole comes to it.
        if xml::walk(lists, |_| {}).is_err() {
            return Self::default();
        }
        let numberings = catch_unwind(|| Numberings::from_xml(lists.as_bytes()));
        let Ok(Ok(numberings)) = numberings else { return Self::default() };
        let mut numbers = Self::default();
        for numbering in &numberings.numberings {
            let make = numbering.abstract_num_id;
            let known = numberings.abstract_nums.iter().find(|it| it.id == make);
            let Some(known) = known else { continue };
            let mut forms: Vec<Form> = known.levels.iter().map(|it| form(make, it)).collect();
            for change in &numbering.level_overrides {
                if let Some(level) = &change.override_level {
                    forms.retain(|form| form.level != change.level);
                    forms.push(form(make, level));
                }
                for form in forms.iter_mut().filter(|form| form.level == change.level) {
                    form.start = change.override_start.unwrap_or(form.start);
                    // A list that begins anew counts for itself.
                    form.make = usize::MAX - numbering.id;
                }
            }
            numbers.lists.insert(numbering.id, forms);
        }
        numbers.read_styles(styles);
        numbers
    }

    fn read_styles(&mut self, styles: &str) {
        if !styles.contains("numPr") || xml::walk(styles, |_| {}).is_err() {
            return;
        }
        let read = catch_unwind(AssertUnwindSafe(|| Styles::from_xml(styles.as_bytes())));
        let Ok(Ok(read)) = read else { return };
        for style in read.styles {
            let Some(property) = style.paragraph_property.numbering_property else { continue };
            let Some(list) = property.id else { continue };
            let level = property.level.map_or(0, |level| level.val);
            self.styles.insert(style.style_id, (list.id, level));
        }
    }

    /// The number before the next paragraph, when it stands in a list that has any.
    pub(super) fn next(
        &mut self,
        style: Option<&str>,
        list: Option<usize>,
        level: Option<usize>,
    ) -> Option<String> {
        let styled = style.and_then(|style| self.styles.get(style)).copied();
        let list = list.or(styled.map(|it| it.0))?;
        let level = level.or(styled.map(|it| it.1)).unwrap_or_default();
        let forms = self.lists.get(&list)?;
        let form = forms.iter().find(|form| form.level == level)?;
        let start =
            |level: usize| forms.iter().find(|it| it.level == level).map_or(1, |it| it.start);
        let counts = self.counts.entry(form.make).or_default();
        let count = counts.get_mut(level)?;
        *count = if *count == 0 { form.start } else { *count + 1 };
        counts.iter_mut().skip(level + 1).for_each(|count| *count = 0);
        if form.format == "bullet" || form.format == "none" {
            return None;
        }
        let mut label = form.text.clone();
        for level in 0..LEVELS {
            let place = format!("%{}", level + 1);
            if label.contains(&place) {
                let count = counts.get(level).copied().filter(|count| *count > 0);
                let format =
                    forms.iter().find(|it| it.level == level).map_or("decimal", |it| &it.format);
                label = label.replace(&place, &number(count.unwrap_or(start(level)), format));
            }
        }
        Some(label).filter(|label| !label.trim().is_empty())
    }
}

fn form(make: usize, level: &Level) -> Form {
    // docx-rs keeps these two to itself, but writes them.
    let start = serde_json::to_value(&level.start).ok().and_then(|it| it.as_u64());
    let text = serde_json::to_value(&level.text).ok();
    Form {
        make,
        level: level.level,
        start: start.and_then(|it| usize::try_from(it).ok()).unwrap_or(1),
        format: level.format.val.clone(),
        text: text.and_then(|it| Some(it.as_str()?.to_owned())).unwrap_or_default(),
    }
}

/// A number as a list shows it.
fn number(count: usize, format: &str) -> String {
    match format {
        "lowerLetter" => letters(count).to_lowercase(),
        "upperLetter" => letters(count),
        "lowerRoman" => roman(count).to_lowercase(),
        "upperRoman" => roman(count),
        "decimalZero" => format!("{count:02}"),
        _ => count.to_string(),
    }
}

/// A … Z, then AA, BB …
fn letters(count: usize) -> String {
    let place = u8::try_from(count.saturating_sub(1) % 26).unwrap_or_default();
    char::from(b'A' + place).to_string().repeat((count.saturating_sub(1) / 26 + 1).min(10))
}

fn roman(count: usize) -> String {
    const SIGNS: &[(usize, &str)] = &[
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    let mut rest = count.min(3999);
    let mut text = String::new();
    for (value, sign) in SIGNS {
        while rest >= *value {
            text.push_str(sign);
            rest -= value;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_look_as_the_list_wants() {
        assert_eq!(number(28, "upperLetter"), "BB");
        assert_eq!(number(3, "lowerLetter"), "c");
        assert_eq!(number(1994, "upperRoman"), "MCMXCIV");
        assert_eq!(number(4, "lowerRoman"), "iv");
        assert_eq!(number(4, "decimalZero"), "04");
        assert_eq!(number(4, "cardinalText"), "4");
    }
}
