//! Whether the process lives, and whether it can read a mart.

use serde_json::{Value, json};

use super::problem::Problem;
use super::reply::Reply;
use super::request::Request;
use super::table::time_text;

/// A question that every mart answers.
const SQL: &str = "SELECT 1 AS one ORDER BY one";

/// Whether a mart can be read. Whoever asks has not said who they are, so the answer names no paths.
pub(super) async fn ready(request: Request) -> Result<Reply, Problem> {
    let (engine, name) = request.state.engine(None)?;
    let asked = async { engine.open().await?.query(SQL, &[]).await };
    match Box::pin(asked).await {
        Ok(_) => {
            let now = time_text(request.state.now_ms());
            Ok(Reply::Json(json!({"status": "ready", "engine": name.as_str(), "now": now})))
        }
        Err(error) => {
            tracing::warn!(%error, "the mart cannot be read");
            Err(Problem::mart("the mart cannot be read: the log of this server says why"))
        }
    }
}

/// The process lives.
pub(super) async fn alive(_: Request) -> Result<Reply, Problem> {
    Ok(Reply::Json(json!({"status": "alive"})))
}

/// JSON Schema of readiness.
pub(super) fn ready_schema() -> Value {
    json!({
        "type": "object",
        "required": ["status", "engine", "now"],
        "additionalProperties": false,
        "properties": {
            "status": {"type": "string", "const": "ready"},
            "engine": {"$ref": "#/components/schemas/Engine"},
            "now": {"type": "string", "format": "date-time", "description": "Now, by the server's clock."},
        },
    })
}

/// JSON Schema of liveness.
pub(super) fn alive_schema() -> Value {
    json!({
        "type": "object",
        "required": ["status"],
        "additionalProperties": false,
        "properties": {"status": {"type": "string", "const": "alive"}},
    })
}
