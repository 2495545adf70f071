//! In which language a text is written.
//!
//! A naive Bayes model over pieces of text of one to six bytes (M. Lui, T. Baldwin, "langid.py: An Off-the-shelf
//! Language Identification Tool", ACL 2012), with the weights of py3langid, made smaller by
//! `scripts/make-language-model`, which describes the file. Nothing is unpacked: it is read where the program lies.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

/// The language is told from the beginning.
const SAMPLE: usize = 2000;
/// Fewer letters are a name or a number. A sign of Chinese or Japanese counts as [`SIGN`] letters.
const LETTERS: usize = 10;
const SIGN: usize = 4;
/// With less share a language is a guess. Chosen on the sentences of the `langid` set, where 99 of 100 that have
/// more are right.
const SURE: f32 = 0.3;
/// The longest piece, in bytes.
const LONGEST: usize = 6;
/// A piece in the file: its length and its bytes, filled with zeros.
const KEY: usize = LONGEST + 1;
/// A language in the file: its name of three bytes and its prior.
const NAME: usize = 7;
/// What is no language: numbers, addresses, markup.
const NO_LANGUAGE: &str = "zxx";
/// Other names of a language than those the desk uses.
const ALIASES: &[(&str, &str)] = &[("no", "nb")];
/// Languages so near to each other that what is certain of all together is certain enough to name the likeliest.
const NEAR: &[&str] = &["bs", "hr", "sr"];

struct Model {
    /// Each with its log prior.
    languages: Vec<(&'static str, f32)>,
    /// In ascending order.
    pieces: &'static [[u8; KEY]],
    /// For each piece one for each language.
    weights: &'static [u8],
}

static MODEL: LazyLock<Option<Model>> =
    LazyLock::new(|| Model::read(include_bytes!("language/model.bin")));

impl Model {
    /// `None` only if the file were damaged, which a test excludes.
    fn read(file: &'static [u8]) -> Option<Self> {
        let (languages, rest) = file.split_first_chunk::<2>()?;
        let (pieces, rest) = rest.split_first_chunk::<4>()?;
        let languages = usize::from(u16::from_le_bytes(*languages));
        let pieces = usize::try_from(u32::from_le_bytes(*pieces)).ok()?;
        let (names, rest) = rest.split_at_checked(languages * NAME)?;
        let (keys, weights) = rest.split_at_checked(pieces * KEY)?;
        let language = |entry: &'static [u8; NAME]| {
            let (name, prior) = entry.split_first_chunk::<3>()?;
            Some((
                std::str::from_utf8(name).ok()?.trim_end(),
                f32::from_le_bytes(prior.try_into().ok()?),
            ))
        };
        let languages: Option<Vec<_>> = names.as_chunks().0.iter().map(language).collect();
        let fits = weights.len() == pieces * languages.as_ref()?.len();
        fits.then_some(Self { languages: languages?, pieces: keys.as_chunks().0, weights })
    }

    /// How often each piece stands in the text: at every place the longest that ends there.
    fn count(&self, text: &[u8]) -> HashMap<usize, u32> {
        let mut counts = HashMap::new();
        for end in 1..=text.len() {
            let longest = (1..=LONGEST.min(end)).rev().find_map(|length| {
                let piece = text.get(end - length..end)?;
                let mut key = [0; KEY];
                *key.first_mut()? = u8::try_from(length).ok()?;
                key.get_mut(1..=length)?.copy_from_slice(piece);
                self.pieces.binary_search(&key).ok()
            });
            if let Some(piece) = longest {
                *counts.entry(piece).or_default() += 1;
            }
        }
        counts
    }

    /// The share of each language, the likeliest first; together 1.
    fn shares(&self, text: &str) -> Vec<(&'static str, f32)> {
        let text = written(text);
        let mut scores: Vec<f32> = self.languages.iter().map(|(_, prior)| *prior).collect();
        for (piece, count) in self.count(text.as_bytes()) {
            let start = piece * scores.len();
            let weights = self.weights.get(start..start + scores.len()).unwrap_or_default();
            let often = (count as f32).ln_1p();
            for (score, weight) in scores.iter_mut().zip(weights) {
                *score += often * (f32::from(*weight) - 128.0) / 16.0;
            }
        }
        // Pieces overlap, so that long texts would look surer than they are.
        let calm = (text.len().max(1) as f32).sqrt();
        let best = scores.iter().copied().fold(f32::MIN, f32::max);
        let powers: Vec<f32> = scores.iter().map(|score| ((score - best) / calm).exp()).collect();
        let sum: f32 = powers.iter().sum();
        let mut shares: Vec<(&str, f32)> = Vec::new();
        for ((name, _), power) in self.languages.iter().zip(powers) {
            // A language in two scripts stands there twice.
            match shares.iter_mut().find(|(known, _)| known == name) {
                Some((_, share)) => *share += power / sum,
                None => shares.push((name, power / sum)),
            }
        }
        shares.sort_by(|one, other| other.1.total_cmp(&one.1));
        shares
    }
}

