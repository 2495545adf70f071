//! Whatever an admin types, the checks answer with places that exist and never panic.

use proptest::prelude::*;
use vorlage::config::{self, Files};
use vorlage::errors::{render, to_json};

const WORKFLOW: &str = r#"title = "Hundesteuer"
data_class = "tax"
model = "hausmodell"
[intake]
from = ["tür"]
[class.anmeldung]
floor = 0.8
[class.anmeldung.field.chip]
pattern = 'DE-(\d{15})ü'
options = ["a", "ö"]
[[class.anmeldung.rule]]
when = "chip and \"ä\" in chip|lower"
[[class.anmeldung.approval]]
queue = "steueramt"
[class.anmeldung.reply]
to = "{{ absender }}"
subject = { de = """Größe
{{ chip }}""" }
template = "anmeldung"
"#;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn no_slip_of_the_keyboard_breaks_the_checks(
        slips in prop::collection::vec((0..420_usize, 0..3_usize, "[\\[\\]{}\"'=.#|\\\\ \n(ü0a]{1,3}"), 1..5)
    ) {
        let mut letters: Vec<char> = WORKFLOW.chars().collect();
        for (at, removed, added) in slips {
            let at = at.min(letters.len());
            let end = (at + removed).min(letters.len());
            letters.splice(at..end, added.chars());
        }
        let text: String = letters.into_iter().collect();
        let mut files = Files::default();
        files.texts.insert("office.toml".to_owned(), text.clone());
        files.texts.insert("connectors/tür.toml".to_owned(), text.clone());
        files.texts.insert("workflows/hund.toml".to_owned(), text.clone());
        files.templates.insert("workflows/hund/anmeldung.de.txt".to_owned(), text.clone().into_bytes());
        let (_, found) = config::load(&files);
        prop_assert!(!found.is_empty());
        let sources = files.sources();
        for diagnostic in &found {
            if let Some(at) = &diagnostic.at {
                let source = &sources[&diagnostic.file];
                prop_assert!(source.get(at.clone()).is_some(), "{diagnostic:?}");
            }
        }
        let _shown = render(&found, &sources, true);
        let _json = to_json(&found, &sources);
    }
}
