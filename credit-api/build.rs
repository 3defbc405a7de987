//! Puts the JavaScript of others that the portal's page of verification needs inside the program: the group
//! ristretto255 of the npm package `@noble/curves` (MIT), which `scripts/setup.sh` brings to `web/node_modules`.
//!
//! The modules are served from one folder under flat names, so their imports are renamed and nothing else is changed.
//! Where the packages are not there, the page is told so, and names a label as not checked.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

const PACKAGES: &str = "web/node_modules/@noble";
/// Where the page finds the group, in the package `curves`.
const ENTRY: &str = "curves/ed25519.js";
const LICENCES: [&str; 2] = ["curves/LICENSE", "hashes/LICENSE"];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join(PACKAGES);
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    println!("cargo::rerun-if-changed={PACKAGES}");
    println!("cargo::rerun-if-changed=build.rs");
    let mut files = BTreeMap::new();
    let brought = folder.join(ENTRY).is_file();
    if brought {
        take(&folder, ENTRY, &mut files)?;
        for licence in LICENCES {
            let name = format!("noble-{}.txt", licence.replace('/', "-"));
            files.insert(name, fs::read_to_string(folder.join(licence))?);
        }
    }
    let group = if brought {
        format!("export {{ ristretto255, ristretto255_hasher }} from \"./{}\";\n", flat(ENTRY))
    } else {
        // What a module gives that has no group.
        "export const [ristretto255, ristretto255_hasher] = [null, null];\n".to_owned()
    };
    files.insert("noble.js".to_owned(), group);
    let mut code = String::from("&[\n");
    for (name, body) in &files {
        let path = out.join(name);
        fs::write(&path, body)?;
        let kind = if name.ends_with(".js") { "text/javascript" } else { "text/plain" };
        writeln!(
            code,
            "Asset {{ name: {name:?}, content_type: \"{kind}; charset=utf-8\", body: include_str!({path:?}) }},"
        )?;
    }
    code.push_str("]\n");
    fs::write(out.join("noble_assets.rs"), code)?;
    Ok(())
}

/// The name under which a module is served: `curves/abstract/edwards.js` is `noble-curves-abstract-edwards.js`.
fn flat(module: &str) -> String {
    format!("noble-{}", module.replace('/', "-"))
}

/// Takes a module and all that it imports.
fn take(folder: &Path, module: &str, files: &mut BTreeMap<String, String>) -> Result<(), Box<dyn Error>> {
    if files.contains_key(&flat(module)) {
        return Ok(());
    }
    let text = fs::read_to_string(folder.join(module)).map_err(|error| format!("{module}: {error}"))?;
    let (mut lines, mut imports) = (Vec::new(), Vec::new());
    for line in text.lines() {
        let renamed = imported(line).map(|from| (from, resolved(module, from)));
        match renamed {
            Some((from, to)) => {
                lines.push(line.replace(from, &format!("./{}", flat(&to))));
                imports.push(to);
            }
            // The maps are not served.
            None if line.starts_with("//# sourceMappingURL") => {}
            None => lines.push(line.to_owned()),
        }
    }
    files.insert(flat(module), lines.join("\n") + "\n");
    imports.iter().try_for_each(|module| take(folder, module, files))
}

/// What a line `import … from '…';` or `export … from '…';` names.
fn imported(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("import ").or_else(|| line.strip_prefix("export "))?;
    let (_, from) = rest.trim_end().strip_suffix(';')?.rsplit_once(" from ")?;
    let quoted = |quote: char| from.strip_prefix(quote)?.strip_suffix(quote);
    quoted('\'').or_else(|| quoted('"'))
}

/// The module, from the folder of the packages: `../utils.js` in `curves/abstract/edwards.js` is `curves/utils.js`.
fn resolved(module: &str, from: &str) -> String {
    if let Some(other) = from.strip_prefix("@noble/") {
        return other.to_owned();
    }
    let mut parts: Vec<&str> = module.split('/').collect();
    parts.pop();
    for part in from.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}
