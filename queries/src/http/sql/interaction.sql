SELECT
    f.interaction_id AS interaction_id,
    f.start_date_time_key AS start_date_time_key,
    f.unit_key AS unit_key,
    f.media_server_root_ixn_guid AS call_uuid,
    COALESCE(t.interaction_type_code, 'UNKNOWN') AS interaction_type,
    COALESCE(m.media_name_code, 'UNKNOWN') AS media,
    n.tenant_name AS tenant,
    f.source_address AS source_address,
    f.target_address AS target_address,
    f.start_ms AS started,
    f.end_ms AS ended,
    f.end_ms - f.start_ms AS duration_ms,
    f.status AS status,
    CASE WHEN f.anchor_id >= 0 THEN f.anchor_id END AS anchor_attempt_id,
    f.revision AS revision
FROM interaction_fact f
LEFT JOIN interaction_type t ON t.interaction_type_key = f.interaction_type_key
LEFT JOIN media_type m ON m.media_type_key = f.media_type_key
LEFT JOIN tenant n ON n.tenant_key = f.tenant_key
WHERE f.interaction_id = $1
ORDER BY f.start_date_time_key
LIMIT 1
