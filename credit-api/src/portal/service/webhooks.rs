//! Webhooks as a page: what is subscribed to, its secrets, what was sent and what came of it.

use actix_web::{HttpRequest, HttpResponse, web};

use super::forms::{self, Asked, Done, Explained, Fields, Made};
use super::http::{Data, FORM_BYTES_MAX};
use super::{ServiceData, record_lang, words};
use crate::access::{Audience, Purpose};
use crate::identity::SignedIn;
use crate::portal::lang::Lang;
use crate::portal::render::{self, Page};
use crate::portal::view::{
    ChoiceOf, DeliveryLine, SecretLine, SubscribeView, SubscriptionLine, SubscriptionView, WebhooksView,
};
use crate::sharing::feed::Kind;
use crate::webhooks::acts::{self, NewSubscription, WebhookError};
use crate::webhooks::store::{self, Delivery, SecretRow, Subscription};
use crate::webhooks::{OVERLAP_HOURS_DEFAULT, event, subscribes};

/// Subscriptions shown; all of them are in the API.
const SUBSCRIPTIONS_SHOWN: i64 = 200;
/// Deliveries shown.
const DELIVERIES_SHOWN: i64 = 50;
/// Characters of an answer that are shown.
const ANSWER_CHARS: usize = 80;
const PATH: &str = "/webhooks";

pub(super) fn configure(config: &mut web::ServiceConfig) {
    let form = || web::FormConfig::default().limit(FORM_BYTES_MAX);
    let act = |path: &str| web::resource(format!("{PATH}/{path}")).app_data(form());
    config
        .service(web::resource(PATH).route(web::get().to(page)).route(web::head().to(page)))
        .service(act("add").route(web::post().to(add)))
        .service(act("secret").route(web::post().to(secret)))
        .service(act("enable").route(web::post().to(enable)))
        .service(act("delete").route(web::post().to(delete)))
        .service(act("redeliver").route(web::post().to(redeliver)));
}

impl Explained for WebhookError {
    fn is_internal(&self) -> bool {
        WebhookError::is_internal(self)
    }

    fn message(&self, lang: credit_core::records::Lang) -> String {
        WebhookError::message(self, lang)
    }
}

async fn page(data: Data, request: HttpRequest) -> HttpResponse {
    let asked = web::Query::<Fields>::from_query(request.query_string());
    let asked = asked.map(web::Query::into_inner).unwrap_or_default();
    forms::show(&data, &request, move |data, known, page| {
        written(data, known, page, &asked, Done::default(), None)
    })
    .await
}

/// Takes a form and shows the subscription that it named.
async fn take(
    data: Data,
    request: HttpRequest,
    fields: Option<web::Form<Fields>>,
    act: impl FnOnce(&ServiceData, &Asked) -> Result<Done, WebhookError> + Send + 'static,
) -> HttpResponse {
    let named = fields.as_ref().and_then(|fields| fields.get("id").cloned());
    let asked: Fields = named.map(|id| ("id".to_owned(), id)).into_iter().collect();
    forms::take(&data, &request, fields, act, move |data, known, page, done, message| {
        written(data, known, page, &asked, done, message)
    })
    .await
}

async fn add(data: Data, request: HttpRequest, fields: Option<web::Form<Fields>>) -> HttpResponse {
    take(data, request, fields, |data, asked| {
        let who = &asked.known.principal;
        let new = new_subscription(asked)?;
        let (_, secret) =
            data.webhooks.subscribe(who, asked.known.user.as_deref(), &new, &mut |_, _| Ok(()))?;
        Ok(Done {
            words: Some(asked.reader.lang.texts().webhooks_added),
            secret: Some((secret, String::new())),
        })
    })
    .await
}

async fn secret(data: Data, request: HttpRequest, fields: Option<web::Form<Fields>>) -> HttpResponse {
    take(data, request, fields, |data, asked| {
        let who = &asked.known.principal;
        let (_, secret) = data.webhooks.add_secret(who, asked.text("id"), OVERLAP_HOURS_DEFAULT)?;
        Ok(Done {
            words: Some(asked.reader.lang.texts().webhooks_secret_made),
            secret: Some((secret, String::new())),
        })
    })
    .await
}

async fn enable(data: Data, request: HttpRequest, fields: Option<web::Form<Fields>>) -> HttpResponse {
    take(data, request, fields, |data, asked| {
        data.webhooks.enable(&asked.known.principal, asked.text("id"))?;
        Ok(said(asked.reader.lang.texts().webhooks_enabled))
    })
    .await
}

