//! What makes a scorecard valid. Every fault is reported, in words for whoever edits the file.

use std::collections::BTreeSet;

use super::bins::{Bin, Test};
use super::model::{Better, Content, Indicator, Text};
use crate::grade::Grade;
use crate::indicator::{IndicatorId, Source, SubjectKind};

/// The file format this software reads.
const FORMAT: u16 = 1;

/// All points, and the full share in basis points.
const POINTS: u32 = 1000;
const FULL_BP: u16 = 10_000;

/// Consecutive runs the decision rule knows (`grade::decide` sees one earlier run).
const RUNS: u8 = 2;

/// Every category code that observing can yield; an indicator's bins name exactly these.
const CATEGORIES: &[(IndicatorId, &[&str])] = &[
    (IndicatorId::R01, &["consistent", "soft_mismatch", "hard_mismatch", "not_operating"]),
    (IndicatorId::R06, &["verified", "never_verified", "failed", "lost"]),
    (IndicatorId::R09, &["none", "weak", "one_strong", "many_strong"]),
    (IndicatorId::P03, &["ADV", "CERT", "REG", "DIS", "SDIS"]),
    (IndicatorId::P04, &["A", "EXEMPT", "GUIDANCE", "B", "C"]),
    (IndicatorId::P05, &["A", "B", "M", "C", "D", "unrated"]),
    (IndicatorId::P06, &["none", "recently_removed", "listed"]),
    (IndicatorId::P07, &["judgment_defaulter"]),
    (IndicatorId::P09, &["none", "within_30_days", "over_30_days", "listed"]),
    (IndicatorId::P12, &["优", "良", "中", "差"]),
    (IndicatorId::T09, &["no_peer_returns"]),
];

const VETOES: [&str; 6] = ["V1", "V2", "V3", "V4", "V5", "V6"];
const CAPS: [&str; 5] = ["customs_dis", "safe_c", "tax_d", "safe_b", "abnormal_operation"];

/// Faults found so far.
struct Faults(Vec<String>);

impl Faults {
    fn unless(&mut self, holds: bool, text: impl FnOnce() -> String) {
        if !holds {
            self.0.push(text());
        }
    }

    fn text(&mut self, at: &str, text: &Text) {
        self.unless(!text.zh.trim().is_empty(), || format!("{at}: the Chinese text is empty"));
        self.unless(!text.en.trim().is_empty(), || format!("{at}: the English text is empty"));
    }

    fn unique<'a>(&mut self, what: &str, codes: impl Iterator<Item = &'a str>) {
        let mut seen = BTreeSet::new();
        for code in codes {
            self.unless(seen.insert(code), || format!("{what} {code} appears twice"));
        }
    }

    fn bases(&mut self, at: &str, content: &Content, codes: &[String]) {
        self.unless(!codes.is_empty(), || format!("{at}: no legal basis"));
        for code in codes {
            let known = content.bases.iter().any(|basis| basis.code == *code);
            self.unless(known, || format!("{at}: unknown basis {code}"));
        }
    }
}

/// All faults of a scorecard; empty when it is valid.
pub(super) fn faults(content: &Content) -> Vec<String> {
    let mut faults = Faults(Vec::new());
    general(&mut faults, content);
    weights(&mut faults, content);
    grades(&mut faults, content);
    vetoes_and_caps(&mut faults, content);
    catalogue(&mut faults, content);
    voids(&mut faults, content);
    for indicator in &content.indicators {
        one_indicator(&mut faults, content, indicator);
    }
    faults.0
}

fn general(faults: &mut Faults, content: &Content) {
    faults.unless(content.format == FORMAT, || format!("format {} is not {FORMAT}", content.format));
    faults.unless(!content.id.is_empty() && content.id.len() <= 64, || "id: 1 to 64 characters".to_owned());
    faults.unless(content.published_on <= content.effective_on, || {
        "published after it takes effect".to_owned()
    });
    faults.unless(content.neutral_bp <= FULL_BP, || format!("neutral_bp exceeds {FULL_BP}"));
    for (name, share) in [
        ("empty_source_share", content.empty_source_share),
        ("coverage_below", content.unrated.coverage_below),
    ] {
        faults.unless(share.num() <= share.den(), || format!("{name} exceeds one"));
    }
    faults.unless(content.hysteresis.runs == RUNS, || format!("hysteresis: runs is {RUNS} in this format"));
    faults.unless(content.hysteresis.sign_off_steps >= 1, || {
        "hysteresis: sign_off_steps is at least 1".to_owned()
    });
    faults.text("title", &content.title);
    let unrated = &content.unrated;
    for (at, text) in [
        ("unrated.low_coverage", &unrated.low_coverage),
        ("unrated.young", &unrated.young),
        ("unrated.no_trade", &unrated.no_trade),
        ("unrated.cancelled", &unrated.cancelled),
        ("texts.insufficient", &content.texts.insufficient),
        ("texts.voided", &content.texts.voided),
    ] {
        faults.text(at, text);
    }
    faults.unique("basis", content.bases.iter().map(|basis| basis.code.as_str()));
    for basis in &content.bases {
        faults.text(&format!("basis {}", basis.code), &basis.text);
    }
}

