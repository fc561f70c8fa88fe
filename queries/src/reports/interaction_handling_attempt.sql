-- report: interaction-handling-attempt
-- title: Interaction Handling Attempt
-- version: 1
-- question: Who tried to handle which call, how did that come about, what became of it, and how long did each part take?
-- grain: One row per attempt that started in the period, of agents, self-service, plain DNs, and of queues and routing points
--   in which a call ended. Ordered by start.
-- inputs: interaction_resource_fact, interaction_fact, irf_user_data_keys, interaction_descriptor, technical_descriptor,
--   interaction_type, resource_
-- parameter: from_s bigint = Start of the first local day, in seconds since 1970-01-01 UTC.
-- parameter: to_s bigint = Start of the local day after the last one, in seconds since 1970-01-01 UTC.
-- filter: agent text = EmployeeID of the agent.
-- filter: queue text = Name of the queue that led to the attempt.
-- filter: interaction bigint = Id of the interaction.
-- filter: call text = UUID of the call, or of the root call.
-- parameter: limit bigint = Most rows.
-- parameter: offset bigint = Rows to leave out before the first one.
-- column: interaction_id id = Id of the interaction.
-- column: attempt_id id = Id of the attempt.
-- column: root_call text = UUID of the root call.
-- column: call text = UUID of the call that the attempt was part of: another than the root call for a consultation.
-- column: ordinal bigint number = Place of the attempt among those of the interaction.
-- column: interaction_type text null = Type of the attempt's part of the interaction: INBOUND, OUTBOUND, INTERNAL or UNKNOWN.
-- column: resource text null = Agent's EmployeeID, or name of the self-service, DN, queue or routing point; null when unknown.
-- column: resource_type text null = AGENT, IVRPORT, ENDPOINT, QUEUE or ROUTINGPOINT.
-- column: dn text null = DN that was used.
-- column: role text null = How the resource came to be involved, such as ROUTEDTO or RECEIVEDTRANSFER.
-- column: result text null = How the attempt ended, such as COMPLETED or TRANSFERRED.
-- column: reason text null = Why it ended so, such as ABANDONEDWHILERINGING.
-- column: queue text null = Queue of the last passage that led to the attempt; null when there was none.
-- column: start_time time = Start of the mediation that led to the attempt, else of its alerting or dialling.
-- column: end_time time = End of the attempt, without after-call work.
-- measure: queue_s bigint s = Time in queues and on routing points that led to the attempt.
-- measure: ring_s bigint s = Alerting, of calls, consultations, transfers and conferences.
-- measure: dial_s bigint s = Dialling, for calls and consultations.
-- measure: talk_s bigint s = Talk, in calls, consultations, transfers and conferences.
-- measure: hold_s bigint s = Hold, in calls, consultations, transfers and conferences.
-- measure: acw_s bigint s = After-call work of any kind.
-- measure: customer_ring_s bigint s = Alerting of the customer's call.
-- measure: customer_talk_s bigint s = Talk with the customer on the call.
-- measure: customer_hold_s bigint s = Hold with the customer on the call.
-- measure: customer_acw_s bigint s = After-call work that followed a talk with the customer.
-- measure: consult_s bigint s = Talk in consultations, asked for or received; part of talk_s.
-- column: customer_number text null = Number of the customer: the caller's of an inbound, the dialled one of an outbound call.
-- column: service_type text null = User data ServiceType; null without one.
-- column: customer_segment text null = User data CustomerSegment; null without one.
-- column: business_result text null = User data Business Result; null without one.
-- column: stop_action bigint flag null = 1 when this resource released the call, 0 when another did, null when nobody told.
WITH page AS (
    SELECT
        i.interaction_id AS interaction_id,
        i.interaction_resource_id AS attempt_id,
        i.media_server_root_ixn_guid AS root_call,
        i.media_server_ixn_guid AS call,
        CAST(i.interaction_resource_ordinal AS bigint) AS ordinal,
        i.start_ms AS start_time,
        i.end_ms AS end_time,
        CAST(i.mediation_duration AS bigint) AS queue_s,
        CAST(i.ring_duration AS bigint) + i.cons_rcv_ring_duration + i.post_cons_xfer_ring_duration
            + i.conf_join_ring_duration AS ring_s,
        CAST(i.dial_duration AS bigint) + i.cons_init_dial_duration AS dial_s,
        CAST(i.talk_duration AS bigint) + i.cons_init_talk_duration + i.cons_rcv_talk_duration
            + i.post_cons_xfer_talk_duration + i.conf_init_talk_duration + i.conf_join_talk_duration AS talk_s,
        CAST(i.hold_duration AS bigint) + i.cons_init_hold_duration + i.cons_rcv_hold_duration
            + i.post_cons_xfer_hold_duration + i.conf_init_hold_duration + i.conf_join_hold_duration AS hold_s,
        CAST(i.after_call_work_duration AS bigint) + i.customer_acw_duration + i.cons_rcv_acw_duration AS acw_s,
        CAST(i.customer_ring_duration AS bigint) AS customer_ring_s,
        CAST(i.customer_talk_duration AS bigint) AS customer_talk_s,
        CAST(i.customer_hold_duration AS bigint) AS customer_hold_s,
        CAST(i.customer_acw_duration AS bigint) AS customer_acw_s,
        CAST(i.cons_init_talk_duration AS bigint) + i.cons_rcv_talk_duration AS consult_s,
        CAST(i.stop_action AS bigint) AS stop_action,
        i.interaction_sdt_key AS interaction_sdt_key,
        i.start_date_time_key AS start_date_time_key,
        i.interaction_type_key AS interaction_type_key,
        i.technical_descriptor_key AS technical_descriptor_key,
        i.resource_key AS resource_key,
        i.media_resource_key AS media_resource_key,
        i.mediation_resource_key AS mediation_resource_key
    FROM interaction_resource_fact i
    WHERE i.start_date_time_key >= $1 AND i.start_date_time_key < $2
        AND ($3 = '' OR i.resource_key IN (SELECT r.resource_key FROM resource_ r WHERE r.employee_id = $3))
        AND ($4 = '' OR i.mediation_resource_key IN (
            SELECT q.resource_key FROM resource_ q WHERE q.resource_name = $4 AND q.resource_key > 0
        ))
        AND ($5 = 0 OR i.interaction_id = $5)
        AND ($6 = '' OR i.media_server_ixn_guid = $6 OR i.media_server_root_ixn_guid = $6)
    ORDER BY i.start_ms, i.interaction_id, i.interaction_resource_ordinal, i.interaction_resource_id
    LIMIT $7 OFFSET $8
)
SELECT
    i.interaction_id AS interaction_id,
    i.attempt_id AS attempt_id,
    i.root_call AS root_call,
    i.call AS call,
    i.ordinal AS ordinal,
    y.interaction_type_code AS interaction_type,
    r.resource_name AS resource,
    r.resource_type_code AS resource_type,
    n.resource_name AS dn,
    d.resource_role_code AS role,
    d.technical_result_code AS result,
    d.result_reason_code AS reason,
    q.resource_name AS queue,
    i.start_time AS start_time,
    i.end_time AS end_time,
    i.queue_s AS queue_s,
    i.ring_s AS ring_s,
    i.dial_s AS dial_s,
    i.talk_s AS talk_s,
    i.hold_s AS hold_s,
    i.acw_s AS acw_s,
    i.customer_ring_s AS customer_ring_s,
    i.customer_talk_s AS customer_talk_s,
    i.customer_hold_s AS customer_hold_s,
    i.customer_acw_s AS customer_acw_s,
    i.consult_s AS consult_s,
    CASE t.interaction_type_code WHEN 'INBOUND' THEN f.source_address WHEN 'OUTBOUND' THEN f.target_address END
        AS customer_number,
    NULLIF(u.service_type, '') AS service_type,
    NULLIF(u.customer_segment, '') AS customer_segment,
    NULLIF(u.business_result, '') AS business_result,
    i.stop_action AS stop_action
