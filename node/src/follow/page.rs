//! The status page: one look, and a person of the agency knows whether all is well.

use super::status::{Phase, Status};
use askama::Template;

/// The page in one language.
#[derive(Template)]
#[template(path = "follow.html")]
pub(super) struct Page {
    pub(super) status: Status,
    pub(super) is_zh: bool,
}

impl Page {
    fn pick<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        if self.is_zh { zh } else { en }
    }

    fn headline(&self) -> &str {
        match self.status.phase {
            Phase::Starting => self.pick("正在启动", "Starting"),
            Phase::Replaying => self.pick("正在逐条重新执行日志", "Re-executing the log"),
            Phase::Following => self.pick("日志已全部核验", "Everything the log signed was verified"),
            Phase::Alarm => self.pick("需要有人查看", "A person should look"),
            Phase::Refused => self.pick("拒绝：日志自相矛盾", "Refused: the log contradicts itself"),
        }
    }

    fn class(&self) -> &'static str {
        match self.status.phase {
            Phase::Starting | Phase::Replaying => "wait",
            Phase::Following => "good",
            Phase::Alarm | Phase::Refused => "bad",
        }
    }

    /// Groups of three digits.
    fn number(&self, number: &u64) -> String {
        let digits = number.to_string();
        let mut text = String::new();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                text.push('\u{2009}');
            }
            text.push(digit);
        }
        text
    }

    fn time(&self, ms: &u64) -> String {
        if *ms == 0 { "–".to_owned() } else { crate::audit::format_time(*ms) }
    }

    /// How far behind the last checkpoint seen.
    fn behind(&self) -> u64 {
        self.status.seen.saturating_sub(self.status.replayed)
    }

    fn evidence_name(&self) -> String {
        let name = self.status.evidence().and_then(|path| path.file_name());
        name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    fn evidence_digest(&self) -> &str {
        self.status.refusal.as_ref().map_or("", |refusal| &refusal.digest)
    }
}
