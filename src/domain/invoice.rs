//! The business terms of an invoice (EN 16931-1) that belong together: one line, one rate of VAT.

use super::Fact;

/// The groups that occur more than once, with the elements of UBL and CII that hold one each.
const GROUPS: &[(&str, &[&str])] = &[
    ("BG-25", &["InvoiceLine", "CreditNoteLine", "IncludedSupplyChainTradeLineItem"]),
    ("BG-23", &["TaxSubtotal", "ApplicableTradeTax"]),
    (
        "BG-20",
        &["AllowanceCharge", "SpecifiedTradeAllowanceCharge", "SpecifiedLogisticsServiceCharge"],
    ),
    ("BG-24", &["AdditionalDocumentReference", "AdditionalReferencedDocument"]),
    ("BG-16", &["PaymentMeans", "SpecifiedTradeSettlementPaymentMeans"]),
    ("BG-3", &["BillingReference", "InvoiceReferencedDocument"]),
];

/// The facts of each occurrence of a group, in the order of the file. Charges are in `BG-20` too.
pub fn occurrences<'a>(facts: &'a [Fact], group: &str) -> Vec<Vec<&'a Fact>> {
    let mut found: Vec<(&str, Vec<&Fact>)> = Vec::new();
    for fact in facts {
        let Some((name, place)) = group_of(&fact.path).filter(|(name, _)| *name == group) else {
            continue;
        };
        debug_assert_eq!(name, group);
        match found.last_mut() {
            Some((last, facts)) if *last == place => facts.push(fact),
            _ => found.push((place, vec![fact])),
        }
    }
    found.into_iter().map(|(_, facts)| facts).collect()
}

/// The repeated group in which a place lies, and the place of that occurrence.
pub fn group_of(path: &str) -> Option<(&'static str, &str)> {
    let mut end = 0;
    for step in path.split('/') {
        end += step.len();
        let name = step.split('[').next().unwrap_or(step);
        if let Some((group, _)) = GROUPS.iter().find(|(_, names)| names.contains(&name)) {
            return Some((group, path.get(..end).unwrap_or(path)));
        }
        end += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Trust;

    #[test]
    fn what_stands_in_one_line_belongs_together() {
        let fact = |path: &str| Fact {
            name: "BT-131".into(),
            value: "1".into(),
            path: path.into(),
            trust: Trust::Xml,
        };
        let facts = [
            fact("/Invoice/InvoiceLine[1]/ID[1]"),
            fact("/Invoice/InvoiceLine[1]/AllowanceCharge[1]/Amount[1]"),
            fact("/Invoice/InvoiceLine[2]/ID[1]"),
            fact("/Invoice/AllowanceCharge[1]/Amount[1]"),
        ];
        let lines = occurrences(&facts, "BG-25");
        assert_eq!(lines.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(occurrences(&facts, "BG-20").len(), 1);
        assert_eq!(group_of("/Invoice/ID[1]"), None);
    }
}
