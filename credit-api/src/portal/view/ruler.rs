//! The ruler: 0 to 1000 with the bands to scale, the score's mark, the last one's ghost, caps and vetoes as stops.

use super::{Percent, share};
use crate::portal::lang::Lang;

/// Highest score.
const TOP: u16 = 1000;

/// A grade's band.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BandView {
    pub code: String,
    pub floor: u16,
}

/// A cap or veto in force: no score above `limit`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StopView {
    pub limit: u16,
    /// Short words, such as `外汇 B 类`.
    pub words: String,
}

/// A score on the ruler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulerView {
    pub score: u16,
    /// Whether the score makes a grade; without one it is shown, but leads to no band.
    pub is_rated: bool,
    /// The rating before this one.
    pub last: Option<u16>,
    /// Best first, as the scorecard lists them; the last has floor 0.
    pub bands: Vec<BandView>,
    pub stops: Vec<StopView>,
}

/// A band with its ends, for drawing.
#[derive(Debug)]
pub struct Segment<'a> {
    pub band: &'a BandView,
    pub ceiling: u16,
    pub holds_score: bool,
}

impl Segment<'_> {
    #[must_use]
    pub fn start(&self) -> Percent {
        at(self.band.floor)
    }

    #[must_use]
    pub fn width(&self) -> Percent {
        Percent(at(self.ceiling).0.saturating_sub(self.start().0))
    }

    #[must_use]
    pub fn middle(&self) -> Percent {
        Percent(self.start().0 + self.width().0 / 2)
    }
}

/// Place of a score on the ruler.
#[must_use]
pub fn at(score: u16) -> Percent {
    share(i64::from(score), i64::from(TOP))
}

impl RulerView {
    #[must_use]
    pub fn mark(&self) -> Percent {
        at(self.score)
    }

    /// The ghost, unless it would lie under the mark.
    #[must_use]
    pub fn ghost(&self) -> Option<Percent> {
        self.last.filter(|last| *last != self.score).map(at)
    }

    /// The lowest stop, which bounds the score.
    #[must_use]
    pub fn lowest_stop(&self) -> Option<&StopView> {
        self.stops.iter().min_by_key(|stop| stop.limit)
    }

    /// The stop that holds the score down now.
    fn binding_stop(&self) -> Option<&StopView> {
        self.lowest_stop().filter(|stop| self.score >= stop.limit)
    }

    /// The stops that [`RulerView::words`] does not speak of.
    #[must_use]
    pub fn other_stops(&self) -> Vec<&StopView> {
        let binding = self.binding_stop();
        self.stops.iter().filter(|stop| Some(*stop) != binding).collect()
    }

    #[must_use]
    pub fn stop_at(&self, stop: &StopView) -> Percent {
        at(stop.limit)
    }

    /// What a stop leaves to its right.
    #[must_use]
    pub fn beyond(&self, stop: &StopView) -> Percent {
        Percent(1000u16.saturating_sub(at(stop.limit).0))
    }

    /// The bands from low to high.
    #[must_use]
    pub fn segments(&self) -> Vec<Segment<'_>> {
        let mut bands: Vec<&BandView> = self.bands.iter().collect();
        bands.sort_by_key(|band| band.floor);
        let ceilings = bands.iter().skip(1).map(|band| band.floor).chain([TOP + 1]);
        bands
            .iter()
            .zip(ceilings)
            .map(|(band, ceiling)| Segment {
                band,
                ceiling: ceiling.min(TOP),
                holds_score: (band.floor..ceiling).contains(&self.score),
            })
            .collect()
    }

    /// "31 points to AA", or that the best band is reached, or which stop is in the way.
    #[must_use]
    pub fn words(&self, lang: Lang) -> String {
        if let Some(stop) = self.binding_stop() {
            let (words, limit) = (&stop.words, stop.limit);
            return lang.pick(
                format!("{words}：评分最高 {limit}"),
                format!("{words}: the score is at most {limit}"),
            );
        }
        if !self.is_rated {
            return lang
                .pick("暂不评级，评分仅供参考", "no grade is given; the score is for information")
                .to_owned();
        }
        let next = self.bands.iter().filter(|band| band.floor > self.score).min_by_key(|band| band.floor);
        let Some(next) = next else {
            return lang.pick("已在最高等级区间".to_owned(), "in the highest band".to_owned());
        };
        let (missing, code) = (next.floor - self.score, &next.code);
        let points = if missing == 1 { "point" } else { "points" };
        lang.pick(format!("距 {code} 还差 {missing} 分"), format!("{missing} {points} to {code}"))
    }

    /// How the score moved since the last rating.
    #[must_use]
    pub fn change(&self, lang: Lang) -> Option<String> {
        let last = self.last?;
        let moved = i32::from(self.score) - i32::from(last);
        Some(match moved {
            0 => lang.pick(format!("与上次（{last}）相同"), format!("unchanged from last time ({last})")),
            up if up > 0 => lang.pick(format!("比上次（{last}）高 {up} 分"), format!("up {up} from {last}")),
            down => {
                let down = down.unsigned_abs();
                lang.pick(format!("比上次（{last}）低 {down} 分"), format!("down {down} from {last}"))
            }
        })
    }
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    fn ruler(score: u16, stops: &[u16]) -> RulerView {
        let bands = [("AAA", 930), ("AA", 860), ("A", 780), ("D", 0)];
        RulerView {
            score,
            is_rated: true,
            last: Some(800),
            bands: bands.map(|(code, floor)| BandView { code: code.to_owned(), floor }).to_vec(),
            stops: stops.iter().map(|limit| StopView { limit: *limit, words: "cap".to_owned() }).collect(),
        }
    }

    #[test]
    fn says_how_far_the_next_band_is() {
        assert_eq!(ruler(829, &[]).words(Lang::En), "31 points to AA");
        assert_eq!(ruler(859, &[]).words(Lang::En), "1 point to AA");
        assert_eq!(ruler(860, &[]).words(Lang::Zh), "距 AAA 还差 70 分");
        assert_eq!(ruler(1000, &[]).words(Lang::En), "in the highest band");
        assert_eq!(ruler(599, &[779, 599]).words(Lang::En), "cap: the score is at most 599");
        assert_eq!(ruler(500, &[599]).words(Lang::En), "280 points to A");
        let unrated = RulerView { is_rated: false, ..ruler(500, &[]) };
        assert!(unrated.words(Lang::En).starts_with("no grade is given"));
    }

    #[test]
    fn the_bands_fill_the_ruler_and_one_holds_the_score() {
        for score in [0, 779, 780, 859, 930, 1000] {
            let view = ruler(score, &[]);
            let segments = view.segments();
            assert_eq!(segments.iter().map(|segment| segment.width().0).sum::<u16>(), 1000);
            assert_eq!(segments.iter().filter(|segment| segment.holds_score).count(), 1, "{score}");
        }
        assert_eq!(ruler(860, &[]).segments()[2].band.code, "AA");
    }

    #[test]
    fn the_ghost_hides_under_the_mark() {
        assert_eq!(ruler(800, &[]).ghost(), None);
        assert_eq!(ruler(801, &[]).ghost(), Some(Percent(800)));
        assert_eq!(ruler(790, &[]).change(Lang::En).as_deref(), Some("down 10 from 800"));
    }
}
