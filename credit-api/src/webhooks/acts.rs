//! What a subscriber does: subscribes, ends it, makes secrets, asks for another attempt.

use credit_core::records::Lang;

use super::secrets::shown;
use super::store::{self, ACTIVE, DISABLED, Delivery, Of, SecretRow, Subscription};
use super::wire::{self, UrlFault};
use super::{LIVE_MAX, NAME_CHARS_MAX, OVERLAP_HOURS_MAX, SECRETS_MAX, URL_CHARS_MAX, Webhooks, subscribes};
use crate::access::{Audience, Principal, Purpose};
use crate::identity::{IdentityError, secrets};
use crate::sharing::feed::{self, Kind};
use crate::store::{DbConnection, Lane, StoreError, write};

const HOUR_MS: i64 = 60 * 60_000;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    #[error("webhooks are for departments, institutions and enterprises")]
    NotAllowed,
    #[error("no such subscription")]
    NotFound,
    #[error("no such delivery")]
    NoDelivery,
    #[error("{field}: {en}")]
    Field { field: &'static str, zh: String, en: String },
    #[error("{en}")]
    State { zh: String, en: String },
    #[error("the key file of webhooks: {0}")]
    Key(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl WebhookError {
    fn field(field: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Field { field, zh: zh.into(), en: en.into() }
    }

    fn state(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::State { zh: zh.into(), en: en.into() }
    }

    /// Whether it is nothing that the subscriber did.
    #[must_use]
    pub fn is_internal(&self) -> bool {
        matches!(self, WebhookError::Key(_) | WebhookError::Store(_))
    }

    /// In a reader's words.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        let (zh, en) = match self {
            WebhookError::NotAllowed => (
                "订阅限于部门、金融机构和企业。",
                "Webhooks are for departments, institutions and enterprises.",
            ),
            WebhookError::NotFound => ("没有此订阅。", "There is no such subscription."),
            WebhookError::NoDelivery => ("没有此投递。", "There is no such delivery."),
            WebhookError::Field { zh, en, .. } | WebhookError::State { zh, en } => (zh.as_str(), en.as_str()),
            WebhookError::Key(_) | WebhookError::Store(_) => {
                ("暂时不能办理。", "It cannot be done just now.")
            }
        };
        if lang == Lang::Zh { zh.to_owned() } else { en.to_owned() }
    }
}

impl From<diesel::result::Error> for WebhookError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<IdentityError> for WebhookError {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Store(error) => Self::Store(error),
            other => Self::Key(other.to_string()),
        }
    }
}

/// What somebody subscribes to.
#[derive(Debug, Clone)]
pub struct NewSubscription {
    pub name: String,
    pub url: String,
    /// What for; where the caller may name only one, it need not be said.
    pub purpose: Option<Purpose>,
    /// None: all.
    pub kinds: Vec<Kind>,
    /// The enterprise, for an agent; where it speaks for one alone, it need not be said.
    pub uscc: Option<String>,
}

/// Writes beside what is done, in the same transaction.
pub type Also<'a> = &'a mut dyn FnMut(&mut DbConnection, &Subscription) -> Result<(), StoreError>;

/// Whose subscriptions somebody sees, and may change; of nobody where there can be none.
#[must_use]
pub fn visible_to(who: &Principal) -> Of {
    match who.audience {
        Audience::Operator | Audience::Auditor => Of::All,
        Audience::Enterprise => Of::Enterprises(who.enterprises.to_vec()),
        audience if subscribes(audience) => owned_by(who),
        _ => Of::Enterprises(Vec::new()),
    }
}

fn owned_by(who: &Principal) -> Of {
    let organisation = who.organisation.as_deref().map(str::to_owned);
    Of::Organisation(who.audience.code().to_owned(), organisation)
}

