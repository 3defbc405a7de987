//! From the certificate whose key signed to one that is configured (RFC 5280, 6.1, without constraints of names and
//! policies, which make a certificate unusable where they are critical).

use credit_core::dates::Moment;

use super::MAX_ISSUERS_BETWEEN;
use super::certificate::Certificate;
use super::certificates::Trusted;
use super::verdict::{Feature, Flaw, Verdict};

/// Why a signature counts, if its times allow it.
#[derive(Debug)]
pub(super) struct Way {
    /// The fingerprint of the certificate whose key signed.
    certificate: String,
    /// Of the configured one that issued it; nothing where it is configured itself.
    issuer: Option<String>,
    /// When all certificates on the way hold.
    holds: (Moment, Moment),
    /// Since when one of them is revoked.
    revoked: Option<Moment>,
    /// Until when the lists of revoked certificates are good that were asked.
    listed_until: Option<Moment>,
}

/// By a certificate that is configured.
pub(super) fn configured(signer: &Certificate, trusted: &Trusted) -> Way {
    let issuer = trusted.issuers().find(|issuer| signer.is_issued_by(issuer, 0));
    of(&[signer], issuer, None, trusted)
}

/// By a certificate that the message brings along and a configured one issued, with those between among what it
/// brings; `None` where there is no such way.
pub(super) fn issued(signer: &Certificate, brought: &[Certificate], trusted: &Trusted) -> Option<Way> {
    if !signer.may_sign() {
        return None;
    }
    let mut chain = vec![signer];
    loop {
        let (last, between) = (*chain.last()?, chain.len() - 1);
        if let Some(issuer) = trusted.issuers().find(|issuer| last.is_issued_by(issuer, between)) {
            return Some(of(&chain, Some(issuer), Some(issuer), trusted));
        }
        if between >= MAX_ISSUERS_BETWEEN {
            return None;
        }
        let is_new = |one: &&Certificate| chain.iter().all(|other| other.fingerprint != one.fingerprint);
        chain.push(brought.iter().filter(is_new).find(|one| last.is_issued_by(one, between))?);
    }
}

/// `above` issued the last of the chain, as far as that is known; `through` is who is trusted instead of the signer.
fn of(
    chain: &[&Certificate],
    above: Option<&Certificate>,
    through: Option<&Certificate>,
    trusted: &Trusted,
) -> Way {
    let holds =
        chain.iter().copied().chain(through).fold((Moment(i64::MIN), Moment(i64::MAX)), |all, one| {
            (all.0.max(one.holds.0), all.1.min(one.holds.1))
        });
    let mut way = Way {
        certificate: chain.first().map(|one| one.fingerprint.clone()).unwrap_or_default(),
        issuer: through.map(|one| one.fingerprint.clone()),
        holds,
        revoked: None,
        listed_until: None,
    };
    for (at, one) in chain.iter().enumerate() {
        let issuer = chain.get(at + 1).copied().or(above);
        for list in trusted.lists().filter(|list| list.is_about(one, issuer)) {
            way.revoked = way.revoked.into_iter().chain(list.since(one)).min();
            way.listed_until = way.listed_until.into_iter().chain(list.until).min();
        }
    }
    way
}

impl Way {
    /// What it makes of a document that was sent at this moment.
    fn at(&self, moment: Moment) -> Verdict {
        let is_revoked = self.revoked.is_some_and(|since| since <= moment);
        let is_unlisted = self.listed_until.is_some_and(|until| until < moment);
        match self.holds {
            _ if is_revoked => Verdict::Invalid(Flaw::Revoked),
            (from, _) if moment < from => Verdict::Invalid(Flaw::TooEarly),
            (_, until) if until < moment => Verdict::Invalid(Flaw::Expired),
            _ if is_unlisted => Verdict::Unsupported(Feature::Revocation),
            _ => Verdict::Valid { certificate: self.certificate.clone(), issuer: self.issuer.clone() },
        }
    }
}

/// The best of several ways: a renewed certificate may have the key of the one before.
pub(super) fn best_at(ways: &[Way], moment: Moment) -> Verdict {
    let rank = |verdict: &Verdict| match verdict {
        Verdict::Valid { .. } => 0,
        Verdict::Invalid(Flaw::Revoked) => 1,
        Verdict::Unsupported(_) => 2,
        Verdict::Invalid(Flaw::Expired) => 3,
        _ => 4,
    };
    ways.iter().map(|way| way.at(moment)).min_by_key(rank).unwrap_or(Verdict::UnknownKey)
}
