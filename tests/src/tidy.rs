//! What no lint sees: sizes, stray characters, unfinished work, private paths, folders without a word of
//! explanation, migrations that exist for one database only.
//!
//! Reads the repository and nothing else. Every rule is a function of a path and a text, with a test that it
//! finds what it is for.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Longest Rust file, in lines. Past it the file has two subjects.
const MAX_RUST_LINES: usize = 600;

/// Longest line of code, in characters.
const MAX_LINE_CHARS: usize = 120;

/// Folders that hold other people's files or build products, at any depth.
const FOREIGN_FOLDERS: [&str; 5] = [".git", "target", "vendor", "fixtures", "node_modules"];

/// Kinds of text file under the rules on characters and words.
const TEXT_KINDS: [&str; 11] = ["rs", "toml", "sh", "md", "py", "sql", "html", "css", "js", "mjs", "yml"];

struct File {
    path: String,
    text: String,
}

impl File {
    fn kind(&self) -> &str {
        Path::new(&self.path).extension().and_then(|kind| kind.to_str()).unwrap_or_default()
    }

    fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }
}

/// Spaces at line ends, tabs, control characters, characters one cannot see, a missing last newline.
fn stray_characters(file: &File) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in numbered(&file.text) {
        if line.ends_with(' ') {
            found.push(format!("{}:{number}: space at the end", file.path));
        }
        let indented = if file.name() == "Makefile" { line.trim_start_matches('\t') } else { line };
        if let Some(stray) = indented.chars().find(|c| is_stray(*c)) {
            found.push(format!("{}:{number}: {}", file.path, stray.escape_unicode()));
        }
    }
    if !file.text.ends_with('\n') || file.text.ends_with("\n\n") {
        found.push(format!("{}: ends without a newline, or with empty lines", file.path));
    }
    found
}

/// Control characters, and what reorders or hides text: bidirectional marks, zero-width spaces, a byte order mark.
fn is_stray(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// Code files and code lines that are too long to read.
fn sizes(file: &File) -> Vec<String> {
    let mut found = Vec::new();
    if !matches!(file.kind(), "rs" | "sh") {
        return found;
    }
    let lines = file.text.lines().count();
    if lines > MAX_RUST_LINES {
        found.push(format!("{}: {lines} lines, at most {MAX_RUST_LINES}", file.path));
    }
    for (number, line) in numbered(&file.text) {
        let chars = line.chars().count();
        if chars > MAX_LINE_CHARS && is_breakable(line) {
            found.push(format!("{}:{number}: {chars} characters, at most {MAX_LINE_CHARS}", file.path));
        }
    }
    found
}

/// Whether the formatter's wrapping could have been had: not for one unbroken literal such as a digest, not for a
/// sentence in quotes, which stays whole so that it can be searched for, not for the parameters of a property,
/// which stand inside a macro.
fn is_breakable(line: &str) -> bool {
    let sentence =
        line.find('"').zip(line.rfind('"')).is_some_and(|(first, last)| last - first > MAX_LINE_CHARS / 2);
    let property = line.trim_start().starts_with("fn ") && line.contains(" in ");
    line.trim().contains(' ') && !sentence && !property
}

/// Words of unfinished work, and places that exist on one machine or belong to a package registry.
///
/// Each is put together here, so that this file does not hold what it looks for.
fn forbidden_words(file: &File) -> Vec<String> {
    let words = [
        ["TO", "DO"],
        ["FIX", "ME"],
        ["XX", "X"],
        ["HA", "CK"],
        ["for ", "now"],
        ["not yet ", "implemented"],
    ];
    let places = [
        ["/wo", "rk/"],
        ["/ro", "ot/"],
        ["/home", "/"],
        ["crates", ".io"],
        ["npmjs", ".org"],
        ["py", "pi.org"],
    ];
    let mut found = Vec::new();
    for (number, line) in numbered(&file.text) {
        for word in words.map(|parts| parts.concat()) {
            if holds_word(line, &word) {
                found.push(format!("{}:{number}: {word:?} is unfinished work", file.path));
            }
        }
        for place in places.map(|parts| parts.concat()) {
            if holds_place(line, &place) {
                found.push(format!("{}:{number}: {place:?} is a private path or a registry", file.path));
            }
        }
    }
    found
}

/// `word` with no letter, digit or underscore on either side.
fn holds_word(line: &str, word: &str) -> bool {
    let is_word_char = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + word.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(is_word_char) && !after.is_some_and(is_word_char)
    })
}

