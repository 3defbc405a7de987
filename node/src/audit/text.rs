//! The report in words, Chinese or English, and as JSON.

use super::account::{Account, CosignerLine, Gap, KeyLine};
use super::{FullReport, Report, format_time};
use ledger::store::scrub::Verified;
use ledger::texts::Lang;
use serde_json::{Value, json};
use std::fmt::Write;

/// Columns of the names before the values.
const NAME_COLUMNS: usize = 20;

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.result {
            Err(difference) => writeln!(f, "Ledger {}\nDAMAGED: {difference}", self.origin),
            Ok(found) => writeln!(
                f,
                "Ledger {}: {} leaves in {} blocks, root {}\nSOUND",
                self.origin,
                found.leaves,
                found.blocks,
                hex::encode(found.root)
            ),
        }
    }
}

impl FullReport {
    /// The report for people.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let mut writer = Writer { text: String::new(), lang };
        let title = writer.pick("账本", "Ledger");
        writer.line(&format!("{title} {}", self.report.origin));
        if let Ok(found) = &self.report.result {
            writer.verified(found);
        }
        match &self.account {
            Ok(account) => writer.account(account),
            Err(error) => writer.row(("未能读取", "not readable"), &error.to_string()),
        }
        if let Ok(found) = &self.report.result {
            writer.row(("根哈希", "root"), &hex::encode(found.root));
        }
        let end = match (&self.report.result, lang) {
            (Err(difference), Lang::Zh) => format!("DAMAGED 有损坏：{difference}"),
            (Err(difference), Lang::En) => format!("DAMAGED: {difference}"),
            (Ok(_), Lang::Zh) => {
                "SOUND 完好：每条记录、封印、数据块、检查点和索引均已重新读取，全部一致。".to_owned()
            }
            (Ok(_), Lang::En) => {
                "SOUND: every entry, seal, tile, checkpoint and index row was read and agrees.".to_owned()
            }
        };
        writer.line(&end);
        writer.text
    }

    /// The same for programs.
    #[must_use]
    pub fn json(&self) -> Value {
        let result = self.report.result.as_ref();
        json!({
            "origin": self.report.origin,
            "sound": result.is_ok(),
            "difference": result.err().map(ToString::to_string),
            "verified": result.ok().map(|found| json!({
                "zone": found.zone,
                "log_key": found.vkey.to_string(),
                "log_keys": found.keys.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "blocks": found.blocks,
                "leaves": found.leaves,
                "entries": found.entries,
                "subjects": found.subjects,
                "checkpoints": found.checkpoints,
                "published_size": found.published_size,
                "root": hex::encode(found.root),
            })),
            "account": self.account.as_ref().ok(),
        })
    }
}

struct Writer {
    text: String,
    lang: Lang,
}

impl Writer {
    fn pick<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        match self.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// A name in its column, and a value.
    fn row(&mut self, (zh, en): (&str, &str), value: &str) {
        let name = self.pick(zh, en);
        let line = format!("  {}{value}", padded(name, NAME_COLUMNS));
        self.line(&line);
    }

    fn verified(&mut self, found: &Verified) {
        self.row(("经开区", "zone"), &found.zone);
        self.row(("日志公钥", "log key"), &found.vkey.to_string());
        for later in found.keys.iter().rev().filter(|vkey| **vkey != found.vkey) {
            self.row(("后续公钥", "later key"), &later.to_string());
        }
        self.row(("区块", "blocks"), &found.blocks.to_string());
        self.row(("叶子", "leaves"), &found.leaves.to_string());
        self.row(("主体", "subjects"), &found.subjects.to_string());
        let last = found.published_size;
        let checkpoints = match self.lang {
            Lang::Zh => format!("{}（最后公布：{last} 条）", found.checkpoints),
            Lang::En => format!("{} (last published: {last} leaves)", found.checkpoints),
        };
        self.row(("检查点", "checkpoints"), &checkpoints);
    }

