-- The mart as PostgreSQL keeps it: facts in range partitions by UTC day of their start (the loader makes them), dimensions,
-- calendars and control tables. Names, types and comments follow the table catalogue; a test compares them column by column.
-- Text is ordered by code point (COLLATE "C"), as the Parquet mart orders it.

CREATE TABLE interaction_fact (
    interaction_id bigint NOT NULL,
    unit_key bigint NOT NULL,
    tenant_key bigint NOT NULL,
    interaction_type_key bigint NOT NULL,
    media_type_key bigint NOT NULL,
    media_server_root_ixn_guid text COLLATE "C" NOT NULL,
    media_server_ixn_guid text COLLATE "C" NOT NULL,
    source_address text COLLATE "C",
    target_address text COLLATE "C",
    status integer NOT NULL,
    start_ts bigint NOT NULL,
    end_ts bigint NOT NULL,
    start_date_time_key bigint NOT NULL,
    end_date_time_key bigint NOT NULL,
    start_ms bigint NOT NULL,
    end_ms bigint NOT NULL,
    anchor_id bigint NOT NULL,
    anchor_sdt_key bigint NOT NULL,
    active_flag integer NOT NULL,
    revision integer NOT NULL,
    PRIMARY KEY (start_date_time_key, interaction_id)
) PARTITION BY RANGE (start_date_time_key);
CREATE INDEX interaction_fact_unit ON interaction_fact (unit_key);
COMMENT ON TABLE interaction_fact IS 'One row per customer interaction: a root call with all its transfers, consultations and conferences.';
COMMENT ON COLUMN interaction_fact.interaction_id IS 'Key of the interaction.';
COMMENT ON COLUMN interaction_fact.unit_key IS 'Unit that the row was made from: its events stand in gidb_event under the same key.';
COMMENT ON COLUMN interaction_fact.tenant_key IS 'Tenant.';
COMMENT ON COLUMN interaction_fact.interaction_type_key IS 'Inbound, outbound or internal, as in the interaction''s first attempt.';
COMMENT ON COLUMN interaction_fact.media_type_key IS 'Media; voice only.';
COMMENT ON COLUMN interaction_fact.media_server_root_ixn_guid IS 'UUID of the root call.';
COMMENT ON COLUMN interaction_fact.media_server_ixn_guid IS 'UUID of the call that the interaction began with.';
COMMENT ON COLUMN interaction_fact.source_address IS 'Number of the caller.';
COMMENT ON COLUMN interaction_fact.target_address IS 'Number that was dialled.';
COMMENT ON COLUMN interaction_fact.status IS '0 for a normal end; 1 when the end was set by rule.';
COMMENT ON COLUMN interaction_fact.start_ts IS 'Start of the interaction.';
COMMENT ON COLUMN interaction_fact.end_ts IS 'End of the interaction.';
COMMENT ON COLUMN interaction_fact.start_date_time_key IS 'Start of the quarter hour in which it started.';
COMMENT ON COLUMN interaction_fact.end_date_time_key IS 'Start of the quarter hour in which it ended.';
COMMENT ON COLUMN interaction_fact.start_ms IS 'Start of the interaction, to the millisecond.';
COMMENT ON COLUMN interaction_fact.end_ms IS 'End of the interaction, to the millisecond.';
COMMENT ON COLUMN interaction_fact.anchor_id IS 'Attempt that anchors the interaction: the first that handled it; -2 when none did.';
COMMENT ON COLUMN interaction_fact.anchor_sdt_key IS 'Start key of that attempt; -2 when there is none.';
COMMENT ON COLUMN interaction_fact.active_flag IS '1 while the interaction goes on; rows of finished calls hold 0.';
COMMENT ON COLUMN interaction_fact.revision IS 'How often the row changed after it was first loaded.';

