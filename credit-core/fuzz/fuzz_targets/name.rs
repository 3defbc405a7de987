#![no_main]

#[expect(dead_code, reason = "each target runs one parser")]
#[path = "../parsers.rs"]
mod parsers;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    parsers::name(data);
});
