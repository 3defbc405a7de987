//! Sample views of a fictitious zone, for the preview and for the tests of the pages.

use super::portal::lang::Lang;
use super::portal::view::*;
use chrono::NaiveDate;

const CATALOGUE: &str = include_str!("catalogue.tsv");

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Place of the bin reached, value and records of the indicators that are not at their best.
const FOUND: &[(&str, usize, &str)] = &[
    ("R05", 1, "2"),
    ("R07", 1, ""),
    ("P01", 2, "1.5"),
    ("P05", 1, "B"),
    ("P06", 1, ""),
    ("T01", 1, "98.7 %"),
    ("T03", 2, "1.24 %"),
    ("T07", 1, "96.1 %"),
    ("T09", 1, "1.31"),
    ("T11", 1, "4.20"),
    ("C01", 1, "4.62"),
    ("C03", 2, "7.4"),
    ("C05", 1, "93.0 %"),
];
const NOT_APPLICABLE: [&str; 2] = ["R08", "P12"];
const INSUFFICIENT: [&str; 2] = ["T14", "C08"];

pub fn points(lang: Lang, sort: Sort) -> PointsLedgerView {
    let names = lang.pick(
        ["登记与备案", "公共信用", "交易", "评价与投诉"],
        ["Registration", "Public credit", "Trade", "Reviews and complaints"],
    );
    let weights = [150u16, 350, 350, 150];
    let mut groups = Vec::new();
    for ((letter, name), weight) in ['R', 'P', 'T', 'C'].into_iter().zip(names).zip(weights) {
        let lines = || {
            CATALOGUE
                .lines()
                .map(|line| line.split('\t').collect::<Vec<_>>())
                .filter(|cells| cells[0] == lang.code() && cells[1].starts_with(letter))
        };
        let total: i64 = lines()
            .filter(|c| row_state(c) != RowState::NotApplicable && row_state(c) != RowState::Disabled)
            .map(|c| c[2].parse::<i64>().unwrap())
            .sum();
        let rows: Vec<PointsRow> = lines().map(|cells| row(&cells, i64::from(weight), total, lang)).collect();
        groups.push(PointsGroup {
            source: format!("S{}", groups.len() + 1),
            name: name.to_owned(),
            points: Points(rows.iter().map(|row| row.points.0).sum()),
            weight,
            rows,
        });
    }
    PointsLedgerView { groups, sort }
}

fn row_state(cells: &[&str]) -> RowState {
    match cells[1] {
        _ if cells[3] == "1" => RowState::Disabled,
        id if NOT_APPLICABLE.contains(&id) => RowState::NotApplicable,
        id if INSUFFICIENT.contains(&id) => RowState::Insufficient,
        _ => RowState::Observed,
    }
}