CREATE TABLE interaction_resource_fact (
    interaction_resource_id bigint NOT NULL,
    unit_key bigint NOT NULL,
    interaction_resource_ordinal integer NOT NULL,
    tenant_key bigint NOT NULL,
    media_type_key bigint NOT NULL,
    interaction_type_key bigint NOT NULL,
    technical_descriptor_key bigint NOT NULL,
    interaction_id bigint NOT NULL,
    interaction_sdt_key bigint NOT NULL,
    resource_key bigint NOT NULL,
    media_resource_key bigint NOT NULL,
    resource_group_combination_key bigint NOT NULL,
    place_key bigint NOT NULL,
    strategy_key bigint NOT NULL,
    routing_target_key bigint NOT NULL,
    last_rp_resource_key bigint NOT NULL,
    last_queue_resource_key bigint NOT NULL,
    last_vqueue_resource_key bigint NOT NULL,
    last_ivr_resource_key bigint NOT NULL,
    mediation_segment_id bigint NOT NULL,
    mediation_start_date_time_key bigint NOT NULL,
    mediation_resource_key bigint NOT NULL,
    received_from_ixn_resource_id bigint NOT NULL,
    received_from_ixn_res_sdt_key bigint NOT NULL,
    media_server_root_ixn_guid text COLLATE "C" NOT NULL,
    media_server_ixn_guid text COLLATE "C" NOT NULL,
    partyguid text COLLATE "C" NOT NULL,
    irf_anchor integer NOT NULL,
    irf_anchor_ts bigint,
    last_interaction_resource integer NOT NULL,
    target_address text COLLATE "C",
    stop_action integer,
    agent_match text COLLATE "C",
    agent_match_distance_ms bigint,
    start_ts bigint NOT NULL,
    end_ts bigint NOT NULL,
    start_date_time_key bigint NOT NULL,
    end_date_time_key bigint NOT NULL,
    start_ms bigint NOT NULL,
    end_ms bigint NOT NULL,
    queue_duration integer NOT NULL,
    routing_point_duration integer NOT NULL,
    ivr_port_duration integer NOT NULL,
    mediation_duration integer NOT NULL,
    mediation_count integer NOT NULL,
    previous_mediation_duration integer NOT NULL,
    response_time integer NOT NULL,
    handle_count integer NOT NULL,
    customer_handle_count integer NOT NULL,
    dial_count integer NOT NULL,
    dial_duration integer NOT NULL,
    ring_count integer NOT NULL,
    ring_duration integer NOT NULL,
    talk_count integer NOT NULL,
    talk_duration integer NOT NULL,
    hold_count integer NOT NULL,
    hold_duration integer NOT NULL,
    customer_dial_count integer NOT NULL,
    customer_dial_duration integer NOT NULL,
    customer_ring_count integer NOT NULL,
    customer_ring_duration integer NOT NULL,
    customer_talk_count integer NOT NULL,
    customer_talk_duration integer NOT NULL,
    customer_hold_count integer NOT NULL,
    customer_hold_duration integer NOT NULL,
    active_flag integer NOT NULL,
    revision integer NOT NULL,
    PRIMARY KEY (start_date_time_key, interaction_resource_id)
) PARTITION BY RANGE (start_date_time_key);
CREATE INDEX interaction_resource_fact_unit ON interaction_resource_fact (unit_key);
COMMENT ON TABLE interaction_resource_fact IS 'One row per attempt of a resource to start, handle, or mediate and handle an interaction.';
COMMENT ON COLUMN interaction_resource_fact.interaction_resource_id IS 'Key of the attempt, from one number space with mediation_segment_id.';
COMMENT ON COLUMN interaction_resource_fact.unit_key IS 'Unit that the row was made from: its events stand in gidb_event under the same key.';
COMMENT ON COLUMN interaction_resource_fact.interaction_resource_ordinal IS 'Place of the attempt in the order of the interaction''s attempts, from 1.';
COMMENT ON COLUMN interaction_resource_fact.tenant_key IS 'Tenant.';
COMMENT ON COLUMN interaction_resource_fact.media_type_key IS 'Media; voice only.';
COMMENT ON COLUMN interaction_resource_fact.interaction_type_key IS 'Type of this attempt''s part of the interaction.';
COMMENT ON COLUMN interaction_resource_fact.technical_descriptor_key IS 'Role and result of the attempt.';
COMMENT ON COLUMN interaction_resource_fact.interaction_id IS 'Interaction that the attempt belongs to.';
COMMENT ON COLUMN interaction_resource_fact.interaction_sdt_key IS 'Start key of that interaction.';
COMMENT ON COLUMN interaction_resource_fact.resource_key IS 'Whose attempt it is: agent, self-service application, queue, or a DN that no agent was logged in on.';
COMMENT ON COLUMN interaction_resource_fact.media_resource_key IS 'DN that was used.';
COMMENT ON COLUMN interaction_resource_fact.resource_group_combination_key IS 'Set of groups the resource belonged to then; -2 without groups.';
COMMENT ON COLUMN interaction_resource_fact.place_key IS 'Place; a cluster has none.';
COMMENT ON COLUMN interaction_resource_fact.strategy_key IS 'Routing strategy; -2 when none is known to have been used.';
COMMENT ON COLUMN interaction_resource_fact.routing_target_key IS 'Target that the router chose; -2 when it did not tell.';
COMMENT ON COLUMN interaction_resource_fact.last_rp_resource_key IS 'Last routing point before the resource; -2 when there was none.';
COMMENT ON COLUMN interaction_resource_fact.last_queue_resource_key IS 'Last ACD queue before the resource; -2 when there was none.';
COMMENT ON COLUMN interaction_resource_fact.last_vqueue_resource_key IS 'Last virtual queue before the resource; -2 when there was none.';
COMMENT ON COLUMN interaction_resource_fact.last_ivr_resource_key IS 'Last IVR before the resource; -2 when there was none.';
COMMENT ON COLUMN interaction_resource_fact.mediation_segment_id IS 'Passage through a queue that led to the attempt; -2 when there was none.';
COMMENT ON COLUMN interaction_resource_fact.mediation_start_date_time_key IS 'Start key of that passage; -2 when there was none.';
COMMENT ON COLUMN interaction_resource_fact.mediation_resource_key IS 'Queue of that passage; -2 when there was none.';
COMMENT ON COLUMN interaction_resource_fact.received_from_ixn_resource_id IS 'Attempt that handed the interaction over; -2 when none did.';
COMMENT ON COLUMN interaction_resource_fact.received_from_ixn_res_sdt_key IS 'Start key of that attempt; -2 when there is none.';
COMMENT ON COLUMN interaction_resource_fact.media_server_root_ixn_guid IS 'UUID of the root call.';
COMMENT ON COLUMN interaction_resource_fact.media_server_ixn_guid IS 'UUID of the call that the attempt was part of.';
COMMENT ON COLUMN interaction_resource_fact.partyguid IS 'UUID of the party.';
COMMENT ON COLUMN interaction_resource_fact.irf_anchor IS '1 on the attempt that anchors the interaction.';
COMMENT ON COLUMN interaction_resource_fact.irf_anchor_ts IS 'When it became the anchor; null on other attempts.';
COMMENT ON COLUMN interaction_resource_fact.last_interaction_resource IS '1 on the last attempt of the interaction.';
COMMENT ON COLUMN interaction_resource_fact.target_address IS 'Number that the attempt reached or dialled.';
COMMENT ON COLUMN interaction_resource_fact.stop_action IS '1 when this resource released the call, 0 when another did, null when the source does not tell.';
COMMENT ON COLUMN interaction_resource_fact.agent_match IS 'How sure the agent is: final, provisional, none (nobody was logged in), unknown (the agent side was not heard); null where a resource has no agents.';
COMMENT ON COLUMN interaction_resource_fact.agent_match_distance_ms IS 'How far outside the agent''s session the delivery lay, 0 when inside; null without an agent found by time.';
COMMENT ON COLUMN interaction_resource_fact.start_ts IS 'Start of the attempt: of the mediation that led to it, else of alerting or dialling.';
COMMENT ON COLUMN interaction_resource_fact.end_ts IS 'End of the attempt, without after-call work.';
COMMENT ON COLUMN interaction_resource_fact.start_date_time_key IS 'Start of the quarter hour in which it started.';
COMMENT ON COLUMN interaction_resource_fact.end_date_time_key IS 'Start of the quarter hour in which it ended.';
COMMENT ON COLUMN interaction_resource_fact.start_ms IS 'Start of the attempt, to the millisecond.';
COMMENT ON COLUMN interaction_resource_fact.end_ms IS 'End of the attempt, to the millisecond.';
COMMENT ON COLUMN interaction_resource_fact.queue_duration IS 'Time in ACD queues that led to the attempt.';
COMMENT ON COLUMN interaction_resource_fact.routing_point_duration IS 'Time on routing points that led to the attempt.';
COMMENT ON COLUMN interaction_resource_fact.ivr_port_duration IS 'Time on IVR ports that are no self-service and led to the attempt.';
COMMENT ON COLUMN interaction_resource_fact.mediation_duration IS 'Time in mediation that led to the attempt: queues, routing points and IVR ports.';
COMMENT ON COLUMN interaction_resource_fact.mediation_count IS 'Mediation devices that led to the attempt.';
COMMENT ON COLUMN interaction_resource_fact.previous_mediation_duration IS 'Mediation that earlier attempts of the same chain had.';
COMMENT ON COLUMN interaction_resource_fact.response_time IS 'From the start of the chain''s mediation to answer or abandonment.';
COMMENT ON COLUMN interaction_resource_fact.handle_count IS '1 when the resource talked with anybody.';
COMMENT ON COLUMN interaction_resource_fact.customer_handle_count IS '1 when the resource talked with the customer.';
COMMENT ON COLUMN interaction_resource_fact.dial_count IS 'Times it dialled.';
COMMENT ON COLUMN interaction_resource_fact.dial_duration IS 'Time it dialled.';
COMMENT ON COLUMN interaction_resource_fact.ring_count IS 'Times it alerted.';
COMMENT ON COLUMN interaction_resource_fact.ring_duration IS 'Time it alerted.';
COMMENT ON COLUMN interaction_resource_fact.talk_count IS 'Times it talked.';
COMMENT ON COLUMN interaction_resource_fact.talk_duration IS 'Time it talked.';
COMMENT ON COLUMN interaction_resource_fact.hold_count IS 'Times it held the call.';
COMMENT ON COLUMN interaction_resource_fact.hold_duration IS 'Time it held the call.';
COMMENT ON COLUMN interaction_resource_fact.customer_dial_count IS 'Times it dialled for the customer.';
COMMENT ON COLUMN interaction_resource_fact.customer_dial_duration IS 'Time it dialled for the customer.';
COMMENT ON COLUMN interaction_resource_fact.customer_ring_count IS 'Times the customer''s call alerted.';
COMMENT ON COLUMN interaction_resource_fact.customer_ring_duration IS 'Time the customer''s call alerted.';
COMMENT ON COLUMN interaction_resource_fact.customer_talk_count IS 'Times it talked with the customer on the call.';
COMMENT ON COLUMN interaction_resource_fact.customer_talk_duration IS 'Time it talked with the customer on the call.';
COMMENT ON COLUMN interaction_resource_fact.customer_hold_count IS 'Times it held with the customer on the call.';
COMMENT ON COLUMN interaction_resource_fact.customer_hold_duration IS 'Time it held with the customer on the call.';
COMMENT ON COLUMN interaction_resource_fact.active_flag IS '1 while the attempt goes on; rows of finished calls hold 0.';
COMMENT ON COLUMN interaction_resource_fact.revision IS 'How often the row changed after it was first loaded.';

