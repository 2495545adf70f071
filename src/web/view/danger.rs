//! Which files are handed out only after a warning, and which not at all.

use crate::domain::{Parsed, Problem};
use crate::parse::DANGEROUS;

/// How a file may be taken home.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::web) enum Danger {
    /// As any other.
    None,
    /// After a warning.
    Warned(Problem),
    /// Not from here: malware was found in the item.
    Forbidden(Problem),
}

/// How dangerous one document of an item (from 0) is.
pub(in crate::web) fn danger(parsed: &Parsed, document: usize) -> Danger {
    if let Some(found) = parsed.all_problems().find(|it| it.code == "P0405") {
        return Danger::Forbidden(found.clone());
    }
    let problems = parsed.documents.get(document).into_iter().flat_map(|it| &it.problems);
    let mut dangerous = problems.filter(|it| DANGEROUS.contains(&it.code.as_str()));
    dangerous.next().cloned().map_or(Danger::None, Danger::Warned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Document;

    #[test]
    fn a_program_needs_a_warning_and_malware_stays_here() {
        let problem = |code| Problem::new(code, "x");
        let document = |code| Document { problems: vec![problem(code)], ..Document::default() };
        let documents = vec![document("P0302"), document("P0401")];
        let mut parsed = Parsed { documents, ..Parsed::default() };
        assert_eq!(danger(&parsed, 0), Danger::None);
        assert_eq!(danger(&parsed, 1), Danger::Warned(problem("P0401")));
        parsed.problems.push(problem("P0405"));
        assert_eq!(danger(&parsed, 0), Danger::Forbidden(problem("P0405")));
    }
}
