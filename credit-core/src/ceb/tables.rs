//! The field table: which message holds which element, and each field's name, type and length.

use std::sync::LazyLock;

use super::MessageKind;
use crate::records::Lang;

const TABLE: &str = include_str!("../../data/ceb/messages-2018-05.txt");

/// The form of a field's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// `anN`: exactly so many characters.
    Exact(usize),
    /// `an..N`: at most so many.
    Most(usize),
    /// `n19,5`: at most 14 digits and 5 decimals, not negative.
    Decimal,
    /// A whole number, not negative.
    Whole,
    /// `returnStatus`: a whole number, negative for an error.
    Status,
    /// `yyyyMMddHHmmss`, Asia/Shanghai.
    Time14,
    /// `yyyyMMddHHmmssSSS`, Asia/Shanghai.
    Time17,
    /// `yyyyMMdd`.
    Date8,
    Text,
}

/// A field of a head or of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub name: &'static str,
    pub required: bool,
    pub form: Type,
    /// The words it may hold; empty for any.
    pub words: Vec<&'static str>,
    /// A natural person's: becomes a token at the door.
    pub personal: bool,
    /// Somebody may have typed a person's data into it.
    pub free_text: bool,
}

/// What one kind of message holds.
#[derive(Debug)]
pub(super) struct Table {
    pub item: &'static str,
    /// The element of the head's fields; `None` when they stand in the item itself.
    pub head: Option<&'static str>,
    pub head_fields: Vec<Field>,
    pub list: Option<&'static str>,
    pub list_fields: Vec<Field>,
    titles: [&'static str; 2],
}

/// `domain.md` 5.2; `ebcTelephone` is a company's, and of a sole trader a person's.
const PERSONAL: [&str; 11] = [
    "buyerRegNo",
    "buyerName",
    "buyerTelephone",
    "buyerIdNumber",
    "payerName",
    "payerIdNumber",
    "telephone",
    "consignee",
    "consigneeTelephone",
    "consigneeAddress",
    "ebcTelephone",
];
const FREE_TEXT: [&str; 7] =
    ["note", "goodsInfo", "returnInfo", "itemDescribe", "reason", "oriBizMessage", "batchNumbers"];

static TABLES: LazyLock<Vec<(MessageKind, Table)>> = LazyLock::new(|| parse(TABLE));

pub(super) fn table(kind: MessageKind) -> Option<&'static Table> {
    TABLES.iter().find(|(of, _)| *of == kind).map(|(_, table)| table)
}

/// A field of a kind's head or lines.
#[must_use]
pub fn field(kind: MessageKind, name: &str) -> Option<&'static Field> {
    let table = table(kind)?;
    table.head_fields.iter().chain(&table.list_fields).find(|field| field.name == name)
}

/// The fields of a kind's head, and of its lines.
#[must_use]
pub fn fields(kind: MessageKind) -> (&'static [Field], &'static [Field]) {
    table(kind).map_or((&[], &[]), |table| (&table.head_fields, &table.list_fields))
}

/// The business element that a message of this kind repeats.
#[must_use]
pub fn item(kind: MessageKind) -> &'static str {
    table(kind).map_or("", |table| table.item)
}

/// What people call the document.
#[must_use]
pub fn title(kind: MessageKind, lang: Lang) -> &'static str {
    let [zh, en] = table(kind).map_or(["", ""], |table| table.titles);
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

fn parse(text: &'static str) -> Vec<(MessageKind, Table)> {
    let mut tables: Vec<(MessageKind, Table)> = Vec::new();
    let mut in_list = false;
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(rest) = line.strip_prefix("message ") {
            tables.extend(begun(rest));
            in_list = false;
            continue;
        }
        let Some((_, table)) = tables.last_mut() else { continue };
        if let Some(head) = line.strip_prefix("head ") {
            table.head = (head != ".").then_some(head);
        } else if let Some(list) = line.strip_prefix("list ") {
            table.list = Some(list);
            in_list = true;
        } else if let Some(field) = field_of(line) {
            if in_list { &mut table.list_fields } else { &mut table.head_fields }.push(field);
        }
    }
    tables
}

/// `CODE direction ITEM title-zh | title-en`
fn begun(rest: &'static str) -> Option<(MessageKind, Table)> {
    let (front, en) = rest.split_once(" | ")?;
    let mut words = front.splitn(4, ' ');
    let (code, _direction, item, zh) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let kind = MessageKind::ALL.into_iter().find(|kind| kind.code() == code)?;
    let table = Table {
        item,
        head: None,
        head_fields: Vec::new(),
        list: None,
        list_fields: Vec::new(),
        titles: [zh, en],
    };
    Some((kind, table))
}

/// `NAME[?] TYPE [=WORD|WORD]`
fn field_of(line: &'static str) -> Option<Field> {
    let mut words = line.split(' ');
    let (name, form) = (words.next()?, words.next()?);
    let required = !name.ends_with('?');
    let name = name.trim_end_matches('?');
    let form = match form {
        "n19,5" => Type::Decimal,
        "int" => Type::Whole,
        "status" => Type::Status,
        "time14" => Type::Time14,
        "time17" => Type::Time17,
        "date8" => Type::Date8,
        "text" => Type::Text,
        form => match form.strip_prefix("an..") {
            Some(most) => Type::Most(most.parse().ok()?),
            None => Type::Exact(form.strip_prefix("an")?.parse().ok()?),
        },
    };
    let allowed = words.next().and_then(|word| word.strip_prefix('=')).unwrap_or_default();
    Some(Field {
        name,
        required,
        form,
        words: allowed.split('|').filter(|word| !word.is_empty()).collect(),
        personal: PERSONAL.contains(&name),
        free_text: FREE_TEXT.contains(&name),
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_read() {
        assert_eq!(TABLES.len(), MessageKind::ALL.len());
        let lines = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let fields = lines.filter(|line| !["message ", "head ", "list "].iter().any(|p| line.starts_with(p)));
        let read: usize =
            TABLES.iter().map(|(_, table)| table.head_fields.len() + table.list_fields.len()).sum();
        assert_eq!(read, fields.count());
        for kind in MessageKind::ALL {
            let table = table(kind).unwrap();
            assert_eq!(table.list.is_some(), !table.list_fields.is_empty(), "{kind:?}");
            let guid = field(kind, "guid").unwrap();
            assert_eq!((guid.form, guid.required), (Type::Exact(36), true));
            assert!(!title(kind, Lang::Zh).is_empty() && !title(kind, Lang::En).is_empty());
            assert_eq!(kind.is_receipt(), field(kind, "returnStatus").is_some(), "{kind:?}");
        }
    }

    #[test]
    fn lengths_differ_between_import_and_export() {
        assert_eq!(field(MessageKind::Ceb311, "ebpCode").unwrap().form, Type::Most(18));
        assert_eq!(field(MessageKind::Ceb303, "ebpCode").unwrap().form, Type::Most(50));
        assert_eq!(field(MessageKind::Ceb621, "gcode").unwrap().form, Type::Exact(10));
        assert!(field(MessageKind::Ceb411, "payerIdNumber").unwrap().personal);
        assert!(!field(MessageKind::Ceb411, "payCode").unwrap().personal);
        assert_eq!(field(MessageKind::Ceb513, "logisticsStatus").unwrap().words, ["S"]);
    }
}