CREATE TABLE mediation_segment_fact (
    mediation_segment_id bigint NOT NULL,
    unit_key bigint NOT NULL,
    tenant_key bigint NOT NULL,
    interaction_type_key bigint NOT NULL,
    media_type_key bigint NOT NULL,
    resource_key bigint NOT NULL,
    resource_group_combination_key bigint NOT NULL,
    place_key bigint NOT NULL,
    technical_descriptor_key bigint NOT NULL,
    interaction_id bigint NOT NULL,
    interaction_sdt_key bigint NOT NULL,
    ixn_resource_id bigint NOT NULL,
    ixn_resource_sdt_key bigint NOT NULL,
    target_ixn_resource_id bigint NOT NULL,
    target_ixn_resource_sdt_key bigint NOT NULL,
    media_server_ixn_guid text COLLATE "C" NOT NULL,
    mediation_guid text COLLATE "C" NOT NULL,
    entry_ordinal integer NOT NULL,
    start_ts bigint NOT NULL,
    end_ts bigint NOT NULL,
    start_date_time_key bigint NOT NULL,
    end_date_time_key bigint NOT NULL,
    start_ms bigint NOT NULL,
    end_ms bigint NOT NULL,
    mediation_duration integer NOT NULL,
    active_flag integer NOT NULL,
    revision integer NOT NULL,
    PRIMARY KEY (start_date_time_key, mediation_segment_id)
) PARTITION BY RANGE (start_date_time_key);
CREATE INDEX mediation_segment_fact_unit ON mediation_segment_fact (unit_key);
COMMENT ON TABLE mediation_segment_fact IS 'One row per passage of an interaction through an ACD queue or a virtual queue.';
COMMENT ON COLUMN mediation_segment_fact.mediation_segment_id IS 'Key of the passage, from one number space with interaction_resource_id.';
COMMENT ON COLUMN mediation_segment_fact.unit_key IS 'Unit that the row was made from: its events stand in gidb_event under the same key.';
COMMENT ON COLUMN mediation_segment_fact.tenant_key IS 'Tenant.';
COMMENT ON COLUMN mediation_segment_fact.interaction_type_key IS 'Type of the interaction.';
COMMENT ON COLUMN mediation_segment_fact.media_type_key IS 'Media; voice only.';
COMMENT ON COLUMN mediation_segment_fact.resource_key IS 'The queue.';
COMMENT ON COLUMN mediation_segment_fact.resource_group_combination_key IS 'Set of groups the queue belonged to then; -2 without groups.';
COMMENT ON COLUMN mediation_segment_fact.place_key IS 'Place; a cluster has none.';
COMMENT ON COLUMN mediation_segment_fact.technical_descriptor_key IS 'Role and result of the passage.';
COMMENT ON COLUMN mediation_segment_fact.interaction_id IS 'Interaction that passed.';
COMMENT ON COLUMN mediation_segment_fact.interaction_sdt_key IS 'Start key of that interaction.';
COMMENT ON COLUMN mediation_segment_fact.ixn_resource_id IS 'Attempt in whose mediation the passage lies; -2 when there is none.';
COMMENT ON COLUMN mediation_segment_fact.ixn_resource_sdt_key IS 'Start key of that attempt; -2 when there is none.';
COMMENT ON COLUMN mediation_segment_fact.target_ixn_resource_id IS 'Attempt that the interaction was distributed to; -2 when it was not.';
COMMENT ON COLUMN mediation_segment_fact.target_ixn_resource_sdt_key IS 'Start key of that attempt; -2 when there is none.';
COMMENT ON COLUMN mediation_segment_fact.media_server_ixn_guid IS 'UUID of the call that passed.';
COMMENT ON COLUMN mediation_segment_fact.mediation_guid IS 'Id of the passage as the router gave it.';
COMMENT ON COLUMN mediation_segment_fact.entry_ordinal IS 'Which entry of the interaction into this queue it is, from 1.';
COMMENT ON COLUMN mediation_segment_fact.start_ts IS 'Entry into the queue.';
COMMENT ON COLUMN mediation_segment_fact.end_ts IS 'Leaving the queue; alerting at the target comes after it.';
COMMENT ON COLUMN mediation_segment_fact.start_date_time_key IS 'Start of the quarter hour of entry.';
COMMENT ON COLUMN mediation_segment_fact.end_date_time_key IS 'Start of the quarter hour of leaving.';
COMMENT ON COLUMN mediation_segment_fact.start_ms IS 'Entry into the queue, to the millisecond.';
COMMENT ON COLUMN mediation_segment_fact.end_ms IS 'Leaving the queue, to the millisecond.';
COMMENT ON COLUMN mediation_segment_fact.mediation_duration IS 'Time in the queue.';
COMMENT ON COLUMN mediation_segment_fact.active_flag IS '1 while the passage goes on; rows of finished calls hold 0.';
COMMENT ON COLUMN mediation_segment_fact.revision IS 'How often the row changed after it was first loaded.';

