//! What an admin sees: a whole office with mistakes, all in one run.

use std::fs;
use std::path::Path;

use vorlage::config::{self, Files};
use vorlage::connectors;
use vorlage::errors::{render, to_json};

const OFFICE: &str = r#"name = "Musterstadt"
language = "deutsch"
region = "DE-RP"
post_room = "postraum"

[queue.post]
title = "Poststelle"
[queue.steueramt]
titel = "Steueramt"

[role.alle]
title = "Alle"
queues = ["post", "steueramt"]

[policy]
automation_level = 2
[policy.models]
hausmodell = ["public", "taxes"]
"#;

const MAILBOX: &str = r#"kind = "imap"
host = "mail.example"
password = "geheim"
"#;

const WORKFLOW: &str = r#"title = "Hundesteuer"
purpose = "An- und Abmeldung"
owner = "Steueramt"
data_class = "tax"
ai_act = { annex3 = "none", role = "narrow_procedural" }
model = "hausmodell"

[intake]
from = "posteingagn"

[class.anmeldung]
title = "Anmeldung"
description = "Jemand meldet einen Hund an."
floor = 80
duplicate = ["cip"]

[class.anmeldung.field.chip]
type = "text"
pattern = 'DE-(\d{15}'
required = "true"
[class.anmeldung.field.stimmung]
[class.anmeldung.field.grund]
type = "choise"

[[class.anmeldung.rule]]
when = "chipp and (eingang - aufnahme).days > 14"
finding = "zu spät"
[[class.anmeldung.rule]]
when = "chip and"
finding = "nie"

[[class.anmeldung.deadline]]
name = "bearbeiten"
rule = "working_days"
count = 70000
from = "chip"

[[class.anmeldung.approval]]
queue = "steuramt"
distinct_from = ["leitung"]

[class.anmeldung.reply]
to = "{{ absender }"
template = "anmeldung"
subject = { de = "Ihr Hund {{ chip }}" }

[[class.anmeldung.deliver]]
to = "ausgang"

[[test]]
document = "a.eml"
class = "anmeldun"
findings = ["F9999"]
never = ["deliver"]
"#;

fn office(files: &[(&str, &str)]) -> Files {
    let mut all = Files::default();
    for (path, text) in files {
        all.texts.insert((*path).to_owned(), (*text).to_owned());
    }
    all
}

fn check(files: &[(&str, &str)]) -> String {
    let files = office(files);
    let (office, found) = config::load(&files);
    assert_eq!(office.is_none(), !found.is_empty());
    render(&found, &files.sources(), false)
}

