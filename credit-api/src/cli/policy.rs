//! `credit-api policy`: the rule of who may see what, explained, checked, printed.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args as ClapArgs, Subcommand};
use credit_core::records::Lang;
use credit_core::uscc::Uscc;

use super::args::lang;
use super::{FAILED, Outcome, USAGE, output};
use crate::access::ask::{Question, Scope};
use crate::access::rules::{self, Engine};
use crate::access::{Audience, Block, Purpose, Rules, explain, table};
use crate::config::Config;

#[derive(Subcommand)]
pub enum Policy {
    /// What somebody would see of a block, which policy says so, on which ground, and what is missing.
    Explain(Explain),
    /// Reads and validates the policies of a folder, as the service would.
    Check {
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
        /// Language of the messages: zh or en.
        #[arg(long, default_value = "zh", value_parser = lang)]
        lang: Lang,
    },
    /// The whole disclosure matrix as the policies in force have it (Markdown).
    Table {
        /// Language: zh or en.
        #[arg(long, default_value = "zh", value_parser = lang)]
        lang: Lang,
    },
    /// Writes the program's own policies into an empty folder, to change them there.
    Export {
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
        /// Language of the messages: zh or en.
        #[arg(long, default_value = "zh", value_parser = lang)]
        lang: Lang,
    },
}

#[derive(ClapArgs)]
pub struct Explain {
    /// Who asks: public, enterprise, commerce, customs, safe, tax, market_regulation, public_credit, central_bank,
    /// police, financier, operator, reviewer, auditor or source.
    #[arg(long = "as", value_name = "AUDIENCE", value_parser = audience)]
    pub who: Audience,
    /// Purpose code, as in X-Purpose.
    #[arg(long, value_name = "PURPOSE")]
    pub purpose: Option<String>,
    /// The block, such as score or transactions.
    #[arg(long, value_name = "BLOCK", value_parser = block)]
    pub block: Block,
    /// The enterprise is one that the asker speaks for.
    #[arg(long)]
    pub own: bool,
    /// A consent in force covers it.
    #[arg(long)]
    pub consent: bool,
    /// Only what the asker's own organisation did (query log).
    #[arg(long)]
    pub own_organisation: bool,
    /// It is not published: the enterprise opted out (grade_top), or SAMR does not publish it (complaints).
    #[arg(long)]
    pub unpublished: bool,
    /// The matter is closed (watch list).
    #[arg(long)]
    pub closed: bool,
    /// The enterprise was given notice of it (watch list).
    #[arg(long)]
    pub notified: bool,
    /// The enterprise asked about; without one the question is about many.
    #[arg(value_name = "USCC", value_parser = Uscc::parse)]
    pub uscc: Option<Uscc>,
    /// Language: zh or en.
    #[arg(long, default_value = "zh", value_parser = lang)]
    pub lang: Lang,
}

fn audience(text: &str) -> Result<Audience, String> {
    let known = || Audience::ALL.map(Audience::code).join(", ");
    Audience::of_code(text).ok_or_else(|| format!("no such audience; known: {}", known()))
}

fn block(text: &str) -> Result<Block, String> {
    let known = || Block::ALL.map(Block::code).join(", ");
    Block::of_code(text).ok_or_else(|| format!("no such block; known: {}", known()))
}

/// Needs no database: the policies of the settings, or of the program.
pub fn run(config: &Config, command: &Policy) -> Outcome {
    match command {
        Policy::Check { folder, lang } => check(folder, *lang),
        Policy::Export { folder, lang } => export(folder, *lang),
        Policy::Explain(asked) => with_rules(config, |engine| explain_one(engine, asked)),
        Policy::Table { lang } => with_rules(config, |engine| {
            let rows: Vec<Block> = table::rows().collect();
            output::say(table::markdown(engine, &table::COLUMNS, &rows, *lang).trim_end());
            output::say("");
            output::say(table::markdown(engine, &table::ROLES, &Block::ALL, *lang).trim_end());
            Ok(ExitCode::SUCCESS)
        }),
    }
}

fn with_rules(config: &Config, work: impl FnOnce(&Engine) -> Outcome) -> Outcome {
    match Rules::open(config.policies.as_deref()) {
        Ok(rules) => work(&rules.engine()),
        Err(error) => {
            output::complain(&error.to_string());
            Ok(ExitCode::from(USAGE))
        }
    }
}

fn explain_one(engine: &Engine, asked: &Explain) -> Outcome {
    let purpose = match asked.purpose.as_deref().map(|text| (text, text.parse::<Purpose>())) {
        None => None,
        Some((_, Ok(purpose))) => Some(purpose),
        Some((text, Err(_))) => {
            output::complain(&explain::unknown_purpose(text, engine, asked.who, asked.lang));
            return Ok(ExitCode::from(USAGE));
        }
    };
    let question = Question {
        audience: asked.who,
        block: asked.block,
        purpose,
        scope: if asked.uscc.is_some() { Scope::One } else { Scope::Many },
        own: asked.own && asked.who == Audience::Enterprise && asked.uscc.is_some(),
        own_organisation: asked.own_organisation,
        consent: asked.consent && asked.who == Audience::Financier && asked.uscc.is_some(),
        published: !asked.unpublished,
        closed: asked.closed,
        notified: asked.notified,
    };
    let uscc = asked.uscc.map(|uscc| uscc.to_string());
    for [label, text] in explain::explain(engine, question, uscc.as_deref(), asked.lang) {
        output::say(&match asked.lang {
            Lang::Zh => format!("{label}：{text}"),
            Lang::En => format!("{label}: {text}"),
        });
    }
    Ok(ExitCode::SUCCESS)
}

fn check(folder: &Path, lang: Lang) -> Outcome {
    match rules::check(folder) {
        Ok(engine) => {
            let (count, version) = (engine.len(), engine.version());
            output::say(&match lang {
                Lang::Zh => format!("可用：{count} 条策略，版本 {version}"),
                Lang::En => format!("can be used: {count} policies, version {version}"),
            });
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            output::complain(&error.to_string());
            Ok(ExitCode::from(FAILED))
        }
    }
}

fn export(folder: &Path, lang: Lang) -> Outcome {
    let schema = ("schema.cedarschema".to_owned(), rules::SCHEMA.to_owned());
    write_all(folder, rules::embedded_files().into_iter().chain([schema]), lang)
}

/// Writes files into an empty folder, and says their names.
pub(super) fn write_all(
    folder: &Path,
    files: impl IntoIterator<Item = (String, String)>,
    lang: Lang,
) -> Outcome {
    std::fs::create_dir_all(folder)?;
    if std::fs::read_dir(folder)?.next().is_some() {
        output::complain(&match lang {
            Lang::Zh => format!("{} 不是空文件夹", folder.display()),
            Lang::En => format!("{} is not empty", folder.display()),
        });
        return Ok(ExitCode::from(FAILED));
    }
    for (name, body) in files {
        std::fs::write(folder.join(&name), body)?;
        output::say(&folder.join(&name).display().to_string());
    }
    Ok(ExitCode::SUCCESS)
}
