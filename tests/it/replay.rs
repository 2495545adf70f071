//! Answers of the real small model, asked again: after nothing changed, and after the workflow did.

use serde_json::Value;

use crate::support::{Daemon, Office, Visitor, program};

const RULES: &str = r#"title = "Bauhof"
purpose = "Meldungen und Rechnungen"
owner = "Bauhof"
data_class = "personal"
ai_act = { annex3 = "none", role = "narrow_procedural" }
model = "hausmodell"
[intake]
from = ["posteingang"]
[class.schaden]
title = "Schaden"
description = "Etwas in der Stadt ist kaputt, zum Beispiel eine Lampe oder ein Gehweg."
examples = ["Im Park ist eine Bank zerbrochen, bitte reparieren Sie sie.", "Die Ampel am Markt ist dunkel."]
[class.schaden.field.ort]
title = "Ort"
type = "text"
description = "Wo es kaputt ist."
[[class.schaden.approval]]
queue = "steueramt"
[[class.schaden.deliver]]
to = "ablage"
[class.rechnung]
title = "Rechnung"
description = "Eine Firma verlangt Geld für eine Lieferung oder Leistung."
examples = ["Anbei die Rechnung Nr. 7 über 20 Euro für Bleistifte.", "Wir berechnen Ihnen 300 EUR für Salz."]
[[class.rechnung.approval]]
queue = "steueramt"
[[class.rechnung.deliver]]
to = "ablage"
"#;

const LETTER: &str = "Guten Tag,\n\nin der Hafenstraße ist seit einer Woche die Straßenlampe vor Haus 12 kaputt, \
    nachts ist es stockdunkel. Bitte reparieren!\n\nPeter Özdemir\n";

/// An office that asks the small weights about everything.
fn office() -> Office {
    let office = Office::with_share();
    std::fs::remove_file(office.path("workflows/hundesteuer.toml")).unwrap();
    office.write("workflows/bauhof.toml", RULES);
    office.write("connectors/hausmodell.toml", "kind = \"embedded\"\nmodel = \"small\"\n");
    let settings = office.read("office.toml");
    let models = "[policy.models]\nhausmodell = [\"public\", \"internal\", \"personal\"]\n";
    office.write("office.toml", &format!("{settings}{models}"));
    office
}

/// The exit code and what is told.
fn replay(office: &Office, item: &str) -> (i32, Value) {
    let told = program().args(["replay", item, "--json", "--office"]).arg(office.folder()).output();
    let told = told.unwrap();
    let json = serde_json::from_slice(&told.stdout);
    let json = json.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&told.stderr)));
    (told.status.code().unwrap(), json)
}

#[test]
fn the_small_model_answers_the_same_again_until_the_workflow_changes() {
    let office = office();
    office.add_user("frieda", "Frieda Frei", "alle");
    let daemon = Daemon::start(&office);
    let frieda = Visitor::sign_in(office.port, "frieda");
    office.lay("lampe.txt", LETTER.as_bytes());
    let waits = || [frieda.items("steueramt"), frieda.items("poststelle")].concat();
    let item = crate::support::until("it waits", 240, || waits().first().cloned());

    // By the daemon, and then by the command itself with a fresh process of the model.
    let (code, first) = replay(&office, &item);
    assert_eq!((code, &first["identical"]), (0, &true.into()), "{first:#}");
    drop(daemon);
    let (code, second) = replay(&office, &item);
    assert_eq!((code, &second["identical"]), (0, &true.into()), "{second:#}");
    let questions = second["questions"].as_array().unwrap();
    assert_eq!(questions[0]["entry"], "classified", "{second:#}");
    for question in questions {
        assert_eq!(question["verdict"], "identical");
        for part in ["instruction", "shape", "prompt"] {
            assert_eq!(question["then"][part].as_str().unwrap().len(), 64, "{part}");
        }
        let card = &question["then"]["card"];
        assert_eq!(card["weights"].as_str().unwrap().len(), 64);
        assert!(card["file"].as_str().unwrap().ends_with(".gguf"), "{card}");
        assert!(!card["processor"].as_str().unwrap().is_empty(), "{card}");
        assert!(question["then"]["parameters"]["context_tokens"].as_u64().unwrap() > 0);
    }

    let rules = office.read("workflows/bauhof.toml");
    office.write("workflows/bauhof.toml", &rules.replace("eine Lampe oder", "eine Laterne oder"));
    let (code, third) = replay(&office, &item);
    assert_eq!((code, &third["identical"]), (1, &false.into()), "{third:#}");
    let class = &third["questions"][0];
    assert_eq!(class["verdict"], "other_question", "{class:#}");
    let whats: Vec<&str> = class["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["what"].as_str().unwrap())
        .collect();
    assert!(whats.contains(&"workflow") && !whats.contains(&"weights"), "{whats:?}");
    let told = program().args(["replay", &item, "--office"]).arg(office.folder()).output().unwrap();
    let words = String::from_utf8_lossy(&told.stdout);
    assert!(words.contains("the workflow has changed since"), "{words}");
}
