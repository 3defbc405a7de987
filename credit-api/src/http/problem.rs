//! Errors as answers: RFC 9457 `application/problem+json`, in the reader's language, without a trace of SQL or paths.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName};
use actix_web::{HttpResponse, ResponseError};
use credit_core::records::Lang;
use credit_core::uscc::UsccError;
use serde::Serialize;
use utoipa::ToSchema;

use super::problem_texts;
pub use super::problem_texts::Code;
use crate::access::Purpose;
use crate::store::StoreError;

/// Media type of every error.
pub const MEDIA_TYPE: &str = "application/problem+json";
/// What the `type` of every error begins with; the rest is its code.
pub const TYPE_BASE: &str = "https://xinji.example/problems/";

/// How long to wait when the service is busy, seconds.
const BUSY_SECONDS: &str = "5";

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    pub zh: String,
    pub en: String,
}

impl Words {
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    #[must_use]
    pub fn in_lang(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// JSON Pointer into the body; for anything else a fragment `#/query/…`, `#/path/…` or `#/header/…`.
    pub pointer: String,
    pub words: Words,
}

/// An error that is told to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem(Box<Inner>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Inner {
    code: Code,
    detail: Option<Words>,
    faults: Vec<Fault>,
    purposes: Option<Vec<Purpose>>,
    headers: Vec<(HeaderName, String)>,
}

/// An error as it is written.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProblemBody {
    /// Stable URI of the kind of error.
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    pub detail: String,
    /// Path of the request.
    pub instance: String,
    pub request_id: String,
    /// What exactly is wrong, and where.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FaultBody>,
    /// Purposes that this caller may name in `X-Purpose`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purposes: Option<Vec<Purpose>>,
}

/// One thing that is wrong, as it is written.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FaultBody {
    /// JSON Pointer as a URI fragment: into the body, or `#/query/…`, `#/path/…`, `#/header/…`.
    pub pointer: String,
    pub detail: String,
}

impl Problem {
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self(Box::new(Inner { code, detail: None, faults: Vec::new(), purposes: None, headers: Vec::new() }))
    }

    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// What happened in this case, in place of the general text.
    #[must_use]
    pub fn detail(mut self, words: Words) -> Self {
        self.0.detail = Some(words);
        self
    }

    #[must_use]
    pub fn fault(mut self, pointer: impl Into<String>, words: Words) -> Self {
        self.0.faults.push(Fault { pointer: pointer.into(), words });
        self
    }

    #[must_use]
    pub fn header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.0.headers.push((name, value.into()));
        self
    }

    #[must_use]
    pub fn purposes(mut self, purposes: Vec<Purpose>) -> Self {
        self.0.purposes = Some(purposes);
        self
    }

    /// A query parameter that cannot be used.
    #[must_use]
    pub fn parameter(name: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(Code::InvalidParameter).fault(format!("#/query/{name}"), Words::new(zh, en))
    }

    /// A path that names no valid code.
    #[must_use]
    pub fn uscc(error: &UsccError) -> Self {
        Self::new(Code::InvalidUscc).fault("#/path/uscc", problem_texts::uscc(error))
    }

    /// What went wrong is ours: the log is told, the caller only learns that.
    #[must_use]
    pub fn internal(error: &dyn fmt::Display) -> Self {
        tracing::error!(%error, "a request could not be answered");
        Self::new(Code::Internal)
    }

    /// The general problem of a status that some layer below answered with.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        Self::new(Code::of_status(status))
    }

    /// As it is written in a language.
    #[must_use]
    pub fn body(&self, lang: Lang, instance: &str, request_id: &str) -> ProblemBody {
        let inner = &self.0;
        let texts = inner.code.texts();
        let detail = inner.detail.as_ref().map_or_else(
            || match lang {
                Lang::Zh => texts.detail_zh,
                Lang::En => texts.detail_en,
            },
            |words| words.in_lang(lang),
        );
        let title = match lang {
            Lang::Zh => texts.title_zh,
            Lang::En => texts.title_en,
        };
        ProblemBody {
            kind: format!("{TYPE_BASE}{}", inner.code.as_str()),
            title: title.to_owned(),
            status: inner.code.status().as_u16(),
            detail: detail.to_owned(),
            instance: instance.to_owned(),
            request_id: request_id.to_owned(),
            errors: inner
                .faults
                .iter()
                .map(|fault| FaultBody {
                    pointer: fault.pointer.clone(),
                    detail: fault.words.in_lang(lang).to_owned(),
                })
                .collect(),
            purposes: inner.purposes.clone(),
        }
    }

    /// The whole answer in a language.
    #[must_use]
    pub fn response(&self, lang: Lang, instance: &str, request_id: &str) -> HttpResponse {
        let mut response = HttpResponse::build(self.0.code.status());
        response.insert_header((header::CONTENT_TYPE, MEDIA_TYPE));
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        response.insert_header((header::CONTENT_LANGUAGE, if lang == Lang::Zh { "zh" } else { "en" }));
        for (name, value) in &self.0.headers {
            response.insert_header((name.clone(), value.clone()));
        }
        if self.0.code == Code::Busy {
            response.insert_header((header::RETRY_AFTER, BUSY_SECONDS));
        }
        if self.0.code.status() == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        response.body(serde_json::to_string(&self.body(lang, instance, request_id)).unwrap_or_default())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code.as_str())
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.0.code.status()
    }

    /// Only where no envelope writes it again in the reader's language.
    fn error_response(&self) -> HttpResponse {
        self.response(Lang::default(), "", "")
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let busy = match &error {
            StoreError::Pool(_) => true,
            StoreError::Query(diesel::result::Error::DatabaseError(_, about)) => {
                about.message().contains("locked")
            }
            _ => false,
        };
        if busy {
            tracing::warn!(%error, "the database is busy");
            return Self::new(Code::Busy);
        }
        Self::internal(&error)
    }
}

impl From<diesel::result::Error> for Problem {
    fn from(error: diesel::result::Error) -> Self {
        StoreError::from(error).into()
    }
}
