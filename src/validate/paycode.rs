//! Compares a payment code (`GiroCode`) with the page it stands on and with the XML of the invoice.
//!
//! A code glued over the right one sends money elsewhere, and nobody reads it with the eye.

use super::einvoice::severity;
use super::print::{Page, TOTAL, cents};
use crate::config::{Class, PayCode};
use crate::domain::{
    Document, Evidence, Fact, FieldName, Finding, Form, Parsed, Severity, Trust, bare,
};
use crate::locale;

/// One element of a code, and where it is looked for.
struct Element {
    code: PayCode,
    /// Its name for people.
    key: &'static str,
    /// The business terms that say the same; the first one that the invoice has is shown.
    terms: &'static [&'static str],
}

const IBAN: Element = Element { code: PayCode::Iban, key: "code-iban", terms: &["BT-84"] };
const AMOUNT: Element =
    Element { code: PayCode::Amount, key: "code-amount", terms: &["BT-115", "BT-112"] };
const NAME: Element =
    Element { code: PayCode::Name, key: "code-name", terms: &["BT-59", "BT-85", "BT-27", "BT-28"] };

/// The findings about the payment codes of an item.
pub(super) fn findings(
    class: &Class,
    form: &Form,
    parsed: &Parsed,
    language: &str,
) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    let told = Told { class, form, language };
    for (index, document) in parsed.documents.iter().enumerate() {
        let mut paths: Vec<&str> = Vec::new();
        for fact in document.facts.iter().filter(|it| it.trust == Trust::Barcode) {
            if paths.contains(&fact.path.as_str()) {
                continue;
            }
            paths.push(&fact.path);
            let code = PaymentCode { index, document, path: &fact.path };
            found.extend(code.against_page(&told));
            found.extend(code.against_xml(parsed, &told));
        }
    }
    // The same code may stand on several pages.
    let mut distinct: Vec<Finding> = Vec::new();
    for finding in found {
        if !distinct.iter().any(|it| it.message == finding.message) {
            distinct.push(finding);
        }
    }
    distinct
}

/// What a finding is told with.
struct Told<'a> {
    class: &'a Class,
    form: &'a Form,
    language: &'a str,
}

struct PaymentCode<'a> {
    index: usize,
    document: &'a Document,
    path: &'a str,
}

impl<'a> PaymentCode<'a> {
    fn fact(&self, element: &Element) -> Option<&'a Fact> {
        let is_it = |it: &&Fact| it.path == self.path && it.name == element.code.fact();
        self.document.facts.iter().find(is_it)
    }

    fn evidence(&self, fact: &Fact) -> Evidence {
        Evidence::of_fact(self.index, self.document, fact)
    }

    /// What the page prints otherwise. An account with right check digits and a labelled sum are clear; a name is
    /// looked for only when the account is not printed either.
    fn against_page(&self, told: &Told<'_>) -> Vec<Finding> {
        if self.document.text.trim().is_empty() {
            return Vec::new();
        }
        let page = Page::new(self.index, self.document);
        let mut findings = Vec::new();
        let mut is_printed = true;
        if let Some(iban) = self.fact(&IBAN) {
            is_printed = page.prints(&iban.value);
            let other = || page.hits("iban", &[]).into_iter().find(|hit| hit.checked);
            if let Some(hit) = (!is_printed).then(other).flatten() {
                let other = Evidence::in_text(self.index, self.document, hit.span);
                findings.push(told.difference(
                    &IBAN,
                    self.evidence(iban),
                    other,
                    "finding-code-differs-page",
                ));
            }
        }
        if let Some(amount) = self.fact(&AMOUNT) {
            let is_printed = cents(&amount.value).is_none_or(|it| page.has_sum(it));
            let other = || page.hits("amount", TOTAL).into_iter().find(|hit| hit.labelled);
            if let Some(hit) = (!is_printed).then(other).flatten() {
                let other = Evidence::in_text(self.index, self.document, hit.span);
                findings.push(told.difference(
                    &AMOUNT,
                    self.evidence(amount),
                    other,
                    "finding-code-differs-page",
                ));
            }
        }
        let name = self.fact(&NAME).filter(|name| !is_printed && !page.prints(&name.value));
        if let Some(name) = name {
            findings.push(told.unknown_name(self.evidence(name)));
        }
        findings
    }

    /// What the invoice's own data say otherwise: those in this file, or those of the item's only invoice.
    fn against_xml(&self, parsed: &Parsed, told: &Told<'_>) -> Vec<Finding> {
        let is_invoice = |document: &Document| {
            document.facts.iter().any(|it| it.trust == Trust::Xml && it.name == "BT-1")
        };
        let mut invoices = parsed.documents.iter().enumerate().filter(|(_, it)| is_invoice(it));
        let (index, invoice) = match (invoices.next(), invoices.next()) {
            _ if is_invoice(self.document) => (self.index, self.document),
            (Some(only), None) => only,
            _ => return Vec::new(),
        };
        let mut findings = Vec::new();
        for element in [&IBAN, &AMOUNT, &NAME] {
            let Some(fact) = self.fact(element) else { continue };
            let of_term = |term: &&'static str| {
                let wanted = *term;
                invoice.facts.iter().filter(move |it| it.trust == Trust::Xml && it.name == wanted)
            };
            let mut known = element.terms.iter().flat_map(of_term).peekable();
            let Some(first) = known.peek().copied() else { continue };
            if known.all(|it| !is_same(element, &fact.value, &it.value)) {
                let other = Evidence::of_fact(index, invoice, first);
                findings.push(told.difference(
                    element,
                    self.evidence(fact),
                    other,
                    "finding-code-differs-xml",
                ));
            }
        }
        findings
    }
}

