-- report: agent-state-details
-- title: Agent State Details
-- version: 1
-- question: Which states did each agent have one after the other, when, for how long, and for what reason?
-- grain: One row per state of an agent, local day that it touches, and reason given for it; one row where no reason was
--   given. States are listed when they have ended. Ordered by agent and time.
-- inputs: sm_res_state_fact, sm_res_state_reason_fact, sm_res_session_fact, resource_state, resource_state_reason,
--   resource_, calendar
-- parameter: from_s bigint = Start of the first local day, in seconds since 1970-01-01 UTC.
-- parameter: to_s bigint = Start of the local day after the last one, in seconds since 1970-01-01 UTC.
-- parameter: tz text = Time zone of the calendar.
-- filter: agent text = EmployeeID of the agent.
-- parameter: limit bigint = Most rows.
-- parameter: offset bigint = Rows to leave out before the first one.
-- column: agent text = EmployeeID of the agent.
-- column: day text = Local day.
-- column: start_time time = Start of the state, or of the day when it began before. A state is listed for 72 hours from its
--   start at most (259200 s).
-- column: end_time time = End of the state, or of the day when it went on.
-- measure: duration_s bigint s = From start to end, to the second. Where a state has several reasons it stands in the row of each: to add up
--   states, take the rows whose reason_ordinal is 1.
-- column: state text = State: READY, NOTREADY, BUSY, AFTERCALLWORK, LOGGEDONONLY or UNKNOWN.
-- column: continued bigint flag = 1 when the state began on a day before.
-- column: reason_ordinal bigint number = Place of the reason among those of this state on this day; 1 without a reason.
-- column: reason_type text null = HARDWARE or SOFTWARE; null without a reason, as are the next five.
-- column: reason_key text null = Key of a reason of the agent's software; empty for one of the device.
-- column: reason_value text null = Value of the reason.
-- column: workmode text null = Work mode that came with the reason.
-- column: reason_start time null = Start of the reason, or of the day when it began before.
-- measure: reason_s bigint s null = Time that the reason lasted on this day.
-- column: dn text null = DN of the login session.
-- column: session text null = Id of the login session as its source gave it.
WITH days AS (
    SELECT
        c.day_key AS day_key,
        c.local_date AS local_date,
        MIN(c.date_time_key) AS from_s,
        MAX(c.date_time_key) + 900 AS to_s,
        ROW_NUMBER() OVER (ORDER BY c.day_key) AS ordinal
    FROM calendar c
    WHERE c.tz = $3
    GROUP BY c.day_key, c.local_date
),
-- Steps from the first to the last local day of a state, by how many there are: 72 hours touch five days at most.
spans AS (
    SELECT n.span AS span, s.step AS step
    FROM generate_series(0, 4) AS n (span)
    JOIN generate_series(0, 4) AS s (step) ON s.step <= n.span
),
states AS (
    SELECT
        f.sm_res_state_fact_key AS state_id,
        f.start_date_time_key AS state_sdt_key,
        f.sm_res_session_fact_key AS session_id,
        f.sm_res_session_fact_sdt_key AS session_sdt_key,
        f.resource_key AS resource_key,
        f.media_resource_key AS dn_key,
        f.resource_state_key AS resource_state_key,
        r.resource_name AS agent,
        f.start_ts AS began_s,
        GREATEST(f.start_ts, $1) AS start_s,
        LEAST(f.end_ts, f.start_ts + 259200, $2) AS end_s,
        f.start_ms AS start_ms,
        CASE WHEN f.end_ts > f.start_ts + 259200 THEN (f.start_ts + 259200) * 1000 ELSE f.end_ms END AS end_ms
    FROM sm_res_state_fact f
    JOIN resource_ r ON r.resource_key = f.resource_key
    WHERE f.start_date_time_key >= $1 - 259200 AND f.start_date_time_key < $2
        AND (LEAST(f.end_ts, f.start_ts + 259200) > $1 OR f.start_ts >= $1)
        AND ($4 = '' OR r.employee_id = $4)
),
placed AS (
    SELECT
        s.state_id AS state_id,
        s.start_s - s.start_s % 900 AS first_key,
        -- The last second of a state, not its end, says on which day it ends; a state without length ends where it starts.
        (CASE WHEN s.end_s > s.start_s THEN s.end_s - 1 ELSE s.start_s END) / 900 * 900 AS last_key,
        s.state_sdt_key AS state_sdt_key,
        s.session_id AS session_id,
        s.session_sdt_key AS session_sdt_key,
        s.resource_key AS resource_key,
        s.dn_key AS dn_key,
        s.resource_state_key AS resource_state_key,
        s.agent AS agent,
        s.began_s AS began_s,
        s.start_s AS start_s,
        s.end_s AS end_s,
        s.start_ms AS start_ms,
        s.end_ms AS end_ms
    FROM states s
),
parts AS (
    SELECT
        p.state_id AS state_id,
        p.state_sdt_key AS state_sdt_key,
        p.session_id AS session_id,
        p.session_sdt_key AS session_sdt_key,
        p.resource_key AS resource_key,
        p.dn_key AS dn_key,
        p.resource_state_key AS resource_state_key,
        p.agent AS agent,
        d.local_date AS local_date,
        d.day_key AS day_key,
        GREATEST(p.start_s, d.from_s) AS start_s,
        LEAST(p.end_s, d.to_s) AS end_s,
        GREATEST(p.start_ms, d.from_s * 1000) AS start_ms,
        LEAST(p.end_ms, d.to_s * 1000) AS end_ms,
        CASE WHEN p.began_s < d.from_s THEN 1 ELSE 0 END AS continued
    FROM placed p
    JOIN calendar b ON b.date_time_key = p.first_key AND b.tz = $3
    JOIN calendar e ON e.date_time_key = p.last_key AND e.tz = $3
    JOIN days first ON first.day_key = b.day_key
    JOIN days last ON last.day_key = e.day_key
    JOIN spans n ON n.span = last.ordinal - first.ordinal
    JOIN days d ON d.ordinal = first.ordinal + n.step
),
reasons AS (
    SELECT
        p.agent AS agent,
        p.resource_key AS resource_key,
        p.local_date AS local_date,
        p.day_key AS day_key,
        p.start_s AS start_s,
        p.end_s AS end_s,
        p.start_ms AS start_ms,
        p.end_ms AS end_ms,
        p.continued AS continued,
        p.state_id AS state_id,
        p.state_sdt_key AS state_sdt_key,
        p.session_id AS session_id,
        p.session_sdt_key AS session_sdt_key,
        p.dn_key AS dn_key,
        p.resource_state_key AS resource_state_key,
        q.resource_state_reason_key AS resource_state_reason_key,
        -- GREATEST and LEAST leave nulls out, so that without a reason they would give the state's times.
        CASE WHEN q.start_ms IS NOT NULL THEN GREATEST(q.start_ms, p.start_ms) END AS reason_start_ms,
        CASE WHEN q.start_ts IS NOT NULL THEN LEAST(q.end_ts, p.end_s) - GREATEST(q.start_ts, p.start_s) END AS reason_s,
        ROW_NUMBER() OVER (
            PARTITION BY p.state_sdt_key, p.state_id, p.day_key
            ORDER BY q.start_ms, q.start_date_time_key, q.sm_res_state_reason_fact_key
        ) AS reason_ordinal
    FROM parts p
    LEFT JOIN sm_res_state_reason_fact q
        ON q.sm_res_state_fact_sdt_key = p.state_sdt_key AND q.sm_res_state_fact_key = p.state_id
        AND q.start_date_time_key >= $1 - 259200 AND q.start_date_time_key < $2
        AND (q.start_ts < p.end_s OR p.end_s = p.start_s) AND (q.end_ts > p.start_s OR q.start_ts >= p.start_s)
)
SELECT
    q.agent AS agent,
    q.local_date AS day,
    q.start_ms AS start_time,
    q.end_ms AS end_time,
    q.end_s - q.start_s AS duration_s,
    COALESCE(d.state_name_code, 'UNKNOWN') AS state,
    q.continued AS continued,
    q.reason_ordinal AS reason_ordinal,
    c.reason_type_code AS reason_type,
    c.software_reason_key AS reason_key,
    CASE WHEN c.reason_type_code = 'HARDWARE' THEN c.hardware_reason ELSE c.software_reason_value END AS reason_value,
    c.workmode_code AS workmode,
    q.reason_start_ms AS reason_start,
    q.reason_s AS reason_s,
    n.resource_name AS dn,
    s.session_guid AS session
FROM reasons q
LEFT JOIN resource_state d ON d.resource_state_key = q.resource_state_key
LEFT JOIN resource_state_reason c ON c.resource_state_reason_key = q.resource_state_reason_key
LEFT JOIN resource_ n ON n.resource_key = q.dn_key AND q.dn_key > 0
LEFT JOIN sm_res_session_fact s
    ON s.start_date_time_key = q.session_sdt_key AND s.sm_res_session_fact_key = q.session_id
    -- Only so that far days need not be read: a session whose state is listed began 31 days ago at most.
    AND s.start_date_time_key >= $1 - 2678400 AND s.start_date_time_key < $2
ORDER BY q.agent, q.resource_key, q.start_ms, q.end_ms, q.state_sdt_key, q.state_id, q.reason_ordinal
LIMIT $5 OFFSET $6
