//! Rules of the house that no lint knows: small files that say what they are for, and no secrets of a machine.

use std::path::{Path, PathBuf};

/// A file longer than this is two files.
const MOST_LINES: usize = 400;
/// Half of all files are shorter.
const MEDIAN_LINES: usize = 140;

#[test]
fn files_are_small_and_say_what_they_are_for() {
    let mut wrong = Vec::new();
    let mut lengths = Vec::new();
    for (file, text) in sources("src") {
        let lines = text.lines().count();
        lengths.push(lines);
        if lines > MOST_LINES {
            wrong.push(format!("{}: {lines} lines", file.display()));
        }
        if !text.starts_with("//! ") {
            wrong.push(format!("{}: does not begin with its purpose", file.display()));
        }
    }
    lengths.sort_unstable();
    assert!(lengths.len() > 100, "the sources were not found");
    assert!(
        lengths[lengths.len() / 2] <= MEDIAN_LINES,
        "half of the files have more than {MEDIAN_LINES} lines"
    );
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn nothing_is_left_undone_or_left_out() {
    let undone = ["todo!(", "unimplemented!(", "FIXME", "(being written)"];
    let left_out = ["#[ignore", "thread::sleep"];
    let mut wrong = Vec::new();
    for (folder, words) in [("src", &undone[..]), ("tests", &left_out[..])] {
        for (file, text) in
            sources(folder).into_iter().filter(|(file, _)| !file.ends_with("tidy.rs"))
        {
            for (number, line) in text.lines().enumerate() {
                let said =
                    words.iter().filter(|word| line.contains(**word) && !line.contains("forged"));
                wrong.extend(said.map(|word| format!("{}:{}: {word}", file.display(), number + 1)));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn only_the_command_line_uses_anyhow() {
    let outside = sources("src").into_iter().filter(|(file, _)| !file.starts_with("src/cli"));
    let wrong: Vec<PathBuf> =
        outside.filter(|(_, text)| text.contains("anyhow::")).map(|(file, _)| file).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(folder).to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    found
}
