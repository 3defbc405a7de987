//! `credit-api show` and `scorecard`.

use std::process::ExitCode;

use credit_core::indicator::{Source, State};
use credit_core::records::Lang;
use credit_core::scorecard::Scorecard;

use super::args::Show;
use super::{FAILED, Outcome, output};
use crate::anchoring::Anchor;
use crate::evaluation::ask;
use crate::evaluation::sign_off::SignOffRecord;
use crate::evaluation::view::{IndicatorView, RatingView, in_lang};
use crate::service::Service;

/// Width of the points bar, characters.
const BAR_WIDTH: usize = 10;

pub fn run(service: &Service, args: &Show) -> Outcome {
    let mut connection = service.database.connection()?;
    // Without witnesses there is nothing that the ledger knows and the database does not.
    let ledger = match &service.config.policy {
        Some(_) => Some(Anchor::open_reader(&service.config)?.view),
        None => None,
    };
    let asked = (args.as_of, args.known_at, args.lang);
    let answer =
        ask::rating(service, &mut connection, ledger.as_deref(), args.uscc, asked.0, asked.1, asked.2)?;
    let Some(answer) = answer else {
        output::complain(&match args.lang {
            Lang::Zh => format!("{}：该日期未登记的企业，无评级。请先导入 registration。", args.uscc),
            Lang::En => {
                format!(
                    "{}: not registered at that date, so not rated; import its registration first",
                    args.uscc
                )
            }
        });
        return Ok(ExitCode::from(FAILED));
    };
    if args.json {
        output::say(&serde_json::to_string_pretty(&answer.view)?);
    } else {
        for line in page(&answer.view, &service.card, args.lang) {
            output::say(&line);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The rating line by line.
fn page(view: &RatingView, card: &Scorecard, lang: Lang) -> Vec<String> {
    let zh = lang == Lang::Zh;
    let word = |chinese: &'static str, english: &'static str| if zh { chinese } else { english };
    let mut lines = vec![
        format!("{}  {}  {}", view.uscc, view.kind.as_str(), view.name),
        format!(
            "{} {}   {} {} / 1000   ({} {}, {} {})   {} {}%",
            word("等级", "grade"),
            view.grade.as_str(),
            word("得分", "score"),
            view.score,
            word("按分定级", "by score"),
            view.grade_by_score.as_str(),
            word("调整前", "before vetoes and caps"),
            view.score_raw,
            word("数据覆盖", "coverage"),
            view.coverage
        ),
    ];
    if let Some(pending) = view.pending_grade {
        lines.push(format!("{} {}", word("待生效等级", "pending grade"), pending.as_str()));
    }
    if let Some(large) = &view.sign_off {
        lines.push(format!("{} → {}  {}", large.from, large.to, large.text));
        lines.extend(large.record.iter().flat_map(|record| signatures(record, zh)));
    }
    lines.push(format!(
        "{} {}   {} {}   {} {}",
        word("截至", "as of"),
        view.as_of,
        word("有效至", "valid until"),
        view.valid_until,
        word("评分卡", "scorecard"),
        view.model
    ));
    lines.extend(stops(view, card, lang));
    for (source, title, score) in [
        (Source::S1, word("S1 登记", "S1 registration"), view.sub_scores.s1),
        (Source::S2, word("S2 公共信用", "S2 public credit"), view.sub_scores.s2),
        (Source::S3, word("S3 交易", "S3 transactions"), view.sub_scores.s3),
        (Source::S4, word("S4 评价投诉", "S4 reviews and complaints"), view.sub_scores.s4),
    ] {
        lines.push(String::new());
        lines.push(format!("{title}   {score}"));
        lines.extend(
            view.indicators.iter().filter(|part| part.id.source() == source).map(|part| row(part, zh)),
        );
    }
    lines.push(String::new());
    lines.push(word("失分原因（按失分多少）", "reasons, largest loss first").to_owned());
    lines.extend(
        view.reasons.iter().map(|reason| format!("  {:4} -{:>6}  {}", reason.code, reason.loss, reason.text)),
    );
    lines.push(String::new());
    lines.push(match &view.anchor {
        None => word("账本：该结果未作为评级记录", "ledger: this answer is not a recorded rating").to_owned(),
        Some(anchor) => {
            let place = match (anchor.leaf_index, anchor.block) {
                (Some(leaf), Some(block)) => format!("  leaf {leaf}, block {block}"),
                _ => String::new(),
            };
            format!("{} {}{place}  {}", word("账本：", "ledger:"), anchor.state, anchor.text)
        }
    });
    lines
}

/// Who signed, when and why.
fn signatures(record: &SignOffRecord, zh: bool) -> Vec<String> {
    let (proposed, approved) = if zh { ("提出", "批准") } else { ("proposed", "approved") };
    let mut lines =
        vec![format!("  {proposed} {} {}  {}", record.proposed_at, record.proposed_by, record.reason)];
    if let (Some(at), Some(by), Some(why)) =
        (&record.approved_at, &record.approved_by, &record.approval_reason)
    {
        lines.push(format!("  {approved} {at} {by}  {why}"));
    }
    lines
}

/// What bounds the grade whatever the points, in words.
fn stops(view: &RatingView, card: &Scorecard, lang: Lang) -> Vec<String> {
    let zh = lang == Lang::Zh;
    let why = |code: &str| card.reason_text(code).map(|text| in_lang(text, lang)).unwrap_or_default();
    let mut lines = Vec::new();
    for veto in &view.vetoes {
        lines.push(format!("{} {veto}  {}", if zh { "一票否决" } else { "veto" }, why(veto)));
    }
    for cap in &view.caps {
        let word = if zh { "封顶" } else { "cap" };
        lines.push(format!("{word} {} ≤ {}  {}", cap.code, cap.limit, why(&cap.code)));
    }
    for reason in &view.n_reasons {
        let word = if zh { "暂不评级" } else { "unrated" };
        lines.push(format!("{word} {}  {}", reason.code(), in_lang(card.unrated_text(*reason), lang)));
    }
    lines
}

fn row(part: &IndicatorView, zh: bool) -> String {
    let state = match (part.state, zh) {
        (State::Observed, _) => String::new(),
        (State::NotApplicable, true) => "不适用".to_owned(),
        (State::NotApplicable, false) => "not applicable".to_owned(),
        (State::Insufficient, true) => "样本不足".to_owned(),
        (State::Insufficient, false) => "insufficient".to_owned(),
        (State::Disabled, true) => "未启用".to_owned(),
        (State::Disabled, false) => "disabled".to_owned(),
    };
    let value = part.value.as_deref().unwrap_or("–");
    let bar = part.bp.map_or(String::new(), |bp| {
        let filled = usize::from(bp) * BAR_WIDTH / 10_000;
        format!("{}{}", "█".repeat(filled), "·".repeat(BAR_WIDTH.saturating_sub(filled)))
    });
    format!(
        "  {:4} {:>18}  n={:<7} {:>6} bp  {:>6} {:>7}  {bar:10}  {} {state}",
        part.id.as_str(),
        value,
        part.n,
        part.bp.map_or_else(|| "–".to_owned(), |bp| bp.to_string()),
        part.points.to_string(),
        if part.loss.0 == 0 { "0.00".to_owned() } else { format!("-{}", part.loss) },
        part.name
    )
}

pub fn scorecard(id: Option<&str>) -> Outcome {
    let card = Scorecard::embedded()?;
    match id {
        None => {
            output::say(&format!(
                "{}  {}  sha256:{}  {}",
                card.id,
                card.effective_on,
                hex::encode(card.digest()),
                card.title.zh
            ));
            Ok(ExitCode::SUCCESS)
        }
        Some(id) if id == card.id => {
            output::say(Scorecard::embedded_text().trim_end_matches('\n'));
            Ok(ExitCode::SUCCESS)
        }
        Some(id) => {
            output::complain(&format!("no scorecard {id:?}; published: {}", card.id));
            Ok(ExitCode::from(FAILED))
        }
    }
}
