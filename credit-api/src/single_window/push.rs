//! A signed body to one archive of its messages, and a job that takes it as it takes any file of customs messages.

use std::collections::BTreeSet;
use std::io::{Cursor, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::secrets::Signed;
use super::store::{self, BatchRow};
use super::{MESSAGE_BYTES_MAX, MESSAGE_ID_CHARS_MAX, MESSAGES_MAX, SingleWindow};
use crate::identity::{IdentityError, secrets};
use crate::jobs::Jobs;
use crate::jobs::store::BatchTask;
use crate::store::StoreError;

/// Digits of a position in the name of a part: more than [`MESSAGES_MAX`] needs, so that names sort as messages do.
const POSITION_DIGITS: usize = 5;
/// How the name of a part ends.
const ENDING: &str = ".xml";

/// A batch as it is pushed.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchRequest {
    /// 1 to 1000.
    pub messages: Vec<MessageRequest>,
}

/// A customs message.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageRequest {
    /// The sender's own name of it, which its receipt bears: 1 to 64 letters, digits, `-`, `_` and `.`, each once in a
    /// batch.
    pub id: String,
    /// Base64 (RFC 4648, section 4) of the XML as it was declared, bare or in `DxpMsg`; at most 4 MiB.
    pub data: String,
}

/// Why a batch was not taken; nothing of it is kept then.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// `pointer` names the place in the body.
    #[error("{pointer}: {en}")]
    Body { pointer: String, zh: String, en: String },
    /// This webhook id stands for another batch.
    #[error("the webhook id was used for another body")]
    Used,
    #[error("the archive cannot be kept: {0}")]
    Evidence(#[from] std::io::Error),
    #[error(transparent)]
    Identity(#[from] IdentityError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PushError {
    fn body(pointer: String, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Body { pointer, zh: zh.into(), en: en.into() }
    }
}

/// A body whose signature was found good.
pub struct Push<'a> {
    pub user: &'a str,
    pub signed: &'a Signed,
    pub body: &'a [u8],
}

impl Push<'_> {
    fn digest(&self) -> String {
        hex::encode(Sha256::digest(self.body))
    }
}

impl SingleWindow {
    /// The batch that a body was taken as before.
    ///
    /// # Errors
    /// [`PushError::Used`] when the webhook id stands for another body.
    pub fn recall(&self, push: &Push<'_>) -> Result<Option<BatchRow>, PushError> {
        let mut connection = self.service.database.connection()?;
        match store::by_webhook_id(&mut connection, push.user, &push.signed.id)? {
            Some(row) if row.body_digest == push.digest() => Ok(Some(row)),
            Some(_) => Err(PushError::Used),
            None => Ok(None),
        }
    }

    /// Takes a batch: once this returns, archive, job and batch are on the disk.
    ///
    /// # Errors
    /// [`PushError`]; nothing is kept then.
    pub fn take(&self, jobs: &Jobs, push: &Push<'_>, request: BatchRequest) -> Result<BatchRow, PushError> {
        let id = secrets::id("swb_")?;
        let messages = decoded(request)?;
        let count = i32::try_from(messages.len()).unwrap_or(i32::MAX);
        let stored = self.service.evidence.keep_source(Cursor::new(archive(&id, &messages)?))?;
        let task = BatchTask {
            source: crate::ceb::SOURCE.to_owned(),
            file_name: format!("{id}.zip"),
            digest: stored.digest.clone(),
            bytes: stored.bytes,
        };
        let row = BatchRow {
            id,
            user_id: push.user.to_owned(),
            webhook_id: push.signed.id.clone(),
            body_digest: push.digest(),
            file_digest: stored.digest.clone(),
            job_id: String::new(),
            messages: count,
            received_at: self.now(),
        };
        let mut connection = self.service.database.connection()?;
        let mut taken = None;
        let submitted = jobs.submit(&mut connection, &task, |connection, job| {
            let row = BatchRow { job_id: job.id.clone(), ..row };
            store::insert_batch(connection, &row)?;
            taken = Some(row);
            Ok(())
        });
        match (submitted, taken) {
            (Ok(_), Some(row)) => Ok(row),
            (submitted, _) => {
                // Another request with the webhook id may have been faster; no two archives are the same.
                self.service.evidence.remove(&stored)?;
                drop(connection);
                match (self.recall(push)?, submitted) {
                    (Some(row), _) => Ok(row),
                    (None, Err(error)) => Err(error.into()),
                    (None, Ok(_)) => Err(StoreError::Open("a job without its batch".to_owned()).into()),
                }
            }
        }
    }
}

