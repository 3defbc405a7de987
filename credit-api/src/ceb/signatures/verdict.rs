//! What is known of a signature, as it is stored and as people read it.

use std::fmt::{self, Display};

use credit_core::records::Lang;

/// What was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// The message.
    Message,
    /// `DxpMsg` around a message that is not signed itself: by who sent it, not by who declares.
    Envelope,
}

/// How the verdict on an envelope is marked where it is stored.
const ENVELOPE: &str = "envelope/";

/// A verdict, and on what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    pub layer: Layer,
    pub verdict: Verdict,
}

impl Signed {
    /// What was stored; `None` for what no version wrote.
    #[must_use]
    pub fn read(stored: &str) -> Option<Self> {
        let (layer, verdict) = match stored.strip_prefix(ENVELOPE) {
            Some(verdict) => (Layer::Envelope, verdict),
            None => (Layer::Message, stored),
        };
        Some(Self { layer, verdict: Verdict::read(verdict)? })
    }
}

/// As it is stored: the verdict, with a mark where it is on the envelope.
impl Display for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.layer {
            Layer::Message => "",
            Layer::Envelope => ENVELOPE,
        };
        write!(f, "{mark}{}", self.verdict)
    }
}

impl Layer {
    /// `message` or `envelope`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Layer::Message => "message",
            Layer::Envelope => "envelope",
        }
    }
}

/// Of one document of a signed message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// By a certificate that is configured, or that a configured one issued; both are SHA-256 in hexadecimal digits.
    Valid {
        certificate: String,
        issuer: Option<String>,
    },
    /// Sound as far as it can be told, by nobody who is configured.
    UnknownKey,
    Invalid(Flaw),
    Unsupported(Feature),
}

/// Why a signature is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// It is not built as XML Signature says.
    Structure,
    /// There is more than one; which of them is meant nobody knows.
    Several,
    /// The message is another than the one that was signed.
    Digest,
    /// What is signed is read as another message than the one that was taken.
    Reading,
    /// No key that comes into question made it.
    Signature,
    /// The document is older than the certificate.
    TooEarly,
    /// The document is younger than the certificate's end.
    Expired,
    /// The certificate, or one that issued it, was revoked.
    Revoked,
}

/// What a signature has that is not verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    /// A digest, a signature or a canonical form.
    Algorithm,
    /// Something other than the whole message.
    Reference,
    /// A transform beside enveloped signature and canonical form.
    Transform,
    /// A message past [`super::MAX_SIGNED_BYTES`].
    Size,
    /// The list of revoked certificates was due anew before the document was sent.
    Revocation,
}

const FLAWS: [Flaw; 8] = [
    Flaw::Structure,
    Flaw::Several,
    Flaw::Digest,
    Flaw::Reading,
    Flaw::Signature,
    Flaw::TooEarly,
    Flaw::Expired,
    Flaw::Revoked,
];
const FEATURES: [Feature; 5] =
    [Feature::Algorithm, Feature::Reference, Feature::Transform, Feature::Size, Feature::Revocation];

impl Flaw {
    /// Stable name.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Flaw::Structure => "structure",
            Flaw::Several => "several",
            Flaw::Digest => "digest",
            Flaw::Reading => "reading",
            Flaw::Signature => "signature",
            Flaw::TooEarly => "too_early",
            Flaw::Expired => "expired",
            Flaw::Revoked => "revoked",
        }
    }

    /// Why, in words.
    #[must_use]
    pub fn text(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            Flaw::Structure => ("签名结构不合规", "the signature is not built as the standard says"),
            Flaw::Several => ("报文内有多个签名", "there is more than one signature"),
            Flaw::Digest => ("报文在签名后被改动", "the message was changed after it was signed"),
            Flaw::Reading => ("所签内容与读取的报文不一致", "what is signed is not what was read"),
            Flaw::Signature => ("签名值与证书不符", "the signature does not fit the certificate"),
            Flaw::TooEarly => ("申报时间早于证书有效期", "the document is older than the certificate"),
            Flaw::Expired => ("申报时证书已过期", "the certificate had expired when the document was sent"),
            Flaw::Revoked => ("证书已被吊销", "the certificate was revoked"),
        };
        pick(lang, zh, en)
    }
}

