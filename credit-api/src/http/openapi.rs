//! The OpenAPI document, written from the handlers.

use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{ContentBuilder, Ref};
use utoipa::{Modify, OpenApi};

use super::problem::{FaultBody, MEDIA_TYPE, ProblemBody};
use super::routes::{
    access_alerts, access_log, activity, advice, batches, case_files, case_kinds, case_lists, certificates,
    changes, consents, disclosure, docking, enterprise, enterprises, extracts, health, inspections, jobs,
    keys, letters, me, measures, negative_list, partial, rating, ratings, receipt, repair_certificate,
    repair_plan, sales, scorecards, screening_list, screening_reviews, screenings, sessions, sharing,
    sign_off, simulations, single_window, single_window_classes, standing_requests, statistics,
    subscriptions, traces, upload, users,
};
use crate::access::Purpose;
use crate::portal::service::SESSION_COOKIE;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Xinji",
        description = "Verifiable enterprise credit for a cross-border e-commerce pilot zone. \
                       Times are RFC 3339 in UTC, dates are calendar dates of Asia/Shanghai, \
                       money is a decimal string in CNY. \
                       What is not public needs a token and a stated purpose (X-Purpose).",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    paths(
        upload::post,
        batches::list,
        batches::get,
        batches::rejects,
        jobs::get,
        jobs::cancel,
        single_window::post,
        single_window::receipts_of,
        single_window::receipts,
        single_window_classes::get,
        enterprises::list,
        enterprise::get,
        activity::get,
        disclosure::many,
        disclosure::one,
        docking::of_enterprise,
        docking::mappings,
        docking::reconciliation,
        rating::get,
        ratings::list,
        receipt::get,
        repair_plan::get,
        sign_off::post,
        simulations::simulate_one,
        advice::advice,
        access_log::of_enterprise,
        access_log::all,
        access_alerts::list,
        access_alerts::note,
        consents::post,
        consents::list,
        consents::get,
        consents::grant,
        consents::decline,
        consents::revoke,
        subscriptions::post,
        subscriptions::list,
        subscriptions::get,
        subscriptions::delete,
        subscriptions::enable,
        subscriptions::add_secret,
        subscriptions::deliveries,
        subscriptions::redeliver,
        changes::get,
        standing_requests::post,
        standing_requests::list,
        standing_requests::get,
        standing_requests::answer,
        standing_requests::withdraw,
        standing_requests::correct,
        extracts::post,
        extracts::get,
        extracts::file,
        sharing::of_enterprise,
        case_lists::board,
        case_kinds::objections::open,
        case_kinds::objections::list,
        case_kinds::objections::get,
        case_kinds::objections::step,
        case_kinds::appeals::open,
        case_kinds::appeals::list,
        case_kinds::appeals::get,
        case_kinds::appeals::step,
        case_kinds::repairs::open,
        case_kinds::repairs::list,
        case_kinds::repairs::get,
        case_kinds::repairs::step,
        repair_certificate::get,
        case_kinds::list_entries::open,
        case_kinds::list_entries::list,
        case_kinds::list_entries::get,
        case_kinds::list_entries::step,
        case_kinds::alerts::open,
        case_kinds::alerts::list,
        case_kinds::alerts::get,
        case_kinds::alerts::step,
        case_kinds::disputes::open,
        case_kinds::disputes::list,
        case_kinds::disputes::get,
        case_kinds::disputes::step,
        case_files::bring,
        case_files::file,
        sales::list,
        sales::get,
        traces::list,
        measures::list,
        measures::catalogue,
        measures::get,
        measures::confirm,
        measures::refuse,
        measures::lift,
        inspections::post,
        inspections::list,
        inspections::get,
        inspections::draw,
        inspections::tasks,
        inspections::enter,
        screenings::post,
        screening_list::get,
        screenings::get,
        screenings::file,
        screening_reviews::post,
        screening_reviews::list,
        negative_list::list,
        negative_list::proof,
        statistics::trade,
        statistics::enterprises,
        statistics::migration,
        statistics::matching,
        scorecards::list,
        scorecards::get,
        me::get,
        me::password,
        me::begin,
        me::confirm,
        me::remove,
        sessions::post,
        sessions::list,
        sessions::end_all,
        sessions::end,
        users::list,
        users::post,
        users::get,
        users::disable,
        users::enable,
        users::reset,
        letters::list,
        letters::post,
        letters::approve,
        letters::refuse,
        letters::revoke,
        letters::file,
        certificates::list,
        certificates::post,
        certificates::revoke,
        keys::list,
        keys::post,
        keys::rotate,
        keys::revoke,
        health::healthz,
        health::readyz,
        health::metrics_text,
    ),
    components(schemas(
        ProblemBody,
        FaultBody,
        Purpose,
        rating::FullRating<'static>,
        rating::PublicRating,
        partial::PartialRating<'static>,
        simulations::Supposed,
        simulations::SupposedState
    )),
    tags(
        (name = "enterprises", description = "Search, and what is known of an enterprise"),
        (name = "ratings", description = "Ratings with reasons, history, receipts, what-if and advice"),
        (name = "access", description = "Who may see what"),
        (name = "consents", description = "A financier asks, the enterprise decides"),
        (name = "webhooks", description = "Changes sent to an address of the subscriber's"),
        (name = "docking", description = "Grades beside the classes of departments, and where sources disagree"),
        (name = "sharing", description = "Standing requests of departments, and what changed since they took it"),
        (name = "traces", description = "Goods from the order to delivery, and where nothing is known of them"),
        (name = "cases", description = "Objections, appeals, repairs, entries of the watch list, alerts and disputes, with their terms"),
        (name = "screening", description = "Names and codes against the enterprises here and the lists they are on"),
        (name = "supervision", description = "Measures of graded supervision: what holds for whom, why, by whose decision; and inspections that are drawn"),
        (name = "negative list", description = "The mirror of the statutory lists, and proof of being or not being on them"),
        (name = "scorecards", description = "Published rules"),
        (name = "intake", description = "Source files in, rejected rows out"),
        (name = "single window", description = "Signed batches of customs messages from the provincial single window, their receipts, and our grades for it"),
        (name = "identity", description = "Signing in, users, letters of authorisation, API keys"),
        (name = "operations", description = "Health and counters"),
    ),
    modifiers(&Token, &Problems),
)]
struct Document;