/// `place`; an absolute path only where a path begins, so that `src/work/` is none.
fn holds_place(line: &str, place: &str) -> bool {
    line.match_indices(place).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        !place.starts_with('/') || !before.is_some_and(|c| c.is_alphanumeric() || "._-}~*".contains(c))
    })
}

/// The root file of a crate or of a folder says in its first line what lives there.
fn module_docs(file: &File) -> Vec<String> {
    let is_root = matches!(file.name(), "mod.rs" | "lib.rs" | "main.rs");
    let opening = file.text.lines().next().and_then(|line| line.strip_prefix("//! ")).unwrap_or_default();
    if is_root && opening.split_whitespace().count() < 2 {
        return vec![format!("{}: starts with no `//!` that says what lives here", file.path)];
    }
    Vec::new()
}

/// A script stops at the first error and at an unset variable; one with an interpreter line can be executed.
fn scripts(file: &File, is_executable: bool) -> Vec<String> {
    let mut found = Vec::new();
    // Rust's `#![…]` is no interpreter line.
    if file.text.starts_with("#!/") {
        if !is_executable {
            found.push(format!("{}: not executable", file.path));
        }
        if file.text.starts_with("#!/usr/bin/env bash") && !file.text.contains("\nset -euo pipefail\n") {
            found.push(format!("{}: no `set -euo pipefail`", file.path));
        }
    } else if is_executable {
        found.push(format!("{}: executable, and no script", file.path));
    }
    found
}

/// Both databases have the same migrations, and each can be undone.
fn migrations(paths: &[String]) -> Vec<String> {
    let of = |database: &str| -> BTreeSet<String> {
        let folder = format!("migrations/{database}/");
        paths.iter().filter_map(|path| path.strip_prefix(&folder)).map(str::to_owned).collect()
    };
    let (sqlite, postgres) = (of("sqlite"), of("postgres"));
    let one_sided =
        sqlite.symmetric_difference(&postgres).map(|file| format!("migrations: {file} is in one of two"));
    let no_way_back = sqlite
        .iter()
        .filter_map(|file| file.strip_suffix("/up.sql"))
        .filter(|name| !sqlite.contains(&format!("{name}/down.sql")))
        .map(|name| format!("migrations: {name} has no down.sql"));
    one_sided.chain(no_way_back).collect()
}

fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    // Split at the newline alone: a carriage return is a stray character.
    text.split('\n').enumerate().map(|(index, line)| (index + 1, line))
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// Every file of the repository that is ours, in order. The data folder of a service that ran here is not.
fn our_files(root: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_foreign = FOREIGN_FOLDERS.contains(&name.as_str()) || path == root.join("data");
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && !is_foreign => folders.push(path),
                Ok(kind) if kind.is_file() => files.push(path),
                _ => {}
            }
        }
    }
    files.sort();
    files
}

fn is_text(path: &Path) -> bool {
    let kind = path.extension().and_then(|kind| kind.to_str()).unwrap_or_default();
    TEXT_KINDS.contains(&kind) || path.ends_with("Makefile") || path.ends_with(".ci/run")
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
}

#[test]
fn the_repository_is_tidy() {
    let root = repository();
    let paths = our_files(&root);
    let mut found = Vec::new();
    let mut names = Vec::new();
    for path in &paths {
        let name = path.strip_prefix(&root).unwrap_or(path).to_string_lossy().into_owned();
        names.push(name.clone());
        if !is_text(path) {
            continue;
        }
        match fs::read_to_string(path) {
            Ok(text) => {
                let file = File { path: name, text };
                found.extend(stray_characters(&file));
                found.extend(sizes(&file));
                found.extend(forbidden_words(&file));
                found.extend(module_docs(&file));
                found.extend(scripts(&file, is_executable(path)));
            }
            Err(error) => found.push(format!("{name}: {error}")),
        }
    }
    found.extend(migrations(&names));
    assert!(names.iter().any(|name| name == "Cargo.toml"), "{} is not the repository", root.display());
    assert!(found.is_empty(), "{} untidy places:\n{}", found.len(), found.join("\n"));
}

