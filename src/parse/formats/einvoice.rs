//! XML, above all e-invoices (EN 16931 in UBL or CII, `ZUGFeRD` 1.0): values that need no model.

use super::einvoice_terms::{TERMS, ZUGFERD_1};
use super::einvoice_text::{decoded, render, texts};
use super::xml::{self, Element, Step};
use super::{Context, problem};
use crate::domain::{Document, Fact, Problem, Trust};

/// The families of namespaces an invoice is made of.
const UBL: &str = "urn:oasis:names:specification:ubl:schema:xsd:";
const CII: &[&str] = &["urn:un:unece:uncefact:data:standard:", "urn:ferd:CrossIndustryDocument:"];
/// Values of one invoice that are kept.
const MOST_FACTS: usize = 10_000;

/// Reads XML: the facts of an invoice and a rendering of them, or just the texts of another file.
pub(super) fn read(bytes: &[u8], _: &Context<'_>) -> Document {
    match invoice(bytes) {
        Ok(Some(facts)) => Document { text: render(&facts), facts, ..Document::default() },
        Ok(None) => match texts(bytes) {
            Ok(text) => Document { text, ..Document::default() },
            Err(Problem { code, detail }) => problem(&code, &detail),
        },
        Err(Problem { code, detail }) => problem(&code, &detail),
    }
}

/// The business terms of an e-invoice; `None` when the XML is something else.
pub(super) fn invoice(bytes: &[u8]) -> Result<Option<Vec<Fact>>, Problem> {
    let mut reader = Reader::default();
    xml::walk(&decoded(bytes), |step| match step {
        Step::Open(element) => reader.open(&element),
        Step::Close => reader.close(),
        Step::Text(text) => reader.text(text),
    })?;
    Ok(reader.syntax.map(|_| reader.settled()))
}

/// The two syntaxes of the standard.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Syntax {
    Ubl,
    Cii,
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
    /// Scheme, currency or format.
    note: String,
    has_children: bool,
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
}

impl Reader {
    fn open(&mut self, element: &Element<'_>) {
        if self.open.is_empty() {
            self.syntax = syntax(element);
        }
        let family = match self.syntax {
            Some(Syntax::Ubl) => element.namespace.starts_with(UBL),
            _ => CII.iter().any(|cii| element.namespace.starts_with(cii)),
        };
        let renamed = ZUGFERD_1.iter().find(|(old, _)| *old == element.name).map(|(_, new)| *new);
        // A stranger's extension must not be taken for an element of the standard.
        let name = if family {
            renamed.unwrap_or(element.name).to_owned()
        } else {
            format!("?{}", element.name)
        };
        let note = ["schemeID", "currencyID", "format"].iter().find_map(|it| element.attribute(it));
        let mut node = Node { note: note.unwrap_or_default(), ..Node::default() };
        match self.open.last_mut() {
            None => node.place = format!("/{}", element.name),
            Some(parent) => {
                parent.has_children = true;
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
        let value = node.text.trim();
        if node.has_children || value.is_empty() || self.facts.len() >= MOST_FACTS {
            return;
        }
        if node.path == "AccountingSupplierParty/Party/PartyTaxScheme/TaxScheme/ID" {
            self.settle_tax_number(value.eq_ignore_ascii_case("VAT"));
        }
        let place = |paths: &[&str]| paths.contains(&node.path.as_str());
        let term = TERMS.iter().find(|term| match self.syntax {
            Some(Syntax::Ubl) => place(term.ubl),
            Some(Syntax::Cii) => place(term.cii),
            None => false,
        });
        let Some(term) = term else { return };
        let value = match term.name {
            _ if node.path.ends_with("DateTimeString") => iso_date(value),
            // Lines mean something in the terms of payment (XRechnung, BR-DE-18).
            "BT-20" => value.to_owned(),
            _ => value.split_whitespace().collect::<Vec<_>>().join(" "),
        };
        let mut fact =
            Fact { name: term.name.to_owned(), value, path: node.place, trust: Trust::Xml };
        match term.name {
            "BT-31" if self.syntax == Some(Syntax::Ubl) => {
                self.tax_number = Some(fact);
                return;
            }
            "BT-31" if node.note == "FC" => fact.name = "BT-32".to_owned(),
            "BT-31" if node.note != "VA" => return,
            "BT-110" => self.taxes.push((self.facts.len(), node.note)),
            _ => {}
        }
        self.facts.push(fact);
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

fn syntax(root: &Element<'_>) -> Option<Syntax> {
    let cii = CII.iter().any(|cii| root.namespace.starts_with(cii));
    match root.name {
        "Invoice" | "CreditNote" if root.namespace.starts_with(UBL) => Some(Syntax::Ubl),
        "CrossIndustryInvoice" | "CrossIndustryDocument" if cii => Some(Syntax::Cii),
        _ => None,
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
