//! What somebody may try with a signature that is somebody's.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use super::{DECLARANT, RSA_SHA1, by_declarant, certificates, verdict, with};
use crate::ceb::signatures::{MAX_SIGNED_BYTES, check};

const RSA_SHA256: &str = include_str!("vectors/rsa-sha256.xml");

fn signature(text: &str) -> &str {
    let from = text.find("<ds:Signature ").unwrap();
    let end = text.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    text.get(from..end).unwrap()
}

/// The text between two marks put to another.
fn between(text: &str, from: &str, until: &str, other: &str) -> String {
    let (before, rest) = text.split_once(from).unwrap();
    let (_, after) = rest.split_once(until).unwrap();
    format!("{before}{from}{other}{until}{after}")
}

fn digest_of(bytes: &str) -> String {
    STANDARD.encode(Sha256::digest(bytes))
}

#[test]
fn a_changed_message_has_another_digest() {
    assert_eq!(by_declarant(&with(RSA_SHA1, ">277.8<", ">277.9<")), "invalid:digest");
    assert_eq!(
        by_declarant(&with(
            RSA_SHA1,
            "<ceb:currency>142</ceb:currency>\n",
            "<ceb:currency>142</ceb:currency>\n\n"
        )),
        "invalid:digest"
    );
    assert_eq!(by_declarant(&with(RSA_SHA1, " version=\"1.0\">", " version=\"1.1\">")), "invalid:digest");
}

#[test]
fn a_changed_digest_has_another_signature() {
    let changed = between(RSA_SHA256, "<ds:DigestValue>", "</ds:DigestValue>", &digest_of("x"));
    assert_eq!(by_declarant(&changed), "invalid:digest");
    // Message and digest both changed so that they fit: what the key signed was the other digest.
    let message = with(RSA_SHA256, ">277.8<", ">277.9<");
    let without = message.replace(signature(RSA_SHA256), "");
    let canonical =
        bergshamra_c14n::canonicalize::<&str>(&without, bergshamra_c14n::C14nMode::Inclusive, None, &[])
            .unwrap();
    let fitting = digest_of(std::str::from_utf8(&canonical).unwrap());
    let changed = between(&message, "<ds:DigestValue>", "</ds:DigestValue>", &fitting);
    assert_eq!(by_declarant(&changed), "invalid:signature");
    let value = between(RSA_SHA1, "<ds:SignatureValue>", "</ds:SignatureValue>", "AAAA");
    assert_eq!(by_declarant(&value), "invalid:signature");
    let value = between(RSA_SHA1, "<ds:SignatureValue>", "</ds:SignatureValue>", "not Base64!");
    assert_eq!(by_declarant(&value), "invalid:structure");
}

#[test]
fn a_signed_message_inside_of_another_signs_nothing_of_it() {
    let (_, original) = RSA_SHA1.split_once("?>").unwrap();
    let original = original.replace("<!-- outside -->", "");
    let root = |inside: &str| {
        format!(
            "<ceb:CEB311Message xmlns:ceb=\"http://www.chinaport.gov.cn/ceb\" guid=\"G\" version=\"1.0\">\
             <ceb:Order><ceb:OrderHead/></ceb:Order>{inside}</ceb:CEB311Message>"
        )
    };
    // The signature where it was, deep inside: the message that is read has none.
    assert_eq!(by_declarant(&root(&format!("<ceb:ExtendMessage>{original}</ceb:ExtendMessage>"))), "none");
    // Moved below the root, with what it covered elsewhere.
    let moved = original.replace(signature(RSA_SHA1), "");
    let wrapped = root(&format!("<ceb:ExtendMessage>{moved}</ceb:ExtendMessage>{}", signature(RSA_SHA1)));
    assert_eq!(by_declarant(&wrapped), "invalid:digest");
    // The same with a reference to an id.
    let exclusive = include_str!("vectors/exclusive.xml");
    let (_, original) = exclusive.split_once("?>").unwrap();
    let moved = original.replace("<!-- outside -->", "").replace(signature(exclusive), "");
    let wrapped = root(&format!("<ceb:ExtendMessage>{moved}</ceb:ExtendMessage>{}", signature(exclusive)));
    assert_eq!(by_declarant(&wrapped), "unsupported:reference");
    // And with the id on the root, too.
    let wrapped = wrapped.replacen("guid=\"G\"", "guid=\"G\" Id=\"whole\"", 1);
    assert_eq!(by_declarant(&wrapped), "invalid:digest");
}

#[test]
fn of_two_signatures_nobody_knows_which_is_meant() {
    let one = signature(RSA_SHA1);
    assert_eq!(by_declarant(&with(RSA_SHA1, one, &format!("{one}{one}"))), "invalid:several");
    let extended = format!("<ceb:ExtendMessage>{one}</ceb:ExtendMessage>{one}");
    assert_eq!(by_declarant(&with(RSA_SHA1, one, &extended)), "invalid:several");
}

