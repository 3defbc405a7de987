//! Query parameters and bodies, each refused with its own name when it cannot be used.

use std::collections::HashMap;

use actix_web::{HttpRequest, web};
use chrono::NaiveDate;
use credit_core::uscc::Uscc;
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

use super::cursor::{List, Page, Place};
use super::problem::{Code, Problem, Words};
use super::problem_texts;

/// Items of a page when nothing else is asked.
pub const LIMIT_DEFAULT: i64 = 50;
/// Most items of a page.
pub const LIMIT_MAX: i64 = 200;
/// Longest query string, bytes.
const QUERY_BYTES_MAX: usize = 4_096;

/// The parameters of a query, by name.
pub struct Params(HashMap<String, String>);

impl Params {
    /// # Errors
    /// [`Code::InvalidParameter`] for a query that is too long or cannot be decoded.
    pub fn of(request: &HttpRequest) -> Result<Self, Problem> {
        let query = request.query_string();
        let wrong =
            |zh: &str, en: &str| Problem::new(Code::InvalidParameter).fault("#/query", Words::new(zh, en));
        if query.len() > QUERY_BYTES_MAX {
            return Err(wrong("查询串超过 4096 字节", "the query has more than 4096 bytes"));
        }
        let pairs = web::Query::<Vec<(String, String)>>::from_query(query)
            .map_err(|_| wrong("查询串无法解码", "the query cannot be decoded"))?
            .into_inner();
        // Neither database keeps NUL, and no parameter means a control character.
        if let Some((name, _)) = pairs.iter().find(|(_, value)| value.chars().any(char::is_control)) {
            let name = name.replace(char::is_control, "");
            return Err(Problem::parameter(&name, "不得含控制字符", "control characters cannot be used"));
        }
        Ok(Self(pairs.into_iter().collect()))
    }

    /// A text that is not empty.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|text| text.trim()).filter(|text| !text.is_empty())
    }

    /// # Errors
    /// [`Code::InvalidParameter`].
    pub fn limit(&self) -> Result<i64, Problem> {
        let Some(text) = self.text("limit") else { return Ok(LIMIT_DEFAULT) };
        match text.parse::<i64>() {
            Ok(limit) if (1..=LIMIT_MAX).contains(&limit) => Ok(limit),
            _ => Err(Problem::parameter(
                "limit",
                "应为 1 至 200 的整数",
                "expected a whole number from 1 to 200",
            )),
        }
    }

    /// # Errors
    /// See [`Page::of`].
    pub fn page<P: Place>(&self, list: List) -> Result<Page<P>, Problem> {
        Page::of(self, list)
    }

    /// A unified social credit code.
    ///
    /// # Errors
    /// [`Code::InvalidParameter`] says what is wrong with it.
    pub fn uscc(&self, name: &str) -> Result<Option<Uscc>, Problem> {
        let parsed = self.text(name).map(Uscc::parse).transpose();
        parsed.map_err(|error| {
            Problem::new(Code::InvalidParameter).fault(format!("#/query/{name}"), problem_texts::uscc(&error))
        })
    }

    /// A whole number of a range.
    ///
    /// # Errors
    /// [`Code::InvalidParameter`].
    pub fn number(&self, name: &str, least: i64, most: i64) -> Result<Option<i64>, Problem> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let number = text.parse::<i64>().ok().filter(|number| (least..=most).contains(number));
        number.map(Some).ok_or_else(|| {
            Problem::parameter(
                name,
                format!("应为 {least} 至 {most} 的整数"),
                format!("expected a whole number from {least} to {most}"),
            )
        })
    }

    /// # Errors
    /// [`Code::InvalidParameter`].
    pub fn date(&self, name: &str) -> Result<Option<NaiveDate>, Problem> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| text.len() == 10);
        date.map(Some).ok_or_else(|| {
            Problem::parameter(name, "应为 2026-03-01 形式的日期", "expected a date such as 2026-03-01")
        })
    }

    /// Milliseconds.
    ///
    /// # Errors
    /// [`Code::InvalidParameter`].
    pub fn time(&self, name: &str) -> Result<Option<i64>, Problem> {
        let Some(text) = self.text(name) else { return Ok(None) };
        // A plus sign that was not escaped arrives as a space.
        let time = chrono::DateTime::parse_from_rfc3339(&text.replace(' ', "+"));
        time.map(|time| Some(time.timestamp_millis())).map_err(|_| {
            Problem::parameter(
                name,
                "应为 2026-03-01T00:00:00Z 形式的时间（RFC 3339）",
                "expected a time such as 2026-03-01T00:00:00Z (RFC 3339)",
            )
        })
    }

    /// # Errors
    /// [`Code::InvalidParameter`].
    pub fn yes_or_no(&self, name: &str) -> Result<Option<bool>, Problem> {
        match self.text(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(Problem::parameter(name, "应为 true 或 false", "expected true or false")),
        }
    }

    /// One of a closed set.
    ///
    /// # Errors
    /// [`Code::InvalidParameter`].
    pub fn one_of<'a>(&self, name: &str, known: &[&'a str]) -> Result<Option<&'a str>, Problem> {
        let Some(text) = self.text(name) else { return Ok(None) };
        known.iter().find(|word| **word == text).copied().map(Some).ok_or_else(|| {
            let known = known.join(", ");
            Problem::parameter(name, format!("应为 {known} 之一"), format!("expected one of {known}"))
        })
    }
}

