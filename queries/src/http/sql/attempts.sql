SELECT
    a.interaction_resource_id AS attempt_id,
    a.interaction_resource_ordinal AS ordinal,
    a.media_server_ixn_guid AS call_uuid,
    a.partyguid AS party_uuid,
    r.resource_name AS resource,
    r.resource_type_code AS resource_type,
    r.employee_id AS agent,
    d.resource_name AS dn,
    COALESCE(t.resource_role_code, 'UNKNOWN') AS role,
    COALESCE(t.technical_result_code, 'UNSPECIFIED') AS result,
    COALESCE(t.result_reason_code, 'UNSPECIFIED') AS reason,
    COALESCE(y.interaction_type_code, 'UNKNOWN') AS interaction_type,
    q.resource_name AS queue,
    v.resource_name AS last_virtual_queue,
    p.resource_name AS last_routing_point,
    i.resource_name AS last_ivr,
    CASE WHEN a.mediation_segment_id >= 0 THEN a.mediation_segment_id END AS passage_id,
    CASE WHEN a.received_from_ixn_resource_id >= 0 THEN a.received_from_ixn_resource_id END AS received_from_attempt_id,
    a.target_address AS target_address,
    a.start_ms AS started,
    a.end_ms AS ended,
    a.end_ms - a.start_ms AS duration_ms,
    a.irf_anchor AS is_anchor,
    a.last_interaction_resource AS is_last,
    a.stop_action AS released_call,
    a.agent_match AS agent_match,
    a.agent_match_distance_ms AS agent_match_distance_ms,
    a.revision AS revision
FROM interaction_resource_fact a
LEFT JOIN resource_ r ON r.resource_key = a.resource_key AND r.resource_key >= 0
LEFT JOIN resource_ d ON d.resource_key = a.media_resource_key AND d.resource_key >= 0
LEFT JOIN resource_ q ON q.resource_key = a.mediation_resource_key AND q.resource_key >= 0
LEFT JOIN resource_ v ON v.resource_key = a.last_vqueue_resource_key AND v.resource_key >= 0
LEFT JOIN resource_ p ON p.resource_key = a.last_rp_resource_key AND p.resource_key >= 0
LEFT JOIN resource_ i ON i.resource_key = a.last_ivr_resource_key AND i.resource_key >= 0
LEFT JOIN technical_descriptor t ON t.technical_descriptor_key = a.technical_descriptor_key
LEFT JOIN interaction_type y ON y.interaction_type_key = a.interaction_type_key
WHERE a.interaction_id = $1 AND a.start_date_time_key >= $2 AND a.start_date_time_key < $3
ORDER BY a.interaction_resource_ordinal, a.interaction_resource_id
