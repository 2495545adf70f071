//! What the model is told. The instruction and the classes come first and are the same for every
//! item of a door, so that they are evaluated once; the item comes after them, fenced as material.

use super::shortlist::ALL;
use crate::config::Class;
use crate::domain::ClassRef;
use crate::llm::Prompt;
use crate::locale;

/// A class that competes for an item, with the name the model calls it by.
pub struct Candidate<'a> {
    /// Which class.
    pub name: ClassRef,
    /// The title of its workflow.
    pub procedure: &'a str,
    /// What the admin wrote about it.
    pub class: &'a Class,
}

/// The option that stands for "none of these".
pub fn none(language: &str) -> String {
    locale::text(language, "prompt-none", &[])
}

/// So many examples of each class are shown.
const EXAMPLES: usize = 3;
/// So many where there are more classes than the model is asked about: what is read first makes every question slower.
const EXAMPLES_OF_MANY: usize = 0;

impl Candidate<'_> {
    /// What the model answers for this class. The procedure goes first: classes of two procedures
    /// may share a title (`Änderung`), and a small model takes one step after the other.
    pub fn label(&self) -> String {
        format!("{}: {}", self.procedure, self.class.title)
    }
}

fn examples(classes: usize) -> usize {
    if classes > ALL { EXAMPLES_OF_MANY } else { EXAMPLES }
}

/// The part that is the same for every item.
fn system(candidates: &[Candidate<'_>], language: &str) -> String {
    let mut text = locale::text(language, "prompt-system", &[]);
    for candidate in candidates {
        text.push_str(&format!(
            "\n- {}: {}",
            candidate.label(),
            candidate.class.description.trim()
        ));
    }
    text.push_str(&format!(
        "\n- {}: {}",
        none(language),
        locale::text(language, "prompt-none-means", &[])
    ));
    text.push_str(&format!("\n\n{}", locale::text(language, "prompt-examples", &[])));
    // "None of these" goes first: a small model leans towards what it read last.
    let none_example = locale::text(language, "prompt-none-example", &[]);
    text.push_str(&format!("\n\u{201e}{none_example}\u{201c} → {}", none(language)));
    // One of each class after the other, so that the last ones read are not all of one class.
    for round in 0..examples(candidates.len()) {
        for candidate in candidates {
            if let Some(example) = candidate.class.examples.get(round) {
                text.push_str(&format!(
                    "\n\u{201e}{}\u{201c} → {}",
                    example.trim(),
                    candidate.label()
                ));
            }
        }
    }
    text
}

/// The question for the class.
pub fn prompt(candidates: &[Candidate<'_>], material: &str, language: &str) -> Prompt {
    let question = locale::text(language, "prompt-class", &[]);
    let turn = format!("{}\n{question}", fenced(material));
    Prompt { system: system(candidates, language), turns: vec![turn] }
}

/// The material between two marks that it cannot contain: they are made from its own hash.
pub fn fenced(material: &str) -> String {
    let hash = blake3::hash(material.as_bytes()).to_hex();
    let mark: String = hash.chars().take(6).collect();
    format!("<<{mark}>>\n{}\n<<{mark}>>", material.trim())
}
