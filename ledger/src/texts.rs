//! What the verifier says to people, in Chinese and in English, in one place.

use std::fmt;

use crate::commitment::CommitmentError;
use crate::receipt::status::MAX_STATUS_LISTS;
use crate::receipt::{MAX_RECEIPT_BYTES, Part, RECEIPT_VERSION, ReceiptError};
use crate::verify::{Finding, ListReport, Outcome, Reason, StatusReport, VerifyError};

/// A language of the texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lang {
    Zh,
    En,
}

impl Lang {
    fn pick(self, zh: impl Into<String>, en: impl Into<String>) -> String {
        match self {
            Self::Zh => zh.into(),
            Self::En => en.into(),
        }
    }
}

/// What step 1 to 7 of a verification is about; empty for other numbers.
#[must_use]
pub fn step_name(number: usize, lang: Lang) -> &'static str {
    let (zh, en) = match number {
        1 => ("披露字段与承诺一致", "The shown fields are those committed to"),
        2 => ("承诺所在条目即该日志叶子", "The commitment is in the entry, the entry is the leaf"),
        3 => ("叶子包含在检查点的日志中", "The leaf is in the log of the checkpoint"),
        4 => ("检查点由日志密钥签名", "The checkpoint is signed by the log"),
        5 => ("检查点由足够的见证方联署", "The checkpoint is cosigned by the quorum"),
        6 => ("这是该企业的最新记录", "It is the latest record of the enterprise"),
        7 => ("按披露指标可重新算出评分", "The score recomputes from the shown indicators"),
        _ => ("", ""),
    };
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

impl Outcome {
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::Proven(finding) => finding.text(lang),
            Self::NotProven(reason) => reason.text(lang),
        }
    }
}

impl Finding {
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::Fields { shown, of } => lang.pick(
                format!("{of} 个字段中披露了 {shown} 个，均与承诺一致"),
                format!("{shown} of {of} fields are shown and match the commitment"),
            ),
            Self::Leaf { index } => {
                lang.pick(format!("条目即第 {index} 号叶子"), format!("the entry is leaf {index}"))
            }
            Self::Included { index, size } => lang.pick(
                format!("第 {index} 号叶子在共 {size} 条的日志中"),
                format!("leaf {index} is in the log of {size} leaves"),
            ),
            Self::LogSigned { origin } => {
                lang.pick(format!("由 {origin} 签名"), format!("signed by {origin}"))
            }
            Self::Quorum { cosigned } => lang.pick(
                format!("已由足够的见证方联署：{}", cosigned.join("、")),
                format!("cosigned by enough witnesses: {}", cosigned.join(", ")),
            ),
            Self::Latest { uscc, size, sealed_ms } => lang.pick(
                format!("截至共 {size} 条的检查点（{}），{uscc} 没有更新的记录", utc(*sealed_ms)),
                format!("no later record of {uscc} in the log of {size} leaves, sealed {}", utc(*sealed_ms)),
            ),
            Self::ScoreRecomputes => {
                lang.pick("重新计算的评分与记录一致", "the recomputed score is the recorded one")
            }
        }
    }
}

impl Reason {
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::NothingDisclosed => lang.pick("收据未披露任何字段", "the receipt shows no fields"),
            Self::NoQuorumAsked => lang.pick("信任策略未要求见证方", "the policy asks for no witnesses"),
            Self::QuorumMissing { cosigned } if cosigned.is_empty() => {
                lang.pick("尚无见证方联署", "no witness has cosigned yet")
            }
            Self::QuorumMissing { cosigned } => lang.pick(
                format!("联署的见证方不足，目前有：{}", cosigned.join("、")),
                format!("too few witnesses cosigned; so far: {}", cosigned.join(", ")),
            ),
            Self::NoStateProof => lang.pick("收据不含状态证明", "the receipt holds no state proof"),
            Self::NoLabelProof => lang.pick(
                "这是该标签的最新记录，但收据未证明标签属于哪家企业",
                "it is the latest record of its label, but the receipt does not show whose label that is",
            ),
            Self::Superseded { index } => lang.pick(
                format!("该企业已有更新的记录：第 {index} 号叶子"),
                format!("the enterprise has a later record, leaf {index}"),
            ),
            Self::ScoreNotChecked => lang.pick("未重新计算评分", "the score was not recomputed"),
            Self::ScoreNotDisclosed => {
                lang.pick("收据未披露计算评分所需的指标", "the indicators the score needs are not shown")
            }
            Self::ScorecardNotAtHand => {
                lang.pick("手头没有该摘要对应的评分卡", "the scorecard of this digest is not at hand")
            }
        }
    }
}

