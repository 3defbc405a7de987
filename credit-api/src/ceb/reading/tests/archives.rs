//! Archives: each part by itself, and what an archive may not do.

use super::*;

#[test]
fn each_part_is_a_message_and_a_bad_one_costs_itself() {
    let wrapped = wrapped(order("3"));
    let bytes = zip(&[
        ("in/", b""),
        ("in/1.xml", order("1").as_bytes()),
        ("2.xml", b"<a"),
        ("readme.txt", b"no message"),
        ("3.xml", wrapped.as_bytes()),
        ("empty.xml", b""),
        ("4.xml", order("4").as_bytes()),
    ]);
    let total = u64::try_from(bytes.len()).unwrap();
    let mut messages = opened_with(bytes, Limits::default()).unwrap();
    assert_eq!((messages.bytes_read(), messages.total_bytes()), (0, total));
    let (mut told, mut last) = (Vec::new(), 0);
    while let Some(read) = messages.next() {
        assert!(messages.bytes_read() >= last);
        last = messages.bytes_read();
        told.push(match read {
            Ok(message) => format!("{} {}", message.part.clone().unwrap(), note(Ok(message))),
            Err(broken) => format!("{} {}", broken.part().unwrap(), broken.code()),
        });
    }
    assert_eq!(last, total);
    assert_eq!(told, ["1.xml 1", "2.xml xml", "readme.txt type", "3.xml 3", "empty.xml type", "4.xml 4"]);
}

#[test]
fn names_are_cleaned() {
    for (name, cleaned) in [
        ("../../etc/passwd", Some("passwd")),
        ("C:\\a\\b.xml", Some("b.xml")),
        ("a\u{202E}lmx.exe", Some("almx.exe")),
        ("<b>&\u{7}.xml", Some("b.xml")),
        ("甲.xml", Some("甲.xml")),
        ("..", None),
    ] {
        let read = one(zip(&[(name, order("a").as_bytes())])).unwrap();
        assert_eq!(read.part.as_deref(), cleaned, "{name}");
    }
    let long = format!("{}.xml", "x".repeat(60_000));
    assert_eq!(one(zip(&[(&long, order("a").as_bytes())])).unwrap().part.unwrap().len(), 120);
}

#[test]
fn an_archive_in_an_archive_is_refused() {
    let inner = zip(&[("a.xml", order("a").as_bytes())]);
    let read = all(zip(&[("a.zip", &inner), ("b.xml", &inner), ("c.xml", order("c").as_bytes())]));
    assert_eq!(refusal(read[0].clone()), ("type", 1));
    assert_eq!(refusal(read[1].clone()), ("type", 1));
    assert_eq!(note(read[2].clone()), "c");
}

#[test]
fn a_bomb_costs_itself() {
    let bomb = order(&"x".repeat(40_000_000));
    let read = all(zip(&[("bomb.xml", bomb.as_bytes()), ("a.xml", order("a").as_bytes())]));
    assert_eq!(refusal(read[0].clone()), ("too_long", 1));
    assert_eq!(note(read[1].clone()), "a");
    let limits = Limits { part_bytes: 1000, ..Limits::default() };
    let long = order(&"xyz".repeat(400));
    assert_eq!(refusal(one_with(zip(&[("a.xml", long.as_bytes())]), limits)), ("too_long", 1));
}

/// The list says that a part is small, and it is not.
#[test]
fn a_bomb_that_lies_costs_itself() {
    let bomb = order(&"x".repeat(40_000_000));
    let mut bytes = zip(&[("bomb.xml", bomb.as_bytes())]);
    let size = u32::try_from(bomb.len()).unwrap().to_le_bytes();
    for at in 0..bytes.len() - 4 {
        if bytes[at..at + 4] == size {
            bytes[at..at + 4].copy_from_slice(&[100, 0, 0, 0]);
        }
    }
    let code = refusal(one(bytes)).0;
    assert!(matches!(code, "too_long" | "type"), "{code}");
}

#[test]
fn all_parts_together_are_limited_and_reading_ends_there() {
    let text = order(&"xyz".repeat(200));
    let parts: Vec<String> = (0..10).map(|at| format!("{at}.xml")).collect();
    let parts: Vec<(&str, &[u8])> = parts.iter().map(|name| (name.as_str(), text.as_bytes())).collect();
    let three = u64::try_from(text.len() * 3).unwrap();
    for limits in [
        Limits { archive_bytes: three, ..Limits::default() },
        Limits { free_growth_bytes: three, growth: 0, ..Limits::default() },
    ] {
        let mut messages = opened_with(zip(&parts), limits).unwrap();
        let read: Vec<_> = messages.by_ref().collect();
        assert_eq!(read.len(), 4);
        assert!(read[..3].iter().all(Result::is_ok));
        assert_eq!(refusal(read[3].clone()), ("too_long", 1));
        assert_eq!(messages.bytes_read(), messages.total_bytes());
    }
}

#[test]
fn archives_that_cannot_be_read_whole_are_refused_whole() {
    let parts: [(&str, &[u8]); 2] = [("a.xml", b"<a/>"), ("b.xml", b"<a/>")];
    let limits = Limits { archive_parts: 1, ..Limits::default() };
    assert_eq!(opened_with(zip(&parts), limits).err(), Some(OpenError::Parts(1)));
    assert_eq!(opened_with(zip(&[]), limits).err(), Some(OpenError::Empty));
    let mut same = zip(&parts);
    for at in 0..same.len() - 5 {
        if &same[at..at + 5] == b"b.xml" {
            same[at] = b'a';
        }
    }
    assert_eq!(opened_with(same, Limits::default()).err(), Some(OpenError::SameName));
}

#[test]
fn an_archive_cut_anywhere_gives_no_message() {
    let whole = zip(&[("a.xml", order("a").as_bytes()), ("b.xml", order("b").as_bytes())]);
    for end in 0..whole.len() {
        assert!(opened_with(&whole[..end], Limits::default()).is_err(), "{end}");
    }
}

#[test]
fn a_damaged_part_costs_itself() {
    let noise: String = (0..200u32).map(|at| char::from_u32(0x4E00 + at * 37 % 5000).unwrap()).collect();
    let mut bytes = zip(&[("a.xml", order(&noise).as_bytes()), ("b.xml", order("b").as_bytes())]);
    bytes[100] ^= 0x55;
    let read = all(bytes);
    assert_eq!(refusal(read[0].clone()), ("type", 1));
    assert_eq!(note(read[1].clone()), "b");
}
