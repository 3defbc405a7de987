//! Money in whole 分 (1 CNY = 100 分), never a float.

use serde::{Deserialize, Serialize};

/// An amount in 分. 1 元 = 100 分, 1 万元 = 1 000 000 分.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fen(pub i64);
