#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;

use super::fold::fold;
use super::index::{MAX_CANDIDATES, MAX_FOUND};
use super::score::{FULL, Outcome, Part, compare_from};
use super::words::{Words, WordsError};
use super::*;
use crate::uscc::Uscc;

fn subject(name: &str) -> Subject {
    Subject::named(name, None).unwrap()
}

fn score(a: &str, b: &str) -> u16 {
    compare(&subject(a), &subject(b)).score
}

fn use_of(name: &str) -> &'static Use {
    Uses::embedded().get(name).unwrap()
}

fn found(index: &Index, name: &str) -> Vec<u64> {
    index.search(&subject(name), use_of("list_check")).found.iter().map(|one| one.id).collect()
}

#[test]
fn one_spelling_for_many() {
    for text in
        ["雲橋（宜賓）電子商務有限公司", "云桥〔宜宾〕电子商务 有限公司", "云桥【宜宾】电子·商务有限公司"]
    {
        assert_eq!(fold(text), "云桥(宜宾)电子商务有限公司");
    }
    assert_eq!(fold("ＹＵＮＱＩＡＯ　Co.,Ltd."), "YUNQIAO CO LTD");
    assert_eq!(fold("Xi'an Lǜdǎo"), "XIAN LUDAO");
}

#[test]
fn a_name_is_taken_apart() {
    let words = Words::embedded();
    for text in [
        "四川省宜宾市翠屏区云桥禾电子商务有限公司",
        "云桥禾（宜宾）电子商务有限公司",
        "宜宾云桥禾电商有限责任公司",
    ] {
        let name = Name::parse(text).unwrap();
        assert_eq!(&*name.brand, "云桥禾", "{text}");
        assert!(words.nested(name.region, words.region("宜宾市").unwrap()), "{text}");
        assert_eq!(name.trades.count_ones(), 1, "{text}");
        assert!(name.form.is_some() && name.branch.is_none(), "{text}");
    }
    let latin = Name::parse("Yibin Yunqiaohe Import and Export Co., Ltd.").unwrap();
    assert_eq!((&*latin.brand, words.region_name(latin.region)), ("YUNQIAOHE", "宜宾市"));
    // Two trade words written as one; what only ends in one is a brand.
    let latin = Name::parse("Yibin Yunqiaohe Guojimaoyi Youxian Gongsi").unwrap();
    assert_eq!((&*latin.brand, latin.trades.count_ones()), ("YUNQIAOHE", 2));
    assert_eq!(&*Name::parse("Yibin Yunqiaomaoyi Youxian Gongsi").unwrap().brand, "YUNQIAOMAOYI");
    let branch = Name::parse("宜宾市云桥禾贸易有限公司成都分公司").unwrap();
    assert_eq!((&*branch.brand, branch.branch.as_deref()), ("云桥禾", Some("成都分公司")));
    let both = Name::parse_all("宜宾云桥禾贸易有限公司（原名：宜宾锦帆渡贸易有限公司）").unwrap();
    assert_eq!(both.iter().map(|name| &*name.brand).collect::<Vec<_>>(), ["云桥禾", "锦帆渡"]);
    // Trade words and regions that are all a name has are its brand.
    assert_eq!(&*Name::parse("宜宾市茶叶有限公司").unwrap().brand, "茶叶");
    assert_eq!(&*Name::parse("宜宾").unwrap().brand, "宜宾");
}

