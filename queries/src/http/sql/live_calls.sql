SELECT
    o.interaction_id AS interaction_id,
    o.media_server_root_ixn_guid AS call_uuid,
    COALESCE(t.interaction_type_code, 'UNKNOWN') AS interaction_type,
    o.source_address AS source_address,
    o.target_address AS target_address,
    o.start_ms AS started,
    o.state_code AS state,
    o.state_since_ms AS state_since,
    r.resource_name AS resource,
    r.employee_id AS agent,
    d.resource_name AS dn,
    q.resource_name AS queue,
    o.queue_entered_ms AS queue_entered,
    o.handled_count AS handled_count
FROM open_interaction o
LEFT JOIN interaction_type t ON t.interaction_type_key = o.interaction_type_key
LEFT JOIN resource_ r ON r.resource_key = o.resource_key AND r.resource_key >= 0
LEFT JOIN resource_ d ON d.resource_key = o.media_resource_key AND d.resource_key >= 0
LEFT JOIN resource_ q ON q.resource_key = o.queue_resource_key AND q.resource_key >= 0
ORDER BY o.start_ms, o.interaction_id
