//! Pages of `E01xx`: a file cannot be read as what it should be.

use super::Code;

pub(super) const PAGES: &[Code] = &[
    Code {
        code: "E0101",
        title: "the file is not TOML",
        page: r#"The file breaks TOML's grammar at the place shown: a quote, a bracket or a value is missing. What stands
after it may be reported again once this is repaired.

    title = Hundesteuer          # wrong: a text needs quotes
    title = "Hundesteuer"        # right

    from = ["posteingang"        # wrong: the bracket is never closed
    from = ["posteingang"]       # right

What to do: repair the line shown and run `vorlage check` again.
"#,
    },
    Code {
        code: "E0102",
        title: "the key is not known",
        page: r"The table has no such key. Nothing is ignored silently, because a slip would then switch off what was meant.

    [class.anmeldung.field.chip]
    requird = true               # wrong
    required = true              # right

What to do: follow the hint, or look the table up with `vorlage schema workflow`. Keys of several entries are
in the singular: `[class.x]`, `[class.x.field.y]`, `[[class.x.rule]]`.
",
    },
    Code {
        code: "E0103",
        title: "a key is missing",
        page: r#"The table needs this key. The place shown is its header; for the file as a whole it is the first line.

    [queue.steueramt]            # wrong: people would not know what to read
    [queue.steueramt]            # right
    title = "Steueramt"

What to do: add the key. The hint says what it is for.
"#,
    },
    Code {
        code: "E0104",
        title: "the value is of the wrong type",
        page: r#"A text stands where a number is wanted, one value where a list is wanted, and so on.

    required = "true"            # wrong: a text
    required = true              # right
    from = "posteingang"         # wrong: one text
    from = ["posteingang"]       # right: a list

What to do: write the value as the hint shows.
"#,
    },
    Code {
        code: "E0105",
        title: "the word is not one of those allowed",
        page: r#"The key takes only certain words.

    data_class = "taxes"         # wrong
    data_class = "tax"           # right

What to do: take the word from the hint. The types of fields are listed by `vorlage schema workflow`.
"#,
    },
    Code {
        code: "E0106",
        title: "the number is out of range",
        page: r"The number is smaller or larger than what the key means.

    floor = 80                   # wrong: a confidence is between 0 and 1
    floor = 0.80                 # right

What to do: write a number in the range of the hint.
",
    },
    Code {
        code: "E0107",
        title: "the key stands twice",
        page: r#"The same key, or the same table header, stands twice. TOML does not say which one counts.

    [class.anmeldung]            # wrong: two headers for one table
    title = "Anmeldung"
    [class.anmeldung]
    description = "…"

    [class.anmeldung]            # right
    title = "Anmeldung"
    description = "…"

What to do: keep one of them. A list of tables has double brackets: `[[class.anmeldung.rule]]`.
"#,
    },
    Code {
        code: "E0108",
        title: "the value has a form that is not accepted",
        page: r#"The value has the right type but not the right form, such as a secret that names neither or both of its places.

    password = { credential = "post", file = "post.txt" }   # wrong: which one?
    password = { credential = "post" }                      # right

What to do: change the value as the message says.
"#,
    },
    Code {
        code: "E0109",
        title: "a file of the office is missing",
        page: r"An office is a folder with `office.toml`, `connectors/` and `workflows/` in it. The file shown is not there.

What to do: give the right folder (`vorlage check --office DIR`), or copy the example office and change it.
",
    },
];
