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
-- measure: duration_s bigint s = From start to end, to the second. Where a state has several reasons it stands in the row of
--   each: to add up states, take the rows with first_row 1.
-- column: state text = State: READY, NOTREADY, BUSY, AFTERCALLWORK, LOGGEDONONLY or UNKNOWN.
-- column: continued bigint flag = 1 when the state began on a day before.
-- column: first_row bigint flag = 1 in the first row of a state on a day, 0 in the rows of its further reasons.
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
        CAST(ROW_NUMBER() OVER (ORDER BY c.day_key) AS bigint) AS ordinal
    FROM calendar c
    WHERE c.tz = $3
    GROUP BY c.day_key, c.local_date
),
quarters AS (
    SELECT c.date_time_key AS date_time_key, d.ordinal AS ordinal
    FROM calendar c
    JOIN days d ON d.day_key = c.day_key
    WHERE c.tz = $3
),
-- The days from a first to a last one: 72 hours touch five local days at most, so at most four come behind the first.
reach AS (
    SELECT
        first.ordinal AS first_day, first.ordinal + s.span AS last_day,
        d.day_key AS day_key, d.from_s AS from_s, d.to_s AS to_s
    FROM days first
    CROSS JOIN generate_series(0, 4) AS s (span)
    JOIN generate_series(0, 4) AS n (step) ON n.step <= s.span
    JOIN days d ON d.ordinal = first.ordinal + n.step
),
-- Agents in order of their names.
agents AS (
    SELECT
        r.resource_key AS resource_key,
        CAST(ROW_NUMBER() OVER (ORDER BY r.resource_name, r.resource_key) AS bigint) AS place
    FROM resource_ r
),
states AS (
    SELECT
        f.sm_res_state_fact_key AS state_id,
        f.start_date_time_key AS sdt_key,
        f.sm_res_session_fact_key AS session_id,
        f.sm_res_session_fact_sdt_key AS session_sdt_key,
        f.resource_key AS resource_key,
        f.media_resource_key AS dn_key,
        f.resource_state_key AS state_key,
        a.place AS place,
        f.start_ts AS began_s,
        GREATEST(f.start_ts, $1) AS start_s,
        LEAST(f.end_ts, f.start_ts + 259200, $2) AS end_s,
        f.start_ms AS start_ms,
        CASE WHEN f.end_ts > f.start_ts + 259200 THEN (f.start_ts + 259200) * 1000 ELSE f.end_ms END AS end_ms
    FROM sm_res_state_fact f
    JOIN agents a ON a.resource_key = f.resource_key
    WHERE f.start_date_time_key >= $1 - 259200 AND f.start_date_time_key < $2
        AND (LEAST(f.end_ts, f.start_ts + 259200) > $1 OR f.start_ts >= $1)
        AND ($4 = '' OR f.resource_key IN (SELECT r.resource_key FROM resource_ r WHERE r.employee_id = $4))
),
located AS (
    SELECT
        s.state_id AS state_id,
        s.sdt_key AS sdt_key,
        s.session_id AS session_id,
        s.session_sdt_key AS session_sdt_key,
        s.resource_key AS resource_key,
        s.dn_key AS dn_key,
        s.state_key AS state_key,
        s.place AS place,
        s.began_s AS began_s,
        s.start_s AS start_s,
        s.end_s AS end_s,
        s.start_ms AS start_ms,
        s.end_ms AS end_ms,
        b.ordinal AS first_day,
        e.ordinal AS last_day
    FROM states s
    JOIN quarters b ON b.date_time_key = s.start_s - s.start_s % 900
    -- The last second of a state, not its end, says on which day it ends; a state without length ends where it starts.
    JOIN quarters e
        ON e.date_time_key = (CASE WHEN s.end_s > s.start_s THEN s.end_s - 1 ELSE s.start_s END) / 900 * 900
),
parts AS (
    SELECT
        s.state_id AS state_id,
        s.sdt_key AS sdt_key,
        s.session_id AS session_id,
        s.session_sdt_key AS session_sdt_key,
        s.resource_key AS resource_key,
        s.dn_key AS dn_key,
        s.state_key AS state_key,
        s.place AS place,
        d.day_key AS day_key,
        GREATEST(s.start_s, d.from_s) AS start_s,
        LEAST(s.end_s, d.to_s) AS end_s,
        GREATEST(s.start_ms, d.from_s * 1000) AS start_ms,
        LEAST(s.end_ms, d.to_s * 1000) AS end_ms,
        CASE WHEN s.began_s < d.from_s THEN 1 ELSE 0 END AS continued
    FROM reach d
    JOIN located s ON s.first_day = d.first_day AND s.last_day = d.last_day
),
given AS (
    SELECT
        q.sm_res_state_fact_sdt_key AS state_sdt_key,
        q.sm_res_state_fact_key AS state_id,
        q.start_date_time_key AS sdt_key,
        q.sm_res_state_reason_fact_key AS reason_id,
        q.resource_state_reason_key AS reason_key,
        q.start_ts AS start_s,
        q.end_ts AS end_s,
        q.start_ms AS start_ms
    FROM sm_res_state_reason_fact q
    WHERE q.start_date_time_key >= $1 - 259200 AND q.start_date_time_key < $2
        AND ($4 = '' OR q.resource_key IN (SELECT r.resource_key FROM resource_ r WHERE r.employee_id = $4))
),
-- Up to when and since when the reasons before a reason were given for the same state; where there are some.
earlier AS (
    SELECT q.sdt_key AS sdt_key, q.reason_id AS reason_id, MAX(o.end_s) AS end_s, MAX(o.start_s) AS start_s
    FROM given q
    JOIN given o ON o.state_sdt_key = q.state_sdt_key AND o.state_id = q.state_id
    WHERE o.start_ms < q.start_ms OR (o.start_ms = q.start_ms AND o.reason_id < q.reason_id)
    GROUP BY q.sdt_key, q.reason_id
),
reasons AS (
    SELECT
        q.state_sdt_key AS state_sdt_key,
        q.state_id AS state_id,
        q.sdt_key AS sdt_key,
        q.reason_id AS reason_id,
        q.reason_key AS reason_key,
        q.start_s AS start_s,
        q.end_s AS end_s,
        q.start_ms AS start_ms,
        o.end_s AS earlier_end_s,
        o.start_s AS earlier_start_s
    FROM earlier o
    RIGHT JOIN given q ON q.sdt_key = o.sdt_key AND q.reason_id = o.reason_id
),
page AS (
    SELECT
        p.place AS place,
        p.resource_key AS resource_key,
        p.day_key AS day_key,
        p.start_s AS start_s,
        p.end_s AS end_s,
        p.start_ms AS start_ms,
        p.end_ms AS end_ms,
        p.continued AS continued,
        p.state_id AS state_id,
        p.sdt_key AS sdt_key,
        p.session_id AS session_id,
        p.session_sdt_key AS session_sdt_key,
        p.dn_key AS dn_key,
        p.state_key AS state_key,
        q.reason_key AS reason_key,
        q.start_ms AS reason_began_ms,
        q.reason_id AS reason_id,
        CASE WHEN q.earlier_end_s > p.start_s OR q.earlier_start_s >= p.start_s THEN 0 ELSE 1 END AS first_row,
        -- GREATEST and LEAST leave nulls out, so that without a reason they would give the state's times.
        CASE WHEN q.start_ms IS NOT NULL THEN GREATEST(q.start_ms, p.start_ms) END AS reason_start_ms,
        CASE WHEN q.start_s IS NOT NULL THEN LEAST(q.end_s, p.end_s) - GREATEST(q.start_s, p.start_s) END AS reason_s
    FROM reasons q
    RIGHT JOIN parts p
        ON q.state_sdt_key = p.sdt_key AND q.state_id = p.state_id
        AND (q.start_s < p.end_s OR p.end_s = p.start_s) AND (q.end_s > p.start_s OR q.start_s >= p.start_s)
    ORDER BY p.place, p.start_ms, p.end_ms, p.sdt_key, p.state_id, q.start_ms, q.reason_id
    LIMIT $5 OFFSET $6
)
SELECT
    r.resource_name AS agent,
    y.local_date AS day,
    p.start_ms AS start_time,
    p.end_ms AS end_time,
    p.end_s - p.start_s AS duration_s,
    COALESCE(d.state_name_code, 'UNKNOWN') AS state,
    p.continued AS continued,
    p.first_row AS first_row,
    c.reason_type_code AS reason_type,
    c.software_reason_key AS reason_key,
    CASE WHEN c.reason_type_code = 'HARDWARE' THEN c.hardware_reason ELSE c.software_reason_value END AS reason_value,
    c.workmode_code AS workmode,
    p.reason_start_ms AS reason_start,
    p.reason_s AS reason_s,
    n.resource_name AS dn,
    s.session_guid AS session
FROM page p
JOIN resource_ r ON r.resource_key = p.resource_key
JOIN days y ON y.day_key = p.day_key
LEFT JOIN resource_state d ON d.resource_state_key = p.state_key
LEFT JOIN resource_state_reason c ON c.resource_state_reason_key = p.reason_key
LEFT JOIN resource_ n ON n.resource_key = p.dn_key AND n.resource_key > 0
LEFT JOIN sm_res_session_fact s
    ON s.start_date_time_key = p.session_sdt_key AND s.sm_res_session_fact_key = p.session_id
    -- Only so that far days need not be read: a session whose state is listed began 31 days ago at most.
    AND s.start_date_time_key >= $1 - 2678400 AND s.start_date_time_key < $2
ORDER BY p.place, p.start_ms, p.end_ms, p.sdt_key, p.state_id, p.reason_began_ms, p.reason_id
