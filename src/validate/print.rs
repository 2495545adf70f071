//! Compares what a hybrid invoice prints with what its XML says (`ZUGFeRD`, Factur-X).
//!
//! Both are read apart: the print from the text of the pages by the recognisers of `fields`, the XML
//! from the facts. Only what the page clearly says otherwise is a difference; a value that is just
//! not printed is none.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::{Document, Evidence, Fact, Parsed, Trust, bare};
use crate::fields::{Asked, Hit, Search, TypeName};

/// One value of the XML, and what the pages say of it.
pub(super) struct Compared {
    /// The business term: `BT-84`.
    pub(super) term: &'static str,
    /// Where the XML says it.
    pub(super) xml: Evidence,
    /// What the page says.
    pub(super) print: Print,
}

/// What the pages say of a value.
#[derive(Debug, PartialEq)]
pub(super) enum Print {
    /// The same.
    Same,
    /// Nothing that could be found.
    NotFound,
    /// Something else.
    Different(Evidence),
}

/// How a term is looked for on the page.
struct Look {
    term: &'static str,
    how: How,
    /// Words that stand before the value on the page; without one of them nothing is a difference.
    labels: &'static [&'static str],
}

#[derive(Clone, Copy, PartialEq)]
enum How {
    /// By its letters and digits only; it cannot be told from others.
    Letters,
    /// By its letters and digits; another one of this type behind a label is a difference.
    Labelled(&'static str),
    /// By what it means, and one of this type with a right check digit is a difference.
    Checked(&'static str),
    /// A sum of money.
    Amount,
    /// A day.
    Day,
}

const NUMBER: &[&str] = &[
    "Rechnungsnummer",
    "Rechnungs-Nr.",
    "Rechnungsnr.",
    "Rechnung Nr.",
    "Invoice number",
    "Invoice no.",
    "Numéro de facture",
    "Facture n°",
];
/// Words before the sum that is to be paid.
pub(super) const TOTAL: &[&str] = &[
    "Rechnungsbetrag",
    "Gesamtbetrag",
    "Bruttobetrag",
    "Rechnungssumme",
    "Bruttosumme",
    "Endbetrag",
    "Zahlbetrag",
    "Zu zahlen",
    "Total amount",
    "Amount due",
    "Total TTC",
    "Net à payer",
];

const LOOKS: &[Look] = &[
    Look { term: "BT-1", how: How::Labelled("reference"), labels: NUMBER },
    Look {
        term: "BT-2",
        how: How::Day,
        labels: &["Rechnungsdatum", "Belegdatum", "Invoice date", "Date de facture"],
    },
    Look {
        term: "BT-9",
        how: How::Day,
        labels: &["Fällig am", "Fälligkeit", "Fälligkeitsdatum", "Zahlbar bis", "Due date"],
    },
    Look { term: "BT-10", how: How::Checked("leitweg_id"), labels: &[] },
    Look { term: "BT-27", how: How::Letters, labels: &[] },
    Look { term: "BT-31", how: How::Checked("vat_id"), labels: &[] },
    Look { term: "BT-84", how: How::Checked("iban"), labels: &[] },
    Look { term: "BT-112", how: How::Amount, labels: TOTAL },
    Look { term: "BT-115", how: How::Amount, labels: TOTAL },
];

/// Terms of the same kind that may rightly stand on the page as well.
const OTHERS: &[(&str, &[&str])] = &[
    ("BT-31", &["BT-48", "BT-63"]),
    ("BT-84", &["BT-91"]),
    ("BT-112", &["BT-115", "BT-109", "BT-106"]),
    ("BT-115", &["BT-112", "BT-109", "BT-106"]),
];

/// The values of the XML inside of PDFs, each compared with the pages around it.
pub(super) fn compare(parsed: &Parsed) -> Vec<Compared> {
    let mut all = Vec::new();
    for (index, document) in parsed.documents.iter().enumerate() {
        let is_invoice = document.facts.iter().any(|fact| fact.trust == Trust::Xml);
        if document.pages.is_empty() || !is_invoice || document.text.trim().is_empty() {
            continue;
        }
        let page = Page::new(index, document);
        all.extend(LOOKS.iter().flat_map(|look| page.look(look)));
    }
    all
}

/// What a document prints.
pub(super) struct Page<'a> {
    index: usize,
    document: &'a Document,
    letters: String,
    numbers: Vec<i64>,
}

impl<'a> Page<'a> {
    pub(super) fn new(index: usize, document: &'a Document) -> Self {
        let (letters, numbers) = (bare(&document.text), numbers(&document.text));
        Self { index, document, letters, numbers }
    }

