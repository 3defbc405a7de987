//! The other side of the interconnection: the provincial single window, as a client over HTTP. It signs batches of
//! customs messages with the library of Standard Webhooks, pushes them again until they are taken, reads receipts until
//! all are there, and pulls classes. The example `single_window` is its program.

use std::fmt;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use standardwebhooks::Webhook;

const API: &str = "/api/v1/single-window";
/// Attempts at one request, and the wait after the first that failed, which doubles.
const ATTEMPTS: u32 = 8;
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// Looks at one batch's receipts, and the wait between them.
const LOOKS: u32 = 1_500;
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);
/// Items asked for at once.
const PAGE: usize = 200;

/// A message and the sender's own id of it.
pub type Message = (String, Vec<u8>);

/// An answer that is no success, after every attempt that may help.
#[derive(Debug)]
pub struct Refused {
    /// 0: no answer at all.
    pub status: u16,
    pub body: String,
}

impl Refused {
    /// The end of the problem's type.
    pub fn code(&self) -> String {
        let kind = serde_json::from_str::<Value>(&self.body).ok();
        let kind = kind.and_then(|body| body["type"].as_str().map(str::to_owned)).unwrap_or_default();
        kind.rsplit('/').next().unwrap_or_default().to_owned()
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.body)
    }
}

/// What a sender says beside a body.
#[derive(Debug, Clone)]
pub struct Signed {
    pub id: String,
    pub seconds: i64,
    pub signature: String,
}

/// The platform.
pub struct Window {
    base: String,
    key: String,
    signer: Webhook,
    purpose: Option<String>,
    lang: String,
    agent: ureq::Agent,
}

impl Window {
    /// At the service with this base address, with this API key and this signing secret.
    ///
    /// # Panics
    /// When the secret is none.
    pub fn new(base: &str, key: &str, secret: &str) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(120)))
            .build();
        Self {
            base: base.trim_end_matches('/').to_owned(),
            key: key.to_owned(),
            signer: Webhook::new(secret).expect("a secret is whsec_ and base64"),
            purpose: None,
            lang: "en".to_owned(),
            agent: config.into(),
        }
    }

    /// Asking for this purpose, in this language.
    pub fn asking(self, purpose: Option<String>, lang: &str) -> Self {
        Self { purpose, lang: lang.to_owned(), ..self }
    }

    /// At another address: a service that was started again.
    pub fn at(self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self }
    }

    pub fn sign(&self, id: &str, seconds: i64, body: &str) -> Signed {
        let signature = self.signer.sign(id, seconds, body.as_bytes()).unwrap();
        Signed { id: id.to_owned(), seconds, signature }
    }

    /// Pushes messages under an id: again with a new signature while there is no answer, or one that asks for it.
    ///
    /// # Errors
    /// [`Refused`]; nothing of the batch was taken.
    pub fn push(&self, id: &str, messages: &[Message]) -> Result<Value, Refused> {
        let body = body_of(messages);
        self.again(|| self.push_signed(&self.sign(id, now(), &body), &body))
    }

    /// One attempt with these headers.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn push_signed(&self, signed: &Signed, body: &str) -> Result<Value, Refused> {
        let answer = self
            .agent
            .post(format!("{}{API}/batches", self.base))
            .header("authorization", format!("Bearer {}", self.key))
            .header("accept-language", &self.lang)
            .header("content-type", "application/json")
            .header("webhook-id", &signed.id)
            .header("webhook-timestamp", signed.seconds.to_string())
            .header("webhook-signature", &signed.signature)
            .send(body);
        answered(answer)
    }

    /// Every receipt of a batch, once all are there.
    ///
    /// # Errors
    /// [`Refused`], also for a batch that failed or does not end.
    pub fn receipts_of(&self, batch: &str) -> Result<Vec<Value>, Refused> {
        for _ in 0..LOOKS {
            let first = self.get(&format!("{API}/batches/{batch}/receipts?limit={PAGE}"))?;
            match first["batch"]["state"].as_str() {
                Some("done") => return self.pages(batch, first),
                Some("waiting") => std::thread::sleep(BETWEEN_LOOKS),
                _ => return Err(Refused { status: 200, body: first.to_string() }),
            }
        }
        Err(Refused { status: 0, body: format!("{batch} does not end") })
    }

    fn pages(&self, batch: &str, mut page: Value) -> Result<Vec<Value>, Refused> {
        let mut receipts = Vec::new();
        loop {
            receipts.extend(page["items"].as_array().cloned().unwrap_or_default());
            let Some(cursor) = page["next_cursor"].as_str() else { return Ok(receipts) };
            page = self.get(&format!("{API}/batches/{batch}/receipts?limit={PAGE}&cursor={cursor}"))?;
        }
    }

    /// Receipts since a cursor, and the cursor after them.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn receipts_since(&self, since: Option<&str>) -> Result<(Vec<Value>, String), Refused> {
        self.since(&format!("{API}/receipts?limit={PAGE}"), since)
    }

    /// Grades and classes for a receiver since a cursor, and the cursor after them.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn classes(&self, receiver: &str, since: Option<&str>) -> Result<(Vec<Value>, String), Refused> {
        self.since(&format!("{API}/classes?limit={PAGE}&for={receiver}"), since)
    }

    fn since(&self, path: &str, since: Option<&str>) -> Result<(Vec<Value>, String), Refused> {
        let (mut items, mut cursor) = (Vec::new(), since.map(str::to_owned));
        loop {
            let from = cursor.as_ref().map(|cursor| format!("&since={cursor}")).unwrap_or_default();
            let page = self.get(&format!("{path}{from}"))?;
            items.extend(page["items"].as_array().cloned().unwrap_or_default());
            let next = page["next_cursor"].as_str().unwrap_or_default().to_owned();
            if page["more"] != true {
                return Ok((items, next));
            }
            cursor = Some(next);
        }
    }

    fn get(&self, path: &str) -> Result<Value, Refused> {
        self.again(|| {
            let mut request = self
                .agent
                .get(format!("{}{path}", self.base))
                .header("authorization", format!("Bearer {}", self.key))
                .header("accept-language", &self.lang);
            if let Some(purpose) = &self.purpose {
                request = request.header("x-purpose", purpose);
            }
            answered(request.call())
        })
    }

    /// Tries again with a longer wait each time: no answer, 429 and 5xx pass.
    fn again(&self, attempt: impl Fn() -> Result<Value, Refused>) -> Result<Value, Refused> {
        let mut wait = FIRST_WAIT;
        for _ in 1..ATTEMPTS {
            match attempt() {
                Err(refused) if passes(refused.status) => std::thread::sleep(wait),
                other => return other,
            }
            wait *= 2;
        }
        attempt()
    }
}

