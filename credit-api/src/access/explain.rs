//! One answer of the rule in words: what is shown, which policy says so, on which ground, and what is missing.

use credit_core::records::Lang;

use super::ask::Question;
use super::rules::{About, Engine};
use super::table::purposes_line;
use super::{Audience, Block, Outcome, Purpose, Reason};

/// The lines of an explanation, each with its label.
#[must_use]
pub fn explain(engine: &Engine, question: Question, uscc: Option<&str>, lang: Lang) -> Vec<[String; 2]> {
    let pick = |zh: &str, en: &str| if lang == Lang::Zh { zh.to_owned() } else { en.to_owned() };
    let answer = engine.answer(question);
    let about = answer.policy.as_deref().and_then(|id| engine.about(id));
    let purpose = question
        .purpose
        .map_or_else(|| pick("（未说明）", "(none named)"), |purpose| purposes_line(&[purpose], lang));
    let (who, block) = (question.audience, question.block);
    let mut lines = vec![
        [pick("谁", "who"), format!("{} {}", who.code(), who.title(lang))],
        [pick("数据", "block"), format!("{} {}", block.code(), block.title(lang))],
        [pick("用途", "purpose"), purpose],
        [pick("企业", "enterprise"), uscc.map_or_else(|| pick("多家", "many"), str::to_owned)],
        [
            pick("结果", "answer"),
            format!("{} {}", answer.outcome.code(), outcome_words(answer.outcome, lang)),
        ],
        [pick("策略", "policy"), policy_words(about, lang)],
        [pick("依据", "basis"), about.map_or_else(|| "–".to_owned(), |about| basis(about, lang).to_owned())],
    ];
    if let (Some(purpose), true) = (question.purpose, answer.outcome.is_allowed())
        && let Some(about) = engine.purpose_policy(who, purpose)
    {
        lines.push([
            pick("用途依据", "basis of the purpose"),
            format!("{} ({})", basis(about, lang), about.id),
        ]);
    }
    if let Outcome::Refused(reason) = answer.outcome {
        lines
            .push([pick("还缺", "missing"), how_to_ask(reason, &engine.purposes_for(question), block, lang)]);
        let named = engine.purposes_of(who);
        if matches!(reason, Reason::PurposeNeeded | Reason::PurposeUnfit) {
            lines.push([pick("可用的用途", "purposes it may name"), purposes_line(named, lang)]);
        }
    }
    lines.push([pick("策略版本", "version"), engine.version().to_owned()]);
    lines
}

fn policy_words(about: Option<&About>, lang: Lang) -> String {
    match (about, lang) {
        (Some(about), _) => format!("{} ({})", about.id, about.file),
        (None, Lang::Zh) => "无：没有策略准许即为拒绝".to_owned(),
        (None, Lang::En) => "none: what no policy permits is refused".to_owned(),
    }
}

fn basis(about: &About, lang: Lang) -> &str {
    match lang {
        Lang::Zh => &about.basis_zh,
        Lang::En => &about.basis_en,
    }
}

/// An outcome in words.
#[must_use]
pub fn outcome_words(outcome: Outcome, lang: Lang) -> &'static str {
    let (zh, en) = match outcome {
        Outcome::Full => ("完整", "in full"),
        Outcome::Masked => ("遮蔽", "masked"),
        Outcome::Aggregate => ("区间或汇总", "as bands or totals"),
        Outcome::GradeOnly => ("只有等级或标志", "the grade or flag alone"),
        Outcome::Refused(Reason::SignInNeeded) => ("须登录", "sign-in required"),
        Outcome::Refused(Reason::PurposeNeeded) => ("须说明用途", "purpose required"),
        Outcome::Refused(Reason::PurposeUnfit) => ("不适用于该用途", "not for this purpose"),
        Outcome::Refused(Reason::ConsentNeeded) => ("须经企业授权", "consent required"),
        Outcome::Refused(Reason::OneAtATime) => ("只能逐户查询", "one enterprise at a time"),
        Outcome::Refused(Reason::OwnOnly) => ("只限本单位的记录", "own records only"),
        Outcome::Refused(Reason::NotDisclosed) => ("不提供", "not disclosed"),
    };
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

/// How to come to see what is withheld.
#[must_use]
pub fn how_to_ask(reason: Reason, purposes: &[Purpose], block: Block, lang: Lang) -> String {
    let list = purposes_line(purposes, lang);
    let (zh, en) = match reason {
        Reason::SignInNeeded => (
            "请登录，或在 Authorization 中出示 API 密钥。".to_owned(),
            "Sign in, or present an API key in Authorization.".to_owned(),
        ),
        Reason::PurposeNeeded => (
            format!("请在 X-Purpose 中写明用途：{list}。"),
            format!("Name a purpose in X-Purpose: {list}."),
        ),
        Reason::PurposeUnfit => (
            format!("所写用途不能查看；可用：{list}。"),
            format!("Not for the purpose named; these would do: {list}."),
        ),
        Reason::ConsentNeeded => (
            format!(
                "请向企业申请授权：POST /api/v1/consents，blocks 含 {0}，并使用授权书所写的用途。",
                block.code()
            ),
            format!(
                "Ask the enterprise for its consent: POST /api/v1/consents with {0} among blocks, then name the \
                 purpose it was given for.",
                block.code()
            ),
        ),
        Reason::OneAtATime => (
            "请逐户查询：/api/v1/enterprises/{uscc}，并写明用途；列表和批量数据不含此项。".to_owned(),
            "Ask for one enterprise at a time: /api/v1/enterprises/{uscc}, with a purpose; lists and extracts do not \
             have it."
                .to_owned(),
        ),
        Reason::OwnOnly => (
            "只能查看本单位的记录。".to_owned(),
            "Only what your own organisation did is shown.".to_owned(),
        ),
        Reason::NotDisclosed => (
            "不向此类查询者提供；企业本人可在本平台查看并自行出示凭证。".to_owned(),
            "Not shown to readers of this kind; the enterprise sees it here and may show its receipt itself.".to_owned(),
        ),
    };
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

/// Why a text is no purpose, with those there are.
#[must_use]
pub fn unknown_purpose(text: &str, engine: &Engine, who: Audience, lang: Lang) -> String {
    let known = purposes_line(&Purpose::ALL, lang);
    let own = purposes_line(engine.purposes_of(who), lang);
    match lang {
        Lang::Zh => format!("{text:?} 不是用途代码；已知：{known}。{} 可用：{own}", who.title(lang)),
        Lang::En => format!("{text:?} is no purpose code; known: {known}. For {}: {own}", who.title(lang)),
    }
}
