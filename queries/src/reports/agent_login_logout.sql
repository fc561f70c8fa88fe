-- report: agent-login-logout
-- title: Agent Login-Logout
-- version: 1
-- question: When did each agent log in first and log out last on each day, and how long was the agent there?
-- grain: One row per agent and local day on which a login session of the agent lay; a session over midnight is in the row of
--   each day with its part. Sessions count when they have ended; those that go on are in open_agent. Ordered by agent and day.
-- inputs: sm_res_session_fact, resource_, calendar
-- parameter: from_s bigint = Start of the first local day, in seconds since 1970-01-01 UTC.
-- parameter: to_s bigint = Start of the local day after the last one, in seconds since 1970-01-01 UTC.
-- parameter: tz text = Time zone of the calendar.
-- filter: agent text = EmployeeID of the agent.
-- parameter: limit bigint = Most rows.
-- parameter: offset bigint = Rows to leave out before the first one.
-- column: agent text = EmployeeID of the agent.
-- column: day text = Local day.
-- column: day_key bigint epoch_s = Start of the day, in seconds since 1970-01-01 UTC.
-- measure: first_login time null = First login on this day; null when there was none, as after a session over midnight.
-- measure: last_logout time null = Last logout on this day; null when there was none.
-- measure: sessions bigint count = Login sessions that lay on this day.
-- measure: logins bigint count = Those of them that began on this day.
-- measure: logouts bigint count = Those of them that ended on this day.
-- measure: active_s bigint s = Time in login sessions on this day; of two sessions at once both count. A session counts for
--   7 days from its start at most (604800 s).
-- measure: present_s bigint s = Time on this day in which the agent was in one session at least.
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
-- The days from a first to a last one: 7 days touch nine local days at most, so at most eight come behind the first.
reach AS (
    SELECT
        first.ordinal AS first_day, first.ordinal + s.span AS last_day,
        d.day_key AS day_key, d.local_date AS local_date, d.from_s AS from_s, d.to_s AS to_s
    FROM days first
    CROSS JOIN generate_series(0, 8) AS s (span)
    JOIN generate_series(0, 8) AS n (step) ON n.step <= s.span
    JOIN days d ON d.ordinal = first.ordinal + n.step
),
sessions AS (
    SELECT
        f.sm_res_session_fact_key AS session_id,
        f.resource_key AS resource_key,
        r.resource_name AS agent,
        f.start_ts AS login_s,
        f.end_ts AS logout_s,
        GREATEST(f.start_ts, $1) AS start_s,
        LEAST(f.end_ts, f.start_ts + 604800, $2) AS end_s,
        f.start_ms AS login_ms,
        f.end_ms AS logout_ms
    FROM sm_res_session_fact f
    JOIN resource_ r ON r.resource_key = f.resource_key
    WHERE f.start_date_time_key >= $1 - 604800 AND f.start_date_time_key < $2
        AND (LEAST(f.end_ts, f.start_ts + 604800) > $1 OR f.start_ts >= $1)
        AND ($4 = '' OR r.employee_id = $4)
),
parts AS (
    SELECT
        s.session_id AS session_id,
        s.resource_key AS resource_key,
        s.agent AS agent,
        d.day_key AS day_key,
        d.local_date AS local_date,
        GREATEST(s.start_s, d.from_s) AS start_s,
        LEAST(s.end_s, d.to_s) AS end_s,
        CASE WHEN s.login_s >= d.from_s THEN s.login_ms END AS login_ms,
        CASE WHEN s.logout_s <= s.end_s AND s.end_s <= d.to_s THEN s.logout_ms END AS logout_ms
    FROM sessions s
    JOIN quarters b ON b.date_time_key = s.start_s - s.start_s % 900
    -- The last second of a session, not its end, says on which day it ends; one without length ends where it starts.
    JOIN quarters e
        ON e.date_time_key = (CASE WHEN s.end_s > s.start_s THEN s.end_s - 1 ELSE s.start_s END) / 900 * 900
    JOIN reach d ON d.first_day = b.ordinal AND d.last_day = e.ordinal
),
-- Of each part what no part that began before it covers.
joined AS (
    SELECT
        p.resource_key AS resource_key,
        p.agent AS agent,
        p.day_key AS day_key,
        p.local_date AS local_date,
        p.login_ms AS login_ms,
        p.logout_ms AS logout_ms,
        p.start_s AS start_s,
        p.end_s AS end_s,
        MAX(p.end_s) OVER (
            PARTITION BY p.resource_key, p.day_key
            ORDER BY p.start_s, p.end_s, p.session_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS covered_to_s
    FROM parts p
)
SELECT
    j.agent AS agent,
    j.local_date AS day,
    j.day_key AS day_key,
    MIN(j.login_ms) AS first_login,
    MAX(j.logout_ms) AS last_logout,
    COUNT(*) AS sessions,
    COUNT(j.login_ms) AS logins,
    COUNT(j.logout_ms) AS logouts,
    CAST(SUM(j.end_s - j.start_s) AS bigint) AS active_s,
    CAST(SUM(GREATEST(j.end_s - GREATEST(j.start_s, COALESCE(j.covered_to_s, j.start_s)), 0)) AS bigint) AS present_s
FROM joined j
GROUP BY j.resource_key, j.agent, j.day_key, j.local_date
ORDER BY j.agent, j.resource_key, j.day_key
LIMIT $5 OFFSET $6
