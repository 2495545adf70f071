//! By whose habits days and sums are written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A country by whose habits days and sums are written (ISO 3166-1 alpha-2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Country {
    /// Austria.
    #[serde(rename = "AT")]
    Austria,
    /// Switzerland.
    #[serde(rename = "CH")]
    Switzerland,
    /// Germany.
    #[default]
    #[serde(rename = "DE")]
    Germany,
    /// France.
    #[serde(rename = "FR")]
    France,
    /// The United Kingdom.
    #[serde(rename = "GB")]
    Britain,
    /// Malaysia.
    #[serde(rename = "MY")]
    Malaysia,
    /// The United States, where the month stands before the day.
    #[serde(rename = "US")]
    UnitedStates,
}

impl Country {
    /// The currency of a sum that names none (ISO 4217).
    pub(in crate::fields) fn currency(self) -> &'static str {
        match self {
            Self::Austria | Self::Germany | Self::France => "EUR",
            Self::Switzerland => "CHF",
            Self::Britain => "GBP",
            Self::Malaysia => "MYR",
            Self::UnitedStates => "USD",
        }
    }

    /// The currency that `$` stands for: receipts of other countries print it for their own.
    pub(in crate::fields) fn dollar(self) -> &'static str {
        match self {
            Self::Malaysia => "MYR",
            _ => "USD",
        }
    }

    /// Whether `3/12` is the twelfth of March.
    pub(in crate::fields) fn month_first(self) -> bool {
        self == Self::UnitedStates
    }

    /// Whether a number has a point before its decimals.
    pub(in crate::fields) fn decimal_point(self) -> bool {
        matches!(self, Self::Britain | Self::Malaysia | Self::UnitedStates | Self::Switzerland)
    }
}
