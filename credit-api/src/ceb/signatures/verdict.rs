//! What is known of a signature, as it is stored and as people read it.

use std::fmt::{self, Display};

use credit_core::records::Lang;

/// Of one document of a signed message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// By a configured certificate, of which this is the SHA-256 in hexadecimal digits.
    Valid(String),
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
}

const FLAWS: [Flaw; 7] = [
    Flaw::Structure,
    Flaw::Several,
    Flaw::Digest,
    Flaw::Reading,
    Flaw::Signature,
    Flaw::TooEarly,
    Flaw::Expired,
];
const FEATURES: [Feature; 4] = [Feature::Algorithm, Feature::Reference, Feature::Transform, Feature::Size];

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
        };
        pick(lang, zh, en)
    }
}

/// As it is stored: `valid:<fingerprint>`, `unknown_key`, `invalid:<why>`, `unsupported:<what>`.
impl Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::UnknownKey => f.write_str(self.code()),
            Verdict::Valid(detail) => write!(f, "{}:{detail}", self.code()),
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
            ("valid", fingerprint) => Some(Verdict::Valid(fingerprint.to_owned())),
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
            Verdict::Valid(_) => "valid",
            Verdict::UnknownKey => "unknown_key",
            Verdict::Invalid(_) => "invalid",
            Verdict::Unsupported(_) => "unsupported",
        }
    }

    /// Whether a configured certificate made it.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        matches!(self, Verdict::Valid(_))
    }

    /// A few words.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let (zh, en) = match self {
            Verdict::Valid(_) => ("验签通过", "valid"),
            Verdict::UnknownKey => ("签名证书未登记", "by a certificate that is not registered here"),
            Verdict::Invalid(_) => ("验签未通过", "invalid"),
            Verdict::Unsupported(_) => ("未验签", "not verified"),
        };
        let why = match self {
            Verdict::Invalid(flaw) => flaw.text(lang),
            Verdict::Unsupported(feature) => feature.text(lang),
            Verdict::Valid(_) | Verdict::UnknownKey => return pick(lang, zh, en).to_owned(),
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
