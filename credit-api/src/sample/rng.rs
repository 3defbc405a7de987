//! Numbers that look random and are the same on every machine: splitmix64, in integers.

/// Increment of splitmix64, the odd number nearest to 2^64 divided by the golden ratio.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// What a stream of numbers is for. Each enterprise has one stream per topic, so that a change in how many
/// numbers one subject draws moves no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Topic {
    Archetype,
    Identity,
    Registration,
    PublicCredit,
    Trade,
    Reviews,
    Complaints,
    Pattern,
    Messages,
}

impl Topic {
    fn number(self) -> u64 {
        match self {
            Topic::Archetype => 1,
            Topic::Identity => 2,
            Topic::Registration => 3,
            Topic::PublicCredit => 4,
            Topic::Trade => 5,
            Topic::Reviews => 6,
            Topic::Complaints => 7,
            Topic::Pattern => 8,
            Topic::Messages => 9,
        }
    }
}

/// One stream of numbers.
#[derive(Debug, Clone)]
pub(super) struct Rng(u64);

impl Rng {
    /// The stream of one enterprise and topic under a seed.
    pub fn stream(seed: u64, enterprise: u32, topic: Topic) -> Self {
        let place = (u64::from(enterprise) << 8) | topic.number();
        Self(mix(seed.wrapping_add(GOLDEN)) ^ mix(place.wrapping_mul(GOLDEN)))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// A number below `limit`; 0 when the limit is 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        // The high half of the product: even enough for data, and no division.
        let wide = u128::from(self.next()) * u128::from(limit);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included; `low` when they are the wrong way round.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = u64::try_from(high.saturating_sub(low)).unwrap_or(0);
        low.saturating_add(i64::try_from(self.below(width.saturating_add(1))).unwrap_or(0))
    }

    /// True in `share` of 10 000 cases.
    pub fn chance(&mut self, share: u32) -> bool {
        self.below(10_000) < u64::from(share)
    }

    /// One of the items; the default of an empty list.
    pub fn pick<T: Copy + Default>(&mut self, items: &[T]) -> T {
        let count = u64::try_from(items.len()).unwrap_or(0);
        let at = usize::try_from(self.below(count)).unwrap_or(0);
        items.get(at).copied().unwrap_or_default()
    }
}

/// The output function of splitmix64 (Steele, Lea, Flood 2014).
pub(super) fn mix(state: u64) -> u64 {
    let mut z = state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
