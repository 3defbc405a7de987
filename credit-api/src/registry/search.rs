//! Search and lists of enterprises, by key and in pages.

use diesel::prelude::*;

use super::Enterprise;
use crate::store::schema::enterprises;
use crate::store::{DbConnection, StoreError};

/// Longest search text, characters.
pub const QUERY_CHARS_MAX: usize = 100;

/// What is looked for; empty fields do not narrow.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub q: Option<String>,
    /// `E1` to `E4`: any of the enterprise's roles.
    pub role: Option<String>,
    pub grade: Option<String>,
    /// Prefix of the region code.
    pub region: Option<String>,
    pub listed: Option<bool>,
}

/// A page of enterprises in the order of their codes, and where the next one starts.
#[derive(Debug, Clone)]
pub struct Page {
    pub items: Vec<Enterprise>,
    pub next: Option<String>,
}

/// Finds enterprises after the code `after`.
///
/// # Errors
/// The database's.
pub fn search(
    connection: &mut DbConnection,
    filter: &Filter,
    after: Option<&str>,
    limit: i64,
) -> Result<Page, StoreError> {
    let mut query =
        enterprises::table.select(Enterprise::as_select()).order(enterprises::uscc.asc()).into_boxed();
    if let Some(text) = filter.q.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        let text: String = text.chars().filter(|c| !c.is_control()).take(QUERY_CHARS_MAX).collect();
        query = query.filter(enterprises::search_text.like(pattern(&text)).escape('!'));
    }
    if let Some(role) = &filter.role {
        query = query.filter(enterprises::roles.like(format!("%{}%", escape(role))).escape('!'));
    }
    if let Some(grade) = &filter.grade {
        query = query.filter(enterprises::grade.eq(grade.clone()));
    }
    if let Some(region) = &filter.region {
        let prefix = format!("{}%", escape(region));
        query = query.filter(enterprises::region_code.like(prefix).escape('!'));
    }
    if let Some(listed) = filter.listed {
        query = query.filter(enterprises::listed.eq(i32::from(listed)));
    }
    if let Some(after) = after {
        query = query.filter(enterprises::uscc.gt(after.to_owned()));
    }
    let mut items: Vec<Enterprise> = query.limit(limit + 1).load(connection)?;
    let more = i64::try_from(items.len()).unwrap_or(0) > limit;
    items.truncate(usize::try_from(limit).unwrap_or(0));
    let next = items.last().filter(|_| more).map(|last| last.uscc.clone());
    Ok(Page { items, next })
}

fn pattern(text: &str) -> String {
    format!("%{}%", escape(&text.to_lowercase()))
}

fn escape(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}
