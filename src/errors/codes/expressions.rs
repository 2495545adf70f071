//! Pages of `E03xx`: expressions, templates and patterns.

use super::Code;

pub(super) const PAGES: &[Code] = &[
    Code {
        code: "E0301",
        title: "the expression cannot be read",
        page: r#"Expressions are written in the language of minijinja: comparisons, `and`, `or`, `not`, `in`, filters behind `|`.

    when = "betrag > 1000 and"           # wrong: and what?
    when = "betrag and betrag > 1000"    # right: a field without a value counts as false

What to do: repair the place shown.
"#,
    },
    Code {
        code: "E0302",
        title: "the name means nothing here",
        page: r#"Expressions and templates know the fields of their class, and `eingang` (the day of arrival), `today`, `absender`,
`absender_name`, `betreff`, `sprache` (ISO 639-1, such as `uk`), `item`, `office` and `marking`.

    when = "aufname and eingang.days_since(aufname) > 14"      # wrong
    when = "aufnahme and eingang.days_since(aufnahme) > 14"    # right: [class.x.field.aufnahme]

What to do: follow the hint, or add the field. A text in an expression stands in single quotes.
"#,
    },
    Code {
        code: "E0303",
        title: "the template cannot be read",
        page: r"Values stand in double braces, conditions in braces with percent signs. A template is one file and cannot use others.

    Guten Tag {{ halter }                          # wrong: one brace
    Guten Tag {{ halter }}                         # right
    {% if chip %}Chip: {{ chip }}{% endif %}       # right

What to do: repair the place shown. Save the file in UTF-8.
",
    },
    Code {
        code: "E0304",
        title: "the pattern cannot be read",
        page: r"Patterns are regular expressions in RE2's syntax, without look-around and without references to groups.

    pattern = 'RE-(\d{4}'        # wrong: the bracket is never closed
    pattern = 'RE-(\d{4})'       # right; single quotes leave `\` alone

What to do: repair the place shown.
",
    },
    Code {
        code: "E0305",
        title: "there is no such filter",
        page: r#"A filter stands behind `|` and changes a value. Those of minijinja can be used.

    when = "'pitbull' in rasse|lowr"     # wrong
    when = "'pitbull' in rasse|lower"    # right

What to do: take the filter from the hint.
"#,
    },
];