CREATE TABLE ixn_resource_state_fact (
    ixn_resource_state_fact_key bigint NOT NULL,
    unit_key bigint NOT NULL,
    tenant_key bigint NOT NULL,
    media_type_key bigint NOT NULL,
    resource_key bigint NOT NULL,
    media_resource_key bigint NOT NULL,
    place_key bigint NOT NULL,
    interaction_resource_state_key bigint NOT NULL,
    interaction_type_key bigint NOT NULL,
    interaction_resource_id bigint NOT NULL,
    interaction_resource_sdt_key bigint NOT NULL,
    target_address text COLLATE "C",
    start_ts bigint NOT NULL,
    end_ts bigint NOT NULL,
    start_date_time_key bigint NOT NULL,
    end_date_time_key bigint NOT NULL,
    start_ms bigint NOT NULL,
    end_ms bigint NOT NULL,
    total_duration integer NOT NULL,
    active_flag integer NOT NULL,
    revision integer NOT NULL,
    PRIMARY KEY (start_date_time_key, ixn_resource_state_fact_key)
) PARTITION BY RANGE (start_date_time_key);
CREATE INDEX ixn_resource_state_fact_unit ON ixn_resource_state_fact (unit_key);
COMMENT ON TABLE ixn_resource_state_fact IS 'One row per state of a handling resource on one interaction.';
COMMENT ON COLUMN ixn_resource_state_fact.ixn_resource_state_fact_key IS 'Key of the state.';
COMMENT ON COLUMN ixn_resource_state_fact.unit_key IS 'Unit that the row was made from: its events stand in gidb_event under the same key.';
COMMENT ON COLUMN ixn_resource_state_fact.tenant_key IS 'Tenant.';
COMMENT ON COLUMN ixn_resource_state_fact.media_type_key IS 'Media; voice only.';
COMMENT ON COLUMN ixn_resource_state_fact.resource_key IS 'Whose state it is.';
COMMENT ON COLUMN ixn_resource_state_fact.media_resource_key IS 'DN that was used.';
COMMENT ON COLUMN ixn_resource_state_fact.place_key IS 'Place; a cluster has none.';
COMMENT ON COLUMN ixn_resource_state_fact.interaction_resource_state_key IS 'The state.';
COMMENT ON COLUMN ixn_resource_state_fact.interaction_type_key IS 'Type of the interaction.';
COMMENT ON COLUMN ixn_resource_state_fact.interaction_resource_id IS 'Attempt that the state is part of.';
COMMENT ON COLUMN ixn_resource_state_fact.interaction_resource_sdt_key IS 'Start key of that attempt.';
COMMENT ON COLUMN ixn_resource_state_fact.target_address IS 'Number that was dialled or reached.';
COMMENT ON COLUMN ixn_resource_state_fact.start_ts IS 'Start of the state.';
COMMENT ON COLUMN ixn_resource_state_fact.end_ts IS 'End of the state.';
COMMENT ON COLUMN ixn_resource_state_fact.start_date_time_key IS 'Start of the quarter hour in which it started.';
COMMENT ON COLUMN ixn_resource_state_fact.end_date_time_key IS 'Start of the quarter hour in which it ended.';
COMMENT ON COLUMN ixn_resource_state_fact.start_ms IS 'Start of the state, to the millisecond.';
COMMENT ON COLUMN ixn_resource_state_fact.end_ms IS 'End of the state, to the millisecond.';
COMMENT ON COLUMN ixn_resource_state_fact.total_duration IS 'Length of the state.';
COMMENT ON COLUMN ixn_resource_state_fact.active_flag IS '1 while the state goes on; rows of finished calls hold 0.';
COMMENT ON COLUMN ixn_resource_state_fact.revision IS 'How often the row changed after it was first loaded.';

