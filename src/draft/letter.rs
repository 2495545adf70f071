//! Fills an office's own DOCX letter. Only text is written, so that no value can become a field code.

use std::io::{Cursor, Read, Write};

use quick_xml::events::{BytesText, Event};
use quick_xml::{Reader, Writer, XmlVersion};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::validate::expressions::Scope;

/// The template with its `{{ … }}` filled in. What is missing leaves a gap that everyone sees.
///
/// Word splits a placeholder over several runs as it likes; they are read as one text.
pub(super) fn fill(template: &[u8], scope: &Scope) -> Result<Vec<u8>, String> {
    let mut archive = ZipArchive::new(Cursor::new(template)).map_err(|error| error.to_string())?;
    let mut filled = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(|error| error.to_string())?;
        let name = part.name().map_err(|error| error.to_string())?.into_owned();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        if has_text(&name) {
            let xml = String::from_utf8(bytes).map_err(|error| error.to_string())?;
            bytes = fill_part(&xml, scope)?;
        }
        filled.start_file(name, SimpleFileOptions::default()).map_err(|error| error.to_string())?;
        filled.write_all(&bytes).map_err(|error| error.to_string())?;
    }
    Ok(filled.finish().map_err(|error| error.to_string())?.into_inner())
}

fn has_text(name: &str) -> bool {
    let part = name.strip_prefix("word/").unwrap_or_default();
    part.ends_with(".xml") && ["document", "header", "footer"].iter().any(|it| part.starts_with(it))
}

fn fill_part(xml: &str, scope: &Scope) -> Result<Vec<u8>, String> {
    let mut reader = Reader::from_str(xml);
    let mut events: Vec<Event<'_>> = Vec::new();
    // Where in `events` the texts of the present paragraph stand.
    let mut texts: Vec<usize> = Vec::new();
    let mut in_text = false;
    loop {
        let event = reader.read_event().map_err(|error| error.to_string())?;
        match &event {
            Event::Eof => break,
            Event::Start(start) if start.name().as_ref() == "w:t" => in_text = true,
            Event::End(end) if end.name().as_ref() == "w:t" => in_text = false,
            Event::Text(_) if in_text => texts.push(events.len()),
            Event::End(end) if end.name().as_ref() == "w:p" => {
                fill_paragraph(&mut events, &std::mem::take(&mut texts), scope)?;
            }
            _ => {}
        }
        events.push(event);
    }
    let mut writer = Writer::new(Vec::new());
    for event in events {
        writer.write_event(event).map_err(|error| error.to_string())?;
    }
    Ok(writer.into_inner())
}

fn fill_paragraph(events: &mut [Event<'_>], texts: &[usize], scope: &Scope) -> Result<(), String> {
    let mut runs: Vec<String> = Vec::new();
    for index in texts {
        let Some(Event::Text(text)) = events.get(*index) else { continue };
        runs.push(text.xml_content(XmlVersion::Implicit1_0).into_owned());
    }
    let filled = fill_runs(&runs, scope)?;
    for (index, text) in texts.iter().zip(filled) {
        if let Some(event) = events.get_mut(*index) {
            *event = Event::Text(BytesText::new(&text).into_owned());
        }
    }
    Ok(())
}

/// A placeholder's value goes to the run in which it begins; the rest of it leaves the other runs.
fn fill_runs(runs: &[String], scope: &Scope) -> Result<Vec<String>, String> {
    let mut filled: Vec<String> = vec![String::new(); runs.len()];
    let mut open: Option<(usize, String)> = None;
    for (run, text) in runs.iter().enumerate() {
        for letter in text.chars() {
            match &mut open {
                Some((start, placeholder)) => {
                    placeholder.push(letter);
                    if placeholder.ends_with("}}") {
                        let value = scope.render_with_gaps(placeholder)?;
                        if let Some(target) = filled.get_mut(*start) {
                            target.push_str(&value);
                        }
                        open = None;
                    }
                }
                None => {
                    let Some(target) = filled.get_mut(run) else { continue };
                    target.push(letter);
                    open = begin(&mut filled, run);
                }
            }
        }
    }
    if let Some((start, rest)) = open {
        filled.get_mut(start).into_iter().for_each(|target| target.push_str(&rest));
    }
    Ok(filled)
}

/// Takes a just finished `{{` out of the text, also when its two braces stand in two runs.
fn begin(filled: &mut [String], run: usize) -> Option<(usize, String)> {
    let here = filled.get_mut(run)?;
    if here.ends_with("{{") {
        here.truncate(here.len() - 2);
        return Some((run, "{{".to_owned()));
    }
    if here != "{" {
        return None;
    }
    let before =
        filled.get_mut(..run)?.iter_mut().enumerate().rev().find(|(_, text)| !text.is_empty());
    let (start, text) = before.filter(|(_, text)| text.ends_with('{'))?;
    text.pop();
    filled.get_mut(run)?.clear();
    Some((start, "{{".to_owned()))
}
