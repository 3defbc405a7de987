//! Fields to and from SCALE. Reading accepts only what writing gives: complete, in order, no other encoding.

use chrono::NaiveDate;
use parity_scale_codec::{Compact, Decode, DecodeAll, Encode};

use super::{DisclosedIndicator, Field, Statement, StatementError, field};
use crate::dates::{Moment, day_number, from_day_number};
use crate::evaluate::{CapInForce, Hundredths, SubScores};
use crate::grade::Grade;
use crate::indicator::{IndicatorId, State, SubjectKind, Value};
use crate::standing::UnratedReason;
use crate::uscc::{USCC_LEN, Uscc};
use scale::{ScaleIndicator, ScaleValue};

/// Longest text of a field in bytes: ids and category codes.
pub const TEXT_BYTES_MAX: usize = 64;

/// Most vetoes, caps or unrated reasons in a statement.
pub const LIST_MAX: usize = 16;

/// The types whose encoding is derived.
#[expect(clippy::as_conversions, reason = "the derive writes variant indices with `as`")]
mod scale {
    use parity_scale_codec::{Decode, Encode};

    #[derive(Encode, Decode)]
    pub(super) enum ScaleValue {
        #[codec(index = 0)]
        Ratio { num: i128, den: i128 },
        #[codec(index = 1)]
        Category(String),
    }

    #[derive(Encode, Decode)]
    pub(super) struct ScaleIndicator {
        pub(super) state: u8,
        pub(super) value: Option<ScaleValue>,
        #[codec(compact)]
        pub(super) n: u64,
        pub(super) evidence: [u8; 32],
    }
}

const STATES: [State; 4] = [State::Observed, State::NotApplicable, State::Insufficient, State::Disabled];

/// The place of an item in a fixed list; the lists here have fewer than 256 items and hold every item.
fn code_of<T: PartialEq>(items: &[T], item: &T) -> u8 {
    items.iter().position(|other| other == item).and_then(|place| u8::try_from(place).ok()).unwrap_or(u8::MAX)
}

fn grade_code(grade: Grade) -> u8 {
    code_of(&Grade::ALL, &grade)
}

/// Hundredths of a statement lie between 0.00 and 1000.00.
fn hundredths_code(number: Hundredths) -> Compact<u32> {
    Compact(u32::try_from(number.0).unwrap_or(u32::MAX))
}

pub(super) fn encode(statement: &Statement) -> Vec<Field> {
    let mut uscc = [0u8; USCC_LEN];
    uscc.copy_from_slice(statement.uscc.as_str().as_bytes());
    let sub = &statement.sub_scores;
    let caps: Vec<(&str, u16)> = statement.caps.iter().map(|cap| (cap.code.as_str(), cap.limit)).collect();
    let reasons: Vec<u8> = statement.n_reasons.iter().map(|r| code_of(&UnratedReason::ALL, r)).collect();
    let mut fields = vec![
        (field::USCC, uscc.encode()),
        (field::AS_OF, day_number(statement.as_of).encode()),
        (field::KNOWN_AT, statement.known_at.0.encode()),
        (field::KIND, (code_of(&SubjectKind::ALL, &statement.kind).saturating_add(1)).encode()),
        (field::SCORECARD_ID, statement.scorecard_id.encode()),
        (field::SCORECARD_DIGEST, statement.scorecard_digest.encode()),
        (field::PREVIOUS_GRADE, statement.previous_grade.map(grade_code).encode()),
        (field::GRADE, grade_code(statement.grade).encode()),
        (field::GRADE_BY_SCORE, grade_code(statement.grade_by_score).encode()),
        (field::PENDING_GRADE, statement.pending_grade.map(grade_code).encode()),
        (field::SCORE, statement.score.encode()),
        (field::SCORE_RAW, statement.score_raw.encode()),
        (field::SUB_SCORE_S1, hundredths_code(sub.s1).encode()),
        (field::SUB_SCORE_S2, hundredths_code(sub.s2).encode()),
        (field::SUB_SCORE_S3, hundredths_code(sub.s3).encode()),
        (field::SUB_SCORE_S4, hundredths_code(sub.s4).encode()),
        (field::COVERAGE, hundredths_code(statement.coverage).encode()),
        (field::VETOES, statement.vetoes.encode()),
        (field::CAPS, caps.encode()),
        (field::N_REASONS, reasons.encode()),
        (field::VALID_UNTIL, day_number(statement.valid_until).encode()),
    ];
    fields.extend(statement.sign_off.map(|digest| (field::SIGN_OFF, digest.encode())));
    let indicators = statement.indicators.iter();
    fields.extend(indicators.map(|seen| (field::of_indicator(seen.id), encode_indicator(seen))));
    fields
}

