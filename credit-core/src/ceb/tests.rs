use proptest::prelude::*;

use super::tables::{Field, Type, table};
use super::*;
use crate::records::ErrorCode;

/// A text that the field takes.
fn good(field: &Field) -> String {
    if let Some(word) = field.words.first() {
        return (*word).to_owned();
    }
    match field.form {
        Type::Exact(length) => "A".repeat(length),
        Type::Most(length) => "字".repeat(length),
        Type::Decimal => "12.5".to_owned(),
        Type::Whole => "3".to_owned(),
        Type::Status => "-621001".to_owned(),
        Type::Time14 => "20261001120000".to_owned(),
        Type::Time17 => "20261001120000123".to_owned(),
        Type::Date8 => "20261001".to_owned(),
        Type::Text => "x".to_owned(),
    }
}

fn leaf(name: &str, text: &str) -> Element {
    Element { name: name.to_owned(), line: 7, text: text.to_owned(), children: Vec::new() }
}

/// An element with every field of a kind.
fn full(kind: MessageKind) -> Element {
    let table = table(kind).unwrap();
    let fields = |fields: &[Field]| fields.iter().map(|f| leaf(f.name, &good(f))).collect::<Vec<_>>();
    let head = fields(&table.head_fields);
    let mut children = match table.head {
        Some(name) => vec![Element { children: head, ..leaf(name, "") }],
        None => head,
    };
    if let Some(name) = table.list {
        children.push(Element { children: fields(&table.list_fields), ..leaf(name, "") });
        children.push(Element { children: fields(&table.list_fields), ..leaf(name, "") });
    }
    Element { children, ..leaf(table.item, "") }
}

/// The element that holds a field: the head's, or the first line's.
fn holder<'a>(kind: MessageKind, element: &'a mut Element, name: &str) -> &'a mut Vec<Element> {
    let table = table(kind).unwrap();
    let in_head = table.head_fields.iter().any(|field| field.name == name);
    match (in_head, table.head) {
        (true, None) => &mut element.children,
        (true, Some(_)) => &mut element.children[0].children,
        (false, _) => &mut element.children[1].children,
    }
}

fn with(kind: MessageKind, name: &str, text: &str) -> Result<Document, Vec<crate::records::FieldError>> {
    let mut element = full(kind);
    let children = holder(kind, &mut element, name);
    children.iter_mut().find(|child| child.name == name).unwrap().text = text.to_owned();
    read(kind, &element)
}

#[test]
fn every_kind_is_read_and_written_back() {
    for kind in MessageKind::ALL {
        assert_eq!(MessageKind::of_root(kind.root()), Some(kind));
        let document = read(kind, &full(kind)).unwrap_or_else(|errors| panic!("{kind:?}: {errors:?}"));
        assert!(document.unknown.is_empty());
        let written = write(&document);
        assert_eq!(read(kind, &written).unwrap(), document, "{kind:?}");
        assert_eq!(write(&read(kind, &written).unwrap()), written);
    }
}

#[test]
fn each_required_field_is_missed_and_each_length_holds() {
    for kind in MessageKind::ALL {
        let table = table(kind).unwrap();
        for fields in [&table.head_fields, &table.list_fields] {
            for field in fields {
                let missing = with(kind, field.name, "  ");
                assert_eq!(missing.is_err(), field.required, "{kind:?} {}", field.name);
                let long = with(kind, field.name, &"9".repeat(6_000));
                let bounded = field.form != Type::Text;
                assert_eq!(long.is_err(), bounded, "{kind:?} {}", field.name);
                for error in missing.err().into_iter().chain(long.err()).flatten() {
                    assert!(error.column.ends_with(field.name), "{error:?}");
                }
            }
        }
    }
}

#[test]
fn no_error_repeats_what_is_a_buyers() {
    const SECRET: &str = "张某某";
    let mut seen = 0;
    for kind in MessageKind::ALL {
        let table = table(kind).unwrap();
        for field in table.head_fields.iter().chain(&table.list_fields) {
            if field.personal || field.free_text {
                for error in with(kind, field.name, &SECRET.repeat(2_000)).err().into_iter().flatten() {
                    seen += 1;
                    assert!(!format!("{error:?}").contains('张'), "{kind:?} {}", field.name);
                }
            }
        }
        let document = read(kind, &full(kind)).unwrap();
        assert!(!format!("{document:?}").contains('字') && !format!("{:?}", full(kind)).contains('字'));
    }
    assert!(seen > 40, "{seen}");
}

