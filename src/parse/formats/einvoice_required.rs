//! What has to stand in an invoice and may be missing without the rules of [`super::einvoice_rules`]
//! noticing: there a missing amount is zero. One line each; places as in [`super::einvoice_terms`].

use super::einvoice_syntax::{Syntax, own_name, syntax};
use super::einvoice_terms::whole;
use super::xml::{self, Step};
use crate::domain::{BrokenRule, Weight};

/// In a group, one of several elements has to stand.
struct Required {
    rule: &'static str,
    /// The group and the term.
    path: &'static str,
    text: &'static str,
    ubl: (&'static str, &'static [&'static str]),
    cii: (&'static str, &'static [&'static str]),
    /// Only in allowances, or only in charges.
    charge: Option<bool>,
}

type Place = (&'static str, &'static [&'static str]);

const TOTALS: &str = "LegalMonetaryTotal";
const PART: &str = "Part:SpecifiedTradeAllowanceCharge";
const CHARGE: &str = "Settlement:SpecifiedTradeAllowanceCharge";

const fn required(
    rule: &'static str,
    (path, text): (&'static str, &'static str),
    ubl: Place,
    cii: Place,
) -> Required {
    Required { rule, path, text, ubl, cii, charge: None }
}

const fn of_charge(required: Required, charge: bool) -> Required {
    Required { charge: Some(charge), ..required }
}

const LIST: &[Required] = &[
    required(
        "BR-12",
        ("BG-22/BT-106", "An invoice has the sum of its lines (BT-106)."),
        (TOTALS, &["LineExtensionAmount"]),
        ("Sum", &["LineTotalAmount"]),
    ),
    required(
        "BR-13",
        ("BG-22/BT-109", "An invoice has its total without VAT (BT-109)."),
        (TOTALS, &["TaxExclusiveAmount"]),
        ("Sum", &["TaxBasisTotalAmount"]),
    ),
    required(
        "BR-14",
        ("BG-22/BT-112", "An invoice has its total with VAT (BT-112)."),
        (TOTALS, &["TaxInclusiveAmount"]),
        ("Sum", &["GrandTotalAmount"]),
    ),
    required(
        "BR-15",
        ("BG-22/BT-115", "An invoice has the amount due for payment (BT-115)."),
        (TOTALS, &["PayableAmount"]),
        ("Sum", &["DuePayableAmount"]),
    ),
    required(
        "BR-22",
        ("BG-25/BT-129", "Each line has a quantity (BT-129)."),
        ("InvoiceLine", &["InvoicedQuantity"]),
        ("Line", &["SpecifiedLineTradeDelivery/BilledQuantity"]),
    ),
    required(
        "BR-24",
        ("BG-25/BT-131", "Each line has a net amount (BT-131)."),
        ("InvoiceLine", &["LineExtensionAmount"]),
        (
            "Line",
            &[
                "SpecifiedLineTradeSettlement/SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount",
            ],
        ),
    ),
    required(
        "BR-26",
        ("BG-25/BT-146", "Each line has the net price of its item (BT-146)."),
        ("InvoiceLine", &["Price/PriceAmount"]),
        ("Line", &["SpecifiedLineTradeAgreement/NetPriceProductTradePrice/ChargeAmount"]),
    ),
    of_charge(
        required(
            "BR-31",
            ("BG-20/BT-92", "Each allowance has an amount (BT-92)."),
            ("AllowanceCharge", &["Amount"]),
            (CHARGE, &["ActualAmount"]),
        ),
        false,
    ),
    of_charge(
        required(
            "BR-32",
            ("BG-20/BT-95", "Each allowance has a VAT category (BT-95)."),
            ("AllowanceCharge", &["TaxCategory/ID"]),
            (CHARGE, &["CategoryTradeTax/CategoryCode"]),
        ),
        false,
    ),
    of_charge(
        required(
            "BR-36",
            ("BG-21/BT-99", "Each charge has an amount (BT-99)."),
            ("AllowanceCharge", &["Amount"]),
            (CHARGE, &["ActualAmount"]),
        ),
        true,
    ),
    of_charge(
        required(
            "BR-37",
            ("BG-21/BT-102", "Each charge has a VAT category (BT-102)."),
            ("AllowanceCharge", &["TaxCategory/ID"]),
            (CHARGE, &["CategoryTradeTax/CategoryCode"]),
        ),
        true,
    ),
    of_charge(
        required(
            "BR-41",
            ("BG-27/BT-136", "Each allowance on a line has an amount (BT-136)."),
            ("InvoiceLine/AllowanceCharge", &["Amount"]),
            (PART, &["ActualAmount"]),
        ),
        false,
    ),
    of_charge(
        required(
            "BR-43",
            ("BG-28/BT-141", "Each charge on a line has an amount (BT-141)."),
            ("InvoiceLine/AllowanceCharge", &["Amount"]),
            (PART, &["ActualAmount"]),
        ),
        true,
    ),
    required(
        "BR-45",
        ("BG-23/BT-116", "Each VAT breakdown has its taxable amount (BT-116)."),
        ("TaxTotal/TaxSubtotal", &["TaxableAmount"]),
        ("Settlement:ApplicableTradeTax", &["BasisAmount"]),
    ),
    required(
        "BR-46",
        ("BG-23/BT-117", "Each VAT breakdown has its amount of VAT (BT-117)."),
        ("TaxTotal/TaxSubtotal", &["TaxAmount"]),
        ("Settlement:ApplicableTradeTax", &["CalculatedAmount"]),
    ),
    required(
        "BR-55",
        ("BG-3/BT-25", "Each reference to an earlier invoice has its number (BT-25)."),
        ("BillingReference", &["InvoiceDocumentReference/ID"]),
        ("Settlement:InvoiceReferencedDocument", &["IssuerAssignedID"]),
    ),
    required(
        "BR-CO-19",
        ("BG-14", "A period of the invoice has a first or a last day (BT-73, BT-74)."),
        ("InvoicePeriod", &["StartDate", "EndDate", "DescriptionCode"]),
        ("Settlement:BillingSpecifiedPeriod", &["StartDateTime", "EndDateTime"]),
    ),
    required(
        "BR-CO-20",
        ("BG-26", "A period of a line has a first or a last day (BT-134, BT-135)."),
        ("InvoiceLine/InvoicePeriod", &["StartDate", "EndDate"]),
        ("Part:BillingSpecifiedPeriod", &["StartDateTime", "EndDateTime"]),
    ),
];

/// One requirement, with its places written out.
struct Watched {
    required: &'static Required,
    group: String,
    children: Vec<String>,
}

/// One group that is open.
struct Open {
    depth: usize,
    watched: usize,
    met: bool,
    charge: bool,
}

/// What has to stand there and does not, each rule once.
pub(super) fn missing(xml: &str) -> Vec<BrokenRule> {
    let mut watched: Vec<Watched> = Vec::new();
    let mut known: Option<Syntax> = None;
    let mut path: Vec<String> = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let mut wrong: Vec<usize> = Vec::new();
    let mut text = String::new();
    let ended = xml::walk(xml, |step| match step {
        Step::Open(element) if path.is_empty() => {
            known = syntax(&element);
            watched = known.map(all).unwrap_or_default();
            path.push(String::new());
        }
        Step::Open(element) => {
            path.push(own_name(&element, known));
            text.clear();
            let here = path.get(1..).unwrap_or_default().join("/");
            for it in &mut open {
                let children = watched.get(it.watched).map(|it| it.children.as_slice());
                it.met |= children.unwrap_or_default().contains(&here);
            }
            for (index, _) in watched.iter().enumerate().filter(|(_, it)| it.group == here) {
                let depth = path.len();
                open.push(Open { depth, watched: index, met: false, charge: false });
            }
        }
        Step::Text(more) => text.push_str(more.get(..64).unwrap_or(more)),
        Step::Close => {
            let name = path.last().map(String::as_str).unwrap_or_default();
            if matches!(name, "ChargeIndicator" | "Indicator") && text.trim() == "true" {
                open.iter_mut().for_each(|it| it.charge |= it.depth + 2 >= path.len());
            }
            while let Some(it) = open.pop_if(|it| it.depth == path.len()) {
                let asks = watched.get(it.watched).map(|it| it.required.charge).unwrap_or_default();
                if !it.met && asks.is_none_or(|charge| charge == it.charge) {
                    wrong.push(it.watched);
                }
            }
            path.pop();
            text.clear();
        }
    });
    if ended.is_err() {
        return Vec::new();
    }
    wrong.sort_unstable();
    wrong.dedup();
    wrong.iter().filter_map(|index| Some(broken(watched.get(*index)?.required))).collect()
}

fn all(syntax: Syntax) -> Vec<Watched> {
    let of = |required: &'static Required| {
        let (group, children) = match syntax {
            Syntax::Ubl => required.ubl,
            Syntax::Cii => required.cii,
        };
        let group = whole(group);
        let children = children.iter().map(|child| format!("{group}/{child}")).collect();
        Watched { required, group, children }
    };
    LIST.iter().map(of).collect()
}

fn broken(required: &Required) -> BrokenRule {
    BrokenRule {
        rule: required.rule.to_owned(),
        weight: Weight::Fatal,
        text: required.text.to_owned(),
        path: required.path.to_owned(),
        expected: None,
        actual: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(inside: &str) -> Vec<String> {
        let xml = format!(
            "<Invoice xmlns='urn:oasis:names:specification:ubl:schema:xsd:Invoice-2'>{inside}</Invoice>"
        );
        missing(&xml).into_iter().map(|it| it.rule).collect()
    }

    #[test]
    fn a_missing_amount_is_not_zero() {
        let sums = "<LineExtensionAmount>1</LineExtensionAmount><TaxExclusiveAmount>1</TaxExclusiveAmount>\
            <TaxInclusiveAmount>1</TaxInclusiveAmount>";
        let due = "<PayableAmount>1</PayableAmount>";
        let total = |inside: &str| format!("<LegalMonetaryTotal>{inside}</LegalMonetaryTotal>");
        assert_eq!(rules(&total(sums)), ["BR-15"]);
        assert_eq!(rules(&total(&format!("{sums}{due}"))), Vec::<String>::new());
    }

    #[test]
    fn charges_and_allowances_have_rules_of_their_own() {
        let of = |charge: &str| {
            format!(
                "<AllowanceCharge><ChargeIndicator>{charge}</ChargeIndicator></AllowanceCharge>"
            )
        };
        assert_eq!(rules(&of("false")), ["BR-31", "BR-32"]);
        assert_eq!(rules(&of("true")), ["BR-36", "BR-37"]);
        assert_eq!(
            rules(&format!("<InvoicePeriod/>{}", of("false"))),
            ["BR-31", "BR-32", "BR-CO-19"]
        );
    }
}
