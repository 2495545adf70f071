//! The command line as people and scripts meet it.

use std::process::Output;

use crate::support::{Office, program};

/// Every command, with those below it.
const COMMANDS: &[&[&str]] = &[
    &["run"],
    &["demo"],
    &["check"],
    &["test"],
    &["try"],
    &["parse"],
    &["eval"],
    &["bench"],
    &["bench", "parse"],
    &["bench", "classes"],
    &["bench", "ocr"],
    &["model"],
    &["model", "list"],
    &["model", "fetch"],
    &["model", "bench"],
    &["user"],
    &["user", "add"],
    &["user", "remove"],
    &["user", "list"],
    &["queue"],
    &["show"],
    &["replay"],
    &["learned"],
    &["ledger"],
    &["audit"],
    &["audit", "verify"],
    &["backup"],
    &["restore"],
    &["store"],
    &["store", "copy"],
    &["store", "bench"],
    &["schema"],
    &["explain"],
    &["doctor"],
];

fn run(args: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = program().args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

#[test]
fn every_command_explains_itself_with_examples() {
    let (code, all, _) = run(&["--help"]);
    assert_eq!(code, 0);
    for command in COMMANDS {
        assert!(
            all.contains(&format!("  {}", command[0])),
            "`{}` is not in --help:\n{all}",
            command[0]
        );
        let (code, help, _) = run(&[command, &["--help"][..]].concat());
        assert_eq!(code, 0, "{command:?}");
        let below = command.len() > 1;
        assert!(
            help.contains("Usage:") && (below || help.contains("Examples:")),
            "{command:?}:\n{help}"
        );
    }
    let listed = all
        .lines()
        .skip_while(|it| *it != "Commands:")
        .skip(1)
        .take_while(|it| it.starts_with("  "));
    for line in listed {
        let name = line.split_whitespace().next().unwrap();
        assert!(
            name == "help" || COMMANDS.iter().any(|it| it[0] == name),
            "`{name}` is not tested here"
        );
    }
}

#[test]
fn a_command_line_without_sense_is_2_and_a_missing_office_1() {
    for args in [&["frobnicate"][..], &["try"], &["check", "--what"], &["demo", "--json"], &[]] {
        let (code, stdout, stderr) = run(args);
        assert_eq!((code, stdout.as_str()), (2, ""), "{args:?}");
        assert!(stderr.contains("Usage:"), "{stderr}");
    }
    let (code, _, stderr) = run(&["run", "--office", "/nowhere"]);
    assert_eq!(code, 1);
    assert!(stderr.contains("/nowhere"), "{stderr}");
}

#[test]
fn check_tells_every_mistake_and_explain_says_more() {
    let (code, stdout, stderr) = run(&["check"]);
    assert_eq!((code, stdout.as_str()), (0, ""), "the example office has no mistakes");
    assert!(stderr.contains("no mistakes in 3 workflows"), "{stderr}");
    let office = Office::with_share();
    let rules = office.read("workflows/hundesteuer.toml");
    let rules = rules
        .replacen("to = \"ablage\"", "to = \"ablge\"", 1)
        .replace("type = \"person\"", "type = \"persn\"");
    office.write("workflows/hundesteuer.toml", &rules);
    let folder = office.folder().to_str().unwrap();
    let (code, stdout, _) = run(&["check", "--office", folder]);
    assert_eq!(code, 1);
    assert!(
        stdout.contains("did you mean `ablage`?") && stdout.contains("did you mean `person`?"),
        "{stdout}"
    );
    assert!(stdout.contains("--> workflows/hundesteuer.toml:"), "{stdout}");
    let (code, stdout, _) = run(&["check", "--json", "--office", folder]);
    let mistakes: Vec<serde_json::Value> = serde_json::from_str(&stdout).unwrap();
    assert_eq!((code, mistakes.len()), (1, 3), "{stdout}");
    for mistake in &mistakes {
        let (code, page, _) = run(&["explain", mistake["code"].as_str().unwrap()]);
        assert!(code == 0 && page.len() > 100, "{page}");
    }
    assert!(run(&["explain", "E0202"]).1.starts_with("E0202: "));
    assert!(run(&["explain", "--list"]).1.lines().count() > 30);
    let (code, _, stderr) = run(&["explain", "E9999"]);
    assert!(code == 1 && stderr.contains("E9999"), "{stderr}");
}

#[test]
fn schemas_are_written_for_editors() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, _) = run(&["schema", "--into", folder.path().to_str().unwrap()]);
    assert_eq!(code, 0);
    for name in [
        "office", "workflow", "imap", "share", "smtp", "drafts", "folder", "webhook", "table",
        "embedded", "openai", "sled", "postgres",
    ] {
        let text =
            std::fs::read_to_string(folder.path().join(format!("{name}.schema.json"))).unwrap();
        let schema: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(schema["properties"].is_object(), "{name}");
        assert_eq!(run(&["schema", name]).1, text);
    }
}

#[test]
fn try_shows_a_letter_without_keeping_anything() {
    let office = Office::with_share();
    office.write(
        "brief.txt",
        "Anmeldung zur Hundesteuer\n\nHalter: Erika Beispiel\nName des Hundes: Bello\n",
    );
    let (file, folder) = (office.path("brief.txt"), office.folder().to_str().unwrap());
    let file = file.to_str().unwrap();
    let (code, stdout, stderr) = run(&["try", file, "--office", folder]);
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stdout.contains("hundesteuer/anmeldung") && stdout.contains("Beispiel, Erika"),
        "{stdout}"
    );
    let (code, stdout, _) = run(&["try", file, "--office", folder, "--json"]);
    let shown: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert!(code == 0 && shown.is_object(), "{stdout}");
    assert!(stdout.contains("\"Bello\""), "{stdout}");
    assert!(!office.path("state").exists(), "nothing is kept");
    let (code, _, stderr) = run(&["try", "/nowhere.pdf", "--office", folder]);
    assert!(code == 1 && stderr.contains("/nowhere.pdf"), "{stderr}");
}

