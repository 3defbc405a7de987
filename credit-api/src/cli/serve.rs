//! `credit-api serve`.

use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::Arc;

use super::args::Serve;
use super::{Outcome, first_start, output};
use crate::anchoring::{self, Anchor};
use crate::folder::Watch;
use crate::http;
use crate::service::Service;
use crate::worker::Worker;

pub fn run(service: Service, args: &Serve) -> Outcome {
    // A taken port is said now, and not after the sample zone was loaded.
    drop(TcpListener::bind(service.config.listen).map_err(|why| service.config.refuse("listen", why))?);
    http::tls::open(&service.config, &service.clock)?;
    let anchor = Arc::new(Anchor::open_or_stand_by(&service.config, &service.database, &service.clock)?);
    anchoring::publish_scorecard(&service.database, service.clock.as_ref(), &service.card)?;
    if anchor.is_active() {
        anchoring::policy::publish(&service.database, service.clock.as_ref(), anchor.view())?;
        if args.sample {
            first_start::fill(&service, &anchor, args.enterprises)?;
            first_start::say_logins(&service);
        }
    } else {
        output::say("another process anchors for this database; this one stands by and follows its ledger");
    }
    let (rules, mappings, alerts) = (service.rules.clone(), service.mappings.clone(), service.alerts.clone());
    let calendars = service.calendars.clone();
    let certificates = service.evidence.certificates().clone();
    let folders = Watch::start(move || {
        rules.look();
        mappings.look();
        alerts.look();
        calendars.look();
        certificates.look();
    })?;
    let cosigning = anchor.start_cosigning(&service.clock)?;
    let worker = Worker::start(service.clone(), Arc::clone(&anchor))?;
    output::say(&format!("log key: {}", anchor.view().vkey()));
    let outcome = http::serve(service, Arc::clone(&anchor), folders.nudge());
    drop(worker);
    drop(folders);
    drop(cosigning);
    anchor.resign();
    outcome?;
    output::say("stopped");
    Ok(ExitCode::SUCCESS)
}
