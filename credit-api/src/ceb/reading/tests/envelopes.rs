//! Messages in transport envelopes.

use super::*;

#[test]
fn an_envelope_is_opened() {
    let message = one(wrapped(format!("\n{}", order("a")))).unwrap();
    let origin = message.envelope.clone().unwrap();
    assert_eq!(origin.copy_message_id.as_deref(), Some("M1"));
    assert_eq!(origin.sender_id.as_deref(), Some("S1"));
    assert_eq!(origin.message_type.as_deref(), Some("CEB311Message"));
    assert_eq!(message.line, 2, "lines are those of the message inside");
    assert_eq!(note(Ok(message)), "a");
    let inner = gb18030(&format!("<?xml version=\"1.0\" encoding=\"gb2312\"?>{}", order("中文")));
    assert_eq!(note(one(wrapped(inner))), "中文");
}

#[test]
fn base64_may_be_broken_into_lines() {
    let data = STANDARD.encode(order("a"));
    let lines: Vec<&str> =
        data.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    assert_eq!(note(one(envelope(&format!("\n  {}\n", lines.join("\r\n  "))))), "a");
}

#[test]
fn an_envelope_in_an_envelope_is_refused() {
    assert_eq!(refused(wrapped(wrapped(order("a")))).0, "xml");
    assert_eq!(refused(wrapped(zip(&[("a.xml", order("a").as_bytes())]))).0, "type");
    assert_eq!(refused(wrapped("<!DOCTYPE a>")).0, "entity");
}

#[test]
fn an_envelope_without_a_message_is_refused() {
    let data = STANDARD.encode(order("a"));
    for text in [
        envelope(""),
        envelope("*"),
        envelope("YQ"),
        envelope(&order("a")).replace("ceb:", ""),
        envelope(&format!("{data}</Data><Data>{data}")),
        format!("<DxpMsg xmlns=\"{DXP}\"/>"),
    ] {
        assert!(matches!(refused(text.clone()).0, "xml" | "namespace"), "{text}");
    }
    assert_eq!(refused(format!("<DxpRep xmlns=\"{DXP}\"/>")).0, "namespace");
    assert_eq!(refused(wrapped("plain text")).0, "type");
}

#[test]
fn the_message_limit_holds_inside() {
    let inner = order("abc");
    let limits = Limits { message_bytes: inner.len(), ..Limits::default() };
    assert!(one_with(wrapped(&inner), limits).is_ok(), "the envelope itself may be longer");
    assert_eq!(refusal(one_with(wrapped(order("abcd")), limits)).0, "too_long");
    let limits = Limits { text_bytes: 20, ..Limits::default() };
    assert!(one_with(wrapped(&inner), limits).is_ok(), "Data is longer than a field");
}
