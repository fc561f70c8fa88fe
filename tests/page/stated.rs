//! Which SQL every number on the page stands for. Written from the definitions of the measures, not from the reports' own
//! SQL.
//!
//! It knows neither the browser nor how numbers are written.

/// One statement and the numbers that it states.
pub(crate) struct Stated {
    /// What a number is about besides the period: the data attributes that it carries, which are columns of the answer too.
    pub(crate) about: &'static [&'static str],
    /// The measures, which are the other columns of the answer.
    pub(crate) measures: &'static [&'static str],
    /// The statement. `{from}` and `{to}` are the period in epoch seconds, `{period}` is the length of a period in seconds;
    /// names in capitals are texts of [`PIECES`].
    pub(crate) sql: &'static str,
}

/// Texts that several statements need.
pub(crate) const PIECES: [(&str, &str); 7] = [
    ("{PASSES}", PASSES),
    ("{QUEUE_MEASURES}", QUEUE_MEASURES),
    ("{STATES}", STATES),
    ("{STATE_MEASURES}", STATE_MEASURES),
    ("{ATTEMPTS}", ATTEMPTS),
    ("{ABANDONED}", ABANDONED),
    ("{NOW}", NOW),
];

/// Passages of customers with their class, and how long those waited who were answered or gave up.
const PASSES: &str = "passes AS (
    SELECT q.resource_name AS queue, {from} + (m.start_ts - {from}) / {period} * {period} AS period,
        CASE WHEN d.technical_result_code = 'DIVERTED' AND r.resource_type_code IN ('AGENT', 'IVRPORT')
            AND t.customer_handle_count > 0 AND d.result_reason_code NOT IN ('ABANDONEDWHILERINGING', 'ROUTEDONNOANSWER',
            'ROUTEDFROMANOTHERVIRTUALQUEUE') THEN 'accepted'
            WHEN d.technical_result_code IN ('CUSTOMERABANDONED', 'ABANDONED') AND d.result_reason_code = 'ABANDONEDWHILEQUEUED'
            THEN 'abandoned'
            WHEN d.technical_result_code = 'DIVERTED' AND d.result_reason_code = 'ABANDONEDWHILERINGING' THEN 'invite'
            WHEN d.technical_result_code = 'CLEARED' THEN 'cleared'
            WHEN d.technical_result_code = 'REDIRECTED' OR d.technical_result_code = 'DIVERTED' AND (r.resource_type_code = 'QUEUE'
            OR d.result_reason_code IN ('ROUTEDONNOANSWER', 'ROUTEDFROMANOTHERVIRTUALQUEUE')) THEN 'redirected'
            WHEN d.technical_result_code = 'DIVERTED' AND COALESCE(r.resource_type_code, '') <> 'AGENT' THEN 'routed'
            ELSE 'stopped' END AS class,
        m.mediation_duration AS queue_s, m.mediation_duration + COALESCE(t.customer_ring_duration, 0) AS answer_s
    FROM mediation_segment_fact m
    JOIN resource_ q ON q.resource_key = m.resource_key
    JOIN technical_descriptor d ON d.technical_descriptor_key = m.technical_descriptor_key
    LEFT JOIN interaction_resource_fact t ON t.interaction_resource_id = m.target_ixn_resource_id
    LEFT JOIN resource_ r ON r.resource_key = t.resource_key
    WHERE m.start_ts >= {from} AND m.start_ts < {to} AND d.resource_role_code = 'RECEIVED'
),
waits AS (
    SELECT p.queue AS queue, p.period AS period, p.class AS class,
        CASE p.class WHEN 'accepted' THEN p.answer_s WHEN 'abandoned' THEN p.queue_s END AS wait_s FROM passes p
)";

