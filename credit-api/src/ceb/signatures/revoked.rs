//! Lists of revoked certificates (RFC 5280, 5), each signed by a certificate of the folder.

use std::collections::BTreeMap;

use credit_core::dates::Moment;
use x509_parser::parse_x509_crl;
use x509_parser::revocation_list::RevokedCertificate;
use x509_parser::x509::ReasonCode;

use super::algorithms::Method;
use super::certificate::{Certificate, Signed, moment};

/// Reasons for which a key may be in other hands (RFC 5280, 5.3.1): what it signed may bear any date, and counts for
/// nothing. A list that gives no reason may have had this one.
const IN_OTHER_HANDS: [ReasonCode; 4] =
    [ReasonCode::Unspecified, ReasonCode::KeyCompromise, ReasonCode::CACompromise, ReasonCode::AACompromise];

/// The revoked certificates of one issuer.
#[derive(Debug)]
pub(super) struct Revoked {
    issuer_name: Vec<u8>,
    /// Of the key that signed the list.
    key_info: Vec<u8>,
    made_at: Moment,
    /// When the next list is due; what is younger cannot be judged by this one.
    pub until: Option<Moment>,
    /// By serial number: since when nothing counts that it signed.
    serials: BTreeMap<Vec<u8>, Moment>,
}

impl Revoked {
    /// Reads a list in DER that one of these certificates signed.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read<'a>(
        der: &[u8],
        mut signers: impl Iterator<Item = &'a Certificate>,
    ) -> Result<Self, String> {
        let Ok((&[], list)) = parse_x509_crl(der) else {
            return Err("a list of revoked certificates cannot be read".to_owned());
        };
        if list.extensions().iter().any(|one| one.critical) {
            return Err(
                "a list of revoked certificates is a part of one, or an issuer's for others".to_owned()
            );
        }
        let signed = Signed {
            bytes: list.tbs_cert_list.as_ref().to_vec(),
            method: Method::of_certificate(&list.signature_algorithm.algorithm.to_id_string()),
            value: list.signature_value.data.to_vec(),
        };
        let issuer = list.issuer().as_raw();
        let by = |one: &&Certificate| {
            one.may_sign_lists()
                && one.name == issuer
                && one.key.as_ref().is_some_and(|key| signed.is_by(key))
        };
        let Some(signer) = signers.find(by) else {
            return Err(format!(
                "a list of revoked certificates is by none of the folder's certificates; expected that of {}",
                list.issuer()
            ));
        };
        let serials = list.iter_revoked_certificates();
        Ok(Self {
            issuer_name: issuer.to_vec(),
            key_info: signer.key_info.clone(),
            made_at: moment(list.last_update()),
            until: list.next_update().map(moment),
            serials: serials.map(|one| (one.raw_serial().to_vec(), since(one))).collect(),
        })
    }

    /// Whether this list is newer than another of the same issuer.
    pub(super) fn replaces(&self, other: &Self) -> bool {
        self.is_of_same(other) && self.made_at >= other.made_at
    }

    pub(super) fn is_of_same(&self, other: &Self) -> bool {
        (&self.issuer_name, &self.key_info) == (&other.issuer_name, &other.key_info)
    }

    /// Whether it says which certificates of this issuer are revoked; an issuer that is not known is known by name.
    pub(super) fn is_about(&self, one: &Certificate, issuer: Option<&Certificate>) -> bool {
        self.issuer_name == one.issuer_name && issuer.is_none_or(|issuer| issuer.key_info == self.key_info)
    }

    /// Since when nothing counts that a certificate signed; `None` where it is not revoked.
    pub(super) fn since(&self, one: &Certificate) -> Option<Moment> {
        self.serials.get(&one.serial).copied()
    }
}

fn since(one: &RevokedCertificate<'_>) -> Moment {
    let reason = one.reason_code().map_or(ReasonCode::Unspecified, |(_, reason)| reason);
    if IN_OTHER_HANDS.contains(&reason) { Moment(i64::MIN) } else { moment(one.revocation_date) }
}
