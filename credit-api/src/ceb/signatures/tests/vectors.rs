//! Good signatures, and whose they are.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{DECLARANT, RSA_SHA1, SENT, by_declarant, certificates, read, verdict, with};
use crate::ceb::signatures::check;
use credit_core::dates::Moment;

const CARD: &str = include_str!("vectors/card.pem");
const OTHER: &str = include_str!("vectors/other.pem");
const EXPIRED: &str = include_str!("vectors/expired.pem");
const EARLY: &str = include_str!("vectors/early.pem");
const GB18030: &[u8] = include_bytes!("vectors/gb18030.xml");

/// SHA-256 of the certificate, as `openssl x509 -fingerprint -sha256` has it, is not computed by the code under test.
pub(super) fn fingerprint(pem: &str) -> String {
    use sha2::Digest as _;
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    hex::encode(sha2::Sha256::digest(STANDARD.decode(body).unwrap()))
}

#[test]
fn signatures_of_another_program_are_valid_by_the_certificate_that_made_them() {
    let all = certificates(&[OTHER, DECLARANT, CARD]);
    let declarant = format!("valid:{}", fingerprint(DECLARANT));
    assert_eq!(verdict(RSA_SHA1, &all), declarant);
    assert_eq!(verdict(include_str!("vectors/rsa-sha256.xml"), &all), declarant);
    assert_eq!(verdict(include_str!("vectors/exclusive.xml"), &all), declarant);
    assert_eq!(verdict(GB18030, &all), declarant);
    assert_eq!(
        verdict(include_str!("vectors/rsa-sha1-1024.xml"), &all),
        format!("valid:{}", fingerprint(CARD))
    );
    let all = all.now();
    assert_eq!(all.subject(&fingerprint(DECLARANT)), Some("C=CN, O=Fictitious, CN=Test Declarant"));
    assert_eq!(all.subject(""), None);
}

#[test]
fn line_ends_of_other_systems_and_an_envelope_change_nothing() {
    assert_eq!(by_declarant(&RSA_SHA1.replace('\n', "\r\n")), "valid");
    let envelope = format!(
        "<DxpMsg xmlns=\"http://www.chinaport.gov.cn/dxp\"><TransInfo/><Data>{}</Data></DxpMsg>",
        STANDARD.encode(RSA_SHA1)
    );
    assert_eq!(by_declarant(&envelope), "valid");
}

#[test]
fn a_comment_is_signed_by_nobody_and_changes_nothing() {
    assert_eq!(by_declarant(&with(RSA_SHA1, "<!-- inside -->", "<!-- another -->")), "valid");
}

#[test]
fn a_message_without_a_signature_has_no_verdict() {
    let (before, _) = RSA_SHA1.split_once("<ds:Signature ").unwrap();
    assert_eq!(by_declarant(&format!("{before}</ceb:CEB311Message>")), "none");
}

#[test]
fn a_signature_by_nobody_who_is_configured_is_by_an_unknown_key() {
    assert_eq!(verdict(RSA_SHA1, &certificates(&[])), "unknown_key");
    assert_eq!(verdict(RSA_SHA1, &certificates(&[OTHER])), "unknown_key");
    // A certificate in the message is nobody's word, even where it says it is somebody's who is configured.
    let claimed = embedded(OTHER);
    assert_eq!(verdict(claimed.as_str(), &certificates(&[OTHER])), "invalid:signature");
    assert_eq!(verdict(claimed.as_str(), &certificates(&[])), "invalid:signature");
}

#[test]
fn a_signature_that_names_no_certificate_is_tried_with_each() {
    let (before, rest) = RSA_SHA1.split_once("<ds:KeyInfo>").unwrap();
    let (_, after) = rest.split_once("</ds:KeyInfo>").unwrap();
    let bare = format!("{before}{after}");
    assert_eq!(
        verdict(bare.as_str(), &certificates(&[OTHER, DECLARANT])),
        format!("valid:{}", fingerprint(DECLARANT))
    );
    assert_eq!(verdict(bare.as_str(), &certificates(&[OTHER])), "unknown_key");
}

#[test]
fn a_certificate_holds_when_the_document_was_sent() {
    assert_eq!(verdict(RSA_SHA1, &certificates(&[EXPIRED])), "invalid:expired");
    assert_eq!(verdict(RSA_SHA1, &certificates(&[EARLY])), "invalid:too_early");
    let renewed = certificates(&[EXPIRED, EARLY, DECLARANT]);
    assert_eq!(verdict(RSA_SHA1, &renewed), format!("valid:{}", fingerprint(DECLARANT)));
    let checked = check(&read(RSA_SHA1), &certificates(&[EXPIRED]).now()).unwrap();
    let in_2019 = Moment(SENT.0 - 2_692 * 86_400_000);
    assert_eq!(checked.at(in_2019).to_string(), format!("valid:{}", fingerprint(EXPIRED)));
}

/// The message with another certificate in its `KeyInfo`.
fn embedded(pem: &str) -> String {
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let (before, rest) = RSA_SHA1.split_once("<ds:X509Certificate>").unwrap();
    let (_, after) = rest.split_once("</ds:X509Certificate>").unwrap();
    format!("{before}<ds:X509Certificate>{body}</ds:X509Certificate>{after}")
}

#[cfg(feature = "gm")]
#[test]
fn sm2_signatures_of_openssl_are_valid() {
    let pem = include_str!("vectors/sm2.pem");
    let all = certificates(&[DECLARANT, pem]);
    let valid = format!("valid:{}", fingerprint(pem));
    for text in [include_str!("vectors/sm2-sha1.xml"), include_str!("vectors/sm2-sm3.xml")] {
        assert_eq!(verdict(text, &all), valid);
        assert_eq!(verdict(text, &certificates(&[DECLARANT])), "unknown_key");
        assert_eq!(verdict(with(text, "277.8", "277.9"), &all), "invalid:digest");
    }
    let (before, rest) = include_str!("vectors/sm2-sha1.xml").split_once("<ds:SignatureValue>").unwrap();
    let (value, after) = rest.split_once('<').unwrap();
    let mut bytes = STANDARD.decode(value).unwrap();
    bytes[40] ^= 1;
    let changed = format!("{before}<ds:SignatureValue>{}<{after}", STANDARD.encode(bytes));
    assert_eq!(verdict(changed, &all), "invalid:signature");
}

#[cfg(not(feature = "gm"))]
#[test]
fn sm2_is_told_as_unsupported_where_it_is_not_built_in() {
    for text in [include_str!("vectors/sm2-sha1.xml"), include_str!("vectors/sm2-sm3.xml")] {
        assert_eq!(verdict(text, &certificates(&[DECLARANT])), "unsupported:algorithm");
    }
    assert!(
        super::refused("sm2.pem", include_str!("vectors/sm2.pem")).contains("sm2.pem: a certificate's key")
    );
}
