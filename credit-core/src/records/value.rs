//! How a cell's text becomes a value. Every function says on failure which code and what was expected.

use chrono::NaiveDate;

use super::error::{ErrorCode, Expected};
use super::{
    ClassAuthority, ComplaintOutcome, Direction, InspectionKind, JudgmentKind, ListCode, Mode, PremisesCheck,
    RecordSource, Status,
};
use crate::dates::{Moment, SHANGHAI_OFFSET_MS, day_number};
use crate::indicator::SubjectKind;
use crate::money::{Fen, MoneyError};
use crate::uscc::{USCC_LEN, Uscc, UsccError};

/// Years outside are typing errors, not dates.
pub const MIN_YEAR: i32 = 1900;
/// Four digits; `9999-12-31` is used for "without end".
pub const MAX_YEAR: i32 = 9999;
/// A day in milliseconds.
const DAY_MS: i64 = 86_400_000;

/// Why a text is not the value.
pub type Fault = (ErrorCode, Expected);

pub(super) fn uscc(text: &str) -> Result<Uscc, Fault> {
    Uscc::parse(text).map_err(|error| match error {
        UsccError::CheckDigit { expected, .. } => (ErrorCode::UsccCheckDigit, Expected::CheckDigit(expected)),
        // A short code misses characters of the alphabet; a long one is caught by the column's limit before.
        UsccError::Length(found) if found > USCC_LEN => (ErrorCode::TooLong, Expected::Uscc),
        UsccError::Length(_) | UsccError::Alphabet { .. } => (ErrorCode::UsccAlphabet, Expected::Uscc),
    })
}

/// So many ASCII digits as a number.
fn digits(text: &[u8]) -> Option<i64> {
    if text.is_empty() || text.len() > 18 {
        return None;
    }
    text.iter().try_fold(0i64, |sum, b| b.is_ascii_digit().then(|| sum * 10 + i64::from(b - b'0')))
}

fn ymd(year: &[u8], month: &[u8], day: &[u8]) -> Option<NaiveDate> {
    let year = i32::try_from(digits(year)?).ok()?;
    let (month, day) = (u32::try_from(digits(month)?).ok()?, u32::try_from(digits(day)?).ok()?);
    if !(MIN_YEAR..=MAX_YEAR).contains(&year) {
        return None;
    }
    NaiveDate::from_ymd_opt(year, month, day)
}

/// `YYYY-MM-DD`, `YYYY/MM/DD` or `YYYYMMDD`.
fn plain_date(text: &[u8]) -> Option<NaiveDate> {
    match text {
        [y @ .., b'-', m1, m2, b'-', d1, d2] | [y @ .., b'/', m1, m2, b'/', d1, d2] if y.len() == 4 => {
            ymd(y, &[*m1, *m2], &[*d1, *d2])
        }
        [y1, y2, y3, y4, m1, m2, d1, d2] => ymd(&[*y1, *y2, *y3, *y4], &[*m1, *m2], &[*d1, *d2]),
        _ => None,
    }
}

/// A calendar date of Asia/Shanghai.
pub(super) fn date(text: &str) -> Result<NaiveDate, Fault> {
    plain_date(text.as_bytes()).ok_or((ErrorCode::Date, Expected::Date))
}

/// Milliseconds of the day from `HH:MM[:SS[.fff]]`; fractions beyond milliseconds are cut.
fn clock(text: &[u8]) -> Option<i64> {
    let (hour, minute, rest) = match text {
        [h1, h2, b':', m1, m2, rest @ ..] => ([*h1, *h2], [*m1, *m2], rest),
        _ => return None,
    };
    let (second, fraction) = match rest {
        [] => (0, 0),
        [b':', s1, s2] => (digits(&[*s1, *s2])?, 0),
        [b':', s1, s2, b'.', fraction @ ..] if (1..=9).contains(&fraction.len()) => {
            (digits(&[*s1, *s2])?, milliseconds(fraction)?)
        }
        _ => return None,
    };
    let (hour, minute) = (digits(&hour)?, digits(&minute)?);
    (hour < 24 && minute < 60 && second < 60)
        .then_some(((hour * 60 + minute) * 60 + second) * 1000 + fraction)
}

