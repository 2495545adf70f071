//! One of the options the admin wrote.

use super::support::squeeze;
use super::{Asked, FieldType, Invalid, Search};

pub(super) const TYPE: FieldType = FieldType {
    name: "choice",
    purpose: "One of the options that the field lists.",
    example: "option",
    basis: "",
    search: Search::Options,
    normalise,
    doubts: None,
    sensitive: false,
};

fn normalise(raw: &str, asked: &Asked<'_>) -> Result<String, Invalid> {
    let wanted = squeeze(raw).to_lowercase();
    let same = |option: &&String| squeeze(option).to_lowercase() == wanted;
    let Some(option) = asked.options.iter().find(same) else {
        return Err(Invalid::option(format!("it is not one of: {}", asked.options.join(", "))));
    };
    Ok(option.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_found_in_any_case_and_nothing_else_is() {
        let options = ["Anmeldung".to_owned(), "Ummeldung".to_owned()];
        let asked = Asked { options: &options, ..Asked::default() };
        assert_eq!(normalise(" ummeldung ", &asked).unwrap(), "Ummeldung");
        assert_eq!(normalise("Abmeldung", &asked).unwrap_err().code, "F0404");
    }
}