fn row(cells: &[&str], weight: i64, total: i64, lang: Lang) -> PointsRow {
    let state = row_state(cells);
    let found = FOUND.iter().find(|(id, ..)| *id == cells[1]);
    let bins: Vec<(&str, u16)> = cells[10]
        .split('|')
        .map(|bin| bin.rsplit_once('=').unwrap())
        .map(|(words, bp)| (words, bp.parse().unwrap()))
        .collect();
    let place = found.map_or(0, |(_, place, _)| *place).min(bins.len() - 1);
    let observed = state == RowState::Observed;
    let max = if state.counts() { cells[2].parse::<i64>().unwrap() * weight * 100 / total } else { 0 };
    let bp = if observed { i64::from(bins[place].1) } else { 6000 };
    let points = max * bp / 10_000;
    let best = match bins[0].0.split_once(' ') {
        _ if cells[4] == "category" => "",
        Some(("≥", least)) => least,
        _ if cells[4] == "percent" => "0 %",
        _ => "0",
    };
    let value = found.map_or(best, |(_, _, value)| value);
    let evidence = EvidenceView {
        words: lang.pick(
            "宜市监罚〔2025〕118号，罚款 8,000 元".to_owned(),
            "Decision Yi Shi Jian Fa [2025] No. 118, fine of CNY 8,000".to_owned(),
        ),
        source: lang.pick(
            "信用中国，penalties-2026-06.csv 第 41 行".to_owned(),
            "Credit China, penalties-2026-06.csv row 41".to_owned(),
        ),
        date: "2025-11-03".to_owned(),
        is_disputed: false,
        contest_href: Some("#".to_owned()),
    };
    PointsRow {
        id: cells[1].to_owned(),
        name: cells[5].to_owned(),
        state,
        value: Some(value.to_owned()).filter(|value| observed && !value.is_empty()),
        points: Points(points),
        max: Points(max),
        loss: Points(max - points),
        definition: cells[6].to_owned(),
        window: cells[7].to_owned(),
        sample: cells[1].starts_with('T').then(|| lang.pick("3,412 笔订单", "3,412 orders").to_owned()),
        basis: cells[9].split('|').map(str::to_owned).collect(),
        reason: Some(cells[8].to_owned()),
        bins: bins
            .iter()
            .enumerate()
            .map(|(at, (words, bp))| BinView {
                words: (*words).to_owned(),
                bp: *bp,
                reached: observed && at == place,
            })
            .collect(),
        evidence: if cells[1] == "P01" { vec![evidence] } else { Vec::new() },
    }
}

pub fn bands() -> Vec<BandView> {
    [("AAA", 930), ("AA", 860), ("A", 780), ("BBB", 700), ("BB", 550), ("D", 0)]
        .map(|(code, floor)| BandView { code: code.to_owned(), floor })
        .to_vec()
}

pub fn seal(state: SealState) -> SealView {
    let known = state != SealState::Pending;
    let cosigners =
        [("customs.example/chengdu", "2026-11-20 09:14:33"), ("fx.example/sichuan", "2026-11-20 09:14:35")];
    SealView {
        state,
        leaf: known.then(|| (18_204, "6aN5U3INhtn1fuGTeIcwLKWJ9vbTHo8p5Mb4KiiH2CU=".to_owned())),
        block: known.then(|| (311, "2026-11-20 09:14:31".to_owned())),
        checkpoint: known.then(|| (18_311, "PvJ7Cf5NMKPIAynE8JbvI1Gt5eq6O889Nlf6SStatV4=".to_owned())),
        cosigners: if state == SealState::Final {
            cosigners
                .map(|(name, time)| CosignerView { name: name.to_owned(), time: time.to_owned() })
                .to_vec()
        } else {
            Vec::new()
        },
        receipt_href: known.then(|| "/api/v1/enterprises/91511502MAC0XJ7Q8M/receipt".to_owned()),
    }
}

fn history(lang: Lang) -> StepLineView {
    let steps = [
        ("2025-03-31", 742, "BBB"),
        ("2025-06-30", 768, "BBB"),
        ("2025-09-30", 801, "BBB"),
        ("2025-10-31", 806, "A"),
        ("2025-11-10", 771, "BBB"),
        ("2026-02-28", 779, "BBB"),
        ("2026-05-12", 812, "A"),
        ("2026-08-31", 817, "A"),
        ("2026-10-31", 829, "A"),
    ];
    let events = [
        ("2025-11-03", EventKind::Penalty, "宜市监罚〔2025〕118号", "Yi Shi Jian Fa [2025] No. 118"),
        ("2026-04-01", EventKind::RuleChange, "评分卡 zone-2026.1 生效", "scorecard zone-2026.1 in force"),
        ("2026-05-12", EventKind::Repair, "处罚信息修复", "penalty repaired"),
        ("2026-05-20", EventKind::Appeal, "物流时效记录更正", "delivery times corrected"),
    ];
    StepLineView {
        steps: steps
            .map(|(on, score, grade)| StepView { on: day(on), score, grade: grade.to_owned() })
            .to_vec(),
        events: events
            .map(|(on, kind, zh, en)| EventView { on: day(on), kind, words: lang.pick(zh, en).to_owned() })
            .to_vec(),
        until: day("2026-11-23"),
        bands: bands(),
    }
}