fn is_same(element: &Element, code: &str, xml: &str) -> bool {
    let (code_letters, xml_letters) = (bare(code), bare(xml));
    match element.code {
        PayCode::Amount => cents(code) == cents(xml),
        // `Sommer` and `Sommer GmbH` are the same firm.
        PayCode::Name => {
            !xml_letters.is_empty()
                && (code_letters.contains(&xml_letters) || xml_letters.contains(&code_letters))
        }
        _ => code_letters == xml_letters,
    }
}

impl Told<'_> {
    fn difference(&self, element: &Element, code: Evidence, other: Evidence, key: &str) -> Finding {
        let field = self.field(element);
        let term = element.terms.first().copied().unwrap_or_default();
        let quote = other.quote.split_whitespace().collect::<Vec<_>>().join(" ");
        let name = locale::text(self.language, element.key, &[]);
        let args = [("element", name.as_str()), ("code", &code.quote), ("other", &quote)];
        Finding {
            code: "F0203".to_owned(),
            severity: severity(self.class, self.form, term, field.as_ref()),
            field,
            message: locale::text(self.language, key, &args),
            evidence: vec![code, other],
        }
    }

    fn unknown_name(&self, code: Evidence) -> Finding {
        let args = [("code", code.quote.as_str())];
        Finding {
            code: "F0203".to_owned(),
            severity: Severity::Note,
            field: self.field(&NAME),
            message: locale::text(self.language, "finding-code-name", &args),
            evidence: vec![code],
        }
    }

    /// The field of the form that the code would fill, or that the invoice's data fill.
    fn field(&self, element: &Element) -> Option<FieldName> {
        let fields = &self.class.fields;
        let by_code = fields.iter().find(|(_, field)| field.code == Some(element.code));
        let by_term = || {
            let holds =
                |term: &str| fields.iter().find(|(_, field)| field.fact.as_deref() == Some(term));
            element.terms.iter().find_map(|term| holds(term))
        };
        by_code.or_else(by_term).map(|(name, _)| name.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Area, Code, Symbology};

    const RIGHT: &str = "DE02120300000000202051";
    const OTHER: &str = "DE75512108001245126199";

    fn class() -> Class {
        let text = "title = \"R\"\ndescription = \"R\"\n[[approval]]\nqueue = \"q\"\n[field.konto]\ntype = \"iban\"\n\
            code = \"girocode.iban\"\n[field.brutto]\ntype = \"amount\"\nfact = \"BT-112\"\n";
        toml::from_str(text).unwrap()
    }

    fn told(text: &str, xml: &[(&str, &str)]) -> Vec<(String, Severity, Option<String>)> {
        let fact = |name: &str, value: &str, trust| Fact {
            name: name.to_owned(),
            value: value.to_owned(),
            path: if trust == Trust::Xml { format!("/{name}") } else { "page 1 code 1".to_owned() },
            trust,
        };
        let mut facts: Vec<Fact> = xml.iter().map(|it| fact(it.0, it.1, Trust::Xml)).collect();
        facts.extend([
            fact("girocode.name", "Elektro Sommer", Trust::Barcode),
            fact("girocode.iban", RIGHT, Trust::Barcode),
            fact("girocode.amount", "1184.65 EUR", Trust::Barcode),
        ]);
        let area = Area { x: 0.1, y: 0.8, width: 0.1, height: 0.1 };
        let codes = vec![Code { symbology: Symbology::Qr, page: 1, area, ..Code::default() }];
        let document = Document { text: text.to_owned(), facts, codes, ..Document::default() };
        let parsed = Parsed { documents: vec![document], ..Parsed::default() };
        let findings = findings(&class(), &Form::new(), &parsed, "en");
        assert!(findings.iter().all(|it| it.code == "F0203" && it.evidence[0].areas == [area]));
        let told = findings.into_iter();
        told.map(|it| {
            (it.evidence.last().unwrap().quote.clone(), it.severity, it.field.map(|it| it.0))
        })
        .collect()
    }

    #[test]
    fn a_code_that_says_what_the_page_says_is_no_finding() {
        let text =
            "Elektro Sommer GmbH\nIBAN DE02 1203 0000 0000 2020 51\nGesamtbetrag: 1.184,65 EUR";
        assert_eq!(told(text, &[]), []);
        let xml = [
            ("BT-1", "7"),
            ("BT-84", RIGHT),
            ("BT-115", "1184.65"),
            ("BT-27", "Elektro Sommer GmbH"),
        ];
        assert_eq!(told(text, &xml), []);
        assert_eq!(told("", &[]), []);
    }

    #[test]
    fn another_account_or_sum_on_the_page_is_a_finding() {
        let text = "Elektro Sommer GmbH\nIBAN DE75 5121 0800 1245 1261 99\nGesamtbetrag: 84,65 EUR";
        let expected = [
            ("DE75 5121 0800 1245 1261 99".to_owned(), Severity::Warning, Some("konto".to_owned())),
            ("84,65 EUR".to_owned(), Severity::Warning, Some("brutto".to_owned())),
        ];
        assert_eq!(told(text, &[]), expected);
        // Wrong check digits are a misread account, and not another one.
        assert_eq!(told("Elektro Sommer\nIBAN DE76 5121 0800 1245 1261 99\n", &[]), []);
        let unknown = told("Heizung Winter\n", &[]);
        assert_eq!(unknown, [("Elektro Sommer".to_owned(), Severity::Note, None)]);
    }

    #[test]
    fn another_account_sum_or_payee_in_the_data_is_a_finding() {
        let xml =
            [("BT-1", "7"), ("BT-84", OTHER), ("BT-112", "84.65"), ("BT-27", "Heizung Winter")];
        let quotes: Vec<String> = told("IBAN DE02 1203 0000 0000 2020 51, 1.184,65", &xml)
            .into_iter()
            .map(|it| it.0)
            .collect();
        assert_eq!(quotes, [OTHER, "84.65", "Heizung Winter"]);
    }

    #[test]
    fn a_value_that_nobody_confirmed_blocks() {
        let class = class();
        let value = |confirmed| crate::domain::FieldValue {
            value: Some(RIGHT.into()),
            method: crate::domain::Method::Barcode,
            confirmed,
            ..Default::default()
        };
        for (confirmed, expected) in [(false, Severity::Blocking), (true, Severity::Warning)] {
            let form = Form::from([(FieldName::from("konto"), value(confirmed))]);
            let told = Told { class: &class, form: &form, language: "de" };
            let finding = told.difference(
                &IBAN,
                Evidence::default(),
                Evidence::default(),
                "finding-code-differs-page",
            );
            assert_eq!(finding.severity, expected);
        }
    }
}
