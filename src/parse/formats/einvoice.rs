//! XML, above all e-invoices (EN 16931 in UBL or CII, `ZUGFeRD` 1.0): values that need no model.

use base64::Engine;

use super::einvoice_rules;
use super::einvoice_syntax::{Syntax, own_name, syntax};
use super::einvoice_terms::find;
use super::einvoice_text::{decoded, render, texts};
use super::xml::{self, Element, Step};
use super::{Context, Inner, problem};
use crate::domain::invoice::group_of;
use crate::domain::{Document, Fact, Problem, Trust};

/// Values beside those of the lines that are kept.
const MOST_FACTS: usize = 5_000;
/// Lines of one invoice whose values are kept.
const MOST_LINES: usize = 500;
/// Values of lines that are kept.
const MOST_LINE_FACTS: usize = 10_000;
/// The elements that hold a whole file.
const FILES: &[&str] = &["EmbeddedDocumentBinaryObject", "AttachmentBinaryObject"];

/// Reads XML: the facts of an invoice and a rendering of them, or just the texts of another file.
pub(super) fn read(bytes: &[u8], _: &Context<'_>) -> Document {
    let xml = decoded(bytes);
    match read_invoice(&xml) {
        Ok(Some(invoice)) => {
            let mut document = Document {
                text: render(&invoice.facts),
                rule_check: Some(einvoice_rules::check(&xml, &invoice.facts)),
                facts: invoice.facts,
                ..Document::default()
            };
            if invoice.lines > MOST_LINES {
                let detail = format!(
                    "only the first {MOST_LINES} of {} lines of the invoice are shown",
                    invoice.lines
                );
                document.problems.push(Problem::new("P0501", detail));
            }
            document
        }
        Ok(None) => match texts(&xml) {
            Ok(text) => Document { text, ..Document::default() },
            Err(Problem { code, detail }) => problem(&code, &detail),
        },
        Err(Problem { code, detail }) => problem(&code, &detail),
    }
}

/// The business terms of an e-invoice; `None` when the XML is something else.
pub(super) fn invoice(bytes: &[u8]) -> Result<Option<Vec<Fact>>, Problem> {
    Ok(read_invoice(&decoded(bytes))?.map(|invoice| invoice.facts))
}

/// The files inside an invoice (BT-125): time sheets, proofs of delivery.
pub(super) fn parts(bytes: &[u8]) -> Vec<Inner> {
    let mut reader = Reader { keeps_files: true, ..Reader::default() };
    // What comes before a mistake is still there.
    let _ends = read_with(&mut reader, &decoded(bytes)).is_ok();
    reader.files
}

struct Invoice {
    facts: Vec<Fact>,
    lines: usize,
}

fn read_invoice(xml: &str) -> Result<Option<Invoice>, Problem> {
    let mut reader = Reader::default();
    read_with(&mut reader, xml)?;
    if reader.syntax.is_none() {
        return Ok(None);
    }
    let lines = reader.lines;
    Ok(Some(Invoice { facts: reader.settled(), lines }))
}

fn read_with(reader: &mut Reader, xml: &str) -> Result<(), Problem> {
    xml::walk(xml, |step| match step {
        Step::Open(element) => reader.open(&element),
        Step::Close => reader.close(),
        Step::Text(text) => reader.text(text),
    })
}

/// An element that is open.
#[derive(Default)]
struct Node {
    /// The path below the root, without positions.
    path: String,
    /// The path from the root, with positions of repeated elements.
    place: String,
    /// How often each child's name was met.
    children: Vec<(String, usize)>,
    text: String,
    /// Scheme, currency, format, unit or file name.
    note: String,
    /// What a file inside is said to be.
    media_type: String,
    has_children: bool,
    /// Inside a charge, and not an allowance.
    charge: bool,
}

#[derive(Default)]
struct Reader {
    syntax: Option<Syntax>,
    open: Vec<Node>,
    facts: Vec<Fact>,
    /// A tax number waits for its scheme, which comes after it in UBL.
    tax_number: Option<Fact>,
    /// The currencies of the amounts of VAT, beside their facts.
    taxes: Vec<(usize, String)>,
    /// Lines, however many are kept.
    lines: usize,
    line_facts: usize,
    root: String,
    keeps_files: bool,
    files: Vec<Inner>,
}

