//! Runs every file of the fuzz corpus, so that what a fuzzer once found stays fixed.

use std::fs;
use std::path::Path;

use super::fuzzed;

#[test]
fn every_file_of_the_corpus_is_taken_or_refused_as_its_name_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/ceb_xml");
    let (mut accepted, mut files) = (0, 0);
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let valid = path.file_name().unwrap().to_string_lossy().starts_with("valid");
        assert_eq!(fuzzed::ceb_xml(&fs::read(&path).unwrap()), valid, "{}", path.display());
        accepted += usize::from(valid);
        files += 1;
    }
    assert!(accepted > 0 && files > accepted, "the corpus needs good and bad files");
}
