//! From requests to routes and back: checks, the turn and the time limit of a query, problems, metrics, and what every
//! answer carries. A panic ends the request that met it and nothing else.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{Query, RawPathParams, Request as HttpRequest, State};
use axum::http::header::{CACHE_CONTROL, HeaderMap};
use axum::http::{HeaderValue, Method, Response, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::routing::get;
use futures_util::FutureExt as _;
use tokio::time::Instant;

use super::guard;
use super::metrics;
use super::negotiate::{self, Form, JSON, ROW_FORMS};
use super::page::{self, File};
use super::params::{Params, plain_text};
use super::problem::Problem;
use super::reply::{Reply, RowsAnswered};
use super::request::Request;
use super::routes::{Answer, ROUTES, Route};
use super::state::ApiState;
use crate::output::Format;

/// Where a request that no route fits is counted.
const NO_ROUTE: &str = "none";

/// The route that answered, for the metrics.
#[derive(Debug, Clone, Copy)]
struct Answered(&'static str);

type PathParts = Result<RawPathParams, RawPathParamsRejection>;

/// The API as a service.
pub fn router(state: ApiState) -> Router {
    let mut router = Router::new();
    for route in &ROUTES {
        let answer = move |State(state): State<ApiState>, parts: PathParts, uri: Uri, headers: HeaderMap| async move {
            let answer = Box::pin(answer(route, state, parts, &uri, &headers)).await;
            marked(answer.unwrap_or_else(|problem| problem.response(uri.path())), route.path)
        };
        router = router.route(route.path, get(answer));
    }
    for file in page::FILES {
        let serve = move |headers: HeaderMap| async move { marked(page::response(file, &headers), File::ROUTE) };
        router = router.route(file.path, get(serve));
    }
    router
        .fallback(not_found)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(state.clone(), around))
        .with_state(state)
}

fn marked(mut response: Response<Body>, route: &'static str) -> Response<Body> {
    response.extensions_mut().insert(Answered(route));
    response
}

async fn not_found(uri: Uri) -> Response<Body> {
    Problem::not_found("nothing stands at this address: /openapi.json names what there is").response(uri.path())
}

async fn wrong_method(method: Method, uri: Uri) -> Response<Body> {
    Problem::method(method.as_str()).response(uri.path())
}

/// What happens to every request, whatever its route.
async fn around(State(state): State<ApiState>, request: HttpRequest, next: Next) -> Response<Body> {
    let start = Instant::now();
    let path = request.uri().path().to_owned();
    let mut response = match guard::check(request.uri(), request.headers(), state.access()) {
        Err(problem) => problem.response(&path),
        Ok(()) => AssertUnwindSafe(next.run(request)).catch_unwind().await.unwrap_or_else(|_| {
            tracing::error!(path, "a request met a panic");
            Problem::failed("the program met a fault: please report it with the address that was asked").response(&path)
        }),
    };
    guard::secure(response.headers_mut());
    response.headers_mut().entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    let route = response.extensions().get::<Answered>().map_or(NO_ROUTE, |answered| answered.0);
    let rows = response.extensions().get::<RowsAnswered>().map_or(0, |rows| rows.0);
    state.metrics().observe(route, response.status().as_u16(), start.elapsed(), rows);
    response
}

async fn answer(
    route: &'static Route,
    state: ApiState,
    parts: PathParts,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Response<Body>, Problem> {
    if !route.is_open {
        guard::check_token(headers, state.access())?;
    }
    let request = read(route, state.clone(), parts, uri, headers)?;
    if !route.asks_mart {
        return (route.run)(request.clone()).await?.response(&request);
    }
    let _turn = state.turn().await?;
    let limit_ms = state.settings().query_timeout_ms;
    let work = async {
        let reply: Reply = (route.run)(request.clone()).await?;
        reply.response(&request)
    };
    let ended = tokio::time::timeout(Duration::from_millis(limit_ms), work).await;
    ended.unwrap_or_else(|_| Err(Problem::too_slow(limit_ms)))
}

/// The request with its parameters checked and its form chosen.
fn read(
    route: &'static Route,
    state: ApiState,
    parts: PathParts,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Request, Problem> {
    let name = name_in_path(route, parts)?;
    let given = Query::<Vec<(String, String)>>::try_from_uri(uri);
    let Query(given) = given.map_err(|_| Problem::request("the parameters behind ? cannot be read: encode them"))?;
    let declared = route.declared(&name, state.settings())?;
    let params = Params::read(&declared, &given)?;
    let form = negotiate::choose(headers, params.word("format"), offered(route))?;
    Ok(Request { state, name, params, form, path: Arc::from(uri.path()), given: given.into() })
}

fn name_in_path(route: &Route, parts: PathParts) -> Result<String, Problem> {
    let Some(declared) = route.path_name else { return Ok(String::new()) };
    let parts = parts.map_err(|_| Problem::request("the address is no UTF-8: encode it"))?;
    let part = parts.iter().find(|(name, _)| *name == declared.name).map(|(_, value)| value).unwrap_or_default();
    plain_text(part).map_err(|message| Problem::parameter(declared.name, message))
}

fn offered(route: &Route) -> &'static [Form] {
    const JSON_ONLY: [Form; 1] = [JSON];
    const METRICS: [Form; 1] =
        [Form { name: "text", media_type: "text/plain", content_type: metrics::CONTENT_TYPE, format: Format::Table }];
    match route.answer {
        Answer::Rows(_) | Answer::Report => &ROW_FORMS,
        Answer::Json(_) => &JSON_ONLY,
        Answer::Text(_) => &METRICS,
    }
}
