//! What two sources say differently of one enterprise.
//!
//! A pure function of what is known now. It finds that two records cannot both be right, and decides neither.

use chrono::NaiveDate;
use credit_core::dates::Moment;
use credit_core::records::{Class, ClassAuthority, Lang, ListCode, Listing, RecordSource, Registration};
use credit_core::region::RegionCode;
use credit_core::rules::class::{authority_name, authority_name_en, class_in_force};
use credit_core::rules::listing::{list_in_force, list_name, list_name_en};

use crate::access::Block;
use crate::registry::status_word;

/// What two sources disagree on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    Name,
    LegalRepresentative,
    Status,
    EstablishedOn,
    RegisteredCapital,
    Address,
    /// The district; a district inside the city that the other one names is none.
    Region,
    CustomsCode,
    /// Whether the enterprise is in the directory of SAFE.
    SafeDirectory,
    /// The class of a department: two rows that were both to hold on the day.
    ClassValidity(ClassAuthority),
    /// An entry of a list and a class that goes with another standing.
    ClassAndList(ClassAuthority),
    /// An entry that one row has and another row has ended.
    ListExit(ListCode),
}

impl Fact {
    /// The code in answers; never changes.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Fact::Name => "name",
            Fact::LegalRepresentative => "legal_representative",
            Fact::Status => "status",
            Fact::EstablishedOn => "established_on",
            Fact::RegisteredCapital => "registered_capital",
            Fact::Address => "address",
            Fact::Region => "region",
            Fact::CustomsCode => "customs_code",
            Fact::SafeDirectory => "safe_directory",
            Fact::ClassValidity(_) => "class_validity",
            Fact::ClassAndList(_) => "class_and_list",
            Fact::ListExit(_) => "list_exit",
        }
    }

    /// What a reader calls it.
    #[must_use]
    pub fn title(self, lang: Lang) -> String {
        let department = |authority| match lang {
            Lang::Zh => authority_name(authority),
            Lang::En => authority_name_en(authority),
        };
        let list = |code| if lang == Lang::Zh { list_name(code) } else { list_name_en(code) };
        let (zh, en) = match self {
            Fact::Name => ("名称", "name"),
            Fact::LegalRepresentative => ("法定代表人", "legal representative"),
            Fact::Status => ("登记状态", "registration status"),
            Fact::EstablishedOn => ("成立日期", "date of establishment"),
            Fact::RegisteredCapital => ("注册资本", "registered capital"),
            Fact::Address => ("住所", "address"),
            Fact::Region => ("行政区划", "district"),
            Fact::CustomsCode => ("海关注册编码", "customs code"),
            Fact::SafeDirectory => ("外汇名录登记", "directory of SAFE"),
            Fact::ClassValidity(authority) => {
                let name = department(authority);
                return pick(lang, format!("{name}：有效期重叠"), format!("{name}: both hold on the day"));
            }
            Fact::ClassAndList(authority) => {
                let name = department(authority);
                return pick(lang, format!("{name}与名单不符"), format!("{name} beside a list"));
            }
            Fact::ListExit(code) => {
                let name = list(code);
                return pick(lang, format!("{name}：列入与移出"), format!("{name}: entered and removed"));
            }
        };
        pick(lang, zh, en).to_owned()
    }

    /// The blocks that a reader must be allowed to see to be shown it.
    #[must_use]
    pub fn blocks(self) -> &'static [Block] {
        match self {
            Fact::Name
            | Fact::Status
            | Fact::EstablishedOn
            | Fact::RegisteredCapital
            | Fact::Address
            | Fact::Region
            | Fact::CustomsCode => &[Block::Identity],
            Fact::LegalRepresentative => &[Block::LegalRepresentative],
            Fact::SafeDirectory => &[Block::Identity, Block::SafeClass],
            Fact::ListExit(_) => &[Block::Lists],
            Fact::ClassValidity(authority) => match authority {
                ClassAuthority::Customs => &[Block::CustomsClass],
                ClassAuthority::Safe => &[Block::SafeClass],
                ClassAuthority::Tax | ClassAuthority::PublicCredit => &[Block::TaxClass],
            },
            Fact::ClassAndList(authority) => match authority {
                ClassAuthority::Customs => &[Block::CustomsClass, Block::Lists],
                ClassAuthority::Safe => &[Block::SafeClass, Block::Lists],
                ClassAuthority::Tax | ClassAuthority::PublicCredit => &[Block::TaxClass, Block::Lists],
            },
        }
    }
}

fn pick<T>(lang: Lang, zh: T, en: T) -> T {
    if lang == Lang::Zh { zh } else { en }
}

/// Where a record came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A registration row, by its sender.
    Registration(Option<RecordSource>),
    Lists,
    Classes,
}

