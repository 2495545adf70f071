//! Appends a row for each approved item to a table that people open in a spreadsheet program.
//!
//! Repeatable: the first column is the delivery's key, and a key that is there is not written again.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;

use super::settings::{self, Checking};
use super::{Ability, Connector, Error, Kind, Output, Parcel, Receipt, files};
use crate::config;

mod csv;
mod xlsx;

/// The title of the first column.
const KEY: &str = "Vorgang";
/// Reading, appending and replacing belong together, also when two connectors name the same file.
static ONE_BY_ONE: Mutex<()> = Mutex::new(());

pub(super) const KIND: Kind = Kind {
    name: "table",
    purpose: "Appends a row for each approved item to a table (.csv or .xlsx).",
    example: r#"kind = "table"
path = "/srv/steueramt/hunde.csv"
separator = ";"
byte_order_mark = true
"#,
    abilities: &[Ability::Output],
    check: |file, text| settings::mistakes::<Settings>(file, text, check),
    schema: config::schema_of::<Settings>,
    open: |name, text, place| {
        let settings: Settings = settings::read(name, text)?;
        let path = settings::path_in(place, &settings.path);
        let per_minute = Some(settings.per_minute);
        let output: Arc<dyn Output> = Arc::new(Table { path, settings });
        Ok(Connector { output: Some(output), per_minute, ..Connector::default() })
    },
};

/// A table that rows are appended to.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// `table`.
    #[schemars(extend("const" = "table"))]
    #[expect(
        dead_code,
        reason = "read by the loader; named here because unknown keys are refused"
    )]
    kind: String,
    /// The file, ending in `.csv` or `.xlsx`; a relative path starts at the office. It is made with the
    /// first row. An `.xlsx` must be one that Vorlage made: its formats would be lost otherwise.
    path: PathBuf,
    /// What stands between two values of a `.csv`.
    #[serde(default = "semicolon")]
    separator: String,
    /// Whether a new `.csv` begins with a byte order mark, so that Excel reads umlauts right.
    #[serde(default = "yes")]
    byte_order_mark: bool,
    /// The most deliveries a minute. More wait for their turn, in order; after a quiet time a sixth of them may go
    /// at once.
    #[serde(default = "settings::per_minute_here")]
    per_minute: u32,
}

fn semicolon() -> String {
    ";".to_owned()
}

fn yes() -> bool {
    true
}

fn check(settings: &Settings, found: &mut Checking<'_, Settings>) {
    found.at_least_one("per_minute", settings.per_minute.into());
    if form_of(&settings.path).is_none() {
        found.wrong("E0205", &["path"], "the file must end in `.csv` or `.xlsx`".to_owned());
    }
    if !matches!(settings.separator.as_str(), ";" | "," | "\t" | "|") {
        let message = "the separator must be `;`, `,`, `|` or a tab".to_owned();
        found.wrong("E0205", &["separator"], message);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Csv,
    Xlsx,
}

fn form_of(path: &Path) -> Option<Form> {
    match path.extension()?.to_str()?.to_lowercase().as_str() {
        "csv" => Some(Form::Csv),
        "xlsx" => Some(Form::Xlsx),
        _ => None,
    }
}

struct Table {
    path: PathBuf,
    settings: Settings,
}

#[async_trait]
impl Output for Table {
    async fn send(&self, parcel: &Parcel) -> Result<Receipt, Error> {
        let (path, settings) = (self.path.clone(), self.settings.clone());
        let (key, row) = (parcel.key.clone(), parcel.row.clone());
        files::blocking(&self.path, move || append(&path, &settings, &key, &row)).await
    }
}

fn append(
    path: &Path,
    settings: &Settings,
    key: &str,
    row: &[(String, String)],
) -> Result<Receipt, Error> {
    let _alone = ONE_BY_ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let before = match fs::read(path) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(files::failed(path, &error)),
    };
    let after = match form_of(path) {
        Some(Form::Xlsx) => xlsx::with_row(before.as_deref(), key, row),
        _ => csv::with_row(before.as_deref(), settings, key, row),
    };
    let after = after.map_err(|why| Error::Refused { place: path.display().to_string(), why })?;
    if let Some(after) = after {
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(|error| files::failed(path, &error))?;
        files::replace(path, &after).map_err(|error| files::failed(path, &error))?;
    }
    Ok(Receipt(format!("{}: {key}", path.display())))
}