/// The enterprise that the path names.
///
/// # Errors
/// [`Code::InvalidUscc`] says what is wrong with it.
pub fn uscc(request: &HttpRequest) -> Result<Uscc, Problem> {
    let text = request.match_info().get("uscc").unwrap_or_default();
    Uscc::parse(text).map_err(|error| Problem::uscc(&error))
}

/// A name as a step of a JSON Pointer (RFC 6901).
#[must_use]
pub fn pointer_step(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The id that the path names; one that no id can be is not found.
///
/// # Errors
/// `unknown`.
pub fn id(request: &HttpRequest, unknown: Code) -> Result<String, Problem> {
    let id = request.match_info().get("id").unwrap_or_default();
    let good = !id.is_empty() && id.bytes().all(|b| b.is_ascii_graphic());
    if good { Ok(id.to_owned()) } else { Err(Problem::new(unknown)) }
}

/// A JSON body.
///
/// # Errors
/// [`Code::UnsupportedMediaType`], [`Code::InvalidBody`].
pub fn json<T: DeserializeOwned>(request: &HttpRequest, body: &[u8]) -> Result<T, Problem> {
    is_json(request)?;
    parsed(body)
}

/// Goes on only with a body that is said to be JSON.
///
/// # Errors
/// [`Code::UnsupportedMediaType`].
pub fn is_json(request: &HttpRequest) -> Result<(), Problem> {
    let kind =
        request.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(Problem::new(Code::UnsupportedMediaType).fault(
            "#/header/content-type",
            Words::new("应为 application/json", "expected application/json"),
        ));
    }
    Ok(())
}

/// What a body says, whatever it is said to be.
///
/// # Errors
/// [`Code::InvalidBody`].
pub fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let unusable = |pointer: String, error: &serde_json::Error| {
        let (line, column) = (error.line(), error.column());
        // The parser's own words may quote the body, never more.
        Problem::new(Code::InvalidBody)
            .fault(pointer, Words::new(format!("第 {line} 行第 {column} 列：{error}"), error.to_string()))
    };
    let value = serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| unusable(pointer(error.path()), error.inner()))?;
    reader.end().map_err(|error| unusable("#".to_owned(), &error))?;
    Ok(value)
}

/// A place in a body as a URI fragment.
fn pointer(path: &serde_path_to_error::Path) -> String {
    let steps = path.iter().filter_map(|step| match step {
        Segment::Seq { index } => Some(format!("/{index}")),
        Segment::Map { key } => Some(format!("/{}", pointer_step(key))),
        // The name of a variant stands in the body, as the key of an object.
        Segment::Enum { variant } => Some(format!("/{}", pointer_step(variant))),
        Segment::Unknown => None,
    });
    format!("#{}", steps.collect::<String>())
}