#[test]
fn the_brand_decides_and_the_other_parts_can_contradict() {
    let name = "宜宾市云桥禾贸易有限公司";
    assert_eq!(score(name, "雲橋禾（宜賓）貿易有限公司"), FULL);
    assert_eq!(score(name, "宜宾市云乔禾贸易有限公司"), 900);
    assert_eq!(score(name, "宜宾市云桥澜贸易有限公司"), 667);
    assert_eq!(score(name, "宜宾市新云桥禾贸易有限公司"), 625);
    assert_eq!(score(name, "成都市云桥禾贸易有限公司"), 650);
    assert_eq!(score(name, "宜宾市云桥禾食品有限公司"), 700);
    assert_eq!(score(name, "云桥禾贸易有限公司"), 980);
    assert_eq!(score(name, "Yunqiaohe Trading Co., Ltd."), 940);
    // Another component (侨), another sound of the west and south (湖 for 福), and what looks alike and is the opposite.
    assert_eq!(score(name, "宜宾市云侨禾贸易有限公司"), 900);
    assert_eq!(score("宜宾市福远帆贸易有限公司", "宜宾市湖远帆贸易有限公司"), 867);
    assert_eq!(score("宜宾市福远帆贸易有限公司", "宜宾市福近帆贸易有限公司"), 667);
}

#[test]
fn slips_of_any_part_are_found_and_explained() {
    let names = ["宜宾市云桥禾贸易有限公司", "宜宾市云桥58贸易有限公司", "宜宾市云桥1贸易有限公司"];
    let index = Index::build((0..).zip(names.map(subject))).unwrap();
    for (name, at, part, cost) in [
        // A form or a region with a slip is that form and that region.
        ("宜宾市云桥禾贸易有阳公司", 0, Part::Form, 10),
        ("谊宾市云桥禾贸易有限公司", 0, Part::Region, 20),
        ("宜宾市云桥桥禾贸易有限公司", 0, Part::Brand, 75),
        ("宜宾市云桥五八贸易有限公司", 1, Part::Brand, 50),
    ] {
        let compared = compare(&subject(name), &subject(names[at]));
        let found_part = compared.part(part).unwrap();
        assert_eq!((found_part.outcome, found_part.cost), (Outcome::Spelling, cost), "{name}");
        assert_eq!(compared.score, FULL - cost, "{name}");
        assert_eq!(found(&index, name), [u64::try_from(at).unwrap()], "{name}");
    }
    // Another number is another brand, and 11 is not 1 written twice.
    assert_eq!(score(names[1], "宜宾市云桥五九贸易有限公司"), 600);
    assert_eq!(score(names[2], "宜宾市云桥11贸易有限公司"), 625);
    let form = compare(&subject("宜宾市云桥禾贸易有阳公司"), &subject(names[0])).part(Part::Form).unwrap();
    assert_eq!(form.zh(), "组织形式：相近（音近、形近、错位、缺字或重字）（−10）");
}

#[test]
fn codes_decide_whatever_the_names_say() {
    let code = |stem: &str| Some(Uscc::from_stem(stem).unwrap());
    let (one, other) = (code("91511502MA600001"), code("91511502MA600002"));
    let named = |name: &str, code| Subject::named(name, code).unwrap();
    let differ = compare(&named("云桥禾贸易有限公司", one), &named("云桥禾贸易有限公司", other));
    assert_eq!(differ.score, 0);
    assert_eq!(differ.part(Part::Code).unwrap().outcome, Outcome::Contradicts);
    let same = compare(&named("云桥禾贸易有限公司", one), &named("锦帆渡食品有限公司", one));
    assert_eq!(same.score, FULL);
    // A code on one side only says nothing.
    assert_eq!(compare(&named("云桥禾贸易有限公司", one), &subject("云桥禾贸易有限公司")).score, FULL);
}

#[test]
fn a_branch_is_related_and_never_the_same() {
    let (parent, branch) = ("宜宾市云桥禾贸易有限公司", "宜宾市云桥禾贸易有限公司成都分公司");
    let judged = |a: &str, b: &str| use_of("list_check").judge(&compare(&subject(a), &subject(b)));
    assert_eq!(judged(parent, branch), Finding::Related);
    assert_eq!(judged(branch, branch), Finding::Same);
    assert_eq!(judged("成都市锦帆渡贸易有限公司", branch), Finding::Nothing);
}