impl Webhooks {
    /// Subscribes, from the change after the last one. With the first secret, which is shown here and never again.
    ///
    /// # Errors
    /// [`WebhookError`] says which value cannot be used, or who may.
    pub fn subscribe(
        &self,
        who: &Principal,
        user: Option<&str>,
        new: &NewSubscription,
        also: Also<'_>,
    ) -> Result<(Subscription, String), WebhookError> {
        if !subscribes(who.audience) {
            return Err(WebhookError::NotAllowed);
        }
        let uscc = own_enterprise(who, new.uscc.as_deref())?;
        let now = self.now();
        let row = Subscription {
            id: secrets::id("sub_")?,
            name: name(&new.name)?,
            url: self.url(&new.url)?,
            audience: who.audience.code().to_owned(),
            organisation: who.organisation.as_deref().map(str::to_owned),
            user_id: match who.audience {
                Audience::Enterprise => user.map(str::to_owned),
                _ => None,
            },
            purpose: self.purpose(who, new.purpose)?.code().to_owned(),
            kinds: new.kinds.iter().map(|kind| kind.code()).collect::<Vec<_>>().join(";"),
            state: ACTIVE.to_owned(),
            reason: None,
            cursor: 0,
            attempts: 0,
            failing_since: None,
            next_at: now,
            created_at: now,
            created_by: who.id.to_string(),
            ended_at: None,
            uscc,
        };
        let of = match &row.uscc {
            Some(uscc) => Of::Enterprises(vec![uscc.clone()]),
            None => owned_by(who),
        };
        let secret = self.new_secret(&row.id, &who.id)?;
        let text = shown(&self.secret(&row.id, &secret.id, true).map_err(key)?);
        let row = write(&mut *self.service.database.connection()?, Lane::Bookkeeping, |connection| {
            if i64::try_from(store::live(connection, &of)?).unwrap_or(i64::MAX) >= LIVE_MAX {
                return Err(WebhookError::state(
                    format!("订阅已达上限（{LIVE_MAX} 个），请先删除不用的。"),
                    format!("there are as many subscriptions as there may be ({LIVE_MAX}); delete one first"),
                ));
            }
            let row = Subscription { cursor: feed::last(connection)?, ..row };
            store::insert(connection, &row)?;
            store::insert_secret(connection, &secret)?;
            also(connection, &row)?;
            Ok(row)
        })?;
        Ok((row, text))
    }

    /// One that somebody sees.
    ///
    /// # Errors
    /// [`WebhookError::NotFound`], also for one of others.
    pub fn subscription(&self, who: &Principal, id: &str) -> Result<Subscription, WebhookError> {
        let found = store::find(&mut *self.service.database.connection()?, id)?;
        found.filter(|one| visible_to(who).holds(one)).ok_or(WebhookError::NotFound)
    }

    /// One that somebody may change: an auditor reads.
    fn own(&self, who: &Principal, id: &str) -> Result<Subscription, WebhookError> {
        match who.audience {
            Audience::Auditor => Err(WebhookError::NotFound),
            _ => self.subscription(who, id),
        }
    }

    /// Ends a subscription: it is sent nothing any more. An attempt that is under way may still arrive.
    ///
    /// # Errors
    /// [`WebhookError::NotFound`].
    pub fn unsubscribe(&self, who: &Principal, id: &str) -> Result<Subscription, WebhookError> {
        let row = self.own(who, id)?;
        let now = self.now();
        self.write(|connection| Ok(store::delete(connection, &row.id, now)?))?;
        Ok(row)
    }

    /// Goes on with one that was disabled.
    ///
    /// # Errors
    /// [`WebhookError::NotFound`]; it is not disabled.
    pub fn enable(&self, who: &Principal, id: &str) -> Result<Subscription, WebhookError> {
        let row = self.own(who, id)?;
        if row.state != DISABLED {
            return Err(WebhookError::state("订阅没有停用。", "the subscription is not disabled"));
        }
        let now = self.now();
        self.write(|connection| Ok(store::enable(connection, &row.id, now)?))?;
        self.subscription(who, id)
    }

    /// Makes another secret, which is shown here and never again. Those before sign beside it for `overlap_hours`.
    ///
    /// # Errors
    /// [`WebhookError::NotFound`]; not for the operator, who is not to know anybody's secret; too many are live.
    pub fn add_secret(
        &self,
        who: &Principal,
        id: &str,
        overlap_hours: i64,
    ) -> Result<(SecretRow, String), WebhookError> {
        if !(0..=OVERLAP_HOURS_MAX).contains(&overlap_hours) {
            let (zh, en) =
                (format!("应为 0 至 {OVERLAP_HOURS_MAX}"), format!("expected 0 to {OVERLAP_HOURS_MAX}"));
            return Err(WebhookError::field("overlap_hours", zh, en));
        }
        let row = self.own(who, id)?;
        if !subscribes(who.audience) {
            return Err(WebhookError::NotAllowed);
        }
        let (now, secret) = (self.now(), self.new_secret(&row.id, &who.id)?);
        let text = shown(&self.secret(&row.id, &secret.id, true).map_err(key)?);
        self.write(|connection| {
            if overlap_hours > 0 && store::secrets(connection, &row.id, now)?.len() >= SECRETS_MAX {
                return Err(WebhookError::state(
                    format!("有效的签名密钥已达上限（{SECRETS_MAX} 个）。"),
                    format!("there are as many live secrets as there may be ({SECRETS_MAX})"),
                ));
            }
            store::end_secrets(connection, &row.id, now + overlap_hours * HOUR_MS)?;
            store::insert_secret(connection, &secret)?;
            Ok(())
        })?;
        Ok((secret, text))
    }

    /// The secrets that sign now.
    ///
    /// # Errors
    /// [`WebhookError::NotFound`].
    pub fn live_secrets(&self, who: &Principal, id: &str) -> Result<Vec<SecretRow>, WebhookError> {
        let row = self.subscription(who, id)?;
        Ok(store::secrets(&mut *self.service.database.connection()?, &row.id, self.now())?)
    }