#[cfg(test)]
mod rules {
    use super::*;

    fn file(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn finds_stray_characters() {
        assert!(stray_characters(&file("a.rs", "let a = 1; // 〔一〕\n")).is_empty());
        assert!(stray_characters(&file("Makefile", "run:\n\t@true\n")).is_empty());
        for text in ["a \n", "\ta\n", "a\r\n", "a\u{202E}\n", "\u{FEFF}a\n", "a", "a\n\n", "a\u{0}\n"] {
            assert_eq!(stray_characters(&file("a.rs", text)).len(), 1, "{text:?}");
        }
    }

    #[test]
    fn finds_long_files_and_lines() {
        let line = |chars: usize| format!("字 {}\n", "字".repeat(chars - 2));
        assert!(sizes(&file("a.rs", &line(MAX_LINE_CHARS))).is_empty());
        assert!(sizes(&file("a.md", &line(MAX_LINE_CHARS + 1))).is_empty());
        assert_eq!(sizes(&file("a.rs", &line(MAX_LINE_CHARS + 1))).len(), 1);
        assert!(sizes(&file("a.rs", &"0".repeat(MAX_LINE_CHARS + 1))).is_empty());
        assert!(sizes(&file("a.rs", &line(2).repeat(MAX_RUST_LINES))).is_empty());
        assert_eq!(sizes(&file("a.rs", &line(2).repeat(MAX_RUST_LINES + 1))).len(), 1);
    }

    #[test]
    fn finds_unfinished_work_and_private_places() {
        let words = |text: &str| forbidden_words(&file("a.md", text)).len();
        let (unfinished, folder) = (["TO", "DO"].concat(), ["/wo", "rk/"].concat());
        assert_eq!(words(&format!("// {unfinished}: later")), 1);
        assert_eq!(words(&format!("{unfinished}S or MY_{unfinished}")), 0);
        assert_eq!(words(&format!("cd {folder}x; see \"{folder}y\"")), 1);
        assert_eq!(words(&format!("crate/src{folder}x")), 0);
        assert_eq!(words(&["the index of crates", ".io"].concat()), 1);
        assert_eq!(words("for nowhere, before now"), 0);
    }

    #[test]
    fn finds_folders_without_a_word() {
        assert!(module_docs(&file("a/mod.rs", "//! What the agencies sent.\n")).is_empty());
        assert!(module_docs(&file("a/other.rs", "use x;\n")).is_empty());
        for text in ["use x;\n", "//! x\n", "//!\n", "// A comment of two words\n"] {
            assert_eq!(module_docs(&file("a/mod.rs", text)).len(), 1, "{text:?}");
        }
    }

    #[test]
    fn finds_scripts_that_do_not_stop() {
        let careful = file("a.sh", "#!/usr/bin/env bash\nset -euo pipefail\n");
        assert!(scripts(&careful, true).is_empty());
        assert_eq!(scripts(&careful, false).len(), 1);
        assert_eq!(scripts(&file("a.sh", "#!/usr/bin/env bash\ntrue\n"), true).len(), 1);
        assert_eq!(scripts(&file("a.md", "text\n"), true).len(), 1);
        assert!(scripts(&file("a.md", "text\n"), false).is_empty());
        assert!(scripts(&file("a.rs", "#![expect(x)]\n"), false).is_empty());
    }

    #[test]
    fn finds_migrations_of_one_database() {
        let all = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let both = ["migrations/sqlite/1/up.sql", "migrations/sqlite/1/down.sql"].map(str::to_owned);
        let other = both.clone().map(|name| name.replace("sqlite", "postgres"));
        assert!(migrations(&[both.as_slice(), other.as_slice()].concat()).is_empty());
        assert_eq!(migrations(&both).len(), 2);
        assert_eq!(
            migrations(&all(&["migrations/sqlite/1/up.sql", "migrations/postgres/1/up.sql"])).len(),
            1
        );
    }
}
