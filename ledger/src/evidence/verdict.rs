//! What evidence shows, and why it shows nothing: a code that stays, and words in Chinese and in English.

use std::fmt;

use super::{EVIDENCE_VERSION, MAX_EVIDENCE_BYTES};
use crate::header::BLOCK_ENTRIES_MAX;
use crate::merkle::Hash;
use crate::texts::Lang;

/// What evidence shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The log signed what no log may sign.
    Proven(Proven),
    /// The block is in the signed log; what is wrong with it shows when the log is replayed to there.
    InTheLog { origin: String, first_index: u64, reason: String },
}

/// What the log signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proven {
    TwoRoots {
        origin: String,
        size: u64,
        roots: [Hash; 2],
    },
    /// A newer tree that begins with another one (`begins`) than that of the older checkpoint (`root`).
    Fork {
        origin: String,
        older: u64,
        newer: u64,
        root: Hash,
        begins: Hash,
    },
    /// A checkpoint whose last leaf is no seal; the block that it ends in begins at `first_index`.
    OpenEnd {
        origin: String,
        first_index: u64,
        size: u64,
    },
    /// A block of more entries than one may have.
    LongBlock {
        origin: String,
        first_index: u64,
    },
    /// A block that contradicts itself or the one before.
    BadBlock {
        origin: String,
        first_index: u64,
        fault: String,
    },
}

/// Why evidence shows nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    #[error("the evidence has {0} bytes, at most {MAX_EVIDENCE_BYTES} are read")]
    TooLong(usize),
    #[error("not the JSON of evidence: {0}")]
    Json(String),
    #[error("the evidence is of version {0}, this program reads version {EVIDENCE_VERSION}")]
    Version(u32),
    #[error("the part `{0}` does not read")]
    Part(&'static str),
    #[error("a checkpoint in it is not signed by the log key")]
    NotSigned,
    #[error("the two checkpoints are of different logs")]
    OtherLog,
    #[error("the two checkpoints do not contradict each other")]
    NoContradiction,
    #[error("the proof does not lead to the signed root")]
    Proof,
    #[error("its leaves are not one block: a seal stands among them, or the log goes on before the next one")]
    NotOneBlock,
}

impl EvidenceError {
    /// See [`crate::codes`].
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong(_) => "evidence_too_long",
            Self::Json(_) => "evidence_json",
            Self::Version(_) => "evidence_version",
            Self::Part(_) => "evidence_part",
            Self::NotSigned => "evidence_not_signed",
            Self::OtherLog => "evidence_other_log",
            Self::NoContradiction => "evidence_no_contradiction",
            Self::Proof => "evidence_proof",
            Self::NotOneBlock => "evidence_not_one_block",
        }
    }

    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        if lang == Lang::En {
            return self.to_string();
        }
        match self {
            Self::TooLong(bytes) => format!("证据文件有 {bytes} 字节，最多读取 {MAX_EVIDENCE_BYTES} 字节"),
            Self::Json(why) => format!("不是证据的 JSON 格式：{why}"),
            Self::Version(version) => {
                format!("证据版本为 {version}，本程序读取版本 {EVIDENCE_VERSION}")
            }
            Self::Part(part) => format!("无法读取其中的 `{part}` 部分"),
            Self::NotSigned => "其中有检查点不是由日志密钥签名的".to_owned(),
            Self::OtherLog => "两个检查点属于不同的日志".to_owned(),
            Self::NoContradiction => "两个检查点并不矛盾".to_owned(),
            Self::Proof => "证明不能得出所签名的根".to_owned(),
            Self::NotOneBlock => {
                "所列叶子不是恰好一个区块：其中夹有封印，或日志在下一个封印之前仍在继续".to_owned()
            }
        }
    }
}

impl Verdict {
    /// See [`crate::codes`].
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Proven(proven) => proven.code(),
            Self::InTheLog { .. } => "in_the_log",
        }
    }

    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::Proven(proven), lang) => proven.text(lang),
            (Self::InTheLog { origin, first_index, reason }, Lang::Zh) => format!(
                "{origin} 签署的日志在第 {first_index} 号叶子处有此区块；其错误（{reason}）须从头重新执行日志方能看出"
            ),
            (Self::InTheLog { origin, first_index, reason }, Lang::En) => format!(
                "{origin} signed a log with this block at leaf {first_index}; that it is wrong ({reason}) shows when \
                 the log is replayed to there"
            ),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

impl Proven {
    /// See [`crate::codes`].
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TwoRoots { .. } => "two_roots",
            Self::Fork { .. } => "fork",
            Self::OpenEnd { .. } => "open_end",
            Self::LongBlock { .. } => "long_block",
            Self::BadBlock { .. } => "bad_block",
        }
    }

    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match lang {
            Lang::Zh => self.chinese(),
            Lang::En => self.english(),
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::TwoRoots { origin, size, roots } => {
                let [first, second] = roots.map(hex::encode);
                format!("{origin} 对 {size} 个叶子签署了两个根：{first} 与 {second}")
            }
            Self::Fork { origin, older, newer, root, begins } => {
                let (root, begins) = (hex::encode(root), hex::encode(begins));
                format!(
                    "{origin} 先对 {older} 个叶子签署了根 {root}，后又签署了 {newer} 个叶子，而其中前 {older} 个的根为 {begins}"
                )
            }
            Self::OpenEnd { origin, first_index, size } => format!(
                "{origin} 签署了 {size} 个叶子的检查点，而它止于从第 {first_index} 号叶子开始的区块之中，末尾没有封印"
            ),
            Self::LongBlock { origin, first_index } => format!(
                "{origin} 签署的日志自第 {first_index} 号叶子起有超过 {BLOCK_ENTRIES_MAX} 个条目而其间没有封印"
            ),
            Self::BadBlock { origin, first_index, fault } => {
                format!("{origin} 签署的日志在第 {first_index} 号叶子处的区块有误：{fault}")
            }
        }
    }

    fn english(&self) -> String {
        match self {
            Self::TwoRoots { origin, size, roots } => {
                let [first, second] = roots.map(hex::encode);
                format!("{origin} signed two roots for {size} leaves: {first} and {second}")
            }
            Self::Fork { origin, older, newer, root, begins } => {
                let (root, begins) = (hex::encode(root), hex::encode(begins));
                format!(
                    "{origin} signed {older} leaves with root {root}, and then {newer} leaves of which the first \
                     {older} have root {begins}"
                )
            }
            Self::OpenEnd { origin, first_index, size } => format!(
                "{origin} signed a checkpoint of {size} leaves that ends inside the block from leaf {first_index} on: \
                 its last leaf is no seal"
            ),
            Self::LongBlock { origin, first_index } => format!(
                "{origin} signed a log that from leaf {first_index} on has more than {BLOCK_ENTRIES_MAX} entries and \
                 no seal among them"
            ),
            Self::BadBlock { origin, first_index, fault } => {
                format!("{origin} signed a log whose block at leaf {first_index} is wrong: {fault}")
            }
        }
    }
}
