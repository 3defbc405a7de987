//! One's account: password, second factor, sessions, letters of authorisation.

use actix_web::{HttpRequest, HttpResponse, web};

use super::forms::{self, Done, Fields, Made};
use super::http::{Data, FORM_BYTES_MAX};
use super::{ServiceData, record_lang, words};
use crate::identity::letters::LetterRow;
use crate::identity::sessions::SessionRow;
use crate::identity::{IdentityError, Means, SignedIn};
use crate::portal::lang::Lang;
use crate::portal::render::{self, Page};
use crate::portal::view::{AccountView, LetterLine, SecondFactorView, SessionLine};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    let form = || web::FormConfig::default().limit(FORM_BYTES_MAX);
    config
        .service(web::resource("/account").route(web::get().to(page)).route(web::head().to(page)))
        .service(web::resource("/account/password").app_data(form()).route(web::post().to(password)))
        .service(web::resource("/account/second-factor").app_data(form()).route(web::post().to(begin)))
        .service(
            web::resource("/account/second-factor/confirm").app_data(form()).route(web::post().to(confirm)),
        )
        .service(
            web::resource("/account/second-factor/remove").app_data(form()).route(web::post().to(remove)),
        )
        .service(web::resource("/account/sessions/end").app_data(form()).route(web::post().to(end)))
        .service(
            web::resource("/account/sign-out-everywhere").app_data(form()).route(web::post().to(end_all)),
        );
}

async fn page(data: Data, request: HttpRequest) -> HttpResponse {
    forms::show(&data, &request, |data, known, page| written(data, known, page, Done::default(), None)).await
}

async fn password(data: Data, request: HttpRequest, fields: Option<web::Form<Fields>>) -> HttpResponse {
    forms::take::<IdentityError>(
        &data,
        &request,
        fields,
        |data, asked| {
            let passwords = (asked.text("old"), asked.text("new"));
            data.identity.change_password(&asked.known.actor(), session(&asked.known), passwords)?;
            Ok(Done { words: Some(asked.reader.lang.texts().account_changed), ..Done::default() })
        },
        written,
    )
    .await
}

async fn begin(data: Data, request: HttpRequest, fields: Option<web::Form<Fields>>) -> HttpResponse {
    forms::take::<IdentityError>(
        &data,
        &request,
        fields,
        |data, asked| {
            let secret = data.identity.begin_second_factor(&asked.known.actor())?;
            Ok(Done { secret: Some(secret), ..Done::default() })
        },
        written,
    )
    .await
}

async fn confirm(data: Data, request: HttpRequest, fields: Option<web::Form<Fields>>) -> HttpResponse {
    forms::take::<IdentityError>(
        &data,
        &request,
        fields,
        |data, asked| {
            data.identity.confirm_second_factor(&asked.known.actor(), asked.text("code"))?;
            Ok(Done { words: Some(asked.reader.lang.texts().account_factor_added), ..Done::default() })
        },
        written,
    )
    .await
}

async fn remove(data: Data, request: HttpRequest, fields: Option<web::Form<Fields>>) -> HttpResponse {
    forms::take::<IdentityError>(
        &data,
        &request,
        fields,
        |data, asked| {
            data.identity.remove_second_factor(&asked.known.actor(), asked.text("password"))?;
            Ok(Done { words: Some(asked.reader.lang.texts().account_factor_removed), ..Done::default() })
        },
        written,
    )
    .await
}

async fn end(data: Data, request: HttpRequest, fields: Option<web::Form<Fields>>) -> HttpResponse {
    forms::take::<IdentityError>(
        &data,
        &request,
        fields,
        |data, asked| {
            data.identity.end_own_session(&asked.known.actor(), asked.text("id"))?;
            Ok(Done { words: Some(asked.reader.lang.texts().account_ended), ..Done::default() })
        },
        written,
    )
    .await
}

async fn end_all(data: Data, request: HttpRequest, fields: Option<web::Form<Fields>>) -> HttpResponse {
    forms::take::<IdentityError>(
        &data,
        &request,
        fields,
        |data, asked| data.identity.end_own_sessions(&asked.known.actor()).map(|()| Done::default()),
        written,
    )
    .await
}

fn session(known: &SignedIn) -> Option<&str> {
    match &known.means {
        Means::Session { digest, .. } => Some(digest),
        _ => None,
    }
}

/// The page, with what was done just now.
fn written(data: &ServiceData, known: &SignedIn, page: &Page, done: Done, message: Option<String>) -> Made {
    let mut view = view(data, known, page.lang)?;
    if let Some((secret, address)) = done.secret {
        view.second_factor = SecondFactorView::Begun { secret, address };
    }
    (view.done, view.message) = (done.words, message);
    // Where a form came from is no page of its own.
    let page = Page { path: "/account".to_owned(), ..page.clone() };
    Ok(render::render_account(&page, &view)?)
}

fn view(
    data: &ServiceData,
    known: &SignedIn,
    lang: Lang,
) -> Result<AccountView, crate::identity::IdentityError> {
    let role = known.principal.audience.title(record_lang(lang)).to_owned();
    let organisation = known.principal.organisation.as_deref().map(str::to_owned);
    let bare = AccountView {
        login: known.name.to_string(),
        name: lang.texts().administrator.to_owned(),
        role,
        organisation,
        is_local: false,
        second_factor: SecondFactorView::Off,
        letters: Vec::new(),
        sessions: Vec::new(),
        done: None,
        message: None,
    };
    let Some(id) = known.user.as_deref() else { return Ok(bare) };
    let actor = known.actor();
    let user = data.identity.user(&actor, id)?;
    let second_factor = if user.has_second_factor() { SecondFactorView::On } else { SecondFactorView::Off };
    let letters = data.identity.letters_of(&actor, id)?;
    let sessions = data.identity.list_sessions(&actor)?;
    Ok(AccountView {
        is_local: user.is_local(),
        name: user.name,
        second_factor,
        letters: letters.into_iter().map(|row| letter(row, lang)).collect(),
        sessions: sessions.iter().map(|row| line(row, session(known))).collect(),
        ..bare
    })
}

fn letter(row: LetterRow, lang: Lang) -> LetterLine {
    let (zh, en) = match row.state.as_str() {
        "proposed" => ("待批准", "proposed"),
        "approved" => ("已批准", "approved"),
        "refused" => ("未批准", "refused"),
        _ => ("已终止", "revoked"),
    };
    LetterLine { uscc: row.uscc, from: row.valid_from, to: row.valid_to, state: lang.pick(zh, en).to_owned() }
}

fn line(row: &SessionRow, current: Option<&str>) -> SessionLine {
    let minute = |ms: i64| words::minute(u64::try_from(ms).unwrap_or(0));
    SessionLine {
        id: row.name().to_owned(),
        opened: minute(row.created_at),
        seen: minute(row.seen_at),
        address: row.address.clone(),
        current: current.is_some_and(|digest| digest.starts_with(row.name())),
    }
}
