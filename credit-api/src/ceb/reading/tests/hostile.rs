//! Files made to do harm.

use std::time::{Duration, Instant};

use super::*;

#[test]
fn a_doctype_of_any_kind_is_refused() {
    for doctype in [
        "<!DOCTYPE a>",
        "<!DOCTYPE a [<!ENTITY b \"c\">]>",
        "<!DOCTYPE a SYSTEM \"http://example.com/a.dtd\">",
        "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]>",
        "<!DOCTYPE a [<!ENTITY a0 \"ha\"><!ENTITY a1 \"&a0;&a0;&a0;\"><!ENTITY a2 \"&a1;&a1;&a1;\">]>",
        "<!DOCTYPE a [",
        "<!DOCTYPE",
    ] {
        for text in [format!("{doctype}{}", order("&a2;")), format!("<?xml version=\"1.0\"?>\n{doctype}")] {
            assert_eq!(refused(text.clone()).0, "entity", "{text}");
        }
    }
    assert_eq!(refused(message("<!DOCTYPE a>")).0, "entity");
}

/// Each would take minutes if some step looked again at everything before it.
#[test]
fn nothing_takes_quadratic_time() {
    let begun = Instant::now();
    let long = "x".repeat(1_000_000);
    assert_eq!(note(one(order(&long))).len(), long.len());
    assert_eq!(note(one(order(&"&lt;".repeat(250_000)))).len(), 250_000);
    assert_eq!(note(one(order(&"<![CDATA[x]]>".repeat(250_000)))).len(), 250_000);
    assert_eq!(note(one(order(&"x<!---->".repeat(250_000)))).len(), 250_000);
    assert_eq!(one(message(&"<ceb:A/>\n".repeat(400_000))).unwrap().items.len(), 400_000);
    assert_eq!(one(message(&"<ceb:BaseTransfer/>".repeat(400_000))).unwrap().items.len(), 0);
    assert_eq!(refused(order(&"<a ".repeat(1_000_000))).0, "xml");
    assert_eq!(refused(message(&format!("<ceb:A {}/>", "a='' ".repeat(1_000_000)))).0, "xml");
    let many: String = (0..200_000).map(|at| format!(" a{at}=''")).collect();
    assert_eq!(refused(message(&format!("<ceb:A{many}/>"))).0, "too_long");
    assert_eq!(refused(message(&"<!".repeat(1_000_000))).0, "xml");
    assert_eq!(refused(order(&"&".repeat(1_000_000))).0, "entity");
    assert!(begun.elapsed() < Duration::from_secs(60));
}

#[test]
fn nesting_is_limited_also_in_what_is_not_kept() {
    let nested = |depth: usize| "<ceb:a>".repeat(depth) + &"</ceb:a>".repeat(depth);
    let depth = Limits::default().depth;
    assert!(one(message(&nested(depth - 1))).is_ok());
    assert_eq!(refused(message(&nested(depth))).0, "too_long");
    assert_eq!(refused(message(&nested(5_000_000))).0, "too_long");
    let extend = format!("<ceb:ExtendMessage>{}</ceb:ExtendMessage>", nested(depth - 1));
    assert_eq!(refused(message(&extend)).0, "too_long");
}

#[test]
fn counts_and_sizes_are_limited() {
    let limits = Limits { elements: 4, ..Limits::default() };
    assert!(one_with(message("<ceb:A/><ceb:B/><ceb:C/>"), limits).is_ok());
    assert_eq!(refusal(one_with(message("<ceb:A/>\n<ceb:B/><ceb:C/><ceb:D/>"), limits)), ("too_long", 2));
    let limits = Limits { text_bytes: 4, ..Limits::default() };
    assert_eq!(note(one_with(order("a&lt;<![CDATA[b]]>c"), limits)), "a<bc");
    assert_eq!(refusal(one_with(order("a&lt;<![CDATA[b]]>cd"), limits)), ("too_long", 1));
    let bytes = order("abc").len();
    let limits = Limits { message_bytes: bytes, ..Limits::default() };
    assert!(one_with(order("abc"), limits).is_ok());
    assert_eq!(refusal(one_with(order("abcd"), limits)), ("too_long", 1));
    let limits = Limits { part_bytes: bytes, ..Limits::default() };
    assert!(one_with(order("abc"), limits).is_ok());
    assert_eq!(refusal(one_with(order("abcd"), limits)), ("too_long", 1));
    let limits = Limits { attribute_bytes: CEB.len(), ..Limits::default() };
    let long = "a".repeat(CEB.len() + 1);
    assert!(one_with(order("a"), limits).is_ok());
    assert_eq!(refusal(one_with(message(&format!("<ceb:A a='{long}'/>")), limits)).0, "too_long");
    let limits = Limits { namespaces: 2, ..Limits::default() };
    assert!(one_with(message("<ceb:A xmlns:a='b'/><ceb:A xmlns:a='b'/>"), limits).is_ok());
    assert_eq!(refusal(one_with(message("<ceb:A xmlns:a='b' xmlns:c='d'/>"), limits)), ("too_long", 1));
}

#[test]
fn a_message_cut_anywhere_is_refused() {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- a --><?p i?>{}",
        order("a&lt;<![CDATA[b]]>中<!-- c --> d")
    );
    let gb = gb18030(&text.replace("UTF-8", "GB18030"));
    for whole in [text.clone().into_bytes(), gb, wrapped(&text).into_bytes()] {
        assert!(one(whole.clone()).is_ok());
        for end in 0..whole.len() {
            let read = opened_with(&whole[..end], Limits::default());
            assert!(read.is_err() || read.unwrap().all(|message| message.is_err()), "{end}");
        }
    }
}

/// What is told to people never holds anything of the message.
#[test]
fn refusals_tell_nothing_of_the_message() {
    let secret = "身份证号码";
    for text in [
        order(&format!("{secret}&{secret};")),
        order(&format!("<{secret}>")),
        message(&format!("<{secret}:a/>")),
        message(&format!("<ceb:a {secret}='{secret}' {secret}=''/>")),
        message(&format!("<ceb:{secret}></ceb:b>")),
    ] {
        let broken = one(text).unwrap_err();
        let told = format!("{broken} {broken:?} {} {}", broken.zh(), broken.en());
        assert!(!told.contains(secret), "{told}");
    }
}

#[test]
fn files_of_no_kind_are_refused_whole() {
    let code = |bytes: &[u8]| opened_with(bytes, Limits::default()).err().unwrap().code().as_str();
    assert_eq!(code(b""), "empty_file");
    assert_eq!(code(b"\xFF\xFE<\0"), "encoding");
    assert_eq!(code(b"\xFE\xFF\0<"), "encoding");
    assert_eq!(code(b"a,b\n"), "type");
    assert_eq!(code(b" \n"), "type");
    assert_eq!(code(b"PK\x03\x04"), "type");
    for error in [OpenError::Empty, OpenError::Io, OpenError::SameName, OpenError::Parts(1)] {
        assert!(!error.zh().is_empty() && !error.en().is_empty());
    }
}
