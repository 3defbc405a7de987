//! Element trees to documents and back, by the field table.

use std::collections::BTreeMap;

use super::tables::{Field, Table, Type, table};
use super::values::{Decimal5, Value, Values, date, moment};
use super::{Document, Element, MessageKind};
use crate::records::{ErrorCode, Expected, FieldError};

/// Errors of one document that are told; the rest of a hopeless one would say nothing new.
const ERRORS_MAX: usize = 50;
/// Goods of a document: XSD 99 or 100; waybills of an arrival are unbounded there and bounded here.
const LINES_MAX: usize = 10_000;
/// Names of unknown elements that are told apart.
const UNKNOWN_MAX: usize = 100;

/// Reads a business element.
///
/// # Errors
/// Everything that is wrong with it, each with the field's own name; of a buyer's field only the length of what was
/// found.
pub fn read(kind: MessageKind, element: &Element) -> Result<Document, Vec<FieldError>> {
    let mut reading = Reading { errors: Vec::new(), unknown: BTreeMap::new() };
    let Some(table) = table(kind).filter(|table| table.item == element.name) else {
        let item = table(kind).map_or("", |table| table.item);
        let expected = Expected::Stated {
            zh: format!("应为 {item} 元素").into(),
            en: format!("element {item}").into(),
        };
        return Err(vec![FieldError::new("", ErrorCode::Enum, &element.name, expected)]);
    };
    let (head, lines) = reading.item(table, element);
    if !reading.errors.is_empty() {
        reading.errors.truncate(ERRORS_MAX);
        return Err(reading.errors);
    }
    Ok(Document { kind, line: element.line, head, lines, unknown: reading.unknown })
}

/// The element of a document, fields in the table's order. Reading it gives the document, but for unknown elements.
#[must_use]
pub fn write(document: &Document) -> Element {
    let Some(table) = table(document.kind) else { return Element::default() };
    let fields = |values: &Values| -> Vec<Element> {
        values.iter().map(|(name, text)| element(name, text.into_owned(), Vec::new())).collect()
    };
    let mut children = match table.head {
        Some(head) => vec![element(head, String::new(), fields(&document.head))],
        None => fields(&document.head),
    };
    if let Some(list) = table.list {
        children.extend(document.lines.iter().map(|line| element(list, String::new(), fields(line))));
    }
    Element { line: document.line, ..element(table.item, String::new(), children) }
}

fn element(name: &str, text: String, children: Vec<Element>) -> Element {
    Element { name: name.to_owned(), line: 0, text, children }
}

struct Reading {
    errors: Vec<FieldError>,
    unknown: BTreeMap<String, u64>,
}

impl Reading {
    fn item(&mut self, table: &'static Table, item: &Element) -> (Values, Vec<Values>) {
        let mut lines = Vec::new();
        let mut head = None;
        for child in &item.children {
            if table.list == Some(child.name.as_str()) {
                if lines.len() >= LINES_MAX {
                    let expected = Expected::Stated {
                        zh: format!("至多 {LINES_MAX} 项").into(),
                        en: format!("at most {LINES_MAX} of them").into(),
                    };
                    self.error(FieldError::new(child.name.clone(), ErrorCode::TooLong, "", expected));
                    break;
                }
                let place = format!("{}[{}].", child.name, lines.len() + 1);
                lines.push(self.values(&table.list_fields, &child.children, &place));
            } else if table.head == Some(child.name.as_str()) {
                match head {
                    None => head = Some(self.values(&table.head_fields, &child.children, "")),
                    Some(_) => self.twice(child.name.clone()),
                }
            } else if table.head.is_some() {
                self.unknown(&child.name);
            }
        }
        let head = match (table.head, head) {
            (None, _) => self.values(&table.head_fields, &item.children, ""),
            (Some(_), Some(head)) => head,
            (Some(name), None) => {
                self.error(FieldError::new(name, ErrorCode::Missing, "", Expected::Value));
                Values::default()
            }
        };
        (head, lines)
    }

    fn values(&mut self, fields: &'static [Field], children: &[Element], place: &str) -> Values {
        let mut found: Vec<Option<&Element>> = vec![None; fields.len()];
        let mut next = 0;
        for child in children {
            let at = place_of(fields, &child.name, next);
            match at.and_then(|at| Some((fields.get(at)?, found.get_mut(at)?))) {
                None => self.unknown(&child.name),
                Some((field, Some(_))) => self.twice(format!("{place}{}", field.name)),
                Some((_, slot)) => *slot = Some(child),
            }
            next = at.map_or(next, |at| at + 1);
        }
        let mut values = Vec::with_capacity(children.len().min(fields.len()));
        for (field, element) in fields.iter().zip(found) {
            let text = element.map_or("", |element| element.text.trim());
            match value(field, text) {
                Ok(Some(value)) => values.push((field, value)),
                Ok(None) => {}
                Err((code, expected)) => {
                    let found = shown(field, text);
                    self.error(FieldError::new(format!("{place}{}", field.name), code, &found, expected));
                }
            }
        }
        Values(values)
    }

