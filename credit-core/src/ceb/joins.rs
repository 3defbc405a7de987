//! By what documents of one sale find each other.
//!
//! A join key is a letter and the values it joins by, between unit separators: `o` platform and order number (a sale),
//! `n` order number alone, `w` carrier and waybill, `i` declaration number, `c` agent and the agent's own number, `p`
//! payment institution and transaction.

use super::{MessageKind, StoredDocument};

const SEPARATOR: char = '\u{1f}';

/// Waybills of one departure or arrival are those of many sales, of which a change of one says nothing.
#[must_use]
pub fn is_collective(kind: MessageKind) -> bool {
    use MessageKind::{Ceb507, Ceb508, Ceb509, Ceb510};
    matches!(kind, Ceb507 | Ceb508 | Ceb509 | Ceb510)
}

/// A key of this letter.
#[must_use]
pub fn key(letter: char, parts: &[&str]) -> String {
    let bytes: usize = parts.iter().map(|part| part.len() + 1).sum();
    let mut text = String::with_capacity(bytes + 1);
    text.push(letter);
    for part in parts {
        text.push(SEPARATOR);
        text.push_str(part);
    }
    text
}

/// The key of a sale.
#[must_use]
pub fn sale(platform: &str, order_no: &str) -> String {
    key('o', &[platform, order_no])
}

/// Platform code and order number of a sale's key.
#[must_use]
pub fn parts_of_sale(key: &str) -> Option<(&str, &str)> {
    key.strip_prefix('o')?.strip_prefix(SEPARATOR)?.split_once(SEPARATOR)
}

#[must_use]
pub fn is_sale(key: &str) -> bool {
    key.starts_with('o')
}

#[must_use]
pub fn is_order_number(key: &str) -> bool {
    key.starts_with('n')
}

#[must_use]
pub fn is_waybill(key: &str) -> bool {
    key.starts_with('w')
}

/// What identifies a document: a later one of the same key takes its place. Receipts by `guid`, status and time,
/// since they come repeatedly and out of order; the others by what the message description says is unique.
#[must_use]
pub fn document_key(document: &StoredDocument) -> String {
    let code = |name| document.code(name).unwrap_or_default();
    let text = |name| document.text(name).unwrap_or_default();
    let kind = document.kind.code();
    let parts: Vec<String> = if document.kind.is_receipt() {
        vec![text("guid").into(), text("returnStatus").into(), text("returnTime").into()]
    } else {
        use MessageKind::{Ceb303, Ceb311, Ceb403, Ceb411, Ceb505, Ceb511, Ceb513, Ceb603, Ceb621};
        match document.kind {
            Ceb311 | Ceb303 => vec![code("ebpCode"), text("orderNo").into()],
            Ceb411 => vec![code("payCode"), text("payTransactionId").into()],
            Ceb403 if document.text("payNo").is_some() => vec![code("payCode"), text("payNo").into()],
            Ceb511 | Ceb505 | Ceb513 => vec![code("logisticsCode"), text("logisticsNo").into()],
            Ceb621 | Ceb603 if document.text("copNo").is_some() => {
                vec![code("agentCode"), text("copNo").into()]
            }
            Ceb621 => vec![code("ebpCode"), text("orderNo").into()],
            _ => vec![text("guid").to_ascii_uppercase()],
        }
    };
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    key('d', &[&[kind], parts.as_slice()].concat())
}

/// By what a document is found, in the order of the keys, each once.
#[must_use]
pub fn of(document: &StoredDocument) -> Vec<String> {
    let mut keys = Vec::with_capacity(KEYS);
    let filled = |name: &str| document.text(name).filter(|text| !text.is_empty());
    let pairs = [
        ('o', "ebpCode", "orderNo"),
        ('w', "logisticsCode", "logisticsNo"),
        ('c', "agentCode", "copNo"),
        ('p', "payCode", "payTransactionId"),
    ];
    for (letter, code, number) in pairs {
        if let (Some(code), Some(number)) = (filled(code), filled(number)) {
            keys.push(key(letter, &[&code.to_ascii_uppercase(), number]));
        }
    }
    keys.extend(filled("invtNo").map(|number| key('i', &[number])));
    if matches!(document.kind, MessageKind::Ceb311 | MessageKind::Ceb511) {
        keys.extend(document.text("orderNo").map(|number| key('n', &[number])));
    }
    if is_collective(document.kind)
        && let Some(carrier) = document.code("logisticsCode")
    {
        let numbers = document.lines.iter().filter_map(|line| line.get("logisticsNo"));
        keys.extend(numbers.map(|number| key('w', &[&carrier, number])));
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Keys that a document mostly has.
const KEYS: usize = 5;

/// Those of a document's keys by which sales are found that it changes: its own sale's, and what others may share
/// with it. Its numbers at the agent, at customs and at the payment institution lead from it to receipts of its own
/// sale, and nowhere else.
pub fn leading_on(keys: &[String]) -> impl Iterator<Item = &String> {
    let of_a_sale = keys.iter().any(|key| is_sale(key));
    keys.iter().filter(move |key| !of_a_sale || is_sale(key) || is_order_number(key) || is_waybill(key))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::ceb::Personal;

    fn document(kind: MessageKind, head: &[(&str, &str)]) -> StoredDocument {
        let head = head.iter().copied().collect();
        StoredDocument { kind, head, lines: Vec::new(), tokens: Personal::default() }
    }

    fn keys(document: &StoredDocument) -> Vec<String> {
        of(document).into_iter().map(|key| key.replace(SEPARATOR, "|")).collect()
    }

    #[test]
    fn each_document_is_found_by_what_it_names() {
        let order = document(MessageKind::Ceb311, &[("ebpCode", "5115aa"), ("orderNo", "7")]);
        assert_eq!(keys(&order), ["n|7", "o|5115AA|7"]);
        let parcel =
            document(MessageKind::Ceb511, &[("logisticsCode", "C"), ("logisticsNo", "W1"), ("orderNo", "7")]);
        assert_eq!(keys(&parcel), ["n|7", "w|C|W1"]);
        let receipt = document(MessageKind::Ceb622, &[("copNo", "9"), ("agentCode", "A"), ("invtNo", "")]);
        assert_eq!(keys(&receipt), ["c|A|9"]);
        let mut left = document(MessageKind::Ceb509, &[("logisticsCode", "C"), ("copNo", "1")]);
        for number in ["W1", "W2"] {
            left.lines.push([("logisticsNo", number)].into_iter().collect());
        }
        assert_eq!(keys(&left), ["w|C|W1", "w|C|W2"]);
        assert_eq!(parts_of_sale(&sale("P", "a\u{1f}b")).unwrap(), ("P", "a\u{1f}b"));
    }

    #[test]
    fn a_receipt_is_one_by_guid_status_and_time_and_a_document_by_its_own_numbers() {
        let receipt = |time| {
            let head = [("guid", "G"), ("returnStatus", "800"), ("returnTime", time), ("invtNo", "1")];
            document_key(&document(MessageKind::Ceb622, &head))
        };
        assert_eq!(receipt("20261101120000000"), receipt("20261101120000000"));
        assert_ne!(receipt("20261101120000000"), receipt("20261101120000001"));
        let order = |guid| {
            let head = [("guid", guid), ("ebpCode", "P"), ("orderNo", "7")];
            document_key(&document(MessageKind::Ceb311, &head))
        };
        assert_eq!(order("A"), order("B"));
    }
}
