//! `callmart serve`: the HTTP API and the page over the marts of a data folder, until it is interrupted.

use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use callmart_queries::engine::{Engine, ParquetSettings, PostgresEngine};
use callmart_queries::http::{self, MartEngines};
use clap::Args;

use super::Shared;
use crate::api::{Api, wall_clock};
use crate::failure::{Ending, wrong_input};
use crate::output;
use crate::postgres::Postgres;
use crate::session::Session;
use crate::settings::MartName;

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Address to listen on [default: 127.0.0.1:8080, or `listen` under [serve] in the settings]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
}

impl Serve {
    pub(super) async fn run(self, shared: &Shared) -> Result<Ending> {
        let session = Session::reading(shared)?;
        let postgres = postgres(&session).await?;
        let limit_ms = session.settings.serve.query_timeout_ms;
        let engine = |postgres: &Postgres| {
            Engine::Postgres(PostgresEngine::from_pool(postgres.pool.clone()).with_statement_timeout_ms(limit_ms))
        };
        let engines = MartEngines {
            parquet: Engine::parquet(session.folder.path(), ParquetSettings::default()),
            postgres: postgres.as_ref().map(engine),
        };
        let listen = self.listen.unwrap_or(session.settings.serve.listen);
        let served = serve(listen, &session, engines).await;
        if let Some(postgres) = postgres {
            postgres.close().await?;
        }
        served.map(|()| Ending::Done)
    }
}

async fn serve(listen: SocketAddr, session: &Session, engines: MartEngines) -> Result<()> {
    let api = Api::open(listen, &session.settings, engines, wall_clock(), None).await?;
    let address = api.listener.local_addr().context("the address that is listened on is not known")?;
    output::note(format_args!("Serving http://{address}/ until interrupted (Ctrl-C)."));
    Box::pin(http::serve(api.listener, api.state, super::interruption())).await.context("the API cannot be served")
}

/// The PostgreSQL mart beside the Parquet mart, where one is known. Needed only when it is the one that is asked.
async fn postgres(session: &Session) -> Result<Option<Postgres>> {
    let is_needed = session.settings.serve.engine == MartName::Postgres;
    match session.postgres_if_known().await {
        Ok(None) if is_needed => Err(wrong_input(
            "`engine` under [serve] names PostgreSQL, and none is known here: give --postgres auto or --postgres URL",
        )),
        Err(error) if !is_needed => {
            output::note(format_args!("Serving the Parquet mart only: {error:#}."));
            Ok(None)
        }
        other => other,
    }
}