fn facts(lang: Lang) -> Vec<Fact> {
    let facts = [
        ("成立日期", "Established", "2019-04-18", "2019-04-18"),
        ("注册资本", "Registered capital", "500.00 万元", "CNY 5,000,000.00"),
        ("所在地区", "Region", "四川省宜宾市翠屏区", "Cuiping, Yibin, Sichuan"),
        ("行业", "Industry", "F5292 互联网零售", "F5292 Internet retail"),
        ("海关编码", "Customs code", "5119960A1B", "5119960A1B"),
        ("综试区备案", "Filed with the zone", "2021-09-06", "2021-09-06"),
    ];
    facts
        .map(|(zh, en, value_zh, value_en)| Fact {
            name: lang.pick(zh, en).to_owned(),
            value: lang.pick(value_zh, value_en).to_owned(),
        })
        .to_vec()
}

/// What an administrator of the zone sees.
pub fn enterprise(lang: Lang, sort: Sort) -> EnterpriseView {
    let points = points(lang, sort);
    let sub_scores = points
        .groups
        .iter()
        .map(|group| SubScoreView {
            source: group.source.clone(),
            name: group.name.clone(),
            points: group.points,
            weight: group.weight,
        })
        .collect();
    let reasons = points
        .by_loss()
        .into_iter()
        .take(5)
        .map(|row| ReasonView {
            kind: ReasonKind::Loss,
            code: row.id.clone(),
            name: row.name.clone(),
            text: row.reason.clone().unwrap_or_default(),
            loss: row.loss,
        })
        .collect();
    EnterpriseView {
        name: lang.pick("宜宾江源跨境电子商务有限公司", "宜宾江源跨境电子商务有限公司").to_owned(),
        former_names: vec!["宜宾江源贸易有限公司".to_owned()],
        uscc: "91511502MAC0XJ7Q8M".to_owned(),
        kind: lang.pick("跨境电商企业", "E-commerce enterprise").to_owned(),
        status: lang.pick("存续", "in operation").to_owned(),
        listed: Vec::new(),
        facts: facts(lang),
        grade: Some(GradeView {
            code: "A".to_owned(),
            meaning: lang.pick("信用良好", "good credit").to_owned(),
            class: Some("II".to_owned()),
            as_of: "2026-10-31".to_owned(),
            valid_until: "2026-11-30".to_owned(),
            model: "zone-2026.1".to_owned(),
            note: None,
        }),
        unrated: Vec::new(),
        ruler: Some(RulerView {
            score: 829,
            is_rated: true,
            last: Some(817),
            bands: bands(),
            stops: Vec::new(),
        }),
        coverage: Some("93.40".to_owned()),
        sub_scores,
        reasons: Some(reasons),
        points: Some(points),
        history: Some(history(lang)),
        seal: Some(seal(SealState::Final)),
        appeal_href: None,
        watch_href: None,
        dispute_href: None,
        sales_href: None,
        taken: Vec::new(),
        withheld: Vec::new(),
    }
}

/// A cap in force, the entry not yet cosigned.
pub fn capped(lang: Lang) -> EnterpriseView {
    let mut view = enterprise(lang, Sort::Loss);
    let words = lang.pick("外汇 B 类", "FX class B").to_owned();
    view.ruler = Some(RulerView {
        score: 779,
        is_rated: true,
        last: Some(812),
        bands: bands(),
        stops: vec![StopView { limit: 779, words }],
    });
    if let Some(grade) = &mut view.grade {
        grade.code = "BBB".to_owned();
        grade.meaning = lang.pick("信用中等", "medium credit").to_owned();
        grade.note = Some(
            lang.pick(
                "按评分为 A；外汇 B 类封顶期间等级为 BBB。",
                "By score A; the grade is BBB while FX class B caps it.",
            )
            .to_owned(),
        );
    }
    let cap = ReasonView {
        kind: ReasonKind::Cap,
        code: "safe_b".to_owned(),
        name: String::new(),
        text: lang
            .pick(
                "外汇管理分类为 B 类，评分最高 779。",
                "Foreign exchange class B: the score is at most 779.",
            )
            .to_owned(),
        loss: Points(0),
    };
    view.reasons.as_mut().unwrap().insert(0, cap);
    view.seal = Some(seal(SealState::Sequenced));
    view
}

