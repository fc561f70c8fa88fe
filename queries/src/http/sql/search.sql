WITH found AS (
    SELECT
        f.interaction_id AS interaction_id,
        f.media_server_root_ixn_guid AS call_uuid,
        f.interaction_type_key AS interaction_type_key,
        f.start_ms AS start_ms,
        f.end_ms AS end_ms,
        f.source_address AS source_address,
        f.target_address AS target_address
    FROM interaction_fact f
    WHERE f.start_date_time_key >= $1 - 900 AND f.start_date_time_key < $2 AND f.start_ts >= $1 AND f.start_ts < $2
        /* filters */
    ORDER BY f.start_ms DESC, f.interaction_id DESC
    /* page */
),
attempts AS (
    SELECT
        a.interaction_id AS interaction_id,
        COUNT(*) AS attempts,
        -- One attempt is the last one.
        MAX(CASE WHEN a.last_interaction_resource = 1 THEN a.technical_descriptor_key END) AS last_descriptor_key
    FROM interaction_resource_fact a
    WHERE a.interaction_id IN (SELECT i.interaction_id FROM found i)
        -- Only so that days far from the period need not be read: no interaction goes on for two days.
        AND a.start_date_time_key >= $1 - 900 AND a.start_date_time_key < $2 + 172800
    GROUP BY a.interaction_id
),
handlers AS (
    SELECT
        a.interaction_id AS interaction_id,
        r.employee_id AS employee_id,
        ROW_NUMBER() OVER (
            PARTITION BY a.interaction_id ORDER BY a.interaction_resource_ordinal, a.interaction_resource_id
        ) AS place
    FROM interaction_resource_fact a
    JOIN resource_ r ON r.resource_key = a.resource_key AND r.resource_type_code = 'AGENT'
    WHERE a.interaction_id IN (SELECT i.interaction_id FROM found i) AND a.handle_count > 0
        AND a.start_date_time_key >= $1 - 900 AND a.start_date_time_key < $2 + 172800
),
passages AS (
    SELECT
        m.interaction_id AS interaction_id,
        m.resource_key AS resource_key,
        ROW_NUMBER() OVER (
            PARTITION BY m.interaction_id ORDER BY m.start_ms DESC, m.end_ms DESC, m.mediation_segment_id DESC
        ) AS from_last
    FROM mediation_segment_fact m
    WHERE m.interaction_id IN (SELECT i.interaction_id FROM found i)
        AND m.start_date_time_key >= $1 - 900 AND m.start_date_time_key < $2 + 172800
)
SELECT
    i.interaction_id AS interaction_id,
    i.call_uuid AS call_uuid,
    COALESCE(t.interaction_type_code, 'UNKNOWN') AS interaction_type,
    i.start_ms AS started,
    i.end_ms AS ended,
    i.end_ms - i.start_ms AS duration_ms,
    i.source_address AS source_address,
    i.target_address AS target_address,
    q.resource_name AS queue,
    h.employee_id AS agent,
    d.technical_result_code AS result,
    d.result_reason_code AS reason,
    COALESCE(n.attempts, 0) AS attempts
FROM found i
LEFT JOIN interaction_type t ON t.interaction_type_key = i.interaction_type_key
LEFT JOIN attempts n ON n.interaction_id = i.interaction_id
LEFT JOIN technical_descriptor d ON d.technical_descriptor_key = n.last_descriptor_key
LEFT JOIN passages p ON p.interaction_id = i.interaction_id AND p.from_last = 1
LEFT JOIN resource_ q ON q.resource_key = p.resource_key
LEFT JOIN handlers h ON h.interaction_id = i.interaction_id AND h.place = 1
ORDER BY i.start_ms DESC, i.interaction_id DESC
