//! `credit-api mapping`: the operator's own mappings of grades, begun and checked.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use credit_core::records::Lang;

use super::args::lang;
use super::policy::write_all;
use super::{FAILED, Outcome, output};
use crate::docking::{book, mapping};

#[derive(Subcommand)]
pub enum MappingFiles {
    /// Reads and validates the mappings of a folder, as the service would.
    Check {
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
        /// Language of the messages: zh or en.
        #[arg(long, default_value = "zh", value_parser = lang)]
        lang: Lang,
    },
    /// Writes the program's own mappings into an empty folder, to add others there.
    Export {
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
        /// Language of the messages: zh or en.
        #[arg(long, default_value = "zh", value_parser = lang)]
        lang: Lang,
    },
}

/// Needs neither database nor settings.
pub fn run(command: &MappingFiles) -> Outcome {
    match command {
        MappingFiles::Export { folder, lang } => {
            let files = mapping::embedded().into_iter().map(|file| (file.name, file.body));
            write_all(folder, files, *lang)
        }
        MappingFiles::Check { folder, lang } => match book::check(folder) {
            Ok(mappings) => {
                let count = mappings.count();
                output::say(&match lang {
                    Lang::Zh => format!("可用：{count} 份等级对照"),
                    Lang::En => format!("can be used: {count} mappings"),
                });
                Ok(ExitCode::SUCCESS)
            }
            Err(error) => {
                output::complain(&error.to_string());
                Ok(ExitCode::from(FAILED))
            }
        },
    }
}