fn encode_indicator(seen: &DisclosedIndicator) -> Vec<u8> {
    let value = seen.value.as_ref().map(|value| match value {
        Value::Ratio { num, den } => ScaleValue::Ratio { num: *num, den: *den },
        Value::Category(code) => ScaleValue::Category(code.clone()),
    });
    let state = code_of(&STATES, &seen.state);
    ScaleIndicator { state, value, n: seen.n, evidence: seen.evidence }.encode()
}

/// Takes the fields one by one, each with the id that is due.
struct Reader<'a> {
    fields: std::slice::Iter<'a, Field>,
    expected: usize,
    found: usize,
}

impl Reader<'_> {
    fn take<T: Decode + Encode>(&mut self, id: u16) -> Result<T, StatementError> {
        let count = StatementError::Count { expected: self.expected, found: self.found };
        let (found, bytes) = self.fields.next().ok_or(count)?;
        if *found != id {
            return Err(StatementError::Order { expected: id, found: *found });
        }
        let value = T::decode_all(&mut bytes.as_slice())
            .map_err(|_| StatementError::Value { id, why: "not the SCALE of its type" })?;
        if value.encode() != *bytes {
            return Err(StatementError::Value { id, why: "not the shortest encoding" });
        }
        Ok(value)
    }

    fn coded<T: Copy>(&mut self, id: u16, items: &[T], first: u8) -> Result<T, StatementError> {
        let code: u8 = self.take(id)?;
        item(id, items, code.checked_sub(first))
    }

    fn optional_grade(&mut self, id: u16) -> Result<Option<Grade>, StatementError> {
        let code: Option<u8> = self.take(id)?;
        code.map(|code| item(id, &Grade::ALL, Some(code))).transpose()
    }

    fn date(&mut self, id: u16) -> Result<NaiveDate, StatementError> {
        let day: i32 = self.take(id)?;
        let date = from_day_number(day);
        let exact = day_number(date) == day;
        exact.then_some(date).ok_or(StatementError::Value { id, why: "no such day" })
    }

    fn hundredths(&mut self, id: u16) -> Result<Hundredths, StatementError> {
        let Compact(number) = self.take::<Compact<u32>>(id)?;
        Ok(Hundredths(i64::from(number)))
    }

    fn text(&mut self, id: u16) -> Result<String, StatementError> {
        let text: String = self.take(id)?;
        short(id, &text)?;
        Ok(text)
    }

    fn list<T: Decode + Encode>(&mut self, id: u16) -> Result<Vec<T>, StatementError> {
        let list: Vec<T> = self.take(id)?;
        if list.len() > LIST_MAX {
            return Err(StatementError::Value { id, why: "too many items" });
        }
        Ok(list)
    }

    fn indicator(&mut self, id: IndicatorId) -> Result<DisclosedIndicator, StatementError> {
        let at = field::of_indicator(id);
        let read: ScaleIndicator = self.take(at)?;
        let value = match read.value {
            Some(ScaleValue::Ratio { den, .. }) if den <= 0 => {
                return Err(StatementError::Value { id: at, why: "the denominator is not positive" });
            }
            Some(ScaleValue::Ratio { num, den }) => Some(Value::Ratio { num, den }),
            Some(ScaleValue::Category(code)) => {
                short(at, &code)?;
                Some(Value::Category(code))
            }
            None => None,
        };
        let state = item(at, &STATES, Some(read.state))?;
        Ok(DisclosedIndicator { id, state, value, n: read.n, evidence: read.evidence })
    }
}

