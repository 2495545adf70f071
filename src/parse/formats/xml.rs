//! XML of strangers: bounded, without document types, with namespaces by their URI.

use quick_xml::NsReader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;

use crate::domain::Problem;

/// Elements inside elements.
const DEPTH: usize = 256;
/// Bytes of one XML file.
const BYTES: usize = 64 << 20;

/// What a walk through XML meets.
pub(super) enum Step<'a> {
    /// An element begins.
    Open(Element<'a>),
    /// The last one that began ends.
    Close,
    /// Text between.
    Text(&'a str),
}

/// An element.
pub(super) struct Element<'a> {
    /// The URI of its namespace, or `""`.
    pub(super) namespace: &'a str,
    /// Its name without prefix.
    pub(super) name: &'a str,
    start: &'a BytesStart<'a>,
}

impl Element<'_> {
    /// The value of an attribute, named as it stands there.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        let attribute = self.start.try_get_attribute(name).ok().flatten()?;
        Some(attribute.normalized_value(XmlVersion::Implicit1_0).ok()?.into_owned())
    }

    /// The value of the first attribute of that name, whatever its prefix.
    pub(super) fn local(&self, name: &str) -> Option<String> {
        let mut attributes = self.start.attributes().filter_map(Result::ok);
        let attribute = attributes.find(|it| it.key.local_name().into_inner() == name)?;
        Some(attribute.normalized_value(XmlVersion::Implicit1_0).ok()?.into_owned())
    }
}

/// Walks through XML. The first mistake ends the walk.
pub(super) fn walk(xml: &str, mut visit: impl FnMut(Step<'_>)) -> Result<(), Problem> {
    if xml.len() > BYTES {
        return Err(Problem::new("P0107", format!("XML larger than {} MB", BYTES >> 20)));
    }
    let damaged = |what: String| Problem::new("P0102", format!("damaged XML: {what}"));
    let mut reader = NsReader::from_str(xml.trim_start_matches('\u{feff}'));
    reader.config_mut().expand_empty_elements = true;
    let mut depth = 0_usize;
    loop {
        let (resolved, event) =
            reader.read_resolved_event().map_err(|error| damaged(error.to_string()))?;
        match event {
            Event::Start(start) => {
                depth += 1;
                if depth > DEPTH {
                    return Err(Problem::new("P0107", format!("XML more than {DEPTH} deep")));
                }
                let namespace = match resolved {
                    ResolveResult::Bound(namespace) => namespace.into_inner(),
                    _ => "",
                };
                let name = start.local_name();
                visit(Step::Open(Element { namespace, name: name.into_inner(), start: &start }));
            }
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                visit(Step::Close);
            }
            Event::Text(text) => visit(Step::Text(&text.xml10_content())),
            Event::CData(text) => visit(Step::Text(&text.xml10_content())),
            Event::GeneralRef(reference) => {
                visit(Step::Text(&resolve(&reference).map_err(damaged)?))
            }
            Event::DocType(_) => return Err(damaged("a document type is not accepted".to_owned())),
            Event::Eof if depth == 0 => return Ok(()),
            Event::Eof => return Err(damaged("it ends in the middle".to_owned())),
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
}

/// `&#228;` and the five entities every XML has; there are no others without a document type.
fn resolve(reference: &BytesRef<'_>) -> Result<String, String> {
    if let Some(character) = reference.resolve_char_ref().map_err(|error| error.to_string())? {
        return Ok(character.to_string());
    }
    let name = reference.xml10_content();
    let known = quick_xml::escape::resolve_predefined_entity(&name);
    known.map(str::to_owned).ok_or_else(|| "an entity nobody has defined".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(xml: &str) -> Result<String, Problem> {
        let mut all = String::new();
        walk(xml, |step| match step {
            Step::Open(element) => {
                all.push_str(&format!("<{}|{}>", element.namespace, element.name))
            }
            Step::Close => all.push('/'),
            Step::Text(text) => all.push_str(text),
        })?;
        Ok(all)
    }

    #[test]
    fn names_are_told_by_the_uri_of_their_namespace() {
        let xml = "<p:a xmlns:p='urn:x'>M&#252;ller &amp; S&#xf6;hne<b/></p:a>";
        assert_eq!(texts(xml).unwrap(), "<urn:x|a>Müller & Söhne<|b>//");
    }

    #[test]
    fn document_types_and_their_entities_are_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY b \"bbbb\">]><a>&b;</a>";
        assert_eq!(texts(bomb).unwrap_err().code, "P0102");
        assert_eq!(texts("<a>&b;</a>").unwrap_err().code, "P0102");
        assert_eq!(texts("<a><b></a>").unwrap_err().code, "P0102");
        assert_eq!(texts("<a>").unwrap_err().code, "P0102");
        assert_eq!(texts(&"<a>".repeat(300)).unwrap_err().code, "P0107");
    }
}
