//! `docs/SCORING.md` shows the embedded scorecard's tables, word for word.
//! `XINJI_BLESS=1 cargo test -p credit-core --test scoring` writes them anew.

use std::fmt::Write as _;
use std::path::Path;

use credit_core::indicator::{Source, SubjectKind};
use credit_core::scorecard::{Bin, Fraction, Indicator, Scorecard, Test, Unit};

const BEGIN: &str = "<!-- generated from the scorecard: begin -->";
const END: &str = "<!-- generated from the scorecard: end -->";

#[test]
fn the_document_shows_the_scorecard() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/SCORING.md");
    let document = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = document.split_once(BEGIN).unwrap();
    let (shown, tail) = rest.split_once(END).unwrap();
    let tables = tables(&Scorecard::embedded().unwrap());
    if std::env::var_os("XINJI_BLESS").is_some() {
        std::fs::write(&path, format!("{head}{BEGIN}\n\n{tables}\n{END}{tail}")).unwrap();
    } else {
        assert_eq!(shown.trim(), tables.trim(), "docs/SCORING.md is behind the scorecard");
    }
}

fn tables(card: &Scorecard) -> String {
    let mut out = String::new();
    writeln!(
        out,
        "`{}` · SHA-256 `{}` · 生效 / in force from {}\n",
        card.id,
        hex::encode(card.digest()),
        card.effective_on
    )
    .unwrap();
    let head = "| 等级 / grade | 分数 / score from | 类别 / class | 公共信用 / public credit | |";
    writeln!(out, "{head}\n|---|---|---|---|---|").unwrap();
    for band in &card.grades {
        let meaning = &band.meaning;
        writeln!(
            out,
            "| {} | {} | {} | {} | {} / {} |",
            band.code, band.floor, band.class, band.public_credit, meaning.zh, meaning.en
        )
        .unwrap();
    }
    writeln!(out, "\n| 否决、上限 / veto, cap | 最高分 / at most | 说明 / meaning |\n|---|---|---|").unwrap();
    for veto in &card.vetoes {
        writeln!(out, "| {} | {} | {} / {} |", veto.code, card.veto_limit, veto.reason.zh, veto.reason.en)
            .unwrap();
    }
    for cap in &card.caps {
        writeln!(out, "| {} | {} | {} / {} |", cap.code, cap.limit, cap.reason.zh, cap.reason.en).unwrap();
    }
    for source in Source::ALL {
        let weights: Vec<String> =
            SubjectKind::ALL.iter().map(|kind| card.weights.of(*kind).of(source).to_string()).collect();
        writeln!(out, "\n### {source:?} (E1/E2/E3/E4 = {})\n", weights.join("/")).unwrap();
        let head =
            "| | 指标 / indicator | 含义 / meaning | 窗口 / window | 档位 / bins | 满分 / maximum | n ≥ |";
        writeln!(out, "{head}\n|---|---|---|---|---|---|---|").unwrap();
        for indicator in card.indicators.iter().filter(|indicator| indicator.id.source() == source) {
            writeln!(out, "{}", row(indicator)).unwrap();
        }
    }
    out
}

fn row(indicator: &Indicator) -> String {
    let bins: Vec<String> = indicator.bins.iter().map(|bin| bin_text(indicator.unit, bin)).collect();
    let maxima: Vec<String> =
        SubjectKind::ALL.iter().map(|kind| indicator.max_points.of(*kind).to_string()).collect();
    let (name, meaning) = (&indicator.name, &indicator.definition);
    let off = if indicator.disabled { "（停用 / off）" } else { "" };
    let least = if indicator.min_n == 0 { "–".to_owned() } else { indicator.min_n.to_string() };
    format!(
        "| {} | {}{off} / {} | {} / {} | {} | {} | {} | {least} |",
        indicator.id.as_str(),
        name.zh,
        name.en,
        meaning.zh,
        meaning.en,
        indicator.window,
        bins.join(" · "),
        maxima.join("/")
    )
}

fn bin_text(unit: Unit, bin: &Bin) -> String {
    let share = f64::from(bin.bp) / 100.0;
    let test = match &bin.test {
        Test::AtLeast(f) => format!("≥ {}", number(unit, f)),
        Test::AtMost(f) => format!("≤ {}", number(unit, f)),
        Test::Below(f) => format!("< {}", number(unit, f)),
        Test::Category(code) => {
            bin.label.as_ref().map_or(code.clone(), |label| format!("{} / {}", label.zh, label.en))
        }
        Test::Otherwise => "其余 / else".to_owned(),
    };
    format!("{test}: {share} %")
}

/// A threshold as people write it.
fn number(unit: Unit, fraction: &Fraction) -> String {
    let (times, sign) = if unit == Unit::Percent { (100, " %") } else { (1, "") };
    let thousandths = fraction.num() * times * 1000 / fraction.den();
    let decimals = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
    format!("{}{sign}", decimals.trim_end_matches('0').trim_end_matches('.'))
}