impl StatusReport {
    /// The rating in force, in words; nothing where the status does not tell.
    #[must_use]
    pub fn rating_text(&self, lang: Lang) -> Option<String> {
        Some(match self.rating? {
            Some(state) => lang.pick(
                format!("现行评级是第 {} 号叶子（第 {} 次）", state.leaf_index, state.seq.saturating_add(1)),
                format!(
                    "the rating in force is leaf {}, its number {}",
                    state.leaf_index,
                    state.seq.saturating_add(1)
                ),
            ),
            None => lang.pick("没有评级", "it has no rating"),
        })
    }

    /// As of when all this is, in words.
    #[must_use]
    pub fn as_of_text(&self, lang: Lang) -> String {
        let (size, time) = (self.checkpoint.size, utc(self.sealed_ms));
        lang.pick(
            format!("截至共 {size} 条的检查点，封印于 {time}"),
            format!("as of the log of {size} leaves, sealed {time}"),
        )
    }
}

impl ListReport {
    /// Whether the enterprise is on the list, in words.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let (zh, en) =
            if self.is_public { ("公开名单", "public list") } else { ("内部名单", "list") };
        let number = self.list;
        match self.state {
            None => lang.pick(
                format!("{zh} {number}：从未列入"),
                format!("{en} {number}: not listed, and never was"),
            ),
            Some(state) if state.listed => lang.pick(
                format!("{zh} {number}：已列入（第 {} 号叶子）", state.leaf_index),
                format!("{en} {number}: LISTED, by leaf {}", state.leaf_index),
            ),
            Some(state) => lang.pick(
                format!("{zh} {number}：未列入（第 {} 号叶子移出）", state.leaf_index),
                format!("{en} {number}: not listed, taken off by leaf {}", state.leaf_index),
            ),
        }
    }
}

impl ReceiptError {
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::TooLong(length) => lang.pick(
                format!("收据长 {length} 字节，上限为 {MAX_RECEIPT_BYTES} 字节"),
                format!("the receipt has {length} bytes, at most {MAX_RECEIPT_BYTES} are read"),
            ),
            Self::Json(detail) => lang.pick(
                format!("不是收据格式的 JSON（{detail}）"),
                format!("not the JSON of a receipt ({detail})"),
            ),
            Self::Version(found) => lang.pick(
                format!("收据版本为 {found}，本程序只识别版本 {RECEIPT_VERSION}"),
                format!("the receipt is of version {found}, this program reads version {RECEIPT_VERSION}"),
            ),
            Self::Salt(at) => lang.pick(
                format!("第 {} 个披露字段的盐不是 32 字节的小写十六进制", at + 1),
                format!("the salt of shown field {} is not 32 bytes of lower-case hexadecimal", at + 1),
            ),
            Self::Value(at) => lang.pick(
                format!("第 {} 个披露字段的值不是十六进制", at + 1),
                format!("the value of shown field {} is not hexadecimal", at + 1),
            ),
            Self::HiddenHash(at) => lang.pick(
                format!("承诺证明的第 {} 个哈希不是 32 字节的 Base64", at + 1),
                format!("hash {} of the commitment proof is not the base64 of 32 bytes", at + 1),
            ),
            Self::HalfDisclosure => lang.pick(
                "披露字段与承诺证明必须同时有或同时无",
                "shown fields and commitment proof must both be there or both be absent",
            ),
            Self::EntryBase64 => lang.pick("条目不是规范的 Base64", "the entry is not canonical base64"),
            Self::Entry(error) => {
                lang.pick(format!("条目无法解码（{error}）"), format!("the entry does not decode ({error})"))
            }
            Self::Proof(error) => lang.pick(
                format!("日志证明无法读取（{error}）"),
                format!("the proof of logging does not read ({error})"),
            ),
            Self::Part(part) => part_text(*part, lang),
            Self::TooManyLists(found) => lang.pick(
                format!("状态文件涉及 {found} 个名单，上限为 {MAX_STATUS_LISTS}"),
                format!("the status tells about {found} lists, at most {MAX_STATUS_LISTS} are read"),
            ),
            Self::ScorecardDigest => lang.pick(
                "收据所写的评分卡摘要与条目中的不同",
                "the scorecard digest of the receipt is not that of the entry",
            ),
            Self::NotCanonical => lang.pick(
                "收据的书写方式被改动（空白、大小写、顺序或转义）",
                "the spelling of the receipt was changed (spaces, letter case, order or escapes)",
            ),
        }
    }
}