    /// Deliveries, the last change first, before the one with this number.
    ///
    /// # Errors
    /// [`WebhookError::NotFound`].
    pub fn deliveries(
        &self,
        who: &Principal,
        id: &str,
        before: i64,
        limit: i64,
    ) -> Result<Vec<Delivery>, WebhookError> {
        let row = self.subscription(who, id)?;
        Ok(store::deliveries(&mut *self.service.database.connection()?, &row.id, before, limit)?)
    }

    /// Asks for another attempt at a change that was sent before; with the same id, and what may be seen then.
    ///
    /// # Errors
    /// [`WebhookError::NotFound`], [`WebhookError::NoDelivery`]; it is still being tried.
    pub fn redeliver(&self, who: &Principal, id: &str, seq: i64) -> Result<Delivery, WebhookError> {
        let row = self.own(who, id)?;
        self.write(|connection| {
            let found = store::delivery(connection, &row.id, seq)?.ok_or(WebhookError::NoDelivery)?;
            if seq > row.cursor {
                return Err(WebhookError::state("该投递仍在重试中。", "it is still being tried"));
            }
            store::ask_again(connection, &row.id, seq)?;
            Ok(Delivery { state: store::AGAIN.to_owned(), ..found })
        })
    }

    fn new_secret(&self, subscription: &str, by: &str) -> Result<SecretRow, WebhookError> {
        Ok(SecretRow {
            id: secrets::id("ws_")?,
            subscription_id: subscription.to_owned(),
            created_at: self.now(),
            created_by: by.to_owned(),
            ends_at: None,
        })
    }

    fn write<T>(
        &self,
        work: impl FnOnce(&mut DbConnection) -> Result<T, WebhookError>,
    ) -> Result<T, WebhookError> {
        write(&mut *self.service.database.connection()?, Lane::Bookkeeping, work)
    }

    fn url(&self, text: &str) -> Result<String, WebhookError> {
        let text = text.trim();
        let wrong = |zh: &str, en: &str| WebhookError::field("url", zh, en);
        match wire::check(text, self.service.config.webhook_receivers) {
            Ok(()) => Ok(text.to_owned()),
            Err(UrlFault::Form) => Err(wrong(
                "应为不含用户名、口令和片段的 https:// 地址",
                "expected an https:// address without user, password and fragment",
            )),
            Err(UrlFault::TooLong) => {
                let (zh, en) =
                    (format!("不超过 {URL_CHARS_MAX} 个字符"), format!("at most {URL_CHARS_MAX} characters"));
                Err(WebhookError::field("url", zh, en))
            }
            Err(UrlFault::NoTls) => Err(wrong("须使用 TLS（https://）", "TLS is needed (https://)")),
            Err(UrlFault::Inside) => Err(wrong(
                "不得为内部地址；内部接收方须由运营者设置 webhook_receivers",
                "no address of a private network or this machine; the operator allows those by webhook_receivers",
            )),
        }
    }

    fn purpose(&self, who: &Principal, given: Option<Purpose>) -> Result<Purpose, WebhookError> {
        let may = self.service.rules.purposes_of(who);
        let usual = match who.audience {
            Audience::Enterprise => Some(Purpose::Own),
            audience if audience.is_department() => Some(Purpose::Supervision),
            _ => None,
        };
        given.or(usual).filter(|purpose| may.contains(purpose)).ok_or_else(|| {
            let known: Vec<&str> = may.iter().map(|purpose| purpose.code()).collect();
            let known = known.join(", ");
            WebhookError::field("purpose", format!("应为 {known} 之一"), format!("expected one of {known}"))
        })
    }
}

fn key(error: node::keys::file::KeyFileError) -> WebhookError {
    WebhookError::Key(error.to_string())
}

fn name(text: &str) -> Result<String, WebhookError> {
    let text = text.trim();
    let good = (1..=NAME_CHARS_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if good {
        return Ok(text.to_owned());
    }
    let (zh, en) =
        (format!("应为 1 至 {NAME_CHARS_MAX} 个字符"), format!("expected 1 to {NAME_CHARS_MAX} characters"));
    Err(WebhookError::field("name", zh, en))
}

/// The enterprise whose changes an agent is sent.
fn own_enterprise(who: &Principal, given: Option<&str>) -> Result<Option<String>, WebhookError> {
    if who.audience != Audience::Enterprise {
        return match given {
            None => Ok(None),
            Some(_) => Err(WebhookError::field(
                "uscc",
                "只有企业代理人可以填写",
                "for an agent of an enterprise alone",
            )),
        };
    }
    let only = who.enterprises.first().filter(|_| who.enterprises.len() == 1).map(String::as_str);
    match given.or(only).filter(|uscc| who.speaks_for(uscc)) {
        Some(uscc) => Ok(Some(uscc.to_owned())),
        None => Err(WebhookError::field(
            "uscc",
            "应为您所代理企业的统一社会信用代码",
            "expected the code of an enterprise that you speak for",
        )),
    }
}
