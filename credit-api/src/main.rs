//! The `credit-api` command. Everything it does is in the library; see `credit-api --help`.

use std::process::ExitCode;

/// What one thread takes another gives back here: a request makes the rows of its look, the thread that keeps the table
/// frees them. The allocator of glibc is slow at that (docs/BENCHMARKS.md, P5).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    credit_api::cli::main()
}
