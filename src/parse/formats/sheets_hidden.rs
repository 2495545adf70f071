//! Rows that a new Excel file has but does not show. calamine does not tell; the XML does.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use zip::ZipArchive;

use super::{archive, xml};

/// The hidden rows of each sheet, counted from 0, by its name.
pub(super) type Hidden = BTreeMap<String, BTreeSet<u32>>;

/// Finds the hidden rows of all sheets.
pub(super) fn read(archive: &mut ZipArchive<Cursor<&[u8]>>) -> Hidden {
    let mut hidden = Hidden::new();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    attributes(archive, "xl/workbook.xml", "sheet", &["name", "r:id"], &mut |values| {
        if let [Some(name), Some(id)] = values {
            names.insert(id.clone(), name.clone());
        }
    });
    let mut files: Vec<(String, String)> = Vec::new();
    let relations = "xl/_rels/workbook.xml.rels";
    attributes(archive, relations, "Relationship", &["Id", "Target"], &mut |values| {
        if let [Some(id), Some(target)] = values
            && let Some(name) = names.get(id)
        {
            let target = target.trim_start_matches('/');
            let in_folder = target.strip_prefix("xl/").unwrap_or(target);
            files.push((name.clone(), format!("xl/{in_folder}")));
        }
    });
    for (name, file) in files {
        let rows = hidden.entry(name).or_default();
        attributes(archive, &file, "row", &["r", "hidden"], &mut |values| {
            if let [Some(row), Some(is_hidden)] = values
                && matches!(is_hidden.as_str(), "1" | "true")
                && let Some(row) = row.parse::<u32>().ok().and_then(|row| row.checked_sub(1))
            {
                rows.insert(row);
            }
        });
    }
    hidden
}

fn attributes(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    file: &str,
    element: &str,
    names: &[&str],
    visit: &mut dyn FnMut(&[Option<String>]),
) {
    let Some(Ok(text)) = archive::text_of(archive, file) else { return };
    if element == "row" && !text.contains("hidden=") {
        return;
    }
    // What is damaged is said by whoever reads the cells.
    drop(xml::walk(&text, |step| {
        if let xml::Step::Open(found) = step
            && found.name == element
        {
            let values: Vec<Option<String>> =
                names.iter().map(|name| found.attribute(name)).collect();
            visit(&values);
        }
    }));
}