impl Feature {
    /// Stable name.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Feature::Algorithm => "algorithm",
            Feature::Reference => "reference",
            Feature::Transform => "transform",
            Feature::Size => "size",
            Feature::Revocation => "revocation",
        }
    }

    /// What it is, in words.
    #[must_use]
    pub fn text(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            Feature::Algorithm => ("算法不受支持", "the algorithm is not supported"),
            Feature::Reference => ("签名未覆盖整份报文", "it does not cover the message as a whole"),
            Feature::Transform => ("含有不受支持的变换", "it has a transform that is not supported"),
            Feature::Size => ("报文过大，未验签", "the message is too large to be verified"),
            Feature::Revocation => ("证书吊销列表已过期", "the list of revoked certificates is out of date"),
        };
        pick(lang, zh, en)
    }
}

/// As it is stored: `valid:<certificate>`, `valid:<certificate>:<issuer>`, `unknown_key`, `invalid:<why>`,
/// `unsupported:<what>`.
impl Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::UnknownKey => f.write_str(self.code()),
            Verdict::Valid { certificate, issuer } => {
                write!(f, "{}:{certificate}", self.code())?;
                issuer.as_ref().map_or(Ok(()), |issuer| write!(f, ":{issuer}"))
            }
            Verdict::Invalid(flaw) => write!(f, "{}:{}", self.code(), flaw.code()),
            Verdict::Unsupported(feature) => write!(f, "{}:{}", self.code(), feature.code()),
        }
    }
}

impl Verdict {
    /// What was stored; `None` for what no version wrote.
    #[must_use]
    pub fn read(stored: &str) -> Option<Self> {
        match stored.split_once(':').unwrap_or((stored, "")) {
            ("valid", by) => {
                let (certificate, issuer) =
                    by.split_once(':').map_or((by, None), |(one, issuer)| (one, Some(issuer.to_owned())));
                Some(Verdict::Valid { certificate: certificate.to_owned(), issuer })
            }
            ("unknown_key", "") => Some(Verdict::UnknownKey),
            ("invalid", why) => FLAWS.into_iter().find(|flaw| flaw.code() == why).map(Verdict::Invalid),
            ("unsupported", what) => {
                FEATURES.into_iter().find(|feature| feature.code() == what).map(Verdict::Unsupported)
            }
            _ => None,
        }
    }

    /// `valid`, `unknown_key`, `invalid` or `unsupported`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Verdict::Valid { .. } => "valid",
            Verdict::UnknownKey => "unknown_key",
            Verdict::Invalid(_) => "invalid",
            Verdict::Unsupported(_) => "unsupported",
        }
    }

    /// Whether somebody who is trusted made it.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        matches!(self, Verdict::Valid { .. })
    }

    /// A few words.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let (zh, en) = match self {
            Verdict::Valid { .. } => ("验签通过", "valid"),
            Verdict::UnknownKey => ("签名证书未登记", "by a certificate that is not registered here"),
            Verdict::Invalid(_) => ("验签未通过", "invalid"),
            Verdict::Unsupported(_) => ("未验签", "not verified"),
        };
        let why = match self {
            Verdict::Invalid(flaw) => flaw.text(lang),
            Verdict::Unsupported(feature) => feature.text(lang),
            Verdict::Valid { .. } | Verdict::UnknownKey => return pick(lang, zh, en).to_owned(),
        };
        format!("{}{}{why}", pick(lang, zh, en), pick(lang, "：", ": "))
    }
}

fn pick(lang: Lang, zh: &'static str, en: &'static str) -> &'static str {
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}