/// The attributes that say something about a value.
const NOTES: &[&str] = &["schemeID", "currencyID", "format", "unitCode", "filename"];

impl Reader {
    fn open(&mut self, element: &Element<'_>) {
        if self.open.is_empty() {
            self.syntax = syntax(element);
        }
        let name = own_name(element, self.syntax);
        let note = NOTES.iter().find_map(|it| element.attribute(it)).unwrap_or_default();
        let media_type = element.attribute("mimeCode").unwrap_or_default();
        let mut node = Node { note, media_type, ..Node::default() };
        match self.open.last_mut() {
            None => {
                node.place = format!("/{}", element.name);
                self.root.clone_from(&node.place);
            }
            Some(parent) => {
                parent.has_children = true;
                node.charge = parent.charge;
                let count = parent.count(&name);
                node.place = format!("{}/{}[{count}]", parent.place, element.name);
                node.path =
                    if parent.path.is_empty() { name } else { format!("{}/{name}", parent.path) };
            }
        }
        self.open.push(node);
    }

    fn text(&mut self, text: &str) {
        if let Some(node) = self.open.last_mut() {
            node.text.push_str(text);
        }
    }

    fn close(&mut self) {
        let Some(node) = self.open.pop() else { return };
        if node.path.ends_with("/PartyTaxScheme") {
            // Without a scheme it is a tax number of whatever kind.
            self.settle_tax_number(false);
        }
        let name = node.path.rsplit('/').next().unwrap_or_default();
        if matches!(name, "InvoiceLine" | "IncludedSupplyChainTradeLineItem") {
            self.lines += 1;
        }
        let value = node.text.trim();
        if node.has_children || value.is_empty() {
            return;
        }
        match name {
            "ChargeIndicator" | "Indicator" => self.settle_charge(matches!(value, "true" | "1")),
            _ if FILES.contains(&name) => return self.file(node),
            _ => {}
        }
        if node.path == "AccountingSupplierParty/Party/PartyTaxScheme/TaxScheme/ID" {
            self.settle_tax_number(value.eq_ignore_ascii_case("VAT"));
        }
        self.fact(&node);
    }

    /// Keeps the value of a closed element, if it is a term of the standard.
    fn fact(&mut self, node: &Node) {
        let Some(syntax) = self.syntax else { return };
        let Some(term) = find(syntax, &node.path, node.charge) else { return };
        if !self.has_room(&node.place) {
            return;
        }
        let value = node.text.trim();
        let value = match term.name {
            _ if node.path.ends_with("DateTimeString") => iso_date(value),
            // Lines mean something in the terms of payment (XRechnung, BR-DE-18) and in notes.
            "BT-20" | "BT-22" => value.to_owned(),
            _ => value.split_whitespace().collect::<Vec<_>>().join(" "),
        };
        let path = node.place.clone();
        let mut fact = Fact { name: term.name.to_owned(), value, path, trust: Trust::Xml };
        match term.name {
            "BT-31" if syntax == Syntax::Ubl => {
                self.tax_number = Some(fact);
                return;
            }
            "BT-31" if node.note == "FC" => fact.name = "BT-32".to_owned(),
            "BT-31" if node.note != "VA" => return,
            "BT-110" => self.taxes.push((self.facts.len(), node.note.clone())),
            "BT-129" if !node.note.is_empty() => {
                let (name, path) = ("BT-130".to_owned(), format!("{}/@unitCode", fact.path));
                let unit = Fact { name, value: node.note.clone(), path, trust: Trust::Xml };
                self.facts.extend([fact, unit]);
                return;
            }
            _ => {}
        }
        self.facts.push(fact);
    }

