#![no_main]

#[expect(dead_code, unused_imports, reason = "each target runs one reader")]
#[path = "../../src/intake/readers/mod.rs"]
mod readers;
#[expect(dead_code, reason = "each target runs one reader")]
#[path = "../parsers.rs"]
mod parsers;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    parsers::ndjson(data);
});
