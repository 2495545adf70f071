//! Every file in `benches/` can be measured with.

use crate::support::program;

/// Lines that every kind of measuring can read, in two classes.
const TRUTH: &str = r#"{"text": "Die Laterne ist dunkel", "class": "a", "fields": {"kind": "iban"}}
{"text": "Zwei Laternen flackern", "class": "a", "fields": {"kind": "iban"}}
{"text": "Müll liegt am Ufer", "class": "b", "fields": {"kind": "iban"}}
{"text": "Der Mülleimer ist voll", "class": "b", "fields": {"kind": "iban"}}
"#;

#[test]
fn every_bench_file_is_a_workflow_without_mistakes_and_measures() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("truth.jsonl"), TRUTH).unwrap();
    let mut measured = 0;
    for file in std::fs::read_dir("benches").unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        // Of files, and measured in `einvoices`.
        if path.extension().is_none_or(|it| it != "toml") || name == "einvoice_rules" {
            continue;
        }
        let mut eval = program();
        eval.arg("eval").arg(&path).arg(folder.path()).arg("--json");
        if std::fs::read_to_string(&path).unwrap().contains("\nmodel = ") {
            eval.arg("--no-model");
        }
        let ran = eval.output().unwrap();
        let errors = String::from_utf8_lossy(&ran.stderr);
        let told: serde_json::Value = serde_json::from_slice(&ran.stdout)
            .unwrap_or_else(|error| panic!("{name}: {error}\n{errors}"));
        assert!(told.is_object(), "{name}: {told}\n{errors}");
        // Four lines of no sense reach no goal, but they are measured.
        assert!(matches!(ran.status.code(), Some(0 | 1)), "{name}: {errors}");
        measured += 1;
    }
    assert!(measured >= 10, "only {measured} files");
}

#[test]
fn what_was_read_once_is_measured_again_without_its_files() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    std::fs::create_dir(place.join("docs")).unwrap();
    let receipt =
        "CORNER SHOP SDN BHD\nLOT 5, JALAN A\n43000 KAJANG\n05/03/2026\nTOTAL   RM12.40\n";
    std::fs::write(place.join("docs/1.txt"), receipt).unwrap();
    let truth = r#"{"file": "docs/1.txt", "class": "receipt", "fields": {"date": "05/03/2026"}}"#;
    std::fs::write(place.join("truth.jsonl"), truth).unwrap();
    let read = program().arg("parse").arg(place.join("docs")).arg("--json").output().unwrap();
    std::fs::write(place.join("read.jsonl"), &read.stdout).unwrap();
    std::fs::remove_file(place.join("docs/1.txt")).unwrap();
    let measured = |more: &[&std::path::Path]| -> serde_json::Value {
        let mut eval = program();
        eval.args(["eval", "benches/sroie.toml"]).arg(place).args(["--no-model", "--json"]);
        serde_json::from_slice(&eval.args(more).output().unwrap().stdout).unwrap()
    };
    let told = measured(&["--read".as_ref(), &place.join("read.jsonl")]);
    assert_eq!(told["errors"], 0, "{told}");
    assert_eq!(told["fields"]["date"]["right"], 1, "{told}");
    assert_eq!(measured(&[])["errors"], 1, "the file is gone");
}
