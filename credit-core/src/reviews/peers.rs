//! What the reviews of other enterprises of the zone look like: of goods of the same chapter (F6), and how many of the
//! low ones were taken away (F8). Medians of enterprises of one kind, of enough of them with enough reviews; where they
//! are few there is no median, and the rule's own threshold decides.

use std::collections::BTreeMap;

use crate::indicator::SubjectKind;
use crate::reviews::signs::ReviewSigns;
use crate::signals::{PARTS, Pack};
use crate::trade::Hs2;

/// Reviews of at most two stars that a share of deleted ones needs (C02).
pub const MIN_LOW: u64 = 20;

/// What one enterprise's reviews say for the medians.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Of reviews of goods of one chapter, those with neither one star nor five.
    Chapter { chapter: Hs2, reviews: u64, middle: u64 },
    /// Of reviews of at most two stars, those that were deleted.
    Hidden { low: u64, deleted: u64 },
}

impl Shape {
    /// What an enterprise says, where it has enough reviews to be a peer.
    #[must_use]
    pub fn of(signs: &ReviewSigns, pack: &Pack) -> Vec<Self> {
        let mut shapes: Vec<Self> = signs
            .chapters
            .iter()
            .map(|(chapter, stars)| (*chapter, stars.iter().sum::<u64>(), middle(stars)))
            .filter(|(_, reviews, _)| *reviews >= pack.min_reviews)
            .map(|(chapter, reviews, middle)| Self::Chapter { chapter, reviews, middle })
            .collect();
        if signs.low >= MIN_LOW {
            shapes.push(Self::Hidden { low: signs.low, deleted: signs.low_deleted });
        }
        shapes
    }
}

/// Reviews with neither one star nor five.
#[must_use]
pub fn middle(stars: &[u64; 5]) -> u64 {
    let [_, two, three, four, _] = stars;
    two + three + four
}

/// The zone's medians, in 1/10 000.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReviewPeers {
    /// Share of the middle, by kind and chapter.
    middle: BTreeMap<(SubjectKind, Hs2), u64>,
    /// Share of deleted low reviews, and of how many enterprises, by kind.
    hidden: BTreeMap<SubjectKind, (u64, u64)>,
}

impl ReviewPeers {
    /// From what the enterprises of the zone say.
    #[must_use]
    pub fn of(shapes: impl IntoIterator<Item = (SubjectKind, Shape)>, pack: &Pack) -> Self {
        let mut chapters: BTreeMap<(SubjectKind, Hs2), Vec<u64>> = BTreeMap::new();
        let mut hidden: BTreeMap<SubjectKind, Vec<u64>> = BTreeMap::new();
        for (kind, shape) in shapes {
            match shape {
                Shape::Chapter { chapter, reviews, middle } => {
                    chapters.entry((kind, chapter)).or_default().extend(share(middle, reviews));
                }
                Shape::Hidden { low, deleted } => hidden.entry(kind).or_default().extend(share(deleted, low)),
            }
        }
        let mut peers = Self::default();
        for (place, mut shares) in chapters.into_iter().filter(|(_, shares)| shares.len() >= pack.min_peers) {
            shares.sort_unstable();
            // Who has less is looked at: the lower of two middle ones.
            if let Some(median) = shares.get((shares.len() - 1) / 2) {
                peers.middle.insert(place, *median);
            }
        }
        for (kind, mut shares) in hidden.into_iter().filter(|(_, shares)| shares.len() >= pack.min_peers) {
            shares.sort_unstable();
            // Who has more is looked at: the upper of two middle ones.
            if let Some(median) = shares.get(shares.len() / 2) {
                let count = u64::try_from(shares.len()).unwrap_or(u64::MAX);
                peers.hidden.insert(kind, (*median, count));
            }
        }
        peers
    }

    /// Sets the median of a chapter, of medians that were stored.
    pub fn set_middle(&mut self, kind: SubjectKind, chapter: Hs2, share: u64) {
        self.middle.insert((kind, chapter), share);
    }

    /// Sets the median of deleted low reviews, and of how many enterprises it is.
    pub fn set_hidden(&mut self, kind: SubjectKind, share: u64, enterprises: u64) {
        self.hidden.insert(kind, (share, enterprises));
    }