CREATE TABLE sm_res_session_fact (
    sm_res_session_fact_key bigint NOT NULL,
    unit_key bigint NOT NULL,
    tenant_key bigint NOT NULL,
    media_type_key bigint NOT NULL,
    resource_key bigint NOT NULL,
    media_resource_key bigint NOT NULL,
    resource_group_combination_key bigint NOT NULL,
    session_guid text COLLATE "C" NOT NULL,
    derived_flag integer NOT NULL,
    start_ts bigint NOT NULL,
    end_ts bigint NOT NULL,
    start_date_time_key bigint NOT NULL,
    end_date_time_key bigint NOT NULL,
    start_ms bigint NOT NULL,
    end_ms bigint NOT NULL,
    total_duration integer NOT NULL,
    active_flag integer NOT NULL,
    revision integer NOT NULL,
    PRIMARY KEY (start_date_time_key, sm_res_session_fact_key)
) PARTITION BY RANGE (start_date_time_key);
CREATE INDEX sm_res_session_fact_unit ON sm_res_session_fact (unit_key);
COMMENT ON TABLE sm_res_session_fact IS 'One row per login session of an agent.';
COMMENT ON COLUMN sm_res_session_fact.sm_res_session_fact_key IS 'Key of the session.';
COMMENT ON COLUMN sm_res_session_fact.unit_key IS 'Unit that the row was made from: its events stand in gidb_event under the same key.';
COMMENT ON COLUMN sm_res_session_fact.tenant_key IS 'Tenant.';
COMMENT ON COLUMN sm_res_session_fact.media_type_key IS 'Media; voice only.';
COMMENT ON COLUMN sm_res_session_fact.resource_key IS 'The agent.';
COMMENT ON COLUMN sm_res_session_fact.media_resource_key IS 'DN on which the session began.';
COMMENT ON COLUMN sm_res_session_fact.resource_group_combination_key IS 'Set of groups the agent belonged to then; -2 without groups.';
COMMENT ON COLUMN sm_res_session_fact.session_guid IS 'Login-session id as its source gave it.';
COMMENT ON COLUMN sm_res_session_fact.derived_flag IS '1 when the session was derived from what the agent did, not told by a switch.';
COMMENT ON COLUMN sm_res_session_fact.start_ts IS 'Login.';
COMMENT ON COLUMN sm_res_session_fact.end_ts IS 'Logout.';
COMMENT ON COLUMN sm_res_session_fact.start_date_time_key IS 'Start of the quarter hour of the login.';
COMMENT ON COLUMN sm_res_session_fact.end_date_time_key IS 'Start of the quarter hour of the logout.';
COMMENT ON COLUMN sm_res_session_fact.start_ms IS 'Login, to the millisecond.';
COMMENT ON COLUMN sm_res_session_fact.end_ms IS 'Logout, to the millisecond.';
COMMENT ON COLUMN sm_res_session_fact.total_duration IS 'Length of the session.';
COMMENT ON COLUMN sm_res_session_fact.active_flag IS '1 while the session goes on; rows of finished sessions hold 0.';
COMMENT ON COLUMN sm_res_session_fact.revision IS 'How often the row changed after it was first loaded.';

CREATE TABLE irf_user_data_keys (
    interaction_resource_id bigint NOT NULL,
    start_date_time_key bigint NOT NULL,
    unit_key bigint NOT NULL,
    tenant_key bigint NOT NULL,
    interaction_descriptor_key bigint NOT NULL,
    revision integer NOT NULL,
    PRIMARY KEY (start_date_time_key, interaction_resource_id)
) PARTITION BY RANGE (start_date_time_key);
CREATE INDEX irf_user_data_keys_unit ON irf_user_data_keys (unit_key);
COMMENT ON TABLE irf_user_data_keys IS 'One row per attempt: its low-cardinality user data, as references.';
COMMENT ON COLUMN irf_user_data_keys.interaction_resource_id IS 'Attempt that the user data belongs to.';
COMMENT ON COLUMN irf_user_data_keys.start_date_time_key IS 'Start key of that attempt.';
COMMENT ON COLUMN irf_user_data_keys.unit_key IS 'Unit that the row was made from: its events stand in gidb_event under the same key.';
COMMENT ON COLUMN irf_user_data_keys.tenant_key IS 'Tenant.';
COMMENT ON COLUMN irf_user_data_keys.interaction_descriptor_key IS 'Customer segment, service type, service subtype and business result.';
COMMENT ON COLUMN irf_user_data_keys.revision IS 'How often the row changed after it was first loaded.';

CREATE TABLE irf_user_data_gen_1 (
    interaction_resource_id bigint NOT NULL,
    start_date_time_key bigint NOT NULL,
    unit_key bigint NOT NULL,
    tenant_key bigint NOT NULL,
    case_id text COLLATE "C",
    customer_id text COLLATE "C",
    cause_id text COLLATE "C",
    destination_id text COLLATE "C",
    target_id text COLLATE "C",
    transaction_id text COLLATE "C",
    revenue text COLLATE "C",
    satisfaction text COLLATE "C",
    revision integer NOT NULL,
    PRIMARY KEY (start_date_time_key, interaction_resource_id)
) PARTITION BY RANGE (start_date_time_key);
CREATE INDEX irf_user_data_gen_1_unit ON irf_user_data_gen_1 (unit_key);
COMMENT ON TABLE irf_user_data_gen_1 IS 'One row per attempt: its predefined high-cardinality user data.';
COMMENT ON COLUMN irf_user_data_gen_1.interaction_resource_id IS 'Attempt that the user data belongs to.';
COMMENT ON COLUMN irf_user_data_gen_1.start_date_time_key IS 'Start key of that attempt.';
COMMENT ON COLUMN irf_user_data_gen_1.unit_key IS 'Unit that the row was made from: its events stand in gidb_event under the same key.';
COMMENT ON COLUMN irf_user_data_gen_1.tenant_key IS 'Tenant.';
COMMENT ON COLUMN irf_user_data_gen_1.case_id IS 'Value of CaseID.';
COMMENT ON COLUMN irf_user_data_gen_1.customer_id IS 'Value of CustomerID.';
COMMENT ON COLUMN irf_user_data_gen_1.cause_id IS 'Value of CauseID.';
COMMENT ON COLUMN irf_user_data_gen_1.destination_id IS 'Value of DestinationID.';
COMMENT ON COLUMN irf_user_data_gen_1.target_id IS 'Value of TargetID.';
COMMENT ON COLUMN irf_user_data_gen_1.transaction_id IS 'Value of TransactionID.';
COMMENT ON COLUMN irf_user_data_gen_1.revenue IS 'Value of Revenue, as it came.';
COMMENT ON COLUMN irf_user_data_gen_1.satisfaction IS 'Value of Satisfaction, as it came.';
COMMENT ON COLUMN irf_user_data_gen_1.revision IS 'How often the row changed after it was first loaded.';

