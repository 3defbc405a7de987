//! Asking, granting, declining, revoking. Each act is one transaction with what it anchors.

use chrono::{Months, NaiveDate};
use credit_core::dates::{Moment, day_number};
use credit_core::records::Lang;
use credit_core::uscc::Uscc;

use super::text::{self, Terms};
use super::{BLOCKS, Consent, Kind, MONTHS_MAX, PRODUCT_CHARS_MAX, PURPOSES, Standing, find, statement};
use crate::access::{Audience, Block, Principal, Purpose};
use crate::anchoring::outbox::{self, Draft};
use crate::registry;
use crate::service::Service;
use crate::store::bulk::Bind;
use crate::store::versioned::{self, Column, Versioned, random};
use crate::store::{DbConnection, StoreError};

const ID_BYTES: usize = 16;

/// What is written in the transaction of an act, such as its answer.
pub type Also<'a> = versioned::Also<'a, Consent>;

/// What a financier asks for.
#[derive(Debug, Clone)]
pub struct Question {
    pub uscc: Uscc,
    pub purpose: Purpose,
    pub blocks: Vec<Block>,
    pub product: String,
    pub kind: Kind,
    pub from: NaiveDate,
    /// The last day.
    pub until: NaiveDate,
}

/// Why an act is not done.
#[derive(Debug, thiserror::Error)]
pub enum ConsentError {
    #[error("only a financial institution asks for consent, in its own name")]
    NotFinancier,
    #[error("only an authorised agent of the enterprise decides")]
    NotAgent,
    #[error("no such consent")]
    NotFound,
    #[error("no such enterprise")]
    NoEnterprise,
    #[error("the consent has changed since: it has version {found}")]
    Changed { found: i64 },
    #[error("the consent is {}", standing.code())]
    Standing { standing: Standing },
    #[error("another text was read: the digest of this consent's text is {expected}")]
    OtherText { expected: String },
    #[error("{field}: {}", fault.en())]
    Field { field: &'static str, fault: Fault },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is wrong with a field of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Purpose,
    NoBlock,
    Block,
    Product,
    Past,
    Order,
    TooLong,
}

impl Fault {
    fn en(self) -> String {
        self.words(Lang::En)
    }

    /// What was expected.
    #[must_use]
    pub fn words(self, lang: Lang) -> String {
        let codes = |list: Vec<&str>| list.join(", ");
        let purposes = || codes(PURPOSES.iter().map(|purpose| purpose.code()).collect());
        let blocks = || codes(BLOCKS.iter().map(|block| block.code()).collect());
        match (self, lang) {
            (Fault::Purpose, Lang::Zh) => format!("应为 {} 之一", purposes()),
            (Fault::Purpose, Lang::En) => format!("expected one of {}", purposes()),
            (Fault::NoBlock, Lang::Zh) => "至少列出一项".to_owned(),
            (Fault::NoBlock, Lang::En) => "at least one is needed".to_owned(),
            (Fault::Block, Lang::Zh) => format!("只能授权 {}，每项一次", blocks()),
            (Fault::Block, Lang::En) => format!("a consent opens {} only, each once", blocks()),
            (Fault::Product, Lang::Zh) => format!("应为 1 至 {PRODUCT_CHARS_MAX} 个字符"),
            (Fault::Product, Lang::En) => format!("has 1 to {PRODUCT_CHARS_MAX} characters"),
            (Fault::Past, Lang::Zh) => "不得早于今天".to_owned(),
            (Fault::Past, Lang::En) => "must not be before today".to_owned(),
            (Fault::Order, Lang::Zh) => "不得早于起始日".to_owned(),
            (Fault::Order, Lang::En) => "must not be before the first day".to_owned(),
            (Fault::TooLong, Lang::Zh) => format!("期限不得超过 {MONTHS_MAX} 个月"),
            (Fault::TooLong, Lang::En) => format!("the period has at most {MONTHS_MAX} months"),
        }
    }
}

impl ConsentError {
    /// What is wrong, for whoever acted.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        if lang == Lang::En {
            return match self {
                Self::Standing { standing } => {
                    format!("The consent is {}; this cannot be done to it.", standing.code())
                }
                Self::NotFinancier => {
                    "Only a financial institution asks for consent, in its own name.".to_owned()
                }
                Self::NotAgent => "Only an authorised agent of the enterprise decides.".to_owned(),
                other => other.to_string(),
            };
        }
        match self {
            Self::NotFinancier => "只有金融机构可以以自己的名义申请授权。".to_owned(),
            Self::NotAgent => "只有企业的授权经办人可以决定。".to_owned(),
            Self::NotFound => "没有此编号的授权，或与您无关。".to_owned(),
            Self::NoEnterprise => "没有此统一社会信用代码的企业。".to_owned(),
            Self::Changed { .. } => "该授权在您打开之后已有变更，请核对后再试。".to_owned(),
            Self::Standing { standing } => {
                format!("该授权目前的状态是“{}”，不能这样变更。", standing.title(lang))
            }
            Self::OtherText { .. } => "您确认的文本不是本授权书的文本，请重新打开后再试。".to_owned(),
            Self::Field { field, fault } => format!("{field}：{}", fault.words(lang)),
            Self::Store(_) => "暂时无法办理。".to_owned(),
        }
    }
}