    fn account(&mut self, account: &Account) {
        for (kind, count) in &account.kinds {
            self.row((&format!("  {}", kind_zh(kind)), &format!("  {kind}")), &count.to_string());
        }
        if account.unknown > 0 {
            self.row(("  无法识别", "  unknown"), &account.unknown.to_string());
        }
        self.row(("首个封印", "first seal"), &format_time(account.first_seal_ms));
        self.row(("最后封印", "last seal"), &format_time(account.last_seal_ms));
        if let Some(gap) = &account.longest_gap {
            let text = self.gap(gap);
            self.row(("最长间隔", "longest gap"), &text);
        }
        let count = account.missing_heartbeats_count;
        let none = self.pick("无", "none").to_owned();
        let missing = if count == 0 { none.clone() } else { count.to_string() };
        self.row(("缺失的心跳", "missing heartbeats"), &missing);
        for gap in &account.missing_heartbeats {
            let text = self.gap(gap);
            self.row(("", ""), &text);
        }
        if account.key_events.is_empty() {
            self.row(("密钥变更", "key events"), &none);
        } else {
            let title = self.pick("密钥变更", "Key events").to_owned();
            self.line(&title);
            let lines: Vec<Vec<String>> =
                account.key_events.iter().map(|line| self.key_event(line)).collect();
            self.table(&lines);
        }
        if account.cosigners.is_empty() {
            self.row(("联署", "cosigned"), &none);
        } else {
            let title = self.pick("联署（以各方签署的时间为准）", "Cosigned, at the times that each signed");
            let title = title.to_owned();
            self.line(&title);
            let heads = match self.lang {
                Lang::Zh => ["见证方", "密钥", "检查点", "最后条数", "最后时间", "落后", "最长延迟"],
                Lang::En => {
                    ["witness", "key", "checkpoints", "last size", "last time", "behind", "longest delay"]
                }
            };
            let mut lines = vec![heads.map(str::to_owned).to_vec()];
            lines.extend(account.cosigners.iter().map(cosigner));
            self.table(&lines);
        }
    }

    fn gap(&self, gap: &Gap) -> String {
        let (length, from) = (duration(gap.length_ms()), format_time(gap.from_ms));
        let block = gap.before_block;
        match self.lang {
            Lang::Zh => format!("{length}，自 {from} 起，第 {block} 个区块之前"),
            Lang::En => format!("{length} from {from}, before block {block}"),
        }
    }

    fn key_event(&self, line: &KeyLine) -> Vec<String> {
        let action = match (line.action, self.lang) {
            ("add", Lang::Zh) => "新增",
            ("rotate", Lang::Zh) => "更换",
            ("revoke", Lang::Zh) => "吊销",
            (action, _) => action,
        };
        let signed = match line.is_signed_by_old_key {
            true => self.pick("旧密钥与离线根签署", "by old key and offline root"),
            false => self.pick("离线根签署", "by offline root"),
        };
        vec![
            line.leaf.to_string(),
            format_time(line.at_ms),
            action.to_owned(),
            line.name.clone(),
            line.key.chars().take(16).collect(),
            signed.to_owned(),
        ]
    }

    /// Columns as wide as their longest cell.
    fn table(&mut self, lines: &[Vec<String>]) {
        let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
        let cell = |line: &Vec<String>, column: usize| line.get(column).map_or(0, |cell| width(cell));
        let widths: Vec<usize> = (0..columns)
            .map(|column| lines.iter().map(|line| cell(line, column)).max().unwrap_or(0))
            .collect();
        for line in lines {
            let mut text = String::from(" ");
            for (cell, width) in line.iter().zip(&widths) {
                let _ = write!(text, " {} ", padded(cell, *width));
            }
            self.line(text.trim_end());
        }
    }
}

fn cosigner(line: &CosignerLine) -> Vec<String> {
    vec![
        line.name.clone(),
        line.key_id.clone(),
        line.checkpoints.to_string(),
        line.last_size.to_string(),
        format_time(line.last_time_s.saturating_mul(1000)),
        line.lag.to_string(),
        duration(line.longest_delay_s.saturating_mul(1000)),
    ]
}

fn kind_zh(kind: &str) -> &str {
    match kind {
        "genesis" => "创世",
        "rating" => "评级",
        "listing" => "名单",
        "scorecard" => "评分卡",
        "key" => "密钥",
        "statement" => "声明",
        "erasure" => "销毁",
        "digest" => "摘要",
        "seal" => "封印",
        other => other,
    }
}

/// Days, hours, minutes and seconds, as far as there are any.
fn duration(ms: u64) -> String {
    if ms < 1000 {
        return format!("{ms} ms");
    }
    let seconds = ms / 1000;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    let mut text = String::new();
    for (number, unit) in [(days, "d"), (hours, "h"), (minutes, "min"), (seconds % 60, "s")] {
        if number > 0 {
            let _ = write!(text, "{}{number} {unit}", if text.is_empty() { "" } else { " " });
        }
    }
    text
}

/// Columns of a terminal: two for a Chinese character.
fn width(text: &str) -> usize {
    text.chars().map(|c| if c < '\u{1100}' { 1 } else { 2 }).sum()
}

fn padded(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_the_units_that_there_are() {
        for (ms, text) in [(0, "0 ms"), (999, "999 ms"), (61_000, "1 min 1 s"), (90_000_000, "1 d 1 h")] {
            assert_eq!(duration(ms), text);
        }
    }

    #[test]
    fn chinese_names_take_two_columns() {
        assert_eq!((width("区块 a"), padded("区", 4)), (6, "区  ".to_owned()));
    }
}
