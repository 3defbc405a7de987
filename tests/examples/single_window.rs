//! The other side of the interconnection with the single window: pushes files of customs messages, waits for a receipt
//! for each, pulls grades and classes, and prints both as tables.
//!
//! usage: single_window --url URL --key KEY --secret SECRET [--batch MESSAGES] [--purpose CODE] [--for RECEIVER]
//!        [--since CURSOR] [--lang zh|en] FILE…  (XML; without files it only pulls)
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a tool for people who try the interface"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use xinji_tests::window::{self, Message, Refused, Window};

const USAGE: &str = "single_window --url URL --key KEY --secret SECRET [--batch MESSAGES] [--purpose CODE] \
     [--for RECEIVER] [--since CURSOR] [--lang zh|en] FILE…";
/// Messages of a batch, unless another number is asked for.
const BATCH: usize = 100;

fn main() -> ExitCode {
    let (options, files) = read(std::env::args().skip(1));
    let option = |name: &str| options.get(name).cloned();
    let needed = |name: &str| option(name).unwrap_or_else(|| panic!("--{name} is missing: {USAGE}"));
    let lang = option("lang").unwrap_or_else(|| "en".to_owned());
    let window =
        Window::new(&needed("url"), &needed("key"), &needed("secret")).asking(option("purpose"), &lang);
    let size = option("batch").map_or(BATCH, |text| text.parse().unwrap_or(BATCH)).max(1);
    let receiver = option("for").unwrap_or_else(|| "customs".to_owned());
    match run(&window, &files, size, (&receiver, option("since").as_deref())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(refused) => {
            eprintln!("{refused}");
            ExitCode::FAILURE
        }
    }
}

fn read(mut arguments: impl Iterator<Item = String>) -> (BTreeMap<String, String>, Vec<String>) {
    let (mut options, mut files) = (BTreeMap::new(), Vec::new());
    while let Some(argument) = arguments.next() {
        match argument.strip_prefix("--") {
            Some(name) => {
                let value = arguments.next().unwrap_or_else(|| panic!("--{name} has no value: {USAGE}"));
                options.insert(name.to_owned(), value);
            }
            None => files.push(argument),
        }
    }
    (options, files)
}

fn run(
    window: &Window,
    files: &[String],
    size: usize,
    (receiver, since): (&str, Option<&str>),
) -> Result<(), Refused> {
    let message = |(at, file): (usize, &String)| -> Message {
        let bytes = std::fs::read(file).unwrap_or_else(|error| panic!("{file}: {error}"));
        (window::message_id(at + 1, Path::new(file)), bytes)
    };
    let messages: Vec<Message> = files.iter().enumerate().map(message).collect();
    let mut pushed = Vec::new();
    for batch in messages.chunks(size) {
        let taken = window.push(&window::id_of(batch), batch)?;
        pushed.push(taken["id"].as_str().unwrap_or_default().to_owned());
    }
    let mut receipts = Vec::new();
    for batch in &pushed {
        receipts.extend(window.receipts_of(batch)?);
    }
    if !receipts.is_empty() {
        println!("{}", window::table(&window::receipt_rows(&receipts)));
    }
    let (classes, next) = window.classes(receiver, since)?;
    print!("{}", window::table(&window::class_rows(&classes)));
    println!("next: --since {next}");
    Ok(())
}
