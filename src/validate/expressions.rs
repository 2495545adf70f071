//! The admin's expressions and letter texts over the values of a form: minijinja, strict, with fuel.
//!
//! In an expression a date can be compared and has `.days_since(other)`, amounts and numbers are
//! numbers, and what was not found is `none`. In a text everything reads as a person writes it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;
use minijinja::value::{DynObject, Enumerator, Object, ObjectRepr, Value, from_args};
use minijinja::{Environment, ErrorKind, State, UndefinedBehavior};

use super::Context;
use crate::config::{Class, Field};
use crate::domain::{FieldName, FieldValue, Form, Parsed};

/// Steps an expression or a text may take; a letter takes a few hundred.
const FUEL: u64 = 100_000;

/// The values of one item, by name.
pub struct Scope {
    values: BTreeMap<String, Value>,
    texts: BTreeMap<String, Value>,
}

impl Scope {
    /// Everything an expression of this class can name.
    pub fn new(class: &Class, form: &Form, parsed: &Parsed, context: &Context<'_>) -> Self {
        let mut scope = Self { values: BTreeMap::new(), texts: BTreeMap::new() };
        let language = context.language;
        for (name, field) in &class.fields {
            // An empty cell of a table is none of the values; only its row has it.
            let values = form.get(name).into_iter().flat_map(|value| value.values());
            let found: Vec<&str> = values.filter(|it| !it.is_empty()).collect();
            let kind = field.kind.0.as_str();
            let value = |of: &dyn Fn(&str) -> Value| match found.as_slice() {
                all if field.several => {
                    Value::from_object(List(all.iter().map(|it| of(it)).collect()))
                }
                [] => Value::from(()),
                [first, ..] => of(first),
            };
            scope.values.insert(name.0.clone(), value(&|it| typed(kind, it, language)));
            scope.texts.insert(name.0.clone(), value(&|it| shown(kind, it, language).into()));
        }
        for (rows, columns) in class.rows() {
            let (values, texts) = rows_of(&columns, form, language);
            scope.values.insert(rows.to_owned(), values);
            scope.texts.insert(rows.to_owned(), texts);
        }
        let sender =
            parsed.envelope.as_ref().and_then(|it| it.reply_to.as_ref().or(it.from.as_ref()));
        let subject = parsed.envelope.as_ref().map(|it| it.subject.clone());
        let text = |text: Option<String>| {
            text.filter(|it| !it.is_empty()).map_or(Value::from(()), Value::from)
        };
        scope.both("eingang", day(context.arrived, language));
        scope.both("today", day(context.today, language));
        scope.both("absender", text(sender.map(|it| it.address.clone())));
        scope.both("absender_name", text(sender.map(|it| it.name.clone())));
        scope.both("betreff", text(subject));
        scope.both("sprache", text(parsed.language().map(str::to_owned)));
        scope.both("office", context.office.into());
        scope.both("item", context.item.0.clone().into());
        scope.both("marking", "".into());
        scope
    }

    /// The same with the sentence that says that a model helped.
    #[must_use]
    pub fn marked(mut self, marking: &str) -> Self {
        self.both("marking", marking.into());
        self
    }

    /// Whether an expression is true.
    pub fn holds(&self, expression: &str) -> Result<bool, String> {
        let environment = environment();
        let compiled =
            environment.compile_expression(expression).map_err(|error| error.to_string())?;
        let value = compiled.eval(&self.values).map_err(|error| error.to_string())?;
        if value.is_undefined() {
            return Err(format!("nothing is known by the name `{expression}`"));
        }
        Ok(value.is_true())
    }

    /// A text with its expressions filled in.
    pub fn render(&self, text: &str) -> Result<String, String> {
        environment().render_str(text, &self.texts).map_err(|error| error.to_string())
    }

    /// A text with its expressions filled in; what is missing leaves a gap that everyone sees.
    pub fn render_with_gaps(&self, text: &str) -> Result<String, String> {
        let empty = |value: &Value| {
            value.downcast_object_ref::<List>().map_or(value.is_none(), |list| list.0.is_empty())
        };
        let gap =
            |value: &Value| if empty(value) { Value::from("________") } else { value.clone() };
        let texts: BTreeMap<String, Value> =
            self.texts.iter().map(|(name, it)| (name.clone(), gap(it))).collect();
        environment().render_str(text, texts).map_err(|error| error.to_string())
    }

    fn both(&mut self, name: &str, value: Value) {
        self.values.insert(name.to_owned(), value.clone());
        self.texts.insert(name.to_owned(), value);
    }
}

