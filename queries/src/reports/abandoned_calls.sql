-- report: abandoned-calls
-- title: Abandoned Calls
-- version: 1
-- question: Which callers gave up, when, where, after how long a wait, and under which number can they be called back?
-- grain: One row per attempt that started in the period and that the customer gave up; a call that waits in several queues at
--   once is one row, in the last of them that it entered. Calls of colleagues are not listed. Ordered by the time of giving up.
-- inputs: interaction_resource_fact, interaction_fact, ixn_resource_state_fact, irf_user_data_keys, interaction_descriptor,
--   interaction_resource_state, technical_descriptor, interaction_type, resource_
-- parameter: from_s bigint = Start of the first local day, in seconds since 1970-01-01 UTC.
-- parameter: to_s bigint = Start of the local day after the last one, in seconds since 1970-01-01 UTC.
-- filter: queue text = Name of the queue.
-- filter: agent text = EmployeeID of the agent with whom the call rang or was on hold.
-- parameter: limit bigint = Most rows.
-- parameter: offset bigint = Rows to leave out before the first one.
-- column: abandoned_time time = When the caller gave up.
-- column: customer_number text null = Number to call back: the caller's of an inbound, the dialled one of an outbound call.
-- column: queue text null = Queue that led to the attempt; null when there was none.
-- column: how text = QUEUED, RINGING or ONHOLD.
-- column: agent text null = EmployeeID of the agent with whom the call rang or was on hold; null otherwise.
-- measure: wait_s bigint s = QUEUED and RINGING: from entry into the queue, or from alerting without one, to giving up. ONHOLD:
--   the last hold.
-- measure: earlier_wait_s bigint s = Time in queues that led to attempts before this one which were not answered.
-- column: service_type text null = User data ServiceType; null without one.
-- column: customer_segment text null = User data CustomerSegment; null without one.
-- column: start_time time = Entry into the queue, or start of alerting without one.
-- column: interaction_id id = Id of the interaction.
-- column: attempt_id id = Id of the attempt.
-- column: root_call text = UUID of the root call.
WITH given_up AS (
    SELECT
        i.interaction_id AS interaction_id,
        i.interaction_sdt_key AS interaction_sdt_key,
        i.interaction_resource_id AS attempt_id,
        i.start_date_time_key AS sdt_key,
        i.media_server_root_ixn_guid AS root_call,
        i.start_ms AS start_ms,
        i.end_ms AS end_ms,
        i.end_ts - i.start_ts AS length_s,
        CAST(i.customer_hold_duration AS bigint) AS hold_s,
        CAST(i.previous_mediation_duration AS bigint) AS earlier_wait_s,
        r.employee_id AS agent,
        q.resource_name AS queue,
        CASE d.result_reason_code WHEN 'ABANDONEDWHILEQUEUED' THEN 'QUEUED' WHEN 'ABANDONEDFROMHOLD' THEN 'ONHOLD'
            ELSE 'RINGING' END AS how
    FROM interaction_resource_fact i
    JOIN technical_descriptor d ON d.technical_descriptor_key = i.technical_descriptor_key
    LEFT JOIN resource_ r ON r.resource_key = i.resource_key AND r.resource_key > 0
    LEFT JOIN resource_ q ON q.resource_key = i.mediation_resource_key AND q.resource_key > 0
    WHERE i.start_date_time_key >= $1 AND i.start_date_time_key < $2
        AND d.technical_result_code = 'CUSTOMERABANDONED'
        AND ($3 = '' OR q.resource_name = $3)
        AND ($4 = '' OR r.employee_id = $4)
),
holds AS (
    SELECT g.sdt_key AS sdt_key, g.attempt_id AS attempt_id, MAX(s.end_ts - s.start_ts) AS hold_s
    FROM given_up g
    JOIN ixn_resource_state_fact s
        ON s.interaction_resource_sdt_key = g.sdt_key AND s.interaction_resource_id = g.attempt_id AND s.end_ms = g.end_ms
    JOIN interaction_resource_state x ON x.interaction_resource_state_key = s.interaction_resource_state_key
    WHERE g.how = 'ONHOLD' AND x.state_name_code = 'HOLD'
        -- Only so that far days need not be read: a hold begins within two days of its attempt.
        AND s.start_date_time_key >= $1 AND s.start_date_time_key < $2 + 172800
    GROUP BY g.sdt_key, g.attempt_id
)
SELECT
    g.end_ms AS abandoned_time,
    CASE t.interaction_type_code WHEN 'INBOUND' THEN f.source_address WHEN 'OUTBOUND' THEN f.target_address END
        AS customer_number,
    g.queue AS queue,
    g.how AS how,
    g.agent AS agent,
    CASE WHEN g.how = 'ONHOLD' THEN COALESCE(h.hold_s, g.hold_s) ELSE g.length_s END AS wait_s,
    g.earlier_wait_s AS earlier_wait_s,
    NULLIF(u.service_type, '') AS service_type,
    NULLIF(u.customer_segment, '') AS customer_segment,
    g.start_ms AS start_time,
    g.interaction_id AS interaction_id,
    g.attempt_id AS attempt_id,
    g.root_call AS root_call
FROM given_up g
LEFT JOIN holds h ON h.sdt_key = g.sdt_key AND h.attempt_id = g.attempt_id
LEFT JOIN interaction_fact f
    ON f.start_date_time_key = g.interaction_sdt_key AND f.interaction_id = g.interaction_id
    -- Only so that far days need not be read: an attempt starts within two days of its interaction.
    AND f.start_date_time_key >= $1 - 172800 AND f.start_date_time_key < $2 + 172800
LEFT JOIN interaction_type t ON t.interaction_type_key = f.interaction_type_key
LEFT JOIN irf_user_data_keys k
    ON k.start_date_time_key = g.sdt_key AND k.interaction_resource_id = g.attempt_id
    AND k.start_date_time_key >= $1 AND k.start_date_time_key < $2
LEFT JOIN interaction_descriptor u
    ON u.interaction_descriptor_key = k.interaction_descriptor_key AND u.interaction_descriptor_key > 0
ORDER BY g.end_ms, g.interaction_id, g.attempt_id
LIMIT $5 OFFSET $6
