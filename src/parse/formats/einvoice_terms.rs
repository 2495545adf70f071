//! Where the business terms of EN 16931-1 stand in UBL 2.1 (EN 16931-3-2) and CII D16B (EN 16931-3-3).
//!
//! One table: a new term is one line. Its columns are the term, its name in a German invoice, and
//! its places in UBL and in CII, several parted by a comma. A place is a path of local names below
//! the root; a word with a colon before it stands for the beginning in [`BEGINNINGS`]. A `+` behind
//! a place is for charges, which stand in the same elements as allowances.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::einvoice_syntax::Syntax;

/// One business term.
pub(super) struct Term {
    /// As in the standard.
    pub(super) name: &'static str,
    /// In a German invoice.
    pub(super) label: &'static str,
}

/// The terms that are read, in the order of the rendering.
pub(super) static TERMS: LazyLock<Vec<Term>> =
    LazyLock::new(|| rows().map(|[name, label, ..]| Term { name, label }).collect());

/// The term that stands at a place.
pub(super) fn find(syntax: Syntax, path: &str, charge: bool) -> Option<&'static Term> {
    static PLACES: LazyLock<HashMap<String, usize>> = LazyLock::new(places);
    let key = |charge: &str| format!("{syntax:?} {path}{charge}");
    let charged = if charge { PLACES.get(&key("+")) } else { None };
    TERMS.get(*charged.or_else(|| PLACES.get(&key("")))?)
}

/// The label of a term in a German invoice.
pub(super) fn label(name: &str) -> &'static str {
    TERMS.iter().find(|term| term.name == name).map_or("", |term| term.label)
}

fn rows() -> impl Iterator<Item = [&'static str; 4]> {
    TABLE.lines().filter_map(|line| {
        let mut columns = line.split('|').map(str::trim);
        Some([columns.next()?, columns.next()?, columns.next()?, columns.next()?])
    })
}

fn places() -> HashMap<String, usize> {
    let mut places = HashMap::new();
    for (index, [.., ubl, cii]) in rows().enumerate() {
        for (syntax, all) in [(Syntax::Ubl, ubl), (Syntax::Cii, cii)] {
            for place in all.split(',').map(str::trim).filter(|place| !place.is_empty()) {
                places.insert(format!("{syntax:?} {}", whole(place)), index);
            }
        }
    }
    places
}

/// A place with its beginning written out.
pub(super) fn whole(place: &str) -> String {
    let (word, rest) = place.split_once(':').unwrap_or((place, ""));
    let known = BEGINNINGS.iter().find(|(name, _)| *name == word).map(|(_, path)| *path);
    match (known, rest) {
        (Some(path), "") => path.to_owned(),
        (Some(path), rest) => format!("{path}/{rest}"),
        (None, _) => place.to_owned(),
    }
}

const BEGINNINGS: &[(&str, &str)] = &[
    ("Supplier", "AccountingSupplierParty/Party"),
    ("Customer", "AccountingCustomerParty/Party"),
    ("Destination", "Delivery/DeliveryLocation/Address"),
    ("Attached", "AdditionalDocumentReference"),
    ("Document", "ExchangedDocument"),
    ("Context", "ExchangedDocumentContext"),
    ("Agreement", "SupplyChainTradeTransaction/ApplicableHeaderTradeAgreement"),
    ("Seller", "SupplyChainTradeTransaction/ApplicableHeaderTradeAgreement/SellerTradeParty"),
    ("Buyer", "SupplyChainTradeTransaction/ApplicableHeaderTradeAgreement/BuyerTradeParty"),
    ("Handover", "SupplyChainTradeTransaction/ApplicableHeaderTradeDelivery"),
    ("Settlement", "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement"),
    (
        "Means",
        "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement/SpecifiedTradeSettlementPaymentMeans",
    ),
    (
        "Sum",
        "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement/SpecifiedTradeSettlementHeaderMonetarySummation",
    ),
    ("Line", "SupplyChainTradeTransaction/IncludedSupplyChainTradeLineItem"),
    (
        "Price",
        "SupplyChainTradeTransaction/IncludedSupplyChainTradeLineItem/SpecifiedLineTradeAgreement",
    ),
    (
        "Part",
        "SupplyChainTradeTransaction/IncludedSupplyChainTradeLineItem/SpecifiedLineTradeSettlement",
    ),
];