/// The rows of a table by the names of its columns: as expressions count with them, and as texts show them.
fn rows_of(columns: &[(&FieldName, &Field)], form: &Form, language: &str) -> (Value, Value) {
    let column = |(name, field): &(&FieldName, &Field)| {
        let cells: Vec<String> =
            form.get(*name).into_iter().flat_map(FieldValue::values).map(str::to_owned).collect();
        (name.0.clone(), field.kind.0.clone(), cells)
    };
    let columns: Vec<(String, String, Vec<String>)> = columns.iter().map(column).collect();
    let count = columns.iter().map(|(.., cells)| cells.len()).max().unwrap_or_default();
    let row = |nth: usize, of: &dyn Fn(&str, &str) -> Value| -> Value {
        let cells = columns.iter().map(|(name, kind, cells)| {
            let cell = cells.get(nth).map_or("", String::as_str);
            (name.clone(), of(kind, cell))
        });
        cells.collect::<BTreeMap<String, Value>>().into()
    };
    let counted = |kind: &str, cell: &str| match cell {
        "" => Value::from(()),
        cell => typed(kind, cell, language),
    };
    let values: Vec<Value> = (0..count).map(|nth| row(nth, &counted)).collect();
    let written = |kind: &str, cell: &str| shown(kind, cell, language).into();
    let texts: Vec<Value> = (0..count).map(|nth| row(nth, &written)).collect();
    (values.into(), texts.into())
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment
}

/// A value as expressions count with it.
fn typed(kind: &str, value: &str, language: &str) -> Value {
    let number = value.split(' ').next().unwrap_or_default().parse::<f64>();
    match (kind, value.parse::<Date>(), number) {
        ("date", Ok(date), _) => day(date, language),
        ("amount" | "number" | "percent", _, Ok(number)) => number.into(),
        ("yes_no", _, _) => matches!(value, "yes" | "true").into(),
        _ => value.into(),
    }
}

/// A value as a person writes it.
pub fn shown(kind: &str, value: &str, language: &str) -> String {
    match (kind, value.parse::<Date>()) {
        _ if value.is_empty() => String::new(),
        ("date", Ok(date)) => written(date, language),
        ("amount", _) => money(value, language),
        // Lists sort by family name, letters greet with the given name first.
        ("person", _) => match value.split_once(", ") {
            Some((family, given)) => format!("{given} {family}"),
            None => value.to_owned(),
        },
        ("iban", _) => grouped(value),
        ("duration", _) if language == "de" => german(value),
        _ => value.to_owned(),
    }
}

/// A duration in German: `2 Jahre`.
fn german(duration: &str) -> String {
    let (count, unit) = duration.split_once(' ').unwrap_or((duration, ""));
    let one = count == "1";
    let unit = match unit.trim_end_matches('s') {
        "day" => {
            if one {
                "Tag"
            } else {
                "Tage"
            }
        }
        "week" => {
            if one {
                "Woche"
            } else {
                "Wochen"
            }
        }
        "month" => {
            if one {
                "Monat"
            } else {
                "Monate"
            }
        }
        "year" => {
            if one {
                "Jahr"
            } else {
                "Jahre"
            }
        }
        _ => return duration.to_owned(),
    };
    format!("{count} {unit}")
}

fn grouped(iban: &str) -> String {
    let letters: Vec<char> = iban.chars().collect();
    letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

fn money(value: &str, language: &str) -> String {
    let (number, currency) = value.split_once(' ').unwrap_or((value, ""));
    let (whole, cents) = number.split_once('.').unwrap_or((number, "00"));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let (point, comma) = if language == "en" { (',', '.') } else { ('.', ',') };
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            grouped.push(point);
        }
        grouped.push(digit);
    }
    let currency = if currency == "EUR" { "€" } else { currency };
    format!("{sign}{grouped}{comma}{cents} {currency}").trim_end().to_owned()
}

/// A day as it is written in a language.
pub fn written(date: Date, language: &str) -> String {
    let format = if language == "en" { "%-d %B %Y" } else { "%d.%m.%Y" };
    date.strftime(format).to_string()
}

fn day(date: Date, language: &str) -> Value {
    Value::from_object(Day { date, language: language.to_owned() })
}

/// The values of a field that takes several: a list, which reads in a text as a person lists things.
#[derive(Debug)]
struct List(Vec<Value>);

impl Object for List {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.0.get(key.as_usize()?).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.0.len())
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&texts.join(", "))
    }
}

