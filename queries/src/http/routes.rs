//! The table of routes: everything that the API answers, declared once. Router, checks and OpenAPI document follow from it.

use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use super::params::ParamDecl;
use super::problem::Problem;
use super::reply::Reply;
use super::request::Request;
use super::state::ApiSettings;
use super::{coverage, explain, health, interactions, lists, live, metrics, openapi, reports};

/// Answers a request.
type Run = fn(Request) -> BoxFuture<'static, Result<Reply, Problem>>;

/// What a route answers with.
#[derive(Debug, Clone, Copy)]
pub(super) enum Answer {
    /// Rows in any form; the function gives the JSON Schema of the form JSON.
    Rows(fn() -> Value),
    /// JSON, with its JSON Schema.
    Json(fn() -> Value),
    /// Rows of a report: each has its own schema and parameters.
    Report,
    /// Text of this content type.
    Text(&'static str),
}

/// The part of a path that names a thing.
#[derive(Debug, Clone, Copy)]
pub(super) struct PathName {
    /// Its name.
    pub(super) name: &'static str,
    /// What it says.
    pub(super) meaning: &'static str,
    /// Regular expression of its values, for the OpenAPI document; any text where there is none.
    pub(super) pattern: Option<&'static str>,
}

/// One route.
#[derive(Debug, Clone, Copy)]
pub(super) struct Route {
    /// Path, a name in braces standing for a part of it.
    pub(super) path: &'static str,
    /// Name of the operation.
    pub(super) id: &'static str,
    /// What it answers, in a sentence.
    pub(super) summary: &'static str,
    /// The part of the path that names a thing.
    pub(super) path_name: Option<PathName>,
    /// Parameters; those of a report are its own.
    pub(super) params: fn(&ApiSettings) -> Vec<ParamDecl>,
    /// What it answers with.
    pub(super) answer: Answer,
    /// Whether it asks the mart: then it waits for its turn and has a time limit.
    pub(super) asks_mart: bool,
    /// Whether it needs no token.
    pub(super) is_open: bool,
    /// Answers it.
    pub(super) run: Run,
}

fn no_params(_: &ApiSettings) -> Vec<ParamDecl> {
    Vec::new()
}

fn any_object() -> Value {
    json!({"type": "object"})
}

const INTERACTION_ID: PathName = PathName {
    name: "interaction_id",
    meaning: "Key of the interaction, as the search gives it.",
    pattern: Some("^-?[0-9]{1,18}$"),
};

const CALL_UUID: PathName = PathName {
    name: "call_uuid",
    meaning: "UUID of a call: the root call or any other of the interaction.",
    pattern: None,
};

const REPORT: PathName = PathName { name: "name", meaning: "Name of the report.", pattern: None };

/// A route of which the rest is said by update syntax.
const PLAIN: Route = Route {
    path: "",
    id: "",
    summary: "",
    path_name: None,
    params: no_params,
    answer: Answer::Json(any_object),
    asks_mart: true,
    is_open: false,
    run: |request| Box::pin(health::alive(request)),
};

/// Every route.
pub(super) static ROUTES: [Route; 15] = [
    Route {
        path: reports::PATH,
        id: "listReports",
        summary: "The reports that can be asked for, with their parameters and columns.",
        answer: Answer::Json(reports::catalogue_schema),
        asks_mart: false,
        run: |request| Box::pin(reports::catalogue(request)),
        ..PLAIN
    },
    Route {
        path: "/api/v1/reports/{name}",
        id: "report",
        summary: "The answer of a report.",
        path_name: Some(REPORT),
        answer: Answer::Report,
        run: |request| Box::pin(reports::answer(request)),
        ..PLAIN
    },
    Route {
        path: "/api/v1/interactions",
        id: "searchInteractions",
        summary: "Interactions that began in a period, newest first.",
        params: interactions::search_params,
        answer: Answer::Rows(interactions::search_schema),
        run: |request| Box::pin(interactions::search(request)),
        ..PLAIN
    },
    Route {
        path: "/api/v1/interactions/{interaction_id}",
        id: "interaction",
        summary: "One interaction with its attempts, states, passages through queues and user data.",
        path_name: Some(INTERACTION_ID),
        params: coverage::params,
        answer: Answer::Json(interactions::one_schema),
        run: |request| Box::pin(interactions::by_id(request)),
        ..PLAIN
    },
    Route {
        path: "/api/v1/calls/{call_uuid}",
        id: "interactionOfCall",
        summary: "The interaction that a call belongs to, by the UUID of any of its calls.",
        path_name: Some(CALL_UUID),
        params: coverage::params,
        answer: Answer::Json(interactions::one_schema),
        run: |request| Box::pin(interactions::by_call(request)),
        ..PLAIN
    },
    Route {
        path: "/api/v1/explain/{interaction_id}",
        id: "explain",
        summary: "The events that an interaction's rows were made of, with their places in the logs.",
        path_name: Some(INTERACTION_ID),
        params: explain::params,
        answer: Answer::Json(explain::schema),
        run: |request| Box::pin(explain::explain(request)),
        ..PLAIN
    },
    Route {
        path: "/api/v1/live",
        id: "live",
        summary: "What goes on now: open calls, logged-in agents, callers waiting per queue, agents per state.",
        params: live::params,
        answer: Answer::Json(live::schema),
        run: |request| Box::pin(live::live(request)),
        ..PLAIN
    },
    Route {
        path: "/api/v1/agents",
        id: "listAgents",
        summary: "The agents that the mart knows, by name.",
        params: lists::params,
        answer: Answer::Rows(lists::schema),
        run: |request| Box::pin(lists::agents(request)),
        ..PLAIN
    },
    Route {
        path: "/api/v1/queues",
        id: "listQueues",
        summary: "The queues that the mart knows, by name.",
        params: lists::params,
        answer: Answer::Rows(lists::schema),
        run: |request| Box::pin(lists::queues(request)),
        ..PLAIN
    },
    Route {
        path: "/api/v1/coverage",
        id: "coverage",
        summary: "How complete the mart is: sources, stretches that were heard, watermarks, rejects.",
        params: coverage::params,
        answer: Answer::Json(coverage::schema),
        run: |request| Box::pin(coverage::coverage(request)),
        ..PLAIN
    },
    Route {
        path: "/api/v1/dictionary",
        id: "dictionary",
        summary: "Every table and column of the mart, with what it means.",
        answer: Answer::Json(lists::tables_schema),
        asks_mart: false,
        run: |request| Box::pin(lists::tables(request)),
        ..PLAIN
    },
    Route {
        path: "/health",
        id: "ready",
        summary: "Whether the mart can be read.",
        answer: Answer::Json(health::ready_schema),
        is_open: true,
        run: |request| Box::pin(health::ready(request)),
        ..PLAIN
    },
    Route {
        path: "/health/live",
        id: "alive",
        summary: "Whether the process lives.",
        answer: Answer::Json(health::alive_schema),
        asks_mart: false,
        is_open: true,
        ..PLAIN
    },
    Route {
        path: "/metrics",
        id: "metrics",
        summary: "Metrics as Prometheus reads them.",
        answer: Answer::Text(metrics::CONTENT_TYPE),
        run: |request| Box::pin(metrics::metrics(request)),
        ..PLAIN
    },
    Route {
        path: "/openapi.json",
        id: "openapi",
        summary: "This document.",
        asks_mart: false,
        run: |request| Box::pin(openapi::answer(request)),
        ..PLAIN
    },
];

impl Route {
    /// The parameters that a request takes; `name` is the part of its path that names a thing.
    ///
    /// # Errors
    /// When there is no report of that name.
    pub(super) fn declared(&self, name: &str, settings: &ApiSettings) -> Result<Vec<ParamDecl>, Problem> {
        match self.answer {
            Answer::Report => Ok(reports::params(reports::report(name)?, settings)),
            _ => Ok((self.params)(settings)),
        }
    }
}
