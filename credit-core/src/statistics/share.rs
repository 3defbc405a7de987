//! Shares of a whole.

/// `part` of `whole` in thousandths, rounded half up; nothing of nothing has none. Each share is rounded by itself, so
/// that a column may add up to 999 or 1001: rounding to a sum would tell of the withheld ones.
#[must_use]
pub fn permille(part: u64, whole: u64) -> Option<u16> {
    let (part, whole) = (u128::from(part), u128::from(whole));
    let rounded = (part * 2_000 + whole).checked_div(whole * 2)?;
    u16::try_from(rounded).ok()
}