/// Measures of queues over [`PASSES`].
const QUEUE_MEASURES: &str = "COUNT(*) AS entered, SUM(CASE WHEN w.class = 'accepted' THEN 1 ELSE 0 END) AS accepted,
    SUM(CASE WHEN w.class = 'abandoned' THEN 1 ELSE 0 END) AS abandoned,
    SUM(CASE WHEN w.class = 'abandoned' AND w.wait_s <= 5 THEN 1 ELSE 0 END) AS abandoned_short,
    SUM(CASE WHEN w.class = 'invite' THEN 1 ELSE 0 END) AS abandoned_invite,
    SUM(CASE WHEN w.class = 'redirected' THEN 1 ELSE 0 END) AS redirected,
    SUM(CASE WHEN w.class = 'cleared' THEN 1 ELSE 0 END) AS cleared,
    SUM(CASE WHEN w.class = 'routed' THEN 1 ELSE 0 END) AS routed_other,
    SUM(CASE WHEN w.class = 'stopped' THEN 1 ELSE 0 END) AS stopped,
    CAST(SUM(CASE WHEN w.class = 'abandoned' THEN 1 ELSE 0 END) AS double precision) / COUNT(*) AS abandoned_share,
    CAST(SUM(CASE WHEN w.class = 'accepted' AND w.wait_s <= 20 THEN 1 ELSE 0 END) AS double precision)
        / NULLIF(SUM(CASE WHEN w.class = 'abandoned' AND w.wait_s <= 5 THEN 0 ELSE 1 END), 0) AS service_level,
    AVG(CAST(CASE WHEN w.class = 'accepted' THEN w.wait_s END AS double precision)) AS asa_s,
    AVG(CAST(w.wait_s AS double precision)) AS avg_wait_s, MAX(w.wait_s) AS max_wait_s";

const QUEUE_NAMES: &[&str] = &[
    "entered",
    "accepted",
    "abandoned",
    "abandoned_short",
    "abandoned_invite",
    "redirected",
    "cleared",
    "routed_other",
    "stopped",
    "abandoned_share",
    "service_level",
    "asa_s",
    "avg_wait_s",
    "max_wait_s",
];

/// States of agents, cut to the period.
const STATES: &str = "states AS (
    SELECT r.employee_id AS agent, s.state_name_code AS state,
        CASE WHEN f.end_ts < {to} THEN f.end_ts ELSE {to} END - CASE WHEN f.start_ts > {from} THEN f.start_ts ELSE {from} END AS s
    FROM sm_res_state_fact f JOIN resource_ r ON r.resource_key = f.resource_key
    JOIN resource_state s ON s.resource_state_key = f.resource_state_key
    WHERE f.end_ts >= {from} AND f.start_ts < {to}
)";

/// Measures of agents over [`STATES`].
const STATE_MEASURES: &str = "SUM(x.s) AS active_s, SUM(CASE WHEN x.state = 'BUSY' THEN x.s ELSE 0 END) AS busy_s,
    SUM(CASE WHEN x.state = 'AFTERCALLWORK' THEN x.s ELSE 0 END) AS wrap_s,
    SUM(CASE WHEN x.state = 'READY' THEN x.s ELSE 0 END) AS ready_s,
    SUM(CASE WHEN x.state = 'NOTREADY' THEN x.s ELSE 0 END) AS not_ready_s,
    SUM(CASE WHEN x.state IN ('LOGGEDONONLY', 'UNKNOWN') THEN x.s ELSE 0 END) AS other_s,
    CAST(SUM(CASE WHEN x.state IN ('BUSY', 'AFTERCALLWORK') THEN x.s ELSE 0 END) AS double precision)
        / NULLIF(SUM(CASE WHEN x.state = 'NOTREADY' THEN 0 ELSE x.s END), 0) AS occupancy";

const STATE_NAMES: &[&str] = &["active_s", "busy_s", "wrap_s", "ready_s", "not_ready_s", "other_s", "occupancy"];

/// Attempts that began in the period, with their times of all families.
const ATTEMPTS: &str = "attempts AS (
    SELECT a.interaction_resource_id AS attempt, r.employee_id AS agent, r.resource_type_code AS kind, a.mediation_duration AS queue_s,
        a.ring_duration + a.post_cons_xfer_ring_duration + a.conf_join_ring_duration + a.cons_rcv_ring_duration AS ring_s,
        a.dial_duration + a.cons_init_dial_duration AS dial_s,
        a.talk_duration + a.post_cons_xfer_talk_duration + a.conf_init_talk_duration + a.conf_join_talk_duration
            + a.cons_init_talk_duration + a.cons_rcv_talk_duration AS talk_s,
        a.hold_duration + a.post_cons_xfer_hold_duration + a.conf_init_hold_duration + a.conf_join_hold_duration
            + a.cons_init_hold_duration + a.cons_rcv_hold_duration AS hold_s,
        a.after_call_work_duration + a.customer_acw_duration + a.cons_rcv_acw_duration AS acw_s,
        a.cons_init_talk_duration + a.cons_rcv_talk_duration AS consult_s
    FROM interaction_resource_fact a JOIN resource_ r ON r.resource_key = a.resource_key
    WHERE a.start_ts >= {from} AND a.start_ts < {to}
)";

