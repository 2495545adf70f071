//! Texts, dates and numbers as the person reads them.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::domain::Method;
use crate::errors::codes;
use crate::locale::{self, Language};

/// The language and the time zone of one visitor.
#[derive(Clone, Debug)]
pub(super) struct Words {
    /// The language.
    pub language: &'static Language,
    /// The office's time zone.
    pub zone: TimeZone,
}

impl Words {
    /// The words of a language; the office's time zone by its IANA name.
    pub(super) fn new(language: &str, zone: &str) -> Self {
        let first = locale::LIST.first().unwrap_or(&NONE);
        let language = locale::find(language).or_else(|| locale::find(locale::FALLBACK));
        Self { language: language.unwrap_or(first), zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC) }
    }

    /// A text.
    pub(super) fn t(&self, key: &str) -> String {
        locale::text(self.language.code, key, &[])
    }

    /// A text with one argument.
    pub(super) fn with(&self, key: &str, name: &str, value: &str) -> String {
        locale::text(self.language.code, key, &[(name, value)])
    }

    /// A text with arguments.
    pub(super) fn fill(&self, key: &str, args: &[(&str, &str)]) -> String {
        locale::text(self.language.code, key, args)
    }

    /// A text, or `otherwise` when there is none for this key.
    pub(super) fn or(&self, key: &str, otherwise: &str) -> String {
        let known = locale::has(self.language.code, key) || locale::has(locale::FALLBACK, key);
        if known { self.t(key) } else { otherwise.to_owned() }
    }

    /// A day.
    pub(super) fn day(&self, date: Date) -> String {
        let pattern = if self.language.code == "de" { "%d.%m.%Y" } else { "%-d %b %Y" };
        date.strftime(pattern).to_string()
    }

    /// A moment in the office's time zone, to the minute.
    pub(super) fn moment(&self, at: Timestamp) -> String {
        let local = at.to_zoned(self.zone.clone());
        format!("{}, {}", self.day(local.date()), local.strftime("%H:%M"))
    }

    /// How sure we are, in words.
    pub(super) fn confidence(&self, share: f32) -> String {
        self.t(match share {
            it if it >= 0.95 => "sure-very",
            it if it >= 0.8 => "sure",
            it if it >= 0.5 => "unsure",
            _ => "unsure-very",
        })
    }

    /// How sure we are, as a number.
    pub(super) fn percent(&self, share: f32) -> String {
        format!("{:.0} %", (share * 100.0).clamp(0.0, 100.0))
    }

    /// Who or what found a value.
    pub(super) fn method(&self, method: Method) -> String {
        self.t(match method {
            Method::Person => "method-person",
            Method::Xml => "method-xml",
            Method::FormField => "method-form-field",
            Method::Barcode => "method-barcode",
            Method::Header => "method-header",
            Method::Recognised => "method-recognised",
            Method::Chosen => "method-chosen",
            Method::Copied => "method-copied",
            Method::NotFound => "method-not-found",
        })
    }

    /// What a code stands for, in one line; the code itself when nobody knows it.
    pub(super) fn code(&self, code: &str) -> String {
        let kind = match code.chars().next() {
            Some('P') => "problem",
            Some('F') => "finding",
            Some('H') => "held",
            _ => "code",
        };
        let otherwise = codes::find(code).map_or(code, |known| known.title);
        self.or(&format!("{kind}-{code}"), otherwise)
    }
}

static NONE: Language = Language { code: "en", name: "English", source: "" };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_moments_are_written_as_people_write_them() {
        let at: Timestamp = "2026-03-01T23:30:00Z".parse().unwrap();
        assert_eq!(Words::new("de", "Europe/Berlin").moment(at), "02.03.2026, 00:30");
        assert_eq!(Words::new("en", "Europe/Berlin").moment(at), "2 Mar 2026, 00:30");
    }

    #[test]
    fn a_code_is_told_in_words_and_an_unknown_one_stays_itself() {
        let words = Words::new("de", "Europe/Berlin");
        assert_eq!(words.code("F0101"), "Pflichtangabe fehlt");
        assert_eq!(words.code("F9999"), "F9999");
    }
}