    /// Whether a value is printed, by its letters and digits.
    pub(super) fn prints(&self, value: &str) -> bool {
        self.letters.contains(&bare(value))
    }

    /// Whether a sum is printed, in hundredths.
    pub(super) fn has_sum(&self, cents: i64) -> bool {
        self.numbers.contains(&cents)
    }

    /// One term; several accounts are one value, and one of them on the page is enough.
    fn look(&self, look: &Look) -> Option<Compared> {
        let facts: Vec<&Fact> = self.facts(look.term).collect();
        let first = facts.first()?;
        if look.how == How::Amount && cents(&first.value).is_none_or(|it| it == 0) {
            return None;
        }
        let print = if facts.iter().any(|fact| self.says(look, &fact.value)) {
            Print::Same
        } else {
            self.otherwise(look).map_or(Print::NotFound, Print::Different)
        };
        let (quote, path) = (first.value.clone(), Some(first.path.clone()));
        let xml = Evidence { document: self.index, quote, path, ..Evidence::default() };
        Some(Compared { term: look.term, xml, print })
    }

    fn facts(&self, term: &str) -> impl Iterator<Item = &'a Fact> {
        let facts = self.document.facts.iter().filter(|fact| fact.trust == Trust::Xml);
        facts.filter(move |fact| fact.name == term && !bare(&fact.value).is_empty())
    }

    fn says(&self, look: &Look, value: &str) -> bool {
        match look.how {
            How::Amount => cents(value).is_some_and(|it| self.has_sum(it)),
            How::Day => self.hits("date", &[]).iter().any(|hit| value.starts_with(&hit.value)),
            How::Letters | How::Labelled(_) | How::Checked(_) => self.prints(value),
        }
    }

    /// What the page says instead.
    fn otherwise(&self, look: &Look) -> Option<Evidence> {
        let others = OTHERS.iter().find(|(term, _)| *term == look.term).map(|(_, it)| *it);
        let known = |hit: &Hit| {
            let mut others = others.unwrap_or_default().iter().flat_map(|term| self.facts(term));
            others.any(|fact| match look.how {
                How::Amount => cents(&fact.value).is_some_and(|it| cents(&hit.value) == Some(it)),
                _ => bare(&fact.value) == bare(&hit.value),
            })
        };
        let (hits, labelled) = match look.how {
            How::Letters => return None,
            How::Labelled(kind) => (self.hits(kind, look.labels), true),
            How::Day => (self.hits("date", look.labels), true),
            How::Amount => (self.hits("amount", look.labels), true),
            How::Checked(kind) => (self.hits(kind, look.labels), false),
        };
        let clear = |hit: &&Hit| if labelled { hit.labelled } else { hit.checked };
        let hit = hits.iter().filter(clear).find(|hit| !known(hit))?;
        Some(Evidence::in_text(self.index, self.document, hit.span))
    }

    /// What the recogniser of a type finds.
    pub(super) fn hits(&self, kind: &str, labels: &[&str]) -> Vec<Hit> {
        let labels: Vec<String> = labels.iter().map(|it| (*it).to_owned()).collect();
        let asked = Asked { labels: &labels, ..Asked::default() };
        let name = TypeName(kind.to_owned());
        match name.find().map(|kind| kind.search) {
            Some(Search::Recogniser(find) | Search::Both(find, _)) => {
                find(&self.document.text, &asked)
            }
            _ => Vec::new(),
        }
    }
}