/// The titles of a new table.
fn titles(row: &[(String, String)]) -> Vec<String> {
    std::iter::once(KEY.to_owned()).chain(row.iter().map(|(title, _)| title.clone())).collect()
}

/// The values under the table's own titles. An empty cell where the row has no such value.
fn under(titles: &[String], key: &str, row: &[(String, String)]) -> Result<Vec<String>, String> {
    if titles.first().map(String::as_str) != Some(KEY) {
        return Err(format!("the first column is not `{KEY}`: this table was not made by Vorlage"));
    }
    for (title, _) in row {
        if !titles.iter().skip(1).any(|it| it == title) {
            return Err(format!(
                "the table has no column `{title}`; add it, or move the table away and a new one begins"
            ));
        }
    }
    let value =
        |title: &String| row.iter().find(|(it, _)| it == title).map_or("", |(_, value)| value);
    let values = titles.iter().skip(1).map(|title| value(title).to_owned());
    Ok(std::iter::once(key.to_owned()).chain(values).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(values: &[(&str, &str)]) -> Vec<(String, String)> {
        values.iter().map(|(title, value)| ((*title).to_owned(), (*value).to_owned())).collect()
    }

    fn parcel(key: &str, values: &[(&str, &str)]) -> Parcel {
        Parcel { key: key.to_owned(), row: row(values), ..Parcel::default() }
    }

    fn table(path: PathBuf) -> Table {
        let text = format!("kind = \"table\"\npath = {:?}\n", path.display().to_string());
        Table { path, settings: settings::read("tabelle", &text).unwrap() }
    }

    #[tokio::test]
    async fn a_row_sent_twice_is_one_row_in_both_forms() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["neu/hunde.csv", "hunde.xlsx"] {
            let table = table(folder.path().join(name));
            let first = [("Halter", "Müller; Jana"), ("Hinweis", "=1+1")];
            table.send(&parcel("a", &first)).await.unwrap();
            table
                .send(&parcel("b", &[("Halter", "Groß"), ("Hinweis", "zwei\nZeilen \"so\"")]))
                .await
                .unwrap();
            let once = fs::read(&table.path).unwrap();
            table.send(&parcel("a", &first)).await.unwrap();
            assert_eq!(fs::read(&table.path).unwrap(), once, "{name}");
            let error = table.send(&parcel("c", &[("Rasse", "Dackel")])).await.unwrap_err();
            assert!(error.to_string().contains("no column `Rasse`"), "{error}");
            table.send(&parcel("c", &[("Hinweis", "ohne Halter")])).await.unwrap();
        }
        let csv = fs::read_to_string(folder.path().join("neu/hunde.csv")).unwrap();
        let expected = "\u{feff}Vorgang;Halter;Hinweis\r\na;\"Müller; Jana\";'=1+1\r\n\
            b;Groß;\"zwei\nZeilen \"\"so\"\"\"\r\nc;;ohne Halter\r\n";
        assert_eq!(csv, expected);
        let rows = xlsx::rows(&fs::read(folder.path().join("hunde.xlsx")).unwrap()).unwrap();
        assert_eq!(rows[1], ["a", "Müller; Jana", "=1+1"]);
        assert_eq!(rows[2], ["b", "Groß", "zwei\nZeilen \"so\""]);
        assert_eq!(rows[3], ["c", "", "ohne Halter"]);
    }

    #[tokio::test]
    async fn a_table_of_somebody_else_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let mut book = rust_xlsxwriter::Workbook::new();
        book.add_worksheet().write_formula(0, 0, "=1+1").unwrap();
        let path = folder.path().join("fremd.xlsx");
        book.save(&path).unwrap();
        let before = fs::read(&path).unwrap();
        let error = table(path.clone()).send(&parcel("a", &[("x", "y")])).await.unwrap_err();
        assert!(matches!(error, Error::Refused { .. }), "{error}");
        assert_eq!(fs::read(&path).unwrap(), before);
        fs::write(folder.path().join("fremd.csv"), "Name;Ort\n").unwrap();
        assert!(table(folder.path().join("fremd.csv")).send(&parcel("a", &[])).await.is_err());
    }
}
