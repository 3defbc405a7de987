//! Counters for operators, in the text format of Prometheus.

use std::sync::OnceLock;
use std::time::Duration;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// Upper bounds of the histogram of request times, seconds.
const SECONDS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// The recorder is the process's, not a server's: two servers in one process (tests) share it.
static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Where the counters are read.
#[derive(Clone)]
pub struct Metrics(Option<PrometheusHandle>);

impl Metrics {
    /// Starts counting, once per process.
    #[must_use]
    pub fn start() -> Self {
        let handle = RECORDER.get_or_init(|| {
            let builder = PrometheusBuilder::new().set_buckets(&SECONDS).ok()?;
            builder.install_recorder().ok()
        });
        Self(handle.clone())
    }

    /// Everything counted so far.
    #[must_use]
    pub fn text(&self) -> String {
        let Some(handle) = &self.0 else { return String::new() };
        handle.run_upkeep();
        handle.render()
    }
}

/// Counts a request. `route` is the pattern, never the path: codes of enterprises are no labels.
pub fn request(method: &str, route: &str, status: u16, took: Duration) {
    let labels = [("method", method.to_owned()), ("route", route.to_owned()), ("status", status.to_string())];
    metrics::counter!("http_requests_total", &labels).increment(1);
    metrics::histogram!("http_request_duration_seconds", "route" => route.to_owned())
        .record(took.as_secs_f64());
}

/// What waits, set when it is asked for.
pub fn waiting(outbox: i64, dirty: i64, jobs: i64, ledger_entries: u64) {
    let count = |number: i64| f64::from(i32::try_from(number).unwrap_or(i32::MAX));
    metrics::gauge!("outbox_pending").set(count(outbox));
    metrics::gauge!("enterprises_to_evaluate").set(count(dirty));
    metrics::gauge!("jobs_unfinished").set(count(jobs));
    metrics::gauge!("ledger_entries").set(count(i64::try_from(ledger_entries).unwrap_or(i64::MAX)));
}

/// Whether files of the operator cannot be used as they are, by the name of the gauge.
pub fn troubles(all: &[(&'static str, bool)]) {
    for (name, is_troubled) in all {
        metrics::gauge!(*name).set(if *is_troubled { 1.0 } else { 0.0 });
    }
}

/// Alerts about reading that no auditor has looked into.
pub fn access_alerts(open: i64) {
    metrics::gauge!("access_alerts_open").set(f64::from(i32::try_from(open).unwrap_or(i32::MAX)));
}

/// What this process does for the ledger: one of the roles is 1, the others 0.
pub fn ledger_role(role: &str, is_troubled: bool) {
    for known in ["active", "standby", "fenced"] {
        metrics::gauge!("ledger_role", "role" => known).set(if known == role { 1.0 } else { 0.0 });
    }
    metrics::gauge!("ledger_trouble").set(if is_troubled { 1.0 } else { 0.0 });
}
