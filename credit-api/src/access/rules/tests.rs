#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;

use super::*;
use crate::access::{Block, Granted, Reason, Subject};

const USCC: &str = "91511500MA6000001A";

fn rules() -> Rules {
    Rules::open(None).unwrap()
}

/// The program's policies in a folder, where they can be changed.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, body) in embedded_files() {
        fs::write(folder.path().join(name), body).unwrap();
    }
    folder
}

fn refused(folder: &Path) -> String {
    Rules::open(Some(folder)).err().unwrap().to_string()
}

fn agent(usccs: &[&str]) -> Principal {
    let enterprises = usccs.iter().map(|uscc| (*uscc).to_owned()).collect();
    Principal { enterprises, ..Principal::of("user:1", Audience::Enterprise) }
}

#[test]
fn the_schema_has_the_words_of_the_program() {
    let of = |kind: &str, codes: Vec<&str>| {
        let (_, rest) = SCHEMA.split_once(&format!("entity {kind} enum [")).unwrap();
        let (body, _) = rest.split_once(']').unwrap();
        let found: Vec<&str> = body.split('"').skip(1).step_by(2).collect();
        assert_eq!(found, codes, "{kind}");
    };
    of("Audience", Audience::ALL.iter().map(|one| one.code()).collect());
    of("Block", Block::ALL.iter().map(|one| one.code()).collect());
    of("Purpose", Purpose::ALL.iter().map(|one| one.code()).collect());
    of("Scope", super::super::ask::Scope::ALL.iter().map(|one| one.code()).collect());
}

#[test]
fn all_files_of_the_folder_are_embedded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    assert_eq!(files::KIND.read(&folder).unwrap(), embedded());
}

#[test]
fn nobody_reads_without_a_purpose_what_is_not_public() {
    let rules = rules();
    for audience in Audience::ALL {
        let who = Principal { enterprises: Arc::new([USCC.to_owned()]), ..Principal::of("user:1", audience) };
        for block in Block::ALL {
            for subject in [Subject::One(USCC), Subject::Many, Subject::Zone] {
                let ask = Ask::new(&who, block, None, subject);
                let decision = rules.decide(&ask);
                let anybody = Principal::anonymous();
                let public = rules.decide(&Ask { principal: &anybody, ..ask });
                let free = public.is_allowed() || block.is_operations();
                assert!(!decision.is_allowed() || free, "{audience:?} {block:?} {subject:?}");
                // Signing in never shows less.
                assert!(!public.is_allowed() || decision.is_allowed(), "{audience:?} {block:?}");
            }
        }
    }
}

#[test]
fn what_is_missing_is_named() {
    let rules = rules();
    let (bank, customs, tax) = (
        Principal::of("key:1", Audience::Financier),
        Principal::of("key:2", Audience::Customs),
        Principal::of("key:3", Audience::Tax),
    );
    let (own, other) = (agent(&[USCC]), agent(&["91511500MA6000002B"]));
    let one = Subject::One(USCC);
    for (who, block, purpose, subject, expected) in [
        (&Principal::anonymous(), Block::Score, Some(Purpose::Supervision), one, Reason::SignInNeeded),
        (&bank, Block::Score, None, one, Reason::PurposeNeeded),
        (&bank, Block::Score, Some(Purpose::PostLoan), one, Reason::ConsentNeeded),
        (&bank, Block::Score, Some(Purpose::Supervision), one, Reason::PurposeUnfit),
        (&bank, Block::Contact, Some(Purpose::PostLoan), one, Reason::NotDisclosed),
        (&bank, Block::Contact, None, one, Reason::NotDisclosed),
        (&customs, Block::Score, None, one, Reason::PurposeNeeded),
        (&customs, Block::Score, Some(Purpose::Statistics), one, Reason::PurposeUnfit),
        (&customs, Block::Score, Some(Purpose::Supervision), Subject::Many, Reason::OneAtATime),
        (&customs, Block::PastPenalties, Some(Purpose::Supervision), one, Reason::NotDisclosed),
        (&tax, Block::AccessLog, Some(Purpose::Supervision), one, Reason::OwnOnly),
        (&own, Block::Score, None, one, Reason::PurposeNeeded),
        (&own, Block::WatchList, Some(Purpose::Own), one, Reason::NotDisclosed),
        (&other, Block::Score, Some(Purpose::Own), one, Reason::NotDisclosed),
        (&other, Block::Score, None, one, Reason::NotDisclosed),
    ] {
        let decision = rules.decide(&Ask::new(who, block, purpose, subject));
        assert_eq!(decision.reason(), Some(expected), "{} {block:?} {purpose:?} {subject:?}", who.id);
    }
    assert_eq!(rules.purposes_for(&Ask::new(&customs, Block::Score, None, one)), [Purpose::Supervision]);
}