impl From<diesel::result::Error> for ConsentError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(StoreError::from(error))
    }
}

/// Asks an enterprise for its consent.
///
/// # Errors
/// [`ConsentError`]; `also` runs in the same transaction.
pub fn ask(
    service: &Service,
    who: &Principal,
    question: &Question,
    also: Also<'_>,
) -> Result<Consent, ConsentError> {
    let financier = match &who.organisation {
        Some(code) if who.audience == Audience::Financier => code.to_string(),
        _ => return Err(ConsentError::NotFinancier),
    };
    let now = service.clock.now();
    check(question, now.shanghai_date())?;
    let mut connection = service.database.connection()?;
    let enterprise =
        registry::find(&mut connection, question.uscc.as_str())?.ok_or(ConsentError::NoEnterprise)?;
    drop(connection);
    let consent = drawn_up(question, &financier, &enterprise.name, who, now)?;
    versioned::add(&service.database, consent, also)
}

fn check(question: &Question, today: NaiveDate) -> Result<(), ConsentError> {
    let wrong = |field, fault| Err(ConsentError::Field { field, fault });
    if !PURPOSES.contains(&question.purpose) {
        return wrong("purpose", Fault::Purpose);
    }
    if question.blocks.is_empty() {
        return wrong("blocks", Fault::NoBlock);
    }
    if !Block::each_once_of(&question.blocks, &BLOCKS) {
        return wrong("blocks", Fault::Block);
    }
    let length = question.product.chars().count();
    let is_clean = !question.product.chars().any(char::is_control);
    if !(1..=PRODUCT_CHARS_MAX).contains(&length) || question.product.trim().is_empty() || !is_clean {
        return wrong("product", Fault::Product);
    }
    if question.from < today {
        return wrong("from", Fault::Past);
    }
    if question.until < question.from {
        return wrong("until", Fault::Order);
    }
    // A year from the 1st ends on the last day before the next 1st.
    let end = question.from.checked_add_months(Months::new(MONTHS_MAX));
    if end.is_none_or(|end| question.until >= end) {
        return wrong("until", Fault::TooLong);
    }
    Ok(())
}

fn drawn_up(
    question: &Question,
    financier: &str,
    enterprise: &str,
    who: &Principal,
    now: Moment,
) -> Result<Consent, ConsentError> {
    let terms = Terms {
        uscc: question.uscc.as_str(),
        enterprise,
        financier,
        purpose: question.purpose,
        blocks: &question.blocks,
        product: question.product.trim(),
        kind: question.kind,
        from: question.from,
        until: question.until,
    };
    let (text_zh, text_en) = (text::words(&terms, Lang::Zh), text::words(&terms, Lang::En));
    let blocks: Vec<&str> = question.blocks.iter().map(|block| block.code()).collect();
    Ok(Consent {
        id: hex::encode(random::<ID_BYTES>()?),
        uscc: question.uscc.to_string(),
        financier: financier.to_owned(),
        purpose: question.purpose.code().to_owned(),
        blocks: blocks.join(";"),
        product: question.product.trim().to_owned(),
        kind: question.kind.code().to_owned(),
        from_day: day_number(question.from),
        until_day: day_number(question.until),
        text_digest: text::digest(&text_zh, &text_en),
        text_zh,
        text_en,
        asked_by: who.id.to_string(),
        asked_at: now.0,
        decision: None,
        decided_by: None,
        decided_at: None,
        revoked_by: None,
        revoked_at: None,
        read_day: None,
        version: 1,
        salt: None,
    })
}

/// An answer to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// With the digest of the text that was read.
    Grant {
        text_digest: String,
    },
    Decline,
}