#[test]
fn a_score_is_full_less_what_its_parts_say() {
    let found = compare(&subject("宜宾市云桥禾贸易有限公司"), &subject("云乔禾国际贸易股份有限公司"));
    let costs: u16 = found.parts.iter().map(|part| part.cost).sum();
    assert_eq!(found.score, FULL - costs);
    assert!(found.parts.iter().all(|part| !part.zh().is_empty() && !part.en().is_empty()));
    assert_eq!(found.part(Part::Brand).unwrap().zh(), "字号：相近（音近、形近、错位、缺字或重字）（−100）");
}

#[test]
fn a_reviewed_pair_is_silent_until_something_changes() {
    let (a, b) = (subject("宜宾市云桥禾贸易有限公司"), subject("云桥禾贸易有限公司"));
    let reviewed = Reviewed::new([digest(&a, &b)]);
    assert!(reviewed.silences(&a, &b) && reviewed.silences(&b, &a));
    assert!(
        reviewed.silences(&subject("雲橋禾（宜賓）貿易有限公司").clone(), &b)
            == (a == subject("雲橋禾（宜賓）貿易有限公司"))
    );
    let code = Some(Uscc::from_stem("91511502MA600001").unwrap());
    let changed = [
        Subject::named("宜宾市云桥禾贸易有限公司", code).unwrap(),
        subject("达州市云桥禾贸易有限公司"),
        subject("宜宾市云桥禾食品有限公司"),
        subject("宜宾市云桥禾贸易股份有限公司"),
        subject("宜宾市云桥禾贸易有限公司成都分公司"),
        Subject::new(&["宜宾市云桥禾贸易有限公司", "宜宾市锦帆渡贸易有限公司"], None).unwrap(),
    ];
    for one in changed {
        assert!(!reviewed.silences(&one, &b), "{one:?}");
    }
}

