//! The copy as a mirror (C2SP `tlog-mirror`), its reading side: what the replay key cosigned last, and the tiles below
//! it, at `/mirror/<SHA-256 of the origin>/`. The key signs only what is stored here and was re-executed, which is
//! more than a mirror's cosignature says. The writing side is [`super::intake`].

use super::Follower;
use crate::http::{serve_note, serve_tile};
use actix_web::HttpResponse;
use actix_web::web::{self, Data, Path, ServiceConfig};
use ledger::tile::TilePath;

/// The submission and the monitoring prefix of the mirror. Not that of a witness, which has other checkpoints.
pub const MIRROR_PREFIX: &str = "/mirror";

/// Adds the routes; the node is the application's data.
pub(super) fn mirror_routes(app: &mut ServiceConfig) {
    let origin = format!("{MIRROR_PREFIX}/{{origin_hash:[0-9a-f]{{64}}}}");
    app.route(&format!("{origin}/checkpoint"), web::get().to(checkpoint))
        .route(&format!("{origin}/tile/{{path:.*}}"), web::get().to(tile));
}

async fn checkpoint(node: Data<Follower>, origin_hash: Path<String>) -> HttpResponse {
    let found = web::block(move || node.replay_witness().cosigned_note(&origin_hash)).await;
    serve_note(found.ok().flatten())
}

async fn tile(node: Data<Follower>, path: Path<(String, String)>) -> HttpResponse {
    let (origin_hash, path) = path.into_inner();
    let path = TilePath::parse(&format!("tile/{path}"));
    let found = web::block(move || {
        let path = path.ok()?;
        let _ = node.replay_witness().cosigned_note(&origin_hash)?;
        let size = node.replay_witness().cosigned_size(node.view().store().origin());
        Some((path, node.view().store().tile(&path, size)))
    });
    serve_tile(found.await.ok().flatten())
}