/// Grants or declines; `version` is what the agent has seen.
///
/// # Errors
/// [`ConsentError`].
pub fn decide(
    service: &Service,
    who: &Principal,
    id: &str,
    version: i64,
    answer: &Answer,
    also: Also<'_>,
) -> Result<Consent, ConsentError> {
    change(service, who, (id, version), Standing::Asked, also, |connection, consent, now| {
        consent.decided_by = Some(who.id.to_string());
        consent.decided_at = Some(now.0);
        match answer {
            Answer::Decline => consent.decision = Some("declined".to_owned()),
            Answer::Grant { text_digest } => {
                if *text_digest != consent.text_digest {
                    return Err(ConsentError::OtherText { expected: consent.text_digest.clone() });
                }
                consent.decision = Some("granted".to_owned());
                consent.salt = Some(random::<32>()?.to_vec());
                anchor(connection, consent, who, now, false)?;
            }
        }
        Ok(())
    })
}

/// Takes a consent back, with effect at once.
///
/// # Errors
/// [`ConsentError`].
pub fn revoke(
    service: &Service,
    who: &Principal,
    id: &str,
    version: i64,
    also: Also<'_>,
) -> Result<Consent, ConsentError> {
    change(service, who, (id, version), Standing::Active, also, |connection, consent, now| {
        consent.revoked_by = Some(who.id.to_string());
        consent.revoked_at = Some(now.0);
        Ok(anchor(connection, consent, who, now, true)?)
    })
}

/// An act of an agent of the enterprise on a consent that stands as it must. To anybody else there is none.
fn change(
    service: &Service,
    who: &Principal,
    place: (&str, i64),
    from: Standing,
    also: Also<'_>,
    act: impl FnOnce(&mut DbConnection, &mut Consent, Moment) -> Result<(), ConsentError>,
) -> Result<Consent, ConsentError> {
    let now = service.clock.now();
    let may = |consent: &Consent| {
        let is_financier = who.audience == Audience::Financier;
        if is_financier && who.organisation.as_deref() == Some(&*consent.financier) {
            return Err(ConsentError::NotAgent);
        }
        if who.speaks_for(&consent.uscc) { Ok(()) } else { Err(ConsentError::NotFound) }
    };
    let change = |connection: &mut DbConnection, consent: &mut Consent| {
        let standing = consent.standing(now);
        if standing == from {
            act(connection, consent, now)
        } else {
            Err(ConsentError::Standing { standing })
        }
    };
    versioned::act(&service.database, place, may, change, also)
}

fn anchor(
    connection: &mut DbConnection,
    consent: &Consent,
    who: &Principal,
    now: Moment,
    revoked: bool,
) -> Result<(), StoreError> {
    let damaged = || StoreError::Damaged {
        what: "consent",
        key: consent.id.clone(),
        why: "it has no salt of 32 bytes".to_owned(),
    };
    let salt = consent.salt.as_deref().and_then(|salt| salt.try_into().ok()).ok_or_else(damaged)?;
    let commitment = statement::commitment(consent, &who.id, now.0, salt)?;
    outbox::append(connection, &consent.uscc, now.0, Draft::Consent { revoked, commitment })
}

impl Versioned for Consent {
    const TABLE: &'static str = "consents";
    type Refused = ConsentError;

    fn find(connection: &mut DbConnection, id: &str) -> Result<Option<Self>, StoreError> {
        find(connection, id)
    }

    fn first(&self) -> Vec<Column> {
        let row = self.clone();
        vec![
            ("id", row.id.into()),
            ("uscc", row.uscc.into()),
            ("financier", row.financier.into()),
            ("purpose", row.purpose.into()),
            ("blocks", row.blocks.into()),
            ("product", row.product.into()),
            ("kind", row.kind.into()),
            ("from_day", row.from_day.into()),
            ("until_day", row.until_day.into()),
            ("text_zh", row.text_zh.into()),
            ("text_en", row.text_en.into()),
            ("text_digest", row.text_digest.into()),
            ("asked_by", row.asked_by.into()),
            ("asked_at", row.asked_at.into()),
            ("version", row.version.into()),
        ]
    }

    fn later(&self) -> Vec<Column> {
        let row = self.clone();
        vec![
            ("decision", Bind::OptionalText(row.decision)),
            ("decided_by", Bind::OptionalText(row.decided_by)),
            ("decided_at", Bind::OptionalBig(row.decided_at)),
            ("revoked_by", Bind::OptionalText(row.revoked_by)),
            ("revoked_at", Bind::OptionalBig(row.revoked_at)),
            ("salt", Bind::OptionalBytes(row.salt)),
        ]
    }

    fn id(&self) -> String {
        self.id.clone()
    }

    fn version(&mut self) -> &mut i64 {
        &mut self.version
    }

    fn absent() -> ConsentError {
        ConsentError::NotFound
    }

    fn changed(found: i64) -> ConsentError {
        ConsentError::Changed { found }
    }
}
