//! A file of an extract as an answer: to the interface and to the pages alike.

use std::fs::File;
use std::io::{self, Read};

use actix_web::HttpResponse;
use actix_web::body::SizedStream;
use actix_web::http::header;
use actix_web::web::{self, Bytes};
use futures_util::{Stream, stream};

/// Bytes of a file that are sent together.
const PART_BYTES: usize = 64 * 1024;

/// A file to be kept under its name; it is not kept on the way.
pub fn attachment(name: &str, file: File, bytes: u64) -> HttpResponse {
    let kind = match name.rsplit('.').next() {
        Some("csv") => "text/csv; charset=utf-8",
        Some("json") => "application/json",
        Some("ndjson") => "application/x-ndjson",
        _ => "text/plain; charset=utf-8",
    };
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, kind))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .body(SizedStream::new(bytes, parts(file)))
}

/// A file in parts, read on threads that may wait.
fn parts(file: File) -> impl Stream<Item = io::Result<Bytes>> {
    stream::try_unfold(file, |mut file| async move {
        let read = web::block(move || {
            let mut part = vec![0; PART_BYTES];
            let count = file.read(&mut part)?;
            part.truncate(count);
            Ok::<_, io::Error>((part, file))
        });
        let (part, file) = read.await.map_err(io::Error::other)??;
        Ok((!part.is_empty()).then(|| (Bytes::from(part), file)))
    })
}