/// Attempts that customers gave up. A call that waits in several queues at once gave up once.
const ABANDONED: &str = "abandoned AS (
    SELECT a.interaction_resource_id AS attempt, q.resource_name AS queue,
        CASE k.interaction_type_code WHEN 'OUTBOUND' THEN i.target_address ELSE i.source_address END AS number,
        CASE WHEN d.result_reason_code = 'ABANDONEDFROMHOLD' THEN h.hold_s ELSE a.end_ts - a.start_ts END AS wait_s
    FROM interaction_resource_fact a
    JOIN interaction_fact i ON i.interaction_id = a.interaction_id
    JOIN technical_descriptor d ON d.technical_descriptor_key = a.technical_descriptor_key
    LEFT JOIN resource_ q ON q.resource_key = a.mediation_resource_key AND q.resource_key >= 0
    LEFT JOIN (SELECT f.interaction_resource_id AS attempt, f.end_ms AS end_ms, f.total_duration AS hold_s
        FROM ixn_resource_state_fact f JOIN interaction_resource_state s
        ON s.interaction_resource_state_key = f.interaction_resource_state_key WHERE s.state_name_code = 'HOLD') h
        ON h.attempt = a.interaction_resource_id AND h.end_ms = a.end_ms
    JOIN interaction_type k ON k.interaction_type_key = i.interaction_type_key
    WHERE a.start_ts >= {from} AND a.start_ts < {to} AND d.technical_result_code = 'CUSTOMERABANDONED'
        AND d.result_reason_code IN ('ABANDONEDWHILEQUEUED', 'ABANDONEDWHILERINGING', 'ABANDONEDFROMHOLD')
)";

/// Up to when all sources are known.
const NOW: &str = "now AS (SELECT MAX(c.watermark_ms) AS now_ms FROM ctl_coverage c)";

