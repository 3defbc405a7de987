//! `credit-api certificate`: certificates of clients, by which a department or an institution is known under TLS.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::key::scope;
use super::user::{audience, identity, root};
use super::{Outcome, output};
use crate::access::Audience;
use crate::evaluation::view::rfc3339;
use crate::identity::certificates::{CertificateRow, NewCertificate};
use crate::identity::keys::DAYS_DEFAULT;
use crate::identity::scopes::Scope;
use crate::service::Service;

/// Rows read at once.
const ROWS_AT_ONCE: i64 = 200;

#[derive(Subcommand)]
pub enum Certificate {
    /// Lets a certificate in; it must also be issued under the setting tls_client_ca.
    Add(Add),
    /// Lists the certificates, newest first.
    List,
    /// Revokes a certificate; when this ends, no running service lets it in.
    Revoke {
        /// Id.
        #[arg(value_name = "CERTIFICATE")]
        id: String,
    },
}

#[derive(Args)]
pub struct Add {
    /// What it is for.
    #[arg(value_name = "NAME")]
    name: String,
    /// SHA-256 of the certificate, as `openssl x509 -noout -fingerprint -sha256` prints it after the equals sign.
    #[arg(long, value_name = "DIGITS")]
    fingerprint: String,
    /// Whose it is: customs and the other departments, financier, source.
    #[arg(long, value_name = "CODE", value_parser = audience)]
    audience: Audience,
    /// Code of the department, USCC of the institution, or id of the source.
    #[arg(long, value_name = "CODE")]
    organisation: Option<String>,
    /// What it may be used for: read, intake, share; may be given again.
    #[arg(long = "scope", value_name = "SCOPE", required = true, value_parser = scope)]
    scopes: Vec<Scope>,
    /// Days that it is let in, 1 to 366; its own end holds as well.
    #[arg(long, value_name = "DAYS", default_value_t = DAYS_DEFAULT)]
    days: i64,
}

pub fn run(service: &Service, command: Certificate) -> Outcome {
    let identity = identity(service);
    let now = service.clock.now().0;
    match command {
        Certificate::Add(add) => {
            let new = NewCertificate {
                name: add.name,
                fingerprint: add.fingerprint,
                audience: add.audience,
                organisation: add.organisation,
                scopes: add.scopes.into_iter().collect(),
                days: add.days,
            };
            print(&identity.add_certificate(&root(), &new, |_, _| Ok(()))?, now);
        }
        Certificate::List => {
            let mut before: Option<(i64, String)> = None;
            loop {
                let after = before.as_ref().map(|(at, id)| (*at, id.as_str()));
                let rows = identity.list_certificates(&root(), after, ROWS_AT_ONCE)?;
                rows.iter().for_each(|row| print(row, now));
                let Some(last) = rows.last() else { break };
                before = Some((last.created_at, last.id.clone()));
            }
        }
        Certificate::Revoke { id } => print(&identity.revoke_certificate(&root(), &id)?, now),
    }
    Ok(ExitCode::SUCCESS)
}

fn print(row: &CertificateRow, now: i64) {
    output::say(&format!(
        "{}  {:8}  {:16} {}  [{}]  until {}  last used {}  {}  {}",
        row.id,
        row.state(now),
        row.audience,
        row.organisation.as_deref().unwrap_or("-"),
        row.scopes,
        rfc3339(row.expires_at),
        row.used_at.map_or_else(|| "never".to_owned(), rfc3339),
        row.fingerprint,
        row.name
    ));
}
