//! Letters of authorisation: what lets a user speak for an enterprise.
//!
//! Binding an agent opens an enterprise's whole record to a person, so two decide (rule 7 of the architecture): one
//! proposes with the letter's file, another approves or refuses. Taking the right away takes one.

use chrono::NaiveDate;
use credit_core::dates::Moment;
use credit_core::uscc::Uscc;
use diesel::prelude::*;

use super::users::{self, line};
use super::{Actor, Identity, IdentityError, events, secrets};
use crate::access::Audience;
use crate::store::schema::letters;
use crate::store::{DbConnection, StoreError, bulk};

/// Largest file of a letter, bytes.
pub const FILE_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Longest reason, characters.
pub const REASON_CHARS_MAX: usize = 1_000;
/// Longest file name, characters.
const FILE_NAME_CHARS_MAX: usize = 200;
/// Longest validity of a letter, days: three years.
const DAYS_MAX: i64 = 3 * 366;
/// Shanghai is so much ahead of UTC, milliseconds.
const SHANGHAI_MS: i64 = 8 * 60 * 60_000;
const DAY_MS: i64 = 24 * 60 * 60_000;

/// A letter as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = letters)]
pub struct LetterRow {
    pub id: String,
    pub user_id: String,
    pub uscc: String,
    /// SHA-256 of the file in the evidence folder.
    pub file_digest: String,
    pub file_name: String,
    pub bytes: i64,
    /// Calendar dates of Asia/Shanghai, both included.
    pub valid_from: String,
    pub valid_to: String,
    pub state: String,
    pub proposed_by: String,
    pub proposed_at: i64,
    pub reason: String,
    pub decided_by: Option<String>,
    pub decided_at: Option<i64>,
    pub decision_reason: Option<String>,
    pub revoked_by: Option<String>,
    pub revoked_at: Option<i64>,
    pub revocation_reason: Option<String>,
}

/// A letter to be put on file.
pub struct NewLetter<'a> {
    /// Id or login of the agent.
    pub user: &'a str,
    pub uscc: Uscc,
    pub file_name: &'a str,
    pub file: &'a [u8],
    pub valid_from: NaiveDate,
    pub valid_to: NaiveDate,
    pub reason: &'a str,
}

/// What becomes of a proposed letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Approved,
    Refused,
}

impl Verdict {
    fn code(self) -> &'static str {
        match self {
            Verdict::Approved => "approved",
            Verdict::Refused => "refused",
        }
    }
}

