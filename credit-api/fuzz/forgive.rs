//! The workbook's reader is another's: where it panics, its thread ends and the workbook is refused as damaged. Any
//! other panic is a finding.

use std::panic::{set_hook, take_hook};

pub fn forgive_the_workbook_reader() {
    let finding = take_hook();
    set_hook(Box::new(move |info| {
        if std::thread::current().name() != Some("xlsx") {
            finding(info);
        }
    }));
}