impl Source {
    /// The code in answers: the source, and the sender where it names one.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Source::Registration(None) => "registration",
            Source::Registration(Some(RecordSource::Samr)) => "registration:samr",
            Source::Registration(Some(RecordSource::Zone)) => "registration:zone",
            Source::Registration(Some(RecordSource::Customs)) => "registration:customs",
            Source::Lists => "lists",
            Source::Classes => "classes",
        }
    }

    /// What a reader calls it.
    #[must_use]
    pub fn title(self, lang: Lang) -> &'static str {
        match self {
            Source::Registration(None) => pick(lang, "登记（未写来源）", "registration, sender not named"),
            Source::Registration(Some(RecordSource::Samr)) => pick(lang, "市场监管登记", "market registry"),
            Source::Registration(Some(RecordSource::Zone)) => {
                pick(lang, "综试区备案", "filing with the zone")
            }
            Source::Registration(Some(RecordSource::Customs)) => {
                pick(lang, "海关备案", "filing with customs")
            }
            Source::Lists => pick(lang, "法定名单", "statutory lists"),
            Source::Classes => pick(lang, "部门信用分类", "classes of departments"),
        }
    }
}

/// The entry of a list stands.
pub const ENTERED: &str = "entered";
/// The entry of a list has ended.
pub const REMOVED: &str = "removed";

/// What one source says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub source: Source,
    /// As received; of an entry of a list [`ENTERED`] or [`REMOVED`].
    pub value: String,
    /// Who made the entry of a list.
    pub authority: Option<String>,
    /// The date that the record itself gives for it.
    pub on: Option<NaiveDate>,
    pub decision_no: Option<String>,
    /// When it was received.
    pub received: Moment,
}

/// Two sources that cannot both be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    pub fact: Fact,
    pub one: Said,
    pub other: Said,
}

/// A record with the time it was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received<T> {
    pub record: T,
    pub at: Moment,
}

/// What is known of one enterprise, in the order of its receipt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    pub registrations: Vec<Received<Registration>>,
    pub classes: Vec<Received<Class>>,
    pub lists: Vec<Received<Listing>>,
}

/// Everything two sources disagree on, on a day.
#[must_use]
pub fn disagreements(known: &Known, day: NaiveDate) -> Vec<Disagreement> {
    let mut found = Vec::new();
    for (at, one) in known.registrations.iter().enumerate() {
        for other in known.registrations.iter().skip(at + 1) {
            registrations(one, other, &mut found);
        }
    }
    directory(known, day, &mut found);
    for authority in [ClassAuthority::Customs, ClassAuthority::Safe, ClassAuthority::Tax] {
        validity(known, authority, day, &mut found);
        class_and_list(known, authority, day, &mut found);
    }
    exits(known, day, &mut found);
    found
}

/// A cell that is empty in one of two rows is no disagreement (as in ruling C1).
fn registrations(
    one: &Received<Registration>,
    other: &Received<Registration>,
    found: &mut Vec<Disagreement>,
) {
    type Field = fn(&Registration) -> Option<String>;
    let fields: [(Fact, Field); 7] = [
        (Fact::Name, |row| Some(row.name.clone())),
        (Fact::LegalRepresentative, |row| Some(row.legal_representative.clone())),
        (Fact::Status, |row| Some(status_word(row.status).to_owned())),
        (Fact::EstablishedOn, |row| Some(row.established_on.to_string())),
        (Fact::RegisteredCapital, |row| row.registered_capital.map(|fen| fen.to_string())),
        (Fact::Address, |row| row.address.clone()),
        (Fact::CustomsCode, |row| row.customs_code.clone()),
    ];
    let said = |row: &Received<Registration>, value: String| Said {
        source: Source::Registration(row.record.record_source),
        value,
        authority: None,
        on: None,
        decision_no: None,
        received: row.at,
    };
    let mut differ = |fact, values: (Option<String>, Option<String>)| {
        let whole =
            |value: Option<String>| value.map(|text| text.trim().to_owned()).filter(|t| !t.is_empty());
        if let (Some(value), Some(another)) = (whole(values.0), whole(values.1))
            && value != another
        {
            found.push(Disagreement { fact, one: said(one, value), other: said(other, another) });
        }
    };
    for (fact, field) in fields {
        differ(fact, (field(&one.record), field(&other.record)));
    }
    let (region, another) = (one.record.region_code.trim(), other.record.region_code.trim());
    let inside = match (RegionCode::parse(region), RegionCode::parse(another)) {
        (Ok(region), Ok(another)) => {
            let (region, another) = (region.current(), another.current());
            region.is_within(another) || another.is_within(region)
        }
        _ => region == another,
    };
    if !inside {
        differ(Fact::Region, (Some(region.to_owned()), Some(another.to_owned())));
    }
}

fn said_class(class: &Received<Class>) -> Said {
    Said {
        source: Source::Classes,
        value: class.record.class.clone(),
        authority: None,
        on: Some(class.record.valid_from),
        decision_no: class.record.decision_no.clone(),
        received: class.at,
    }
}