async fn delete(data: Data, request: HttpRequest, fields: Option<web::Form<Fields>>) -> HttpResponse {
    take(data, request, fields, |data, asked| {
        data.webhooks.unsubscribe(&asked.known.principal, asked.text("id"))?;
        Ok(said(asked.reader.lang.texts().webhooks_deleted))
    })
    .await
}

async fn redeliver(data: Data, request: HttpRequest, fields: Option<web::Form<Fields>>) -> HttpResponse {
    take(data, request, fields, |data, asked| {
        let seq = asked.text("delivery").parse().map_err(|_| WebhookError::NoDelivery)?;
        data.webhooks.redeliver(&asked.known.principal, asked.text("id"), seq)?;
        Ok(said(asked.reader.lang.texts().webhooks_again))
    })
    .await
}

fn said(words: &'static str) -> Done {
    Done { words: Some(words), ..Done::default() }
}

fn new_subscription(asked: &Asked) -> Result<NewSubscription, WebhookError> {
    let wanted = |kind: &Kind| asked.fields.contains_key(&format!("kind_{}", kind.code()));
    let text = |name| Some(asked.text(name).trim()).filter(|text| !text.is_empty());
    let purpose = text("purpose").map(str::parse::<Purpose>).transpose();
    let all: Vec<Kind> = Kind::ALL.into_iter().filter(wanted).collect();
    Ok(NewSubscription {
        name: asked.text("name").to_owned(),
        url: asked.text("url").to_owned(),
        purpose: purpose.unwrap_or_default(),
        // All of them ticked: also those that later versions of the program know.
        kinds: if all.len() == Kind::ALL.len() { Vec::new() } else { all },
        uscc: text("uscc").map(str::to_owned),
    })
}

fn written(
    data: &ServiceData,
    known: &SignedIn,
    page: &Page,
    asked: &Fields,
    done: Done,
    message: Option<String>,
) -> Made {
    let (who, lang) = (&known.principal, page.lang);
    let mut connection = data.service.database.connection()?;
    let rows = store::list(&mut connection, &acts::visible_to(who), None, SUBSCRIPTIONS_SHOWN)?;
    // One alone is shown without being asked for.
    let wanted = asked.get("id").and_then(|id| rows.iter().find(|row| row.id == *id));
    let wanted = wanted.or_else(|| rows.first().filter(|_| rows.len() == 1));
    let shown = match wanted {
        Some(row) => {
            let before = asked.get("before").and_then(|text| text.parse().ok()).unwrap_or(i64::MAX);
            let secrets = store::secrets(&mut connection, &row.id, data.service.clock.now().0)?;
            let deliveries = store::deliveries(&mut connection, &row.id, before, DELIVERIES_SHOWN)?;
            Some(whole(row, secrets, deliveries, lang))
        }
        None => None,
    };
    drop(connection);
    let view = WebhooksView {
        subscriptions: rows.iter().map(|row| line(row, lang)).collect(),
        shown,
        may_change: who.audience != Audience::Auditor,
        subscribe: subscribes(who.audience).then(|| SubscribeView {
            purposes: purposes(data, known, lang),
            kinds: Kind::ALL
                .map(|kind| ChoiceOf { code: kind.code(), words: kind_of(kind, lang).to_owned() })
                .into(),
            enterprises: who.enterprises.to_vec(),
        }),
        secret: done.secret.map(|(secret, _)| secret),
        done: done.words,
        message,
    };
    Ok(render::render_webhooks(&Page { path: PATH.to_owned(), ..page.clone() }, &view)?)
}

fn purposes(data: &ServiceData, known: &SignedIn, lang: Lang) -> Vec<ChoiceOf> {
    // What statistics show of one enterprise is nothing.
    let all = data.service.rules.purposes_of(&known.principal).into_iter();
    let all = all.filter(|purpose| *purpose != Purpose::Statistics);
    all.map(|one| ChoiceOf { code: one.code(), words: one.title(record_lang(lang)).to_owned() }).collect()
}

fn kind_of(kind: Kind, lang: Lang) -> &'static str {
    let (zh, en) = event::kind_words(kind);
    lang.pick(zh, en)
}

