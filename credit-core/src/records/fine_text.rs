//! Money in the running text of the old penalty dialect: `(罚款|没收)…([0-9.]+)(万)?元` (ruling C11).

use super::error::{ErrorCode, Expected};
use super::value::{self, Fault};
use crate::money::Fen;

/// Fine and confiscated money named in a text.
///
/// Each amount belongs to the last 罚款 or 没收 before it, and each of these words takes the first amount
/// after it. Digit groups with commas (`3,000元`) are read as one number. An amount that is no number
/// (`1.2.3元`) is an error, for money must not get lost.
pub(super) fn money_in(text: &str) -> Result<(Fen, Fen), (&str, Fault)> {
    let (mut fine, mut confiscated) = (0i64, 0i64);
    let mut target: Option<bool> = None;
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("罚款") {
            (target, rest) = (Some(true), after);
        } else if let Some(after) = rest.strip_prefix("没收") {
            (target, rest) = (Some(false), after);
        } else if next.is_ascii_digit() || next == '.' {
            let (number, after) = number(rest);
            let unit = after.trim_start_matches(' ');
            let wan = unit.strip_prefix('万');
            rest = after;
            if let (Some(is_fine), true) = (target, wan.unwrap_or(unit).starts_with('元')) {
                let amount = amount(number, wan.is_some()).map_err(|fault| (number, fault))?;
                let sum = if is_fine { &mut fine } else { &mut confiscated };
                let overflow = || (number, (ErrorCode::Number, Expected::Decimal { places: 2 }));
                *sum = sum.checked_add(amount).ok_or_else(overflow)?;
                target = None;
            }
        } else {
            rest = rest.get(next.len_utf8()..).unwrap_or_default();
        }
    }
    Ok((Fen(fine), Fen(confiscated)))
}

/// Digits, points and commas between digits at the start of a text, and what follows.
fn number(text: &str) -> (&str, &str) {
    let mut end = 0;
    let mut bytes = text.bytes().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        let digit_follows = bytes.peek().is_some_and(|(_, next)| next.is_ascii_digit());
        if byte.is_ascii_digit() || byte == b'.' || (byte == b',' && digit_follows) {
            end = at + 1;
        } else {
            break;
        }
    }
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn amount(number: &str, wan: bool) -> Result<i64, Fault> {
    let plain: String = number.chars().filter(|c| *c != ',').collect();
    let parse = if wan { value::wan } else { value::cny };
    parse(&plain).map(|amount| amount.0)
}
