//! "Did you mean": the known word that is most like an unknown one.

/// The most similar of the known words, if one is similar enough to be a slip of the keyboard.
pub fn similar<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let most = (word.chars().count() / 3).max(1);
    let distance = |other: &str| strsim::damerau_levenshtein(&word, &other.to_lowercase());
    let close = known.into_iter().map(|other| (distance(other), other));
    let best =
        close.filter(|(distance, _)| *distance <= most).min_by_key(|(distance, _)| *distance);
    best.map(|(_, other)| other)
}

/// The advice for an unknown word: the similar one, else all there are; `None` when there are none.
pub fn did_you_mean(word: &str, known: &[&str]) -> Option<String> {
    if let Some(other) = similar(word, known.iter().copied()) {
        return Some(format!("did you mean `{other}`?"));
    }
    match known {
        [] => None,
        [only] => Some(format!("the only one is `{only}`")),
        all => Some(format!("there are {}", list(all))),
    }
}

/// Names in backticks with commas; of many only the first twenty.
pub fn list(names: &[&str]) -> String {
    const MOST: usize = 20;
    let shown: Vec<String> = names.iter().take(MOST).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > MOST { ", …" } else { "" };
    shown.join(", ") + more
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_keyboard_finds_its_word_and_another_word_does_not() {
        let known = ["ausgang", "posteingang", "entwürfe"];
        assert_eq!(similar("ausgagn", known), Some("ausgang"));
        assert_eq!(similar("Entwurfe", known), Some("entwürfe"));
        assert_eq!(similar("scanner", known), None);
        assert_eq!(did_you_mean("scanner", &["a", "b"]).unwrap(), "there are `a`, `b`");
        assert_eq!(did_you_mean("scanner", &[]), None);
    }
}
