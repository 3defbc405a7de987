//! The OpenAPI document, written from the handlers.

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::problem::{FaultBody, ProblemBody};
use super::routes::{
    advice, batches, consents, enterprise, enterprises, health, jobs, rating, ratings, receipt, scorecards,
    sign_off, simulations, upload,
};
use crate::access::Purpose;

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
        enterprises::list,
        enterprise::get,
        rating::get,
        ratings::list,
        receipt::get,
        sign_off::post,
        simulations::simulate_one,
        advice::advice,
        consents::post,
        consents::list,
        consents::get,
        consents::grant,
        consents::decline,
        consents::revoke,
        scorecards::list,
        scorecards::get,
        health::healthz,
        health::readyz,
        health::metrics_text,
    ),
    components(schemas(
        ProblemBody,
        FaultBody,
        Purpose,
        rating::PublicRating,
        simulations::Supposed,
        simulations::SupposedState
    )),
    tags(
        (name = "enterprises", description = "Search, and what is known of an enterprise"),
        (name = "ratings", description = "Ratings with reasons, history, receipts, what-if and advice"),
        (name = "consents", description = "A financier asks, the enterprise decides"),
        (name = "scorecards", description = "Published rules"),
        (name = "intake", description = "Source files in, rejected rows out"),
        (name = "operations", description = "Health and counters"),
    ),
    modifiers(&Token),
)]
struct Document;

struct Token;

impl Modify for Token {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("The administrator's token, in the data folder's admin-token"))
            .build();
        document
            .components
            .get_or_insert_default()
            .security_schemes
            .insert("token".to_owned(), SecurityScheme::Http(token).into());
    }
}

/// The document.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}
