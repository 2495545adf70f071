//! Pages of `E02xx`: what files say of each other does not fit together.

use super::Code;

pub(super) const PAGES: &[Code] = &[
    Code {
        code: "E0201",
        title: "there is no such kind of connector",
        page: r#"`kind` says what a file in `connectors/` is.

    kind = "imapp"               # wrong
    kind = "imap"                # right

What to do: take a kind from the hint.
"#,
    },
    Code {
        code: "E0202",
        title: "there is no such connector",
        page: r#"The name of a connector is the name of its file in `connectors/`, without `.toml`.

    [[class.anmeldung.deliver]]
    to = "ausgagn"               # wrong
    to = "ausgang"               # right: connectors/ausgang.toml

`[learning] embeddings` may also name weights of this house: a name from `vorlage model list`, a file (GGUF), or `none`.

What to do: correct the name, or write the file.
"#,
    },
    Code {
        code: "E0203",
        title: "the connector cannot be used for this",
        page: r#"A source stands where an output is needed, an output where a model is needed, and so on.

    [intake]
    from = ["ausgang"]           # wrong, if ausgang is a mail server that only sends

    [learning]
    embeddings = "small"         # wrong: it answers questions and gives no vectors

What to do: name a connector of a kind that can do it. A folder can be both source and output; a server of kind `openai`
answers questions and gives vectors.
"#,
    },
    Code {
        code: "E0204",
        title: "the connection would not be safe",
        page: r#"Passwords and letters must not cross a network in clear text.

    security = "none"            # wrong, for a server on another machine
    security = "tls"             # right

What to do: use `tls` or `starttls`. `none` is only for a server on this machine.
"#,
    },
    Code {
        code: "E0205",
        title: "a setting of a connector cannot work",
        page: r#"The setting is empty, zero, of the wrong form, or does not fit another one in the same file.

    done = "move"                # wrong: where to?

    done = "move"                # right
    move_to = "Erledigt"

What to do: change the setting as the message says. `vorlage schema <kind>` lists them all.
"#,
    },
    Code {
        code: "E0206",
        title: "the model is not in the house",
        page: r#"The address of the model is not this machine, so the office's post would leave the house.

    base_url = "https://models.example/v1"       # refused
    external = true                              # right, if the office may do that

What to do: use a model in the house. If the office has a contract that allows it, say `external = true`; the policy
still decides which classes of data the model sees.
"#,
    },
    Code {
        code: "E0207",
        title: "there is no such queue",
        page: r#"Queues are named in `office.toml`; roles, approvals, tests and `post_room` use them.

    [[class.anmeldung.approval]]
    queue = "steuramt"           # wrong, if office.toml has [queue.steueramt]
    queue = "steueramt"          # right

What to do: correct the name, or add `[queue.<name>]` with a `title` to `office.toml` and to a role.
"#,
    },
    Code {
        code: "E0208",
        title: "the document of a test is not there",
        page: r#"Every `[[test]]` names a file, and its path starts at the office's folder.

    [[test]]
    document = "hundesteuer.eml"                   # wrong
    document = "fixtures/mail/hundesteuer.eml"     # right

What to do: correct the path, or put the file there.
"#,
    },
    Code {
        code: "E0209",
        title: "`distinct_from` names no earlier step",
        page: r#"Four eyes: the person who gave an earlier approval may not give this one too. `distinct_from` names the queues of
steps that stand above this one in the same class.

    [[class.anmeldung.approval]]
    queue = "steueramt"
    [[class.anmeldung.approval]]
    queue = "leitung"
    distinct_from = ["kaemmerei"]   # wrong: nobody there was asked before
    distinct_from = ["steueramt"]   # right

What to do: name an earlier step, or change the order of the steps.
"#,
    },
    Code {
        code: "E0210",
        title: "a workflow has no door or no class",
        page: r#"Without a source nothing comes in; without a class nothing is done with it.

    [intake]
    from = []                    # wrong
    from = ["posteingang"]       # right

What to do: name at least one source, and write at least one `[class.<name>]`.
"#,
    },
    Code {
        code: "E0211",
        title: "nobody approves",
        page: r#"Every draft is approved by a person before anything leaves the house, so every class has at least one step.

    [[class.anmeldung.approval]]
    queue = "steueramt"

What to do: add a step with the queue whose people decide.
"#,
    },
    Code {
        code: "E0212",
        title: "options and the type of the field do not fit",
        page: r#"`options` belong to `type = "choice"`, and a choice has options.

    type = "text"                # wrong
    options = ["ja", "nein"]

    type = "choice"              # right
    options = ["ja", "nein"]

What to do: change the type, or take the options out.
"#,
    },
    Code {
        code: "E0213",
        title: "a deadline is counted from something that is no date",
        page: r#"`from` of a deadline names a field of `type = "date"`. Without `from` it is counted from the day of arrival.

    [[class.widerspruch.deadline]]
    from = "aktenzeichen"        # wrong: a reference
    from = "bescheiddatum"       # right: a date

What to do: name a date field, or leave `from` out.
"#,
    },
    Code {
        code: "E0214",
        title: "the language is not known",
        page: r#"The pages exist in certain languages only.

    language = "german"          # wrong
    language = "de"              # right

What to do: take a language from the hint. Replies can be written in any language beside it.
"#,
    },
    Code {
        code: "E0215",
        title: "the text of a reply or letter is missing",
        page: r#"A reply needs its subject and its text in the language of the office, and a text for every language that has a
subject. The text lies beside the workflow: `workflows/<workflow>/<template>.<language>.txt`; a letter is
`workflows/<workflow>/<template>.<language>.docx`.

    [class.anmeldung.reply]
    template = "anmeldung"       # workflows/hundesteuer/anmeldung.de.txt

What to do: write the file, or correct the name.
"#,
    },
    Code {
        code: "E0216",
        title: "one field, two types",
        page: r#"A field of the same name has different types in two classes of the workflow. People and tables take it for one field.

    [class.anmeldung.field.hund]
    type = "text"
    [class.abmeldung.field.hund]
    type = "dog_chip"            # wrong: call it `chip`

What to do: give both the same type, or two names.
"#,
    },
    Code {
        code: "E0217",
        title: "the name cannot be used",
        page: r"Names become parts of file names, addresses and expressions. Connectors, workflows, queues and classes use letters,
digits, `_` and `-`; fields use `a` to `z`, digits and `_`, do not begin with a digit, and are not called like
something that expressions know already (`eingang`, `today`, `absender`, …).

    [class.anmeldung.field.halter-name]   # wrong: would be read as halter minus name
    [class.anmeldung.field.halter_name]   # right

What to do: choose another name; people read the `title`.
",
    },
    Code {
        code: "E0218",
        title: "a queue that nobody sees",
        page: r#"No role names the queue, so drafts would wait there for ever.

    [role.steuern]
    queues = ["steueramt", "leitung"]

What to do: add the queue to a role, or take it out of the office.
"#,
    },
    Code {
        code: "E0219",
        title: "a test expects what cannot happen",
        page: r#"`findings` names codes of findings (`F…`); `never` names `deliver:<connector>` or `class:<class>`.

    never = ["fachverfahren"]            # wrong
    never = ["deliver:fachverfahren"]    # right

What to do: correct the expectation. `vorlage explain F0101` shows what a finding means.
"#,
    },
    Code {
        code: "E0220",
        title: "there is no such class",
        page: r#"A test names a class that the workflow does not have.

    [[test]]
    class = "anmelden"           # wrong
    class = "anmeldung"          # right: [class.anmeldung]

What to do: correct the name. A test without `class` expects none of this workflow's classes.
"#,
    },
    Code {
        code: "E0221",
        title: "there is no such field",
        page: r#"A rule, a deadline, a test or `duplicate` names a field that the class does not have. Fields belong to one class.

    duplicate = ["rechnungsnr"]       # wrong
    duplicate = ["rechnungsnummer"]   # right: [class.rechnung.field.rechnungsnummer]

What to do: correct the name, or add the field to the class.
"#,
    },
    Code {
        code: "E0222",
        title: "a schedule cannot be read",
        page: r#"A schedule says when something is done: minute, hour, day of the month, month, day of the week, as in crontab(5).

    at = "2:30"                  # wrong
    at = "30 2 * * *"            # right: every night at half past two
    at = "0 7 * * MON-FRI"       # right: on working days at seven

What to do: write the five parts with spaces between them; `*` stands for every one.
"#,
    },
    Code {
        code: "E0223",
        title: "several values where there is one",
        page: r#"A field with `several = true` keeps all values that are found. A choice and a yes or no have one answer, and a
deadline is counted from one date.

    [class.vertrag.field.partei]
    type = "organisation"
    several = true               # right: a contract has several parties

What to do: take `several` out, or name another field.
"#,
    },
    Code {
        code: "E0224",
        title: "rows of a table that do not fit together",
        page: r#"A field takes its values from a column of a table when `column` names the headings of that column. A column has
several values. Fields with the same `rows` are columns of one table.

    [class.rechnung.field.menge]
    type = "number"
    several = true               # needed: one value for each row
    column = ["Menge", "Anzahl"] # needed: the headings of the column
    rows = "positionen"          # the same name in the other columns of the table

What to do: write what is missing, or take `rows` and `column` out.
"#,
    },
    Code {
        code: "E0229",
        title: "an office has two stores",
        page: r#"Items, journals and bytes are kept in one store: the embedded one (`sled`) or a database (`postgres`).

    connectors/store.toml        # kind = "sled"
    connectors/datenbank.toml    # kind = "postgres": wrong, beside the other

What to do: keep one of the two files in `connectors/`. To move an office, stop the daemon, run
`vorlage store copy --from connectors/store.toml --to datenbank.toml` with the new file outside of `connectors/`, and
change the two files over.
"#,
    },
];