/// Source weights sum to 1000, and each kind's maxima to its source weights.
fn weights(faults: &mut Faults, content: &Content) {
    for kind in SubjectKind::ALL {
        let weights = content.weights.of(kind);
        let total: u32 = Source::ALL.into_iter().map(|source| u32::from(weights.of(source))).sum();
        faults.unless(total == POINTS, || format!("{}: weights sum to {total}, not {POINTS}", kind.as_str()));
        for source in Source::ALL {
            let of_source = content.indicators.iter().filter(|indicator| indicator.id.source() == source);
            let sum: u32 = of_source.map(|indicator| u32::from(indicator.max_points.of(kind))).sum();
            let weight = u32::from(weights.of(source));
            faults.unless(sum == weight, || {
                format!("{} {source:?}: maxima sum to {sum}, the weight is {weight}", kind.as_str())
            });
        }
    }
}

/// AAA to D, each once, floors falling to 0.
fn grades(faults: &mut Faults, content: &Content) {
    let found: Vec<Grade> = content.grades.iter().map(|band| band.code).collect();
    let wanted = [Grade::AAA, Grade::AA, Grade::A, Grade::BBB, Grade::BB, Grade::D];
    faults.unless(found == wanted, || "grades are AAA, AA, A, BBB, BB, D in this order".to_owned());
    let falling = content.grades.windows(2).all(|pair| match pair {
        [better, worse] => better.floor > worse.floor,
        _ => true,
    });
    faults.unless(falling, || "the grades' floors do not fall".to_owned());
    faults.unless(content.grades.last().is_some_and(|band| band.floor == 0), || {
        "the last floor is not 0".to_owned()
    });
    let highest = content.grades.first().map_or(0, |band| u32::from(band.floor));
    faults.unless(highest <= POINTS, || format!("a floor exceeds {POINTS}"));
    let d_ceiling = content.grades.iter().rev().nth(1).map_or(0, |band| band.floor);
    faults.unless(content.veto_limit < d_ceiling, || "veto_limit is not inside the band of D".to_owned());
    for band in &content.grades {
        faults.text(&format!("grade {}", band.code), &band.meaning);
    }
}

fn vetoes_and_caps(faults: &mut Faults, content: &Content) {
    let vetoes: Vec<&str> = content.vetoes.iter().map(|veto| veto.code.as_str()).collect();
    faults.unless(vetoes == VETOES, || format!("vetoes are {} in this order", VETOES.join(", ")));
    let caps: BTreeSet<&str> = content.caps.iter().map(|cap| cap.code.as_str()).collect();
    faults.unless(caps == BTreeSet::from(CAPS), || format!("caps are {}", CAPS.join(", ")));
    faults.unique("cap", content.caps.iter().map(|cap| cap.code.as_str()));
    for veto in &content.vetoes {
        faults.text(&veto.code, &veto.reason);
        faults.bases(&veto.code, content, &veto.basis);
    }
    for cap in &content.caps {
        faults.text(&cap.code, &cap.reason);
        faults.bases(&cap.code, content, &cap.basis);
        faults.unless(u32::from(cap.limit) < POINTS, || format!("cap {}: the limit caps nothing", cap.code));
    }
}

/// All 46, each once, in catalogue order: ties between reasons are broken by it.
fn catalogue(faults: &mut Faults, content: &Content) {
    let ids = content.indicators.iter().map(|indicator| indicator.id);
    faults.unless(ids.eq(IndicatorId::ALL), || {
        format!("the indicators are not the {} of the catalogue in its order", IndicatorId::COUNT)
    });
}

