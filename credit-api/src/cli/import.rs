//! `credit-api import`.

use std::fs::File;
use std::path::Path;
use std::process::ExitCode;

use credit_core::records::Lang;

use super::args::Import;
use super::{FAILED, Outcome, anchor_now, evaluate, output};
use crate::intake::batches;
use crate::intake::receive::{Incoming, ReceiveError, Summary, receive};
use crate::intake::{rejected_csv, source_file};
use crate::service::Service;

pub fn run(service: &Service, args: &Import) -> Outcome {
    let mut rejected = Vec::new();
    let mut refused = false;
    let mut failure = None;
    for file in &args.files {
        match take(service, file, args) {
            Ok(summary) => {
                output::say(&sentence(&summary, args.lang));
                if summary.rows_rejected > 0 && summary.same_as.is_none() {
                    rejected.push(summary.batch_id);
                }
            }
            Err(Problem::Refused(why)) => {
                refused = true;
                output::complain(&format!("{}: {why}", file.display()));
            }
            Err(Problem::Other(error)) => {
                failure = Some(error);
                break;
            }
        }
    }
    // The files that are in are in: their rejected rows are listed whatever happened afterwards.
    if !rejected.is_empty()
        && let Err(error) = list_rejected(service, args, &rejected)
    {
        refused = true;
        output::complain(&format!("{}: {error}", args.rejected.display()));
    }
    if let Some(failure) = failure {
        return Err(failure);
    }
    if !args.no_evaluate {
        evaluate::changed(service, args.lang)?;
        anchor_now(service, args.lang)?;
    }
    Ok(if refused || !rejected.is_empty() { ExitCode::from(FAILED) } else { ExitCode::SUCCESS })
}

enum Problem {
    /// This file cannot be read; the others go on.
    Refused(String),
    Other(Box<dyn std::error::Error>),
}

fn take(service: &Service, path: &Path, args: &Import) -> Result<Summary, Problem> {
    let content = source_file::open(path).map_err(|error| Problem::Refused(error.message(args.lang)))?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let bar = output::bar(&name, content.metadata().map_or(0, |meta| meta.len()), true);
    let incoming = Incoming { name: &name, content, expected: args.source.unwrap_or_default() };
    let mut progress = |done: u64, total: u64, rows: u64| {
        bar.set_length(total);
        bar.set_position(done);
        bar.set_message(format!("{rows} rows"));
        true
    };
    let outcome =
        receive(&service.database, &service.evidence, service.clock.as_ref(), incoming, &mut progress);
    bar.finish_and_clear();
    outcome.map_err(|error| match error {
        ReceiveError::Refused(error) => {
            Problem::Refused(format!("[{}] {}", error.code(), error.message(args.lang)))
        }
        other => Problem::Other(format!("{}: {other}", path.display()).into()),
    })
}

fn sentence(summary: &Summary, lang: Lang) -> String {
    let Summary { file_name, source, rows_total, rows_new, rows_superseding, .. } = summary;
    let (unchanged, rejected) = (summary.rows_unchanged, summary.rows_rejected);
    if let Some(batch) = &summary.same_as {
        return match lang {
            Lang::Zh => {
                format!(
                    "{file_name}: 与已接收的文件完全相同（批次 {batch}），未作任何改动 (already received, unchanged)"
                )
            }
            Lang::En => format!("{file_name}: already received as batch {batch}; unchanged"),
        };
    }
    let mut text = match lang {
        Lang::Zh => format!(
            "{file_name}: {source}，共 {rows_total} 行：新增 {rows_new}，更新 {rows_superseding}，未变 {unchanged}，拒收 {rejected}"
        ),
        Lang::En => format!(
            "{file_name}: {source}, {rows_total} rows: {rows_new} new, {rows_superseding} superseding, \
             {unchanged} unchanged, {rejected} rejected"
        ),
    };
    if !summary.extra_columns.is_empty() {
        let names: Vec<String> =
            summary.extra_columns.iter().map(|(name, rows)| format!("{name} ({rows})")).collect();
        let label = if lang == Lang::Zh { "；未知列：" } else { "; unknown columns: " };
        text.push_str(label);
        text.push_str(&names.join(", "));
    }
    text
}

/// The rejected rows of these batches, one line per error, with what to do.
fn list_rejected(
    service: &Service,
    args: &Import,
    rejected: &[String],
) -> Result<(), Box<dyn std::error::Error>> {
    let mut connection = service.database.connection()?;
    let mut written = 0;
    let mut writer = rejected_csv::Writer::new(File::create(&args.rejected)?)?;
    for id in rejected {
        let Some(batch) = batches::find(&mut connection, id)? else { continue };
        written += writer.batch(&mut connection, &batch)?;
    }
    writer.finish()?;
    let place = args.rejected.display();
    output::say(&match args.lang {
        Lang::Zh => format!("拒收明细：{place}（{written} 条）。改正后只需重新提交这些行。"),
        Lang::En => {
            format!("rejected rows: {place} ({written} errors). Correct and resubmit these rows alone.")
        }
    });
    Ok(())
}
