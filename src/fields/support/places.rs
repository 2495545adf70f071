//! German streets, postcodes and towns as they are written (DIN 5008).

use std::sync::LazyLock;

use regex::Regex;

use super::days::month_named;
use super::{fixed, squeeze};

const NAME: &str = r"[<U>][<L>.'’-]{1,30}";
/// A house number with its letter, or several.
const HOUSE: &str =
    r"[0-9]{1,4}(?: ?[a-zA-Z](?-u:\b))?(?: ?[-–/+] ?[0-9]{1,4}(?: ?[a-z](?-u:\b))?)?";
const ENDING: &str = r"(?:[Ss]traße|[Ss]trasse|[Ss]tr\.?|[Ww]eg|[Pp]latz|[Aa]llee|[Gg]asse|[Rr]ing|[Uu]fer|[Dd]amm|[Cc]haussee|[Ss]teig|[Pp]fad|[Hh]of|[Mm]arkt|[Gg]raben|[Ww]all|[Pp]ark|[Bb]erg|[Tt]or|[Bb]rücke|[Bb]leiche|[Pp]romenade|[Zz]eile|[Ss]iedlung|[Mm]eile|[Ss]tieg|[Hh]öhe|[Gg]arten|[Aa]nger|[Bb]ogen|STRASSE|STRAßE|STR\.?|WEG|PLATZ|ALLEE|GASSE|RING)";
const BEGINNING: &str = r"(?:Am|An der|An den|An dem|Auf dem|Auf der|Auf den|Im|In der|In den|In dem|Zum|Zur|Unter den|Unter der|Hinter der|Hinter dem|Vor dem|Vor der|Beim|Bei der|Alte|Alter|Altes|Große|Großer|Kleine|Kleiner|Obere|Oberer|Untere|Unterer|Neue|Neuer|Lange|Langer|Hohe|Hoher)";

static STREET: LazyLock<Regex> =
    LazyLock::new(|| fixed(&format!(r"^({})[ \u{{a0}}]?({HOUSE})$", any_name())));
static SHORTENED: LazyLock<Regex> = LazyLock::new(|| fixed(r"([Ss])tr\.?($|[ -])"));

/// A street that is known by its name, with its house number.
pub(in crate::fields) fn street_shape() -> String {
    let ended = format!(r"(?:{NAME}[ -]){{0,3}}(?:[<U>][<L>.'’-]{{0,30}})?{ENDING}");
    format!(r"(?:(?:{BEGINNING}) {NAME}(?: {NAME})?|{ended})[ \u{{a0}}]?{HOUSE}")
}

/// Any words that could be a street, with a house number.
pub(in crate::fields) fn any_street_shape() -> String {
    format!(r"{}[ \u{{a0}}]?{HOUSE}", any_name())
}

fn any_name() -> String {
    format!(
        r"(?:{NAME}|[0-9]{{1,2}}\. {NAME})(?: (?:{NAME}|der|dem|den|des|und|am|von|zu|zur|zum|im|in)){{0,4}}"
    )
}

/// A street, a postcode and a town, on one line or on two.
pub(in crate::fields) fn address_shape() -> String {
    let parted = r"[ \t]*(?:[,;|·•][ \t]*\r?\n?|\r?\n|[ \t])[ \t]*(?:DE?[ -]{1,2})?";
    format!(r"{}{parted}[0-9]{{5}}[ \t]{{1,3}}(?:{})", any_street_shape(), city_shape())
}

/// A town, with what belongs to its name.
pub(in crate::fields) fn city_shape() -> String {
    let first = r"(?:(?:Bad|Sankt|St\.|Neu|Alt|Groß|Klein|Hohen|Königs|Markt|Schwäbisch|Burg|Hansestadt|Lutherstadt) )?";
    let name = r"[<U>][<L>'’-]{1,30}";
    let joined =
        r"am|an der|im|in der|ob der|vor der|bei|a\. ?M\.|a\. ?d\.|a\.d\.|i\. ?d\.|v\. ?d\.|v\.d\.";
    format!(r"{first}{name}(?: (?:{joined}) ?{name}| \({name}\)|/{name})?")
}

/// Whether these are five digits that the post uses.
pub(in crate::fields) fn is_postcode(text: &str) -> bool {
    let number = text.parse::<u32>().unwrap_or(0);
    super::is_digits(text, 5) && (1001..=99998).contains(&number)
}

/// A street with its number in one way of writing: `str.` in full, no space before the letter.
pub(in crate::fields) fn street(raw: &str) -> Option<String> {
    let plain = squeeze(raw);
    let parts = STREET.captures(&plain)?;
    let month = parts.get(1)?.as_str().split(' ').next_back().and_then(month_named);
    if month.is_some() {
        return None;
    }
    let name = SHORTENED.replace_all(parts.get(1)?.as_str(), "${1}traße$2");
    let house: String = parts.get(2)?.as_str().chars().filter(|c| *c != ' ').collect();
    Some(format!("{name} {house}"))
}