/// What anyone sees of an enterprise whose grade is not published.
pub fn public(lang: Lang) -> EnterpriseView {
    let withheld = [
        (
            "等级与评分",
            "Grade and score",
            "只公布 AAA 和 AA 级；其他等级由企业本人、监管部门和经企业同意的金融机构查看。",
            "Only AAA and AA are published. Other grades are seen by the enterprise, by supervisors, and by \
             financiers with its consent.",
        ),
        (
            "得分明细与历史",
            "Points and history",
            "登录并说明用途后，按权限显示。",
            "Shown by right after signing in and naming a purpose.",
        ),
    ];
    EnterpriseView {
        grade: None,
        ruler: None,
        coverage: None,
        sub_scores: Vec::new(),
        reasons: None,
        points: None,
        history: None,
        seal: Some(SealView { receipt_href: None, ..seal(SealState::Final) }),
        withheld: withheld
            .map(|(zh, en, why_zh, why_en)| Withheld {
                block: lang.pick(zh, en).to_owned(),
                reason: lang.pick(why_zh, why_en).to_owned(),
            })
            .to_vec(),
        ..enterprise(lang, Sort::Catalogue)
    }
}

pub fn search(lang: Lang) -> SearchView {
    let rows = [
        ("91511502MAC0XJ7Q8M", "宜宾江源跨境电子商务有限公司", 0, Some("A"), false),
        ("91511521MAC3K9T26E", "叙州云集供应链管理有限公司", 2, Some("AA"), false),
        ("91511502MABY7E6R3H", "宜宾三江汇跨境电商平台有限公司", 1, Some("AAA"), false),
        ("91511524MAC8H2N43N", "长宁竹海电子商务有限公司", 0, None, false),
        ("91511500MADT5W1U32", "四川叙南国际物流有限公司", 2, Some("D"), true),
    ];
    let kinds = lang.pick(
        ["跨境电商企业", "平台企业", "物流企业", "其他服务企业"],
        ["E-commerce", "Platform", "Logistics", "Other services"],
    );
    let choice = |value: &str, words: &str| Choice { value: value.to_owned(), words: words.to_owned() };
    SearchView {
        q: lang.pick("宜宾", "yibin").to_owned(),
        kinds: kinds.iter().enumerate().map(|(at, words)| choice(&format!("E{}", at + 1), words)).collect(),
        grades: bands().iter().map(|band| choice(&band.code, &band.code)).collect(),
        rows: rows
            .map(|(uscc, name, kind, grade, listed)| EnterpriseRow {
                uscc: uscc.to_owned(),
                name: name.to_owned(),
                kind: kinds[kind].to_owned(),
                status: lang.pick("存续", "in operation").to_owned(),
                grade: grade.map(str::to_owned),
                listed,
            })
            .to_vec(),
        next: Some("91511500MADT5W1U32".to_owned()),
        ..SearchView::default()
    }
}