/// As the model knows texts: composed letters, and capitals only where not all are.
fn written(text: &str) -> String {
    let composed: String = text.nfc().collect();
    if composed.chars().any(char::is_lowercase) { composed } else { composed.to_lowercase() }
}

/// ISO 639-1 code of the text's language, when it can be told.
pub(super) fn language(text: &str) -> Option<String> {
    let sample: String = text.chars().take(SAMPLE).collect();
    let weight = |letter: char| if letter as u32 >= 0x2e80 { SIGN } else { 1 };
    let letters: usize = sample.chars().filter(|it| it.is_alphabetic()).map(weight).sum();
    if letters < LETTERS {
        return None;
    }
    let shares = MODEL.as_ref()?.shares(&sample);
    let (name, share) = *shares.first()?;
    let near = |(other, _): &&(&str, f32)| NEAR.contains(other);
    let certain: f32 = match NEAR.contains(&name) {
        true => shares.iter().filter(near).map(|(_, share)| share).sum(),
        false => share,
    };
    if name == NO_LANGUAGE || certain < SURE {
        return None;
    }
    let alias = ALIASES.iter().find(|(from, _)| *from == name);
    Some(alias.map_or(name, |(_, to)| to).to_owned())
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    /// Every language that can be told, by its ISO 639-1 code.
    fn spoken() -> Vec<&'static str> {
        let names = MODEL.iter().flat_map(|model| &model.languages).map(|(name, _)| *name);
        let named = |name: &'static str| {
            ALIASES.iter().find(|(from, _)| *from == name).map_or(name, |it| it.1)
        };
        let mut names: Vec<&str> = names.filter(|name| *name != NO_LANGUAGE).map(named).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    #[test]
    fn the_language_of_a_letter_is_told_in_any_script() {
        let texts = [
            ("de", "Sehr geehrte Damen und Herren, hiermit melde ich meinen Hund an."),
            ("en", "Dear Sir or Madam, I would like to register my dog with your office."),
            ("uk", "Доброго дня, я хотіла б зареєструвати свою собаку у вашому місті."),
            ("ru", "Здравствуйте, я хотел бы зарегистрировать свою собаку в вашем городе."),
            ("tr", "Sayın yetkililer, köpeğimi belediyenize kaydettirmek istiyorum."),
            ("ar", "السلام عليكم، أود تسجيل كلبي لدى بلديتكم."),
            ("fa", "سلام، من می‌خواهم سگم را در شهرداری شما ثبت کنم."),
            ("sq", "Përshëndetje, dua të regjistroj qenin tim pranë zyrës suaj."),
            ("so", "Waxaan rabaa inaan eygayga ka diiwaan geliyo xafiiskiinna."),
            ("pl", "Dzień dobry, chciałbym zarejestrować mojego psa w Państwa urzędzie."),
            ("zh", "您好，我想在贵市登记我的狗。"),
            ("ja", "こんにちは、犬を登録したいのですが。"),
            ("ka", "გამარჯობა, მინდა ჩემი ძაღლის რეგისტრაცია."),
            ("el", "Καλησπέρα, θα ήθελα να δηλώσω τον σκύλο μου."),
            ("vi", "Xin chào, tôi muốn đăng ký con chó của tôi."),
            ("nb", "Hei, jeg ønsker å registrere hunden min hos dere, hva må jeg gjøre?"),
        ];
        for (wanted, text) in texts {
            assert_eq!(language(text).as_deref(), Some(wanted), "{text}");
            let apart: String = text.nfd().collect();
            assert_eq!(language(&apart).as_deref(), Some(wanted), "in pieces: {text}");
        }
        assert_eq!(
            language("HIERMIT MELDE ICH MEINEN HUND AN UND BITTE UM DIE MARKE.").as_deref(),
            Some("de")
        );
    }

    #[test]
    fn what_is_no_text_has_no_language() {
        for text in [
            "",
            "Max Muster",
            "4711 0815 2026-03-01",
            "x: 12,50 y: 13,20 z: 8,10",
            "---- ==== ----",
            "字",
        ] {
            assert_eq!(language(text), None, "{text}");
        }
        let ids =
            "0193b7a4-77c1-7e35-b0bb-d6d3a5ef3b11 0193b7a4-77c1-7e35-b0bb-d6d3a5ef3b12 ".repeat(9);
        assert_eq!(language(&ids), None);
    }

    #[test]
    fn every_language_has_a_name_in_the_languages_of_the_desk() {
        let spoken = spoken();
        assert!(spoken.len() >= 55, "{spoken:?}");
        for desk in ["de", "en"] {
            for code in &spoken {
                assert!(
                    crate::locale::has(desk, &format!("language-{code}")),
                    "{desk}: language-{code}"
                );
            }
        }
    }
}