#[test]
fn names_and_files_have_limits() {
    assert_eq!(Name::parse("（）·"), Err(NameError::Empty));
    assert_eq!(Name::parse(&"云".repeat(201)), Err(NameError::TooLong(201)));
    assert!(Name::parse(&"云".repeat(MAX_NAME_CHARS)).is_ok());
    assert_eq!(Subject::new(&[], None), Err(NameError::Nothing));
    let names: Vec<String> = (0..=MAX_NAMES).map(|at| format!("云桥{at}号")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(Subject::new(&names, None), Err(NameError::TooMany(17)));

    let file = include_str!("../../data/screening/uses-2026.4.toml");
    let broken = |from: &str, to: &str| Uses::from_toml(&file.replacen(from, to, 1)).unwrap_err();
    assert_eq!(broken("method = 4", "method = 1"), UsesError::Method { found: 1 });
    assert_eq!(broken("\"payment\"", "\"onboarding\""), UsesError::Twice("onboarding".into()));
    let low = UsesError::Threshold { name: "payment".into(), threshold: 599 };
    assert_eq!(broken("threshold = 900", "threshold = 599"), low);
    assert!(matches!(broken("reason_en", "reason"), UsesError::Syntax(_)));

    let file = include_str!("../../data/screening/words-2026.2.toml");
    let broken = |from: &str, to: &str| Words::from_toml(&file.replacen(from, to, 1)).err();
    assert_eq!(broken("\"未末\"", "\"未末未\""), Some(WordsError::Twice("未".into())));
    assert_eq!(broken("\"远近\"", "\"远近远\""), Some(WordsError::Twice("远".into())));
    assert_eq!(broken("\"贸易\"", "\"貿易\""), Some(WordsError::Word("貿易".into())));
}

#[test]
fn an_index_follows_what_is_added_and_taken_out() {
    let mut index = Index::build([(1, subject("宜宾市云桥禾贸易有限公司"))]).unwrap();
    index.insert(2, subject("云乔禾（宜宾）贸易有限公司")).unwrap();
    assert_eq!(found(&index, "宜宾市云桥禾贸易有限公司"), [1, 2]);
    assert_eq!(found(&index, "Yibin Yunqiaohe Trading Co Ltd"), [1, 2]);
    // The same id again: the old name is gone, whether it was in the list or in the tree.
    index.insert(1, subject("宜宾市锦帆渡贸易有限公司")).unwrap();
    assert_eq!(found(&index, "宜宾市云桥禾贸易有限公司"), [2]);
    assert_eq!(found(&index, "宜宾市锦帆渡贸易有限公司"), [1]);
    index.insert(1, subject("宜宾市云桥禾贸易有限公司")).unwrap();
    assert_eq!(found(&index, "宜宾市云桥禾贸易有限公司"), [1, 2]);
    assert!(index.remove(2) && !index.remove(2));
    assert_eq!((found(&index, "宜宾市云桥禾贸易有限公司"), index.len()), (vec![1], 1));
}

#[test]
fn a_search_is_bounded_and_says_so() {
    let many = |count: u64| Index::build((0..count).map(|id| (id, subject("云桥禾贸易有限公司")))).unwrap();
    let query = subject("云桥禾贸易有限公司");
    let few = many(10).search(&query, use_of("list_check"));
    assert_eq!((few.found.len(), few.compared, few.is_cut), (10, 10, false));
    let cut = many(5_000).search(&query, use_of("list_check"));
    assert_eq!((cut.found.len(), cut.compared, cut.is_cut), (MAX_FOUND, MAX_CANDIDATES, true));
}

/// Text from the alphabet that names are made of, so that parts are met often.
fn namelike() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "宜宾",
        "四川省",
        "成都市",
        "云",
        "桥",
        "禾",
        "雲",
        "新",
        "贸易",
        "電子商務",
        "国际",
        "有限公司",
        "股份",
        "分公司",
        "（",
        "）",
        "原名",
        "经营部",
        " ",
        "·",
        "Ａ",
        "YIBIN",
        "yunqiao",
        "Trading",
        "Co., Ltd.",
        "&",
        "1",
    ]);
    prop::collection::vec(pieces, 1..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn folding_twice_changes_nothing(text in "\\PC{0,60}", name in namelike()) {
        for text in [text, name] {
            let folded = fold(&text);
            prop_assert_eq!(fold(&folded), folded);
        }
    }

    #[test]
    fn a_name_equals_itself_and_order_does_not_matter(a in namelike(), b in namelike()) {
        let (Ok(a), Ok(b)) = (Subject::named(&a, None), Subject::named(&b, None)) else { return Ok(()) };
        prop_assert_eq!(compare(&a, &a).score, FULL);
        let (there, back) = (compare(&a, &b), compare(&b, &a));
        prop_assert_eq!((there.score, there.is_branch), (back.score, back.is_branch));
        prop_assert_eq!(digest(&a, &b), digest(&b, &a));
    }

    /// What stops early finds what is compared to the end.
    #[test]
    fn from_a_score_on_nothing_is_lost(a in namelike(), b in namelike(), least in 600_u16..=1000) {
        let (Ok(a), Ok(b)) = (Subject::named(&a, None), Subject::named(&b, None)) else { return Ok(()) };
        let whole = compare(&a, &b);
        prop_assert_eq!(compare_from(&a, &b, least), Some(whole).filter(|found| found.score >= least));
    }

    #[test]
    fn no_text_is_too_strange(a in any::<String>(), b in "\\PC{0,220}") {
        for text in [&a, &b] {
            if let Ok(name) = Name::parse(text) {
                prop_assert!(!name.brand.is_empty());
                prop_assert_eq!(compare_names(&name, &name).score, FULL);
            }
        }
        let index = Index::build(Subject::named(&a, None).ok().map(|one| (1, one))).unwrap();
        if let Ok(query) = Subject::named(&a, None) {
            prop_assert_eq!(index.search(&query, use_of("payment")).found.len(), 1);
        }
    }
}
