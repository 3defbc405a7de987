//! What `node verify` says of a file: as text for people, as JSON for programs.

use super::manifest::{ManifestError, ManifestReport};
use credit_core::repair::certificate::words_in;
use credit_core::scorecard::Text;
use ledger::entry::Entry;
use ledger::texts::{Lang, step_name};
use ledger::verify::{Cosigned, Outcome, Report, StatusReport, VerifyError};
use serde_json::{Value, json};

/// What was verified.
#[expect(clippy::large_enum_variant, reason = "there is one of them")]
pub(super) enum Verified {
    /// A receipt or a bare proof.
    Entry(Report),
    Status(StatusReport),
}

/// The answer in words.
pub(super) fn as_text(result: &Result<Verified, VerifyError>, lang: Lang) -> String {
    match result {
        Ok(Verified::Entry(report)) => entry(report, lang),
        Ok(Verified::Status(report)) => status(report, lang),
        Err(error) => refusal(error, lang),
    }
}

/// The answer in JSON.
pub(super) fn as_json(result: &Result<Verified, VerifyError>, lang: Lang) -> String {
    let value = match result {
        Ok(Verified::Entry(report)) => entry_json(report, lang),
        Ok(Verified::Status(report)) => status_json(report, lang),
        Err(error) => json!({ "valid": false, "code": error.code(), "error": error.text(lang) }),
    };
    format!("{value:#}\n")
}

fn line(outcome: &Outcome, what: &str, lang: Lang) -> String {
    let mark = if matches!(outcome, Outcome::Proven(_)) { '+' } else { '-' };
    format!("{mark} {what}: {}\n", outcome.text(lang))
}

fn valid(lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => "VALID 有效（以 + 标出的各项已证明，以 - 标出的未证明）\n",
        Lang::En => "VALID (what is marked + is proven, what is marked - is not)\n",
    }
}

/// What a certificate of repair says, whose fields were checked; nothing of any other receipt.
fn certificate(report: &Report) -> Option<Text> {
    let shown = report.receipt.disclosure.as_ref()?;
    let is_statement = matches!(report.receipt.entry, Entry::Statement { .. });
    let fields = shown.fields.iter().map(|field| (field.id, field.value.as_slice()));
    is_statement.then(|| words_in(fields)).flatten()
}

fn in_words(report: &Report, lang: Lang) -> String {
    match (certificate(report), lang) {
        (Some(words), Lang::Zh) => format!("{}\n", words.zh),
        (Some(words), Lang::En) => format!("{}\n", words.en),
        (None, _) => String::new(),
    }
}

fn entry(report: &Report, lang: Lang) -> String {
    let steps = (1..).zip(&report.steps);
    let lines =
        steps.map(|(number, step)| line(step, &format!("{number} {}", step_name(number, lang)), lang));
    lines.chain([in_words(report, lang), valid(lang).to_owned()]).collect()
}

fn status(report: &StatusReport, lang: Lang) -> String {
    let origin = &report.checkpoint.origin;
    let (who, signed, cosigned, final_) = match lang {
        Lang::Zh => (
            format!("{} 的状态，{}", report.uscc, report.as_of_text(lang)),
            format!("由 {origin} 签名"),
            step_name(5, lang),
            if report.is_final() {
                "终态：足够的见证方已联署"
            } else {
                "非终态：见证方尚未足够"
            },
        ),
        Lang::En => (
            format!("Status of {}, {}", report.uscc, report.as_of_text(lang)),
            format!("signed by {origin}"),
            step_name(5, lang),
            if report.is_final() {
                "final: enough witnesses cosigned"
            } else {
                "not final: too few witnesses"
            },
        ),
    };
    let mut text = format!("{who}\n+ {signed}\n{}", line(&report.quorum, cosigned, lang));
    let told = report.rating_text(lang).into_iter();
    for told in told.chain(report.lists.iter().map(|list| list.text(lang))) {
        text.push_str(&format!("+ {told}\n"));
    }
    text.push_str(&format!("{final_}\n{}", valid(lang)));
    text
}

fn refusal(error: &VerifyError, lang: Lang) -> String {
    invalid(&error.text(lang), lang)
}

fn cosigned_json(cosigned: &[Cosigned]) -> Value {
    cosigned.iter().map(|witness| json!({ "name": witness.name, "time": witness.time })).collect()
}

