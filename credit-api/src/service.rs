//! What every command and request works with: settings, database, evidence, scorecard, clock.

use std::os::unix::fs::DirBuilderExt;
use std::sync::Arc;

use credit_core::alerts::AlertRules;
use credit_core::calendar::WorkingDays;
use credit_core::scorecard::{Scorecard, ScorecardError};
use rustix::fs::Access;

use crate::access::{ConsentBook, PolicyError, Rules};
use crate::access_log;
use crate::alerts::{self, book::RulesError};
use crate::cases::days::{Calendars, CalendarsError};
use crate::ceb::signatures::{Certificates, CertificatesError};
use crate::clock::{SharedClock, SystemClock};
use crate::config::{Config, ConfigError};
use crate::consents::Book;
use crate::docking::{self, mapping::MappingsError};
use crate::evaluation::rollup::Medians;
use crate::evaluation::run;
use crate::identity::oidc::Provider;
use crate::intake::evidence::{Evidence, Sealing};
use crate::store::{Database, StoreError};

/// A data folder that we create is its owner's alone.
const FOLDER_MODE: u32 = 0o700;

/// The opened service. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    pub config: Arc<Config>,
    pub database: Database,
    /// Where the access log lies; a file of its own beside SQLite.
    pub access_log: access_log::behind::Log,
    pub evidence: Evidence,
    pub card: Arc<Scorecard>,
    /// The zone's medians that were computed already.
    pub medians: Arc<Medians>,
    pub clock: SharedClock,
    /// Who may see what.
    pub rules: Rules,
    /// Which class of a department stands beside which grade.
    pub mappings: docking::book::Book,
    /// What alerts are raised for.
    pub alerts: alerts::book::Book,
    /// Which days are working days: by this one calendar every term is computed.
    pub calendars: Calendars,
    /// Where people sign in beside here.
    pub provider: Option<Arc<Provider>>,
    /// The consents that the rule is handed.
    pub consents: Arc<dyn ConsentBook>,
    threads: Arc<rayon::ThreadPool>,
}

/// Why the service cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A setting has the right form, and what it names cannot be used.
    #[error(transparent)]
    Setting(#[from] ConfigError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the published scorecard: {0}")]
    Scorecard(#[from] ScorecardError),
    /// Nobody would know who may see what.
    #[error(transparent)]
    Policies(#[from] PolicyError),
    /// A department would be told something else, or nothing.
    #[error(transparent)]
    Mappings(#[from] MappingsError),
    /// Alerts would be raised for something else, or not at all.
    #[error(transparent)]
    Alerts(#[from] RulesError),
    /// Terms would end on other days than their notice says.
    #[error(transparent)]
    Calendars(#[from] CalendarsError),
    /// Whoever signs customs messages would be unknown.
    #[error("ceb_certificates: {0}")]
    Certificates(#[from] CertificatesError),
    #[error("threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

impl Service {
    /// Opens data folder and database.
    ///
    /// # Errors
    /// [`OpenError`] names what could not be opened.
    pub fn open(config: Config) -> Result<Self, OpenError> {
        Self::open_with(config, Arc::new(SystemClock))
    }

    /// As [`Service::open`], with a clock of the caller's.
    ///
    /// # Errors
    /// [`OpenError`] names what could not be opened.
    pub fn open_with(config: Config, clock: SharedClock) -> Result<Self, OpenError> {
        // Keys lie in it, and what the database holds is not for every user of the machine.
        let folder = std::fs::DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(&config.data);
        folder.map_err(|why| config.refuse("data", why))?;
        rustix::fs::access(&config.data, Access::WRITE_OK | Access::EXEC_OK)
            .map_err(|why| config.refuse("data", why))?;
        let database = Database::open(&config.database_url).map_err(|why| match why {
            // The folder of the default is the other setting's, and was looked at.
            StoreError::Open(why) | StoreError::Pool(why) => config.refuse("database_url", why).into(),
            other => OpenError::from(other),
        })?;
        let provider = config.oidc.as_deref().map(|path| Provider::open(path).map(Arc::new)).transpose();
        let provider = provider.map_err(|why| config.refuse("oidc", why))?;
        let certificates = Certificates::open(config.ceb_certificates.as_deref())?;
        Ok(Self {
            provider,
            evidence: Evidence::new(config.evidence_dir())
                .sealing(Sealing { keys: config.keys_dir(), keep: config.ceb_evidence })
                .verifying(certificates),
            card: Arc::new(Scorecard::embedded()?),
            medians: Arc::default(),
            consents: Arc::new(Book::new(database.clone())),
            access_log: access_log::store::open(&config, &database, clock.today())?,
            clock,
            rules: Rules::open(config.policies.as_deref())?,
            mappings: docking::book::Book::open(config.mappings.as_deref())?,
            alerts: alerts::book::Book::open(config.alert_rules.as_deref())?,
            calendars: Calendars::open(config.calendars.as_deref())?,
            threads: Arc::new(rayon::ThreadPoolBuilder::new().num_threads(config.threads).build()?),
            config: Arc::new(config),
            database,
        })
    }

    /// What an evaluation goes by, with these rules and this calendar.
    #[must_use]
    pub fn by<'a>(&'a self, rules: &'a AlertRules, calendar: &'a WorkingDays) -> run::By<'a> {
        run::By { card: &self.card, rules, calendar, medians: &self.medians }
    }

    /// Runs work that spreads over the service's own threads.
    pub fn in_parallel<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.threads.install(work)
    }
}
