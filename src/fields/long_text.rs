//! A passage of some sentences.

use super::{FieldType, Search, text};

pub(super) const TYPE: FieldType = FieldType {
    name: "long_text",
    purpose: "A passage of up to some sentences, copied as it stands.",
    example: "Die Laterne vor dem Haus Nummer 7 ist seit Montag dunkel.",
    basis: "",
    search: Search::Passage { words: 40 },
    normalise: text::normalise,
    doubts: None,
    sensitive: false,
};
