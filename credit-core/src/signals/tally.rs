//! What the sales of an enterprise show together, and its peers'.

use std::collections::BTreeMap;

use super::{Pack, Sign, Signs, WINDOW_DAYS};

/// The parts of one in which shares are counted.
pub const PARTS: u64 = 10_000;
/// Square of the normal quantile of 95 %, and the quantile, in [`PARTS`].
const Z_SQUARED: u128 = 38_416;
const Z: u128 = 19_600;

/// Of how many sales a sign was looked for, and in how many it was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Count {
    looked: u64,
    found: u64,
}

/// The sales of one enterprise up to a day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    sales: u64,
    counts: BTreeMap<Sign, Count>,
}

impl Tally {
    /// Adds sales of one day that show the same. `days_ago` counts from the day looked at. A sale counts within
    /// [`WINDOW_DAYS`]; whether it departed counts within as many days from the one on which it should have.
    pub fn add(&mut self, days_ago: i32, signs: Signs, sales: u64, pack: &Pack) {
        let is_recent = (0..WINDOW_DAYS).contains(&days_ago);
        if is_recent {
            self.sales += sales;
        }
        for sign in Sign::ALL.into_iter().filter(|sign| signs.looked_for(*sign)) {
            let counts = match sign {
                Sign::NotDeparted => {
                    (pack.departure_days..pack.departure_days + WINDOW_DAYS).contains(&days_ago)
                }
                _ => is_recent,
            };
            if counts {
                let count = self.counts.entry(sign).or_default();
                count.looked += sales;
                count.found += if signs.has(sign) { sales } else { 0 };
            }
        }
    }

    /// Days before the one looked at whose sales may count.
    #[must_use]
    pub fn days(pack: &Pack) -> i32 {
        WINDOW_DAYS + pack.departure_days
    }

    /// Sales within [`WINDOW_DAYS`].
    #[must_use]
    pub fn sales(&self) -> u64 {
        self.sales
    }

    /// The share of sales that show a sign, at least, in 1/10 000; nothing below the minimum of sales.
    #[must_use]
    pub fn share(&self, sign: Sign, pack: &Pack) -> Option<u64> {
        self.share_of(self.counts.get(&sign)?.found, sign, pack)
    }

    /// What share `found` sales are, at least, of those in which a sign was looked for, as [`Tally::share`].
    #[must_use]
    pub fn share_of(&self, found: u64, sign: Sign, pack: &Pack) -> Option<u64> {
        let count = self.counts.get(&sign).filter(|count| count.looked >= pack.min_sales)?;
        Some(share_at_least(found, count.looked))
    }

    /// The share itself, for medians.
    fn plain_share(&self, sign: Sign, pack: &Pack) -> Option<u64> {
        let count = self.counts.get(&sign).filter(|count| count.looked >= pack.min_sales)?;
        Some(count.found.saturating_mul(PARTS) / count.looked)
    }
}

/// What is usual in the zone: of each sign the median share of the enterprises that have enough sales.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Peers(BTreeMap<Sign, u64>);

impl Peers {
    #[must_use]
    pub fn of<'a>(tallies: impl IntoIterator<Item = &'a Tally>, pack: &Pack) -> Self {
        let mut shares: BTreeMap<Sign, Vec<u64>> = BTreeMap::new();
        for tally in tallies {
            for sign in Sign::ALL {
                if let Some(share) = tally.plain_share(sign, pack) {
                    shares.entry(sign).or_default().push(share);
                }
            }
        }
        let median = |(sign, mut shares): (Sign, Vec<u64>)| {
            shares.sort_unstable();
            // The upper of two middle ones: what is usual is not set too low.
            let middle = shares.get(shares.len() / 2).copied()?;
            (shares.len() >= pack.min_peers).then_some((sign, middle))
        };
        Self(shares.into_iter().filter_map(median).collect())
    }

    /// The medians there are.
    pub fn iter(&self) -> impl Iterator<Item = (Sign, u64)> + '_ {
        self.0.iter().map(|(sign, share)| (*sign, *share))
    }

    /// 1/10 000; 0 while there are too few peers, so that the rule's own threshold decides.
    #[must_use]
    pub fn median(&self, sign: Sign) -> u64 {
        self.0.get(&sign).copied().unwrap_or_default()
    }
}

impl FromIterator<(Sign, u64)> for Peers {
    fn from_iter<I: IntoIterator<Item = (Sign, u64)>>(medians: I) -> Self {
        Self(medians.into_iter().collect())
    }
}

/// The lower bound of Wilson's interval (95 %) for `found` of `looked`, in 1/10 000, rounded down. Whole numbers
/// throughout, so that every machine says the same.
#[must_use]
pub fn share_at_least(found: u64, looked: u64) -> u64 {
    let (found, looked) = (u128::from(found.min(looked)), u128::from(looked));
    if looked == 0 || found == 0 {
        return 0;
    }
    let parts = u128::from(PARTS);
    let square = parts * parts;
    let spread = (found * (looked - found) * square / looked + Z_SQUARED * parts / 4).isqrt();
    let middle = found * square + Z_SQUARED * parts / 2;
    let low = middle.saturating_sub(Z * spread) / (looked * parts + Z_SQUARED);
    u64::try_from(low).unwrap_or(PARTS)
}

/// The upper bound of the same interval, in 1/10 000, rounded up.
#[must_use]
pub fn share_at_most(found: u64, looked: u64) -> u64 {
    PARTS - share_at_least(looked.saturating_sub(found), looked)
}
