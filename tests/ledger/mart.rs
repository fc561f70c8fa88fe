//! The same numbers by SQL over the facts. Only sums and cuts at hours are made here, no rule of a contact center.

use super::books::Books;
use super::support::{Day, int, text};

/// Start of the UTC hour of a time in epoch seconds, in SQL.
fn hour(column: &str) -> String {
    format!("CAST({column} - {column} % 3600 AS bigint)")
}

/// Role, result and reason of `d`, in SQL.
const DESCRIPTOR: &str = "d.resource_role_code || '/' || d.technical_result_code || '/' || d.result_reason_code";

/// Measures of an attempt that are a count and a duration.
const PAIRS: [&str; 27] = [
    "dial",
    "ring",
    "talk",
    "hold",
    "customer_dial",
    "customer_ring",
    "customer_talk",
    "customer_hold",
    "cons_init_dial",
    "cons_init_talk",
    "cons_init_hold",
    "cons_rcv_ring",
    "cons_rcv_talk",
    "cons_rcv_hold",
    "post_cons_xfer_ring",
    "post_cons_xfer_talk",
    "post_cons_xfer_hold",
    "conf_init_talk",
    "conf_init_hold",
    "conf_join_ring",
    "conf_join_talk",
    "conf_join_hold",
    "after_call_work",
    "customer_acw",
    "cons_rcv_acw",
    "agent_to_agent_cons",
    "mediation",
];
/// Measures that are a count alone.
const COUNTS: [&str; 3] = ["conference_initiated_count", "handle_count", "customer_handle_count"];

/// The numbers of a mart.
pub(crate) fn books(day: &Day, engine: &str) -> Books {
    let mut books = Books::default();
    calls(day, engine, &mut books);
    queues(day, engine, &mut books);
    attempts(day, engine, &mut books);
    devices(day, engine, &mut books);
    states(day, engine, &mut books);
    reasons(day, engine, &mut books);
    sessions(day, engine, &mut books);
    open(day, engine, &mut books);
    books
}

/// What each call came to, by the attempts that the customer's call ended at.
fn calls(day: &Day, engine: &str, books: &mut Books) {
    let rows = day.sql(
        engine,
        &format!(
            "WITH ends AS (
                SELECT f.interaction_id AS interaction_id,
                    MAX(CASE WHEN d.technical_result_code = 'CUSTOMERABANDONED' AND d.result_reason_code = 'ABANDONEDWHILEQUEUED' THEN 1 ELSE 0 END) AS queued,
                    MAX(CASE WHEN d.technical_result_code = 'CUSTOMERABANDONED' AND d.result_reason_code = 'ABANDONEDWHILERINGING' THEN 1 ELSE 0 END) AS ringing,
                    MAX(CASE WHEN d.technical_result_code = 'CUSTOMERABANDONED' AND d.result_reason_code = 'ABANDONEDFROMHOLD' THEN 1 ELSE 0 END) AS held,
                    MAX(CASE WHEN d.resource_role_code = 'INITIATED' AND d.technical_result_code = 'ABANDONED' THEN 1 ELSE 0 END) AS no_answer,
                    MAX(CASE WHEN d.resource_role_code = 'INITIATED' AND d.technical_result_code = 'DESTINATIONBUSY' THEN 1 ELSE 0 END) AS busy,
                    MAX(CASE WHEN d.resource_role_code = 'INITIATED' AND d.technical_result_code = 'COMPLETED' AND r.resource_type_code = 'ROUTINGPOINT' THEN 1 ELSE 0 END) AS machine,
                    MAX(CASE WHEN d.resource_role_code = 'RECEIVED' AND d.technical_result_code = 'COMPLETED' AND r.resource_type_code = 'ROUTINGPOINT' THEN 1 ELSE 0 END) AS callback,
                    MAX(CASE WHEN r.resource_subtype = 'VoiceMail' THEN 1 ELSE 0 END) AS voicemail,
                    MAX(CASE WHEN r.resource_type_code = 'AGENT' THEN 1 ELSE 0 END) AS agents
                FROM interaction_resource_fact f
                JOIN technical_descriptor d ON d.technical_descriptor_key = f.technical_descriptor_key
                JOIN resource_ r ON r.resource_key = f.resource_key
                GROUP BY f.interaction_id)
            SELECT {hour} AS hour,
                CASE WHEN t.interaction_subtype_code = 'OUTBOUNDCONTACT' THEN 'campaign' ELSE lower(t.interaction_type_code) END AS kind,
                CASE WHEN e.queued = 1 THEN 'abandoned_queued' WHEN e.ringing = 1 THEN 'abandoned_ringing'
                    WHEN e.held = 1 THEN 'abandoned_held' WHEN e.no_answer = 1 THEN 'no_answer'
                    WHEN e.busy = 1 THEN 'busy' WHEN e.voicemail = 1 THEN 'voicemail' WHEN e.callback = 1 THEN 'callback' WHEN e.machine = 1 THEN 'machine' WHEN e.agents = 0 THEN 'self_service' ELSE 'answered' END AS ending,
                COUNT(*) AS n, CAST(SUM(i.end_ts - i.start_ts) AS bigint) AS seconds
            FROM interaction_fact i
            JOIN ends e ON e.interaction_id = i.interaction_id
            JOIN interaction_type t ON t.interaction_type_key = i.interaction_type_key
            GROUP BY 1, 2, 3",
            hour = hour("i.start_ts")
        ),
    );
    for row in &rows {
        let name = format!("calls {} {} {}", int(row, "hour"), text(row, "kind"), text(row, "ending"));
        books.add(format!("{name} count"), int(row, "n"));
        books.add(format!("{name} seconds"), int(row, "seconds"));
    }
}

