//! Listening: connections in, requests to the router, and an orderly end. Limits what a connection may take.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::router::router;
use super::state::ApiState;

/// Longest time for the head of a request to arrive, and for an idle connection to stay.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// Largest head of a request, in bytes, and room for what is read ahead.
const MAX_HEAD_BYTES: usize = 65_536;

/// Most headers of a request.
const MAX_HEADERS: usize = 100;

/// How long answers that are under way may take when the server ends.
const LAST_ANSWERS: Duration = Duration::from_secs(10);

/// How long to wait when the system gives no connection, as when it is out of file handles.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves the API until `shutdown` ends; then answers what is under way, and returns.
///
/// # Errors
/// When the listener has no address, which means that it does not listen.
pub async fn serve(listener: TcpListener, state: ApiState, shutdown: impl Future<Output = ()>) -> io::Result<()> {
    let address = listener.local_addr()?;
    tracing::info!(%address, "listening");
    let places = Arc::new(Semaphore::new(usize::try_from(state.settings().max_connections.max(1)).unwrap_or(1)));
    let service = router(state);
    let (end, ends) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        tokio::select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => {}
            (place, accepted) = next => match accepted {
                Ok((stream, _)) => {
                    let connection = connection(stream, service.clone(), ends.clone());
                    connections.spawn(async move {
                        let _place = place;
                        Box::pin(connection).await;
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(end);
    let answered = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(LAST_ANSWERS, answered).await;
    Ok(())
}

async fn connection(stream: TcpStream, service: axum::Router, mut ends: watch::Receiver<()>) {
    let _ = stream.set_nodelay(true);
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_header_size(MAX_HEAD_BYTES)
        .max_buf_size(MAX_HEAD_BYTES)
        .max_headers(MAX_HEADERS)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let mut served = pin!(served);
    tokio::select! {
        ended = served.as_mut() => log(ended),
        _ = ends.changed() => {
            served.as_mut().graceful_shutdown();
            log(served.await);
        }
    }
}

fn log(ended: Result<(), hyper::Error>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