fn entry_json(report: &Report, lang: Lang) -> Value {
    json!({
        "valid": true,
        "final": report.is_final(),
        "origin": report.checkpoint.origin,
        "index": report.receipt.proof.index,
        "size": report.checkpoint.size,
        "cosigned": cosigned_json(&report.cosigned),
        "certificate": certificate(report).map(|words| json!({ "zh": words.zh, "en": words.en })),
        "steps": (1..).zip(&report.steps).map(|(number, outcome)| json!({
            "step": number,
            "name": step_name(number, lang),
            "proven": matches!(outcome, Outcome::Proven(_)),
            "code": outcome.code(),
            "text": outcome.text(lang),
        })).collect::<Vec<_>>(),
    })
}

fn status_json(report: &StatusReport, lang: Lang) -> Value {
    json!({
        "valid": true,
        "final": report.is_final(),
        "origin": report.checkpoint.origin,
        "size": report.checkpoint.size,
        "sealed_ms": report.sealed_ms,
        "uscc": report.uscc,
        "cosigned": cosigned_json(&report.cosigned),
        "rating": report.rating.map(|state| json!({
            "rated": state.is_some(),
            "seq": state.map(|state| state.seq),
            "leaf_index": state.map(|state| state.leaf_index),
            "leaf_hash": state.map(|state| hex::encode(state.leaf_hash)),
            "text": report.rating_text(lang),
        })),
        "lists": report.lists.iter().map(|list| json!({
            "list": list.list,
            "public": list.is_public,
            "listed": list.is_listed(),
            "leaf_index": list.state.map(|state| state.leaf_index),
            "text": list.text(lang),
        })).collect::<Vec<_>>(),
    })
}

/// What is said of the manifest of an extract and its files.
pub(super) fn of_manifest(
    checked: &Result<ManifestReport, ManifestError>,
    is_json: bool,
    lang: Lang,
) -> String {
    match (checked, is_json) {
        (Ok(report), true) => format!("{:#}\n", manifest_json(report, lang)),
        (Err(error), true) => {
            format!("{:#}\n", json!({ "valid": false, "code": error.code(), "error": error.text(lang) }))
        }
        (Ok(report), false) => manifest(report, lang),
        (Err(error), false) => invalid(&error.text(lang), lang),
    }
}

fn invalid(why: &str, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("INVALID 无效：{why}\n"),
        Lang::En => format!("INVALID: {why}\n"),
    }
}

fn manifest(report: &ManifestReport, lang: Lang) -> String {
    let one = &report.manifest;
    let signed_by = report.signed_by.join(", ");
    let (head, signed, files) = match lang {
        Lang::Zh => (
            format!(
                "提取 {}：{}（{}），目的 {}，{} 生成，{} 家企业",
                one.extract, one.organisation, one.audience, one.purpose, one.made_at, one.enterprises
            ),
            format!("+ 清单：由 {signed_by} 签名\n"),
            "有文件与清单不符",
        ),
        Lang::En => (
            format!(
                "Extract {} for {} ({}), purpose {}, made {}, {} enterprises",
                one.extract, one.organisation, one.audience, one.purpose, one.made_at, one.enterprises
            ),
            format!("+ manifest: signed by {signed_by}\n"),
            "a file is not the one that the manifest names",
        ),
    };
    let checkpoint = match (report.size, lang) {
        (Some(size), Lang::Zh) => format!("+ 检查点：共 {size} 条的日志，由该日志签名\n"),
        (Some(size), Lang::En) => format!("+ checkpoint: of {size} leaves, signed by the log\n"),
        (None, _) => String::new(),
    };
    let mut text = format!("{head}\n{signed}{checkpoint}");
    for file in &report.files {
        let mark = if file.finding.is_proven() { '+' } else { '-' };
        text.push_str(&format!("{mark} {}: {}\n", file.name, file.text(lang)));
    }
    text.push_str(&if report.is_valid() { valid(lang).to_owned() } else { invalid(files, lang) });
    text
}

fn manifest_json(report: &ManifestReport, lang: Lang) -> Value {
    let one = &report.manifest;
    json!({
        "valid": report.is_valid(),
        "origin": one.origin,
        "signed_by": report.signed_by,
        "extract": one.extract,
        "request": one.request,
        "audience": one.audience,
        "organisation": one.organisation,
        "purpose": one.purpose,
        "made_at": one.made_at,
        "as_of": one.as_of,
        "enterprises": one.enterprises,
        "size": report.size,
        "files": report.files.iter().map(|file| json!({
            "name": file.name,
            "proven": file.finding.is_proven(),
            "code": file.finding.code(),
            "text": file.text(lang),
        })).collect::<Vec<_>>(),
    })
}