/// Passes by their result and reason; which class that is, is what the names of results say.
fn queues(day: &Day, engine: &str, books: &mut Books) {
    let rows = day.sql(
        engine,
        &format!(
            "SELECT r.resource_name AS queue, {hour} AS hour, d.technical_result_code AS result, d.result_reason_code AS reason,
                COUNT(*) AS n, CAST(SUM(m.mediation_duration) AS bigint) AS wait, CAST(MAX(m.mediation_duration) AS bigint) AS longest,
                CAST(SUM(m.mediation_duration + 0 + coalesce(f.ring_duration, 0)) AS bigint) AS answer
            FROM mediation_segment_fact m
            JOIN resource_ r ON r.resource_key = m.resource_key
            JOIN technical_descriptor d ON d.technical_descriptor_key = m.technical_descriptor_key
            LEFT JOIN interaction_resource_fact f ON f.interaction_resource_id = m.target_ixn_resource_id
            GROUP BY 1, 2, 3, 4",
            hour = hour("m.start_ts")
        ),
    );
    for row in &rows {
        let name = format!("queue {} {}", text(row, "queue"), int(row, "hour"));
        let class = match (text(row, "result"), text(row, "reason")) {
            ("DIVERTED", "ANSWEREDBYAGENT") => "accepted",
            ("CUSTOMERABANDONED", "ABANDONEDWHILEQUEUED") => "abandoned",
            ("DIVERTED", "ABANDONEDWHILERINGING") => "abandoned_invite",
            ("DIVERTED", "ROUTEDONNOANSWER") => "redirected",
            ("DIVERTED", "DEFAULTROUTEDBYSWITCH") => "routed_other",
            ("CLEARED", _) | ("DIVERTED", "ROUTEDFROMANOTHERVIRTUALQUEUE") => "cleared",
            other => panic!("the simulation has no pass that ends as {other:?}"),
        };
        books.add(format!("{name} entered"), int(row, "n"));
        books.add(format!("{name} {class}"), int(row, "n"));
        if class == "accepted" {
            books.add(format!("{name} accepted answer"), int(row, "answer"));
        }
        if class == "accepted" || class == "abandoned" {
            books.add(format!("{name} {class} wait"), int(row, "wait"));
            books.raise(format!("{name} {class} longest"), int(row, "longest"));
        }
    }
}

/// The columns of all measures, and their sums in SQL.
fn measures() -> (Vec<String>, String) {
    let pairs = PAIRS.iter().flat_map(|pair| [format!("{pair}_count"), format!("{pair}_duration")]);
    let columns: Vec<String> = pairs.chain(COUNTS.map(str::to_owned)).collect();
    let sums: Vec<String> = columns.iter().map(|c| format!("CAST(SUM(f.{c}) AS bigint) AS {c}")).collect();
    (columns, sums.join(", "))
}

fn attempts(day: &Day, engine: &str, books: &mut Books) {
    let (columns, sums) = measures();
    let rows = day.sql(
        engine,
        &format!(
            "SELECT r.employee_id AS agent, {hour} AS hour, {DESCRIPTOR} AS result, COUNT(*) AS n, {sums}
            FROM interaction_resource_fact f
            JOIN resource_ r ON r.resource_key = f.resource_key
            JOIN technical_descriptor d ON d.technical_descriptor_key = f.technical_descriptor_key
            WHERE r.resource_type_code = 'AGENT' GROUP BY 1, 2, 3",
            hour = hour("f.start_ts"),
        ),
    );
    for row in &rows {
        let name = format!("attempts {} {}", text(row, "agent"), int(row, "hour"));
        books.add(format!("{name} {}", text(row, "result")), int(row, "n"));
        for column in &columns {
            books.add(format!("{name} {column}"), int(row, column));
        }
    }
}