#[test]
#[expect(clippy::too_many_lines, reason = "the snapshot is what a person sees, whole")]
fn a_broken_office_shows_all_its_mistakes_in_one_run() {
    let shown = check(&[
        ("office.toml", OFFICE),
        ("connectors/posteingang.toml", MAILBOX),
        ("connectors/hausmodell.toml", "kind = \"embedded\"\n"),
        ("workflows/hundesteuer.toml", WORKFLOW),
    ]);
    insta::assert_snapshot!(shown, @r#"
    error[E0404]: `password` stands here in clear text
     --> connectors/posteingang.toml:3:12
      |
    3 | password = "geheim"
      |            ^^^^^^^^
      |
      = hint: write `{ credential = "name" }` or `{ file = "path" }`, and change the secret

    error[E0214]: the pages do not speak `deutsch`
     --> office.toml:2:12
      |
    2 | language = "deutsch"
      |            ^^^^^^^^^
      |
      = hint: there are `de`, `en`

    error[E0207]: there is no queue `postraum`
     --> office.toml:4:13
      |
    4 | post_room = "postraum"
      |             ^^^^^^^^^^
      |
      = hint: there are `post`, `steueramt`

    error[E0103]: `title` is missing here
     --> office.toml:8:1
      |
    8 | [queue.steueramt]
      | ^^^^^^^^^^^^^^^^^
      |
      = hint: `title`: As people read it.

    error[E0102]: unknown key `titel`
     --> office.toml:9:1
      |
    9 | titel = "Steueramt"
      | ^^^^^
      |
      = hint: did you mean `title`?

    error[E0401]: automation level 2 is refused
      --> office.toml:16:20
       |
    16 | automation_level = 2
       |                    ^
       |
       = hint: 0 works without a model; 1 lets a person confirm every draft

    error[E0105]: an entry of `hausmodell` cannot be `taxes`
      --> office.toml:18:25
       |
    18 | hausmodell = ["public", "taxes"]
       |                         ^^^^^^^
       |
       = hint: possible: `public`, `internal`, `personal`, `special`, `social`, `tax`, `staff`, `secret`

    error[E0402]: the policy does not let `hausmodell` see data of the class `tax`
     --> workflows/hundesteuer.toml:6:9
      |
    6 | model = "hausmodell"
      |         ^^^^^^^^^^^^
      |
      = hint: if it may, write `hausmodell = ["public", "tax"]` under `[policy.models]` in `office.toml`

    error[E0104]: `from` must be a list, not a text
     --> workflows/hundesteuer.toml:9:8
      |
    9 | from = "posteingagn"
      |        ^^^^^^^^^^^^^
      |
      = hint: write `["posteingagn"]`

    error[E0106]: `floor` cannot be 80
      --> workflows/hundesteuer.toml:14:9
       |
    14 | floor = 80
       |         ^^
       |
       = hint: from 0 to 1

    error[E0221]: there is no field `cip`
      --> workflows/hundesteuer.toml:15:14
       |
    15 | duplicate = ["cip"]
       |              ^^^^^
       |
       = hint: did you mean `chip`?

    error[E0304]: bad pattern: unclosed group
      --> workflows/hundesteuer.toml:19:15
       |
    19 | pattern = 'DE-(\d{15}'
       |               ^

    error[E0104]: `required` must be `true` or `false`, not a text
      --> workflows/hundesteuer.toml:20:12
       |
    20 | required = "true"
       |            ^^^^^^
       |
       = hint: write `true` without quotes

    error[E0403]: the field `stimmung` asks for an emotion
      --> workflows/hundesteuer.toml:21:24
       |
    21 | [class.anmeldung.field.stimmung]
       |                        ^^^^^^^^
       |
       = hint: take the field out: this is never read from what people write

    error[E0105]: `type` cannot be `choise`
      --> workflows/hundesteuer.toml:23:8
       |
    23 | type = "choise"
       |        ^^^^^^^^
       |
       = hint: did you mean `choice`?

    error[E0302]: nothing here is called `chipp`
      --> workflows/hundesteuer.toml:26:9
       |
    26 | when = "chipp and (eingang - aufnahme).days > 14"
       |         ^^^^^
       |
       = hint: did you mean `chip`?

    error[E0302]: nothing here is called `aufnahme`
      --> workflows/hundesteuer.toml:26:30
       |
    26 | when = "chipp and (eingang - aufnahme).days > 14"
       |                              ^^^^^^^^
       |
       = hint: there are `chip`, `stimmung`, `grund`, `eingang`, `today`, `absender`, `absender_name`, `betreff`, `sprache`, `item`, `office`, `marking`

    error[E0301]: unexpected end of input, expected expression
      --> workflows/hundesteuer.toml:29:14
       |
    29 | when = "chip and"
       |              ^^^

    error[E0106]: `count` cannot be 70000
      --> workflows/hundesteuer.toml:35:9
       |
    35 | count = 70000
       |         ^^^^^
       |
       = hint: from 0 to 65535

    error[E0213]: a deadline is counted from a date, and this field is a `text`
      --> workflows/hundesteuer.toml:36:8
       |
    36 | from = "chip"
       |        ^^^^^^
       |
       = hint: name a field with `type = "date"`

    error[E0207]: there is no queue `steuramt`
      --> workflows/hundesteuer.toml:39:9
       |
    39 | queue = "steuramt"
       |         ^^^^^^^^^^
       |
       = hint: did you mean `steueramt`?

    error[E0209]: no earlier step waits in the queue `leitung`
      --> workflows/hundesteuer.toml:40:18
       |
    40 | distinct_from = ["leitung"]
       |                  ^^^^^^^^^
       |
       = hint: `distinct_from` names queues of earlier steps, and this is the first

    error[E0303]: unexpected `}`, expected end of variable block
      --> workflows/hundesteuer.toml:43:19
       |
    43 | to = "{{ absender }"
       |                   ^

    error[E0215]: there is no file `workflows/hundesteuer/anmeldung.de.txt`
      --> workflows/hundesteuer.toml:44:12
       |
    44 | template = "anmeldung"
       |            ^^^^^^^^^^^
       |
       = hint: write it: plain text with names of fields in double braces

    error[E0202]: there is no connector `ausgang`
      --> workflows/hundesteuer.toml:48:6
       |
    48 | to = "ausgang"
       |      ^^^^^^^^^
       |
       = hint: there are `hausmodell`, `posteingang`

    error[E0220]: there is no class `anmeldun`
      --> workflows/hundesteuer.toml:52:9
       |
    52 | class = "anmeldun"
       |         ^^^^^^^^^^
       |
       = hint: did you mean `anmeldung`?

    error[E0219]: no finding has the code `F9999`
      --> workflows/hundesteuer.toml:53:13
       |
    53 | findings = ["F9999"]
       |             ^^^^^^^
       |
       = hint: there are `F0101`, `F0102`, `F0201`, `F0202`, `F0203`, `F0301`, `F0302`, `F0401`, `F0402`, `F0403`, `F0404`, `F0405`, `F0501`, `F0502`, `F0503`, `F0504`, `F0601`, `F0602`, `F0701`, `F0702`

    error[E0219]: `deliver` is nothing that can happen
      --> workflows/hundesteuer.toml:54:10
       |
    54 | never = ["deliver"]
       |          ^^^^^^^^^
       |
       = hint: write `deliver:<connector>` or `class:<class>`
    "#);
}

#[test]
fn several_mistakes_of_grammar_are_told_together_with_others() {
    let shown = check(&[(
        "office.toml",
        "name = Musterstadt\nregion =\nsprache = \"de\"\n[queue.post\n[policy]\nx = 1\n",
    )]);
    insta::assert_snapshot!(shown, @r#"
    error[E0101]: a text needs quotes
     --> office.toml:1:8
      |
    1 | name = Musterstadt
      |        ^^^^^^^^^^^
      |
      = hint: write `"Musterstadt"`

    error[E0101]: a value is missing here
     --> office.toml:2:9
      |
    2 | region =
      |         ^
      |
      = hint: write `""` for an empty text

    error[E0102]: unknown key `sprache`
     --> office.toml:3:1
      |
    3 | sprache = "de"
      | ^^^^^^^
      |
      = hint: there are `language`, `time_zone`, `post_room`, `queue`, `role`, `web`, `limits`, `mail`, `scan`, `learning`, `ledger`, `alarm`

    error[E0101]: this `[` is never closed
     --> office.toml:4:1
      |
    4 | [queue.post
      | ^
    "#);
}

#[test]
fn a_mistake_in_the_text_of_a_reply_is_told_in_its_file() {
    let workflow = r#"title = "Post"
purpose = "Post"
owner = "Post"
data_class = "personal"
ai_act = { annex3 = "none", role = "preparatory" }
[intake]
from = ["tuer"]
[class.frage]
title = "Frage"
description = "Eine Frage."
approval = [{ queue = "post" }]
[class.frage.field.frage]
[class.frage.reply]
to = "{{ absender }}"
template = "frage"
subject = { de = "Ihre Frage", en = "Your question" }
"#;
    let mut files = office(&[
        (
            "office.toml",
            "name = \"M\"\nregion = \"DE-RP\"\npost_room = \"post\"\n[queue.post]\ntitle = \"Post\"\n[role.alle]\ntitle = \"Alle\"\nqueues = [\"*\"]\n[policy]\n",
        ),
        ("connectors/tuer.toml", "kind = \"share\"\npath = \"x\"\n"),
        ("workflows/post.toml", workflow),
    ]);
    let text = "Guten Tag {{ absender_nam }},\n\nSie fragten: {{ frage }}\n{% include 'gruss' %}\n";
    files.templates.insert("workflows/post/frage.de.txt".to_owned(), text.as_bytes().to_vec());
    let (_, found) = config::load(&files);
    insta::assert_snapshot!(render(&found, &files.sources(), false), @r#"
    error[E0215]: there is no file `workflows/post/frage.en.txt`
      --> workflows/post.toml:15:12
       |
    15 | template = "frage"
       |            ^^^^^^^
       |
       = hint: it is there in: de

    error[E0302]: nothing here is called `absender_nam`
     --> workflows/post/frage.de.txt:1:14
      |
    1 | Guten Tag {{ absender_nam }},
      |              ^^^^^^^^^^^^
      |
      = hint: did you mean `absender_name`?

    error[E0303]: a template cannot use another file
     --> workflows/post/frage.de.txt:4:4
      |
    4 | {% include 'gruss' %}
      |    ^^^^^^^
    "#);

    files.templates.insert("workflows/post/frage.de.txt".to_owned(), "{{ frage }}".into());
    files.templates.insert("workflows/post/frage.en.txt".to_owned(), "{{ frage }}".into());
    let (office, found) = config::load(&files);
    assert_eq!(found, []);
    let first = office.unwrap().version;
    files.templates.insert("workflows/post/frage.en.txt".to_owned(), "{{ frage }}!".into());
    assert_ne!(config::load(&files).0.unwrap().version, first);
}

#[test]
fn a_time_that_never_comes_is_told_as_well_as_one_that_is_none() {
    let at = |at: &str| check(&[("office.toml", &format!("[ledger]\nat = \"{at}\"\n"))]);
    assert!(!at("30 2 * * *").contains("E0222"));
    assert!(!at("0 0 29 2 *").contains("E0222"), "leap years come");
    for never in ["0 0 30 2 *", "2:30"] {
        let shown = at(never);
        assert!(shown.contains("error[E0222]"), "{shown}");
        assert!(shown.contains("office.toml:2:6"), "{shown}");
    }
}

/// What is told of an office that names this for vectors, and lets its server see these data.
fn told_of_vectors(embeddings: &str, allowed: &str) -> String {
    const SERVER: &str = r#"kind = "openai"
base_url = "http://127.0.0.1:9/v1"
model = "gross"
embeddings = "bge"
"#;
    const CLASS: &str = r#"[class.hund]
title = "Hund"
description = "Ein Hund."
[[class.hund.approval]]
queue = "post"
"#;
    let workflow = format!(
        "title = \"Hund\"\npurpose = \"Hunde\"\nowner = \"Amt\"\ndata_class = \"tax\"\n\
         ai_act = {{ annex3 = \"none\", role = \"narrow_procedural\" }}\n[intake]\nfrom = [\"scanner\"]\n{CLASS}"
    );
    let office_text = format!(
        "name = \"M\"\nregion = \"DE-RP\"\npost_room = \"post\"\n[queue.post]\ntitle = \"Post\"\n\
         [role.alle]\ntitle = \"Alle\"\nqueues = [\"*\"]\n[policy.models]\nserver = [{allowed}]\n\
         [learning]\nembeddings = \"{embeddings}\"\n"
    );
    let files = office(&[
        ("office.toml", &office_text),
        ("connectors/server.toml", SERVER),
        ("connectors/ablage.toml", "kind = \"folder\"\npath = \"a\"\n"),
        ("connectors/scanner.toml", "kind = \"share\"\npath = \"s\"\ndone = \"move\"\n"),
        ("workflows/hund.toml", &workflow),
    ]);
    let (office, found) = config::load(&files);
    assert_eq!(render(&found, &files.sources(), false), "");
    render(&connectors::check(office.as_ref(), &files), &files.sources(), false)
}

#[test]
fn vectors_come_from_what_gives_them_and_may_see_the_items() {
    let found = told_of_vectors;
    for right in ["server", "e5-small", "none", "gewichte/bge.gguf"] {
        assert_eq!(found(right, "\"public\", \"tax\""), "");
    }
    insta::assert_snapshot!(found("servr", "\"tax\""), @r#"
    error[E0202]: there is no connector and no model `servr`
      --> office.toml:12:14
       |
    12 | embeddings = "servr"
       |              ^^^^^^^
       |
       = hint: did you mean `server`?
    "#);
    insta::assert_snapshot!(found("ablage", "\"tax\""), @r#"
    error[E0203]: `ablage` is of kind `folder` and gives no vectors
      --> office.toml:12:14
       |
    12 | embeddings = "ablage"
       |              ^^^^^^^^
       |
       = hint: as a model of vectors this office has `server`
    "#);
    insta::assert_snapshot!(found("small", "\"tax\""), @r#"
    error[E0203]: the model `small` answers questions and gives no vectors
      --> office.toml:12:14
       |
    12 | embeddings = "small"
       |              ^^^^^^^
       |
       = hint: `vorlage model list` shows what each model is for
    "#);
    insta::assert_snapshot!(found("server", "\"public\""), @r#"
    error[E0402]: the policy does not let `server` see data of the class `tax`, and items of every workflow teach
      --> office.toml:12:14
       |
    12 | embeddings = "server"
       |              ^^^^^^^^
       |
       = hint: if it may, write `server = ["public", "tax"]` under `[policy.models]`; else name weights of this house
    "#);
}

#[test]
fn programs_read_the_same_as_people() {
    let files = office(&[("office.toml", "name = 1\n")]);
    let (_, found) = config::load(&files);
    let json = to_json(&found, &files.sources());
    insta::assert_snapshot!(json.as_array().unwrap().last().unwrap(), @r#"{"code":"E0104","file":"office.toml","line":1,"column":8,"message":"`name` must be a text, not a whole number","hint":"write `\"1\"`"}"#);
}

#[test]
fn the_example_office_has_no_mistakes() {
    let mut files = Files::default();
    for path in ["office.toml", "connectors", "workflows"] {
        read_into(&mut files, Path::new(path));
    }
    let (office, found) = config::load(&files);
    assert!(found.is_empty(), "{}", render(&found, &files.sources(), false));
    assert!(office.unwrap().workflows.len() >= 3);
}

fn read_into(files: &mut Files, path: &Path) {
    if path.is_dir() {
        let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
        return entries.for_each(|entry| read_into(files, &entry));
    }
    let name = path.to_str().unwrap().to_owned();
    match fs::read_to_string(path) {
        Ok(text) if name.ends_with(".toml") => drop(files.texts.insert(name, text)),
        _ => drop(files.templates.insert(name, fs::read(path).unwrap())),
    }
}
