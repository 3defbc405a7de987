//! API keys: one's own; for the operator those of departments, institutions and sources as well.

use actix_web::{HttpRequest, HttpResponse, web};

use super::forms::{self, Asked, Done, Fields, Made};
use super::http::{Data, FORM_BYTES_MAX};
use super::{ServiceData, record_lang, words};
use crate::access::Audience;
use crate::identity::keys::{KeyRow, NewKey, OVERLAP_HOURS_DEFAULT, Owner, scopes_of};
use crate::identity::scopes::{Scope, Scopes};
use crate::identity::{IdentityError, SignedIn};
use crate::portal::lang::Lang;
use crate::portal::render::{self, Page};
use crate::portal::view::{ChoiceOf, KeyLine, KeysView};

/// Keys shown.
const KEYS_SHOWN: i64 = 200;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    let form = || web::FormConfig::default().limit(FORM_BYTES_MAX);
    config
        .service(
            web::resource("/keys")
                .app_data(form())
                .route(web::get().to(page))
                .route(web::head().to(page))
                .route(web::post().to(create)),
        )
        .service(web::resource("/keys/rotate").app_data(form()).route(web::post().to(rotate)))
        .service(web::resource("/keys/revoke").app_data(form()).route(web::post().to(revoke)));
}

async fn page(data: Data, request: HttpRequest) -> HttpResponse {
    forms::show(&data, &request, |data, known, page| written(data, known, page, Done::default(), None)).await
}

async fn create(data: Data, request: HttpRequest, fields: Option<web::Form<Fields>>) -> HttpResponse {
    forms::take::<IdentityError>(
        &data,
        &request,
        fields,
        |data, asked| {
            let (_, secret) =
                data.identity.create_key(&asked.known.actor(), &new_key(asked)?, |_, _| Ok(()))?;
            Ok(shown_once(asked, secret))
        },
        written,
    )
    .await
}

async fn rotate(data: Data, request: HttpRequest, fields: Option<web::Form<Fields>>) -> HttpResponse {
    forms::take::<IdentityError>(
        &data,
        &request,
        fields,
        |data, asked| {
            let (actor, id) = (asked.known.actor(), asked.text("id"));
            let (_, secret) = data.identity.rotate_key(&actor, id, OVERLAP_HOURS_DEFAULT, |_, _| Ok(()))?;
            Ok(shown_once(asked, secret))
        },
        written,
    )
    .await
}

async fn revoke(data: Data, request: HttpRequest, fields: Option<web::Form<Fields>>) -> HttpResponse {
    forms::take::<IdentityError>(
        &data,
        &request,
        fields,
        |data, asked| {
            data.identity.revoke_key(&asked.known.actor(), asked.text("id"))?;
            Ok(Done { words: Some(asked.reader.lang.texts().keys_revoked), ..Done::default() })
        },
        written,
    )
    .await
}

fn shown_once(asked: &Asked, secret: String) -> Done {
    Done { words: Some(asked.reader.lang.texts().keys_made), secret: Some((secret, String::new())) }
}

fn new_key(asked: &Asked) -> Result<NewKey, IdentityError> {
    let ticked = |scope: &Scope| asked.fields.contains_key(&format!("scope_{}", scope.code()));
    let scopes: Scopes = Scope::ALL.into_iter().filter(ticked).collect();
    let organisation = Some(asked.text("organisation").to_owned()).filter(|text| !text.trim().is_empty());
    let owner = match Audience::of_code(asked.text("owner")) {
        Some(audience) => Owner::Organisation { audience, organisation },
        None => Owner::Own,
    };
    let days = asked.text("days").trim().parse().unwrap_or(0);
    Ok(NewKey { name: asked.text("name").to_owned(), owner, scopes, days, per_second: None })
}

/// The page, with what was done just now.
fn written(data: &ServiceData, known: &SignedIn, page: &Page, done: Done, message: Option<String>) -> Made {
    let (actor, lang) = (known.actor(), page.lang);
    let rows = data.identity.list_keys(&actor, None, KEYS_SHOWN)?;
    let now = data.service.clock.now().0;
    let owners = if actor.is_operator() { owners(lang) } else { Vec::new() };
    let allowed: Scopes = if owners.is_empty() {
        scopes_of(known.principal.audience)
    } else {
        Scope::ALL.into_iter().collect()
    };
    let view = KeysView {
        keys: rows.into_iter().map(|row| line(row, now, lang)).collect(),
        scopes: allowed.iter().map(|scope| scope_choice(scope, lang)).collect(),
        own: known.user.is_some(),
        owners,
        secret: done.secret.map(|(secret, _)| secret),
        done: done.words,
        message,
    };
    let page = Page { path: "/keys".to_owned(), ..page.clone() };
    Ok(render::render_keys(&page, &view)?)
}

fn owners(lang: Lang) -> Vec<ChoiceOf> {
    let keyed = |audience: &Audience| {
        audience.is_department() || matches!(audience, Audience::Financier | Audience::Source)
    };
    let choice = |audience: Audience| ChoiceOf {
        code: audience.code(),
        words: audience.title(record_lang(lang)).to_owned(),
    };
    Audience::ALL.into_iter().filter(keyed).map(choice).collect()
}

fn scope_words(scope: Scope, lang: Lang) -> &'static str {
    let (zh, en) = match scope {
        Scope::Read => ("查询", "read"),
        Scope::Intake => ("报送数据", "deliver files"),
        Scope::Share => ("同意、订阅与变更", "consents, subscriptions, changes"),
        Scope::Decide => ("签署与审批", "sign and decide"),
        Scope::Identity => ("用户与密钥", "users and keys"),
        Scope::Cases => ("异议与申诉", "objections and appeals"),
    };
    lang.pick(zh, en)
}

fn scope_choice(scope: Scope, lang: Lang) -> ChoiceOf {
    ChoiceOf { code: scope.code(), words: scope_words(scope, lang).to_owned() }
}

fn line(row: KeyRow, now: i64, lang: Lang) -> KeyLine {
    let minute = |ms: i64| words::minute(u64::try_from(ms).unwrap_or(0));
    let state = row.state(now);
    let (zh, en) = match state {
        "active" => ("有效", "active"),
        "rotated" => ("已轮换，尚可用", "rotated, still holds"),
        "expired" => ("已到期", "expired"),
        _ => ("已撤销", "revoked"),
    };
    let audience = Audience::of_code(&row.audience).map_or("", |audience| audience.title(record_lang(lang)));
    let owner = match (&row.user_id, &row.organisation) {
        (Some(_), _) => lang.pick("个人", "a person").to_owned(),
        (None, Some(organisation)) => format!("{audience} {organisation}"),
        (None, None) => audience.to_owned(),
    };
    let scopes = Scopes::parse(&row.scopes).unwrap_or_default();
    let scopes: Vec<&str> = scopes.iter().map(|scope| scope_words(scope, lang)).collect();
    KeyLine {
        prefix: row.prefix(),
        owner,
        scopes: scopes.join(lang.texts().list_separator),
        state: lang.pick(zh, en).to_owned(),
        expires: minute(row.expires_at),
        used: row.used_at.map(minute),
        is_active: state == "active",
        is_live: matches!(state, "active" | "rotated"),
        id: row.id,
        name: row.name,
    }
}
