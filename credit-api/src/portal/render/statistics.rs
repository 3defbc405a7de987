//! The page of statistics.

use askama::Template;

use super::{Page, RenderError};
use crate::portal::statistics_texts::StatisticsTexts;
use crate::portal::texts::Texts;
use crate::portal::view::StatisticsView;

#[derive(Template)]
#[template(path = "statistics.html")]
struct StatisticsPage<'a> {
    page: &'a Page,
    t: &'static Texts,
    s: &'static StatisticsTexts,
    view: &'a StatisticsView,
}

/// # Errors
/// When the template cannot be written.
pub fn render_statistics(page: &Page, view: &StatisticsView) -> Result<String, RenderError> {
    StatisticsPage { page, t: page.lang.texts(), s: StatisticsTexts::of(page.lang), view }.render()
}
