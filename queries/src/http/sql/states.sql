SELECT
    f.interaction_resource_id AS attempt_id,
    COALESCE(s.state_name_code, 'UNKNOWN') AS state,
    COALESCE(s.state_role_code, 'UNKNOWN') AS state_role,
    COALESCE(s.state_descriptor_code, 'NONE') AS state_descriptor,
    f.start_ms AS started,
    f.end_ms AS ended,
    f.end_ms - f.start_ms AS duration_ms
FROM ixn_resource_state_fact f
LEFT JOIN interaction_resource_state s ON s.interaction_resource_state_key = f.interaction_resource_state_key
WHERE f.unit_key = $1 AND f.start_date_time_key >= $2 AND f.start_date_time_key < $3
ORDER BY f.start_ms, f.end_ms, f.ixn_resource_state_fact_key
