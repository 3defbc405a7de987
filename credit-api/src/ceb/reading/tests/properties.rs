//! What holds of any elements and any bytes.

use proptest::prelude::*;

use super::super::write_message;
use super::*;

fn elements() -> impl Strategy<Value = Element> {
    let text = prop_oneof![
        "[a-z0-9 ]{0,12}",
        "[<>&\"'\\]\r\n\t中，;#x-]{0,12}",
        "\\PC{0,8}",
        Just("]]>".to_owned()),
        Just("<!-- -->&amp;&#0;".to_owned())
    ];
    let name = "[A-Za-z_中][A-Za-z0-9_.中-]{0,8}";
    let leaf = (name, text).prop_map(|(name, text)| Element { name, line: 0, text, children: Vec::new() });
    leaf.prop_recursive(4, 40, 5, move |inner| {
        (name, "[ -~]{0,6}", proptest::collection::vec(inner, 1..5)).prop_map(|(name, text, children)| {
            let text = if text.trim().is_empty() { String::new() } else { text };
            Element { name, line: 0, text, children }
        })
    })
}

fn written(items: &[Element], guid: &str) -> Vec<u8> {
    let mut out = Vec::new();
    write_message("CEB311Message", guid, "1.0", items, &mut out).unwrap();
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_is_written_reads_the_same_and_writes_the_same(
        items in proptest::collection::vec(elements(), 0..4), guid in "[ -~\t\n\r中]{0,12}"
    ) {
        let bytes = written(&items, &guid);
        let message = one(bytes.clone()).unwrap();
        let read: Vec<Element> = message.items.iter().map(without_lines).collect();
        prop_assert_eq!(&read, &items);
        // Element shows no text of its own.
        prop_assert!(read == items);
        prop_assert_eq!(message.guid.as_deref(), Some(guid.as_str()));
        prop_assert_eq!(written(&message.items, &guid), bytes);
    }

    #[test]
    fn lines_are_where_the_tags_are(items in proptest::collection::vec(elements(), 1..4)) {
        let bytes = written(&items, "");
        let lines: Vec<String> = String::from_utf8(bytes.clone()).unwrap().split('\n').map(str::to_owned).collect();
        for item in one(bytes).unwrap().items {
            let line = &lines[usize::try_from(item.line).unwrap() - 1];
            let tag = format!("<ceb:{}>", item.name);
            prop_assert!(line.starts_with(&tag));
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        survive(&bytes);
        survive(&[b"<".as_slice(), &bytes].concat());
        survive(&[b"<?xml version='1.0' encoding='GBK'?><a>".as_slice(), &bytes].concat());
        survive(&[b"PK\x03\x04".as_slice(), &bytes].concat());
        survive(message(&String::from_utf8_lossy(&bytes)).as_bytes());
    }

    #[test]
    fn any_markup_is_read_or_refused(
        pieces in proptest::collection::vec(prop_oneof![
            Just("<"), Just(">"), Just("/"), Just("ceb:"), Just("a"), Just(" "), Just("="), Just("\""), Just("'"),
            Just("&"), Just(";"), Just("#x41"), Just("<!--"), Just("-->"), Just("<![CDATA["), Just("]]>"),
            Just("<?p"), Just("?>"), Just("<ceb:a>"), Just("</ceb:a>"), Just("xmlns:b='c'"), Just("\n"), Just("中"),
        ], 0..40)
    ) {
        survive(message(&pieces.concat()).as_bytes());
    }

    #[test]
    fn a_flipped_byte_never_panics(at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let (first, second) = (written(&[], "a"), order("b"));
        let parts: [(&str, &[u8]); 2] = [("a.xml", &first), ("b.xml", second.as_bytes())];
        for mut bytes in [zip(&parts), wrapped(order("a")).into_bytes(), order("a").into_bytes()] {
            let at = at.index(bytes.len());
            bytes[at] = to;
            survive(&bytes);
        }
    }
}

fn survive(bytes: &[u8]) {
    if let Ok(messages) = opened_with(bytes, Limits::default()) {
        for broken in messages.filter_map(Result::err) {
            assert!(broken.line() > 0);
        }
    }
}

#[test]
fn what_no_message_can_hold_is_not_written() {
    let element = |name: &str, text: &str| Element {
        name: name.to_owned(),
        text: text.to_owned(),
        ..Element::default()
    };
    let mut deep = element("a", "");
    for _ in 0..40 {
        deep = Element { children: vec![deep], ..element("a", "") };
    }
    for item in [element("a b", ""), element("", ""), element("a", "\0"), element("BaseTransfer", ""), deep] {
        assert!(write_message("M", "", "", &[item], &mut Vec::new()).is_err());
    }
    assert!(write_message("a:b", "", "", &[], &mut Vec::new()).is_err());
    assert!(write_message("M", "\u{1}", "", &[], &mut Vec::new()).is_err());
}
