//! Where the business terms of EN 16931-1 stand in UBL 2.1 (EN 16931-3-2) and CII D16B (EN 16931-3-3).
//!
//! Paths are local names below the root element. One list each: a new term is one line.

/// One business term.
pub(super) struct Term {
    /// As in the standard.
    pub(super) name: &'static str,
    /// In a German invoice.
    pub(super) label: &'static str,
    /// Below the root of a UBL invoice or credit note.
    pub(super) ubl: &'static [&'static str],
    /// Below the root of a CII invoice.
    pub(super) cii: &'static [&'static str],
}

const fn term(
    name: &'static str,
    label: &'static str,
    ubl: &'static [&'static str],
    cii: &'static [&'static str],
) -> Term {
    Term { name, label, ubl, cii }
}

macro_rules! agreement {
    ($path:literal) => {
        concat!("SupplyChainTradeTransaction/ApplicableHeaderTradeAgreement/", $path)
    };
}
macro_rules! settlement {
    ($path:literal) => {
        concat!("SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement/", $path)
    };
}
macro_rules! sum {
    ($path:literal) => {
        concat!(
            "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement/SpecifiedTradeSettlementHeaderMonetarySummation/",
            $path
        )
    };
}
macro_rules! line {
    ($path:literal) => {
        concat!("SupplyChainTradeTransaction/IncludedSupplyChainTradeLineItem/", $path)
    };
}