/// The messages of a body, out of their Base64.
fn decoded(request: BatchRequest) -> Result<Vec<(String, Vec<u8>)>, PushError> {
    let count = request.messages.len();
    if !(1..=MESSAGES_MAX).contains(&count) {
        return Err(PushError::body(
            "#/messages".to_owned(),
            format!("应有 1 至 {MESSAGES_MAX} 条报文，此处为 {count} 条；请拆分成几批"),
            format!("expected 1 to {MESSAGES_MAX} messages, found {count}; push several batches"),
        ));
    }
    let mut seen = BTreeSet::new();
    let mut messages = Vec::with_capacity(count);
    for (at, message) in request.messages.into_iter().enumerate() {
        if !is_id(&message.id) {
            return Err(PushError::body(
                format!("#/messages/{at}/id"),
                format!("应为 1 至 {MESSAGE_ID_CHARS_MAX} 个字母、数字、-、_ 或 ."),
                format!("expected 1 to {MESSAGE_ID_CHARS_MAX} letters, digits, -, _ or ."),
            ));
        }
        if !seen.insert(message.id.clone()) {
            return Err(PushError::body(
                format!("#/messages/{at}/id"),
                "同一批内报文编号不得重复",
                "an id stands for one message of a batch",
            ));
        }
        let bytes = STANDARD.decode(message.data.as_bytes()).map_err(|error| {
            let (zh, en) = (format!("不是 Base64：{error}"), format!("no Base64: {error}"));
            PushError::body(format!("#/messages/{at}/data"), zh, en)
        })?;
        if !(1..=MESSAGE_BYTES_MAX).contains(&bytes.len()) {
            return Err(PushError::body(
                format!("#/messages/{at}/data"),
                format!("报文应为 1 至 {MESSAGE_BYTES_MAX} 字节，此处为 {} 字节", bytes.len()),
                format!("a message has 1 to {MESSAGE_BYTES_MAX} bytes, this has {}", bytes.len()),
            ));
        }
        messages.push((message.id, bytes));
    }
    Ok(messages)
}

fn is_id(id: &str) -> bool {
    let sign = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=MESSAGE_ID_CHARS_MAX).contains(&id.len()) && id.bytes().all(sign)
}

/// One archive, whose parts bear the messages' ids. What is in it is not compressed, so that a message of repetitions
/// is not taken for a bomb; the batch's id is its comment, so that no two archives are the same.
fn archive(id: &str, messages: &[(String, Vec<u8>)]) -> std::io::Result<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (at, (id, bytes)) in messages.iter().enumerate() {
        writer.start_file(part_name(at + 1, id), options).map_err(std::io::Error::other)?;
        writer.write_all(bytes)?;
    }
    writer.set_comment(id).map_err(std::io::Error::other)?;
    Ok(writer.finish().map_err(std::io::Error::other)?.into_inner())
}

fn part_name(position: usize, id: &str) -> String {
    format!("{position:0POSITION_DIGITS$}-{id}{ENDING}")
}

/// Position and id of the message that a part is.
#[must_use]
pub fn message_of(part: &str) -> Option<(i32, &str)> {
    let (position, id) = part.strip_suffix(ENDING)?.split_once('-')?;
    Some((position.parse().ok()?, id))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn request(messages: &[(&str, &str)]) -> BatchRequest {
        let one =
            |(id, data): &(&str, &str)| MessageRequest { id: (*id).to_owned(), data: (*data).to_owned() };
        BatchRequest { messages: messages.iter().map(one).collect() }
    }

    fn place(messages: &[(&str, &str)]) -> String {
        match decoded(request(messages)).unwrap_err() {
            PushError::Body { pointer, .. } => pointer,
            other => other.to_string(),
        }
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        assert_eq!(decoded(request(&[("a", "PGEvPg=="), ("b", "PGEvPg==")])).unwrap().len(), 2);
        assert_eq!(place(&[]), "#/messages");
        assert_eq!(place(&[("a", "PGEvPg=="), ("", "PGEvPg==")]), "#/messages/1/id");
        assert_eq!(place(&[("../a", "PGEvPg==")]), "#/messages/0/id");
        assert_eq!(place(&[("a", "PGEvPg=="), ("a", "PGEvPg==")]), "#/messages/1/id");
        assert_eq!(place(&[("a", "PGEv Pg==")]), "#/messages/0/data");
        assert_eq!(place(&[("a", "")]), "#/messages/0/data");
        assert_eq!(place(&[(&"a".repeat(65), "PGEvPg==")]), "#/messages/0/id");
        let large = STANDARD.encode(vec![b'a'; MESSAGE_BYTES_MAX + 1]);
        assert_eq!(place(&[("a", &large)]), "#/messages/0/data");
        assert_eq!(place(&vec![("a", "PGEvPg=="); MESSAGES_MAX + 1]), "#/messages");
    }

    #[test]
    fn two_archives_of_the_same_messages_differ() {
        let messages = decoded(request(&[("a", "PGEvPg==")])).unwrap();
        assert_ne!(archive("swb_1", &messages).unwrap(), archive("swb_2", &messages).unwrap());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn a_part_bears_the_message(position in 1usize..=MESSAGES_MAX, id in "[A-Za-z0-9._-]{1,64}") {
            prop_assert!(is_id(&id));
            let name = part_name(position, &id);
            prop_assert_eq!(message_of(&name), Some((i32::try_from(position).unwrap(), id.as_str())));
        }

        #[test]
        fn no_body_breaks_it(id in "\\PC{0,70}", data in "\\PC{0,200}") {
            let _ = decoded(request(&[(&id, &data)]));
            let _ = message_of(&data);
        }
    }
}
