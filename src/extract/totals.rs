//! Rows of a table that are sums of the rows above them, or stand among such sums.

use super::headings::words;

/// Words that begin a sum and hardly ever an item.
const SUMS: &[&str] = &[
    "summe",
    "gesamtsumme",
    "gesamtbetrag",
    "rechnungsbetrag",
    "rechnungssumme",
    "endbetrag",
    "endsumme",
    "nettobetrag",
    "nettosumme",
    "bruttobetrag",
    "bruttosumme",
    "zahlbetrag",
    "sum",
];
/// The same where items may follow: at the end of a page or of a group.
const BETWEEN: &[&str] = &["zwischensumme", "zwischentotal", "übertrag", "subtotal", "uebertrag"];
/// Words that name a sum when nothing else stands there, or when the row has fewer values than an item.
const WEAK: &[&str] = &[
    "gesamt",
    "total",
    "netto",
    "brutto",
    "mwst",
    "ust",
    "umsatzsteuer",
    "mehrwertsteuer",
    "vat",
    "tax",
    "steuer",
    "zzgl",
    "inkl",
    "zuzüglich",
    "carried",
    "brought",
    "amount",
    "due",
    "grand",
    "net",
    "gross",
    "balance",
    "zu",
    "zahlen",
    "betrag",
    "sub",
    "forward",
    "incl",
    "excl",
    "plus",
    "gst",
];
/// Words that may stand beside those.
const BESIDE: &[&str] =
    &["eur", "euro", "usd", "gbp", "chf", "der", "des", "von", "auf", "in", "of"];

/// What a row is among the items of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Total {
    /// An item.
    No,
    /// A sum after which items may follow.
    Between,
    /// The sum of all; what follows belongs to it.
    Last,
}

/// What a row is, of whose cells so many are filled that are looked at, and `full` in the fullest row.
pub(super) fn total(cells: &[&str], filled: usize, full: usize) -> Total {
    let named = |list: &[&str]| {
        let first = |cell: &&str| words(cell).into_iter().next();
        cells.iter().filter_map(first).any(|word| list.contains(&word.as_str()))
    };
    if named(BETWEEN) {
        return Total::Between;
    }
    if named(SUMS) {
        return Total::Last;
    }
    let lettered = |cell: &&&str| cell.chars().any(char::is_alphabetic);
    let label = cells.iter().find(lettered).map(|cell| words(cell)).unwrap_or_default();
    let is_weak = |word: &String| WEAK.contains(&word.as_str());
    let fits = |word: &String| {
        let is_number = !word.chars().any(char::is_alphabetic);
        is_weak(word) || BESIDE.contains(&word.as_str()) || is_number
    };
    let is_sparse = filled < full && filled * 2 <= full;
    let weak = label.iter().any(is_weak)
        && (label.iter().all(fits) || is_sparse && label.first().is_some_and(is_weak));
    // A lone sum below a column of sums.
    let alone = label.is_empty() && filled == 1 && full >= 3;
    if weak || alone { Total::Between } else { Total::No }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_no_items_and_items_no_sums() {
        let row = |cells: &[&str]| {
            let filled = cells.iter().filter(|it| !it.is_empty()).count();
            total(cells, filled, 4)
        };
        assert_eq!(row(&["1", "Gesamtreinigung der Fassade", "2", "10,00"]), Total::No);
        assert_eq!(row(&["1", "Total Station", "2", "10,00"]), Total::No);
        assert_eq!(row(&["", "Versand", "", "4,90 €"]), Total::No);
        assert_eq!(row(&["Zwischensumme", "", "", "10,00"]), Total::Between);
        assert_eq!(row(&["", "zzgl. 19 % MwSt.", "", "1,90"]), Total::Between);
        assert_eq!(row(&["", "Umsatzsteuer nach Satz", "", "1,90"]), Total::Between);
        assert_eq!(row(&["", "", "", "11,90"]), Total::Between);
        assert_eq!(row(&["Summe:", "", "", "11,90"]), Total::Last);
        assert_eq!(row(&["", "", "Rechnungsbetrag", "11,90"]), Total::Last);
        assert_eq!(total(&["Gesamt EUR", "300,00"], 2, 2), Total::Between);
        assert_eq!(total(&["Gesamtes Haus", "300,00"], 2, 2), Total::No);
    }
}
