SELECT
    r.resource_name AS agent,
    d.resource_name AS dn,
    a.session_guid AS session,
    a.login_ms AS logged_in,
    COALESCE(s.state_name_code, 'UNKNOWN') AS state,
    a.state_since_ms AS state_since,
    CASE
        WHEN e.hardware_reason <> '' THEN e.hardware_reason
        WHEN e.software_reason_value <> '' THEN e.software_reason_value
        WHEN e.software_reason_key <> '' THEN e.software_reason_key
    END AS reason,
    e.workmode_code AS workmode,
    CASE WHEN a.interaction_id >= 0 THEN a.interaction_id END AS interaction_id,
    a.media_server_root_ixn_guid AS call_uuid
FROM open_agent a
LEFT JOIN resource_ r ON r.resource_key = a.resource_key AND r.resource_key >= 0
LEFT JOIN resource_ d ON d.resource_key = a.media_resource_key AND d.resource_key >= 0
LEFT JOIN resource_state s ON s.resource_state_key = a.resource_state_key
LEFT JOIN resource_state_reason e
    ON e.resource_state_reason_key = a.resource_state_reason_key AND e.resource_state_reason_key >= 0
ORDER BY r.resource_name, a.login_ms, a.sm_res_session_fact_key
