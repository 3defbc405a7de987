//! Plans of inspection, a plan with its draw, and one task.

/// A plan in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanLine {
    pub id: String,
    pub title: String,
    pub made: String,
    pub by: String,
    /// Enterprises that could be drawn.
    pub population: String,
    pub state: &'static str,
    /// First and last day, where it has them.
    pub period: Option<(String, String)>,
    /// How many tasks are open though it is over.
    pub overdue: Option<String>,
    pub rates: String,
}

/// The rate of a class in the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateField {
    pub class: &'static str,
    pub grades: &'static str,
    /// The range of the catalogue, percent.
    pub least: u8,
    pub most: u8,
    pub value: String,
}

/// The form that makes a plan, with what was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanForm {
    pub title: String,
    pub from: String,
    pub until: String,
    /// The earliest last day.
    pub today: String,
    pub rates: Vec<RateField>,
    pub inspectors: String,
    pub commitment: String,
    pub is_open: bool,
}

/// The list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InspectionsView {
    pub plans: Vec<PlanLine>,
    /// Where those before these are, and whether these are not the newest.
    pub next: Option<String>,
    pub is_later: bool,
    /// For officers.
    pub form: Option<PlanForm>,
    pub done: Option<&'static str>,
    pub message: Option<String>,
}

/// A class of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassLine {
    pub class: &'static str,
    pub grades: &'static str,
    pub rate: String,
    pub enterprises: String,
    pub drawn: String,
}

/// Where something is on the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeafView {
    /// Which leaf it is.
    pub words: String,
    /// The ledger's page with its block.
    pub href: String,
}

/// A draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawnView {
    pub at: String,
    pub by: String,
    pub secret: String,
    pub root: String,
    pub root_size: String,
    pub seed: String,
    pub digest: String,
    pub leaf: Option<LeafView>,
    pub tasks: Vec<TaskLine>,
    pub total: String,
    pub next: Option<String>,
    pub is_later: bool,
}

/// An enterprise that was drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskLine {
    pub href: String,
    pub uscc: String,
    pub name: String,
    pub class: String,
    pub inspectors: String,
    pub result: &'static str,
    pub is_failed: bool,
    /// That it is open though the period is over, or was inspected after it.
    pub beyond: Option<&'static str>,
    pub inspected_on: Option<String>,
}

/// How a draw is checked without us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckView {
    pub commands: String,
    pub program: String,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanView {
    pub id: String,
    pub version: i64,
    pub title: String,
    pub state: &'static str,
    pub made: String,
    pub by: String,
    pub day: String,
    pub catalogue: String,
    pub period: Option<(String, String)>,
    pub classes: Vec<ClassLine>,
    pub inspectors: String,
    pub commitment: String,
    pub digest: String,
    pub leaf: Option<LeafView>,
    /// The reader may draw it, and it can be drawn.
    pub may_draw: bool,
    /// It is not drawn yet, and cannot be or not by the reader.
    pub wait: Option<&'static str>,
    /// What was typed.
    pub secret_typed: String,
    /// Shown once.
    pub secret: Option<String>,
    pub drawn: Option<DrawnView>,
    pub check: Option<CheckView>,
    pub done: Option<&'static str>,
    pub message: Option<String>,
}

/// One task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskView {
    pub plan: String,
    pub plan_title: String,
    pub version: i64,
    pub uscc: String,
    pub name: String,
    pub class: String,
    pub inspectors: String,
    pub result: &'static str,
    pub is_failed: bool,
    pub beyond: Option<&'static str>,
    pub period: Option<(String, String)>,
    pub inspected_on: Option<String>,
    pub note: Option<String>,
    pub entered: Option<String>,
    /// The days that may be entered: of the draw, and today. For officers.
    pub days: Option<(String, String)>,
    /// Whether the first day of the plan has come.
    pub has_begun: bool,
    pub is_correction: bool,
    pub typed_day: String,
    pub typed_note: String,
    pub typed_failed: bool,
    pub done: Option<&'static str>,
    pub message: Option<String>,
}
