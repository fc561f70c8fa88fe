-- report: queue-summary
-- title: Queue Summary
-- version: 1
-- question: How many calls entered each queue, what became of them, and how long did they wait?
-- grain: One row per queue and local period of the entry into the queue; only where calls entered.
-- inputs: mediation_segment_fact, interaction_resource_fact, technical_descriptor, resource_, calendar
-- parameter: from_s bigint = Start of the first local day, in seconds since 1970-01-01 UTC.
-- parameter: to_s bigint = Start of the local day after the last one, in seconds since 1970-01-01 UTC.
-- parameter: tz text = Time zone of the calendar.
-- parameter: by text = Length of a period: quarter-hour, hour, day, week (from Sunday) or month.
-- parameter: short_abandon_s bigint = Longest wait of a short abandonment, in seconds.
-- parameter: accept_s bigint = Longest wait of an acceptance within the service level, in seconds.
-- filter: queue text = Name of the queue.
-- column: queue text = Name of the queue.
-- column: period period = Local quarter hour or hour with its offset, local day, first day of the week, or month.
-- column: period_key bigint epoch_s = Start of the period, in seconds since 1970-01-01 UTC.
-- measure: entered bigint count = Passages with role RECEIVED; the sum of accepted, abandoned, abandoned_invite, redirected,
--   cleared, routed_other and stopped.
-- measure: accepted bigint count = Passages that were diverted to an agent or a self-service IVR that handled the customer.
-- measure: abandoned bigint count = Passages in which the caller gave up while waiting in the queue, short ones included.
-- measure: abandoned_short bigint count = Those of the abandoned that waited no longer than short_abandon_s.
-- measure: abandoned_invite bigint count = Passages in which the caller gave up while the target was alerting.
-- measure: redirected bigint count = Passages that came back unanswered, or went on through another queue.
-- measure: cleared bigint count = Passages that the router or a rule took out of the queue.
-- measure: routed_other bigint count = Passages that were diverted to something that is neither an agent nor self-service.
-- measure: stopped bigint count = All other passages.
-- measure: avg_wait_s double s null = Mean wait of the accepted and the abandoned. An accepted one waits from entry to answer:
--   its time in the queue and its alerting at the target; an abandoned one waits its time in the queue.
-- measure: max_wait_s bigint s null = Longest wait of the accepted and the abandoned.
-- measure: asa_s double s null = Average speed of answer: mean wait of the accepted.
-- measure: service_level double ratio null = Accepted within accept_s, divided by entered without abandoned_short.
WITH passes AS (
    SELECT
        m.resource_key AS resource_key,
        CASE $4 WHEN 'quarter-hour' THEN c.date_time_key WHEN 'hour' THEN c.hour_key WHEN 'week' THEN c.week_key
            WHEN 'month' THEN c.month_key ELSE c.day_key END AS period_key,
        -- Every passage falls in exactly one class: the first that fits.
        CASE
            WHEN d.technical_result_code = 'CLEARED' THEN 'cleared'
            WHEN d.technical_result_code IN ('CUSTOMERABANDONED', 'ABANDONED')
                AND d.result_reason_code = 'ABANDONEDWHILEQUEUED' THEN 'abandoned'
            WHEN d.technical_result_code = 'REDIRECTED' THEN 'redirected'
            WHEN d.technical_result_code <> 'DIVERTED' THEN 'stopped'
            WHEN d.result_reason_code = 'ABANDONEDWHILERINGING' THEN 'abandoned_invite'
            WHEN d.result_reason_code IN ('ROUTEDONNOANSWER', 'ROUTEDFROMANOTHERVIRTUALQUEUE') THEN 'redirected'
            WHEN r.resource_type_code = 'QUEUE' THEN 'redirected'
            WHEN r.resource_type_code IN ('AGENT', 'IVRPORT') AND t.customer_handle_count > 0 THEN 'accepted'
            WHEN r.resource_type_code = 'AGENT' THEN 'stopped'
            ELSE 'routed_other'
        END AS class,
        m.end_ts - m.start_ts AS queue_s,
        CAST(COALESCE(t.customer_ring_duration, 0) AS bigint) AS ring_s
    FROM mediation_segment_fact m
    JOIN calendar c ON c.date_time_key = m.start_date_time_key AND c.tz = $3
    JOIN technical_descriptor d ON d.technical_descriptor_key = m.technical_descriptor_key
    LEFT JOIN interaction_resource_fact t
        ON t.start_date_time_key = m.target_ixn_resource_sdt_key
        AND t.interaction_resource_id = m.target_ixn_resource_id
        -- Only so that days far from the period need not be read: nothing is on its way to its target for two days.
        AND t.start_date_time_key >= $1 - 172800 AND t.start_date_time_key < $2 + 172800
    LEFT JOIN resource_ r ON r.resource_key = t.resource_key
    WHERE m.start_date_time_key >= $1 AND m.start_date_time_key < $2 AND d.resource_role_code = 'RECEIVED'
        AND ($7 = '' OR m.resource_key IN (SELECT q.resource_key FROM resource_ q WHERE q.resource_name = $7))
),
waits AS (
    SELECT
        p.resource_key AS resource_key,
        p.period_key AS period_key,
        p.class AS class,
        CASE p.class WHEN 'accepted' THEN p.queue_s + p.ring_s WHEN 'abandoned' THEN p.queue_s END AS wait_s,
        CASE p.class WHEN 'accepted' THEN p.queue_s + p.ring_s END AS answer_s
    FROM passes p
),
counts AS (
    SELECT
        w.resource_key AS resource_key,
        w.period_key AS period_key,
        COUNT(*) AS entered,
        COUNT(*) FILTER (WHERE w.class = 'accepted') AS accepted,
        COUNT(*) FILTER (WHERE w.class = 'accepted' AND w.answer_s <= $6) AS accepted_in_time,
        COUNT(*) FILTER (WHERE w.class = 'abandoned') AS abandoned,
        COUNT(*) FILTER (WHERE w.class = 'abandoned' AND w.wait_s <= $5) AS abandoned_short,
        COUNT(*) FILTER (WHERE w.class = 'abandoned_invite') AS abandoned_invite,
        COUNT(*) FILTER (WHERE w.class = 'redirected') AS redirected,
        COUNT(*) FILTER (WHERE w.class = 'cleared') AS cleared,
        COUNT(*) FILTER (WHERE w.class = 'routed_other') AS routed_other,
        COUNT(*) FILTER (WHERE w.class = 'stopped') AS stopped,
        CAST(SUM(w.wait_s) AS bigint) AS wait_s,
        COUNT(w.wait_s) AS waited,
        MAX(w.wait_s) AS max_wait_s,
        CAST(SUM(w.answer_s) AS bigint) AS answer_s
    FROM waits w
    GROUP BY w.resource_key, w.period_key
)
SELECT
    COALESCE(q.resource_name, 'unknown') AS queue,
    n.period_key AS period,
    n.period_key AS period_key,
    n.entered AS entered,
    n.accepted AS accepted,
    n.abandoned AS abandoned,
    n.abandoned_short AS abandoned_short,
    n.abandoned_invite AS abandoned_invite,
    n.redirected AS redirected,
    n.cleared AS cleared,
    n.routed_other AS routed_other,
    n.stopped AS stopped,
    CAST(n.wait_s AS double precision) / NULLIF(n.waited, 0) AS avg_wait_s,
    n.max_wait_s AS max_wait_s,
    CAST(n.answer_s AS double precision) / NULLIF(n.accepted, 0) AS asa_s,
    CAST(n.accepted_in_time AS double precision) / NULLIF(n.entered - n.abandoned_short, 0) AS service_level
FROM counts n
LEFT JOIN resource_ q ON q.resource_key = n.resource_key
ORDER BY queue, n.period_key, n.resource_key
