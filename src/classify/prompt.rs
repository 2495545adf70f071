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
/// So many characters about the classes are read first where there are more than the model is asked about, because
/// what is read first makes every question slower: about 3,000 tokens. More descriptions than that are left out.
const MANY: usize = 10_000;

impl Candidate<'_> {
    /// What the model answers for this class. The procedure goes first: classes of two procedures
    /// may share a title (`Änderung`), and a small model takes one step after the other.
    pub fn label(&self) -> String {
        format!("{}: {}", self.procedure, self.class.title)
    }
}

/// Whether what the admin wrote about the classes is shown beside their names.
fn is_described(candidates: &[Candidate<'_>]) -> bool {
    let length =
        |it: &Candidate<'_>| it.label().chars().count() + it.class.description.chars().count();
    candidates.len() <= ALL || candidates.iter().map(length).sum::<usize>() <= MANY
}

/// The part that is the same for every item.
fn system(candidates: &[Candidate<'_>], language: &str) -> String {
    let mut text = locale::text(language, "prompt-system", &[]);
    let is_described = is_described(candidates);
    for candidate in candidates {
        text.push_str(&format!("\n- {}", candidate.label()));
        if is_described {
            text.push_str(&format!(": {}", candidate.class.description.trim()));
        }
    }
    text.push_str(&format!(
        "\n- {}: {}",
        none(language),
        locale::text(language, "prompt-none-means", &[])
    ));
    // Of many, those that are asked about are shown with the question. An example of "none of these" alone would
    // make everything that.
    if candidates.len() <= ALL {
        let all: Vec<&Candidate<'_>> = candidates.iter().collect();
        text.push_str(&format!("\n\n{}", shown(&all, EXAMPLES, language)));
    }
    text
}

/// Examples of these classes and one of none of them.
fn shown(candidates: &[&Candidate<'_>], rounds: usize, language: &str) -> String {
    let mut text = locale::text(language, "prompt-examples", &[]);
    // "None of these" goes first: a small model leans towards what it read last.
    let none_example = locale::text(language, "prompt-none-example", &[]);
    text.push_str(&format!("\n\u{201e}{none_example}\u{201c} → {}", none(language)));
    // One of each class after the other, so that the last ones read are not all of one class.
    for round in 0..rounds {
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
    let all: Vec<&Candidate<'_>> = candidates.iter().collect();
    prompt_about(candidates, &all, material, language)
}

/// The same where only some of many classes are asked about: they are shown behind the material, which is read once.
pub(super) fn prompt_about(
    candidates: &[Candidate<'_>],
    asked: &[&Candidate<'_>],
    material: &str,
    language: &str,
) -> Prompt {
    let question = locale::text(language, "prompt-class", &[]);
    let mut turn = format!("{}\n", fenced(material));
    if asked.len() < candidates.len() {
        turn.push_str(&format!("{}\n\n", shown(asked, 1, language)));
    }
    turn.push_str(&question);
    Prompt { system: system(candidates, language), turns: vec![turn] }
}

/// The material between two marks that it cannot contain: they are made from its own hash.
pub fn fenced(material: &str) -> String {
    let hash = blake3::hash(material.as_bytes()).to_hex();
    let mark: String = hash.chars().take(6).collect();
    format!("<<{mark}>>\n{}\n<<{mark}>>", material.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(classes: usize, examples: &str) -> String {
        let text = format!(
            "title = \"Anzeige\"\ndescription = \"{}\"\nexamples = [{examples}]\n\
             approval = [{{ queue = \"amt\" }}]\n",
            "Beschreibung. ".repeat(5)
        );
        let class: Class = toml::from_str(&text).unwrap();
        let name = || ClassRef { workflow: "amt".into(), class: "anzeige".into() };
        let one = || Candidate { name: name(), procedure: "Amt", class: &class };
        system(&(0..classes).map(|_| one()).collect::<Vec<_>>(), "de")
    }

    #[test]
    fn of_many_classes_less_is_shown_and_no_example_before_the_letter() {
        let examples = "\"Beispiel eins\", \"Beispiel zwei\", \"Beispiel drei\"";
        let count = |classes: usize, what: &str| told(classes, examples).matches(what).count();
        for few in [6, ALL] {
            assert_eq!(
                (count(few, "Beispiel drei"), count(few, "- Amt: Anzeige: Besch")),
                (few, few)
            );
        }
        let none = super::none("de");
        assert_eq!((count(60, "Beispiel eins"), count(60, &format!("→ {none}"))), (0, 0));
        assert_eq!(count(60, "- Amt: Anzeige: Besch"), 60);
        assert_eq!((count(300, "- Amt: Anzeige"), count(300, "Beschreibung")), (300, 0));
    }
}
