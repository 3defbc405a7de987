#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::tile::{entries, push_entry};
use proptest::prelude::*;

fn head(start: u64, end: u64) -> UploadHead {
    UploadHead { origin: b"ledger.example/credit".to_vec(), start, end, ticket: b"t".to_vec() }
}

fn bundle(count: u64) -> Vec<u8> {
    let mut bundle = Vec::new();
    (0..count).for_each(|number| push_entry(&mut bundle, &number.to_be_bytes()).unwrap());
    bundle
}

#[test]
fn a_head_is_as_the_specification_writes_it() {
    let bytes = head(1, 0x0102).to_bytes().unwrap();
    let expected = [
        &[0, 21][..],
        b"ledger.example/credit",
        &[0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 2, 0, 1],
        b"t",
    ]
    .concat();
    assert_eq!(bytes, expected);
    for cut in 0..bytes.len() {
        assert_eq!(UploadHead::read(&bytes[..cut]), Ok(None), "{cut}");
    }
    let longer = [&bytes[..], b"entries"].concat();
    assert_eq!(UploadHead::read(&longer), Ok(Some((head(1, 0x0102), bytes.len()))));
    let backwards = head(3, 2).to_bytes().unwrap();
    assert_eq!(UploadHead::read(&backwards), Err(MirrorError::Order { start: 3, end: 2 }));
    let long = UploadHead { ticket: vec![0; 65_536], ..head(0, 0) };
    assert_eq!(long.to_bytes(), Err(MirrorError::TooLong(65_536)));
    let longest = UploadHead { origin: vec![1; 65_535], ticket: vec![0; 65_535], ..head(0, 0) };
    assert_eq!(longest.to_bytes().unwrap().len(), MAX_HEAD_BYTES);
    let odd = UploadHead { origin: vec![0xff, 7, b'a'], ..head(0, 0) };
    assert_eq!(odd.shown_origin(), "\u{fffd}a");
}

#[test]
fn packages_are_cut_at_multiples_of_256() {
    let spans = |start, end| {
        let mut at = start;
        std::iter::from_fn(move || {
            let span = Span::at(at, end)?;
            at = span.end;
            Some((span.first, span.start, span.end))
        })
        .collect::<Vec<_>>()
    };
    assert_eq!(spans(0, 0), []);
    assert_eq!(spans(300, 300), []);
    assert_eq!(spans(0, 255), [(0, 0, 255)]);
    assert_eq!(spans(0, 257), [(0, 0, 256), (256, 256, 257)]);
    assert_eq!(spans(255, 600), [(0, 255, 256), (256, 256, 512), (512, 512, 600)]);
    assert_eq!(spans(300, 310), [(256, 300, 310)]);
    assert_eq!(Span::at(u64::MAX - 1, u64::MAX).unwrap().end, u64::MAX);
}

#[test]
fn a_package_is_read_as_soon_as_it_is_whole_and_not_before() {
    let span = Span::at(254, 600).unwrap();
    let bundle = bundle(2);
    let package = Package { bundle: &bundle, proof: vec![[7; 32]; 3] };
    let mut bytes = Vec::new();
    package.push_to(&mut bytes).unwrap();
    assert_eq!(bytes.len(), bundle.len() + 1 + 96);
    assert_eq!(bytes[bundle.len()], 3);
    for cut in 0..bytes.len() {
        assert_eq!(Package::read(&bytes[..cut], &span), Ok(None), "{cut}");
    }
    let length = bytes.len();
    bytes.extend_from_slice(b"the next");
    assert_eq!(Package::read(&bytes, &span), Ok(Some((package, length))));
}

#[test]
fn lengths_above_the_limits_are_refused_before_more_is_read() {
    let span = Span::at(0, 1).unwrap();
    assert_eq!(Package::read(&[0x10, 0x01], &span), Err(MirrorError::EntryTooLong(4097)));
    assert_eq!(Package::read(&[0, 0, 64], &span), Err(MirrorError::TooManyHashes(64)));
    assert_eq!(Package::read(&[0, 0, 63], &span), Ok(None));
    let package = Package { bundle: &[], proof: vec![[0; 32]; 64] };
    assert_eq!(package.push_to(&mut Vec::new()), Err(MirrorError::TooManyHashes(64)));
    let mut long = Vec::new();
    (0..256).for_each(|_| push_entry(&mut long, &[1; MAX_ENTRY_BYTES]).unwrap());
    let mut bytes = Vec::new();
    Package { bundle: &long, proof: vec![[0; 32]; 63] }.push_to(&mut bytes).unwrap();
    assert_eq!(bytes.len(), MAX_PACKAGE_BYTES);
    assert!(matches!(Package::read(&bytes, &Span::at(0, 256).unwrap()), Ok(Some(_))));
}

#[test]
fn an_answer_has_one_spelling() {
    let info = MirrorInfo { size: 600, next: 256, ticket: vec![] };
    assert_eq!(info.to_string(), "600\n256\n\n");
    let with = MirrorInfo { ticket: b"ticket".to_vec(), ..info.clone() };
    assert_eq!(with.to_string(), "600\n256\ndGlja2V0\n");
    for info in [info, with] {
        assert_eq!(MirrorInfo::parse(info.to_string().as_bytes()), Ok(info));
    }
    for wrong in [
        "",
        "\n",
        "600\n256\n",
        "600\n256\n\n\n",
        "600\n256\nA\n",
        "600\n256\n",
        "+6\n1\n\n",
        "06\n1\n\n",
        "6\n1\n",
    ] {
        assert_eq!(MirrorInfo::parse(wrong.as_bytes()), Err(MirrorError::Info), "{wrong:?}");
    }
    assert_eq!(MirrorInfo::parse(&[0xff, b'\n']), Err(MirrorError::Info));
}

proptest! {
    #[test]
    fn no_bytes_panic_and_what_is_read_writes_back(bytes: Vec<u8>, start: u64, more in 0_u64..600) {
        if let Ok(Some((head, length))) = UploadHead::read(&bytes) {
            prop_assert_eq!(&head.to_bytes().unwrap(), &bytes[..length]);
        }
        if let Some(span) = Span::at(start, start.saturating_add(more))
            && let Ok(Some((package, length))) = Package::read(&bytes, &span)
        {
            let mut again = Vec::new();
            package.push_to(&mut again).unwrap();
            prop_assert_eq!(again, &bytes[..length]);
            prop_assert_eq!(entries(package.bundle).count(), usize::try_from(span.end - span.start).unwrap());
        }
        if let Ok(info) = MirrorInfo::parse(&bytes) {
            prop_assert_eq!(info.to_string().into_bytes(), bytes.to_vec());
        }
    }
}
