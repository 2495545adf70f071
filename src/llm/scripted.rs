//! Answers from a list, so that every stage can be tested without a model.

use async_trait::async_trait;

use super::{
    Answers, Blank, Card, Chosen, Error, Filled, FilledBlank, LanguageModel, Prompt, Trace,
};

/// A model that answers by the first entry whose key stands in the prompt.
#[derive(Clone, Debug, Default)]
pub struct Scripted {
    /// Text that must stand in the last turn, and the option to choose.
    pub choices: Vec<(String, String)>,
    /// Name of the blank and the value to fill in; others stay empty.
    pub values: Vec<(String, String)>,
}

#[async_trait]
impl LanguageModel for Scripted {
    async fn choose(&self, prompt: &Prompt, options: &[String]) -> Result<Chosen, Error> {
        let text = prompt.turns.join("\n");
        let entry = self.choices.iter().find(|(key, _)| text.contains(key.as_str()));
        let (_, choice) = entry.ok_or(Error::NotScripted)?;
        let rest = 0.1 / options.len().max(1) as f32;
        let share = |option: &String| if option == choice { 0.9 + rest } else { rest };
        Ok(Chosen { shares: options.iter().map(share).collect(), trace: Trace::default() })
    }

    async fn fill(&self, _: &Prompt, form: &[Blank], material: &str) -> Result<Filled, Error> {
        let fill = |blank: &Blank| {
            let entry = self.values.iter().find(|(name, _)| *name == blank.name);
            let value =
                entry.map(|(_, value)| value.clone()).filter(|value| match &blank.answers {
                    Answers::OneOf(options) => options.contains(value),
                    Answers::Passage(_) => material.contains(value.as_str()),
                });
            FilledBlank { share: 0.9, value }
        };
        Ok(Filled { values: form.iter().map(fill).collect(), trace: Trace::default() })
    }

    async fn write(&self, _: &Prompt, _: usize) -> Result<String, Error> {
        Err(Error::NotScripted)
    }

    async fn ready(&self) -> Result<Card, Error> {
        Ok(Card { name: "scripted".into(), ..Card::default() })
    }
}
