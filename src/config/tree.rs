//! A TOML file as a tree in which every key and value knows its place. The checks walk it, so that
//! one mistake hides no other: a file that does not fit its type can still be looked at.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

/// A value with its place and the place of its key.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    /// The bytes of the key; of the value itself for an item of a list.
    pub(super) key: Range<usize>,
    /// The bytes of the value; of the header for a table that has one.
    pub(super) span: Range<usize>,
    /// What stands there.
    pub(super) value: Value,
}

/// What can stand in a TOML file.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// Text, without quotes and escapes.
    Text(String),
    /// A whole number.
    Whole(i128),
    /// A number with decimals.
    Decimal(f64),
    /// `true` or `false`.
    Truth(bool),
    /// A date, a time or both.
    Date,
    /// `[…]` or `[[…]]`.
    List(Vec<Node>),
    /// `{…}` or `[…]` as a header, in the order of the file.
    Table(Vec<(String, Node)>),
}

impl Default for Value {
    fn default() -> Self {
        Self::Table(Vec::new())
    }
}

impl Node {
    /// The tree of a file and the mistakes of its grammar.
    pub(super) fn parse(text: &str) -> (Self, Vec<toml::de::Error>) {
        let (table, mistakes) = DeTable::parse_recoverable(text);
        (Self { key: 0..0, span: 0..0, value: from_table(table.get_ref()) }, mistakes)
    }

    /// The value of a key; `None` if this is no table or does not have it.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(name, _)| name == key).map(|(_, node)| node)
    }

    /// The value at a path of keys, where items of lists count as `0`, `1`, ….
    pub(super) fn step(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::List(items) => items.get(key.parse::<usize>().ok()?),
            _ => self.get(key),
        }
    }

    /// The entries of a table; none for anything else.
    pub(super) fn entries(&self) -> &[(String, Self)] {
        match &self.value {
            Value::Table(entries) => entries,
            _ => &[],
        }
    }

    /// The names in a table, in order.
    pub(super) fn names(&self) -> Vec<&str> {
        self.entries().iter().map(|(name, _)| name.as_str()).collect()
    }

    /// The items of a list; none for anything else.
    pub(super) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The text, if it is one.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The entries of the table under a key; none if there is no such table.
    pub(super) fn entries_of(&self, key: &str) -> &[(String, Self)] {
        self.get(key).map_or(&[], Self::entries)
    }

    /// The items of the list under a key; none if there is no such list.
    pub(super) fn items_of(&self, key: &str) -> &[Self] {
        self.get(key).map_or(&[], Self::items)
    }

    /// The text under a key.
    pub(super) fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Self::text)
    }
}

fn from_table(table: &DeTable<'_>) -> Value {
    let entry = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
        let name: &std::borrow::Cow<'_, str> = key.get_ref();
        (name.to_string(), Node { key: key.span(), ..from_value(value) })
    };
    Value::Table(table.iter().map(entry).collect())
}

fn from_value(value: &Spanned<DeValue<'_>>) -> Node {
    let what = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => Value::Whole(whole(number)),
        DeValue::Float(number) => Value::Decimal(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(truth) => Value::Truth(*truth),
        DeValue::Datetime(_) => Value::Date,
        DeValue::Array(items) => Value::List(items.iter().map(from_value).collect()),
        DeValue::Table(table) => from_table(table),
    };
    Node { key: value.span(), span: value.span(), value: what }
}

/// A number too large for TOML stays too large for every range of a schema.
fn whole(number: &DeInteger<'_>) -> i128 {
    i128::from_str_radix(number.as_str(), number.radix()).unwrap_or(i128::MAX)
}