pub fn zone(lang: Lang) -> OverviewView {
    let count = |words: &str, note: Option<&str>, count| CountView {
        words: words.to_owned(),
        note: note.map(str::to_owned),
        count,
    };
    let meanings = lang.pick(
        ["信用极好", "信用优秀", "信用良好", "信用中等", "信用较差", "失信", "暂不评级"],
        ["excellent", "very good", "good", "medium", "weak", "dishonest", "not rated"],
    );
    let grades = ["AAA", "AA", "A", "BBB", "BB", "D", "N"]
        .into_iter()
        .zip(meanings)
        .zip([42, 187, 421, 365, 96, 11, 78]);
    let kinds = lang.pick(
        ["跨境电商企业", "平台企业", "物流企业", "其他服务企业"],
        ["E-commerce", "Platform", "Logistics", "Other services"],
    );
    let files = [
        ("transactions-2026-10.ndjson", 1_204_388, 12),
        ("reviews-2026-10.csv", 88_410, 0),
        ("penalties-2026-10.xlsx", 37, 1),
        ("registration-2026-10.csv", 1_200, 0),
    ];
    OverviewView {
        zone: lang.pick("宜宾跨境电商综合试验区", "Yibin cross-border e-commerce pilot zone").to_owned(),
        as_of: "2026-10-31".to_owned(),
        enterprises: 1200,
        grades: grades.map(|((code, meaning), number)| count(code, Some(meaning), number)).collect(),
        kinds: kinds
            .into_iter()
            .zip([702, 58, 246, 194])
            .map(|(words, number)| count(words, None, number))
            .collect(),
        coverage: [("≥ 90 %", 806), ("75–90 %", 241), ("60–75 %", 92), ("< 60 %", 61)]
            .map(|(words, number)| count(words, None, number))
            .to_vec(),
        files: files
            .map(|(name, rows, rejected)| FileRow {
                name: name.to_owned(),
                source: name.split('-').next().unwrap().to_owned(),
                received: "2026-11-03 10:22".to_owned(),
                rows,
                rejected,
            })
            .to_vec(),
        ledger_size: 18_311,
    }
}

const VKEY: &str = "xinji.example/yibin+6a2ec44f+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c";

pub fn ledger() -> LedgerView {
    let checkpoint = [
        "xinji.example/yibin",
        "18311",
        "PvJ7Cf5NMKPIAynE8JbvI1Gt5eq6O889Nlf6SStatV4=",
        "",
        "— xinji.example/yibin ai7ETzbwnu0f19PvKGaH+RsAK6E80avK8ttJRXMBiJaYk2AEBCNNN6Spg66p9zJRwwFqYFADaQ78",
        "— customs.example/chengdu xb9FjwAAAABq3wJLyZe1YO8+wYj4ioB5vcztOnKCHrAWQE5DD93OXFgIivXCPUHtt8ITFTFo",
        "",
    ]
    .join("\n");
    let blocks = (300..=311u32).rev().map(|number| BlockRow {
        number,
        sealed_at: format!("2026-11-20 09:{:02}:31", number - 297),
        first_leaf: u64::from(number) * 58,
        last_leaf: u64::from(number) * 58 + 57,
        header_hash: format!(
            "{number:04x}e7fd3c06a19bb2584c0de9175af346e288dd0b6c419e73f5a2c8b19064d7{number:04x}"
        ),
    });
    LedgerView {
        checkpoint: Some(checkpoint),
        size: 18_311,
        root: "PvJ7Cf5NMKPIAynE8JbvI1Gt5eq6O889Nlf6SStatV4=".to_owned(),
        vkey: VKEY.to_owned(),
        final_size: Some(18_253),
        witnesses: vec![
            witness("customs", 18_311, Some("2026-11-20 09:14:31")),
            witness("fx", 18_253, Some("2026-11-20 09:13:31")),
            witness("market", 0, None),
        ],
        blocks: blocks.collect(),
        after: false,
        next: Some("300".to_owned()),
    }
}

fn witness(name: &str, size: u64, last_seen: Option<&str>) -> WitnessRow {
    WitnessRow { name: name.to_owned(), size, lag: 18_311 - size, last_seen: last_seen.map(str::to_owned) }
}

pub fn verify() -> VerifyView {
    VerifyView { vkey: VKEY.to_owned(), policy: String::new() }
}

pub fn home() -> HomeView {
    let (enterprises, entries) = ("1,200".to_owned(), "18,311".to_owned());
    HomeView { enterprises, entries, as_of: "2026-11-23".to_owned() }
}
