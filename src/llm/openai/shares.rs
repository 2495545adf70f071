//! How sure the model was of its choice, from the alternatives to each token of its answer.

use serde_json::Value;

use super::reply::Reply;

/// The share of an answer whose alternatives the server does not tell.
const UNTOLD: f32 = 0.6;

/// For each option its share of the probability.
///
/// At each token of the value the probability is split among the alternatives that lead to an
/// option; what does not lead to one was not allowed and does not count.
pub(super) fn shares(reply: &Reply, options: &[String], chosen: usize) -> Vec<f32> {
    if options.len() < 2 {
        return vec![1.0; options.len()];
    }
    let mut shares = vec![0.0; options.len()];
    let Some(rest) = split(reply, options, &mut shares) else {
        let others = (1.0 - UNTOLD) / (options.len() - 1) as f32;
        return (0..options.len()).map(|i| if i == chosen { UNTOLD } else { others }).collect();
    };
    give(&mut shares, &[chosen], rest);
    let sum: f32 = shares.iter().sum();
    shares.iter().map(|share| share / sum).collect()
}

/// Adds the alternatives' probabilities to their options; gives what is left for the chosen one.
/// `None` when the server tells no alternatives.
fn split(reply: &Reply, options: &[String], shares: &mut [f32]) -> Option<f32> {
    let endings: Vec<String> = options.iter().map(|option| ending(option)).collect();
    let text: String = reply.tokens.iter().map(|token| token.text.as_str()).collect();
    // After the quotation mark that begins the string.
    let begins = text.find('"')? + 1;
    let mut rest = 1.0;
    let mut told = false;
    let mut before = String::new();
    for token in &reply.tokens {
        let leads = |alternative: &str| leads_to(&endings, &format!("{before}{alternative}"), begins);
        let likely: Vec<(&str, f32, Vec<usize>)> = token
            .likely
            .iter()
            .map(|(text, share)| (text.as_str(), *share, leads(text)))
            .filter(|(_, _, to)| !to.is_empty())
            .collect();
        let own = likely.iter().find(|(text, ..)| *text == token.text);
        let sum: f32 = likely.iter().map(|(_, share, _)| share).sum();
        if let (Some((_, share, _)), true) = (own, sum > 0.0) {
            told = true;
            for (text, share, to) in &likely {
                if *text != token.text {
                    let each = rest * share / sum / to.len() as f32;
                    give(shares, to, each);
                }
            }
            rest *= share / sum;
        }
        before.push_str(&token.text);
    }
    told.then_some(rest)
}

fn give(shares: &mut [f32], to: &[usize], each: f32) {
    for (_, share) in shares.iter_mut().enumerate().filter(|(i, _)| to.contains(i)) {
        *share += each;
    }
}

/// The options that an answer beginning so may become. Empty while the value has not begun.
fn leads_to(endings: &[String], answer: &str, begins: usize) -> Vec<usize> {
    let Some(value) = answer.get(begins..).filter(|value| !value.is_empty()) else { return Vec::new() };
    let fits = |ending: &String| ending.starts_with(value) || value.starts_with(ending.as_str());
    endings.iter().enumerate().filter(|(_, ending)| fits(ending)).map(|(i, _)| i).collect()
}

/// The option as it stands in JSON, with the quotation mark that ends it.
fn ending(option: &str) -> String {
    let quoted = Value::from(option).to_string();
    quoted.strip_prefix('"').unwrap_or(&quoted).to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::reply::Token;
    use super::*;

    fn token(text: &str, likely: &[(&str, f32)]) -> Token {
        let likely = likely.iter().map(|(text, share)| ((*text).to_owned(), *share)).collect();
        Token { text: text.into(), likely }
    }

    fn options() -> Vec<String> {
        ["hund", "hundesteuer", "rechnung"].map(str::to_owned).to_vec()
    }

    #[test]
    fn alternatives_that_lead_to_no_option_do_not_count() {
        let tokens = vec![
            token("\"", &[("\"", 0.2), ("Die", 0.8)]),
            token("hund", &[("hund", 0.3), ("re", 0.1), ("Katze", 0.6)]),
            token("\"", &[("\"", 0.5), ("esteuer", 0.5)]),
        ];
        let shares = shares(&Reply { tokens, ..Reply::default() }, &options(), 0);
        for (share, expected) in shares.iter().zip([0.375, 0.375, 0.25]) {
            assert!((share - expected).abs() < 1e-5, "{shares:?}");
        }
    }

    #[test]
    fn without_alternatives_the_answer_has_a_modest_share() {
        let shares_of_three = shares(&Reply::default(), &options(), 1);
        assert!((shares_of_three[1] - 0.6).abs() < 1e-5 && (shares_of_three[0] - 0.2).abs() < 1e-5);
        assert_eq!(shares(&Reply::default(), &["nur".into()], 0), [1.0]);
    }
}
