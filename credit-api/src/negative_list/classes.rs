//! N7 of the rule pack: the enterprises that the foreign exchange authority holds in class C, read from the received
//! classes. The class is not public, nor is who has it.

use credit_core::negative_list::{Kind, kind_of_class};
use credit_core::records::{Class, ClassAuthority, Record};
use credit_core::rules::class::class_in_force;

use super::register::{self, LOOKED_AT_MAX, Place, Question};
use crate::store::{DbConnection, StoreError};

/// An enterprise that is in class C, by the row that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InClass {
    pub class: Class,
    pub name: String,
    /// Milliseconds.
    pub received_at: i64,
}

/// The enterprises of one page, and the last of them where there may be more.
pub type Page = (Vec<InClass>, Option<String>);

/// Who is in class C on the day, as known at the time.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn page(connection: &mut DbConnection, question: &Question) -> Result<Page, StoreError> {
    let mut place = Place::of(question);
    let (mut found, mut looked_at) = (Vec::new(), 0);
    let mut of_one: Vec<InClass> = Vec::new();
    loop {
        let (rows, is_last) = register::rows_after(connection, "classes", question.known_at, &place)?;
        for row in rows {
            let is_next = row.uscc != place.uscc;
            if is_next {
                found.extend(in_class_c(&std::mem::take(&mut of_one), question));
                if question.one.is_some_and(|uscc| uscc.as_str() != row.uscc) {
                    return Ok((found, None));
                }
                if found.len() >= question.limit || looked_at >= LOOKED_AT_MAX {
                    return Ok((found, Some(place.uscc)));
                }
            }
            looked_at += 1;
            if let Record::Classes(class) = row.record()? {
                of_one.push(InClass { class, name: row.name.clone(), received_at: row.known_from });
            }
            place = row.place();
        }
        if is_last {
            found.extend(in_class_c(&of_one, question));
            return Ok((found, None));
        }
    }
}

/// The class in force of one enterprise, when it is C.
fn in_class_c(of_one: &[InClass], question: &Question) -> Option<InClass> {
    let classes: Vec<Class> = of_one.iter().map(|one| one.class.clone()).collect();
    let class = class_in_force(&classes, ClassAuthority::Safe, question.day)?;
    let is_c = kind_of_class(class.authority, class.class.trim()) == Some(Kind::N7);
    of_one.iter().find(|one| one.class == *class).filter(|_| is_c).cloned()
}