#[test]
fn values_are_told_what_they_should_be() {
    let code = |kind, name, text: &str| with(kind, name, text).unwrap_err()[0].code;
    use MessageKind::{Ceb311, Ceb513, Ceb621, Ceb622};
    assert_eq!(code(Ceb311, "goodsValue", "-1"), ErrorCode::Negative);
    for text in ["1e3", "1,000", "1.123456", "123456789012345", "１", ".5", "5."] {
        assert_eq!(code(Ceb311, "goodsValue", text), ErrorCode::Number, "{text}");
    }
    assert_eq!(code(Ceb311, "appTime", "20260230120000"), ErrorCode::Date);
    assert_eq!(code(Ceb311, "appTime", "2026022812000"), ErrorCode::Date);
    assert_eq!(code(Ceb622, "returnTime", "20260228120000"), ErrorCode::Date);
    assert_eq!(code(Ceb621, "declTime", "20261301"), ErrorCode::Date);
    assert_eq!(code(Ceb311, "orderType", "E"), ErrorCode::Enum);
    assert_eq!(code(Ceb513, "logisticsStatus", "X"), ErrorCode::Enum);
    assert_eq!(code(Ceb311, "guid", "A"), ErrorCode::Type);
    assert_eq!(code(Ceb311, "currency", "1420"), ErrorCode::TooLong);
    assert_eq!(code(Ceb622, "returnStatus", "8.0"), ErrorCode::Number);
    let read = with(Ceb622, "returnStatus", "-301").unwrap();
    assert_eq!(read.head.whole("returnStatus"), Some(-301));
    assert_eq!(
        with(Ceb311, "goodsValue", " 0012.50 ").unwrap().head.decimal("goodsValue"),
        Some(Decimal5(1_250_000))
    );
    // 20:00 of the day before in UTC.
    let document = with(Ceb311, "appTime", "20261002040000").unwrap();
    assert_eq!(document.head.moment("appTime").unwrap().0, 1_790_884_800_000);
}

#[test]
fn what_the_table_does_not_know_is_counted_and_a_field_twice_is_an_error() {
    let kind = MessageKind::Ceb311;
    let mut element = full(kind);
    element.children[0].children.push(leaf("buyerEmail", "x@example.com"));
    element.children.push(leaf("Later", ""));
    let document = read(kind, &element).unwrap();
    assert_eq!(document.unknown, [("Later".to_owned(), 1), ("buyerEmail".to_owned(), 1)].into());
    element.children[0].children.push(leaf("orderNo", "2"));
    assert_eq!(read(kind, &element).unwrap_err()[0].column, "orderNo");
    assert_eq!(read(kind, &leaf("Payment", "")).unwrap_err()[0].code, ErrorCode::Enum);
    let headless = Element { children: element.children[1..].to_vec(), ..element };
    assert_eq!(read(kind, &headless).unwrap_err()[0].column, "OrderHead");
}

proptest! {
    #[test]
    fn decimals_read_back(count in 0i128..10i128.pow(19)) {
        prop_assert_eq!(Decimal5::parse(&Decimal5(count).to_string()), Some(Decimal5(count)));
    }

    /// Another reader of times says the same, of times that are none as well.
    #[test]
    fn times_are_what_they_are(
        year in "[0-9]{4}", month in 0u32..14, day in 0u32..33, hour in 0u32..26, minute in 0u32..62,
        second in 0u32..63, ms in 0i64..1_000,
    ) {
        let text = format!("{year}{month:02}{day:02}{hour:02}{minute:02}{second:02}");
        let other = chrono::NaiveDateTime::parse_from_str(&text, "%Y%m%d%H%M%S").ok();
        let other = other.map(|at| at.and_utc().timestamp_millis() - crate::dates::SHANGHAI_OFFSET_MS);
        prop_assert_eq!(moment(&text).map(|at| at.0), other);
        prop_assert_eq!(moment(&format!("{text}{ms:03}")).map(|at| at.0), other.map(|at| at + ms));
        let day = text.get(..8).unwrap();
        let other = chrono::NaiveDate::parse_from_str(day, "%Y%m%d").ok();
        prop_assert_eq!(super::values::date(day), other);
    }

    /// Fields in any order give the document that they give in the table's.
    #[test]
    fn the_order_of_fields_says_nothing(kind in 0usize..29, shift in 0usize..40, reverse in any::<bool>()) {
        let kind = MessageKind::ALL[kind];
        let mut element = full(kind);
        let document = read(kind, &element).unwrap();
        let head = table(kind).unwrap().head.is_some();
        let fields = if head { &mut element.children[0].children } else { &mut element.children };
        let length = fields.len();
        fields.rotate_left(shift % length);
        if reverse {
            fields.reverse();
        }
        prop_assert_eq!(read(kind, &element).unwrap(), document);
    }

    #[test]
    fn no_text_is_too_strange(kind in 0usize..29, name in "[a-zA-Z]{1,20}", text in "\\PC{0,40}") {
        let kind = MessageKind::ALL[kind];
        let mut element = full(kind);
        if let Some(child) = element.children.first_mut() {
            child.children.push(leaf(&name, &text));
            child.text = text.clone();
        }
        if let Ok(document) = read(kind, &element) {
            let again = read(kind, &write(&document)).unwrap();
            prop_assert!(again.head == document.head && again.lines == document.lines);
        }
        prop_assert!(moment(&text).is_none() || text.len() == 14 || text.len() == 17);
    }
}