/// A void rule's threshold is the lowest of its indicator's own bins.
fn voids(faults: &mut Faults, content: &Content) {
    for rule in &content.voids {
        let at = format!("void {}", rule.indicator.as_str());
        let own = content.indicators.iter().find(|indicator| indicator.id == rule.indicator);
        let lowest = own.and_then(|indicator| {
            let thresholds = indicator.bins.iter().filter_map(|bin| match &bin.test {
                Test::AtLeast(threshold) => Some(*threshold),
                _ => None,
            });
            thresholds.min()
        });
        faults.unless(lowest == Some(rule.below), || {
            format!("{at}: the threshold is not that of its worst bin")
        });
        let worst = own.map(|i| i.bins.iter().filter(|bin| bin.bp == i.worst_bp()).count());
        faults.unless(worst == Some(1), || format!("{at}: the worst bin is not the only one of its points"));
        faults.unless(rule.indicator != rule.voids, || format!("{at}: it voids itself"));
        faults.unless(rule.bp <= FULL_BP, || format!("{at}: bp exceeds {FULL_BP}"));
    }
}

fn one_indicator(faults: &mut Faults, content: &Content, indicator: &Indicator) {
    let at = indicator.id.as_str();
    faults.text(&format!("{at} name"), &indicator.name);
    faults.text(&format!("{at} definition"), &indicator.definition);
    faults.text(&format!("{at} reason"), &indicator.reason);
    faults.bases(at, content, &indicator.basis);
    faults.unless(!indicator.window.is_empty(), || format!("{at}: no window"));
    categories(faults, indicator);
    ratio_bins(faults, indicator);
    for bin in &indicator.bins {
        faults.unless(bin.bp <= FULL_BP, || format!("{at}: a bin gives more than {FULL_BP}"));
    }
    let best = indicator.bins.first().map(|bin| bin.bp);
    faults.unless(best == Some(FULL_BP), || format!("{at}: the first bin does not give all points"));
}

/// The category bins are exactly the codes observing can yield, each labelled, best first.
fn categories(faults: &mut Faults, indicator: &Indicator) {
    let at = indicator.id.as_str();
    let wanted = CATEGORIES.iter().find(|(id, _)| *id == indicator.id).map_or(&[][..], |(_, codes)| codes);
    let bins: Vec<&Bin> = indicator.bins.iter().filter(|bin| matches!(bin.test, Test::Category(_))).collect();
    let found: BTreeSet<&str> = bins
        .iter()
        .filter_map(|bin| match &bin.test {
            Test::Category(code) => Some(code.as_str()),
            _ => None,
        })
        .collect();
    let complete = found == wanted.iter().copied().collect() && bins.len() == wanted.len();
    faults.unless(complete, || format!("{at}: its categories are {wanted:?}"));
    let falling = bins.windows(2).all(|pair| matches!(pair, [better, worse] if better.bp >= worse.bp));
    faults.unless(falling, || format!("{at}: its categories are not best first"));
    for bin in bins {
        match &bin.label {
            Some(label) => faults.text(&format!("{at} label"), label),
            None => faults.0.push(format!("{at}: a category has no label")),
        }
    }
}

/// The ratio bins go one way, lose points on the way, and end with the catch-all.
fn ratio_bins(faults: &mut Faults, indicator: &Indicator) {
    let at = indicator.id.as_str();
    let bins: Vec<&Bin> =
        indicator.bins.iter().filter(|bin| !matches!(bin.test, Test::Category(_))).collect();
    if indicator.direction == Better::Category {
        faults.unless(bins.is_empty(), || format!("{at}: a category indicator has ratio bins"));
        return;
    }
    let catch_all = bins.last().is_some_and(|bin| bin.test == Test::Otherwise);
    let only_one = bins.iter().filter(|bin| bin.test == Test::Otherwise).count() == 1;
    faults.unless(catch_all && only_one, || format!("{at}: the last ratio bin, and only it, is `otherwise`"));
    let losing = bins.windows(2).all(|pair| matches!(pair, [better, worse] if better.bp > worse.bp));
    faults.unless(losing, || format!("{at}: the bins' points do not fall"));
    let ordered = bins.windows(2).all(|pair| match pair {
        [first, second] => reachable(indicator.direction, &first.test, &second.test),
        _ => true,
    });
    faults.unless(ordered, || format!("{at}: the thresholds are out of order, a bin is never reached"));
}

/// Whether some value fails `first` and meets `second`, both asking in the indicator's direction.
fn reachable(direction: Better, first: &Test, second: &Test) -> bool {
    match (direction, first, second) {
        (Better::Higher, Test::AtLeast(_), Test::Otherwise) => true,
        (Better::Lower, Test::AtMost(_) | Test::Below(_), Test::Otherwise) => true,
        (Better::Higher, Test::AtLeast(higher), Test::AtLeast(lower)) => lower < higher,
        (Better::Lower, Test::AtMost(low), Test::AtMost(high) | Test::Below(high)) => low < high,
        (Better::Lower, Test::Below(low), Test::Below(high)) => low < high,
        (Better::Lower, Test::Below(low), Test::AtMost(high)) => low <= high,
        _ => false,
    }
}