/// Every number of a text, in hundredths.
fn numbers(text: &str) -> Vec<i64> {
    static NUMBER: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let groups = r"[0-9]{1,3}(?:[ \u{a0}\u{202f}.,'’][0-9]{3})+(?:[.,][0-9]{1,2})?";
        Regex::new(&format!(r"{groups}|[0-9]+(?:[.,][0-9]{{1,4}})?")).ok()
    });
    let Some(pattern) = NUMBER.as_ref() else { return Vec::new() };
    pattern.find_iter(text).filter_map(|it| cents(it.as_str())).collect()
}

/// A sum in hundredths, without its sign: a credit note prints what its XML subtracts.
pub(super) fn cents(text: &str) -> Option<i64> {
    let kept = |it: &char| it.is_ascii_digit() || matches!(it, '.' | ',');
    let digits: String = text.chars().filter(kept).collect();
    let (whole, fraction) = match digits.rfind(['.', ',']) {
        // Three digits behind the last sign are thousands, unless it is the only number of XML.
        Some(at) if digits.len() - at <= 3 || digits.len() - at > 4 => digits.split_at(at),
        _ => (digits.as_str(), ""),
    };
    let only = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let fraction: String = only(fraction).chars().chain("00".chars()).take(2).collect();
    let whole: i64 = only(whole).parse().ok()?;
    whole.checked_mul(100)?.checked_add(fraction.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Page as Sheet, Span};

    fn look(text: &str, facts: &[(&str, &str)]) -> Vec<(&'static str, Print)> {
        let fact = |(name, value): &(&str, &str)| Fact {
            name: (*name).to_owned(),
            value: (*value).to_owned(),
            path: format!("/x/{name}"),
            trust: Trust::Xml,
        };
        let document = Document {
            text: text.to_owned(),
            pages: vec![Sheet {
                number: 1,
                span: Span { start: 0, end: text.chars().count() },
                ..Sheet::default()
            }],
            facts: facts.iter().map(fact).collect(),
            ..Document::default()
        };
        let parsed = Parsed { documents: vec![document], ..Parsed::default() };
        compare(&parsed).into_iter().map(|it| (it.term, it.print)).collect()
    }

    fn quote(print: &Print) -> &str {
        match print {
            Print::Different(evidence) => &evidence.quote,
            _ => "",
        }
    }

    #[test]
    fn another_account_on_the_page_is_a_difference() {
        let facts = [("BT-84", "DE02701500000000594937")];
        let same = look("IBAN: DE02 7015 0000 0000 5949 37", &facts);
        assert_eq!(same, [("BT-84", Print::Same)]);
        let other = look("IBAN: DE75 5121 0800 1245 1261 99", &facts);
        assert_eq!(quote(&other[0].1), "DE75 5121 0800 1245 1261 99");
        assert_eq!(look("Danke", &facts), [("BT-84", Print::NotFound)]);
    }

    #[test]
    fn sums_are_compared_by_what_they_mean() {
        let facts = [("BT-112", "1571.2"), ("BT-109", "1320.34")];
        for same in ["Total 1.571,20 €", "1 571,20", "1,571.20", "EUR 1571,2"] {
            assert_eq!(look(same, &facts)[0].1, Print::Same, "{same}");
        }
        let other = look("Netto 1.320,34 EUR\nGesamtbetrag: 1.751,20 EUR", &facts);
        assert_eq!(quote(&other[0].1), "1.751,20 EUR");
        assert_eq!(look("Gesamtbetrag netto 1.320,34 EUR", &facts)[0].1, Print::NotFound);
    }

    #[test]
    fn only_a_labelled_number_or_day_is_a_difference() {
        let facts = [("BT-1", "R-77"), ("BT-2", "2026-11-12")];
        let both = look("Rechnung R 77 vom 12.11.2026", &facts);
        assert!(both.iter().all(|(_, print)| *print == Print::Same), "{both:?}");
        let unclear = look("Bestellung B-12 vom 01.10.2026", &facts);
        assert!(unclear.iter().all(|(_, print)| *print == Print::NotFound), "{unclear:?}");
        let other = look("Rechnungsnummer: R-99\nRechnungsdatum: 13.11.2026", &facts);
        assert_eq!(
            other.iter().map(|(_, it)| quote(it)).collect::<Vec<_>>(),
            ["R-99", "13.11.2026"]
        );
    }
}
