//! Certificates that somebody issued, and lists of those that no longer count, made here. The keys of their issuers
//! (`vectors/*.key.pem`) have signed nothing else.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use credit_core::dates::Moment;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, IsCa, Issuer, KeyIdMethod,
    KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256, PublicKeyData, RevocationReason, RevokedCertParams,
    SerialNumber, SignatureAlgorithm, date_time_ymd,
};
use x509_parser::pem::parse_x509_pem;

use super::vectors::fingerprint;
use super::{DECLARANT, SENT, certificates, read, refused, verdict};
use crate::ceb::signatures::{Certificates, check};

const RSA_SHA256: &str = include_str!("vectors/rsa-sha256.xml");
const KEY: &str = include_str!("vectors/issuer.key.pem");
const ANOTHER_KEY: &str = include_str!("vectors/another.key.pem");

/// The key that signed the message.
struct Declarant(Vec<u8>);

impl PublicKeyData for Declarant {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_RSA_SHA256
    }
}

fn declarant() -> Declarant {
    let (_, pem) = parse_x509_pem(DECLARANT.as_bytes()).unwrap();
    let certificate = pem.parse_x509().unwrap();
    Declarant(certificate.public_key().subject_public_key.data.to_vec())
}

/// A certificate of this name for 2020 to 2099.
fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.remove(DnType::CommonName);
    params.distinguished_name.push(DnType::CommonName, name);
    params.serial_number = Some(SerialNumber::from(7_u64));
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2099, 1, 1));
    params
}

/// Somebody who issues, with so many issuers below.
struct Authority {
    params: CertificateParams,
    key: KeyPair,
    pem: String,
}

impl Authority {
    fn root(key: &str, below: BasicConstraints) -> Self {
        let mut params = params("Fictitious Root");
        params.is_ca = IsCa::Ca(below);
        let key = KeyPair::from_pem_and_sign_algo(key, &PKCS_RSA_SHA256).unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { params, key, pem }
    }

    fn below(&self, params: CertificateParams) -> Self {
        let key = KeyPair::from_pem_and_sign_algo(ANOTHER_KEY, &PKCS_RSA_SHA256).unwrap();
        let pem = params.signed_by(&key, &self.issuer()).unwrap().pem();
        Self { params, key, pem }
    }

    fn issuer(&self) -> Issuer<'_, &KeyPair> {
        Issuer::from_params(&self.params, &self.key)
    }

    /// A certificate for the key that signed the message.
    fn issue(&self, params: &CertificateParams) -> String {
        params.signed_by(&declarant(), &self.issuer()).unwrap().pem()
    }

    /// A list with the certificate of number 7, revoked on 2026-06-01, made then and good until the end of a year.
    fn list(&self, reason: Option<Option<RevocationReason>>, made: u8, until_year: i32) -> String {
        let revoked = reason.into_iter().map(|reason_code| RevokedCertParams {
            serial_number: SerialNumber::from(7_u64),
            revocation_time: date_time_ymd(2026, 6, 1),
            reason_code,
            invalidity_date: None,
        });
        let params = CertificateRevocationListParams {
            this_update: date_time_ymd(2026, 6, made),
            next_update: date_time_ymd(until_year, 12, 31),
            crl_number: SerialNumber::from(1_u64),
            issuing_distribution_point: None,
            revoked_certs: revoked.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(&self.issuer()).unwrap().pem().unwrap()
    }
}

fn root() -> Authority {
    Authority::root(KEY, BasicConstraints::Unconstrained)
}

