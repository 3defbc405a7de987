#![no_main]

mod intake {
    pub(crate) use super::readers;
}
#[path = "../messages.rs"]
mod messages;
#[expect(dead_code, unused_imports, reason = "of the readers of rows only a trait is needed")]
#[path = "../../src/intake/readers/mod.rs"]
mod readers;
#[expect(dead_code, unused_imports, reason = "the checks look at no more than must hold of any bytes")]
#[path = "../../src/ceb/reading/mod.rs"]
mod reading;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    messages::ceb_xml(data);
});
