//! What an officer looks for: chosen from what the policies let the role name, kept in a cookie of this browser, and in
//! every row of the access log that the reading makes.

use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::{HttpRequest, HttpResponse, web};
use credit_core::uscc::Uscc;

use super::forms::Fields;
use super::http::{self, Data, FORM_BYTES_MAX, is_own_form, see_other};
use super::{ServiceData, record_lang};
use crate::access::{Audience, Principal, Purpose, Rules};
use crate::identity::{SignedIn, secrets};
use crate::portal::http::{PURPOSE_COOKIE, reader_of};
use crate::portal::lang::Lang;
use crate::portal::view::{Choice, PurposeView};
use crate::portal::{PortalError, Reader};

const SEARCH: &str = "/enterprises";

pub(super) fn configure(config: &mut web::ServiceConfig) {
    let form = web::FormConfig::default().limit(FORM_BYTES_MAX);
    config.service(web::resource("/purpose").app_data(form).route(web::post().to(choose)));
}

/// The purpose that the reader chose, if the role may name it; else the one that the role has for looking.
pub(super) fn of(principal: &Principal, chosen: Option<&str>, rules: &Rules) -> Option<Purpose> {
    let chosen = chosen.and_then(|code| code.parse::<Purpose>().ok());
    let may_name = |purpose: &Purpose| rules.purposes_of(principal).contains(purpose);
    chosen.filter(|_| chooses(principal.audience)).filter(may_name).or_else(|| of_role(principal.audience))
}

/// An enterprise reads what is its own, a financier for what was agreed with each enterprise.
fn chooses(audience: Audience) -> bool {
    use Audience::{Enterprise, Financier, Public, Source};
    !matches!(audience, Public | Source | Enterprise | Financier)
}

fn of_role(audience: Audience) -> Option<Purpose> {
    match audience {
        Audience::Public | Audience::Source => None,
        Audience::Enterprise => Some(Purpose::Own),
        Audience::Financier => Some(Purpose::CreditApproval),
        Audience::Auditor => Some(Purpose::Audit),
        Audience::Reviewer => Some(Purpose::EvaluationCheck),
        _ => Some(Purpose::Supervision),
    }
}

/// What stands on the pages of a reader whose role has to say what it looks for.
pub(super) fn view(
    principal: &Principal,
    chosen: Option<&str>,
    rules: &Rules,
    lang: Lang,
) -> Option<PurposeView> {
    let purpose = of(principal, chosen, rules).filter(|_| chooses(principal.audience))?;
    let words = record_lang(lang);
    let engine = rules.engine();
    let basis = engine.purpose_policy(principal.audience, purpose);
    let choice = |one: Purpose| Choice { value: one.code().to_owned(), words: one.title(words).to_owned() };
    Some(PurposeView {
        title: purpose.title(words).to_owned(),
        basis: basis
            .map_or_else(String::new, |about| lang.pick(about.basis_zh.clone(), about.basis_en.clone())),
        chosen: purpose.code().to_owned(),
        choices: rules.purposes_of(principal).into_iter().map(choice).collect(),
    })
}

async fn choose(data: Data, request: HttpRequest, fields: Option<web::Form<Fields>>) -> HttpResponse {
    if !is_own_form(&request) {
        return http::refused(&data, &request).await;
    }
    let (fields, reader) =
        (fields.map(web::Form::into_inner).unwrap_or_default(), reader_of(&**data, &request));
    let (inner, text) = (data.clone(), |name: &str| fields.get(name).cloned().unwrap_or_default());
    let (csrf, code, back) = (text("csrf"), text("purpose"), text("back"));
    match web::block(move || chosen(&inner, &reader, &csrf, &code)).await {
        Ok(Ok(Some(purpose))) => see_other(place(&back), [cookie(&request, purpose.code(), None)]),
        Ok(Ok(None)) => http::refused(&data, &request).await,
        failed => {
            tracing::error!(?failed, "purpose");
            http::unavailable(&data, &request).await
        }
    }
}

/// `None` where the form is not of this session, or names what this reader may not.
fn chosen(
    data: &ServiceData,
    reader: &Reader,
    csrf: &str,
    code: &str,
) -> Result<Option<Purpose>, PortalError> {
    let Some(known) = data.known(reader)? else { return Ok(None) };
    let is_own = |known: &SignedIn| known.csrf().is_some_and(|own| secrets::same(own, csrf));
    let may_name = |purpose: &Purpose| data.service.rules.purposes_of(&known.principal).contains(purpose);
    let purpose = code.parse::<Purpose>().ok();
    Ok(purpose.filter(|_| is_own(&known) && chooses(known.principal.audience)).filter(may_name))
}

/// Where the form stood; never anywhere that is not one of these pages.
fn place(back: &str) -> &str {
    let is_enterprise = |path: &str| {
        let code = path.strip_prefix(SEARCH).and_then(|rest| rest.strip_prefix('/'));
        code.is_some_and(|code| Uscc::parse(code).is_ok_and(|uscc| uscc.as_str() == code))
    };
    if is_enterprise(back) { back } else { SEARCH }
}

/// The cookie of a purpose; an age of nothing takes it away, none keeps it until the browser is closed.
fn cookie(request: &HttpRequest, value: &'static str, age: Option<Duration>) -> Cookie<'static> {
    let mut cookie = Cookie::build(PURPOSE_COOKIE, value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(request.connection_info().scheme() == "https")
        .finish();
    cookie.set_max_age(age);
    cookie
}

/// Whoever signs in or out on this browser begins without the purpose of somebody else.
pub(super) fn forgotten(request: &HttpRequest) -> Cookie<'static> {
    cookie(request, "", Some(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_back_to_our_own_pages_only() {
        let page = "/enterprises/91511502MA6TEXT13K";
        assert_eq!(place(page), page);
        for other in
            ["", "//elsewhere.example/enterprises/", "/enterprises/../keys", "https://elsewhere.example/"]
        {
            assert_eq!(place(other), SEARCH, "{other}");
        }
    }
}
