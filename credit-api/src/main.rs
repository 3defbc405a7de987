//! The `credit-api` command. Everything it does is in the library; see `credit-api --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    credit_api::cli::main()
}
