//! Every approved item helps to tell the class of the next ones: a running daemon without a model.

use serde_json::Value;

use crate::support::{Daemon, Office, Visitor, program, until};

/// Two classes that nothing but a certain word tells apart, for an office without a model.
const RULES: &str = r#"title = "Mängel"
purpose = "Mängel melden"
owner = "Bauhof"
data_class = "personal"
ai_act = { annex3 = "none", role = "narrow_procedural" }
[intake]
from = ["posteingang"]
[class.licht]
title = "Licht"
description = "Etwas leuchtet nicht."
signals = ["Vordruck L1"]
[[class.licht.approval]]
queue = "steueramt"
[[class.licht.deliver]]
to = "ablage"
[class.abfall]
title = "Abfall"
description = "Etwas liegt herum."
signals = ["Vordruck A1"]
[[class.abfall.approval]]
queue = "steueramt"
[[class.abfall.deliver]]
to = "ablage"
"#;

const SEEN: [(&str, &str); 8] = [
    ("L1", "Die Straßenlaterne vor Nr. 4 ist dunkel"),
    ("L1", "Laterne flackert seit Montag"),
    ("L1", "Am Parkweg sind zwei Laternen ausgefallen"),
    ("L1", "Der Laternenmast an der Schule leuchtet nicht"),
    ("A1", "Jemand hat Sperrmüll in den Wald gekippt"),
    ("A1", "Der Mülleimer am Spielplatz quillt über"),
    ("A1", "Müllsäcke liegen auf dem Gehweg"),
    ("A1", "Wilder Müll hinter dem Bahnhof"),
];

fn learned(office: &Office) -> Value {
    learned_with(office, &[])
}

fn learned_with(office: &Office, more: &[&str]) -> Value {
    let told = program()
        .args(["learned", "--json", "--office"])
        .arg(office.folder())
        .args(more)
        .output()
        .unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    serde_json::from_slice(&told.stdout).unwrap()
}

#[test]
fn what_was_approved_tells_the_class_of_what_comes_next() {
    let office = Office::with_share();
    std::fs::remove_file(office.path("workflows/hundesteuer.toml")).unwrap();
    office.write("workflows/maengel.toml", RULES);
    office.add_user("frieda", "Frieda Frei", "alle");
    let mut daemon = Daemon::start(&office);
    let frieda = Visitor::sign_in(office.port, "frieda");
    let before = learned(&office);
    assert_eq!((&before["items"], before["doors"].as_array().unwrap().len()), (&0.into(), 0));
    office.lay("vorher.txt", "Zwei Laternen brennen nicht".as_bytes());
    frieda.wait_for("poststelle", 1, 60);
    for (at, (form, text)) in SEEN.iter().enumerate() {
        office.lay(&format!("{at}.txt"), format!("Vordruck {form}: {text}").as_bytes());
    }
    for item in frieda.wait_for("steueramt", SEEN.len(), 60) {
        assert_eq!(frieda.decide(&item, "approve", &[]).status, 303);
    }
    until("all are delivered", 60, || (daemon.done() == SEEN.len()).then_some(()));
    let after = learned(&office);
    assert_eq!(after["doors"][0]["examples"], 8, "{after}");
    assert_eq!(after["classes"], serde_json::json!({ "maengel/abfall": 4, "maengel/licht": 4 }));
    assert_eq!(after["reviewed"]["before"], serde_json::json!({ "items": 8, "right": 8 }));
    assert!(!after.to_string().contains("Laterne"), "a word of an item got out: {after}");

    office.lay("neu-1.txt", "Laternen am Markt dunkel".as_bytes());
    office.lay("neu-2.txt", "Vor der Tür liegt Müll".as_bytes());
    let new = frieda.wait_for("steueramt", 2, 60);
    let pages: Vec<String> = new.iter().map(|it| frieda.item(it)).collect();
    for (word, class) in
        [("Laternen am Markt", "Mängel – Licht"), ("liegt Müll", "Mängel – Abfall")]
    {
        let page = pages.iter().find(|it| it.contains(word)).unwrap();
        assert!(page.contains(class) && page.contains("entschiedenen Vorgängen"), "{page}");
    }

    // The way back: nothing was decided until that day. First by a command, then by the office's own file.
    let version = &after["version"];
    let back = learned_with(&office, &["--back", "2020-01-01"]);
    assert_eq!((&back["teaching"], &back["doors"]), (&0.into(), &serde_json::json!([])), "{back}");
    let forward = learned_with(&office, &["--forward"]);
    assert_eq!((&forward["teaching"], &forward["version"]), (&8.into(), version), "{forward}");
    let settings = office.read("office.toml");
    let stop = "[learning]\nuntil = \"2020-01-01\"";
    office.write("office.toml", &settings.replace("[learning]", stop));
    daemon.signal(rustix::process::Signal::HUP);
    until("it is forgotten", 60, || {
        learned(&office)["doors"].as_array().unwrap().is_empty().then_some(())
    });
    office.lay("danach.txt", "Laternen am Hafen dunkel".as_bytes());
    frieda.wait_for("poststelle", 2, 60);
    assert!(daemon.ended().is_none() && daemon.stop().success());
}

