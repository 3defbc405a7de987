//! `/api/openapi.json`, and a reference page written from it: no script, nothing from elsewhere.

use std::fmt::Write;
use std::sync::LazyLock;

use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

use super::answer::Written;
use super::openapi;
use super::problem::{Code, TYPE_BASE};

static DOCUMENT: LazyLock<Written> = LazyLock::new(|| {
    let text = openapi::document().to_pretty_json().unwrap_or_default();
    Written::new(text, "application/json")
});
static PAGE: LazyLock<Written> = LazyLock::new(|| Written::new(html(), "text/html; charset=utf-8"));
static STYLE: LazyLock<Written> = LazyLock::new(|| Written::new(CSS, "text/css; charset=utf-8"));

const CSS: &str = include_str!("docs.css");
/// The order in which methods are listed.
const METHODS: [&str; 4] = ["get", "post", "put", "delete"];

/// The OpenAPI 3.1 document.
pub async fn openapi_json(request: HttpRequest) -> HttpResponse {
    let mut answer = DOCUMENT.answer(&request);
    // Public: tools of anybody may read it.
    answer.headers_mut().insert(
        actix_web::http::header::ACCESS_CONTROL_ALLOW_ORIGIN,
        actix_web::http::header::HeaderValue::from_static("*"),
    );
    answer
}

/// The reference page.
pub async fn page(request: HttpRequest) -> HttpResponse {
    PAGE.answer(&request)
}

/// Its style.
pub async fn style(request: HttpRequest) -> HttpResponse {
    STYLE.answer(&request)
}

fn html() -> String {
    let document = serde_json::to_value(openapi::document()).unwrap_or_default();
    let mut page = String::from(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Xinji API</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><link rel=\"stylesheet\" href=\"/api/docs.css\"></head>\
         <body><main><h1>Xinji API</h1>",
    );
    let _ = write!(
        page,
        "<p>{}</p><p>Machine-readable: <a href=\"/api/openapi.json\">/api/openapi.json</a> (OpenAPI 3.1).</p>",
        escape(text(&document, "/info/description"))
    );
    let paths = document.get("paths").and_then(Value::as_object);
    for tag in document.get("tags").and_then(Value::as_array).into_iter().flatten() {
        let name = text(tag, "/name");
        let _ = write!(page, "<h2>{}</h2><p>{}</p>", escape(name), escape(text(tag, "/description")));
        for (path, item) in paths.into_iter().flatten() {
            for method in METHODS {
                if let Some(operation) =
                    item.get(method).filter(|operation| text(operation, "/tags/0") == name)
                {
                    write_operation(&mut page, method, path, operation);
                }
            }
        }
    }
    write_problems(&mut page);
    write_schemas(&mut page, &document);
    page.push_str("</main></body></html>\n");
    page
}

fn write_operation(page: &mut String, method: &str, path: &str, operation: &Value) {
    let id = escape(text(operation, "/operationId"));
    let _ = write!(
        page,
        "<section><h3 id=\"{id}-{method}\"><code class=\"method\">{}</code> <code>{}</code></h3><p>{}</p>",
        method.to_uppercase(),
        escape(path),
        escape(text(operation, "/summary"))
    );
    let parameters = operation.get("parameters").and_then(Value::as_array);
    if parameters.is_some_and(|list| !list.is_empty()) {
        page.push_str("<table><tr><th>Parameter</th><th>In</th><th>Meaning</th></tr>");
        for one in parameters.into_iter().flatten() {
            let needed = if one.get("required") == Some(&Value::Bool(true)) { ", required" } else { "" };
            let _ = write!(
                page,
                "<tr><td><code>{}</code></td><td>{}{needed}</td><td>{}</td></tr>",
                escape(text(one, "/name")),
                escape(text(one, "/in")),
                escape(text(one, "/description"))
            );
        }
        page.push_str("</table>");
    }
    page.push_str("<table><tr><th>Status</th><th>Meaning</th><th>Body</th></tr>");
    for (status, answer) in operation.get("responses").and_then(Value::as_object).into_iter().flatten() {
        let _ = write!(
            page,
            "<tr><td>{}</td><td>{}</td><td>{}</td></tr>",
            escape(status),
            escape(text(answer, "/description")),
            bodies(answer)
        );
    }
    page.push_str("</table></section>");
}

/// The media types of an answer, each with a link to its schema.
fn bodies(answer: &Value) -> String {
    let mut cells = Vec::new();
    for (media, content) in answer.get("content").and_then(Value::as_object).into_iter().flatten() {
        let schema = text(content, "/schema/$ref").rsplit('/').next().unwrap_or_default();
        let schema = escape(schema);
        let link =
            if schema.is_empty() { String::new() } else { format!(" <a href=\"#{schema}\">{schema}</a>") };
        cells.push(format!("<code>{}</code>{link}", escape(media)));
    }
    cells.join("<br>")
}

fn write_problems(page: &mut String) {
    page.push_str("<h2>errors</h2><p>RFC 9457 problem details; <code>type</code> is ");
    let _ = write!(
        page,
        "<code>{TYPE_BASE}</code> and the code.</p><table><tr><th>Code</th><th>Status</th><th>Text</th></tr>"
    );
    for code in Code::ALL {
        let _ = write!(
            page,
            "<tr><td><code>{}</code></td><td>{}</td><td>{}</td></tr>",
            code.as_str(),
            code.status().as_u16(),
            escape(code.texts().detail_en)
        );
    }
    page.push_str("</table>");
}

fn write_schemas(page: &mut String, document: &Value) {
    page.push_str("<h2>schemas</h2>");
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    for (name, schema) in schemas.into_iter().flatten() {
        let json = serde_json::to_string_pretty(schema).unwrap_or_default();
        let name = escape(name);
        let _ = write!(page, "<section><h3 id=\"{name}\">{name}</h3><pre>{}</pre></section>", escape(&json));
    }
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