fn between() -> CertificateParams {
    let mut params = params("Fictitious Between");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

/// The message with these certificates in its `KeyInfo`.
fn bringing(all: &[&str]) -> String {
    let body = |pem: &&str| pem.lines().filter(|line| !line.starts_with('-')).collect::<String>();
    let element = |pem| format!("<ds:X509Certificate>{}</ds:X509Certificate>", body(pem));
    let (before, rest) = RSA_SHA256.split_once("<ds:X509Certificate>").unwrap();
    let (_, after) = rest.split_once("</ds:X509Certificate>").unwrap();
    format!("{before}{}{after}", all.iter().map(element).collect::<String>())
}

fn valid(certificate: &str, issuer: &str) -> String {
    format!("valid:{}:{}", fingerprint(certificate), fingerprint(issuer))
}

#[test]
fn who_is_configured_stands_for_those_it_issued() {
    let root = root();
    let trusted = certificates(&[&root.pem]);
    let mine = root.issue(&params("Declarant"));
    assert_eq!(verdict(bringing(&[&mine]), &trusted), valid(&mine, &root.pem));
    // The one who made the message says nothing, so nobody knows whom the issuer stands for.
    let (before, rest) = RSA_SHA256.split_once("<ds:KeyInfo>").unwrap();
    let (_, after) = rest.split_once("</ds:KeyInfo>").unwrap();
    assert_eq!(verdict(format!("{before}{after}"), &trusted), "unknown_key");
    // Another key under the same name is somebody else.
    let pretender = Authority::root(ANOTHER_KEY, BasicConstraints::Unconstrained);
    let theirs = pretender.issue(&params("Declarant"));
    assert_eq!(verdict(bringing(&[&theirs]), &trusted), "unknown_key");
    // A certificate of somebody else's key does not make it theirs.
    let others = root.below(params("Other")).pem;
    assert_eq!(verdict(bringing(&[&others]), &trusted), "invalid:signature");
}

#[test]
fn issuers_between_are_brought_along_and_may_issue_themselves() {
    let root = root();
    let trusted = certificates(&[&root.pem]);
    let between = root.below(between());
    let mine = between.issue(&params("Declarant"));
    assert_eq!(verdict(bringing(&[&mine, &between.pem]), &trusted), valid(&mine, &root.pem));
    assert_eq!(verdict(bringing(&[&between.pem, &mine]), &trusted), valid(&mine, &root.pem));
    assert_eq!(verdict(bringing(&[&mine]), &trusted), "unknown_key");
    // Who was issued a certificate is no issuer.
    let holder = root.below(params("Fictitious Between"));
    let theirs = holder.issue(&params("Declarant"));
    assert_eq!(verdict(bringing(&[&theirs, &holder.pem]), &trusted), "unknown_key");
    // Nobody may stand below a root that says so.
    let strict = Authority::root(KEY, BasicConstraints::Constrained(0));
    let trusted = certificates(&[&strict.pem]);
    assert_eq!(verdict(bringing(&[&mine, &between.pem]), &trusted), "unknown_key");
    let mine = strict.issue(&params("Declarant"));
    assert_eq!(verdict(bringing(&[&mine]), &trusted), valid(&mine, &strict.pem));
}

#[test]
fn a_key_does_what_its_certificate_says() {
    let root = root();
    let trusted = certificates(&[&root.pem]);
    let with = |uses: &[KeyUsagePurpose]| {
        let mut params = params("Declarant");
        params.key_usages = uses.to_vec();
        verdict(bringing(&[&root.issue(&params)]), &trusted)
    };
    assert!(with(&[KeyUsagePurpose::DigitalSignature]).starts_with("valid"));
    assert!(with(&[KeyUsagePurpose::ContentCommitment]).starts_with("valid"));
    assert_eq!(with(&[KeyUsagePurpose::KeyEncipherment]), "unknown_key");
    let mut between = between();
    between.key_usages = vec![KeyUsagePurpose::CrlSign];
    let between = root.below(between);
    let mine = between.issue(&params("Declarant"));
    assert_eq!(verdict(bringing(&[&mine, &between.pem]), &trusted), "unknown_key");
    // What is critical and not understood.
    let mut odd = params("Declarant");
    let mut extension = rcgen::CustomExtension::from_oid_content(&[2, 5, 29, 99], vec![5, 0]);
    extension.set_criticality(true);
    odd.custom_extensions = vec![extension];
    assert_eq!(verdict(bringing(&[&root.issue(&odd)]), &trusted), "unknown_key");
}

#[test]
fn every_certificate_on_the_way_holds_when_the_document_was_sent() {
    let mut short = params("Declarant");
    short.not_after = date_time_ymd(2026, 6, 1);
    let root = root();
    let trusted = certificates(&[&root.pem]);
    assert_eq!(verdict(bringing(&[&root.issue(&short)]), &trusted), "invalid:expired");
    let mut between = between();
    between.not_before = date_time_ymd(2027, 1, 1);
    let between = root.below(between);
    let mine = between.issue(&params("Declarant"));
    assert_eq!(verdict(bringing(&[&mine, &between.pem]), &trusted), "invalid:too_early");
}

#[test]
fn what_a_revoked_certificate_signs_counts_no_more() {
    let root = root();
    let mine = root.issue(&params("Declarant"));
    let at = |list: &str, moment: Moment| {
        let trusted = certificates(&[&root.pem, list]).now();
        check(&read(bringing(&[&mine])), &trusted).unwrap().at(moment).to_string()
    };
    let valid = valid(&mine, &root.pem);
    let in_may = Moment(SENT.0 - 180 * 86_400_000);
    let superseded = root.list(Some(Some(RevocationReason::Superseded)), 1, 2026);
    assert_eq!(at(&superseded, SENT), "invalid:revoked");
    assert_eq!(at(&superseded, in_may), valid, "it was sent before");
    // A key in other hands may have signed anything, whatever date it bears; without a reason it may be that.
    for reason in [Some(RevocationReason::KeyCompromise), None] {
        let list = root.list(Some(reason), 1, 2026);
        assert_eq!(
            (at(&list, SENT), at(&list, in_may)),
            ("invalid:revoked".into(), "invalid:revoked".into())
        );
    }
    assert_eq!(at(&root.list(None, 1, 2026), SENT), valid, "nobody is revoked");
    // The next list was due before the document was sent: nobody knows.
    let old = root.list(None, 1, 2026);
    let in_2027 = Moment(SENT.0 + 90 * 86_400_000);
    assert_eq!(at(&old, in_2027), "unsupported:revocation");
    // Of two lists the newer one counts, wherever it stands.
    let newer = root.list(None, 2, 2026);
    for both in [format!("{superseded}{newer}"), format!("{newer}{superseded}")] {
        assert_eq!(at(&both, SENT), valid);
    }
}

#[test]
fn a_list_counts_for_issuers_between_and_for_certificates_that_are_configured_themselves() {
    let root = root();
    let list = root.list(Some(None), 1, 2026);
    let between = root.below(between());
    let mut of_between = params("Declarant");
    of_between.serial_number = Some(SerialNumber::from(8_u64));
    let mine = between.issue(&of_between);
    let message = bringing(&[&mine, &between.pem]);
    assert_eq!(verdict(message.as_str(), &certificates(&[&root.pem])), valid(&mine, &root.pem));
    assert_eq!(verdict(message.as_str(), &certificates(&[&root.pem, &list])), "invalid:revoked");
    let pinned = root.issue(&params("Declarant"));
    let trusted = certificates(&[&pinned, &root.pem, &list]);
    assert_eq!(verdict(bringing(&[&pinned]), &trusted), "invalid:revoked");
    // The number is the issuer's own; the same of somebody else says nothing.
    let other = Authority::root(ANOTHER_KEY, BasicConstraints::Unconstrained);
    let others_list = other.list(Some(None), 1, 2026);
    let trusted = certificates(&[&root.pem, &other.pem, &others_list]);
    assert_eq!(verdict(bringing(&[&pinned]), &trusted), valid(&pinned, &root.pem));
}

#[test]
fn a_list_by_nobody_in_the_folder_is_refused_with_the_files_name() {
    let other = Authority::root(ANOTHER_KEY, BasicConstraints::Unconstrained);
    let of_other = other.list(None, 1, 2026);
    let both = format!("{}{of_other}", root().pem);
    assert!(refused("a.pem", &both).contains("a.pem: a list of revoked certificates is by none"));
    let cut = of_other.replace("MII", "AII");
    assert!(refused("b.pem", &format!("{}{cut}", other.pem)).contains("b.pem: a list of revoked"));
    let mut params = params("Fictitious Root");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let issuing_only = params.self_signed(&other.key).unwrap().pem();
    assert!(refused("c.pem", &format!("{issuing_only}{of_other}")).contains("c.pem: a list of revoked"));
}

#[test]
fn the_folder_is_read_again_and_what_breaks_leaves_what_was_there() {
    let (root, folder) = (root(), tempfile::tempdir().unwrap());
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    put("root.pem", &root.pem);
    let trusted = Certificates::open(Some(folder.path())).unwrap();
    let mine = root.issue(&params("Declarant"));
    let message = bringing(&[&mine]);
    assert_eq!(verdict(message.as_str(), &trusted), valid(&mine, &root.pem));
    assert!(!trusted.look() && trusted.trouble().is_none());
    put("list.pem", &root.list(Some(None), 1, 2026));
    assert!(trusted.look());
    assert_eq!(verdict(message.as_str(), &trusted), "invalid:revoked");
    put("list.pem", "x");
    assert!(!trusted.look());
    assert!(trusted.trouble().unwrap().contains("list.pem: holds no certificate"));
    assert_eq!(verdict(message.as_str(), &trusted), "invalid:revoked");
    std::fs::remove_file(folder.path().join("list.pem")).unwrap();
    assert!(trusted.look() && trusted.trouble().is_none());
    assert_eq!(verdict(message.as_str(), &trusted), valid(&mine, &root.pem));
}

/// `DxpMsg` around a message, which somebody signed as a whole.
const ENVELOPE: &str = include_str!("vectors/envelope.xml");

#[test]
fn a_signed_envelope_stands_for_a_message_that_is_not_signed() {
    let trusted =
        certificates(&[DECLARANT, include_str!("vectors/other.pem"), include_str!("vectors/carrier.pem")]);
    let carrier = fingerprint(include_str!("vectors/carrier.pem"));
    assert_eq!(verdict(ENVELOPE, &trusted), format!("envelope/valid:{carrier}"));
    let sender = ENVELOPE.replace("<SenderId>", "<SenderId>X");
    assert_ne!(sender, ENVELOPE);
    assert_eq!(verdict(sender, &trusted), "envelope/invalid:digest");
    assert_eq!(verdict(ENVELOPE, &certificates(&[DECLARANT])), "envelope/unknown_key");
    // Whoever declares comes before whoever sends.
    let (before, rest) = ENVELOPE.split_once("<Data>").unwrap();
    let (_, after) = rest.split_once("</Data>").unwrap();
    let signed_inside = format!("{before}<Data>{}</Data>{after}", STANDARD.encode(RSA_SHA256));
    assert_eq!(verdict(signed_inside, &trusted), format!("valid:{}", fingerprint(DECLARANT)));
}

#[cfg(feature = "gm")]
#[test]
fn an_issuer_signs_certificates_with_sm2_as_openssl_does() {
    use crate::ceb::signatures::algorithms::{Key, Method};
    let (_, pem) = parse_x509_pem(include_bytes!("vectors/sm2.pem")).unwrap();
    let certificate = pem.parse_x509().unwrap();
    let key = Key::of(&certificate).unwrap();
    let oid = certificate.signature_algorithm.algorithm.to_id_string();
    let method = Method::of_certificate(&oid).unwrap();
    let (bytes, value) = (certificate.tbs_certificate.as_ref(), &certificate.signature_value.data);
    assert!(method.verifies_der(&key, bytes, value), "it signed itself");
    for at in 0..value.len() {
        let mut changed = value.to_vec();
        changed[at] ^= 1;
        assert!(!method.verifies_der(&key, bytes, &changed), "byte {at}");
    }
    assert!(!method.verifies_der(&key, &bytes[1..], value));
    assert!(!method.verifies_der(&key, bytes, &value[1..]));
    assert!(!method.verifies_der(&key, bytes, &[value.as_ref(), &[0][..]].concat()));
}