#[derive(Debug)]
struct Day {
    date: Date,
    language: String,
}

impl Object for Day {
    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<std::cmp::Ordering> {
        other.downcast_ref::<Self>().map(|other| self.date.cmp(&other.date))
    }

    fn call_method(
        self: &Arc<Self>,
        _: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, minijinja::Error> {
        if method != "days_since" {
            return Err(minijinja::Error::from(ErrorKind::UnknownMethod));
        }
        let (other,): (Value,) = from_args(args)?;
        let other = other.downcast_object_ref::<Self>().ok_or_else(|| {
            minijinja::Error::new(ErrorKind::InvalidOperation, "`days_since` needs another date")
        })?;
        let days = self.date.since((jiff::Unit::Day, other.date)).map(|span| span.get_days());
        days.map(Value::from)
            .map_err(|error| minijinja::Error::new(ErrorKind::InvalidOperation, error.to_string()))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&written(self.date, &self.language))
    }
}

/// The value of one field as a person writes it.
pub fn shown_field(class: &Class, name: &FieldName, value: &str, language: &str) -> String {
    shown(class.fields.get(name).map_or("text", |field| field.kind.0.as_str()), value, language)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        let date = |year, month, day_| day(Date::constant(year, month, day_), "de");
        let mut scope = Scope { values: BTreeMap::new(), texts: BTreeMap::new() };
        scope.both("eingang", date(2026, 3, 20));
        scope.both("aufnahme", date(2026, 3, 1));
        scope.both("fehlt", Value::from(()));
        scope.values.insert("brutto".into(), 1200.5.into());
        scope
    }

    #[test]
    fn dates_are_counted_and_compared() {
        assert_eq!(scope().holds("eingang.days_since(aufnahme) > 14"), Ok(true));
        assert_eq!(scope().holds("aufnahme > eingang"), Ok(false));
        assert_eq!(scope().holds("fehlt and eingang.days_since(fehlt) > 1"), Ok(false));
        assert_eq!(scope().holds("brutto > 1000"), Ok(true));
        assert!(scope().holds("unbekannt").is_err());
    }

    #[test]
    fn texts_read_as_a_person_writes() {
        assert_eq!(scope().render("am {{ aufnahme }}").unwrap(), "am 01.03.2026");
        assert_eq!(scope().render_with_gaps("{{ fehlt }}").unwrap(), "________");
        assert_eq!(shown("amount", "1234567.50 EUR", "de"), "1.234.567,50 €");
        assert_eq!(shown("amount", "1234.50 EUR", "en"), "1,234.50 €");
        assert_eq!(shown("person", "Müller, Jana", "de"), "Jana Müller");
        assert_eq!(shown("duration", "1 year", "de"), "1 Jahr");
        assert_eq!(shown("duration", "30 days", "en"), "30 days");
    }

    #[test]
    fn several_values_are_a_list() {
        let class: Class = toml::from_str(
            r#"
            title = "Vertrag"
            description = ""
            approval = []
            field.partei = { several = true }
            field.tag = { type = "date", several = true }
            "#,
        )
        .unwrap();
        let candidate = |value: &str| crate::domain::Candidate {
            value: value.into(),
            ..crate::domain::Candidate::default()
        };
        let parties = vec![candidate("Stadt Mainz"), candidate("Muster GmbH")];
        let form: Form =
            [("partei".into(), crate::domain::FieldValue::of_all(parties, 0.9))].into();
        let item = crate::domain::ItemId::default();
        let day = Date::constant(2026, 3, 20);
        let context = Context {
            arrived: day,
            today: day,
            language: "de",
            office: "",
            earlier: None,
            item: &item,
        };
        let scope = Scope::new(&class, &form, &Parsed::default(), &context);
        assert_eq!(scope.holds("partei|length == 2 and 'Muster GmbH' in partei"), Ok(true));
        assert_eq!(scope.holds("tag|length > 0 or tag"), Ok(false));
        let text = "{{ partei }}; {% for it in partei %}<{{ it }}>{% endfor %}";
        assert_eq!(
            scope.render(text).unwrap(),
            "Stadt Mainz, Muster GmbH; <Stadt Mainz><Muster GmbH>"
        );
        assert_eq!(
            scope.render_with_gaps("{{ partei[1] }} am {{ tag }}").unwrap(),
            "Muster GmbH am ________"
        );
    }

    #[test]
    fn an_endless_text_runs_out_of_fuel() {
        assert!(scope().render("{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}").is_err());
    }
}