    /// The medians of chapters.
    pub fn chapters(&self) -> impl Iterator<Item = (SubjectKind, Hs2, u64)> + '_ {
        self.middle.iter().map(|((kind, chapter), share)| (*kind, *chapter, *share))
    }

    /// The medians of deleted low reviews: share and enterprises.
    pub fn deleted(&self) -> impl Iterator<Item = (SubjectKind, u64, u64)> + '_ {
        self.hidden.iter().map(|(kind, (share, count))| (*kind, *share, *count))
    }

    /// What share of an enterprise's reviews would be of the middle if each of its chapters were as its peers' (F6);
    /// nothing unless at least half of its reviews are of chapters that have peers.
    #[must_use]
    pub fn expected_middle(&self, kind: SubjectKind, signs: &ReviewSigns) -> Option<u64> {
        let all: u64 = signs.stars.iter().sum();
        let (mut compared, mut parts) = (0_u64, 0_u64);
        for (chapter, stars) in &signs.chapters {
            if let Some(share) = self.middle.get(&(kind, *chapter)) {
                let reviews: u64 = stars.iter().sum();
                compared += reviews;
                parts = parts.saturating_add(reviews.saturating_mul(*share));
            }
        }
        (compared > 0 && compared * 2 >= all).then(|| parts / compared)
    }

    /// The median share of deleted low reviews, and of how many enterprises; nothing where they are few (F8).
    #[must_use]
    pub fn deleted_of(&self, kind: SubjectKind) -> Option<(u64, u64)> {
        self.hidden.get(&kind).copied()
    }
}

fn share(found: u64, of: u64) -> Option<u64> {
    found.saturating_mul(PARTS).checked_div(of)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const KIND: SubjectKind = SubjectKind::E1;

    fn chapter(text: &str) -> Hs2 {
        Hs2::of(text).unwrap()
    }

    fn signs(chapters: &[(&str, [u64; 5])]) -> ReviewSigns {
        let mut signs = ReviewSigns::default();
        for (code, stars) in chapters {
            signs.chapters.insert(chapter(code), *stars);
            for (all, one) in signs.stars.iter_mut().zip(stars) {
                *all += one;
            }
        }
        signs
    }

    fn peers(shares: &[u64]) -> ReviewPeers {
        let shape = |middle: &u64| {
            let of = signs(&[("33", [50, *middle, 0, 0, 50 - middle])]);
            Shape::of(&of, Pack::embedded()).into_iter().map(|shape| (KIND, shape))
        };
        ReviewPeers::of(shares.iter().flat_map(shape), Pack::embedded())
    }

    #[test]
    fn a_peer_needs_twenty_reviews_and_a_median_eight_peers() {
        let pack = Pack::embedded();
        assert!(Shape::of(&signs(&[("33", [0, 0, 0, 0, 19])]), pack).is_empty());
        assert_eq!(Shape::of(&signs(&[("33", [0, 0, 0, 0, 20])]), pack).len(), 1);
        let own = signs(&[("33", [10, 0, 0, 0, 10])]);
        assert_eq!(peers(&[10; 7]).expected_middle(KIND, &own), None);
        assert_eq!(peers(&[10, 20, 30, 40, 45, 45, 45, 45]).expected_middle(KIND, &own), Some(4_000));
        assert_eq!(peers(&[10; 8]).expected_middle(SubjectKind::E2, &own), None, "of its own kind");
        let hidden = |count: usize| {
            let deleted = Shape::Hidden { low: 100, deleted: 7 };
            ReviewPeers::of(vec![(KIND, deleted); count], pack).deleted_of(KIND)
        };
        assert_eq!(hidden(7), None);
        assert_eq!(hidden(8), Some((700, 8)));
        let low = |low| Shape::of(&ReviewSigns { low, ..ReviewSigns::default() }, pack).len();
        assert_eq!((low(19), low(20)), (0, 1));
    }

    #[test]
    fn chapters_are_weighed_and_half_of_the_reviews_must_have_peers() {
        let mut peers = peers(&[10; 8]);
        peers.set_middle(KIND, chapter("64"), 5_000);
        let of = |chapters: &[(&str, [u64; 5])]| peers.expected_middle(KIND, &signs(chapters));
        assert_eq!(of(&[("33", [0, 0, 0, 0, 30]), ("64", [0, 0, 0, 0, 10])]), Some(2_000));
        assert_eq!(of(&[("33", [0, 0, 0, 0, 30]), ("95", [0, 0, 0, 0, 30])]), Some(1_000));
        assert_eq!(of(&[("33", [0, 0, 0, 0, 30]), ("95", [0, 0, 0, 0, 31])]), None);
        assert_eq!(of(&[]), None);
    }
}
