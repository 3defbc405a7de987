//! The reader of customs messages with what must hold of any bytes: no panic, every refusal with a place and a text,
//! and what was read is written and read again the same. Gives whether the file was taken and every message of it was
//! read. Shared by the fuzz target and the tests; `reading` is what the one or the other puts beside it.

use std::io::Cursor;

use super::reading::{Limits, open, write_message};

/// Messages of one input that are looked at.
const MESSAGES_MAX: usize = 1000;

/// A file of customs messages: XML or a ZIP.
pub fn ceb_xml(data: &[u8]) -> bool {
    let total = u64::try_from(data.len()).expect("a size");
    let mut messages = match open(Box::new(Cursor::new(data.to_vec())), total, Limits::default()) {
        Ok(messages) => messages,
        Err(error) => {
            assert!(!error.zh().is_empty() && !error.en().is_empty());
            return false;
        }
    };
    let (mut good, mut all) = (0, 0);
    for read in messages.by_ref().take(MESSAGES_MAX) {
        all += 1;
        match read {
            Ok(message) => {
                assert!(message.line > 0 && !message.root.is_empty());
                let guid = message.guid.as_deref().unwrap_or_default();
                let once = written(&message.root, guid, &message.items);
                let again = read_one(&once);
                assert_eq!(written(&again.0, &again.1, &again.2), once, "written again");
                good += 1;
            }
            Err(broken) => {
                assert!(broken.line() > 0 && !broken.zh().is_empty() && !broken.en().is_empty());
            }
        }
    }
    assert!(messages.bytes_read() <= total);
    good > 0 && good == all
}

type Read = (String, String, Vec<credit_core::ceb::Element>);

fn read_one(bytes: &[u8]) -> Read {
    let total = u64::try_from(bytes.len()).expect("a size");
    let limits = Limits { message_bytes: usize::MAX, part_bytes: usize::MAX - 1, ..Limits::default() };
    let mut messages = open(Box::new(Cursor::new(bytes.to_vec())), total, limits).expect("what was written");
    let message = messages.next().expect("a message").expect("what was written");
    (message.root, message.guid.unwrap_or_default(), message.items)
}

fn written(root: &str, guid: &str, items: &[credit_core::ceb::Element]) -> Vec<u8> {
    let mut out = Vec::new();
    write_message(root, guid, "1.0", items, &mut out).expect("what was read");
    out
}