/// One class with a field that nothing in its file tells where to look for.
const FIELDS: &str = r#"title = "Anträge"
purpose = "Anträge annehmen"
owner = "Bauhof"
data_class = "personal"
ai_act = { annex3 = "none", role = "narrow_procedural" }
[intake]
from = ["posteingang"]
[class.antrag]
title = "Antrag"
description = "Jemand beantragt etwas."
signals = ["Antrag"]
[class.antrag.field.vorgang]
type = "text"
title = "Vorgang"
labels = ["Vorgang"]
[[class.antrag.approval]]
queue = "steueramt"
[[class.antrag.deliver]]
to = "ablage"
"#;

#[test]
fn a_label_that_corrections_share_finds_the_next_value() {
    let office = Office::with_share();
    std::fs::remove_file(office.path("workflows/hundesteuer.toml")).unwrap();
    office.write("workflows/antraege.toml", FIELDS);
    office.add_user("frieda", "Frieda Frei", "alle");
    let mut daemon = Daemon::start(&office);
    let frieda = Visitor::sign_in(office.port, "frieda");
    let value = |page: &str| {
        let field = page.split_once("name=\"v.vorgang\"").expect("the field is on the page").1;
        let value = field.split_once("value=\"").unwrap().1;
        value.split('"').next().unwrap().to_owned()
    };
    for (at, number) in ["Eiche 12", "Ahorn 7", "Linde 3"].iter().enumerate() {
        office
            .lay(&format!("{at}.txt"), format!("Antrag\nUnser Aktenwort:  {number}\n").as_bytes());
        let [item] = frieda.wait_for("steueramt", 1, 60).try_into().unwrap();
        assert_eq!(value(&frieda.item(&item)), "", "nothing tells yet where to look");
        assert_eq!(frieda.decide(&item, "correct", &[("v.vorgang", number)]).status, 303);
        let corrected = || (value(&frieda.item(&item)) == *number).then_some(());
        until("the correction is drafted", 60, corrected);
        assert_eq!(frieda.decide(&item, "approve", &[]).status, 303);
        until("it is delivered", 60, || (daemon.done() == at + 1).then_some(()));
    }
    let after = learned(&office);
    let labels = serde_json::json!([{ "text": "unser aktenwort", "items": 3 }]);
    assert_eq!(after["labels"]["antraege/antrag"]["vorgang"], labels, "{after}");
    office.lay("neu.txt", "Antrag\nUnser Aktenwort:  Buche 44\n".as_bytes());
    let [item] = frieda.wait_for("steueramt", 1, 60).try_into().unwrap();
    let page = frieda.item(&item);
    assert_eq!(value(&page), "Buche 44", "{page}");
    assert!(daemon.ended().is_none() && daemon.stop().success());
}
