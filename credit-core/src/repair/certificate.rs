//! The statement behind a certificate of repair: what its fields are, for whoever makes one and for whoever reads one.

use crate::scorecard::Text;

/// What [`field::FORMAT`] holds; a certificate is told by it.
pub const FORMAT: &str = "xinji/repair-certificate/v1";

/// Fields. All but the digest are text in UTF-8, dates as `YYYY-MM-DD`. Ids are fixed for ever.
pub mod field {
    /// The enterprise's code; a verifier compares it with the label.
    pub const USCC: u16 = 1;
    pub const FORMAT: u16 = 2;
    pub const NAME: u16 = 3;
    /// Source id, such as `penalties`.
    pub const SOURCE: u16 = 4;
    pub const DECISION_NO: u16 = 5;
    pub const AUTHORITY: u16 = 6;
    pub const DECIDED_ON: u16 = 7;
    /// The first day without effect.
    pub const REPAIRED_ON: u16 = 8;
    /// The day on which the source's file was received.
    pub const RECEIVED_ON: u16 = 9;
    /// Id of the case.
    pub const CASE: u16 = 10;
    /// 32 bytes: the digest of the step `sync`, which holds all steps before.
    pub const STEP: u16 = 11;
    /// The same in plain words, in Chinese and in English.
    pub const WORDS_ZH: u16 = 12;
    pub const WORDS_EN: u16 = 13;
}

/// The plain words of a certificate; None where the fields are not those of one. Whether they are what the ledger
/// commits to is for the caller to have checked.
#[must_use]
pub fn words_in<'a>(fields: impl Iterator<Item = (u16, &'a [u8])> + Clone) -> Option<Text> {
    let text = |id: u16| {
        let (_, value) = fields.clone().find(|(found, _)| *found == id)?;
        std::str::from_utf8(value).ok().map(str::to_owned)
    };
    (text(field::FORMAT)? == FORMAT)
        .then(|| Some(Text { zh: text(field::WORDS_ZH)?, en: text(field::WORDS_EN)? }))?
}