fn entered(list: &Received<Listing>) -> Said {
    Said {
        source: Source::Lists,
        value: ENTERED.to_owned(),
        authority: Some(list.record.authority.clone()),
        on: Some(list.record.effective_on),
        decision_no: Some(list.record.decision_no.clone()),
        received: list.at,
    }
}

fn removed(list: &Received<Listing>, day: NaiveDate) -> Said {
    Said { value: REMOVED.to_owned(), on: Some(day), ..entered(list) }
}

/// A class A, B or C of SAFE presupposes an entry in its directory (汇发〔2020〕14号).
fn directory(known: &Known, day: NaiveDate, found: &mut Vec<Disagreement>) {
    let Some(class) = in_force(known, ClassAuthority::Safe, day) else { return };
    if !["A", "B", "C"].contains(&class.record.class.trim()) {
        return;
    }
    for row in known.registrations.iter().filter(|row| row.record.safe_listed == Some(false)) {
        let one = Said {
            source: Source::Registration(row.record.record_source),
            value: "false".to_owned(),
            authority: None,
            on: None,
            decision_no: None,
            received: row.at,
        };
        found.push(Disagreement { fact: Fact::SafeDirectory, one, other: said_class(class) });
    }
}

/// The class in force (ruling C9), with its receipt.
fn in_force(known: &Known, authority: ClassAuthority, day: NaiveDate) -> Option<&Received<Class>> {
    let all: Vec<Class> = known.classes.iter().map(|class| class.record.clone()).collect();
    let class = class_in_force(&all, authority, day)?;
    known.classes.iter().rev().find(|one| one.record == *class)
}

/// Two rows of a department that say of themselves that they hold on the day. A row without a last day is ended by the
/// next one, and says nothing against it.
fn validity(known: &Known, authority: ClassAuthority, day: NaiveDate, found: &mut Vec<Disagreement>) {
    let Some(now) = in_force(known, authority, day) else { return };
    for class in known.classes.iter().filter(|class| class.record.authority == authority) {
        let holds = class.record.valid_from <= day && class.record.valid_to.is_some_and(|last| last >= day);
        if holds && class.record.class.trim() != now.record.class.trim() {
            found.push(Disagreement {
                fact: Fact::ClassValidity(authority),
                one: said_class(class),
                other: said_class(now),
            });
        }
    }
}

/// The list that goes with a class of a department: in customs two, in tax one. That tax class D goes with the list of
/// major violations is our reading of STA Announcement 2025 No. 12.
fn class_and_list(known: &Known, authority: ClassAuthority, day: NaiveDate, found: &mut Vec<Disagreement>) {
    let pairs: &[(ListCode, &str)] = match authority {
        ClassAuthority::Customs => {
            &[(ListCode::CustomsDishonest, "DIS"), (ListCode::CustomsSeriouslyDishonest, "SDIS")]
        }
        ClassAuthority::Tax => &[(ListCode::TaxSerious, "D")],
        ClassAuthority::Safe | ClassAuthority::PublicCredit => &[],
    };
    let Some(class) = in_force(known, authority, day) else { return };
    for (code, standing) in pairs {
        let rows = || known.lists.iter().filter(|list| list.record.list == *code);
        let listed = rows().find(|list| list_in_force(&list.record, day));
        let is_bad = class.record.class.trim() == *standing;
        let other = match listed {
            Some(list) if !is_bad => entered(list),
            None if is_bad => match rows()
                .filter_map(|list| Some((left(&list.record, day)?, list)))
                .max_by_key(|(day, _)| *day)
            {
                Some((day, list)) => removed(list, day),
                // The list may not have been delivered: that says nothing.
                None => continue,
            },
            _ => continue,
        };
        found.push(Disagreement { fact: Fact::ClassAndList(authority), one: said_class(class), other });
    }
}

/// The day on which an entry had ended by `day`.
fn left(listing: &Listing, day: NaiveDate) -> Option<NaiveDate> {
    listing.removed_on.filter(|removed| *removed <= day)
}

/// One row enters, another row of the same entry says that the enterprise has left since. Rows are of one entry when
/// they name one event, or one first day: two decisions of different days are two entries.
fn exits(known: &Known, day: NaiveDate, found: &mut Vec<Disagreement>) {
    for inside in known.lists.iter().filter(|list| list_in_force(&list.record, day)) {
        for outside in known.lists.iter().filter(|list| list.record.list == inside.record.list) {
            let Some(left) = left(&outside.record, day) else { continue };
            let one_event =
                inside.record.event_id.is_some() && inside.record.event_id == outside.record.event_id;
            if one_event || inside.record.effective_on == outside.record.effective_on {
                found.push(Disagreement {
                    fact: Fact::ListExit(inside.record.list),
                    one: entered(inside),
                    other: removed(outside, left),
                });
            }
        }
    }
}
