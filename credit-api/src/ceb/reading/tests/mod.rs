//! The reader against good, hostile and cut-off files.

mod archives;
mod corpus;
mod envelopes;
#[expect(clippy::expect_used, reason = "tests")]
#[path = "../../../../fuzz/messages.rs"]
mod fuzzed;
mod hostile;
mod properties;
mod xml;

use std::io::{Cursor, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use credit_core::ceb::Element;
use zip::write::SimpleFileOptions;

use super::{Broken, Limits, Message, Messages, OpenError, open};

/// As the fuzz target names it.
mod reading {
    pub(super) use super::super::{Limits, open, write_message};
}

const CEB: &str = "http://www.chinaport.gov.cn/ceb";
const DXP: &str = "http://www.chinaport.gov.cn/dxp";

fn opened_with(bytes: impl Into<Vec<u8>>, limits: Limits) -> Result<Messages, OpenError> {
    let bytes = bytes.into();
    let total = u64::try_from(bytes.len()).unwrap();
    open(Box::new(Cursor::new(bytes)), total, limits)
}

fn all_with(bytes: impl Into<Vec<u8>>, limits: Limits) -> Vec<Result<Message, Broken>> {
    opened_with(bytes, limits).unwrap().collect()
}

fn all(bytes: impl Into<Vec<u8>>) -> Vec<Result<Message, Broken>> {
    all_with(bytes, Limits::default())
}

fn one_with(bytes: impl Into<Vec<u8>>, limits: Limits) -> Result<Message, Broken> {
    let mut all = all_with(bytes, limits);
    assert_eq!(all.len(), 1);
    all.pop().unwrap()
}

fn one(bytes: impl Into<Vec<u8>>) -> Result<Message, Broken> {
    one_with(bytes, Limits::default())
}

/// The code of the refusal and its line.
fn refused(bytes: impl Into<Vec<u8>>) -> (&'static str, u64) {
    refusal(one(bytes))
}

fn refusal(read: Result<Message, Broken>) -> (&'static str, u64) {
    let broken = read.unwrap_err();
    assert!(!broken.zh().is_empty() && !broken.en().is_empty());
    (broken.code().as_str(), broken.line())
}

/// A message with something in it.
fn message(inside: &str) -> String {
    format!("<ceb:CEB311Message xmlns:ceb=\"{CEB}\" guid=\"G\" version=\"1.0\">{inside}</ceb:CEB311Message>")
}

fn order(note: &str) -> String {
    message(&format!("<ceb:Order><ceb:note>{note}</ceb:note></ceb:Order>"))
}

/// The note of an order.
fn note(read: Result<Message, Broken>) -> String {
    let message = read.unwrap();
    message.items[0].children[0].text.clone()
}

fn gb18030(text: &str) -> Vec<u8> {
    let (bytes, _, lost) = encoding_rs::GB18030.encode(text);
    assert!(!lost);
    bytes.into_owned()
}

fn envelope(data: &str) -> String {
    format!(
        "<DxpMsg xmlns=\"{DXP}\" ver=\"1.0\"><TransInfo><CopMsgId>M1</CopMsgId><SenderId> S1 </SenderId>\
         <ReceiverIds><ReceiverId>R1</ReceiverId></ReceiverIds><CreatTime>2026-01-01T00:00:00</CreatTime>\
         <MsgType>CEB311Message</MsgType></TransInfo><Data>{data}</Data><AddInfo><IcCard>1</IcCard></AddInfo></DxpMsg>"
    )
}

fn wrapped(inner: impl AsRef<[u8]>) -> String {
    envelope(&STANDARD.encode(inner))
}

fn zip(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        if name.ends_with('/') {
            archive.add_directory(*name, SimpleFileOptions::default()).unwrap();
        } else {
            archive.start_file(*name, SimpleFileOptions::default()).unwrap();
            archive.write_all(bytes).unwrap();
        }
    }
    archive.finish().unwrap().into_inner()
}

/// An element and what is in it without the lines.
fn without_lines(element: &Element) -> Element {
    Element {
        name: element.name.clone(),
        line: 0,
        text: element.text.clone(),
        children: element.children.iter().map(without_lines).collect(),
    }
}