fn passes(status: u16) -> bool {
    status == 0 || status == 429 || status >= 500
}

fn answered(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Value, Refused> {
    let none = |error: ureq::Error| Refused { status: 0, body: error.to_string() };
    let mut answer = answer.map_err(none)?;
    let status = answer.status().as_u16();
    let body = answer.body_mut().read_to_string().map_err(none)?;
    match serde_json::from_str(&body) {
        Ok(value) if (200..300).contains(&status) => Ok(value),
        _ => Err(Refused { status, body }),
    }
}

/// Unix time in seconds.
pub fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

/// The body of a batch.
pub fn body_of(messages: &[Message]) -> String {
    let one = |(id, bytes): &Message| json!({ "id": id, "data": STANDARD.encode(bytes) });
    json!({ "messages": messages.iter().map(one).collect::<Vec<_>>() }).to_string()
}

/// A batch's id that its content gives, so that a push that is done again is the same.
pub fn id_of(messages: &[Message]) -> String {
    format!("batch-{}", hex::encode(&Sha256::digest(body_of(messages))[..12]))
}

/// A message's id of a file's name: what an id may not have is `-`, and its number makes it unlike the others.
pub fn message_id(number: usize, file: &Path) -> String {
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let good = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let stem: String = stem.chars().map(good).take(48).collect();
    format!("{number}-{stem}")
}

/// Rows in columns that are as wide as they need be; a Chinese character is two columns wide.
pub fn table(rows: &[Vec<String>]) -> String {
    let width = |text: &str| text.chars().map(|c| if c > '\u{2e80}' { 2 } else { 1 }).sum::<usize>();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widest = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| width(cell)).max();
    let widths: Vec<usize> = (0..columns).map(|at| widest(at).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let cells =
            row.iter().zip(&widths).map(|(cell, wide)| format!("{cell}{}", " ".repeat(wide - width(cell))));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Receipts as rows of a table, with its head.
pub fn receipt_rows(receipts: &[Value]) -> Vec<Vec<String>> {
    let head = [
        "batch",
        "no",
        "message",
        "state",
        "new",
        "superseding",
        "unchanged",
        "refused",
        "sale",
        "line",
        "code",
        "text",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for one in receipts {
        let (documents, error) = (&one["documents"], &one["errors"][0]);
        rows.push(
            [
                &one["batch"],
                &one["position"],
                &one["message"],
                &one["state"],
                &documents["new"],
                &documents["superseding"],
                &documents["unchanged"],
                &documents["refused"],
                &one["sales"][0],
                &error["line"],
                &error["code"],
                &error["message"],
            ]
            .map(text)
            .to_vec(),
        );
    }
    rows
}

/// Classes as rows of a table, with its head.
pub fn class_rows(classes: &[Value]) -> Vec<Vec<String>> {
    let head = ["uscc", "grade", "recommended", "own class", "changed", "withheld"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for one in classes {
        let withheld = one["withheld"].as_array().cloned().unwrap_or_default();
        let withheld: Vec<String> = withheld.iter().map(|block| text(&block["block"])).collect();
        let mut row = [
            &one["uscc"],
            &one["grade"],
            &one["recommended"]["code"],
            &one["own_class"]["class"],
            &one["changed_at"],
        ]
        .map(text)
        .to_vec();
        row.push(withheld.join(" "));
        rows.push(row);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let text = table(&[row(["a", "b", "c"]), row(["中文", "bb", "c"])]);
        assert_eq!(text, "a     b   c\n中文  bb  c\n");
    }

    #[test]
    fn names_become_ids_and_the_same_messages_one_batch() {
        assert_eq!(message_id(3, Path::new("/x/订单 1.xml")), "3----1");
        let one = vec![("a".to_owned(), b"<a/>".to_vec())];
        assert_eq!(id_of(&one), id_of(&one.clone()));
        assert_ne!(id_of(&one), id_of(&[("b".to_owned(), b"<a/>".to_vec())]));
        assert!(!id_of(&one).contains('.'));
    }
}
