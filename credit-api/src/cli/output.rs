//! What the commands print, and the progress they show.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Redraws a second of a progress bar that nobody watches live.
const DRAWS_PER_SECOND: u8 = 4;

/// One line on standard output. A reader who went away is no error of ours.
pub fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// One line on standard error.
pub fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "credit-api: {line}");
}

/// A bar over `total`, in bytes when `bytes`.
pub fn bar(label: &str, total: u64, bytes: bool) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), target());
    let count = if bytes { "{bytes}/{total_bytes}" } else { "{pos}/{len}" };
    let template = format!("{{prefix:22}} [{{bar:30}}] {count} {{msg}} {{eta}}");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_prefix(label.to_owned());
    bar
}

/// A sign of life for work without a known end.
pub fn spinner(label: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, target());
    bar.set_prefix(label.to_owned());
    if let Ok(style) = ProgressStyle::with_template("{prefix:22} {spinner} {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}

fn target() -> ProgressDrawTarget {
    if io::stderr().is_terminal() {
        ProgressDrawTarget::stderr_with_hz(DRAWS_PER_SECOND)
    } else {
        ProgressDrawTarget::hidden()
    }
}
