SELECT
    m.mediation_segment_id AS passage_id,
    m.mediation_guid AS passage_uuid,
    m.media_server_ixn_guid AS call_uuid,
    q.resource_name AS queue,
    m.entry_ordinal AS entry_ordinal,
    COALESCE(t.resource_role_code, 'UNKNOWN') AS role,
    COALESCE(t.technical_result_code, 'UNSPECIFIED') AS result,
    COALESCE(t.result_reason_code, 'UNSPECIFIED') AS reason,
    m.start_ms AS started,
    m.end_ms AS ended,
    m.end_ms - m.start_ms AS duration_ms,
    CASE WHEN m.target_ixn_resource_id >= 0 THEN m.target_ixn_resource_id END AS target_attempt_id,
    m.revision AS revision
FROM mediation_segment_fact m
LEFT JOIN resource_ q ON q.resource_key = m.resource_key AND q.resource_key >= 0
LEFT JOIN technical_descriptor t ON t.technical_descriptor_key = m.technical_descriptor_key
WHERE m.interaction_id = $1 AND m.start_date_time_key >= $2 AND m.start_date_time_key < $3
ORDER BY m.start_ms, m.end_ms, m.mediation_segment_id
