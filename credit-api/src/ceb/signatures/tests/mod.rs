//! Signatures that the Java platform and OpenSSL made (`vectors/make.sh`), as they are and as somebody changed them.

mod forged;
mod issued;
mod vectors;

use std::io::Cursor;
use std::path::Path;

use credit_core::dates::Moment;

use super::{Certificates, Signed, Verdict, check};
use crate::ceb::reading::{self, Limits, Message};

/// 2026-11-02, when the documents of the vectors were sent.
const SENT: Moment = Moment(1_793_581_200_000);

const RSA_SHA1: &str = include_str!("vectors/rsa-sha1.xml");
const DECLARANT: &str = include_str!("vectors/declarant.pem");

fn read(bytes: impl Into<Vec<u8>>) -> Message {
    let bytes = bytes.into();
    let total = u64::try_from(bytes.len()).unwrap();
    reading::open(Box::new(Cursor::new(bytes)), total, Limits::default()).unwrap().next().unwrap().unwrap()
}

fn certificates(all: &[&str]) -> Certificates {
    let folder = tempfile::tempdir().unwrap();
    for (at, text) in all.iter().enumerate() {
        std::fs::write(folder.path().join(format!("{at}.pem")), text).unwrap();
    }
    Certificates::open((!all.is_empty()).then_some(folder.path())).unwrap()
}

fn count(certificates: &Certificates) -> usize {
    certificates.now().certificates().count()
}

fn refused(name: &str, text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), text).unwrap();
    Certificates::open(Some(folder.path())).unwrap_err().to_string()
}

/// The verdict, stored and read again; `none` for a message without a signature.
fn verdict(bytes: impl Into<Vec<u8>>, certificates: &Certificates) -> String {
    let Some(checked) = check(&read(bytes), &certificates.now()) else { return "none".to_owned() };
    let signed = checked.at(SENT);
    assert_eq!(Signed::read(&signed.to_string()), Some(signed.clone()));
    for lang in [credit_core::records::Lang::Zh, credit_core::records::Lang::En] {
        assert!(!signed.verdict.text(lang).is_empty());
    }
    signed.to_string()
}

/// The verdict of one who knows the declarant alone.
fn by_declarant(text: &str) -> String {
    let verdict = verdict(text, &certificates(&[DECLARANT]));
    verdict
        .split_once(':')
        .filter(|(code, _)| *code == "valid")
        .map_or(verdict.clone(), |(code, _)| code.to_owned())
}

/// A text with one change, which must be one.
fn with(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "{from}");
    text.replace(from, to)
}

#[test]
fn a_folder_of_certificates_is_read_at_the_start_or_refused_by_the_files_name() {
    let all = certificates(&[DECLARANT, include_str!("vectors/other.pem")]);
    assert_eq!(count(&all), 2);
    let both = format!("{DECLARANT}{}", include_str!("vectors/other.pem"));
    assert_eq!(count(&certificates(&[&both])), 2);
    assert_eq!(count(&certificates(&[DECLARANT, DECLARANT])), 1);
    assert_eq!(count(&certificates(&[])), 0);

    assert!(refused("a.pem", "no certificate").contains("a.pem: holds no certificate"));
    assert!(
        refused("b.pem", &DECLARANT.replace("MII", "AII")).contains("b.pem: a certificate cannot be read")
    );
    let key = DECLARANT.replace("CERTIFICATE", "PRIVATE KEY");
    assert!(refused("c.pem", &key).contains("c.pem: holds \"PRIVATE KEY\""));
    assert!(refused("d.pem", include_str!("vectors/p256.pem")).contains("d.pem: a certificate's key"));
    assert!(refused("e.txt", DECLARANT).contains("no file *.pem"));
    assert!(Certificates::open(Some(Path::new("/nowhere"))).is_err());
}

#[test]
fn what_no_version_wrote_is_no_verdict() {
    for text in ["", "valid", "unknown_key:x", "invalid:", "invalid:else", "unsupported:", "none"] {
        let read = Verdict::read(text);
        assert!(read.is_none() || text == "valid", "{text}: {read:?}");
    }
}
