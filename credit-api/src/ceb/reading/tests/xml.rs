//! One message: names, lines, encodings, and what XML allows in it.

use super::*;

#[test]
fn a_message_is_read_with_its_parts_and_lines() {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- 甲 -->\n<ceb:CEB621Message\n xmlns:ceb=\"{CEB}\" guid=\"A-1\" \
         version=\"1.0\">\n<ceb:Inventory>\n <ceb:InventoryHead>\n  <ceb:orderNo>N&#49;</ceb:orderNo>\n \
         </ceb:InventoryHead>\n <ceb:InventoryList/>\n</ceb:Inventory>\n<ceb:Inventory/>\n<ceb:BaseTransfer>\
         <ceb:copCode>C</ceb:copCode></ceb:BaseTransfer>\n<ceb:BaseSubscribe><ceb:status>1</ceb:status>\
         </ceb:BaseSubscribe>\n<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>x\
         </ds:SignedInfo></ds:Signature><ceb:ExtendMessage><any><any/></any></ceb:ExtendMessage>\n\
         </ceb:CEB621Message>\n<!-- end -->\n"
    );
    let message = one(text).unwrap();
    assert_eq!((message.root.as_str(), message.line), ("CEB621Message", 3));
    assert_eq!((message.guid.as_deref(), message.version.as_deref()), (Some("A-1"), Some("1.0")));
    assert!(message.signed.is_some() && message.envelope.is_none() && message.part.is_none());
    assert_eq!(message.transfer.unwrap().children[0].text, "C");
    let [first, second] = message.items.as_slice() else { panic!("two items") };
    assert_eq!((first.name.as_str(), first.line, second.line), ("Inventory", 5, 11));
    assert_eq!(first.text, "", "the layout is no text");
    assert_eq!(first.children[1].name, "InventoryList");
    let number = &first.children[0].children[0];
    assert_eq!((number.name.as_str(), number.text.as_str(), number.line), ("orderNo", "N1", 7));
    assert!(one(order("x")).unwrap().signed.is_none());
}

#[test]
fn the_namespace_may_have_any_prefix_or_none() {
    for text in [
        format!("<M xmlns=\"{CEB}\"><Order/></M>"),
        format!("<x:M xmlns:x='{CEB}'><x:Order/></x:M>"),
        format!("<x:M xmlns:x='{CEB}'><Order xmlns='{CEB}'/></x:M>"),
        "<M xmlns=\"http://www.chinaport.gov.cn/&#99;eb\"><Order/></M>".to_owned(),
    ] {
        let message = one(text).unwrap();
        assert_eq!((message.root.as_str(), message.items[0].name.as_str()), ("M", "Order"));
    }
}

#[test]
fn other_namespaces_are_refused() {
    for text in [
        "<M/>".to_owned(),
        "<M xmlns=\"http://www.chinaport.gov.cn/CEB\"/>".to_owned(),
        "<ceb:M/>".to_owned(),
        format!("<x:M xmlns:x='{CEB}'><Order/></x:M>"),
        format!("<x:M xmlns:x='{CEB}'><x:Order><y:z/></x:Order></x:M>"),
        format!("<x:M xmlns:x='{CEB}'><x:A xmlns:y='{CEB}'/><y:B/></x:M>"),
        format!("<x:M xmlns:x='{CEB}'><x:Order y:a='1'/></x:M>"),
        format!("<x:M xmlns:x='{CEB}'><x:ExtendMessage><y:a/></x:ExtendMessage></x:M>"),
        format!("<x:M xmlns:x='{CEB}'><x:Order xmlns:x=''/></x:M>"),
        format!("<x:M xmlns:x='{CEB}'><x:Order xmlns:x='urn:other'/></x:M>"),
        format!("<xml:M xmlns:xml='{CEB}'/>"),
        format!("<xmlns:M xmlns:xmlns='{CEB}'/>"),
    ] {
        assert_eq!(refused(text.clone()), ("namespace", 1), "{text}");
    }
}

#[test]
fn text_comes_together_from_all_its_forms() {
    assert_eq!(
        note(one(order("a<![CDATA[<&]]>b<!-- c -->d<?p i?>e&lt;&amp;&gt;&quot;&apos;&#x4e2d;"))),
        "a<&bde<&>\"'中"
    );
    assert_eq!(note(one(order("  a  "))), "  a  ", "fields trim");
    assert_eq!(note(one(order("a\r\nb\rc&#13;"))), "a\nb\nc\r");
}