/// The media type of a letter's file, told from its first bytes.
#[must_use]
pub fn media_type(file: &[u8]) -> Option<&'static str> {
    let known: [(&[u8], &str); 3] =
        [(b"%PDF-", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg")];
    known.into_iter().find(|(magic, _)| file.starts_with(magic)).map(|(_, kind)| kind)
}

/// The end of the day in Shanghai that `now` is in, milliseconds.
pub(super) fn end_of_day(now: i64) -> i64 {
    let local = now + SHANGHAI_MS;
    local - local.rem_euclid(DAY_MS) + DAY_MS - SHANGHAI_MS
}

/// Codes of the enterprises that a user speaks for at `now`.
pub(super) fn in_force(
    connection: &mut DbConnection,
    user: &str,
    now: i64,
) -> Result<Vec<String>, StoreError> {
    let today = Moment(now).shanghai_date().to_string();
    Ok(letters::table
        .filter(letters::user_id.eq(user))
        .filter(letters::state.eq(Verdict::Approved.code()))
        .filter(letters::valid_from.le(&today))
        .filter(letters::valid_to.ge(&today))
        .select(letters::uscc)
        .distinct()
        .order(letters::uscc.asc())
        .load(connection)?)
}

/// Codes of the enterprises that a user who may sign in speaks for at `now`; none of anybody else.
///
/// # Errors
/// The database's.
pub fn spoken_for(connection: &mut DbConnection, user: &str, now: i64) -> Result<Vec<String>, IdentityError> {
    let row = users::find(connection, user)?.filter(users::UserRow::is_active);
    match row {
        Some(row) if row.audience()? == Audience::Enterprise => Ok(in_force(connection, user, now)?),
        _ => Ok(Vec::new()),
    }
}

impl Identity {
    /// Puts a letter on file and proposes to bind its agent.
    ///
    /// # Errors
    /// [`IdentityError`] says which value cannot be used, or who may.
    pub fn propose_letter(&self, actor: &Actor, new: &NewLetter<'_>) -> Result<LetterRow, IdentityError> {
        needs_binder(actor)?;
        let user = self.user(actor, new.user)?;
        if user.audience()? != Audience::Enterprise {
            return Err(IdentityError::field(
                "user",
                "只有企业代理人凭授权书绑定企业",
                "only an enterprise's agent is bound by a letter",
            ));
        }
        let reason = line("reason", new.reason, REASON_CHARS_MAX)?;
        let file_name = line("file_name", new.file_name, FILE_NAME_CHARS_MAX)?;
        check_file(new.file)?;
        check_period(new.valid_from, new.valid_to)?;
        // On file before a row speaks of it.
        let stored = self.service.evidence.keep(new.file)?;
        let (now, id) = (self.now(), secrets::id("l")?);
        let row = LetterRow {
            id: id.clone(),
            user_id: user.id,
            uscc: new.uscc.to_string(),
            file_digest: stored.digest,
            file_name,
            bytes: i64::try_from(stored.bytes).unwrap_or(i64::MAX),
            valid_from: new.valid_from.to_string(),
            valid_to: new.valid_to.to_string(),
            state: "proposed".to_owned(),
            proposed_by: actor.person.clone(),
            proposed_at: now,
            reason,
            decided_by: None,
            decided_at: None,
            decision_reason: None,
            revoked_by: None,
            revoked_at: None,
            revocation_reason: None,
        };
        self.write(|connection| {
            insert(connection, &row)?;
            events::note(connection, now, (&actor.person, "letter_proposed", &id), &row.uscc)
        })?;
        Ok(row)
    }

    /// The second person's decision. Approved, the agent speaks for the enterprise from the first day of the letter.
    ///
    /// # Errors
    /// [`IdentityError::SamePerson`]; decided already.
    pub fn decide_letter(
        &self,
        actor: &Actor,
        id: &str,
        verdict: Verdict,
        reason: &str,
    ) -> Result<LetterRow, IdentityError> {
        needs_binder(actor)?;
        let reason = line("reason", reason, REASON_CHARS_MAX)?;
        let now = self.now();
        self.change(|connection| {
            let row = needed(connection, id)?;
            if row.proposed_by == actor.person {
                return Err(IdentityError::SamePerson);
            }
            let changed = bulk::execute(
                connection,
                "UPDATE letters SET state = $1, decided_by = $2, decided_at = $3, decision_reason = $4 \
                 WHERE id = $5 AND state = 'proposed'",
                [verdict.code().into(), actor.person.clone().into(), now.into(), reason.into(), id.into()],
            )?;
            if changed == 0 {
                return Err(IdentityError::State {
                    zh: "授权书已有决定。", en: "it is decided already"
                });
            }
            events::note(connection, now, (&actor.person, "letter_decided", id), verdict.code())?;
            needed(connection, id)
        })
    }

    /// Ends an approved letter at once; the agent may do so too.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`], also for letters of others; not in force.
    pub fn revoke_letter(&self, actor: &Actor, id: &str, reason: &str) -> Result<LetterRow, IdentityError> {
        let reason = line("reason", reason, REASON_CHARS_MAX)?;
        let now = self.now();
        self.change(|connection| {
            visible(actor, needed(connection, id)?)?;
            let changed = bulk::execute(
                connection,
                "UPDATE letters SET state = 'revoked', revoked_by = $1, revoked_at = $2, revocation_reason = $3 \
                 WHERE id = $4 AND state = 'approved'",
                [actor.person.clone().into(), now.into(), reason.into(), id.into()],
            )?;
            if changed == 0 {
                return Err(IdentityError::State { zh: "授权书未生效。", en: "it is not in force" });
            }
            events::note(connection, now, (&actor.person, "letter_revoked", id), "")?;
            needed(connection, id)
        })
    }

    /// A user's letters, newest first.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`], also for a user whom the one who acts may not see.
    pub fn letters_of(&self, actor: &Actor, user: &str) -> Result<Vec<LetterRow>, IdentityError> {
        let user = self.user(actor, user)?;
        let query = letters::table.filter(letters::user_id.eq(&user.id));
        let query = query.order((letters::proposed_at.desc(), letters::id.desc()));
        Ok(query.select(LetterRow::as_select()).load(&mut *self.connection()?)?)
    }

    /// A letter and its file.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`]; the file is gone from the evidence folder.
    pub fn letter_file(&self, actor: &Actor, id: &str) -> Result<(LetterRow, Vec<u8>), IdentityError> {
        let row = visible(actor, needed(&mut *self.connection()?, id)?)?;
        let file = std::fs::read(self.service.evidence.path_of(&row.file_digest))?;
        Ok((row, file))
    }
}

/// Binding agents is for the operator and reviewers.
fn needs_binder(actor: &Actor) -> Result<(), IdentityError> {
    if actor.binds_agents() {
        Ok(())
    } else {
        Err(IdentityError::NotAllowed("the zone operator or a reviewer"))
    }
}

fn visible(actor: &Actor, row: LetterRow) -> Result<LetterRow, IdentityError> {
    let own = actor.user.as_deref() == Some(row.user_id.as_str());
    if own || actor.binds_agents() || actor.audience == Audience::Auditor {
        return Ok(row);
    }
    Err(IdentityError::NotFound("letter of authorisation"))
}

fn check_file(file: &[u8]) -> Result<(), IdentityError> {
    if file.len() > FILE_BYTES_MAX {
        return Err(IdentityError::field(
            "file",
            format!("文件最大 {FILE_BYTES_MAX} 字节"),
            format!("a file has at most {FILE_BYTES_MAX} bytes"),
        ));
    }
    if media_type(file).is_none() {
        return Err(IdentityError::field("file", "应为 PDF、PNG 或 JPEG", "expected PDF, PNG or JPEG"));
    }
    Ok(())
}

fn check_period(from: NaiveDate, to: NaiveDate) -> Result<(), IdentityError> {
    let days = (to - from).num_days();
    if (0..=DAYS_MAX).contains(&days) {
        return Ok(());
    }
    Err(IdentityError::field(
        "valid_to",
        format!("应不早于 valid_from，且不超过 {DAYS_MAX} 天"),
        format!("expected a date from valid_from on, at most {DAYS_MAX} days after it"),
    ))
}

fn needed(connection: &mut DbConnection, id: &str) -> Result<LetterRow, IdentityError> {
    let query = letters::table.filter(letters::id.eq(id)).select(LetterRow::as_select());
    query.first(connection).optional()?.ok_or(IdentityError::NotFound("letter of authorisation"))
}

fn insert(connection: &mut DbConnection, row: &LetterRow) -> Result<(), IdentityError> {
    bulk::execute(
        connection,
        "INSERT INTO letters (id, user_id, uscc, file_digest, file_name, bytes, valid_from, valid_to, state, \
         proposed_by, proposed_at, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        [
            row.id.clone().into(),
            row.user_id.clone().into(),
            row.uscc.clone().into(),
            row.file_digest.clone().into(),
            row.file_name.clone().into(),
            row.bytes.into(),
            row.valid_from.clone().into(),
            row.valid_to.clone().into(),
            row.state.clone().into(),
            row.proposed_by.clone().into(),
            row.proposed_at.into(),
            row.reason.clone().into(),
        ],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_in_shanghai() {
        // 2026-11-23T02:00:00Z is 10 o'clock there.
        assert_eq!(end_of_day(1_795_399_200_000), 1_795_399_200_000 + 14 * 60 * 60_000);
        assert_eq!(end_of_day(-SHANGHAI_MS), DAY_MS - SHANGHAI_MS);
    }

    #[test]
    fn a_letter_is_told_by_its_bytes() {
        assert_eq!(media_type(b"%PDF-1.7 ..."), Some("application/pdf"));
        assert_eq!(media_type(b"<script>"), None);
        assert_eq!(media_type(b""), None);
    }
}