// BT-31 and BT-32 share their place; the scheme tells them apart, see `einvoice`.
const TABLE: &str = "
BT-1   | Rechnungsnummer | ID | Document:ID
BT-2   | Rechnungsdatum | IssueDate | Document:IssueDateTime/DateTimeString
BT-3   | Rechnungsart | InvoiceTypeCode | Document:TypeCode
BT-5   | Währung | DocumentCurrencyCode | Settlement:InvoiceCurrencyCode
BT-6   | Währung der Umsatzsteuer | TaxCurrencyCode | Settlement:TaxCurrencyCode
BT-7   | Tag der Umsatzsteuer | TaxPointDate | Settlement:ApplicableTradeTax/TaxPointDate/DateString
BT-9   | Fällig am | DueDate, PaymentMeans/PaymentDueDate | Settlement:SpecifiedTradePaymentTerms/DueDateDateTime/DateTimeString
BT-10  | Käuferreferenz (Leitweg-ID) | BuyerReference | Agreement:BuyerReference
BT-11  | Projekt | ProjectReference/ID | Agreement:SpecifiedProcuringProject/ID
BT-12  | Vertrag | ContractDocumentReference/ID | Agreement:ContractReferencedDocument/IssuerAssignedID
BT-13  | Bestellnummer | OrderReference/ID | Agreement:BuyerOrderReferencedDocument/IssuerAssignedID
BT-14  | Auftragsnummer | OrderReference/SalesOrderID | Agreement:SellerOrderReferencedDocument/IssuerAssignedID
BT-15  | Wareneingang | ReceiptDocumentReference/ID | Handover:ReceivingAdviceReferencedDocument/IssuerAssignedID
BT-16  | Lieferschein | DespatchDocumentReference/ID | Handover:DespatchAdviceReferencedDocument/IssuerAssignedID
BT-19  | Buchungskonto des Käufers | AccountingCost | Settlement:ReceivableSpecifiedTradeAccountingAccount/ID
BT-22  | Bemerkung | Note | Document:IncludedNote/Content
BT-23  | Geschäftsprozess | ProfileID | Context:BusinessProcessSpecifiedDocumentContextParameter/ID
BT-24  | Spezifikation | CustomizationID | Context:GuidelineSpecifiedDocumentContextParameter/ID
BT-25  | Frühere Rechnung | BillingReference/InvoiceDocumentReference/ID | Settlement:InvoiceReferencedDocument/IssuerAssignedID
BT-26  | Datum der früheren Rechnung | BillingReference/InvoiceDocumentReference/IssueDate | Settlement:InvoiceReferencedDocument/FormattedIssueDateTime/DateTimeString
BT-27  | Verkäufer | Supplier:PartyLegalEntity/RegistrationName | Seller:Name
BT-28  | Handelsname des Verkäufers | Supplier:PartyName/Name | Seller:SpecifiedLegalOrganization/TradingBusinessName
BT-29  | Kennung des Verkäufers | Supplier:PartyIdentification/ID | Seller:ID, Seller:GlobalID
BT-30  | Registernummer des Verkäufers | Supplier:PartyLegalEntity/CompanyID | Seller:SpecifiedLegalOrganization/ID
BT-35  | Straße | Supplier:PostalAddress/StreetName | Seller:PostalTradeAddress/LineOne
BT-36  | Adresszusatz | Supplier:PostalAddress/AdditionalStreetName | Seller:PostalTradeAddress/LineTwo
BT-38  | Postleitzahl | Supplier:PostalAddress/PostalZone | Seller:PostalTradeAddress/PostcodeCode
BT-37  | Ort | Supplier:PostalAddress/CityName | Seller:PostalTradeAddress/CityName
BT-40  | Land | Supplier:PostalAddress/Country/IdentificationCode | Seller:PostalTradeAddress/CountryID
BT-31  | USt-IdNr. des Verkäufers | Supplier:PartyTaxScheme/CompanyID | Seller:SpecifiedTaxRegistration/ID
BT-32  | Steuernummer des Verkäufers | |
BT-33  | Rechtliche Angaben des Verkäufers | Supplier:PartyLegalEntity/CompanyLegalForm | Seller:Description
BT-34  | Elektronische Adresse des Verkäufers | Supplier:EndpointID | Seller:URIUniversalCommunication/URIID
BT-41  | Ansprechpartner | Supplier:Contact/Name | Seller:DefinedTradeContact/PersonName, Seller:DefinedTradeContact/DepartmentName
BT-42  | Telefon | Supplier:Contact/Telephone | Seller:DefinedTradeContact/TelephoneUniversalCommunication/CompleteNumber
BT-43  | E-Mail | Supplier:Contact/ElectronicMail | Seller:DefinedTradeContact/EmailURIUniversalCommunication/URIID
BT-44  | Käufer | Customer:PartyLegalEntity/RegistrationName | Buyer:Name
BT-46  | Kennung des Käufers | Customer:PartyIdentification/ID | Buyer:ID, Buyer:GlobalID
BT-48  | USt-IdNr. des Käufers | Customer:PartyTaxScheme/CompanyID | Buyer:SpecifiedTaxRegistration/ID
BT-49  | Elektronische Adresse des Käufers | Customer:EndpointID | Buyer:URIUniversalCommunication/URIID
BT-50  | Straße des Käufers | Customer:PostalAddress/StreetName | Buyer:PostalTradeAddress/LineOne
BT-51  | Adresszusatz des Käufers | Customer:PostalAddress/AdditionalStreetName | Buyer:PostalTradeAddress/LineTwo
BT-53  | Postleitzahl des Käufers | Customer:PostalAddress/PostalZone | Buyer:PostalTradeAddress/PostcodeCode
BT-52  | Ort des Käufers | Customer:PostalAddress/CityName | Buyer:PostalTradeAddress/CityName
BT-55  | Land des Käufers | Customer:PostalAddress/Country/IdentificationCode | Buyer:PostalTradeAddress/CountryID
BT-56  | Ansprechpartner des Käufers | Customer:Contact/Name | Buyer:DefinedTradeContact/PersonName
BT-59  | Zahlungsempfänger | PayeeParty/PartyName/Name | Settlement:PayeeTradeParty/Name
BT-62  | Steuervertreter | TaxRepresentativeParty/PartyName/Name | Agreement:SellerTaxRepresentativeTradeParty/Name
BT-63  | USt-IdNr. des Steuervertreters | TaxRepresentativeParty/PartyTaxScheme/CompanyID | Agreement:SellerTaxRepresentativeTradeParty/SpecifiedTaxRegistration/ID
BT-70  | Lieferempfänger | Delivery/DeliveryParty/PartyName/Name | Handover:ShipToTradeParty/Name
BT-72  | Liefertag | Delivery/ActualDeliveryDate | Handover:ActualDeliverySupplyChainEvent/OccurrenceDateTime/DateTimeString
BT-73  | Zeitraum von | InvoicePeriod/StartDate | Settlement:BillingSpecifiedPeriod/StartDateTime/DateTimeString
BT-74  | Zeitraum bis | InvoicePeriod/EndDate | Settlement:BillingSpecifiedPeriod/EndDateTime/DateTimeString
BT-75  | Lieferanschrift | Destination:StreetName | Handover:ShipToTradeParty/PostalTradeAddress/LineOne
BT-78  | Postleitzahl der Lieferung | Destination:PostalZone | Handover:ShipToTradeParty/PostalTradeAddress/PostcodeCode
BT-77  | Ort der Lieferung | Destination:CityName | Handover:ShipToTradeParty/PostalTradeAddress/CityName
BT-126 | Nummer der Position | InvoiceLine/ID | Line:AssociatedDocumentLineDocument/LineID
BT-153 | Position | InvoiceLine/Item/Name | Line:SpecifiedTradeProduct/Name
BT-154 | Beschreibung | InvoiceLine/Item/Description | Line:SpecifiedTradeProduct/Description
BT-155 | Artikelnummer | InvoiceLine/Item/SellersItemIdentification/ID | Line:SpecifiedTradeProduct/SellerAssignedID
BT-127 | Bemerkung zur Position | InvoiceLine/Note | Line:AssociatedDocumentLineDocument/IncludedNote/Content
BT-129 | Menge | InvoiceLine/InvoicedQuantity | Line:SpecifiedLineTradeDelivery/BilledQuantity
BT-130 | Einheit | |
BT-134 | Zeitraum der Position von | InvoiceLine/InvoicePeriod/StartDate | Part:BillingSpecifiedPeriod/StartDateTime/DateTimeString
BT-135 | Zeitraum der Position bis | InvoiceLine/InvoicePeriod/EndDate | Part:BillingSpecifiedPeriod/EndDateTime/DateTimeString
BT-136 | Nachlass auf die Position | InvoiceLine/AllowanceCharge/Amount | Part:SpecifiedTradeAllowanceCharge/ActualAmount
BT-141 | Zuschlag auf die Position | InvoiceLine/AllowanceCharge/Amount+ | Part:SpecifiedTradeAllowanceCharge/ActualAmount+
BT-146 | Einzelpreis | InvoiceLine/Price/PriceAmount | Price:NetPriceProductTradePrice/ChargeAmount
BT-149 | Preis je | InvoiceLine/Price/BaseQuantity | Price:NetPriceProductTradePrice/BasisQuantity
BT-151 | Steuerkategorie der Position | InvoiceLine/Item/ClassifiedTaxCategory/ID | Part:ApplicableTradeTax/CategoryCode
BT-152 | Steuersatz der Position | InvoiceLine/Item/ClassifiedTaxCategory/Percent | Part:ApplicableTradeTax/RateApplicablePercent
BT-131 | Nettobetrag der Position | InvoiceLine/LineExtensionAmount | Part:SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount, Part:SpecifiedTradeSettlementHeaderMonetarySummation/LineTotalAmount
BT-97  | Grund des Nachlasses | AllowanceCharge/AllowanceChargeReason | Settlement:SpecifiedTradeAllowanceCharge/Reason
BT-92  | Nachlass | AllowanceCharge/Amount | Settlement:SpecifiedTradeAllowanceCharge/ActualAmount
BT-104 | Grund des Zuschlags | AllowanceCharge/AllowanceChargeReason+ | Settlement:SpecifiedTradeAllowanceCharge/Reason+, Settlement:SpecifiedLogisticsServiceCharge/Description
BT-99  | Zuschlag | AllowanceCharge/Amount+ | Settlement:SpecifiedTradeAllowanceCharge/ActualAmount+, Settlement:SpecifiedLogisticsServiceCharge/AppliedAmount
BT-106 | Summe der Positionen | LegalMonetaryTotal/LineExtensionAmount | Sum:LineTotalAmount
BT-107 | Summe der Nachlässe | LegalMonetaryTotal/AllowanceTotalAmount | Sum:AllowanceTotalAmount
BT-108 | Summe der Zuschläge | LegalMonetaryTotal/ChargeTotalAmount | Sum:ChargeTotalAmount
BT-109 | Nettobetrag | LegalMonetaryTotal/TaxExclusiveAmount | Sum:TaxBasisTotalAmount
BT-118 | Steuerkategorie | TaxTotal/TaxSubtotal/TaxCategory/ID | Settlement:ApplicableTradeTax/CategoryCode
BT-119 | Steuersatz | TaxTotal/TaxSubtotal/TaxCategory/Percent | Settlement:ApplicableTradeTax/RateApplicablePercent
BT-116 | Besteuert | TaxTotal/TaxSubtotal/TaxableAmount | Settlement:ApplicableTradeTax/BasisAmount
BT-117 | Steuer | TaxTotal/TaxSubtotal/TaxAmount | Settlement:ApplicableTradeTax/CalculatedAmount
BT-120 | Grund der Befreiung | TaxTotal/TaxSubtotal/TaxCategory/TaxExemptionReason | Settlement:ApplicableTradeTax/ExemptionReason
BT-110 | Umsatzsteuer | TaxTotal/TaxAmount | Sum:TaxTotalAmount
BT-111 | Umsatzsteuer in der anderen Währung | |
BT-112 | Bruttobetrag | LegalMonetaryTotal/TaxInclusiveAmount | Sum:GrandTotalAmount
BT-113 | Schon gezahlt | LegalMonetaryTotal/PrepaidAmount | Sum:TotalPrepaidAmount
BT-114 | Rundung | LegalMonetaryTotal/PayableRoundingAmount | Sum:RoundingAmount
BT-115 | Zahlbetrag | LegalMonetaryTotal/PayableAmount | Sum:DuePayableAmount
BT-81  | Zahlungsart | PaymentMeans/PaymentMeansCode | Means:TypeCode
BT-82  | Zahlungsart in Worten | | Means:Information
BT-84  | IBAN | PaymentMeans/PayeeFinancialAccount/ID | Means:PayeePartyCreditorFinancialAccount/IBANID, Means:PayeePartyCreditorFinancialAccount/ProprietaryID
BT-85  | Kontoinhaber | PaymentMeans/PayeeFinancialAccount/Name | Means:PayeePartyCreditorFinancialAccount/AccountName
BT-86  | BIC | PaymentMeans/PayeeFinancialAccount/FinancialInstitutionBranch/ID | Means:PayeeSpecifiedCreditorFinancialInstitution/BICID
BT-83  | Verwendungszweck | PaymentMeans/PaymentID | Settlement:PaymentReference
BT-89  | Mandat der Lastschrift | PaymentMeans/PaymentMandate/ID | Settlement:SpecifiedTradePaymentTerms/DirectDebitMandateID
BT-90  | Gläubiger-ID | | Settlement:CreditorReferenceID
BT-91  | Belastetes Konto | PaymentMeans/PaymentMandate/PayerFinancialAccount/ID | Means:PayerPartyDebtorFinancialAccount/IBANID
BT-20  | Zahlungsbedingungen | PaymentTerms/Note | Settlement:SpecifiedTradePaymentTerms/Description
BT-122 | Unterlage | Attached:ID | Agreement:AdditionalReferencedDocument/IssuerAssignedID
BT-123 | Beschreibung der Unterlage | Attached:DocumentDescription | Agreement:AdditionalReferencedDocument/Name
BT-124 | Ort der Unterlage | Attached:Attachment/ExternalReference/URI | Agreement:AdditionalReferencedDocument/URIID
BT-125 | Angehängte Datei | Attached:Attachment/EmbeddedDocumentBinaryObject | Agreement:AdditionalReferencedDocument/AttachmentBinaryObject
";

