//! What the pages of consents and of standing requests have in common: both are asked for, answered and ended, for a
//! purpose, about blocks, until a last day.

use chrono::{Days, Months, NaiveDate};

use super::forms::Asked;
use super::{record_lang, words};
use crate::access::{Block, Purpose};
use crate::portal::lang::Lang;
use crate::portal::view::{DaysView, PickOf};

/// Blocks that are ticked in a form, of those that it offers.
pub(super) fn ticked(asked: &Asked, offered: &[Block]) -> Vec<Block> {
    let is_ticked = |block: &Block| asked.fields.contains_key(&format!("block_{}", block.code()));
    offered.iter().copied().filter(is_ticked).collect()
}

/// What the reader has seen of the one that the form is about.
pub(super) fn seen(asked: &Asked) -> Option<(&str, i64)> {
    Some((asked.text("id"), asked.text("version").parse().ok()?))
}

pub(super) fn pick(code: &'static str, title: &str, chosen: bool) -> PickOf {
    PickOf { code, words: title.to_owned(), chosen }
}

/// Blocks to choose from, those that are chosen ticked.
pub(super) fn pick_blocks(
    blocks: impl IntoIterator<Item = Block>,
    chosen: impl Fn(Block) -> bool,
    lang: Lang,
) -> Vec<PickOf> {
    let words = record_lang(lang);
    blocks.into_iter().map(|block| pick(block.code(), block.title(words), chosen(block))).collect()
}

pub(super) fn pick_purposes(purposes: &[Purpose], chosen: &str, lang: Lang) -> Vec<PickOf> {
    let words = record_lang(lang);
    purposes.iter().map(|one| pick(one.code(), one.title(words), one.code() == chosen)).collect()
}

/// The days of a period that begins today or later and has at most so many months.
pub(super) fn days(today: NaiveDate, months: u32) -> DaysView {
    let end = today.checked_add_months(Months::new(months));
    let last = end.and_then(|end| end.checked_sub_days(Days::new(1))).unwrap_or(today);
    DaysView { first: today.to_string(), last: last.to_string() }
}

pub(super) fn titles(blocks: &[Block], lang: Lang) -> String {
    let titles: Vec<&str> = blocks.iter().map(|block| block.title(record_lang(lang))).collect();
    titles.join(lang.texts().list_separator)
}

/// A purpose in words; as it is kept where it is none that is known.
pub(super) fn purpose(code: &str, lang: Lang) -> String {
    let known = code.parse::<Purpose>();
    known.map_or_else(|_| code.to_owned(), |known| known.title(record_lang(lang)).to_owned())
}

pub(super) fn minute(at_ms: i64) -> String {
    words::minute(u64::try_from(at_ms).unwrap_or(0))
}