FROM page i
LEFT JOIN interaction_fact f
    ON f.start_date_time_key = i.interaction_sdt_key AND f.interaction_id = i.interaction_id
    -- Only so that far days need not be read: an attempt starts within two days of its interaction.
    AND f.start_date_time_key >= $1 - 172800 AND f.start_date_time_key < $2 + 172800
LEFT JOIN irf_user_data_keys k
    ON k.start_date_time_key = i.start_date_time_key AND k.interaction_resource_id = i.attempt_id
    AND k.start_date_time_key >= $1 AND k.start_date_time_key < $2
LEFT JOIN interaction_descriptor u
    ON u.interaction_descriptor_key = k.interaction_descriptor_key AND u.interaction_descriptor_key > 0
LEFT JOIN technical_descriptor d ON d.technical_descriptor_key = i.technical_descriptor_key
LEFT JOIN interaction_type y ON y.interaction_type_key = i.interaction_type_key
LEFT JOIN interaction_type t ON t.interaction_type_key = f.interaction_type_key
-- Keys below zero stand for what is unknown or does not apply.
LEFT JOIN resource_ r ON r.resource_key = i.resource_key AND r.resource_key > 0
LEFT JOIN resource_ n ON n.resource_key = i.media_resource_key AND n.resource_key > 0
LEFT JOIN resource_ q ON q.resource_key = i.mediation_resource_key AND q.resource_key > 0
ORDER BY i.start_time, i.interaction_id, i.ordinal, i.attempt_id
