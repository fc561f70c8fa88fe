//! What the API works with: engines, settings, who may ask, the clock, and what it counts. Does not know HTTP.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::access::Access;
use super::metrics::{Metric, Metrics};
use super::problem::Problem;
use crate::engine::Engine;
use crate::reports::Thresholds;

/// Milliseconds since 1970-01-01 UTC, now. The only clock of the API, so that tests can set it.
pub type Now = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Metrics that the process adds to its own, asked whenever metrics are.
pub type ExtraMetrics = Arc<dyn Fn() -> Vec<Metric> + Send + Sync>;

/// Which mart is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EngineName {
    /// The Parquet mart.
    #[default]
    Parquet,
    /// The PostgreSQL mart.
    Postgres,
}

/// Names of the engines, as the parameter `engine` takes them.
pub(super) const ENGINE_NAMES: [&str; 2] = ["parquet", "postgres"];

impl EngineName {
    /// The name as the parameter `engine` takes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Postgres => "postgres",
        }
    }
}

/// Limits and defaults of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiSettings {
    /// Engine of a request that names none.
    pub default_engine: EngineName,
    /// Rows of an answer when a request names no limit.
    pub default_rows: u32,
    /// Most rows that a request may ask for at once.
    pub max_rows: u32,
    /// Queries that run at once; more wait.
    pub max_queries: u32,
    /// Longest time that a query waits for its turn, in milliseconds.
    pub max_wait_ms: u64,
    /// Longest time that a query runs, in milliseconds.
    pub query_timeout_ms: u64,
    /// Connections that are open at once; more wait until one is closed.
    pub max_connections: u32,
    /// Where the measures of reports draw their lines when a request does not say.
    pub thresholds: Thresholds,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            default_engine: EngineName::Parquet,
            default_rows: 1_000,
            max_rows: 100_000,
            max_queries: 4,
            max_wait_ms: 5_000,
            query_timeout_ms: 30_000,
            max_connections: 256,
            thresholds: Thresholds::default(),
        }
    }
}

/// The marts that can be asked.
#[derive(Debug, Clone)]
pub struct MartEngines {
    /// The Parquet mart.
    pub parquet: Engine,
    /// The PostgreSQL mart, where there is one.
    pub postgres: Option<Engine>,
}

/// What the API works with; clones are the same.
#[derive(Clone)]
pub struct ApiState(Arc<Inner>);

struct Inner {
    engines: MartEngines,
    settings: ApiSettings,
    access: Access,
    now: Now,
    extra_metrics: Option<ExtraMetrics>,
    metrics: Metrics,
    queries: Semaphore,
}

impl fmt::Debug for ApiState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiState").field("engines", &self.0.engines).field("settings", &self.0.settings).finish()
    }
}

impl ApiState {
    /// An API over these marts.
    #[must_use]
    pub fn new(engines: MartEngines, settings: ApiSettings, access: Access, now: Now) -> Self {
        Self::with_metrics(engines, settings, access, now, None)
    }

    /// The same, with metrics that the process adds.
    #[must_use]
    pub fn with_metrics(
        engines: MartEngines,
        settings: ApiSettings,
        access: Access,
        now: Now,
        extra_metrics: Option<ExtraMetrics>,
    ) -> Self {
        let queries = Semaphore::new(usize::try_from(settings.max_queries.max(1)).unwrap_or(usize::MAX >> 3));
        Self(Arc::new(Inner { engines, settings, access, now, extra_metrics, metrics: Metrics::default(), queries }))
    }

    /// Limits and defaults.
    #[must_use]
    pub fn settings(&self) -> &ApiSettings {
        &self.0.settings
    }

    pub(super) fn access(&self) -> &Access {
        &self.0.access
    }

    pub(super) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    pub(super) fn extra_metrics(&self) -> Vec<Metric> {
        self.0.extra_metrics.as_ref().map(|of_process| of_process()).unwrap_or_default()
    }

    /// Milliseconds since 1970-01-01 UTC, now.
    pub(super) fn now_ms(&self) -> i64 {
        (self.0.now)()
    }

    /// The Parquet mart.
    pub(super) fn parquet(&self) -> &Engine {
        &self.0.engines.parquet
    }

    /// The engine of that name, else the default one; and its name.
    pub(super) fn engine(&self, name: Option<&str>) -> Result<(&Engine, EngineName), Problem> {
        let name = match name {
            Some("postgres") => EngineName::Postgres,
            Some(_) => EngineName::Parquet,
            None => self.0.settings.default_engine,
        };
        match (name, &self.0.engines.postgres) {
            (EngineName::Parquet, _) => Ok((&self.0.engines.parquet, name)),
            (EngineName::Postgres, Some(engine)) => Ok((engine, name)),
            (EngineName::Postgres, None) => {
                Err(Problem::parameter("engine", "there is no PostgreSQL mart here: leave the parameter out"))
            }
        }
    }

    /// The right to run a query; given back when it is dropped.
    pub(super) async fn turn(&self) -> Result<tokio::sync::SemaphorePermit<'_>, Problem> {
        const RETRY_AFTER_S: u32 = 2;
        let longest = Duration::from_millis(self.0.settings.max_wait_ms);
        match tokio::time::timeout(longest, self.0.queries.acquire()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(Problem::busy(RETRY_AFTER_S)),
        }
    }
}
