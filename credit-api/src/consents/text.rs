//! The exact words of a consent, in both languages: who, what, what for, how long, and how to take it back.

use chrono::NaiveDate;
use credit_core::records::Lang;
use sha2::{Digest, Sha256};

use super::Kind;
use crate::access::{Block, Purpose};

/// Which wording this is; a change of the words below is another version.
pub const VERSION: &str = "1";

/// What a text is about.
#[derive(Debug, Clone)]
pub struct Terms<'a> {
    pub uscc: &'a str,
    /// Name of the enterprise.
    pub enterprise: &'a str,
    /// USCC of the institution.
    pub financier: &'a str,
    pub purpose: Purpose,
    pub blocks: &'a [Block],
    pub product: &'a str,
    pub kind: Kind,
    pub from: NaiveDate,
    pub until: NaiveDate,
}

/// The words in a language.
#[must_use]
pub fn words(terms: &Terms<'_>, lang: Lang) -> String {
    let Terms { uscc, enterprise, financier, product, from, until, .. } = terms;
    let purpose = purpose_words(terms.purpose, lang);
    let kind = kind_words(terms.kind, lang);
    let blocks: Vec<&str> = terms.blocks.iter().map(|block| block.title(lang)).collect();
    match lang {
        Lang::Zh => format!(
            "信用信息查询授权书（第{VERSION}版）\n\
             {enterprise}（统一社会信用代码 {uscc}）同意金融机构（统一社会信用代码 {financier}）为{purpose}查询本企业的下列信息。\n\
             产品：{product}\n\
             信息：{}\n\
             方式：{kind}\n\
             期限：{from} 至 {until}\n\
             金融机构只能将信息用于上述目的，不得转给他人；交易金额只以区间提供。每次查询都有记录，本企业随时可以查看。\n\
             本企业可以随时撤回本授权，撤回立即生效；撤回不影响此前已经依据本授权作出的查询。\n",
            blocks.join("、")
        ),
        Lang::En => format!(
            "Consent to the reading of credit information (version {VERSION})\n\
             {enterprise} (unified social credit code {uscc}) consents that the financial institution with the unified \
             social credit code {financier} reads the following information about it for {purpose}.\n\
             Product: {product}\n\
             Information: {}\n\
             How often: {kind}\n\
             Period: {from} to {until}\n\
             The institution may use the information for this purpose only and may not pass it on; amounts of trade \
             are given as bands. Every look is recorded, and the enterprise can read the record at any time.\n\
             The enterprise may revoke this consent at any time, with effect at once; looks made under it before \
             remain lawful.\n",
            blocks.join(", ")
        ),
    }
}

/// SHA-256 over both texts, hexadecimal: what a person who grants confirms to have read.
#[must_use]
pub fn digest(zh: &str, en: &str) -> String {
    hex::encode(Sha256::new().chain_update(zh).chain_update([0]).chain_update(en).finalize())
}

fn purpose_words(purpose: Purpose, lang: Lang) -> &'static str {
    let (zh, en) = match purpose {
        Purpose::CreditApproval => ("授信审批", "the approval of credit"),
        Purpose::PostLoan => ("贷后管理", "the management of a loan"),
        Purpose::Insurance => ("保险", "insurance"),
        // No consent is asked for these; `acts::ask` refuses them.
        other => (other.code(), other.code()),
    };
    if lang == Lang::Zh { zh } else { en }
}

fn kind_words(kind: Kind, lang: Lang) -> &'static str {
    match (kind, lang) {
        (Kind::Single, Lang::Zh) => "单次（首次查询当日有效）",
        (Kind::Single, Lang::En) => "once (on the day of the first look)",
        (Kind::Continuous, Lang::Zh) => "期限内多次",
        (Kind::Continuous, Lang::En) => "any number of times in the period",
    }
}
