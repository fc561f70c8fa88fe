-- report: interaction-flow
-- title: Interaction Flow
-- version: 1
-- question: Which way did a call go: which queues, which resources, in which states, one after the other?
-- grain: One row per attempt, per passage through a queue and per state of an attempt, of the interactions that started in
--   the period. Ordered by interaction and start; of what starts at once, passages stand before attempts, and those before states.
-- inputs: interaction_fact, interaction_resource_fact, mediation_segment_fact, ixn_resource_state_fact, technical_descriptor,
--   interaction_resource_state, resource_
-- parameter: from_s bigint = Start of the first local day, in seconds since 1970-01-01 UTC.
-- parameter: to_s bigint = Start of the local day after the last one, in seconds since 1970-01-01 UTC.
-- filter: interaction bigint = Id of the interaction.
-- filter: call text = UUID of the root call, or of another call of the interaction.
-- parameter: limit bigint = Most rows.
-- parameter: offset bigint = Rows to leave out before the first one.
-- column: interaction_id id = Id of the interaction.
-- column: root_call text = UUID of the root call.
-- column: kind text = ATTEMPT, QUEUE or STATE.
-- column: call text null = UUID of the call that the attempt or the passage was part of.
-- column: attempt_id id null = Attempt, attempt that the state is part of, or attempt to which the passage led; null when it
--   led to none.
-- column: resource text null = Agent's EmployeeID, or name of the self-service, DN, queue or routing point; null when unknown.
-- column: resource_type text null = AGENT, IVRPORT, ENDPOINT, QUEUE or ROUTINGPOINT.
-- column: dn text null = DN that was used; null of passages.
-- column: queue text null = Queue of a passage, or of the last passage that led to an attempt.
-- column: role text null = How the resource came to be involved; null of states.
-- column: result text null = How the attempt or passage ended; null of states.
-- column: reason text null = Why it ended so; null of states.
-- column: state text null = State: INITIATE, ALERT, CONNECT, HOLD or WRAP; null of attempts and passages.
-- column: state_detail text null = What refines the state: NONE, CONSULT, CONFERENCE or POSTTRANSFER.
-- column: start_time time = Start.
-- column: end_time time = End.
-- measure: duration_s bigint s = From start to end, to the second.
WITH chosen AS (
    SELECT
        f.interaction_id AS interaction_id,
        f.start_date_time_key AS sdt_key,
        f.start_ms AS began_ms,
        f.media_server_root_ixn_guid AS root_call
    FROM interaction_fact f
    WHERE f.start_date_time_key >= $1 AND f.start_date_time_key < $2
        AND ($3 = 0 OR f.interaction_id = $3)
        AND (
            $4 = '' OR f.media_server_root_ixn_guid = $4 OR f.interaction_id IN (
                SELECT i.interaction_id
                FROM interaction_resource_fact i
                WHERE i.media_server_ixn_guid = $4
                    AND i.start_date_time_key >= $1 - 172800 AND i.start_date_time_key < $2 + 172800
            )
        )
),
-- Parts of an interaction are looked for within two days of it, so that days far from the period need not be read.
attempts AS (
    SELECT
        c.interaction_id AS interaction_id,
        c.began_ms AS began_ms,
        c.root_call AS root_call,
        i.media_server_ixn_guid AS call,
        i.interaction_resource_id AS attempt_id,
        i.start_date_time_key AS attempt_sdt_key,
        i.interaction_resource_ordinal AS ordinal,
        i.resource_key AS resource_key,
        i.media_resource_key AS dn_key,
        i.mediation_resource_key AS queue_key,
        i.technical_descriptor_key AS descriptor_key,
        i.start_ms AS start_ms,
        i.end_ms AS end_ms,
        i.end_ts - i.start_ts AS duration_s
    FROM chosen c
    JOIN interaction_resource_fact i ON i.interaction_sdt_key = c.sdt_key AND i.interaction_id = c.interaction_id
    WHERE i.start_date_time_key >= $1 - 172800 AND i.start_date_time_key < $2 + 172800
),
parts AS (
    SELECT
        a.interaction_id AS interaction_id, a.began_ms AS began_ms, a.root_call AS root_call, 2 AS rank, 'ATTEMPT' AS kind,
        a.call AS call, a.attempt_id AS attempt_id, a.ordinal AS ordinal, a.attempt_id AS part_id,
        a.resource_key AS resource_key, a.dn_key AS dn_key, a.queue_key AS queue_key,
        a.descriptor_key AS descriptor_key, CAST(-2 AS bigint) AS state_key,
        a.start_ms AS start_ms, a.end_ms AS end_ms, a.duration_s AS duration_s
    FROM attempts a
    UNION ALL
    SELECT
        c.interaction_id AS interaction_id, c.began_ms AS began_ms, c.root_call AS root_call, 1 AS rank, 'QUEUE' AS kind,
        m.media_server_ixn_guid AS call, m.ixn_resource_id AS attempt_id, m.entry_ordinal AS ordinal,
        m.mediation_segment_id AS part_id,
        m.resource_key AS resource_key, CAST(-2 AS bigint) AS dn_key, m.resource_key AS queue_key,
        m.technical_descriptor_key AS descriptor_key, CAST(-2 AS bigint) AS state_key,
        m.start_ms AS start_ms, m.end_ms AS end_ms, m.end_ts - m.start_ts AS duration_s
    FROM chosen c
    JOIN mediation_segment_fact m ON m.interaction_sdt_key = c.sdt_key AND m.interaction_id = c.interaction_id
    WHERE m.start_date_time_key >= $1 - 172800 AND m.start_date_time_key < $2 + 172800
    UNION ALL
    SELECT
        a.interaction_id AS interaction_id, a.began_ms AS began_ms, a.root_call AS root_call, 3 AS rank, 'STATE' AS kind,
        a.call AS call, a.attempt_id AS attempt_id, a.ordinal AS ordinal, s.ixn_resource_state_fact_key AS part_id,
        s.resource_key AS resource_key, s.media_resource_key AS dn_key, a.queue_key AS queue_key,
        CAST(-2 AS bigint) AS descriptor_key, s.interaction_resource_state_key AS state_key,
        s.start_ms AS start_ms, s.end_ms AS end_ms, s.end_ts - s.start_ts AS duration_s
    FROM attempts a
    JOIN ixn_resource_state_fact s
        ON s.interaction_resource_sdt_key = a.attempt_sdt_key AND s.interaction_resource_id = a.attempt_id
    WHERE s.start_date_time_key >= $1 - 172800 AND s.start_date_time_key < $2 + 345600
),
page AS (
    SELECT
        p.interaction_id AS interaction_id, p.began_ms AS began_ms, p.root_call AS root_call, p.kind AS kind,
        p.call AS call, p.attempt_id AS attempt_id, p.rank AS rank, p.ordinal AS ordinal, p.part_id AS part_id,
        p.resource_key AS resource_key, p.dn_key AS dn_key, p.queue_key AS queue_key,
        p.descriptor_key AS descriptor_key, p.state_key AS state_key,
        p.start_ms AS start_ms, p.end_ms AS end_ms, p.duration_s AS duration_s
    FROM parts p
    ORDER BY p.began_ms, p.interaction_id, p.start_ms, p.rank, p.ordinal, p.end_ms, p.part_id
    LIMIT $5 OFFSET $6
)
SELECT
    s.interaction_id AS interaction_id,
    s.root_call AS root_call,
    s.kind AS kind,
    s.call AS call,
    NULLIF(s.attempt_id, -2) AS attempt_id,
    r.resource_name AS resource,
    r.resource_type_code AS resource_type,
    n.resource_name AS dn,
    q.resource_name AS queue,
    d.resource_role_code AS role,
    d.technical_result_code AS result,
    d.result_reason_code AS reason,
    x.state_name_code AS state,
    x.state_descriptor_code AS state_detail,
    s.start_ms AS start_time,
    s.end_ms AS end_time,
    s.duration_s AS duration_s
FROM page s
-- Keys below zero stand for what is unknown or does not apply.
LEFT JOIN resource_ r ON r.resource_key = s.resource_key AND r.resource_key > 0
LEFT JOIN resource_ n ON n.resource_key = s.dn_key AND n.resource_key > 0
LEFT JOIN resource_ q ON q.resource_key = s.queue_key AND q.resource_key > 0
LEFT JOIN technical_descriptor d
    ON d.technical_descriptor_key = s.descriptor_key AND d.technical_descriptor_key > 0
LEFT JOIN interaction_resource_state x
    ON x.interaction_resource_state_key = s.state_key AND x.interaction_resource_state_key > 0
ORDER BY s.began_ms, s.interaction_id, s.start_ms, s.rank, s.ordinal, s.end_ms, s.part_id