CREATE TABLE interaction_descriptor (
    interaction_descriptor_key bigint NOT NULL,
    tenant_key bigint NOT NULL,
    customer_segment text COLLATE "C" NOT NULL,
    service_type text COLLATE "C" NOT NULL,
    service_subtype text COLLATE "C" NOT NULL,
    business_result text COLLATE "C" NOT NULL,
    PRIMARY KEY (interaction_descriptor_key)
);
COMMENT ON TABLE interaction_descriptor IS 'One row per combination of low-cardinality user data.';
COMMENT ON COLUMN interaction_descriptor.interaction_descriptor_key IS 'Key of the combination.';
COMMENT ON COLUMN interaction_descriptor.tenant_key IS 'Tenant.';
COMMENT ON COLUMN interaction_descriptor.customer_segment IS 'Value of CustomerSegment; empty without one.';
COMMENT ON COLUMN interaction_descriptor.service_type IS 'Value of ServiceType; empty without one.';
COMMENT ON COLUMN interaction_descriptor.service_subtype IS 'Value of ServiceSubType; empty without one.';
COMMENT ON COLUMN interaction_descriptor.business_result IS 'Value of Business Result; empty without one.';

CREATE TABLE resource_ (
    resource_key bigint NOT NULL,
    tenant_key bigint NOT NULL,
    resource_name text COLLATE "C" NOT NULL,
    resource_type_code text COLLATE "C" NOT NULL,
    resource_type text COLLATE "C" NOT NULL,
    resource_subtype text COLLATE "C" NOT NULL,
    employee_id text COLLATE "C",
    switch_name text COLLATE "C",
    resource_cfg_type_id integer NOT NULL,
    PRIMARY KEY (resource_key)
);
COMMENT ON TABLE resource_ IS 'One row per resource: agent, queue, routing point, IVR, or plain DN.';
COMMENT ON COLUMN resource_.resource_key IS 'Key of the resource.';
COMMENT ON COLUMN resource_.tenant_key IS 'Tenant.';
COMMENT ON COLUMN resource_.resource_name IS 'Name: an agent''s EmployeeID, a DN''s number, a queue''s name.';
COMMENT ON COLUMN resource_.resource_type_code IS 'Kind: AGENT, QUEUE, ROUTINGPOINT, IVRPORT, ENDPOINT, UNKNOWN or NONE.';
COMMENT ON COLUMN resource_.resource_type IS 'Kind in words.';
COMMENT ON COLUMN resource_.resource_subtype IS 'Finer kind, such as ACDQueue or VirtualQueue.';
COMMENT ON COLUMN resource_.employee_id IS 'EmployeeID of an agent; null for other resources.';
COMMENT ON COLUMN resource_.switch_name IS 'Switch that a DN belongs to; null for agents.';
COMMENT ON COLUMN resource_.resource_cfg_type_id IS 'Type of configuration object; 0 for resources made on the fly.';

CREATE TABLE tenant (
    tenant_key bigint NOT NULL,
    tenant_name text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_key)
);
COMMENT ON TABLE tenant IS 'One row per tenant.';
COMMENT ON COLUMN tenant.tenant_key IS 'Key of the tenant.';
COMMENT ON COLUMN tenant.tenant_name IS 'Name of the tenant.';

CREATE TABLE technical_descriptor (
    technical_descriptor_key bigint NOT NULL,
    technical_result text COLLATE "C" NOT NULL,
    technical_result_code text COLLATE "C" NOT NULL,
    result_reason text COLLATE "C" NOT NULL,
    result_reason_code text COLLATE "C" NOT NULL,
    resource_role text COLLATE "C" NOT NULL,
    resource_role_code text COLLATE "C" NOT NULL,
    role_reason text COLLATE "C" NOT NULL,
    role_reason_code text COLLATE "C" NOT NULL,
    PRIMARY KEY (technical_descriptor_key)
);
COMMENT ON TABLE technical_descriptor IS 'One row per way an attempt or a passage can come about and end.';
COMMENT ON COLUMN technical_descriptor.technical_descriptor_key IS 'Number of the combination; numbers are only ever added.';
COMMENT ON COLUMN technical_descriptor.technical_result IS 'How the attempt ended, in words.';
COMMENT ON COLUMN technical_descriptor.technical_result_code IS 'How the attempt ended.';
COMMENT ON COLUMN technical_descriptor.result_reason IS 'Why it ended so, in words.';
COMMENT ON COLUMN technical_descriptor.result_reason_code IS 'Why it ended so.';
COMMENT ON COLUMN technical_descriptor.resource_role IS 'How the resource came to be involved, in words.';
COMMENT ON COLUMN technical_descriptor.resource_role_code IS 'How the resource came to be involved.';
COMMENT ON COLUMN technical_descriptor.role_reason IS 'What refines the role, in words.';
COMMENT ON COLUMN technical_descriptor.role_reason_code IS 'What refines the role.';

CREATE TABLE interaction_type (
    interaction_type_key bigint NOT NULL,
    interaction_type text COLLATE "C" NOT NULL,
    interaction_type_code text COLLATE "C" NOT NULL,
    interaction_subtype text COLLATE "C" NOT NULL,
    interaction_subtype_code text COLLATE "C" NOT NULL,
    PRIMARY KEY (interaction_type_key)
);
COMMENT ON TABLE interaction_type IS 'One row per type of interaction.';
COMMENT ON COLUMN interaction_type.interaction_type_key IS 'Number of the type.';
COMMENT ON COLUMN interaction_type.interaction_type IS 'Type in words.';
COMMENT ON COLUMN interaction_type.interaction_type_code IS 'Type.';
COMMENT ON COLUMN interaction_type.interaction_subtype IS 'Subtype in words.';
COMMENT ON COLUMN interaction_type.interaction_subtype_code IS 'Subtype.';

CREATE TABLE media_type (
    media_type_key bigint NOT NULL,
    media_name text COLLATE "C" NOT NULL,
    media_name_code text COLLATE "C" NOT NULL,
    is_online integer NOT NULL,
    PRIMARY KEY (media_type_key)
);
COMMENT ON TABLE media_type IS 'One row per media type; voice only.';
COMMENT ON COLUMN media_type.media_type_key IS 'Number of the media type.';
COMMENT ON COLUMN media_type.media_name IS 'Name in words.';
COMMENT ON COLUMN media_type.media_name_code IS 'Code.';
COMMENT ON COLUMN media_type.is_online IS '1 for media of live conversation.';