#[test]
fn doctor_says_what_is_missing() {
    let office = Office::with_share();
    let folder = office.folder().to_str().unwrap();
    let (code, stdout, _) = run(&["doctor", "--office", folder, "--json"]);
    let looked: Vec<serde_json::Value> = serde_json::from_str(&stdout).unwrap();
    assert!(looked.iter().all(|it| it["ok"] == true), "{stdout}");
    assert_eq!(code, 0);
    office.write("office.toml", "name = 3\n");
    let (code, stdout, _) = run(&["doctor", "--office", folder]);
    assert!(code == 1 && stdout.contains("MISSING") && stdout.contains("office"), "{stdout}");
}

/// The programs of a release in a folder: this one, and one for newer processors.
#[cfg(target_arch = "x86_64")]
fn release(folder: &std::path::Path, beside: &str) -> std::path::PathBuf {
    let built = program().get_program().to_owned();
    let [itself, beside] = ["vorlage", beside].map(|name| folder.join(name));
    for to in [&itself, &beside] {
        if std::fs::hard_link(&built, to).is_err() {
            std::fs::copy(&built, to).unwrap();
        }
    }
    itself
}

#[cfg(target_arch = "x86_64")]
#[test]
fn doctor_tells_as_which_program_the_models_run_and_which_does_not_belong_to_this_one() {
    let office = Office::with_share();
    let folder = tempfile::tempdir().unwrap();
    let itself = release(folder.path(), "vorlage-x86-64-v3");
    let beside = folder.path().join("vorlage-x86-64-v3");
    let processor = |wanted: &str| {
        let mut command = std::process::Command::new(&itself);
        command.args(["doctor", "--json", "--office"]).arg(office.folder());
        let output = command.env("VORLAGE_LEVEL", wanted).output().unwrap();
        let looked: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
        let it = looked.into_iter().find(|it| it["what"] == "processor").unwrap();
        (it["ok"] == true, it["told"].as_str().unwrap().to_owned())
    };
    let named = format!("models run as `{}`", beside.display());
    let (ok, told) = processor("x86-64-v3");
    let runs = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("movbe");
    assert!(ok && told.contains(&named) == runs, "{told}");
    let (ok, told) = processor("none");
    assert!(ok && !told.contains("models run as"), "{told}");
    let (ok, told) = processor("x86-64-v2");
    assert!(!ok && told.contains("VORLAGE_LEVEL"), "{told}");
    if runs {
        std::fs::remove_file(&beside).unwrap();
        std::fs::copy("/bin/true", &beside).unwrap();
        let (ok, told) = processor("x86-64-v3");
        assert!(!ok && told.contains("install them together") && !told.contains(&named), "{told}");
    }
}

#[test]
fn a_language_that_tesseract_lacks_is_a_warning_with_its_package() {
    let office = Office::with_share();
    let folder = office.folder().to_str().unwrap();
    let settings = office.read("office.toml");
    // No machine has old Klingon, and Debian no package of it; the name follows the rule of all packages.
    let wanted = "[limits]\nocr_languages = \"deu+tlh_old\"";
    office.write("office.toml", &settings.replacen("[limits]", wanted, 1));
    let (code, stdout, stderr) = run(&["check", "--office", folder]);
    assert_eq!(code, 0, "{stdout}{stderr}");
    let told = ["warning[W0101]", "`tlh_old`", "--> office.toml:", "`tesseract-ocr-tlh-old`"];
    assert!(told.iter().all(|it| stdout.contains(it)), "{stdout}");
    assert!(!stdout.contains("`deu`"), "{stdout}");
    assert!(stderr.contains("no mistakes") && stderr.contains("1 warning"), "{stderr}");
    let (code, stdout, _) = run(&["doctor", "--office", folder]);
    assert!(code == 1 && stdout.contains("W0101") && stdout.contains("tlh-old"), "{stdout}");
    assert!(run(&["explain", "W0101"]).1.starts_with("W0101: "));
}

#[test]
fn people_are_added_listed_and_removed() {
    let office = Office::with_share();
    let folder = office.folder().to_str().unwrap();
    office.add_user("jutta", "Jutta Weber", "alle");
    let (code, _, stderr) = run(&["user", "add", "lena", "--role", "chefin", "--office", folder]);
    assert!(
        code == 1 && stderr.contains("no role `chefin`") && stderr.contains("leitung"),
        "{stderr}"
    );
    let list = || -> Vec<serde_json::Value> {
        serde_json::from_str(&run(&["user", "list", "--json", "--office", folder]).1).unwrap()
    };
    assert_eq!((&list()[0]["name"], &list()[0]["active"]), (&"jutta".into(), &true.into()));
    assert_eq!(run(&["user", "remove", "jutta", "--office", folder]).0, 0);
    assert_eq!(list()[0]["active"], false);
}

#[test]
fn whoever_reads_only_the_beginning_ends_it_quietly() {
    for args in [
        &["schema", "workflow"][..],
        &["explain", "--list"],
        &["parse", "fixtures/files", "--json"],
    ] {
        let mut child = program();
        child.args(args).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        let mut child = child.spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), told.as_str()), (Some(141), ""), "{args:?}");
    }
}