impl VerifyError {
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::Receipt(error) => error.text(lang),
            Self::Extra => lang.pick(
                "日志证明带有未经认证的附加数据",
                "the proof carries extra data that nothing authenticates",
            ),
            Self::NoEntry => lang.pick(
                "证明不含条目，须另行给出（--entry）",
                "the proof holds no entry; give it beside the proof (--entry)",
            ),
            Self::Checkpoint(error) => lang
                .pick(format!("检查点格式不对（{error}）"), format!("the checkpoint is malformed ({error})")),
            Self::UnknownLog(origin) => lang.pick(
                format!("信任策略中没有日志 {origin}"),
                format!("the policy does not know the log {origin}"),
            ),
            Self::UnknownSignature(name) => lang.pick(
                format!("收据带有信任策略不认识的签名：{name}"),
                format!("the receipt carries a signature the policy does not know: {name}"),
            ),
            Self::SignatureOrder => lang.pick(
                "检查点的签名行重复或顺序不对",
                "the signature lines of the checkpoint are doubled or out of order",
            ),
            Self::BadSignature(name) => {
                lang.pick(format!("{name} 的签名无效"), format!("the signature of {name} is wrong"))
            }
            Self::NotSignedByLog(origin) => lang.pick(
                format!("检查点没有日志 {origin} 自己的签名"),
                format!("the checkpoint is not signed by the log {origin} itself"),
            ),
            Self::Inclusion(error) => lang.pick(
                format!("条目不在检查点的日志中（{error}）"),
                format!("the entry is not in the log of the checkpoint ({error})"),
            ),
            Self::NoCommitment => lang.pick(
                "收据披露了字段，但这类条目没有承诺",
                "fields are shown, but an entry of this kind has no commitment",
            ),
            Self::Commitment(error) => commitment_text(error, lang),
            Self::NotTheSeal => lang.pick(
                "检查点的最后一条不是所示的区块封印",
                "the checkpoint does not end with the seal that is shown",
            ),
            Self::NoState => {
                lang.pick("这类条目在状态树中没有位置", "an entry of this kind has no place in the state map")
            }
            Self::State(error) => lang.pick(
                format!("状态证明不成立（{error}）"),
                format!("the state proof does not hold ({error})"),
            ),
            Self::StateValue => {
                lang.pick("状态树中的值无法读取", "the value from the state map does not read")
            }
            Self::StateContradicts => lang.pick(
                "同一检查点的状态树与日志互相矛盾",
                "the state map and the log of one checkpoint contradict each other",
            ),
            Self::Genesis => lang.pick(
                "所示的创世条目不是该日志的第一条",
                "the genesis that is shown is not the first leaf of this log",
            ),
            Self::Label(error) => lang.pick(
                format!("企业标签的证明不成立（{error}）"),
                format!("the proof of the enterprise's label does not hold ({error})"),
            ),
            Self::LabelMissing => lang.pick(
                "文件没有出示企业的标签，只能说明公开名单",
                "the file does not show the enterprise's label, so it can tell about published lists only",
            ),
            Self::Subject => {
                lang.pick("条目不属于所称的企业", "the entry is about another enterprise than is said")
            }
            Self::ScoreDiffers { recorded, computed } => lang.pick(
                format!("重新计算的评分为 {computed}，记录为 {recorded}"),
                format!("the score recomputes to {computed}, recorded is {recorded}"),
            ),
        }
    }
}

fn part_text(part: Part, lang: Lang) -> String {
    let (zh, en) = match part {
        Part::Seal => ("区块封印", "the seal"),
        Part::SealProof => ("封印的包含证明", "the seal's inclusion proof"),
        Part::StateValue => ("状态值", "the value of the state map"),
        Part::StateProof => ("状态证明", "the state proof"),
        Part::Genesis => ("创世条目", "the genesis"),
        Part::GenesisProof => ("创世条目的包含证明", "the genesis's inclusion proof"),
        Part::LabelProof => ("标签证明", "the label's proof"),
    };
    lang.pick(format!("{zh}无法读取"), format!("{en} does not read"))
}

/// Seconds of a time in RFC 3339, UTC. Past the year 9999, or before 1970, the number as it is.
fn utc(ms: u64) -> String {
    let time = i64::try_from(ms).ok().and_then(chrono::DateTime::from_timestamp_millis);
    time.map_or_else(|| format!("{ms} ms"), |time| time.format("%Y-%m-%dT%H:%M:%SZ").to_string())
}

fn commitment_text(error: &CommitmentError, lang: Lang) -> String {
    let zh = match error {
        CommitmentError::ReservedField => "使用了保留的字段编号".to_owned(),
        CommitmentError::DuplicateField(id) => format!("字段 {id} 重复"),
        CommitmentError::TooManyFields(count) => format!("字段过多：{count} 个"),
        CommitmentError::ValueTooLong(id) => format!("字段 {id} 的值过长"),
        CommitmentError::CountField => "第一个披露字段必须是字段总数".to_owned(),
        CommitmentError::Count => "字段总数与所承诺的不同".to_owned(),
        CommitmentError::Order => "披露字段未按编号和位置排序".to_owned(),
        CommitmentError::Position => "披露字段的位置超出范围".to_owned(),
        CommitmentError::ProofLength => "承诺证明的哈希数目不对".to_owned(),
        CommitmentError::Mismatch => "披露字段与条目中的承诺不符".to_owned(),
    };
    lang.pick(zh, error.to_string())
}

impl fmt::Display for ReceiptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

impl std::error::Error for ReceiptError {}
impl std::error::Error for VerifyError {}
