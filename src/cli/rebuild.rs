//! `callmart rebuild`: throws the marts away and makes them again.

use std::collections::BTreeMap;

use anyhow::Result;
use callmart_etl::Etl;
use clap::{Args, ValueEnum};

use super::Shared;
use crate::failure::Ending;
use crate::output::{Progress, Summary};
use crate::pipeline;
use crate::session::Session;

/// Arguments of `rebuild`.
#[derive(Debug, Args)]
pub(super) struct Rebuild {
    /// What the marts are made from
    #[arg(long, value_enum)]
    from: From,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum From {
    /// The collectors' logs; the archive is made again too
    Log,
    /// The archive
    Gidb,
}

impl Rebuild {
    pub(super) async fn run(self, shared: &Shared) -> Result<Ending> {
        let session = Session::rewriting(shared, "rebuild")?;
        rebuild(&session, self.from).await
    }
}

async fn rebuild(session: &Session, from: From) -> Result<Ending> {
    let postgres = session.postgres_if_any().await?;
    let pool = postgres.as_ref().map(|p| p.pool.clone());
    let mut etl = match from {
        From::Log => Etl::open_anew(session.etl_settings(), pool).await?,
        From::Gidb => Etl::open(session.etl_settings(), pool).await?,
    };
    let mut progress = etl.progress();
    let work = async {
        match from {
            From::Log => etl.rebuild_from_logs(session.logs()?).await.map_err(Into::into),
            From::Gidb => etl.rebuild_from_archive().await.map_err(anyhow::Error::from),
        }
    };
    let shown = async {
        let bar = Progress::open_ended("events read");
        while progress.changed().await.is_ok() {
            bar.set(progress.borrow().events);
        }
        std::future::pending::<std::convert::Infallible>().await
    };
    let done = tokio::select! {
        done = work => done,
        never = shown => match never {},
    };
    if let Some(postgres) = postgres {
        postgres.close().await?;
    }
    let mut summary = Summary::default();
    pipeline::tell(&mut summary, &done?, &BTreeMap::new());
    summary.show();
    Ok(Ending::Done)
}