/// Every number of every view.
pub(crate) const STATED: &[Stated] = &[
    Stated { about: &[], measures: QUEUE_NAMES, sql: "WITH {PASSES} SELECT {QUEUE_MEASURES} FROM waits w" },
    Stated {
        about: &["queue"],
        measures: QUEUE_NAMES,
        sql: "WITH {PASSES} SELECT w.queue AS queue, {QUEUE_MEASURES} FROM waits w GROUP BY w.queue",
    },
    Stated {
        about: &["period"],
        measures: QUEUE_NAMES,
        sql: "WITH {PASSES} SELECT w.period AS period, {QUEUE_MEASURES} FROM waits w GROUP BY w.period",
    },
    Stated {
        about: &["queue", "period"],
        measures: QUEUE_NAMES,
        sql: "WITH {PASSES} SELECT w.queue AS queue, w.period AS period, {QUEUE_MEASURES} FROM waits w GROUP BY w.queue, w.period",
    },
    Stated {
        about: &["report", "queue", "period-key"],
        measures: &[
            "queue-summary.entered",
            "queue-summary.accepted",
            "queue-summary.abandoned",
            "queue-summary.abandoned_short",
            "queue-summary.abandoned_invite",
            "queue-summary.redirected",
            "queue-summary.cleared",
            "queue-summary.routed_other",
            "queue-summary.stopped",
            "queue-summary.asa_s",
            "queue-summary.avg_wait_s",
            "queue-summary.max_wait_s",
            "queue-summary.service_level",
        ],
        sql: "WITH {PASSES} SELECT 'queue-summary' AS report, w.queue AS queue, w.period AS \"period-key\", {QUEUE_MEASURES} \
            FROM waits w GROUP BY w.queue, w.period",
    },
    Stated { about: &[], measures: STATE_NAMES, sql: "WITH {STATES} SELECT {STATE_MEASURES} FROM states x" },
    Stated {
        about: &[],
        measures: &["agents", "busy_share", "wrap_share", "ready_share", "not_ready_share"],
        sql: "WITH {STATES}, sums AS (SELECT COUNT(DISTINCT x.agent) AS agents, {STATE_MEASURES} FROM states x) \
            SELECT y.agents AS agents, CAST(y.busy_s AS double precision) / y.active_s AS busy_share, \
            CAST(y.wrap_s AS double precision) / y.active_s AS wrap_share, CAST(y.ready_s AS double precision) / y.active_s AS ready_share, \
            CAST(y.not_ready_s AS double precision) / y.active_s AS not_ready_share FROM sums y",
    },
    Stated {
        about: &["agent"],
        measures: STATE_NAMES,
        sql: "WITH {STATES} SELECT x.agent AS agent, {STATE_MEASURES} FROM states x GROUP BY x.agent",
    },
    Stated {
        about: &["agent"],
        measures: &["attempts", "talk_s", "hold_s", "acw_s"],
        sql: "WITH {ATTEMPTS} SELECT a.agent AS agent, COUNT(*) AS attempts, SUM(a.talk_s) AS talk_s, SUM(a.hold_s) AS hold_s, \
            SUM(a.acw_s) AS acw_s FROM attempts a WHERE a.kind = 'AGENT' GROUP BY a.agent",
    },
    Stated {
        about: &["attempt"],
        measures: &[
            "attempt.queue_s",
            "attempt.ring_s",
            "attempt.dial_s",
            "attempt.talk_s",
            "attempt.hold_s",
            "attempt.acw_s",
            "attempt.consult_s",
        ],
        sql: "WITH {ATTEMPTS} SELECT a.attempt AS attempt, a.queue_s AS queue_s, a.ring_s AS ring_s, a.dial_s AS dial_s, a.talk_s AS talk_s, \
            a.hold_s AS hold_s, a.acw_s AS acw_s, a.consult_s AS consult_s FROM attempts a",
    },
    Stated {
        about: &["agent", "began"],
        measures: &["agent_state.duration_s"],
        sql: "SELECT r.employee_id AS agent, f.start_ms AS began, f.end_ts - f.start_ts AS duration_s FROM sm_res_state_fact f \
            JOIN resource_ r ON r.resource_key = f.resource_key",
    },
    Stated {
        about: &["interaction"],
        measures: &["call_duration", "call_attempts"],
        sql: "SELECT i.interaction_id AS interaction, CAST(i.end_ms - i.start_ms AS double precision) / 1000 AS call_duration, \
            (SELECT COUNT(*) FROM interaction_resource_fact a WHERE a.interaction_id = i.interaction_id) AS call_attempts FROM interaction_fact i",
    },
    Stated {
        about: &["passage"],
        measures: &["passage_wait"],
        sql: "SELECT m.mediation_segment_id AS passage, m.mediation_duration AS passage_wait FROM mediation_segment_fact m",
    },
    Stated {
        about: &["attempt", "began", "state", "part"],
        measures: &["state_duration"],
        sql: "SELECT f.interaction_resource_id AS attempt, f.start_ms AS began, s.state_name_code AS state, s.state_descriptor_code AS part, \
            f.total_duration AS state_duration FROM ixn_resource_state_fact f \
            JOIN interaction_resource_state s ON s.interaction_resource_state_key = f.interaction_resource_state_key",
    },
    Stated {
        about: &[],
        measures: &["abandoned_calls", "abandoned_numbers", "abandoned_longest_wait"],
        sql: "WITH {ABANDONED} SELECT COUNT(*) AS abandoned_calls, COUNT(DISTINCT b.number) AS abandoned_numbers, \
            MAX(b.wait_s) AS abandoned_longest_wait FROM abandoned b",
    },
    Stated {
        about: &[],
        measures: &["abandoned_median_wait"],
        sql: "WITH {ABANDONED}, ordered AS (SELECT b.wait_s AS wait_s, ROW_NUMBER() OVER (ORDER BY b.wait_s, b.attempt) AS place, \
            COUNT(*) OVER (PARTITION BY 1) AS n FROM abandoned b) SELECT AVG(CAST(o.wait_s AS double precision)) AS abandoned_median_wait \
            FROM ordered o WHERE o.place IN ((o.n + 1) / 2, (o.n + 2) / 2)",
    },
    Stated {
        about: &["attempt"],
        measures: &["abandoned.wait_s"],
        sql: "WITH {ABANDONED} SELECT b.attempt AS attempt, b.wait_s AS wait_s FROM abandoned b",
    },
    Stated {
        about: &["attempt"],
        measures: &["abandoned.earlier_wait_s"],
        sql: "SELECT a.interaction_resource_id AS attempt, a.previous_mediation_duration AS earlier_wait_s FROM interaction_resource_fact a",
    },
    Stated {
        about: &[],
        measures: &["sources"],
        sql: "SELECT COUNT(DISTINCT c.source) AS sources FROM ctl_coverage c",
    },
    Stated {
        about: &[],
        measures: &["sources_with_gaps"],
        sql: "SELECT COUNT(DISTINCT c.source) AS n FROM ctl_coverage c WHERE c.state <> 'complete' OR EXISTS (SELECT 1 FROM ctl_coverage d \
            WHERE d.source = c.source AND d.from_ms > c.to_ms AND d.from_ms > 1000 * {from} AND c.to_ms < 1000 * {to})",
    },
    Stated {
        about: &[],
        measures: &["events"],
        sql: "SELECT SUM(x.events) AS events FROM (SELECT c.source AS source, MAX(c.events) AS events FROM ctl_coverage c GROUP BY c.source) x",
    },
    Stated {
        about: &[],
        measures: &["rejects"],
        sql: "SELECT COUNT(*) AS rejects FROM ctl_reject WHERE state <> 'redriven'",
    },
    Stated {
        about: &["reason"],
        measures: &["rejects"],
        sql: "SELECT r.reason AS reason, COUNT(*) AS rejects FROM ctl_reject r WHERE r.state <> 'redriven' GROUP BY r.reason",
    },
    Stated {
        about: &["source"],
        measures: &["rejects"],
        sql: "SELECT s.source AS source, COUNT(r.reject_key) AS rejects FROM (SELECT DISTINCT c.source AS source FROM ctl_coverage c) s \
            LEFT JOIN ctl_reject r ON r.source = s.source AND r.state <> 'redriven' GROUP BY s.source",
    },
    Stated {
        about: &["source"],
        measures: &["stretches", "gaps", "events"],
        sql: "SELECT c.source AS source, COUNT(*) AS stretches, COUNT(*) - 1 AS gaps, MAX(c.events) AS events FROM ctl_coverage c WHERE c.state = 'complete' GROUP BY c.source",
    },
    Stated { about: &[], measures: &["open_calls"], sql: "SELECT COUNT(*) AS open_calls FROM open_interaction" },
    Stated { about: &[], measures: &["agents_now"], sql: "SELECT COUNT(*) AS agents_now FROM open_agent" },
    Stated {
        about: &["state"],
        measures: &["agents_in_state"],
        sql: "SELECT s.state_name_code AS state, SUM(CASE WHEN a.resource_key IS NULL THEN 0 ELSE 1 END) AS agents_in_state \
            FROM resource_state s LEFT JOIN open_agent a ON a.resource_state_key = s.resource_state_key GROUP BY s.state_name_code",
    },
    Stated {
        about: &["agent"],
        measures: &["state_age"],
        sql: "WITH {NOW} SELECT r.employee_id AS agent, CAST(n.now_ms - a.state_since_ms AS double precision) / 1000 AS state_age FROM open_agent a \
            JOIN resource_ r ON r.resource_key = a.resource_key CROSS JOIN now n",
    },
    Stated {
        about: &["interaction"],
        measures: &["call_state_age"],
        sql: "WITH {NOW} SELECT o.interaction_id AS interaction, CAST(n.now_ms - o.state_since_ms AS double precision) / 1000 AS call_state_age \
            FROM open_interaction o CROSS JOIN now n",
    },
    Stated {
        about: &[],
        measures: &["waiting_now", "longest_wait_now"],
        sql: "WITH {NOW} SELECT COUNT(*) AS waiting_now, CAST(MAX(n.now_ms - o.queue_entered_ms) AS double precision) / 1000 AS longest_wait_now \
            FROM open_interaction o CROSS JOIN now n WHERE o.state_code = 'QUEUED'",
    },
    Stated {
        about: &["queue"],
        measures: &["waiting_now", "longest_wait_now"],
        sql: "WITH {NOW} SELECT q.resource_name AS queue, COUNT(*) AS waiting_now, \
            CAST(MAX(n.now_ms - o.queue_entered_ms) AS double precision) / 1000 AS longest_wait_now FROM open_interaction o \
            JOIN resource_ q ON q.resource_key = o.queue_resource_key CROSS JOIN now n WHERE o.state_code = 'QUEUED' GROUP BY q.resource_name",
    },
];
