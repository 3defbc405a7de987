//! What each page shows, in plain structs: no database types, no rules, no markup.
//!
//! Texts that come from data (names, definitions, reasons, dates, times) are already in the reader's language
//! when a view is made; fixed words come from [`super::texts`]. What a reader may not see is absent and named
//! in `withheld`, never present and hidden.

mod account;
mod agreements;
mod alerts;
mod cases;
mod clock;
mod consents;
mod docking;
mod enterprise;
mod geometry;
mod inspections;
mod ledger;
mod looks;
mod measures;
mod my_credit;
mod negative_list;
mod points;
mod portfolio;
mod purpose;
mod ruler;
mod sales;
mod screening;
mod seal;
mod search;
mod sharing;
mod statistics;
mod steps;
mod traces;
mod watch;
mod webhooks;
mod zone;

pub use account::{AccountView, ChoiceOf, KeyLine, KeysView, LetterLine, SecondFactorView, SessionLine};
pub use agreements::{AgreementView, Agreements, DaysView, PickOf};
pub use alerts::{AlertView, BehindLine, FigureLine, RecordLine};
pub use cases::{
    CaseFile, CaseLine, CaseView, CasesView, DisputeSaid, DisputeView, Files, OfferForm, OpenView,
    OthersLine, SupposedView, TakenStep,
};
pub use clock::{ClockLine, DayView, StripView};
pub use consents::{AskView, ConsentCard, ConsentsView};
pub use docking::{DisagreementLine, DockingView, GradeLine, MappingView, ReportView, SaidView};
pub use enterprise::{EnterpriseView, Fact, GradeView, ReasonKind, ReasonView, SubScoreView, Withheld};
pub use geometry::{Percent, Points, share};
pub use inspections::{
    CheckView, ClassLine, DrawnView, InspectionsView, LeafView, PlanForm, PlanLine, PlanView, RateField,
    TaskLine, TaskView,
};
pub use ledger::{BlockRow, LedgerView, VerifyView, WitnessRow};
pub use looks::{AlertLine, LookFilter, LookLine, LooksView};
pub use measures::{HandView, MeasureRowView, MeasureStepView, MeasureView, MeasuresView, TabView};
pub use my_credit::{AdviceLine, MeasureLine, MyCreditView, RepairLine, RepairedLine};
pub use negative_list::{ListedLine, NegativeListView};
pub use points::{BinView, EvidenceView, PointsGroup, PointsLedgerView, PointsRow, RowState, Sort};
pub use portfolio::{PortfolioRow, PortfolioView};
pub use purpose::PurposeView;
pub use ruler::{BandView, RulerView, StopView};
pub use sales::{
    SaleCompared, SaleDocument, SaleFlow, SaleLine, SaleParty, SaleSignature, SaleVerdict, SaleView,
    SalesView,
};
pub use screening::{
    AgainstChoice, LineView, MatchView, PartLine, ScreenedView, ScreeningJob, ScreeningView, UseChoice,
};
pub use seal::{CosignerView, SealState, SealView};
pub use search::{Choice, EnterpriseRow, HomeView, SearchView};
pub use sharing::{ApplyView, ExtractLine, ExtractsView, RequestCard, SharingView, TakenLine, TakenView};
pub use statistics::{BarLine, ChartView, MatchingView, MatrixView, MonthView, StatisticsView};
pub use steps::{EventKind, EventView, StepLineView, StepView};
pub use traces::{TraceAsk, TraceLine, TraceStop, TracesView};
pub use watch::WatchNotice;
pub use webhooks::{
    DeliveryLine, SecretLine, SubscribeView, SubscriptionLine, SubscriptionView, WebhooksView,
};
pub use zone::{CountView, FileRow, OverviewView, grouped};