#[test]
fn nothing_but_the_whole_message_is_referred_to_and_nothing_is_fetched() {
    for uri in [
        "http://127.0.0.1:9/x",
        "file:///etc/passwd",
        "other.xml",
        "#",
        "#elsewhere",
        "#xpointer(/)",
        "cid:x",
    ] {
        let changed = with(RSA_SHA1, "<ds:Reference URI=\"\">", &format!("<ds:Reference URI=\"{uri}\">"));
        assert_eq!(by_declarant(&changed), "unsupported:reference", "{uri}");
    }
    let absent = with(RSA_SHA1, "<ds:Reference URI=\"\">", "<ds:Reference>");
    assert_eq!(by_declarant(&absent), "unsupported:reference");
    let (_, reference) = RSA_SHA1.split_once("<ds:Reference ").unwrap();
    let (reference, _) = reference.split_once("</ds:SignedInfo>").unwrap();
    let reference = format!("<ds:Reference {reference}");
    let twice = with(RSA_SHA1, &reference, &format!("{reference}{reference}"));
    assert_eq!(by_declarant(&twice), "unsupported:reference");
    let object = with(RSA_SHA1, "</ds:Signature>", "<ds:Object>x</ds:Object></ds:Signature>");
    assert_eq!(by_declarant(&object), "unsupported:reference");
}

#[test]
fn other_transforms_are_not_made() {
    let enveloped = "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>";
    let other = |uri: &str| format!("<ds:Transform Algorithm=\"{uri}\"/>");
    let xpath = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\">\
        <ds:XPath>1</ds:XPath></ds:Transform>";
    let xslt = other("http://www.w3.org/TR/1999/REC-xslt-19991116");
    let comments = other("http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments");
    let prefixes = "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">\
        <ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" \
        PrefixList=\"xsi\"/></ds:Transform>";
    for transforms in [
        xpath.to_owned(),
        format!("{enveloped}{xpath}"),
        format!("{enveloped}{xslt}"),
        format!("{enveloped}{comments}"),
        format!("{enveloped}{prefixes}"),
        format!("{enveloped}{enveloped}"),
        other("http://www.w3.org/2000/09/xmldsig#base64"),
        String::new(),
    ] {
        assert_eq!(
            by_declarant(&with(RSA_SHA1, enveloped, &transforms)),
            "unsupported:transform",
            "{transforms}"
        );
    }
    let all = format!("<ds:Transforms>{enveloped}</ds:Transforms>");
    assert_eq!(by_declarant(&with(RSA_SHA1, &all, "")), "unsupported:transform");
}

#[test]
fn algorithms_that_nobody_named_are_unsupported() {
    let rsa = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";
    for (from, to) in [
        (rsa, "http://www.w3.org/2000/09/xmldsig#hmac-sha1"),
        (rsa, "http://www.w3.org/2001/04/xmldsig-more#rsa-md5"),
        (rsa, "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"),
        ("http://www.w3.org/2000/09/xmldsig#sha1", "http://www.w3.org/2001/04/xmldsig-more#md5"),
        (
            "\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315\"",
            "\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments\"",
        ),
        ("\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315\"", "\"\""),
    ] {
        assert_eq!(by_declarant(&with(RSA_SHA1, from, to)), "unsupported:algorithm", "{to}");
    }
}

#[test]
fn a_key_too_short_for_a_digest_of_today_makes_no_signature() {
    let message = include_str!("vectors/rsa-sha1-1024.xml");
    let card = certificates(&[include_str!("vectors/card.pem")]);
    assert!(verdict(message, &card).starts_with("valid:"));
    let claimed = message.replace(
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    );
    assert_eq!(verdict(claimed, &card), "invalid:signature");
}

#[test]
fn a_message_past_the_limit_is_not_verified() {
    let filling = format!("<!--{}-->", " ".repeat(MAX_SIGNED_BYTES));
    assert_eq!(by_declarant(&with(RSA_SHA1, "<!-- inside -->", &filling)), "unsupported:size");
}

#[test]
fn a_tree_that_is_not_what_was_read_is_not_what_was_signed() {
    let mut message = super::read(RSA_SHA1);
    message.items[0].children[0].children[0].text.push('x');
    let checked = check(&message, &certificates(&[DECLARANT]).now()).unwrap();
    assert_eq!(checked.at(super::SENT).to_string(), "invalid:reading");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever is done to a signature, it is read without harm, and valid only where what it says is the same.
    #[test]
    fn a_signature_with_bytes_changed_is_never_valid(at in 0usize..10_000, byte in 0x21u8..0x7f) {
        let range = signature(RSA_SHA1);
        let from = RSA_SHA1.find(range).unwrap();
        let (info, _) = range.split_once("<ds:KeyInfo>").unwrap();
        let place = from + at % info.len();
        let mut bytes = RSA_SHA1.as_bytes().to_vec();
        prop_assume!(bytes[place] != byte && bytes[place] != b'\n');
        bytes[place] = byte;
        let total = u64::try_from(bytes.len()).unwrap();
        let mut messages = crate::ceb::reading::open(
            Box::new(std::io::Cursor::new(bytes)), total, crate::ceb::reading::Limits::default()).unwrap();
        if let Some(Ok(message)) = messages.next()
            && let Some(checked) = check(&message, &certificates(&[DECLARANT]).now())
        {
            prop_assert!(!checked.at(super::SENT).verdict.is_valid(), "{place} {byte}");
        }
    }
}