fn devices(day: &Day, engine: &str, books: &mut Books) {
    let (columns, sums) = measures();
    let rows = day.sql(
        engine,
        &format!(
            "SELECT CASE WHEN r.resource_type_code = 'IVRPORT' THEN 'ivr' WHEN r.resource_type_code = 'ROUTINGPOINT' THEN 'routing_point'
                WHEN r.resource_subtype = 'VoiceMail' THEN 'voicemail'
                ELSE r.resource_type_code END AS device, {hour} AS hour, {DESCRIPTOR} AS result, COUNT(*) AS n, {sums}
            FROM interaction_resource_fact f
            JOIN resource_ r ON r.resource_key = f.resource_key
            JOIN technical_descriptor d ON d.technical_descriptor_key = f.technical_descriptor_key
            WHERE r.resource_type_code <> 'AGENT' GROUP BY 1, 2, 3",
            hour = hour("f.start_ts")
        ),
    );
    for row in &rows {
        let name = format!("device {} {} {}", text(row, "device"), int(row, "hour"), text(row, "result"));
        books.add(format!("{name} count"), int(row, "n"));
        for column in &columns {
            books.add(format!("{name} {column}"), int(row, column));
        }
    }
}

fn states(day: &Day, engine: &str, books: &mut Books) {
    let rows = day.sql(
        engine,
        "SELECT r.employee_id AS agent, s.state_name_code AS state, f.start_ts AS start_ts, f.end_ts AS end_ts
        FROM sm_res_state_fact f
        JOIN resource_ r ON r.resource_key = f.resource_key
        JOIN resource_state s ON s.resource_state_key = f.resource_state_key",
    );
    for row in &rows {
        let name = format!("state {} {}", text(row, "agent"), text(row, "state"));
        let (mut from, to) = (int(row, "start_ts"), int(row, "end_ts"));
        books.add(format!("{name} {} count", from - from % 3_600), 1);
        while from < to {
            let hour = from - from % 3_600;
            let until = to.min(hour + 3_600);
            books.add(format!("{name} {hour} seconds"), until - from);
            from = until;
        }
    }
}

fn reasons(day: &Day, engine: &str, books: &mut Books) {
    let rows = day.sql(
        engine,
        &format!(
            "SELECT r.employee_id AS agent, s.state_name_code AS state, w.software_reason_key AS k, w.software_reason_value AS v,
                {hour} AS hour, COUNT(*) AS n, CAST(SUM(f.total_duration) AS bigint) AS seconds
            FROM sm_res_state_reason_fact f
            JOIN resource_ r ON r.resource_key = f.resource_key
            JOIN resource_state s ON s.resource_state_key = f.resource_state_key
            JOIN resource_state_reason w ON w.resource_state_reason_key = f.resource_state_reason_key
            GROUP BY 1, 2, 3, 4, 5",
            hour = hour("f.start_ts")
        ),
    );
    for row in &rows {
        let reason = format!("{}={}", text(row, "k"), text(row, "v"));
        let name = format!("reason {} {} {reason} {}", text(row, "agent"), text(row, "state"), int(row, "hour"));
        books.add(format!("{name} count"), int(row, "n"));
        books.add(format!("{name} seconds"), int(row, "seconds"));
    }
}

fn sessions(day: &Day, engine: &str, books: &mut Books) {
    let rows = day.sql(
        engine,
        "SELECT r.employee_id AS agent, f.start_ms AS login_ms, f.end_ms AS logout_ms, f.total_duration AS seconds
        FROM sm_res_session_fact f JOIN resource_ r ON r.resource_key = f.resource_key",
    );
    for row in &rows {
        let (login_ms, logout_ms) = (int(row, "login_ms"), int(row, "logout_ms"));
        books.add(format!("session {} from {login_ms} to {logout_ms}", text(row, "agent")), int(row, "seconds"));
    }
}

fn open(day: &Day, engine: &str, books: &mut Books) {
    let calls = day.sql(
        engine,
        "SELECT o.media_server_root_ixn_guid AS call, lower(t.interaction_type_code) AS kind, o.start_ms AS start_ms
        FROM open_interaction o JOIN interaction_type t ON t.interaction_type_key = o.interaction_type_key",
    );
    for row in &calls {
        books.add(format!("open call {} {} since", text(row, "call"), text(row, "kind")), int(row, "start_ms"));
    }
    let agents = day.sql(
        engine,
        "SELECT r.employee_id AS agent, s.state_name_code AS state, o.login_ms AS login_ms, o.state_since_ms AS since_ms,
            w.software_reason_value AS reason
        FROM open_agent o JOIN resource_ r ON r.resource_key = o.resource_key
        JOIN resource_state s ON s.resource_state_key = o.resource_state_key
        LEFT JOIN resource_state_reason w ON w.resource_state_reason_key = o.resource_state_reason_key",
    );
    for row in &agents {
        let reason = text(row, "reason");
        let name = format!("open agent {} {} {reason}", text(row, "agent"), text(row, "state"));
        books.add(format!("{name} login"), int(row, "login_ms"));
        books.add(format!("{name} since"), int(row, "since_ms"));
    }
}
