//! Answers with an `ETag`, and the page every list has.

use actix_web::http::header::Header;
use actix_web::http::header::{self, EntityTag, HeaderName, IfNoneMatch, TryIntoHeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::problem::Problem;

/// Headers that change what is answered.
const VARY: &str = "Authorization, Accept-Language, X-Purpose, Accept";
/// Bytes of a digest that make an entity tag.
const TAG_BYTES: usize = 16;

/// One page of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PageBody<T> {
    pub items: Vec<T>,
    /// Where the next page begins; `null` on the last.
    pub next_cursor: Option<String>,
}

/// A body, written once, with its entity tag.
#[derive(Debug, Clone)]
pub struct Written {
    pub body: Bytes,
    pub media_type: &'static str,
    digest: BodyDigest,
}

/// SHA-256 of a body that was written once and is answered often; kept beside the answer for the access log.
#[derive(Debug, Clone, Copy)]
pub struct BodyDigest(pub [u8; 32]);

impl Written {
    #[must_use]
    pub fn new(body: impl Into<Bytes>, media_type: &'static str) -> Self {
        let body = body.into();
        let digest = BodyDigest(Sha256::digest(&body).into());
        Self { body, media_type, digest }
    }

    /// # Errors
    /// None in practice: the types written here always have a JSON form.
    pub fn json(value: &impl Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_vec(value).map_err(|error| Problem::internal(&error))?;
        Ok(Self::new(body, "application/json"))
    }

    /// 200 with the body, or 304 when the caller has it.
    #[must_use]
    pub fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let tag = hex::encode(self.digest.0.get(..TAG_BYTES).unwrap_or_default());
        let tag = EntityTag::new_strong(tag);
        let known = request.headers().contains_key(header::IF_NONE_MATCH)
            && match IfNoneMatch::parse(request) {
                Ok(IfNoneMatch::Any) => true,
                Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|other| other.weak_eq(&tag)),
                Err(_) => false,
            };
        let mut answer = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        if let Ok(value) = header::ETag(tag).try_into_value() {
            answer.insert_header((header::ETAG, value));
        }
        // Asked again each time, answered with 304 while nothing changed; never kept by a shared cache.
        answer.insert_header((header::CACHE_CONTROL, "private, no-cache"));
        answer.insert_header((header::VARY, VARY));
        if known {
            return answer.finish();
        }
        answer.insert_header((header::CONTENT_TYPE, self.media_type));
        let mut answer = answer.body(self.body.clone());
        answer.extensions_mut().insert(self.digest);
        answer
    }
}

/// 200 with a JSON body and its entity tag.
///
/// # Errors
/// See [`Written::json`].
pub fn json(request: &HttpRequest, value: &impl Serialize) -> Result<HttpResponse, Problem> {
    Ok(Written::json(value)?.answer(request))
}

/// Whether `Accept` puts `media` before JSON. No header means JSON.
#[must_use]
pub fn prefers(request: &HttpRequest, media: &str) -> bool {
    let Some(accept) = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    for range in accept.split(',') {
        let essence = range.split(';').next().unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case(media) {
            return true;
        }
        if essence.eq_ignore_ascii_case("application/json") || essence == "*/*" {
            return false;
        }
    }
    false
}

/// A header name written in lower case.
#[must_use]
pub fn name(text: &'static str) -> HeaderName {
    HeaderName::from_static(text)
}