/// The first three digits of a fraction of a second.
fn milliseconds(fraction: &[u8]) -> Option<i64> {
    let mut value = 0;
    for at in 0..3 {
        value = value * 10 + fraction.get(at).map_or(0, |b| i64::from(b.wrapping_sub(b'0')));
    }
    fraction.iter().all(u8::is_ascii_digit).then_some(value)
}

/// Splits an offset off a time of day: `Z`, `+08:00`, `-0500`. Without one it is that of Shanghai.
fn offset(text: &[u8]) -> Option<(&[u8], i64)> {
    match text {
        [rest @ .., b'Z' | b'z'] => Some((rest, 0)),
        [rest @ .., sign @ (b'+' | b'-'), h1, h2, b':', m1, m2]
        | [rest @ .., sign @ (b'+' | b'-'), h1, h2, m1, m2] => {
            let (hour, minute) = (digits(&[*h1, *h2])?, digits(&[*m1, *m2])?);
            if hour > 18 || minute > 59 {
                return None;
            }
            let ms = (hour * 60 + minute) * 60_000;
            Some((rest, if *sign == b'-' { -ms } else { ms }))
        }
        rest => Some((rest, SHANGHAI_OFFSET_MS)),
    }
}

fn plain_moment(text: &[u8]) -> Option<i64> {
    let at = |date: NaiveDate, ms: i64, offset: i64| i64::from(day_number(date)) * DAY_MS + ms - offset;
    if text.len() == 14 && text.iter().all(u8::is_ascii_digit) {
        let (day, time) = text.split_at_checked(8)?;
        let [h1, h2, m1, m2, s1, s2] = time else { return None };
        let time = clock(&[*h1, *h2, b':', *m1, *m2, b':', *s1, *s2])?;
        return Some(at(plain_date(day)?, time, SHANGHAI_OFFSET_MS));
    }
    match text.split_at_checked(10) {
        Some((day, [b' ' | b'T' | b't', time @ ..])) => {
            let (time, offset) = offset(time)?;
            Some(at(plain_date(day)?, clock(time)?, offset))
        }
        _ => Some(at(plain_date(text)?, 0, SHANGHAI_OFFSET_MS)),
    }
}

/// RFC 3339, `YYYY-MM-DD HH:MM[:SS[.fff]]`, the same with `T`, `YYYYMMDDHHMMSS`, or a date (00:00).
/// Local to Asia/Shanghai unless an offset is given.
pub(super) fn moment(text: &str) -> Result<Moment, Fault> {
    plain_moment(text.as_bytes()).map(Moment).ok_or((ErrorCode::Date, Expected::Moment))
}

/// true/false, 1/0, 是/否, Y/N in any ASCII case (ruling C6).
pub(super) fn boolean(text: &str) -> Result<bool, Fault> {
    match text {
        "1" | "是" | "true" => Ok(true),
        "0" | "否" | "false" => Ok(false),
        _ if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("y") => Ok(true),
        _ if text.eq_ignore_ascii_case("false") || text.eq_ignore_ascii_case("n") => Ok(false),
        _ => Err((ErrorCode::Enum, Expected::Bool)),
    }
}

/// A whole number of late reports, or a boolean, true = 1 (ruling C3).
pub(super) fn boolean_or_count(text: &str) -> Result<u32, Fault> {
    match boolean(text) {
        Ok(late) => Ok(u32::from(late)),
        Err(_) => whole(text, 0, 100).map(|n| u32::try_from(n).unwrap_or(0)),
    }
}

/// A whole number within bounds. A minus sign where none is allowed is `negative`.
pub(super) fn whole(text: &str, min: i64, max: i64) -> Result<i64, Fault> {
    let expected = Expected::Whole { min, max };
    let (minus, plain) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let Some(value) = digits(plain.as_bytes()) else { return Err((ErrorCode::Number, expected)) };
    let value = if minus { -value } else { value };
    if value < 0 && min >= 0 {
        return Err((ErrorCode::Negative, expected));
    }
    if (min..=max).contains(&value) { Ok(value) } else { Err((ErrorCode::Number, expected)) }
}