    /// Values of lines have a room of their own: in CII they come before the sums.
    fn has_room(&mut self, place: &str) -> bool {
        if group_of(place).is_some_and(|(group, _)| group == "BG-25") {
            self.line_facts += 1;
            return self.lines < MOST_LINES && self.line_facts <= MOST_LINE_FACTS;
        }
        self.facts.len() - self.line_facts.min(self.facts.len()) < MOST_FACTS
    }

    fn file(&mut self, node: Node) {
        let name = if node.note.is_empty() { "?".to_owned() } else { node.note.clone() };
        if self.keeps_files {
            let base64: String = node.text.split_whitespace().collect();
            let bytes = base64::engine::general_purpose::STANDARD.decode(base64);
            // What is no base64 is kept as it stands: a person can still look at it.
            let bytes = bytes.unwrap_or_else(|_| node.text.clone().into_bytes());
            self.files.push(Inner { name, declared: node.media_type, bytes, ..Inner::default() });
            return;
        }
        self.fact(&Node { text: name, ..node });
    }

    /// The allowances and charges of both syntaxes say first which of the two they are.
    fn settle_charge(&mut self, charge: bool) {
        let is_one = |node: &&mut Node| node.path.ends_with("AllowanceCharge");
        if let Some(node) = self.open.iter_mut().rev().find(is_one) {
            node.charge = charge;
        }
    }

    fn settle_tax_number(&mut self, vat: bool) {
        if let Some(mut fact) = self.tax_number.take() {
            fact.name = if vat { "BT-31" } else { "BT-32" }.to_owned();
            self.facts.push(fact);
        }
    }

    /// Of several amounts of VAT only the one in the invoice's own currency is BT-110; the other is BT-111.
    fn settled(mut self) -> Vec<Fact> {
        let currency =
            self.facts.iter().find(|fact| fact.name == "BT-5").map(|fact| fact.value.clone());
        if let Some(currency) = currency.filter(|_| self.taxes.len() > 1) {
            for (at, other) in &self.taxes {
                if let Some(fact) = self.facts.get_mut(*at).filter(|_| *other != currency) {
                    fact.name = "BT-111".to_owned();
                }
            }
        }
        let told = |name: &str, value: String| Fact {
            name: name.to_owned(),
            value,
            path: self.root.clone(),
            trust: Trust::Xml,
        };
        if let Some(syntax) = self.syntax {
            let syntax = match syntax {
                Syntax::Ubl => "UBL",
                Syntax::Cii if self.root == "/CrossIndustryDocument" => "ZUGFeRD1",
                Syntax::Cii => "CII",
            };
            self.facts.push(told("einvoice:syntax", syntax.to_owned()));
            self.facts.push(told("einvoice:lines", self.lines.to_string()));
        }
        self.facts
    }
}

impl Node {
    /// The position of a child among those of its name, from 1.
    fn count(&mut self, name: &str) -> usize {
        if let Some((_, count)) = self.children.iter_mut().find(|(known, _)| known == name) {
            *count += 1;
            return *count;
        }
        self.children.push((name.to_owned(), 1));
        1
    }
}