#[test]
fn lines_are_counted_with_every_kind_of_line_end() {
    for end in ["\n", "\r\n", "\r"] {
        let text = message(&format!("{end}{end}<ceb:A>{end}</ceb:A><ceb:B/>"));
        let message = one(text).unwrap();
        assert_eq!((message.items[0].line, message.items[1].line), (3, 4));
    }
}

#[test]
fn the_declared_encoding_is_honoured() {
    for label in ["GB18030", "gb2312", "GBK"] {
        let text = format!("<?xml version='1.0' encoding = '{label}' ?>{}", order("中文，㐀€"));
        assert_eq!(note(one(gb18030(&text))), "中文，㐀€");
    }
    for label in ["", " encoding=\"utf-8\"", " encoding=\"UTF8\""] {
        let text = format!("<?xml version=\"1.0\"{label}?>{}", order("中文"));
        assert_eq!(note(one(text.clone())), "中文");
        assert_eq!(note(one(format!("\u{FEFF}{text}"))), "中文");
    }
    let marked = format!("\u{FEFF}<?xml version=\"1.0\" encoding=\"GBK\"?>{}", order("中文"));
    assert_eq!(note(one(marked)), "中文", "the mark is stronger");
}

#[test]
fn bytes_outside_the_encoding_are_refused_with_their_line() {
    let text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\n{}", order("中文"));
    assert_eq!(refused(gb18030(&text)), ("encoding", 3));
    let mut bytes = gb18030(&format!("<?xml version=\"1.0\" encoding=\"GBK\"?>\n{}", order("中")));
    assert_eq!(note(one(bytes.clone())), "中");
    let at = bytes.windows(2).position(|two| two == gb18030("中")).unwrap();
    bytes[at] = 0xFF;
    assert_eq!(refused(bytes), ("encoding", 2));
    for label in ["UTF-16", "Big5", "ISO-8859-1", ""] {
        let text = format!("<?xml version=\"1.0\" encoding=\"{label}\"?>{}", order("a"));
        assert_eq!(refused(text), ("encoding", 1), "{label}");
    }
}

#[test]
fn control_characters_are_refused_however_they_come() {
    for bad in ["\0", "\u{1}", "\u{B}", "\u{1F}", "\u{7F}", "\u{85}", "\u{9F}", "\u{FFFE}", "\u{FFFF}"] {
        assert_eq!(refused(order(&format!("\n{bad}"))), ("control_char", 2), "{bad:?}");
        let number = u32::from(bad.chars().next().unwrap());
        assert_eq!(refused(order(&format!("&#{number};"))).0, "control_char", "{bad:?}");
    }
    let text = order("").replace("guid=\"G\"", "guid=\"&#1;\"");
    assert_eq!(refused(text), ("control_char", 1));
    assert_eq!(note(one(order("\t\n："))), "\t\n：");
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for (text, code) in [
        (format!("{}<a/>", order("")), "xml"),
        (format!("{}{}", order(""), order("")), "xml"),
        (format!("{}x", order("")), "xml"),
        (format!("<?p i?>x{}", order("")), "xml"),
        (format!(" <?xml version='1.0'?>{}", order("")), "xml"),
        (format!("{}<?xml version='1.0'?>", order("")), "xml"),
        (order("]]>"), "xml"),
        (order("<!-- a -- b -->"), "xml"),
        (order("&"), "entity"),
        (order("a & b"), "entity"),
        (order("&nbsp;"), "entity"),
        (order("&#;"), "entity"),
        (order("&#xD800;"), "entity"),
        (order("&#x110000;"), "entity"),
        (order("&#+65;"), "entity"),
        (message("text"), "xml"),
        (message("<![CDATA[text]]>"), "xml"),
        (message("<ceb:A></ceb:B>"), "xml"),
        (message("<ceb:A a='1' a='2'/>"), "xml"),
        (message("<ceb:A a/>"), "xml"),
        (message("<ceb:A a='<'/>"), "xml"),
        (message("<ceb:A a='&b;'/>"), "entity"),
        (message("<ceb:A:B/>"), "xml"),
        (message("<ceb:1/>"), "xml"),
        (message("<ceb:/>"), "xml"),
        (message("<ceb:A!/>"), "xml"),
    ] {
        assert_eq!(refused(text.clone()).0, code, "{text}");
    }
}