/// The terms that are read, in the order of the rendering.
pub(super) const TERMS: &[Term] = &[
    term("BT-1", "Rechnungsnummer", &["ID"], &["ExchangedDocument/ID"]),
    term(
        "BT-2",
        "Rechnungsdatum",
        &["IssueDate"],
        &["ExchangedDocument/IssueDateTime/DateTimeString"],
    ),
    term(
        "BT-3",
        "Rechnungsart",
        &["InvoiceTypeCode", "CreditNoteTypeCode"],
        &["ExchangedDocument/TypeCode"],
    ),
    term("BT-5", "Währung", &["DocumentCurrencyCode"], &[settlement!("InvoiceCurrencyCode")]),
    term(
        "BT-9",
        "Fällig am",
        &["DueDate", "PaymentMeans/PaymentDueDate"],
        &[settlement!("SpecifiedTradePaymentTerms/DueDateDateTime/DateTimeString")],
    ),
    term(
        "BT-10",
        "Käuferreferenz (Leitweg-ID)",
        &["BuyerReference"],
        &[agreement!("BuyerReference")],
    ),
    term(
        "BT-13",
        "Bestellnummer",
        &["OrderReference/ID"],
        &[agreement!("BuyerOrderReferencedDocument/IssuerAssignedID")],
    ),
    term(
        "BT-24",
        "Spezifikation",
        &["CustomizationID"],
        &["ExchangedDocumentContext/GuidelineSpecifiedDocumentContextParameter/ID"],
    ),
    term(
        "BT-27",
        "Verkäufer",
        &["AccountingSupplierParty/Party/PartyLegalEntity/RegistrationName"],
        &[agreement!("SellerTradeParty/Name")],
    ),
    term(
        "BT-35",
        "Straße",
        &["AccountingSupplierParty/Party/PostalAddress/StreetName"],
        &[agreement!("SellerTradeParty/PostalTradeAddress/LineOne")],
    ),
    term(
        "BT-38",
        "Postleitzahl",
        &["AccountingSupplierParty/Party/PostalAddress/PostalZone"],
        &[agreement!("SellerTradeParty/PostalTradeAddress/PostcodeCode")],
    ),
    term(
        "BT-37",
        "Ort",
        &["AccountingSupplierParty/Party/PostalAddress/CityName"],
        &[agreement!("SellerTradeParty/PostalTradeAddress/CityName")],
    ),
    // BT-31 and BT-32 share their place; the scheme tells them apart, see `einvoice`.
    term(
        "BT-31",
        "USt-IdNr. des Verkäufers",
        &["AccountingSupplierParty/Party/PartyTaxScheme/CompanyID"],
        &[agreement!("SellerTradeParty/SpecifiedTaxRegistration/ID")],
    ),
    term("BT-32", "Steuernummer des Verkäufers", &[], &[]),
    term(
        "BT-44",
        "Käufer",
        &["AccountingCustomerParty/Party/PartyLegalEntity/RegistrationName"],
        &[agreement!("BuyerTradeParty/Name")],
    ),
    term(
        "BT-153",
        "Position",
        &["InvoiceLine/Item/Name", "CreditNoteLine/Item/Name"],
        &[line!("SpecifiedTradeProduct/Name")],
    ),
    term(
        "BT-131",
        "Nettobetrag der Position",
        &["InvoiceLine/LineExtensionAmount", "CreditNoteLine/LineExtensionAmount"],
        &[line!(
            "SpecifiedLineTradeSettlement/SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount"
        )],
    ),
    term(
        "BT-106",
        "Summe der Positionen",
        &["LegalMonetaryTotal/LineExtensionAmount"],
        &[sum!("LineTotalAmount")],
    ),
    term(
        "BT-109",
        "Nettobetrag",
        &["LegalMonetaryTotal/TaxExclusiveAmount"],
        &[sum!("TaxBasisTotalAmount")],
    ),
    term("BT-110", "Umsatzsteuer", &["TaxTotal/TaxAmount"], &[sum!("TaxTotalAmount")]),
    term(
        "BT-112",
        "Bruttobetrag",
        &["LegalMonetaryTotal/TaxInclusiveAmount"],
        &[sum!("GrandTotalAmount")],
    ),
    term(
        "BT-115",
        "Zahlbetrag",
        &["LegalMonetaryTotal/PayableAmount"],
        &[sum!("DuePayableAmount")],
    ),
    term(
        "BT-84",
        "IBAN",
        &["PaymentMeans/PayeeFinancialAccount/ID"],
        &[
            settlement!(
                "SpecifiedTradeSettlementPaymentMeans/PayeePartyCreditorFinancialAccount/IBANID"
            ),
            settlement!(
                "SpecifiedTradeSettlementPaymentMeans/PayeePartyCreditorFinancialAccount/ProprietaryID"
            ),
        ],
    ),
    term(
        "BT-86",
        "BIC",
        &["PaymentMeans/PayeeFinancialAccount/FinancialInstitutionBranch/ID"],
        &[settlement!(
            "SpecifiedTradeSettlementPaymentMeans/PayeeSpecifiedCreditorFinancialInstitution/BICID"
        )],
    ),
    term(
        "BT-83",
        "Verwendungszweck",
        &["PaymentMeans/PaymentID"],
        &[settlement!("PaymentReference")],
    ),
    term(
        "BT-20",
        "Zahlungsbedingungen",
        &["PaymentTerms/Note"],
        &[settlement!("SpecifiedTradePaymentTerms/Description")],
    ),
];

/// The names that `ZUGFeRD` 1.0 has for what is now named otherwise.
pub(super) const ZUGFERD_1: &[(&str, &str)] = &[
    ("HeaderExchangedDocument", "ExchangedDocument"),
    ("SpecifiedExchangedDocumentContext", "ExchangedDocumentContext"),
    ("SpecifiedSupplyChainTradeTransaction", "SupplyChainTradeTransaction"),
    ("ApplicableSupplyChainTradeAgreement", "ApplicableHeaderTradeAgreement"),
    ("ApplicableSupplyChainTradeSettlement", "ApplicableHeaderTradeSettlement"),
    (
        "SpecifiedTradeSettlementMonetarySummation",
        "SpecifiedTradeSettlementHeaderMonetarySummation",
    ),
    ("SpecifiedSupplyChainTradeSettlement", "SpecifiedLineTradeSettlement"),
];
