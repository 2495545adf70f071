//! Pages of `W….`: the office's files are right, and yet something will not work as they say on this machine.

use super::Code;

pub(super) const PAGES: &[Code] = &[Code {
    code: "W0101",
    title: "tesseract lacks a language",
    page: r#"`ocr_languages` under `[limits]` in `office.toml` names a language that character recognition on this machine has not
installed. Pages are read with the others (their documents say P0303), and not at all when none of them is there.

    [limits]
    ocr_languages = "deu+eng"    # tesseract's names, as `tesseract --list-langs` shows them

What to do: install the package of the hint, or take the language out. This is no mistake in the file: `vorlage check`
ends with 0 when it finds nothing else, because the office may run on another machine than this one.
"#,
}];
