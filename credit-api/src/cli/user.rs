//! `credit-api user`: who may sign in, and for which enterprise an agent speaks. A password is printed once and never
//! taken as an argument: arguments are seen by everybody on the machine.

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use credit_core::uscc::Uscc;

use super::args::date;
use super::{Outcome, output};
use crate::access::Audience;
use crate::evaluation::view::rfc3339;
use crate::identity::letters::{FILE_BYTES_MAX, LetterRow, NewLetter, Verdict};
use crate::identity::users::{NewUser, UserRow};
use crate::identity::{Actor, Identity, TRUST};
use crate::service::Service;
use crate::single_window::SingleWindow;
use crate::webhooks::OVERLAP_HOURS_DEFAULT;

/// Rows read at once.
const ROWS_AT_ONCE: i64 = 200;

#[derive(Subcommand)]
pub enum User {
    /// Adds a user and prints a password, to be changed at the first sign-in.
    Add(Add),
    /// Lists the users.
    List,
    /// Ends a user's sessions and keys; nobody signs in as this user any more.
    Disable(Named),
    /// Lets a disabled user sign in again.
    Enable(Named),
    /// Prints a new password, to be changed at the next sign-in, and ends the sessions.
    Reset(Reset),
    /// Puts a letter of authorisation on file and proposes to bind an agent to an enterprise.
    Letter(Letter),
    /// Lists a user's letters of authorisation.
    Letters(Named),
    /// Approves a letter: another person than the one who proposed it.
    Approve(Decide),
    /// Refuses a letter: another person than the one who proposed it.
    Refuse(Decide),
    /// Ends an approved letter at once.
    Revoke(Decide),
    /// Makes a signing secret for a source that pushes batches, and prints it; it is shown this once.
    Secret(Secret),
    /// Lists the signing secrets of a source that hold now, without what is secret of them.
    Secrets(Named),
}

#[derive(Args)]
pub struct Add {
    #[arg(value_name = "LOGIN")]
    login: String,
    /// The person's name.
    #[arg(long, value_name = "NAME")]
    name: String,
    /// Column of the disclosure matrix, or role: enterprise, customs, financier, reviewer …
    #[arg(long, value_name = "CODE", value_parser = audience)]
    audience: Audience,
    /// Code of a department, USCC of an institution, or the id of a source.
    #[arg(long, value_name = "CODE")]
    organisation: Option<String>,
}

#[derive(Args)]
pub struct Named {
    /// Login or id.
    #[arg(value_name = "USER")]
    user: String,
}

#[derive(Args)]
pub struct Secret {
    /// Login or id of a user of the role source, with the organisation ceb.
    #[arg(value_name = "USER")]
    user: String,
    /// Hours that the secrets before still hold, 0 to 720; 0 ends them at once.
    #[arg(long, value_name = "HOURS", default_value_t = OVERLAP_HOURS_DEFAULT)]
    overlap_hours: i64,
}

#[derive(Args)]
pub struct Reset {
    /// Login or id.
    #[arg(value_name = "USER")]
    user: String,
    /// Removes the second factor too.
    #[arg(long)]
    second_factor: bool,
}

#[derive(Args)]
pub struct Letter {
    /// Login or id of the agent.
    #[arg(value_name = "USER")]
    user: String,
    /// The enterprise.
    #[arg(long, value_name = "USCC", value_parser = Uscc::parse)]
    uscc: Uscc,
    /// The signed letter: PDF, PNG or JPEG, at most 10 MiB.
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    #[arg(long, value_name = "DATE", value_parser = date)]
    from: NaiveDate,
    /// At most three years after --from.
    #[arg(long, value_name = "DATE", value_parser = date)]
    to: NaiveDate,
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Who proposes.
    #[arg(long, value_name = "NAME")]
    by: String,
}

#[derive(Args)]
pub struct Decide {
    #[arg(value_name = "LETTER")]
    letter: String,
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Who decides.
    #[arg(long, value_name = "NAME")]
    by: String,
}

/// An audience by its code.
pub(super) fn audience(text: &str) -> Result<Audience, String> {
    Audience::of_code(text).ok_or_else(|| {
        let known: Vec<&str> = Audience::ALL.iter().map(|audience| audience.code()).collect();
        format!("expected one of {}", known.join(", "))
    })
}

/// Identities as the command line works on them; a running service learns of every change.
pub(super) fn identity(service: &Service) -> Identity {
    Identity::new(service.clone(), None, TRUST)
}

/// Whoever may run commands on the machine.
pub(super) fn root() -> Actor {
    Actor::at_terminal("root")
}