CREATE TABLE interaction_resource_state (
    interaction_resource_state_key bigint NOT NULL,
    state_name text COLLATE "C" NOT NULL,
    state_name_code text COLLATE "C" NOT NULL,
    state_role text COLLATE "C" NOT NULL,
    state_role_code text COLLATE "C" NOT NULL,
    state_descriptor text COLLATE "C" NOT NULL,
    state_descriptor_code text COLLATE "C" NOT NULL,
    PRIMARY KEY (interaction_resource_state_key)
);
COMMENT ON TABLE interaction_resource_state IS 'One row per state that a resource can have on an interaction.';
COMMENT ON COLUMN interaction_resource_state.interaction_resource_state_key IS 'Number of the state.';
COMMENT ON COLUMN interaction_resource_state.state_name IS 'State in words.';
COMMENT ON COLUMN interaction_resource_state.state_name_code IS 'State.';
COMMENT ON COLUMN interaction_resource_state.state_role IS 'Part the resource plays, in words.';
COMMENT ON COLUMN interaction_resource_state.state_role_code IS 'Part the resource plays.';
COMMENT ON COLUMN interaction_resource_state.state_descriptor IS 'What refines the state, in words.';
COMMENT ON COLUMN interaction_resource_state.state_descriptor_code IS 'What refines the state.';

CREATE TABLE date_time (
    date_time_key bigint NOT NULL,
    date_time_30min_key bigint NOT NULL,
    date_time_hour_key bigint NOT NULL,
    date_time_day_key bigint NOT NULL,
    date_time_next_day_key bigint NOT NULL,
    date_time_week_key bigint NOT NULL,
    date_time_month_key bigint NOT NULL,
    date_time_quarter_key bigint NOT NULL,
    date_time_year_key bigint NOT NULL,
    cal_year_num integer NOT NULL,
    cal_quarter_num_in_year integer NOT NULL,
    cal_month_num_in_year integer NOT NULL,
    cal_day_num_in_month integer NOT NULL,
    cal_day_num_in_week integer NOT NULL,
    cal_day_num_in_year integer NOT NULL,
    cal_hour_num_in_day integer NOT NULL,
    cal_15min_num_in_hour integer NOT NULL,
    label_yyyy text COLLATE "C" NOT NULL,
    label_yyyy_qq text COLLATE "C" NOT NULL,
    label_yyyy_mm text COLLATE "C" NOT NULL,
    label_yyyy_mm_dd text COLLATE "C" NOT NULL,
    label_yyyy_mm_dd_hh24 text COLLATE "C" NOT NULL,
    label_yyyy_mm_dd_hh24_15int text COLLATE "C" NOT NULL,
    PRIMARY KEY (date_time_key)
);
COMMENT ON TABLE date_time IS 'One row per quarter hour in UTC, with the periods around it.';
COMMENT ON COLUMN date_time.date_time_key IS 'Start of the quarter hour.';
COMMENT ON COLUMN date_time.date_time_30min_key IS 'Start of its half hour.';
COMMENT ON COLUMN date_time.date_time_hour_key IS 'Start of its hour.';
COMMENT ON COLUMN date_time.date_time_day_key IS 'Start of its day.';
COMMENT ON COLUMN date_time.date_time_next_day_key IS 'Start of the following day.';
COMMENT ON COLUMN date_time.date_time_week_key IS 'Start of its week; weeks begin on Sunday.';
COMMENT ON COLUMN date_time.date_time_month_key IS 'Start of its month.';
COMMENT ON COLUMN date_time.date_time_quarter_key IS 'Start of its quarter of the year.';
COMMENT ON COLUMN date_time.date_time_year_key IS 'Start of its year.';
COMMENT ON COLUMN date_time.cal_year_num IS 'Year.';
COMMENT ON COLUMN date_time.cal_quarter_num_in_year IS 'Quarter of the year, 1 to 4.';
COMMENT ON COLUMN date_time.cal_month_num_in_year IS 'Month of the year, 1 to 12.';
COMMENT ON COLUMN date_time.cal_day_num_in_month IS 'Day of the month, from 1.';
COMMENT ON COLUMN date_time.cal_day_num_in_week IS 'Day of the week, 1 for Sunday.';
COMMENT ON COLUMN date_time.cal_day_num_in_year IS 'Day of the year, from 1.';
COMMENT ON COLUMN date_time.cal_hour_num_in_day IS 'Hour of the day, 0 to 23.';
COMMENT ON COLUMN date_time.cal_15min_num_in_hour IS 'Quarter of the hour, 1 to 4.';
COMMENT ON COLUMN date_time.label_yyyy IS 'Year as text.';
COMMENT ON COLUMN date_time.label_yyyy_qq IS 'Quarter of the year as text.';
COMMENT ON COLUMN date_time.label_yyyy_mm IS 'Month as text.';
COMMENT ON COLUMN date_time.label_yyyy_mm_dd IS 'Day as text.';
COMMENT ON COLUMN date_time.label_yyyy_mm_dd_hh24 IS 'Hour as text.';
COMMENT ON COLUMN date_time.label_yyyy_mm_dd_hh24_15int IS 'Quarter hour as text.';

CREATE TABLE calendar (
    tz text COLLATE "C" NOT NULL,
    date_time_key bigint NOT NULL,
    hour_key bigint NOT NULL,
    day_key bigint NOT NULL,
    week_key bigint NOT NULL,
    month_key bigint NOT NULL,
    utc_offset_s integer NOT NULL,
    local_hour integer NOT NULL,
    local_date text COLLATE "C" NOT NULL,
    local_hour_label text COLLATE "C" NOT NULL,
    PRIMARY KEY (tz, date_time_key)
);
COMMENT ON TABLE calendar IS 'One row per quarter hour and time zone, with the local hour and day it belongs to.';
COMMENT ON COLUMN calendar.tz IS 'Name of the time zone.';
COMMENT ON COLUMN calendar.date_time_key IS 'Start of the quarter hour.';
COMMENT ON COLUMN calendar.hour_key IS 'Start of the local hour.';
COMMENT ON COLUMN calendar.day_key IS 'Start of the local day.';
COMMENT ON COLUMN calendar.week_key IS 'Start of the local week; weeks begin on Sunday.';
COMMENT ON COLUMN calendar.month_key IS 'Start of the local month.';
COMMENT ON COLUMN calendar.utc_offset_s IS 'Local time minus UTC, in seconds.';
COMMENT ON COLUMN calendar.local_hour IS 'Local hour of the day, 0 to 23.';
COMMENT ON COLUMN calendar.local_date IS 'Local day as text.';
COMMENT ON COLUMN calendar.local_hour_label IS 'Local hour as text; the offset tells the two hours of a clock set back apart.';

