-- report: agent-summary-activity
-- title: Agent Summary Activity
-- version: 1
-- question: How did each agent spend the time logged in?
-- grain: One row per agent and local period in which the agent had a state; a state that goes over a period's border counts
--   in each period that it touches, with the part that lies there. States count when they have ended.
-- inputs: sm_res_state_fact, resource_state, resource_, calendar
-- parameter: from_s bigint = Start of the first local day, in seconds since 1970-01-01 UTC.
-- parameter: to_s bigint = Start of the local day after the last one, in seconds since 1970-01-01 UTC.
-- parameter: tz text = Time zone of the calendar.
-- parameter: by text = Length of a period: quarter-hour, hour, day, week (from Sunday) or month.
-- filter: agent text = EmployeeID of the agent.
-- column: agent text = EmployeeID of the agent.
-- column: period period = Local quarter hour or hour with its offset, local day, first day of the week, or month.
-- column: period_key bigint epoch_s = Start of the period, in seconds since 1970-01-01 UTC.
-- measure: active_s bigint s = Time in all states, the sum of the next six; of two login sessions at once both count. A state
--   counts for 72 hours from its start at most (259200 s): so far back is it looked for.
-- measure: ready_s bigint s = Time in Ready.
-- measure: not_ready_s bigint s = Time in NotReady.
-- measure: busy_s bigint s = Time in Busy: a call is on the DN, from ringing or dialling to its end.
-- measure: wrap_s bigint s = Time in AfterCallWork.
-- measure: other_s bigint s = Time in all other states: LoggedOnOnly and Unknown.
-- measure: ready_count bigint count = Stretches of Ready that the period touches.
-- measure: not_ready_count bigint count = Stretches of NotReady that the period touches.
-- measure: busy_count bigint count = Stretches of Busy that the period touches.
-- measure: wrap_count bigint count = Stretches of AfterCallWork that the period touches.
-- measure: other_count bigint count = Stretches of all other states that the period touches.
-- measure: ready_share double ratio null = ready_s / active_s; null without active time.
-- measure: not_ready_share double ratio null = not_ready_s / active_s.
-- measure: busy_share double ratio null = busy_s / active_s.
-- measure: wrap_share double ratio null = wrap_s / active_s.
-- measure: occupancy double ratio null = (busy_s + wrap_s) / (active_s - not_ready_s).
WITH quarters AS (
    SELECT
        p.date_time_key AS date_time_key,
        p.period_key AS period_key,
        -- The quarter hour with which a period begins, or the answer.
        CASE WHEN LAG(p.period_key) OVER (ORDER BY p.date_time_key) = p.period_key THEN 0 ELSE 1 END AS begins
    FROM (
        SELECT
            c.date_time_key AS date_time_key,
            CASE $4 WHEN 'quarter-hour' THEN c.date_time_key WHEN 'hour' THEN c.hour_key WHEN 'week' THEN c.week_key
                WHEN 'month' THEN c.month_key ELSE c.day_key END AS period_key
        FROM calendar c
        WHERE c.tz = $3
    ) p
),
-- Steps from the first to the last quarter hour of a state, by how many there are: 288 quarter hours are 72 hours.
spans AS (
    SELECT n.span AS span, s.step AS step
    FROM generate_series(0, 288) AS n (span)
    JOIN generate_series(0, 288) AS s (step) ON s.step <= n.span
),
states AS (
    SELECT
        f.resource_key AS resource_key,
        f.resource_state_key AS state_key,
        GREATEST(f.start_ts, $1) AS start_s,
        LEAST(f.end_ts, f.start_ts + 259200, $2) AS end_s
    FROM sm_res_state_fact f
    WHERE f.start_date_time_key >= $1 - 259200 AND f.start_date_time_key < $2
        -- A state that ended with the start of the answer is not in it; one without length at that start is.
        AND (LEAST(f.end_ts, f.start_ts + 259200) > $1 OR f.start_ts >= $1)
        AND ($5 = '' OR f.resource_key IN (SELECT r.resource_key FROM resource_ r WHERE r.employee_id = $5))
),
placed AS (
    SELECT
        s.resource_key AS resource_key,
        s.state_key AS state_key,
        s.start_s AS start_s,
        s.end_s AS end_s,
        s.start_s - s.start_s % 900 AS first_key,
        -- The last second of a state, not its end, says where it ends; a state without length ends where it starts.
        (CASE WHEN s.end_s > s.start_s THEN s.end_s - 1 ELSE s.start_s END) / 900 - s.start_s / 900 AS span
    FROM states s
),
parts AS (
    SELECT
        s.resource_key AS resource_key,
        s.state_key AS state_key,
        q.period_key AS period_key,
        CASE WHEN n.step = 0 OR q.begins = 1 THEN 1 ELSE 0 END AS counts,
        LEAST(s.end_s, q.date_time_key + 900) - GREATEST(s.start_s, q.date_time_key) AS length_s
    FROM placed s
    JOIN spans n ON n.span = s.span
    JOIN quarters q ON q.date_time_key = s.first_key + n.step * 900
),
-- Few rows are left from here on: what is costly per row, as names are, comes behind.
by_state AS (
    SELECT
        p.resource_key AS resource_key,
        p.period_key AS period_key,
        p.state_key AS state_key,
        CAST(SUM(p.length_s) AS bigint) AS length_s,
        CAST(SUM(p.counts) AS bigint) AS counts
    FROM parts p
    GROUP BY p.resource_key, p.period_key, p.state_key
),
sums AS (
    SELECT
        b.resource_key AS resource_key,
        r.resource_name AS agent,
        b.period_key AS period_key,
        CAST(SUM(b.length_s) AS bigint) AS active_s,
        CAST(SUM(CASE WHEN d.state_name_code = 'READY' THEN b.length_s ELSE 0 END) AS bigint) AS ready_s,
        CAST(SUM(CASE WHEN d.state_name_code = 'NOTREADY' THEN b.length_s ELSE 0 END) AS bigint) AS not_ready_s,
        CAST(SUM(CASE WHEN d.state_name_code = 'BUSY' THEN b.length_s ELSE 0 END) AS bigint) AS busy_s,
        CAST(SUM(CASE WHEN d.state_name_code = 'AFTERCALLWORK' THEN b.length_s ELSE 0 END) AS bigint) AS wrap_s,
        CAST(SUM(b.counts) AS bigint) AS active_count,
        CAST(SUM(CASE WHEN d.state_name_code = 'READY' THEN b.counts ELSE 0 END) AS bigint) AS ready_count,
        CAST(SUM(CASE WHEN d.state_name_code = 'NOTREADY' THEN b.counts ELSE 0 END) AS bigint) AS not_ready_count,
        CAST(SUM(CASE WHEN d.state_name_code = 'BUSY' THEN b.counts ELSE 0 END) AS bigint) AS busy_count,
        CAST(SUM(CASE WHEN d.state_name_code = 'AFTERCALLWORK' THEN b.counts ELSE 0 END) AS bigint) AS wrap_count
    FROM by_state b
    JOIN resource_ r ON r.resource_key = b.resource_key
    LEFT JOIN resource_state d ON d.resource_state_key = b.state_key
    GROUP BY b.resource_key, r.resource_name, b.period_key
)
SELECT
    n.agent AS agent,
    n.period_key AS period,
    n.period_key AS period_key,
    n.active_s AS active_s,
    n.ready_s AS ready_s,
    n.not_ready_s AS not_ready_s,
    n.busy_s AS busy_s,
    n.wrap_s AS wrap_s,
    n.active_s - n.ready_s - n.not_ready_s - n.busy_s - n.wrap_s AS other_s,
    n.ready_count AS ready_count,
    n.not_ready_count AS not_ready_count,
    n.busy_count AS busy_count,
    n.wrap_count AS wrap_count,
    n.active_count - n.ready_count - n.not_ready_count - n.busy_count - n.wrap_count AS other_count,
    CAST(n.ready_s AS double precision) / NULLIF(n.active_s, 0) AS ready_share,
    CAST(n.not_ready_s AS double precision) / NULLIF(n.active_s, 0) AS not_ready_share,
    CAST(n.busy_s AS double precision) / NULLIF(n.active_s, 0) AS busy_share,
    CAST(n.wrap_s AS double precision) / NULLIF(n.active_s, 0) AS wrap_share,
    CAST(n.busy_s + n.wrap_s AS double precision) / NULLIF(n.active_s - n.not_ready_s, 0) AS occupancy
FROM sums n
ORDER BY n.agent, n.period_key, n.resource_key
