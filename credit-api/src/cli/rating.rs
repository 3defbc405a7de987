//! `credit-api rating`: signatures for moves of two or more grades.

use std::process::ExitCode;

use credit_core::records::Lang;

use super::args::{Rating, SignOff};
use super::{FAILED, Outcome, anchor_now, output};
use crate::evaluation::sign_off::{self, SignError, Signature};
use crate::service::Service;

pub fn run(service: &Service, command: Rating) -> Outcome {
    match command {
        Rating::SignOff(args) => sign(service, args),
        Rating::Waiting { lang } => waiting(service, lang),
    }
}

fn sign(service: &Service, args: SignOff) -> Outcome {
    let SignOff { uscc, grade, by, reason, basis, lang } = args;
    let signature = Signature { grade, by, reason, basis };
    let row = match sign_off::sign(service, uscc, &signature, |_, _| Ok(())) {
        Ok(row) => row,
        Err(SignError::Store(error)) => return Err(error.into()),
        Err(refusal) => {
            output::complain(&format!("{uscc}: {}", refusal.message(lang)));
            return Ok(ExitCode::from(FAILED));
        }
    };
    let (from, to) = (&row.from_grade, &row.grade);
    let Some(approved_by) = &row.approved_by else {
        output::say(&match lang {
            Lang::Zh => format!("{uscc}：{} 已签署 {from} → {to}；尚须另一人签署。", row.proposed_by),
            Lang::En => {
                format!("{uscc}: {} has signed {from} to {to}; another person must sign.", row.proposed_by)
            }
        });
        return Ok(ExitCode::SUCCESS);
    };
    sign_off::take_effect(service, uscc)?;
    output::say(&match lang {
        Lang::Zh => {
            format!("{uscc}：{from} → {to} 已生效，由 {} 提出、{approved_by} 批准。", row.proposed_by)
        }
        Lang::En => {
            format!(
                "{uscc}: {from} to {to} is in force, proposed by {}, approved by {approved_by}.",
                row.proposed_by
            )
        }
    });
    anchor_now(service, lang)?;
    Ok(ExitCode::SUCCESS)
}

fn waiting(service: &Service, lang: Lang) -> Outcome {
    let all = sign_off::all_waiting(service)?;
    if all.is_empty() {
        output::say(match lang {
            Lang::Zh => "没有两级以上的变动等待签署。",
            Lang::En => "No move of two or more grades waits for a signature.",
        });
    }
    for one in &all {
        let Some(view) = sign_off::view(one, lang) else { continue };
        output::say(&format!("{}  {} → {}  {}", one.uscc, view.from, view.to, one.name));
        output::say(&format!("  {}", view.text));
    }
    Ok(ExitCode::SUCCESS)
}