struct Token;

impl Modify for Token {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "An API key (xj_…), or the administrator's token of the data folder's admin-token",
            ))
            .build();
        let cookie = ApiKeyValue::with_description(
            SESSION_COOKIE,
            "The portal's session; what changes something also brings X-CSRF-Token",
        );
        let schemes = &mut document.components.get_or_insert_default().security_schemes;
        schemes.insert("token".to_owned(), SecurityScheme::Http(token).into());
        schemes.insert("session".to_owned(), SecurityScheme::ApiKey(ApiKey::Cookie(cookie)).into());
        let operations = document.paths.paths.values_mut().flat_map(operations_of);
        for security in operations.filter_map(|operation| operation.security.as_mut()) {
            security.push(SecurityRequirement::new("session", Vec::<String>::new()));
        }
    }
}

/// What may be answered to every operation: it is not said again at each.
struct Problems;

impl Modify for Problems {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let body = ContentBuilder::new().schema(Some(Ref::from_schema_name("ProblemBody"))).build();
        let problem = ResponseBuilder::new()
            .description("A problem (RFC 9457): the request (400, 413, 415), who asks (401, 403), how often (429), the service (503)")
            .content(MEDIA_TYPE, body)
            .build();
        let paths = document.paths.paths.iter_mut().filter(|(path, _)| path.starts_with("/api/"));
        for operation in paths.flat_map(|(_, item)| operations_of(item)) {
            operation.responses.responses.insert("default".to_owned(), problem.clone().into());
        }
    }
}

fn operations_of(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.delete, &mut item.patch]
        .into_iter()
        .filter_map(Option::as_mut)
}

/// The document.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}