CREATE TABLE ctl_coverage (
    source text COLLATE "C" NOT NULL,
    switch_name text COLLATE "C" NOT NULL,
    role text COLLATE "C" NOT NULL,
    from_ms bigint NOT NULL,
    to_ms bigint NOT NULL,
    state text COLLATE "C" NOT NULL,
    events bigint NOT NULL,
    watermark_ms bigint NOT NULL,
    stopped_flag integer NOT NULL,
    PRIMARY KEY (source, from_ms)
);
COMMENT ON TABLE ctl_coverage IS 'One row per complete stretch of a source, and one without a stretch for a source that was expected and never heard.';
COMMENT ON COLUMN ctl_coverage.source IS 'Name of the source.';
COMMENT ON COLUMN ctl_coverage.switch_name IS 'Switch that the source speaks of.';
COMMENT ON COLUMN ctl_coverage.role IS 'What the collector takes the source for: i-proxy, t-controller or vq.';
COMMENT ON COLUMN ctl_coverage.from_ms IS 'Start of the stretch; 0 for a source never heard.';
COMMENT ON COLUMN ctl_coverage.to_ms IS 'End of the stretch (exclusive); 0 for a source never heard.';
COMMENT ON COLUMN ctl_coverage.state IS 'complete, never-heard, or incomplete: heard, but no stretch is known to be complete.';
COMMENT ON COLUMN ctl_coverage.events IS 'Events of the source that were extracted, whatever the stretch.';
COMMENT ON COLUMN ctl_coverage.watermark_ms IS 'Time up to which everything expected of the source has arrived; 0 when never heard.';
COMMENT ON COLUMN ctl_coverage.stopped_flag IS '1 when the source stopped in good order.';

CREATE TABLE ctl_restatement (
    table_name text COLLATE "C" NOT NULL,
    fact_key bigint NOT NULL,
    start_date_time_key bigint NOT NULL,
    unit_key bigint NOT NULL,
    load_number bigint NOT NULL,
    change text COLLATE "C" NOT NULL,
    columns text COLLATE "C" NOT NULL,
    cause text COLLATE "C" NOT NULL,
    restated_ms bigint NOT NULL,
    PRIMARY KEY (table_name, fact_key, load_number)
);
COMMENT ON TABLE ctl_restatement IS 'One row per fact that changed after it was first loaded into this mart.';
COMMENT ON COLUMN ctl_restatement.table_name IS 'Table of the fact.';
COMMENT ON COLUMN ctl_restatement.fact_key IS 'Key of the fact.';
COMMENT ON COLUMN ctl_restatement.start_date_time_key IS 'Start key of the fact before the change.';
COMMENT ON COLUMN ctl_restatement.unit_key IS 'Unit of the fact.';
COMMENT ON COLUMN ctl_restatement.load_number IS 'Number of the load that changed it, of this mart.';
COMMENT ON COLUMN ctl_restatement.change IS 'changed, or removed.';
COMMENT ON COLUMN ctl_restatement.columns IS 'What changed: column, old and new value, as JSON.';
COMMENT ON COLUMN ctl_restatement.cause IS 'The event that was the reason: source, epoch and seq.';
COMMENT ON COLUMN ctl_restatement.restated_ms IS 'When this mart loaded the change, by its own clock.';

CREATE TABLE ctl_reject (
    reject_key bigint NOT NULL,
    unit_key bigint NOT NULL,
    source text COLLATE "C" NOT NULL,
    identity text COLLATE "C" NOT NULL,
    time_ms bigint NOT NULL,
    reason text COLLATE "C" NOT NULL,
    detail text COLLATE "C" NOT NULL,
    input bytea NOT NULL,
    log text COLLATE "C" NOT NULL,
    log_segment bigint NOT NULL,
    log_offset bigint NOT NULL,
    PRIMARY KEY (reject_key)
);
COMMENT ON TABLE ctl_reject IS 'One row per input that could not be read or transformed.';
COMMENT ON COLUMN ctl_reject.reject_key IS 'Key of the reject.';
COMMENT ON COLUMN ctl_reject.unit_key IS 'Unit of the reject.';
COMMENT ON COLUMN ctl_reject.source IS 'Source that the input came from.';
COMMENT ON COLUMN ctl_reject.identity IS 'Epoch and seq that identify it.';
COMMENT ON COLUMN ctl_reject.time_ms IS 'When it happened by the source''s clock; 0 when that is not known.';
COMMENT ON COLUMN ctl_reject.reason IS 'Why it was rejected.';
COMMENT ON COLUMN ctl_reject.detail IS 'What is wrong in this case.';
COMMENT ON COLUMN ctl_reject.input IS 'The input as it came.';
COMMENT ON COLUMN ctl_reject.log IS 'Log that holds it.';
COMMENT ON COLUMN ctl_reject.log_segment IS 'Segment of that log.';
COMMENT ON COLUMN ctl_reject.log_offset IS 'Offset in that segment, in bytes.';

CREATE TABLE ctl_load (
    log text COLLATE "C" NOT NULL,
    log_segment bigint NOT NULL,
    log_offset bigint NOT NULL,
    load_number bigint NOT NULL,
    loaded_ms bigint NOT NULL,
    PRIMARY KEY (log)
);
COMMENT ON TABLE ctl_load IS 'One row per log: up to where this mart contains it.';
COMMENT ON COLUMN ctl_load.log IS 'Name of the log.';
COMMENT ON COLUMN ctl_load.log_segment IS 'Segment up to which it is contained.';
COMMENT ON COLUMN ctl_load.log_offset IS 'Offset in that segment, in bytes.';
COMMENT ON COLUMN ctl_load.load_number IS 'Number of the load that reached it.';
COMMENT ON COLUMN ctl_load.loaded_ms IS 'When, by this mart''s own clock.';

-- What reports and people look facts up by.
CREATE INDEX interaction_fact_root_guid ON interaction_fact (media_server_root_ixn_guid);
CREATE INDEX interaction_resource_fact_interaction ON interaction_resource_fact (interaction_id);
CREATE INDEX interaction_resource_fact_resource ON interaction_resource_fact (resource_key, start_date_time_key);
CREATE INDEX mediation_segment_fact_resource ON mediation_segment_fact (resource_key, start_date_time_key);