/// A decimal that is not negative, in units of 10^-`places`. Only ASCII digits and one point; no sign, no
/// exponent, no separators; digits on both sides of the point.
pub(super) fn decimal(text: &str, places: u8) -> Result<i64, Fault> {
    let fault = |code| (code, Expected::Decimal { places });
    let (plain, minus) = match text.strip_prefix('-') {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let units = unsigned_decimal(plain, places).ok_or(fault(ErrorCode::Number))?;
    if minus { Err(fault(ErrorCode::Negative)) } else { Ok(units) }
}

fn unsigned_decimal(text: &str, places: u8) -> Option<i64> {
    let (whole, fraction) = match text.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (text, ""),
    };
    let missing = u32::from(places).checked_sub(u32::try_from(fraction.len()).ok()?)?;
    let fraction = if fraction.is_empty() { 0 } else { digits(fraction.as_bytes())? };
    let units = digits(whole.as_bytes())?.checked_mul(10i64.checked_pow(u32::from(places))?)?;
    units.checked_add(fraction * 10i64.checked_pow(missing)?)
}

fn money_fault(error: MoneyError, places: u8) -> Fault {
    let code = match error {
        MoneyError::Negative => ErrorCode::Negative,
        _ => ErrorCode::Number,
    };
    (code, Expected::Decimal { places })
}

/// 元 with at most two decimals.
pub(super) fn cny(text: &str) -> Result<Fen, Fault> {
    Fen::parse_cny(text).map_err(|error| money_fault(error, 2))
}

/// 万元 with at most six decimals, which is exactly 分.
pub(super) fn wan(text: &str) -> Result<Fen, Fault> {
    Fen::parse_wan(text).map_err(|error| money_fault(error, 6))
}

/// Exactly 16 hexadecimal digits.
pub(super) fn hex16(text: &str) -> Result<u64, Fault> {
    let plain = text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let value = if plain { u64::from_str_radix(text, 16).ok() } else { None };
    value.ok_or((ErrorCode::Number, Expected::Hex16))
}

/// ISO 4217 letters (raised) or the customs number; 142 is CNY.
pub(super) fn currency(text: &str) -> Result<String, Fault> {
    let letters = text.len() == 3 && text.bytes().all(|b| b.is_ascii_alphabetic());
    let number = text.len() == 3 && text.bytes().all(|b| b.is_ascii_digit());
    match text {
        "142" => Ok("CNY".to_owned()),
        _ if letters => Ok(text.to_ascii_uppercase()),
        _ if number => Ok(text.to_owned()),
        _ => Err((ErrorCode::Enum, Expected::Currency)),
    }
}

/// The parts of a cell with several values, empty ones left out.
pub(super) fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split([';', '；', '、', ',']).map(str::trim).filter(|part| !part.is_empty())
}

pub(super) fn list(text: &str) -> Vec<String> {
    parts(text).map(str::to_owned).collect()
}

