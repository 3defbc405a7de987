//! Writes every page of the portal, filled with sample views, into a folder: `portal_preview FOLDER`.
//! Serve the folder with any web server to look at the pages.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "an example for developers")]

mod samples;

use std::path::Path;

use credit_api::portal;
use portal::assets::version;
use portal::lang::Lang;
use portal::render::*;
use portal::view::Sort;

fn main() {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "portal-preview".to_owned());
    let folder = Path::new(&folder);
    let assets = folder.join("assets").join(version());
    std::fs::create_dir_all(&assets).unwrap();
    for asset in portal::assets::all() {
        std::fs::write(assets.join(asset.name), asset.body).unwrap();
    }
    for lang in Lang::ALL {
        for (name, html) in pages(lang) {
            let file = folder.join(format!("{name}-{}.html", lang.code()));
            std::fs::write(file, html.unwrap()).unwrap();
        }
    }
}

fn page(lang: Lang, path: &str, viewer: Option<&str>) -> Page {
    Page {
        lang,
        path: path.to_owned(),
        query: String::new(),
        viewer: viewer.map(|name| Viewer {
            name: name.to_owned(),
            csrf: String::new(),
            pages: Vec::new(),
            purpose: None,
        }),
        sample: true,
    }
}

fn pages(lang: Lang) -> Vec<(&'static str, Result<String, RenderError>)> {
    let anyone = |path| page(lang, path, None);
    let officer = page(lang, "/enterprises/91511502MAC0XJ7Q8M", Some(lang.pick("王敏", "Wang Min")));
    let t = lang.texts();
    let missing = ErrorView { status: 404, title: t.error_no_enterprise, help: t.error_code_help };
    vec![
        ("home", render_home(&anyone("/"), &samples::home())),
        ("search", render_search(&anyone("/enterprises"), &samples::search(lang))),
        ("enterprise", render_enterprise(&officer, &samples::enterprise(lang, Sort::Catalogue))),
        ("capped", render_enterprise(&officer, &samples::capped(lang))),
        ("public", render_enterprise(&anyone("/enterprises/91511502MAC0XJ7Q8M"), &samples::public(lang))),
        ("zone", render_zone(&anyone("/zone"), &samples::zone(lang))),
        ("ledger", render_ledger(&anyone("/ledger-view"), &samples::ledger())),
        ("verify", render_verify(&anyone("/verify"), &samples::verify())),
        ("error", render_error(&anyone("/enterprises/x"), &missing)),
    ]
}