    fn unknown(&mut self, name: &str) {
        if self.unknown.len() < UNKNOWN_MAX || self.unknown.contains_key(name) {
            *self.unknown.entry(name.chars().take(60).collect()).or_insert(0) += 1;
        }
    }

    fn twice(&mut self, column: String) {
        let expected = Expected::Stated { zh: "只出现一次".into(), en: "once only".into() };
        self.error(FieldError::new(column, ErrorCode::ColumnCount, "", expected));
    }

    fn error(&mut self, error: FieldError) {
        if self.errors.len() < ERRORS_MAX {
            self.errors.push(error);
        }
    }
}

/// Where a field stands in the table. Elements mostly come in its order, so that the next one is looked at first.
fn place_of(fields: &[Field], name: &str, next: usize) -> Option<usize> {
    let is = |at: &usize| fields.get(*at).is_some_and(|field| field.name == name);
    (next..fields.len()).chain(0..next).find(is)
}

/// What an error repeats of a value: of what is a person's, or may be, its length alone.
fn shown(field: &Field, text: &str) -> String {
    if field.personal || field.free_text {
        "•".repeat(text.chars().count().min(20))
    } else {
        text.to_owned()
    }
}

/// The value of a field's text; nothing for an empty optional one.
fn value(field: &Field, text: &str) -> Result<Option<Value>, (ErrorCode, Expected)> {
    if text.is_empty() {
        return if field.required { Err((ErrorCode::Missing, Expected::Value)) } else { Ok(None) };
    }
    if !field.words.is_empty() && !field.words.contains(&text) {
        return Err((
            ErrorCode::Enum,
            Expected::Words(field.words.iter().map(|word| (*word).into()).collect()),
        ));
    }
    let chars = text.chars().count();
    let value = match field.form {
        Type::Exact(length) if chars != length => return Err(wrong_length(chars, length)),
        Type::Most(length) if chars > length => return Err((ErrorCode::TooLong, Expected::MaxChars(length))),
        Type::Exact(_) | Type::Most(_) | Type::Text => Value::Text(text.to_owned()),
        Type::Decimal => Value::Decimal(Decimal5::parse(text).ok_or_else(|| no_decimal(text))?),
        Type::Whole => Value::Whole(whole(text, 0)?),
        Type::Status => Value::Whole(whole(text, i64::from(i32::MIN))?),
        Type::Time14 | Type::Time17 => Value::Time(time(field.form, text)?, text.to_owned()),
        Type::Date8 => Value::Date(date(text).ok_or((ErrorCode::Date, Expected::Date))?),
    };
    Ok(Some(value))
}

fn wrong_length(found: usize, length: usize) -> (ErrorCode, Expected) {
    let expected = Expected::Stated {
        zh: format!("应为 {length} 个字符").into(),
        en: format!("{length} characters").into(),
    };
    (if found > length { ErrorCode::TooLong } else { ErrorCode::Type }, expected)
}

fn no_decimal(text: &str) -> (ErrorCode, Expected) {
    let negative = text.strip_prefix('-').and_then(Decimal5::parse).is_some();
    (if negative { ErrorCode::Negative } else { ErrorCode::Number }, Expected::Decimal { places: 5 })
}

fn whole(text: &str, min: i64) -> Result<i64, (ErrorCode, Expected)> {
    let max = i64::from(i32::MAX);
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = plain.then(|| text.parse::<i64>().ok()).flatten();
    number
        .filter(|number| (min..=max).contains(number))
        .ok_or((ErrorCode::Number, Expected::Whole { min, max }))
}

fn time(form: Type, text: &str) -> Result<crate::dates::Moment, (ErrorCode, Expected)> {
    let (length, words) =
        if form == Type::Time14 { (14, "yyyyMMddHHmmss") } else { (17, "yyyyMMddHHmmssSSS") };
    let expected = || Expected::Stated { zh: words.into(), en: words.into() };
    moment(text).filter(|_| text.len() == length).ok_or_else(|| (ErrorCode::Date, expected()))
}