/// The value beside a word in a table of a closed set.
pub(super) fn word<T: Copy>(text: &str, table: &[(&'static str, T)]) -> Result<T, Fault> {
    table.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(|| {
        let words: Vec<&'static str> = table.iter().map(|(word, _)| *word).collect();
        (ErrorCode::Enum, Expected::words(&words))
    })
}

/// The words of a closed set, for the specification.
macro_rules! words {
    ($table:ident: $type:ty, $list:ident = $($word:literal => $value:expr),+ $(,)?) => {
        pub(super) const $list: &[&str] = &[$($word),+];
        pub(super) const $table: &[(&str, $type)] = &[$(($word, $value)),+];
    };
}

words!(STATUS: Status, STATUS_WORDS =
    "存续" => Status::InOperation,
    "在营" => Status::InOperation,
    "开业" => Status::InOperation,
    "在册" => Status::InOperation,
    "存续（在营、开业、在册）" => Status::InOperation,
    "歇业" => Status::Suspended,
    "清算" => Status::Liquidating,
    "迁出" => Status::MovedOut,
    "吊销未注销" => Status::RevokedNotCancelled,
    "吊销已注销" => Status::RevokedAndCancelled,
    "注销" => Status::Cancelled,
    "撤销登记" => Status::RegistrationRescinded,
);
words!(ROLES: SubjectKind, ROLE_WORDS =
    "ecommerce" => SubjectKind::E1,
    "platform" => SubjectKind::E2,
    "logistics" => SubjectKind::E3,
    "service" => SubjectKind::E4,
);
words!(RECORD_SOURCES: RecordSource, RECORD_SOURCE_WORDS =
    "samr" => RecordSource::Samr,
    "zone" => RecordSource::Zone,
    "customs" => RecordSource::Customs,
);
words!(PREMISES: PremisesCheck, PREMISES_WORDS =
    "verified" => PremisesCheck::Verified,
    "failed" => PremisesCheck::Failed,
    "lost" => PremisesCheck::Lost,
);
words!(LISTS: ListCode, LIST_WORDS =
    "abnormal_operation" => ListCode::AbnormalOperation,
    "serious_dishonesty" => ListCode::SeriousDishonesty,
    "judgment_defaulter" => ListCode::JudgmentDefaulter,
    "tax_serious" => ListCode::TaxSerious,
    "wage_arrears" => ListCode::WageArrears,
    "customs_dishonest" => ListCode::CustomsDishonest,
    "customs_seriously_dishonest" => ListCode::CustomsSeriouslyDishonest,
    "statistics_serious" => ListCode::StatisticsSerious,
    "ip_serious" => ListCode::IpSerious,
);
words!(AUTHORITIES: ClassAuthority, AUTHORITY_WORDS =
    "customs" => ClassAuthority::Customs,
    "safe" => ClassAuthority::Safe,
    "tax" => ClassAuthority::Tax,
    "public_credit" => ClassAuthority::PublicCredit,
);
words!(INSPECTIONS: InspectionKind, INSPECTION_WORDS =
    "random" => InspectionKind::Random,
    "special" => InspectionKind::Special,
    "product_sampling" => InspectionKind::ProductSampling,
    "recall" => InspectionKind::Recall,
);
words!(RESULTS: bool, RESULT_WORDS = "pass" => true, "fail" => false);
words!(JUDGMENTS: JudgmentKind, JUDGMENT_WORDS =
    "enforcement" => JudgmentKind::Enforcement,
    "ip" => JudgmentKind::Ip,
    "smuggling" => JudgmentKind::Smuggling,
    "tax_fraud" => JudgmentKind::TaxFraud,
    "false_invoice" => JudgmentKind::FalseInvoice,
    "illegal_fx" => JudgmentKind::IllegalFx,
    "money_laundering" => JudgmentKind::MoneyLaundering,
);
words!(DIRECTIONS: Direction, DIRECTION_WORDS =
    "import" => Direction::Import,
    "export" => Direction::Export,
);
words!(MODES: Mode, MODE_WORDS =
    "9610" => Mode::M9610,
    "1210" => Mode::M1210,
    "1239" => Mode::M1239,
    "9710" => Mode::M9710,
    "9810" => Mode::M9810,
);
words!(OUTCOMES: ComplaintOutcome, OUTCOME_WORDS =
    "和解" => ComplaintOutcome::Settled,
    "调解成功" => ComplaintOutcome::Mediated,
    "终止" => ComplaintOutcome::Terminated,
    "撤回" => ComplaintOutcome::Withdrawn,
    "不成立" => ComplaintOutcome::Unfounded,
);

/// 登记状态. Brackets of either kind, and `吊销，未注销` as registries print it, are the same word.
pub(super) fn status(text: &str) -> Result<Status, Fault> {
    let plain: String = text
        .chars()
        .filter_map(|c| match c {
            '(' => Some('（'),
            ')' => Some('）'),
            ' ' => None,
            other => Some(other),
        })
        .collect();
    match plain.as_str() {
        "吊销，未注销" | "吊销,未注销" => Ok(Status::RevokedNotCancelled),
        "吊销，已注销" | "吊销,已注销" => Ok(Status::RevokedAndCancelled),
        plain => word(plain, STATUS),
    }
}

/// Roles in the order of the file, each once.
pub(super) fn roles(text: &str) -> Result<Vec<SubjectKind>, Fault> {
    let mut found = Vec::new();
    for part in parts(text) {
        let role = word(part, ROLES)?;
        if !found.contains(&role) {
            found.push(role);
        }
    }
    if found.is_empty() { Err((ErrorCode::Enum, Expected::words(ROLE_WORDS))) } else { Ok(found) }
}

/// The word of a list code.
pub(super) fn list_code(code: ListCode) -> &'static str {
    LISTS.iter().find(|(_, value)| *value == code).map_or("", |(word, _)| word)
}

/// The word of a department.
pub(super) fn class_authority(authority: ClassAuthority) -> &'static str {
    AUTHORITIES.iter().find(|(_, value)| *value == authority).map_or("", |(word, _)| word)
}
