//! The officers' desks: measures and inspections, the sales of an enterprise, and traces of goods.

use askama::Template;

use super::{Page, RenderError, csrf_of};
use crate::portal::case_texts::CaseTexts;
use crate::portal::desk_texts::DeskTexts;
use crate::portal::sales_texts::SalesTexts;
use crate::portal::texts::Texts;
use crate::portal::traces_texts::TracesTexts;
use crate::portal::view::{
    InspectionsView, MeasureView, MeasuresView, PlanView, SaleView, SalesView, TaskView, TracesView,
};

#[derive(Template)]
#[template(path = "measures.html")]
struct MeasuresPage<'a> {
    page: &'a Page,
    t: &'static Texts,
    c: &'static CaseTexts,
    d: &'static DeskTexts,
    view: &'a MeasuresView,
}

#[derive(Template)]
#[template(path = "measure.html")]
struct MeasurePage<'a> {
    page: &'a Page,
    t: &'static Texts,
    c: &'static CaseTexts,
    d: &'static DeskTexts,
    view: &'a MeasureView,
    csrf: &'a str,
}

#[derive(Template)]
#[template(path = "inspections.html")]
struct InspectionsPage<'a> {
    page: &'a Page,
    t: &'static Texts,
    d: &'static DeskTexts,
    view: &'a InspectionsView,
    csrf: &'a str,
}

#[derive(Template)]
#[template(path = "plan.html")]
struct PlanPage<'a> {
    page: &'a Page,
    t: &'static Texts,
    c: &'static CaseTexts,
    d: &'static DeskTexts,
    view: &'a PlanView,
    csrf: &'a str,
}

#[derive(Template)]
#[template(path = "task.html")]
struct TaskPage<'a> {
    page: &'a Page,
    t: &'static Texts,
    d: &'static DeskTexts,
    view: &'a TaskView,
    csrf: &'a str,
}

/// # Errors
/// When the template cannot be written.
pub fn render_measures(page: &Page, view: &MeasuresView) -> Result<String, RenderError> {
    let (c, d) = (CaseTexts::of(page.lang), DeskTexts::of(page.lang));
    MeasuresPage { page, t: page.lang.texts(), c, d, view }.render()
}

#[derive(Template)]
#[template(path = "sales.html")]
struct SalesPage<'a> {
    page: &'a Page,
    t: &'static Texts,
    s: &'static SalesTexts,
    view: &'a SalesView,
}

#[derive(Template)]
#[template(path = "sale.html")]
struct SalePage<'a> {
    page: &'a Page,
    t: &'static Texts,
    s: &'static SalesTexts,
    traces: &'static TracesTexts,
    view: &'a SaleView,
}

#[derive(Template)]
#[template(path = "traces.html")]
struct TracesPage<'a> {
    page: &'a Page,
    t: &'static Texts,
    s: &'static TracesTexts,
    view: &'a TracesView,
}

/// # Errors
/// When the template cannot be written.
pub fn render_traces(page: &Page, view: &TracesView) -> Result<String, RenderError> {
    TracesPage { page, t: page.lang.texts(), s: TracesTexts::of(page.lang), view }.render()
}

/// # Errors
/// When the template cannot be written.
pub fn render_sales(page: &Page, view: &SalesView) -> Result<String, RenderError> {
    SalesPage { page, t: page.lang.texts(), s: SalesTexts::of(page.lang), view }.render()
}

/// # Errors
/// When the template cannot be written.
pub fn render_sale(page: &Page, view: &SaleView) -> Result<String, RenderError> {
    let (s, traces) = (SalesTexts::of(page.lang), TracesTexts::of(page.lang));
    SalePage { page, t: page.lang.texts(), s, traces, view }.render()
}

/// # Errors
/// When the template cannot be written.
pub fn render_measure(page: &Page, view: &MeasureView) -> Result<String, RenderError> {
    let (c, d) = (CaseTexts::of(page.lang), DeskTexts::of(page.lang));
    MeasurePage { page, t: page.lang.texts(), c, d, view, csrf: csrf_of(page) }.render()
}

/// # Errors
/// When the template cannot be written.
pub fn render_inspections(page: &Page, view: &InspectionsView) -> Result<String, RenderError> {
    let d = DeskTexts::of(page.lang);
    InspectionsPage { page, t: page.lang.texts(), d, view, csrf: csrf_of(page) }.render()
}

/// # Errors
/// When the template cannot be written.
pub fn render_plan(page: &Page, view: &PlanView) -> Result<String, RenderError> {
    let (c, d) = (CaseTexts::of(page.lang), DeskTexts::of(page.lang));
    PlanPage { page, t: page.lang.texts(), c, d, view, csrf: csrf_of(page) }.render()
}

/// # Errors
/// When the template cannot be written.
pub fn render_task(page: &Page, view: &TaskView) -> Result<String, RenderError> {
    TaskPage { page, t: page.lang.texts(), d: DeskTexts::of(page.lang), view, csrf: csrf_of(page) }.render()
}
