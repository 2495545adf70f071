//! What the model is told. The instruction and the classes come first and are the same for every
//! item of a door, so that they are evaluated once; the item comes after them, fenced as material.

use crate::config::Class;
use crate::domain::ClassRef;
use crate::llm::Prompt;
use crate::locale;

/// A class that competes for an item, with the name the model calls it by.
pub struct Candidate<'a> {
    /// Which class.
    pub name: ClassRef,
    /// What the admin wrote about it.
    pub class: &'a Class,
}

/// The option that stands for "none of these".
pub fn none(language: &str) -> String {
    locale::text(language, "prompt-none", &[])
}

impl Candidate<'_> {
    /// What the model answers for this class.
    pub fn label(&self) -> String {
        self.class.title.clone()
    }
}

/// The part that is the same for every item.
fn system(candidates: &[Candidate<'_>], language: &str) -> String {
    let mut text = locale::text(language, "prompt-system", &[]);
    text.push('\n');
    for candidate in candidates {
        text.push_str(&format!("- {}: {}", candidate.label(), candidate.class.description.trim()));
        if let Some(example) = candidate.class.examples.first() {
            text.push_str(&format!(" \u{201e}{}\u{201c}", example.trim()));
        }
        text.push('\n');
    }
    let rest = locale::text(language, "prompt-none-means", &[]);
    text.push_str(&format!("- {}: {rest}\n", none(language)));
    text
}

/// The question for the class.
pub fn prompt(candidates: &[Candidate<'_>], material: &str, language: &str) -> Prompt {
    let question = locale::text(language, "prompt-class", &[]);
    let turn = format!("{}\n{question}", fenced(material));
    Prompt { system: system(candidates, language), turns: vec![turn] }
}

/// The material between two marks that it cannot contain: they are made from its own hash.
fn fenced(material: &str) -> String {
    let hash = blake3::hash(material.as_bytes()).to_hex();
    let mark: String = hash.chars().take(6).collect();
    format!("<<{mark}>>\n{}\n<<{mark}>>", material.trim())
}
