//! Places on the map.

use std::sync::LazyLock;

use regex::Regex;

use super::support::{Decimal, Reader, Reading, decimal, fixed};
use super::{Asked, FieldType, Hit, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "geo_point",
    purpose: "A place as latitude and longitude in degrees.",
    example: "49.9929,8.2473",
    basis: "ISO 6709, WGS 84",
    search: Search::Recogniser(recognise),
    normalise,
    doubts: None,
    sensitive: false,
};

static READER: Reader =
    Reader { sure: Some(&SURE), hinted: None, read, scanned: false, cuts: false };
static SURE: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"-?[0-9]{1,2}\.[0-9]{2,9}°?(?: ?[,;] ?| )-?[0-9]{1,3}\.[0-9]{2,9}"));
static FORM: LazyLock<Regex> = LazyLock::new(|| {
    fixed(r"^(-?[0-9]{1,2}\.[0-9]{1,9})°?(?: ?[,;] ?| )(-?[0-9]{1,3}\.[0-9]{1,9})°?$")
});

fn recognise(text: &str, asked: &Asked<'_>) -> Vec<Hit> {
    READER.find(text, asked)
}

fn normalise(raw: &str, asked: &Asked<'_>) -> Result<String, Invalid> {
    READER.normalise(raw, asked)
}

fn read(raw: &str, _: &Asked<'_>) -> Result<Reading, Invalid> {
    let Some(parts) = FORM.captures(raw.trim()) else {
        return Err(Invalid::shape("a place is latitude and longitude in degrees with a point"));
    };
    let degrees = |at: usize, most: u32| {
        let number = decimal_degrees(parts.get(at)?.as_str())?;
        let whole: u32 = number.whole.parse().ok()?;
        (whole < most).then(|| number.short())
    };
    match (degrees(1, 90), degrees(2, 180)) {
        (Some(north), Some(east)) => Ok(Reading::plain(format!("{north},{east}"))),
        _ => Err(Invalid::check("there is no such place on Earth")),
    }
}

/// A point before exactly three digits is not one of thousands here.
fn decimal_degrees(raw: &str) -> Option<Decimal> {
    let (whole, fraction) = raw.split_once('.')?;
    Some(Decimal { fraction: fraction.to_owned(), ..decimal(whole)? })
}

#[cfg(test)]
mod tests {
    use super::super::support::cases;
    use super::*;

    #[test]
    fn places_are_written_in_one_way() {
        cases::valid_unchecked(
            &TYPE,
            &[("49.9929, 8.2473", "49.9929,8.2473"), ("-33.865;151.209", "-33.865,151.209")],
        );
        cases::invalid(&TYPE, &["91.5, 8.24", "49.99", "49,99 8,24", ""]);
    }
}
