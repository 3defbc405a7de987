//! What of the report a reader is shown, by what the rule says of the blocks that its lines need.

use super::disagree::{Disagreement, Fact, Said, Source};
use crate::access::{Block, Outcome};

/// The blocks that lines of the report need.
pub const BLOCKS: [Block; 6] = [
    Block::Identity,
    Block::LegalRepresentative,
    Block::CustomsClass,
    Block::SafeClass,
    Block::TaxClass,
    Block::Lists,
];

/// What the rule says of [`BLOCKS`], of many enterprises at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight(Vec<(Block, Option<Outcome>)>);

impl Sight {
    /// Asks about each; nothing stands for a refusal.
    pub fn of(mut ask: impl FnMut(Block) -> Option<Outcome>) -> Self {
        Self(BLOCKS.map(|block| (block, ask(block))).to_vec())
    }

    fn outcome(&self, block: Block) -> Option<Outcome> {
        self.0.iter().find(|(known, _)| *known == block).and_then(|(_, outcome)| *outcome)
    }

    /// Whether a line may be shown: each of its blocks, at least in part.
    #[must_use]
    pub fn shows(&self, fact: Fact) -> bool {
        fact.blocks().iter().all(|block| self.outcome(*block).is_some())
    }

    /// The line as the reader may see it. Of a class that is shown alone, neither date nor decision.
    #[must_use]
    pub fn reduced(&self, about: Disagreement) -> Disagreement {
        let whole = about.fact.blocks().iter().all(|block| self.outcome(*block) == Some(Outcome::Full));
        let side = |said: Said| match said.source {
            Source::Classes if !whole => Said { on: None, decision_no: None, ..said },
            _ => said,
        };
        Disagreement { fact: about.fact, one: side(about.one), other: side(about.other) }
    }
}