#[test]
fn a_consent_opens_its_blocks_for_its_purpose_until_it_ends() {
    let rules = rules();
    let bank = Principal::of("key:1", Audience::Financier);
    let granted = [Granted {
        id: "consent-1".to_owned(),
        blocks: vec![Block::Score, Block::Contact],
        purpose: Purpose::CreditApproval,
        until_ms: 1_000,
    }];
    let ask = |block, purpose, now_ms| Ask {
        consents: &granted,
        now_ms,
        ..Ask::new(&bank, block, Some(purpose), Subject::One(USCC))
    };
    let open = rules.decide(&ask(Block::Score, Purpose::CreditApproval, 999));
    assert_eq!((open.outcome, open.consent.as_deref()), (Outcome::Full, Some("consent-1")));
    assert_eq!(open.policy.as_deref(), Some("financier.full"));
    for (block, purpose, now, reason) in [
        (Block::Score, Purpose::CreditApproval, 1_000, Reason::ConsentNeeded),
        (Block::Score, Purpose::PostLoan, 999, Reason::ConsentNeeded),
        (Block::Grade, Purpose::CreditApproval, 999, Reason::ConsentNeeded),
        // What the policies do not open, no consent opens.
        (Block::Contact, Purpose::CreditApproval, 999, Reason::NotDisclosed),
    ] {
        let decision = rules.decide(&ask(block, purpose, now));
        assert_eq!(
            (decision.reason(), decision.consent),
            (Some(reason), None),
            "{block:?} {purpose:?} {now}"
        );
    }
    // Nor does it help anybody but a financier.
    let customs = Principal::of("key:2", Audience::Customs);
    let decision =
        rules.decide(&Ask { principal: &customs, ..ask(Block::PastPenalties, Purpose::CreditApproval, 0) });
    assert!(!decision.is_allowed());
}

#[test]
fn an_answer_from_memory_is_the_answer() {
    let rules = rules();
    let bank = Principal::of("key:1", Audience::Financier);
    for block in Block::ALL {
        let ask = Ask::new(&bank, block, Some(Purpose::PostLoan), Subject::One(USCC));
        assert_eq!(rules.decide(&ask), rules.decide(&ask));
        assert_eq!(rules.engine().answer_anew(ask.question()), rules.engine().answer(ask.question()));
    }
}

#[test]
fn policies_that_cannot_be_used_stop_the_start_and_say_where() {
    let folder = folder();
    let place = folder.path().join("20-self.cedar");
    let good = fs::read_to_string(&place).unwrap();
    let with = |change: &dyn Fn(&str) -> String| {
        fs::write(&place, change(&good)).unwrap();
        refused(folder.path())
    };
    let syntax = with(&|text| text.replacen("permit (", "permitt (", 1));
    assert!(syntax.starts_with("20-self.cedar, line 7:"), "{syntax}");
    let word = with(&|text| text.replace("Block::\"orders\"", "Block::\"ordres\""));
    assert!(word.contains("20-self.cedar, policy self.own_record") && word.contains("ordres"), "{word}");
    let field = with(&|text| text.replace("context.closed", "context.clsoed"));
    assert!(field.contains("self.closed_alerts"), "{field}");
    let nameless = with(&|text| text.replace("@id(\"self.own_record\")\n", ""));
    assert!(nameless.contains("@id"), "{nameless}");
    let groundless =
        with(&|text| text.replace("@basis(\"综试区实施方案“预警处置”；处置完结后告知\")", "@basis(\"\")"));
    assert!(groundless.contains("@basis"), "{groundless}");
    let twice = with(&|text| text.replace("self.closed_alerts", "public.reviews"));
    assert!(twice.contains("twice"), "{twice}");
    let template =
        with(&|text| text.replace("principal == Audience::\"enterprise\"", "principal == ?principal"));
    assert!(template.contains("templates"), "{template}");
    let long = with(&|text| text.to_owned() + &" ".repeat(usize::try_from(files::FILE_BYTES_MAX).unwrap()));
    assert!(long.contains("longer than"), "{long}");
    fs::write(&place, [0xff]).unwrap();
    assert!(refused(folder.path()).contains("UTF-8"));
    fs::write(&place, good).unwrap();
    assert!(Rules::open(Some(folder.path())).is_ok());

    let empty = tempfile::tempdir().unwrap();
    assert!(refused(empty.path()).contains("no file *.cedar"));
    assert!(refused(&empty.path().join("gone")).contains("gone"));
    for number in 0..=crate::folder::FILES_MAX {
        fs::write(empty.path().join(format!("{number}.cedar")), "").unwrap();
    }
    assert!(refused(empty.path()).contains("more than 64"));
}

#[test]
fn changed_files_are_taken_and_broken_ones_leave_the_old_policies() {
    let folder = folder();
    let rules = Rules::open(Some(folder.path())).unwrap();
    let customs = Principal::of("key:2", Audience::Customs);
    let sees = || {
        let ask = Ask::new(&customs, Block::Transactions, Some(Purpose::Supervision), Subject::One(USCC));
        rules.decide(&ask).is_allowed()
    };
    assert!(sees() && !rules.look());
    let place = folder.path().join("30-departments.cedar");
    let good = fs::read_to_string(&place).unwrap();
    let narrower = good.replace("Block::\"grade_top\", Block::\"transactions\"", "Block::\"grade_top\"");
    assert_ne!(good, narrower);

    fs::write(&place, narrower.replace("permit (", "permit")).unwrap();
    assert!(!rules.look());
    assert!(sees(), "the old policies hold");
    assert!(rules.trouble().unwrap().contains("30-departments.cedar"));
    assert!(!rules.look() && rules.trouble().is_some());

    fs::write(&place, narrower).unwrap();
    assert!(rules.look());
    assert!(!sees(), "an answer of the old policies is not remembered");
    assert_eq!(rules.trouble(), None);

    fs::remove_dir_all(folder.path()).unwrap();
    assert!(!rules.look());
    assert!(rules.trouble().is_some());
    // The same files again are no others, and the trouble is over.
    fs::create_dir(folder.path()).unwrap();
    for (name, body) in embedded_files() {
        fs::write(folder.path().join(name), body).unwrap();
    }
    assert!(rules.look());
    assert!(sees() && rules.trouble().is_none());
}