pub fn run(service: &Service, command: User) -> Outcome {
    let identity = identity(service);
    match command {
        User::Add(add) => {
            let new = NewUser {
                login: add.login,
                name: add.name,
                audience: add.audience,
                organisation: add.organisation,
                password: None,
            };
            let (user, password) = identity.add_user(&root(), &new)?;
            print_user(&user);
            say_password(password.as_deref());
        }
        User::List => list(&identity)?,
        User::Disable(named) => {
            print_user(&identity.disable_user(&root(), &id_of(&identity, &named.user)?)?);
        }
        User::Enable(named) => {
            print_user(&identity.enable_user(&root(), &id_of(&identity, &named.user)?)?);
        }
        User::Reset(reset) => {
            let id = id_of(&identity, &reset.user)?;
            say_password(Some(&identity.reset_user(&root(), &id, reset.second_factor)?));
        }
        User::Letter(letter) => print_letter(&propose(&identity, &letter)?),
        User::Letters(named) => {
            for letter in identity.letters_of(&root(), &named.user)? {
                print_letter(&letter);
            }
        }
        User::Approve(decide) => decided(&identity, &decide, Verdict::Approved)?,
        User::Refuse(decide) => decided(&identity, &decide, Verdict::Refused)?,
        User::Revoke(revoke) => {
            let by = Actor::at_terminal(&revoke.by);
            print_letter(&identity.revoke_letter(&by, &revoke.letter, &revoke.reason)?);
        }
        User::Secret(asked) => {
            let user = identity.user(&root(), &asked.user)?;
            let window = SingleWindow::new(service.clone());
            let (row, secret) = window.add_secret(&root(), &user, asked.overlap_hours)?;
            output::say(&format!(
                "{}  shown once, to be handed to the sender by another road than its key: {secret}",
                row.id
            ));
        }
        User::Secrets(named) => {
            let user = identity.user(&root(), &named.user)?;
            for row in SingleWindow::new(service.clone()).live_secrets(&user.id)? {
                let until = row.ends_at.map_or_else(|| "-".to_owned(), rfc3339);
                output::say(&format!(
                    "{}  made {} by {}  until {until}",
                    row.id,
                    rfc3339(row.created_at),
                    row.created_by
                ));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn id_of(identity: &Identity, user: &str) -> Result<String, Box<dyn std::error::Error>> {
    Ok(identity.user(&root(), user)?.id)
}

fn list(identity: &Identity) -> Result<(), Box<dyn std::error::Error>> {
    let mut after: Option<String> = None;
    loop {
        let users = identity.list_users(&root(), after.as_deref(), ROWS_AT_ONCE)?;
        users.iter().for_each(print_user);
        match users.last() {
            Some(last) => after = Some(last.login.clone()),
            None => return Ok(()),
        }
    }
}

fn propose(identity: &Identity, letter: &Letter) -> Result<LetterRow, Box<dyn std::error::Error>> {
    let bytes = std::fs::metadata(&letter.file)?.len();
    if bytes > u64::try_from(FILE_BYTES_MAX)? {
        return Err(format!("{}: {bytes} bytes, at most {FILE_BYTES_MAX}", letter.file.display()).into());
    }
    let file = std::fs::read(&letter.file)?;
    let name = letter.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let new = NewLetter {
        user: &letter.user,
        uscc: letter.uscc,
        file_name: &name,
        file: &file,
        valid_from: letter.from,
        valid_to: letter.to,
        reason: &letter.reason,
    };
    Ok(identity.propose_letter(&Actor::at_terminal(&letter.by), &new)?)
}

fn decided(identity: &Identity, decide: &Decide, verdict: Verdict) -> Result<(), Box<dyn std::error::Error>> {
    let by = Actor::at_terminal(&decide.by);
    print_letter(&identity.decide_letter(&by, &decide.letter, verdict, &decide.reason)?);
    Ok(())
}

fn print_user(user: &UserRow) {
    let organisation = user.organisation.as_deref().unwrap_or("-");
    let factor = if user.has_second_factor() { "second factor" } else { "" };
    let line = format!(
        "{:20} {:18} {:20} {:8} {}  {}  {factor}",
        user.login, user.audience, organisation, user.state, user.id, user.name
    );
    output::say(line.trim_end());
}

fn print_letter(letter: &LetterRow) {
    output::say(&format!(
        "{}  {}  {}..{}  {:8}  proposed by {}{}",
        letter.id,
        letter.uscc,
        letter.valid_from,
        letter.valid_to,
        letter.state,
        letter.proposed_by,
        letter.decided_by.as_ref().map(|by| format!(", decided by {by}")).unwrap_or_default()
    ));
}

fn say_password(password: Option<&str>) {
    if let Some(password) = password {
        output::say(&format!("password, shown once, to be changed at the next sign-in: {password}"));
    }
}
