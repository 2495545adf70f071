//! Text in drawings of new Office files (DrawingML): slides, text boxes, diagrams, charts.

use std::io::Cursor;

use zip::ZipArchive;

use super::archive;
use super::xml::{self, Step};
use crate::domain::Problem;
use crate::parse::flow::Flow;

/// Reads the drawings whose names begin so and end with a number; the answer is what is damaged.
pub(super) fn read(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    places: &[&str],
    flow: &mut Flow,
) -> Vec<Problem> {
    let names = archive::names(archive);
    let mut problems = Vec::new();
    for place in places {
        let numbered = |name: &String| {
            let number = name.strip_prefix(place)?.strip_suffix(".xml")?;
            Some((number.parse::<u32>().ok()?, name.clone()))
        };
        let mut numbered: Vec<(u32, String)> = names.iter().filter_map(numbered).collect();
        numbered.sort();
        for (_, name) in numbered {
            let Some(xml) = archive::text_of(archive, &name) else { continue };
            flow.start_line();
            problems.extend(xml.and_then(|xml| drawing(&xml, flow)).err());
            flow.end_line();
        }
    }
    problems
}

fn drawing(xml: &str, flow: &mut Flow) -> Result<(), Problem> {
    let mut open: Vec<String> = Vec::new();
    let mut unseen = 0_usize;
    let read = xml::walk(xml, |step| match step {
        Step::Open(element) => {
            if unseen > 0 || element.name == "Fallback" {
                unseen += 1;
                return;
            }
            match element.name {
                "br" => flow.end_line(),
                "tbl" => flow.begin_table(""),
                "tr" => flow.begin_row(),
                "tc" => flow.begin_cell(),
                _ => {}
            }
            open.push(element.name.to_owned());
        }
        Step::Close if unseen > 0 => unseen -= 1,
        Step::Close => match open.pop().as_deref() {
            Some("p" | "strCache" | "numCache") => flow.end_line(),
            Some("pt") => flow.push(" "),
            Some("tc") => flow.end_cell(),
            Some("tr") => flow.end_row(),
            Some("tbl") => flow.end_table(),
            _ => {}
        },
        Step::Text(text) => {
            // A chart keeps the values it is drawn from.
            let is_text = open.last().is_some_and(|name| name == "t" || name == "v");
            if unseen == 0 && is_text {
                flow.push(text);
            }
        }
    });
    while flow.in_table() {
        flow.end_table();
    }
    read
}