/// `20260312` (format 102 of UN/CEFACT code list 2379) as `2026-03-12`; anything else as it is.
fn iso_date(value: &str) -> String {
    let digits = value.len() == 8 && value.bytes().all(|byte| byte.is_ascii_digit());
    match (value.get(..4), value.get(4..6), value.get(6..)) {
        (Some(year), Some(month), Some(day)) if digits => format!("{year}-{month}-{day}"),
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(xml: &str, expected: &[(&str, &str)]) -> Vec<Fact> {
        let facts = invoice(xml.as_bytes()).unwrap().unwrap();
        for (name, value) in expected {
            let found: Vec<&str> = facts
                .iter()
                .filter(|fact| fact.name == *name)
                .map(|fact| fact.value.as_str())
                .collect();
            assert_eq!(found, [*value], "{name}");
        }
        facts
    }

    const UBL_INVOICE: &str = "<?xml version='1.0'?><x:Invoice xmlns:x='urn:oasis:names:specification:ubl:schema:xsd:Invoice-2' \
        xmlns:b='urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2' \
        xmlns:a='urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2' xmlns:z='urn:other'>\
        <z:ID>falsch</z:ID><b:ID>R-1</b:ID><b:IssueDate>2026-03-12</b:IssueDate><b:DocumentCurrencyCode>EUR</b:DocumentCurrencyCode>\
        <a:AccountingSupplierParty><a:Party>\
        <a:PartyTaxScheme><b:CompanyID>151/815/08156</b:CompanyID><a:TaxScheme><b:ID>FC</b:ID></a:TaxScheme></a:PartyTaxScheme>\
        <a:PartyTaxScheme><b:CompanyID>DE1</b:CompanyID><a:TaxScheme><b:ID>VAT</b:ID></a:TaxScheme></a:PartyTaxScheme>\
        <a:PartyLegalEntity><b:RegistrationName>M\u{fc}ller &amp; Co</b:RegistrationName></a:PartyLegalEntity></a:Party></a:AccountingSupplierParty>\
        <a:TaxTotal><b:TaxAmount currencyID='SEK'>99</b:TaxAmount></a:TaxTotal><a:TaxTotal><b:TaxAmount currencyID='EUR'>19.00</b:TaxAmount></a:TaxTotal>\
        <a:LegalMonetaryTotal><b:PayableAmount currencyID='EUR'>119.00</b:PayableAmount></a:LegalMonetaryTotal></x:Invoice>";

    #[test]
    fn a_ubl_invoice_gives_its_terms() {
        let facts = check(
            UBL_INVOICE,
            &[
                ("BT-1", "R-1"),
                ("BT-2", "2026-03-12"),
                ("BT-27", "Müller & Co"),
                ("BT-31", "DE1"),
                ("BT-32", "151/815/08156"),
                ("BT-110", "19.00"),
                ("BT-111", "99"),
                ("BT-115", "119.00"),
            ],
        );
        let place = &facts.iter().find(|fact| fact.name == "BT-31").unwrap().path;
        assert_eq!(
            place,
            "/Invoice/AccountingSupplierParty[1]/Party[1]/PartyTaxScheme[2]/CompanyID[1]"
        );
        let context = Context { media_type: "application/xml" };
        let text = read(UBL_INVOICE.as_bytes(), &context).text;
        assert!(text.contains("Rechnungsnummer: R-1\nRechnungsdatum: 2026-03-12\n"), "{text}");
    }

    #[test]
    fn a_cii_invoice_gives_its_terms() {
        let ram =
            "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100";
        let xml = format!(
            "<CrossIndustryInvoice xmlns='urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100' xmlns:r='{ram}' \
            xmlns:u='urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100'><ExchangedDocument><r:ID>4711</r:ID>\
            <r:IssueDateTime><u:DateTimeString format='102'>20260312</u:DateTimeString></r:IssueDateTime></ExchangedDocument>\
            <SupplyChainTradeTransaction><r:ApplicableHeaderTradeAgreement><r:SellerTradeParty><r:Name>Bau GmbH</r:Name>\
            <r:SpecifiedTaxRegistration><r:ID schemeID='FC'>12/3</r:ID></r:SpecifiedTaxRegistration>\
            <r:SpecifiedTaxRegistration><r:ID schemeID='VA'>DE2</r:ID></r:SpecifiedTaxRegistration></r:SellerTradeParty>\
            </r:ApplicableHeaderTradeAgreement></SupplyChainTradeTransaction></CrossIndustryInvoice>"
        );
        check(
            &xml,
            &[
                ("BT-1", "4711"),
                ("BT-2", "2026-03-12"),
                ("BT-27", "Bau GmbH"),
                ("BT-31", "DE2"),
                ("BT-32", "12/3"),
            ],
        );
    }

    #[test]
    fn other_xml_is_read_as_its_texts() {
        let context = Context { media_type: "application/xml" };
        let document = read(
            b"<?xml version='1.0' encoding='ISO-8859-1'?><a><b>f\xfcr</b><c>uns</c></a>",
            &context,
        );
        assert_eq!(document.text, "für\nuns\n");
        assert!(document.facts.is_empty());
    }
}