/// The names that `ZUGFeRD` 1.0 has for what is now named otherwise, and credit notes in UBL.
pub(super) const RENAMED: &[(&str, &str)] = &[
    ("HeaderExchangedDocument", "ExchangedDocument"),
    ("SpecifiedExchangedDocumentContext", "ExchangedDocumentContext"),
    ("SpecifiedSupplyChainTradeTransaction", "SupplyChainTradeTransaction"),
    ("ApplicableSupplyChainTradeAgreement", "ApplicableHeaderTradeAgreement"),
    ("ApplicableSupplyChainTradeDelivery", "ApplicableHeaderTradeDelivery"),
    ("ApplicableSupplyChainTradeSettlement", "ApplicableHeaderTradeSettlement"),
    (
        "SpecifiedTradeSettlementMonetarySummation",
        "SpecifiedTradeSettlementHeaderMonetarySummation",
    ),
    ("SpecifiedSupplyChainTradeAgreement", "SpecifiedLineTradeAgreement"),
    ("SpecifiedSupplyChainTradeDelivery", "SpecifiedLineTradeDelivery"),
    ("SpecifiedSupplyChainTradeSettlement", "SpecifiedLineTradeSettlement"),
    ("ApplicablePercent", "RateApplicablePercent"),
    ("CreditNoteLine", "InvoiceLine"),
    ("CreditedQuantity", "InvoicedQuantity"),
    ("CreditNoteTypeCode", "InvoiceTypeCode"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_a_term_and_no_place_holds_two() {
        let lines = TABLE.lines().filter(|line| !line.is_empty()).count();
        assert_eq!(TERMS.len(), lines);
        let all = rows().flat_map(|[.., ubl, cii]| {
            let of =
                |syntax, text: &'static str| text.split(',').map(move |it| (syntax, it.trim()));
            of("ubl", ubl).chain(of("cii", cii)).collect::<Vec<_>>()
        });
        let all: Vec<_> = all.filter(|(_, place)| !place.is_empty()).collect();
        assert_eq!(places().len(), all.len());
        assert!(all.iter().all(|(_, place)| !whole(place).contains(':')));
    }
}
