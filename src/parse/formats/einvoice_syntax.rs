//! The two syntaxes of EN 16931, told by the namespace of the root.

use super::einvoice_terms::RENAMED;
use super::xml::Element;

/// The families of namespaces an invoice is made of.
const UBL: &str = "urn:oasis:names:specification:ubl:schema:xsd:";
const CII: &[&str] = &["urn:un:unece:uncefact:data:standard:", "urn:ferd:CrossIndustryDocument:"];

/// The two syntaxes of the standard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Syntax {
    /// OASIS Universal Business Language 2.1.
    Ubl,
    /// UN/CEFACT Cross Industry Invoice.
    Cii,
}

/// An element's name today; a stranger's extension must not be taken for an element of the standard.
pub(super) fn own_name(element: &Element<'_>, syntax: Option<Syntax>) -> String {
    let family = match syntax {
        Some(Syntax::Ubl) => element.namespace.starts_with(UBL),
        _ => CII.iter().any(|cii| element.namespace.starts_with(cii)),
    };
    if !family {
        return format!("?{}", element.name);
    }
    let renamed = RENAMED.iter().find(|(old, _)| *old == element.name).map(|(_, new)| *new);
    renamed.unwrap_or(element.name).to_owned()
}

/// The syntax of the invoice whose root this is.
pub(super) fn syntax(root: &Element<'_>) -> Option<Syntax> {
    let cii = CII.iter().any(|cii| root.namespace.starts_with(cii));
    match root.name {
        "Invoice" | "CreditNote" if root.namespace.starts_with(UBL) => Some(Syntax::Ubl),
        "CrossIndustryInvoice" | "CrossIndustryDocument" if cii => Some(Syntax::Cii),
        _ => None,
    }
}
