//! XFA forms: what was filled in stands in an XML inside the PDF (XFA 3.3, chapter 4 "Data").
//!
//! The pages of a dynamic form are made from a template by Adobe Reader and by hardly any other program;
//! in the file itself there is one page that says so. Nothing of a form is run here: its scripts and
//! its template are not read.

use pdf_oxide::PdfDocument;
use pdf_oxide::object::Object;
use pdf_oxide::xfa::XfaExtractor;

use super::xml::{self, Step};
use crate::domain::Problem;
use crate::parse::text;

/// Fields of one form.
const MOST_FIELDS: usize = 2000;
/// Characters of one value.
const MOST_CHARS: usize = 20_000;
/// Bytes of all the XML of one form.
const MOST_BYTES: usize = 32 << 20;

/// What a PDF with an XFA form holds.
#[derive(Debug, Default)]
pub(super) struct Form {
    /// The path of each filled field and its value, in the order of the file.
    pub(super) fields: Vec<(String, String)>,
    /// Why the fields or the pages cannot be shown.
    pub(super) problems: Vec<Problem>,
}

/// The form of a PDF; `None` when it has none of this kind.
pub(super) fn read(file: &mut PdfDocument) -> Option<Form> {
    if !XfaExtractor::has_xfa(file).unwrap_or(false) {
        return None;
    }
    let mut form = Form::default();
    let damaged = |what: &str| Problem::new("P0102", format!("the XFA form: {what}"));
    let packets = XfaExtractor::extract_xfa_packets(file).unwrap_or_default();
    if packets.is_empty() {
        form.problems.push(damaged("there is no XML in it"));
    }
    let mut dynamic = needs_rendering(file);
    let mut left = MOST_BYTES;
    for (name, bytes) in packets {
        // The others say how it looks and what it does.
        if !matches!(name.as_str(), "datasets" | "config" | "xdp") {
            continue;
        }
        let Some(rest) = left.checked_sub(bytes.len()) else {
            let detail = format!("the XFA form: more than {} MB of XML", MOST_BYTES >> 20);
            form.problems.push(Problem::new("P0107", detail));
            break;
        };
        left = rest;
        let mut packet = Packet::default();
        let walked = xml::walk(&text::decode(&bytes), |step| packet.step(step));
        if let Err(Problem { code, detail }) = walked {
            let detail = format!("the XFA form: {detail}");
            form.problems.push(Problem { code, detail });
        }
        form.fields.extend(packet.fields);
        dynamic |= packet.dynamic;
    }
    if form.fields.len() > MOST_FIELDS {
        form.fields.truncate(MOST_FIELDS);
        let detail = format!("the XFA form: only the first {MOST_FIELDS} fields are kept");
        form.problems.push(Problem::new("P0107", detail));
    }
    if dynamic {
        let count = form.fields.len();
        let detail = format!("an XFA form; {count} filled fields were read from its data");
        form.problems.push(Problem::new("P0207", detail));
    }
    Some(form)
}

/// Whether the pages are made only when the file is opened (ISO 32000-1, table 28: `NeedsRendering`).
fn needs_rendering(file: &PdfDocument) -> bool {
    let catalog = file.catalog().ok();
    let entry = catalog.as_ref().and_then(Object::as_dict).and_then(|it| it.get("NeedsRendering"));
    matches!(entry, Some(Object::Boolean(true)))
}

/// One piece of the form's XML that is being read.
#[derive(Default)]
struct Packet {
    /// The names of the open elements, and whether something stands in them.
    open: Vec<(String, bool)>,
    /// How deep the data begin: below `datasets/data`.
    data: Option<usize>,
    value: String,
    fields: Vec<(String, String)>,
    dynamic: bool,
}

impl Packet {
    fn step(&mut self, step: Step<'_>) {
        match step {
            Step::Open(element) => {
                if let Some((_, is_group)) = self.open.last_mut() {
                    *is_group = true;
                }
                let in_datasets = self.open.last().is_some_and(|(name, _)| name == "datasets");
                self.open.push((element.name.to_owned(), false));
                if self.data.is_none() && in_datasets && element.name == "data" {
                    self.data = Some(self.open.len());
                }
                self.value.clear();
            }
            Step::Text(text) => {
                let room = MOST_CHARS.saturating_sub(self.value.chars().count());
                self.value.extend(text.chars().take(room));
            }
            Step::Close => self.close(),
        }
    }

    fn close(&mut self) {
        let value = std::mem::take(&mut self.value);
        let value = value.trim();
        let Some((name, is_group)) = self.open.pop() else { return };
        self.dynamic |= name == "dynamicRender" && value == "required";
        let Some(data) = self.data else { return };
        if self.open.len() < data {
            self.data = None;
        } else if !is_group && !value.is_empty() && self.fields.len() <= MOST_FIELDS {
            let path = self.open.iter().skip(data).map(|(name, _)| name.as_str());
            let path: Vec<&str> = path.chain([name.as_str()]).collect();
            self.fields.push((path.join("."), value.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(xml: &str) -> Vec<(String, String)> {
        let mut packet = Packet::default();
        xml::walk(xml, |step| packet.step(step)).unwrap();
        packet.fields
    }

    #[test]
    fn the_filled_fields_are_read_and_nothing_around_them() {
        let xml = "<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'><template><field name='a'><value>Vorgabe</value></field></template>\
            <xfa:datasets xmlns:xfa='http://www.xfa.org/schema/xfa-data/1.0/'><xfa:data><antrag><person>\
            <name>Erika Mustermann</name><leer/><anschrift>Weg 1\nMusterstadt</anschrift></person>\
            <hund><name>Bello &amp; Co</name></hund><hund><name>Rex</name></hund></antrag></xfa:data>\
            <dd:dataDescription xmlns:dd='x'><name>kein Wert</name></dd:dataDescription></xfa:datasets></xdp:xdp>";
        let expected = [
            ("antrag.person.name", "Erika Mustermann"),
            ("antrag.person.anschrift", "Weg 1\nMusterstadt"),
            ("antrag.hund.name", "Bello & Co"),
            ("antrag.hund.name", "Rex"),
        ];
        let expected: Vec<(String, String)> = expected
            .iter()
            .map(|(path, value)| ((*path).to_owned(), (*value).to_owned()))
            .collect();
        assert_eq!(fields(xml), expected);
    }

    #[test]
    fn a_form_that_is_made_when_it_is_opened_says_so() {
        let mut packet = Packet::default();
        let xml = "<config><acrobat><acrobat7><dynamicRender>required</dynamicRender></acrobat7></acrobat></config>";
        xml::walk(xml, |step| packet.step(step)).unwrap();
        assert!(packet.dynamic);
        assert!(packet.fields.is_empty());
    }
}