fn line(row: &Subscription, lang: Lang) -> SubscriptionLine {
    let minute = |at: i64| words::minute(u64::try_from(at).unwrap_or(0));
    let is_disabled = row.state == store::DISABLED;
    let trouble = if is_disabled {
        row.reason.as_deref().map(|reason| reason_of(reason, lang).to_owned())
    } else if row.attempts > 0 {
        let (since, next) = (minute(row.failing_since.unwrap_or(row.next_at)), minute(row.next_at));
        Some(lang.pick(
            format!("自 {since} 起未送达，{next} 再试"),
            format!("not taken since {since}, tried again at {next}"),
        ))
    } else {
        None
    };
    let title = Audience::of_code(&row.audience).map_or("", |audience| audience.title(record_lang(lang)));
    let whose = row.uscc.as_deref().or(row.organisation.as_deref()).filter(|code| *code != row.audience);
    SubscriptionLine {
        id: row.id.clone(),
        name: row.name.clone(),
        url: row.url.clone(),
        of: format!("{title} {}", whose.unwrap_or_default()).trim_end().to_owned(),
        state: if is_disabled { lang.pick("已停用", "disabled") } else { lang.pick("有效", "active") },
        trouble,
        is_disabled,
    }
}

fn reason_of(reason: &str, lang: Lang) -> &'static str {
    match reason {
        "gave_up" => lang.pick("三天多未能送达", "not taken for more than three days"),
        "gone" => lang.pick("接收方答复不再存在（410）", "the receiver says that it is gone (410)"),
        "letter_ended" => lang.pick("授权书已失效", "the letter of authorisation has ended"),
        _ => lang.pick("无法使用", "it cannot be used"),
    }
}

fn whole(
    row: &Subscription,
    secrets: Vec<SecretRow>,
    deliveries: Vec<Delivery>,
    lang: Lang,
) -> SubscriptionView {
    let minute = |at: i64| words::minute(u64::try_from(at).unwrap_or(0));
    let purpose = row.purpose.parse::<Purpose>();
    let kinds: Vec<&str> =
        Kind::ALL.into_iter().filter(|kind| row.wants(kind.code())).map(|kind| kind_of(kind, lang)).collect();
    let is_full = i64::try_from(deliveries.len()).is_ok_and(|count| count == DELIVERIES_SHOWN);
    let last = deliveries.last().filter(|_| is_full);
    SubscriptionView {
        line: line(row, lang),
        purpose: purpose
            .map_or_else(|_| row.purpose.clone(), |known| known.title(record_lang(lang)).to_owned()),
        kinds: kinds.join(lang.texts().list_separator),
        secrets: secrets
            .into_iter()
            .map(|secret| SecretLine {
                id: secret.id,
                made: minute(secret.created_at),
                ends: secret.ends_at.map(minute),
            })
            .collect(),
        older: last.map(|last| format!("{PATH}?id={}&before={}", row.id, last.seq)),
        deliveries: deliveries.into_iter().map(|one| delivery_line(one, row.cursor, lang)).collect(),
    }
}

fn delivery_line(row: Delivery, cursor: i64, lang: Lang) -> DeliveryLine {
    let state = match row.state.as_str() {
        store::DELIVERED => lang.pick("已送达", "delivered"),
        store::WAITING => lang.pick("重试中", "being tried"),
        store::WITHHELD => lang.pick("不再提供", "withheld"),
        store::AGAIN => lang.pick("待重发", "to be sent again"),
        _ => lang.pick("未送达", "not taken"),
    };
    let outcome = match (row.status, row.trouble.as_deref()) {
        (Some(status), _) => format!("{status} · {} ms", row.latency_ms.unwrap_or(0)),
        (None, Some("address")) => lang.pick("地址不可用", "no address that may be reached").to_owned(),
        (None, Some("timeout")) => lang.pick("超时", "no answer in time").to_owned(),
        (None, Some("tls")) => lang.pick("TLS 失败", "TLS failed").to_owned(),
        (None, Some(_)) => lang.pick("连接失败", "no connection").to_owned(),
        (None, None) => String::new(),
    };
    let kind = Kind::of_code(&row.kind).map_or("", |kind| kind_of(kind, lang));
    DeliveryLine {
        id: row.seq,
        at: words::minute(u64::try_from(row.last_at).unwrap_or(0)),
        uscc: row.uscc,
        kind,
        state,
        outcome,
        answer: row.answer.chars().take(ANSWER_CHARS).collect(),
        attempts: row.attempts,
        may_repeat: row.seq <= cursor && row.state != store::AGAIN,
    }
}
