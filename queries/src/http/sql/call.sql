SELECT found.interaction_id AS interaction_id
FROM (
    SELECT f.interaction_id AS interaction_id FROM interaction_fact f WHERE f.media_server_root_ixn_guid = $1
    UNION
    SELECT a.interaction_id AS interaction_id FROM interaction_resource_fact a WHERE a.media_server_ixn_guid = $1
    UNION
    SELECT m.interaction_id AS interaction_id FROM mediation_segment_fact m WHERE m.media_server_ixn_guid = $1
) found
ORDER BY found.interaction_id
LIMIT 1
