//! `docs/CASES.md`, written from the tables and compared; `XINJI_BLESS=1` writes it anew.

use std::fmt::Write as _;

use super::*;

const INTRODUCTION: &str = "# Cases

Written by a test from the tables in `credit-core/src/cases/tables` and the terms in
`credit-core/data/deadlines-2026.1.toml`; do not edit. `XINJI_BLESS=1 cargo test -p credit-core cases` writes it anew.

A case is a row of steps that never change. Each step is taken by one person in one role, leads from one state to one
other, and is chained to the step before by SHA-256. What binds somebody (**two**) was proposed by another person. A
notice (✉) is served when it is read, or deemed served some working days after it was posted. Clocks: `+` starts, `−`
stops, `»` lengthens.
";

fn code_list<'a>(codes: impl Iterator<Item = &'a str>, sign: &str) -> String {
    codes.map(|code| format!("{sign}`{code}`")).collect::<Vec<_>>().join(" ")
}

fn row(out: &mut String, row: &Transition) {
    let to = if row.ways.is_empty() {
        format!("`{}`", row.to.code())
    } else {
        let ways = row.ways.iter().map(|way| {
            let starts = code_list(way.starts.iter().map(|clock| clock.code()), "+");
            let starts = if starts.is_empty() { starts } else { format!(" ({starts})") };
            format!("{} → `{}`{starts}", way.outcome.en(), way.to.code())
        });
        ways.collect::<Vec<_>>().join("; ")
    };
    let who = row.who.iter().map(|role| role.en()).collect::<Vec<_>>().join(", ");
    let needs = row.needs.iter().map(Need::en).collect::<Vec<_>>().join("; ");
    let clocks = [
        code_list(row.starts.iter().map(|clock| clock.code()), "+"),
        code_list(row.stops.iter().map(|clock| clock.code()), "−"),
        code_list(row.extends.iter().map(|clock| clock.code()), "»"),
    ];
    let clocks = clocks.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ");
    let marks = format!("{}{}", if row.binds { " **two**" } else { "" }, if row.posts { " ✉" } else { "" });
    let (from, verb) = (row.from.code(), row.verb.code());
    writeln!(out, "| `{from}` | `{verb}`{marks} | {who} | {to} | {needs} | {clocks} |").unwrap();
}

fn written() -> String {
    let mut out = INTRODUCTION.to_owned();
    for kind in Kind::ALL {
        let machine = machine(*kind);
        writeln!(out, "\n## `{}` {} · {}\n", kind.code(), kind.zh(), kind.en()).unwrap();
        writeln!(out, "| from | verb | who | to | asks for | clocks |\n|---|---|---|---|---|---|").unwrap();
        machine.transitions.iter().for_each(|transition| row(&mut out, transition));
        let states = machine.states().into_iter().map(|state| {
            let end = if machine.is_final(state) { " (an end)" } else { "" };
            format!("`{}` {} {}{end}", state.code(), state.zh(), state.en())
        });
        writeln!(out, "\nStates: {}.", states.collect::<Vec<_>>().join(" · ")).unwrap();
        let unhurried = machine.unhurried.iter().map(|item| format!("`{}`: {}", item.state.code(), item.en));
        writeln!(out, "\nWithout a clock: {}.", unhurried.collect::<Vec<_>>().join("; ")).unwrap();
    }
    let pack = Deadlines::embedded();
    writeln!(out, "\n## Terms: `{}`, from {}\n", pack.id(), pack.effective_from()).unwrap();
    writeln!(out, "| clock | | term | extension | runs from | owed by | basis | mark |").unwrap();
    writeln!(out, "|---|---|---|---|---|---|---|---|").unwrap();
    for rule in pack.rules() {
        let within = rule.within.map_or(String::new(), |clock| format!(", within `{}`", clock.code()));
        let term = format!("{} {}{within}", rule.count, rule.unit.code().replace('_', " "));
        let roll = if rule.rolls { "" } else { ", no rolling" };
        let more = if rule.extension == 0 { String::new() } else { format!("+{}", rule.extension) };
        let from = format!("{:?}", rule.runs_from).to_lowercase();
        let owed = match rule.nature {
            Nature::Duty => rule.owed_by.en().to_owned(),
            Nature::Window => format!("– (window of the {})", rule.owed_by.en()),
        };
        let mark = format!("{:?}", rule.mark).to_lowercase();
        let (clock, title, basis) = (rule.id.code(), rule.id.en(), &rule.basis_en);
        writeln!(out, "| `{clock}` | {title} | {term}{roll} | {more} | {from} | {owed} | {basis} | {mark} |")
            .unwrap();
    }
    out
}

#[test]
fn the_document_is_what_the_tables_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/CASES.md");
    let written = written();
    if std::env::var_os("XINJI_BLESS").is_some() {
        std::fs::write(path, &written).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), written, "renew it with XINJI_BLESS=1");
}