fn item<T: Copy>(id: u16, items: &[T], code: Option<u8>) -> Result<T, StatementError> {
    let found = code.and_then(|code| items.get(usize::from(code)).copied());
    found.ok_or(StatementError::Value { id, why: "no such code" })
}

fn short(id: u16, text: &str) -> Result<(), StatementError> {
    (text.len() <= TEXT_BYTES_MAX).then_some(()).ok_or(StatementError::Value { id, why: "too long" })
}

pub(super) fn decode(fields: &[Field]) -> Result<Statement, StatementError> {
    let signed = fields.iter().any(|(id, _)| *id == field::SIGN_OFF);
    let expected = field::all().count() + usize::from(signed);
    let mut from = Reader { fields: fields.iter(), expected, found: fields.len() };
    let statement = Statement {
        uscc: decode_uscc(&mut from)?,
        as_of: from.date(field::AS_OF)?,
        known_at: Moment(from.take(field::KNOWN_AT)?),
        kind: from.coded(field::KIND, &SubjectKind::ALL, 1)?,
        scorecard_id: from.text(field::SCORECARD_ID)?,
        scorecard_digest: from.take(field::SCORECARD_DIGEST)?,
        previous_grade: from.optional_grade(field::PREVIOUS_GRADE)?,
        grade: from.coded(field::GRADE, &Grade::ALL, 0)?,
        grade_by_score: from.coded(field::GRADE_BY_SCORE, &Grade::ALL, 0)?,
        pending_grade: from.optional_grade(field::PENDING_GRADE)?,
        score: from.take(field::SCORE)?,
        score_raw: from.take(field::SCORE_RAW)?,
        sub_scores: SubScores {
            s1: from.hundredths(field::SUB_SCORE_S1)?,
            s2: from.hundredths(field::SUB_SCORE_S2)?,
            s3: from.hundredths(field::SUB_SCORE_S3)?,
            s4: from.hundredths(field::SUB_SCORE_S4)?,
        },
        coverage: from.hundredths(field::COVERAGE)?,
        vetoes: decode_vetoes(&mut from)?,
        caps: decode_caps(&mut from)?,
        n_reasons: decode_reasons(&mut from)?,
        valid_until: from.date(field::VALID_UNTIL)?,
        sign_off: signed.then(|| from.take(field::SIGN_OFF)).transpose()?,
        indicators: IndicatorId::ALL.into_iter().map(|id| from.indicator(id)).collect::<Result<_, _>>()?,
    };
    if from.fields.next().is_some() {
        return Err(StatementError::Count { expected, found: fields.len() });
    }
    Ok(statement)
}

fn decode_uscc(from: &mut Reader<'_>) -> Result<Uscc, StatementError> {
    let bytes: [u8; USCC_LEN] = from.take(field::USCC)?;
    let wrong = StatementError::Value { id: field::USCC, why: "not a USCC" };
    let text = std::str::from_utf8(&bytes).map_err(|_| wrong.clone())?;
    let uscc = Uscc::parse(text).map_err(|_| wrong.clone())?;
    (uscc.as_str() == text).then_some(uscc).ok_or(wrong)
}

fn decode_vetoes(from: &mut Reader<'_>) -> Result<Vec<String>, StatementError> {
    let codes: Vec<String> = from.list(field::VETOES)?;
    codes.iter().try_for_each(|code| short(field::VETOES, code))?;
    Ok(codes)
}

fn decode_caps(from: &mut Reader<'_>) -> Result<Vec<CapInForce>, StatementError> {
    let caps: Vec<(String, u16)> = from.list(field::CAPS)?;
    caps.into_iter()
        .map(|(code, limit)| short(field::CAPS, &code).map(|()| CapInForce { code, limit }))
        .collect()
}

fn decode_reasons(from: &mut Reader<'_>) -> Result<Vec<UnratedReason>, StatementError> {
    let codes: Vec<u8> = from.list(field::N_REASONS)?;
    codes.into_iter().map(|code| item(field::N_REASONS, &UnratedReason::ALL, Some(code))).collect()
}
