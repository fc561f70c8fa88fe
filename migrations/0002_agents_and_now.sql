-- Agents' states and reasons, after-call work, consultations, conferences and transfers, and what goes on now.

ALTER TABLE interaction_resource_fact
    ADD COLUMN after_call_work_count integer NOT NULL DEFAULT 0,
    ADD COLUMN after_call_work_duration integer NOT NULL DEFAULT 0,
    ADD COLUMN customer_acw_count integer NOT NULL DEFAULT 0,
    ADD COLUMN customer_acw_duration integer NOT NULL DEFAULT 0,
    ADD COLUMN post_cons_xfer_ring_count integer NOT NULL DEFAULT 0,
    ADD COLUMN post_cons_xfer_ring_duration integer NOT NULL DEFAULT 0,
    ADD COLUMN post_cons_xfer_talk_count integer NOT NULL DEFAULT 0,
    ADD COLUMN post_cons_xfer_talk_duration integer NOT NULL DEFAULT 0,
    ADD COLUMN post_cons_xfer_hold_count integer NOT NULL DEFAULT 0,
    ADD COLUMN post_cons_xfer_hold_duration integer NOT NULL DEFAULT 0,
    ADD COLUMN conference_initiated_count integer NOT NULL DEFAULT 0,
    ADD COLUMN conf_init_talk_count integer NOT NULL DEFAULT 0,
    ADD COLUMN conf_init_talk_duration integer NOT NULL DEFAULT 0,
    ADD COLUMN conf_init_hold_count integer NOT NULL DEFAULT 0,
    ADD COLUMN conf_init_hold_duration integer NOT NULL DEFAULT 0,
    ADD COLUMN conf_join_ring_count integer NOT NULL DEFAULT 0,
    ADD COLUMN conf_join_ring_duration integer NOT NULL DEFAULT 0,
    ADD COLUMN conf_join_talk_count integer NOT NULL DEFAULT 0,
    ADD COLUMN conf_join_talk_duration integer NOT NULL DEFAULT 0,
    ADD COLUMN conf_join_hold_count integer NOT NULL DEFAULT 0,
    ADD COLUMN conf_join_hold_duration integer NOT NULL DEFAULT 0,
    ADD COLUMN cons_init_dial_count integer NOT NULL DEFAULT 0,
    ADD COLUMN cons_init_dial_duration integer NOT NULL DEFAULT 0,
    ADD COLUMN cons_init_talk_count integer NOT NULL DEFAULT 0,
    ADD COLUMN cons_init_talk_duration integer NOT NULL DEFAULT 0,
    ADD COLUMN cons_init_hold_count integer NOT NULL DEFAULT 0,
    ADD COLUMN cons_init_hold_duration integer NOT NULL DEFAULT 0,
    ADD COLUMN cons_rcv_ring_count integer NOT NULL DEFAULT 0,
    ADD COLUMN cons_rcv_ring_duration integer NOT NULL DEFAULT 0,
    ADD COLUMN cons_rcv_talk_count integer NOT NULL DEFAULT 0,
    ADD COLUMN cons_rcv_talk_duration integer NOT NULL DEFAULT 0,
    ADD COLUMN cons_rcv_hold_count integer NOT NULL DEFAULT 0,
    ADD COLUMN cons_rcv_hold_duration integer NOT NULL DEFAULT 0,
    ADD COLUMN cons_rcv_acw_count integer NOT NULL DEFAULT 0,
    ADD COLUMN cons_rcv_acw_duration integer NOT NULL DEFAULT 0,
    ADD COLUMN agent_to_agent_cons_count integer NOT NULL DEFAULT 0,
    ADD COLUMN agent_to_agent_cons_duration integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN interaction_resource_fact.after_call_work_count IS '1 when after-call work followed in which the customer had no part.';
COMMENT ON COLUMN interaction_resource_fact.after_call_work_duration IS 'Time of that after-call work.';
COMMENT ON COLUMN interaction_resource_fact.customer_acw_count IS '1 when after-call work followed a talk with the customer.';
COMMENT ON COLUMN interaction_resource_fact.customer_acw_duration IS 'Time of that after-call work.';
COMMENT ON COLUMN interaction_resource_fact.post_cons_xfer_ring_count IS 'Times the call alerted after it was received by a consult transfer.';
COMMENT ON COLUMN interaction_resource_fact.post_cons_xfer_ring_duration IS 'Time of that alerting.';
COMMENT ON COLUMN interaction_resource_fact.post_cons_xfer_talk_count IS 'Times it talked after it received the call by a consult transfer.';
COMMENT ON COLUMN interaction_resource_fact.post_cons_xfer_talk_duration IS 'Time of that talk.';
COMMENT ON COLUMN interaction_resource_fact.post_cons_xfer_hold_count IS 'Times it held after it received the call by a consult transfer.';
COMMENT ON COLUMN interaction_resource_fact.post_cons_xfer_hold_duration IS 'Time of that hold.';
COMMENT ON COLUMN interaction_resource_fact.conference_initiated_count IS '1 when the resource made a conference of the call.';
COMMENT ON COLUMN interaction_resource_fact.conf_init_talk_count IS 'Times it talked in a conference that it made.';
COMMENT ON COLUMN interaction_resource_fact.conf_init_talk_duration IS 'Time of that talk.';
COMMENT ON COLUMN interaction_resource_fact.conf_init_hold_count IS 'Times it held in a conference that it made.';
COMMENT ON COLUMN interaction_resource_fact.conf_init_hold_duration IS 'Time of that hold.';
COMMENT ON COLUMN interaction_resource_fact.conf_join_ring_count IS 'Times the call alerted when it was asked into a conference.';
COMMENT ON COLUMN interaction_resource_fact.conf_join_ring_duration IS 'Time of that alerting.';
COMMENT ON COLUMN interaction_resource_fact.conf_join_talk_count IS 'Times it talked in a conference that it was asked into.';
COMMENT ON COLUMN interaction_resource_fact.conf_join_talk_duration IS 'Time of that talk.';
COMMENT ON COLUMN interaction_resource_fact.conf_join_hold_count IS 'Times it held in a conference that it was asked into.';
COMMENT ON COLUMN interaction_resource_fact.conf_join_hold_duration IS 'Time of that hold.';
COMMENT ON COLUMN interaction_resource_fact.cons_init_dial_count IS 'Times it dialled for a consultation.';
COMMENT ON COLUMN interaction_resource_fact.cons_init_dial_duration IS 'Time of that dialling.';
COMMENT ON COLUMN interaction_resource_fact.cons_init_talk_count IS 'Times it talked in a consultation that it asked for.';
COMMENT ON COLUMN interaction_resource_fact.cons_init_talk_duration IS 'Time of that talk.';
COMMENT ON COLUMN interaction_resource_fact.cons_init_hold_count IS 'Times it held in a consultation that it asked for.';
COMMENT ON COLUMN interaction_resource_fact.cons_init_hold_duration IS 'Time of that hold.';
COMMENT ON COLUMN interaction_resource_fact.cons_rcv_ring_count IS 'Times a consultation alerted.';
COMMENT ON COLUMN interaction_resource_fact.cons_rcv_ring_duration IS 'Time of that alerting.';
COMMENT ON COLUMN interaction_resource_fact.cons_rcv_talk_count IS 'Times it talked when it was consulted.';
COMMENT ON COLUMN interaction_resource_fact.cons_rcv_talk_duration IS 'Time of that talk.';
COMMENT ON COLUMN interaction_resource_fact.cons_rcv_hold_count IS 'Times it held when it was consulted.';
COMMENT ON COLUMN interaction_resource_fact.cons_rcv_hold_duration IS 'Time of that hold.';
COMMENT ON COLUMN interaction_resource_fact.cons_rcv_acw_count IS '1 when after-call work followed a consultation that never became the customer''s call.';
COMMENT ON COLUMN interaction_resource_fact.cons_rcv_acw_duration IS 'Time of that after-call work.';
COMMENT ON COLUMN interaction_resource_fact.agent_to_agent_cons_count IS '1 when a consultation that it asked for was answered by an agent.';
COMMENT ON COLUMN interaction_resource_fact.agent_to_agent_cons_duration IS 'Talk of that consultation.';

CREATE TABLE sm_res_state_fact (
    sm_res_state_fact_key bigint NOT NULL,
    unit_key bigint NOT NULL,
    tenant_key bigint NOT NULL,
    media_type_key bigint NOT NULL,
    resource_key bigint NOT NULL,
    media_resource_key bigint NOT NULL,
    resource_group_combination_key bigint NOT NULL,
    resource_state_key bigint NOT NULL,
    sm_res_session_fact_key bigint NOT NULL,
    sm_res_session_fact_sdt_key bigint NOT NULL,
    start_ts bigint NOT NULL,
    end_ts bigint NOT NULL,
    start_date_time_key bigint NOT NULL,
    end_date_time_key bigint NOT NULL,
    start_ms bigint NOT NULL,
    end_ms bigint NOT NULL,
    total_duration integer NOT NULL,
    active_flag integer NOT NULL,
    revision integer NOT NULL,
    PRIMARY KEY (start_date_time_key, sm_res_state_fact_key)
) PARTITION BY RANGE (start_date_time_key);
CREATE INDEX sm_res_state_fact_unit ON sm_res_state_fact (unit_key);
COMMENT ON TABLE sm_res_state_fact IS 'One row per state of an agent in a login session, one after the other from login to logout; ended states only.';
COMMENT ON COLUMN sm_res_state_fact.sm_res_state_fact_key IS 'Key of the state.';
COMMENT ON COLUMN sm_res_state_fact.unit_key IS 'Unit that the row was made from: its events stand in gidb_event under the same key.';
COMMENT ON COLUMN sm_res_state_fact.tenant_key IS 'Tenant.';
COMMENT ON COLUMN sm_res_state_fact.media_type_key IS 'Media; voice only.';
COMMENT ON COLUMN sm_res_state_fact.resource_key IS 'The agent.';
COMMENT ON COLUMN sm_res_state_fact.media_resource_key IS 'DN of the session.';
COMMENT ON COLUMN sm_res_state_fact.resource_group_combination_key IS 'Set of groups the agent belonged to then; -2 without groups.';
COMMENT ON COLUMN sm_res_state_fact.resource_state_key IS 'The state.';
COMMENT ON COLUMN sm_res_state_fact.sm_res_session_fact_key IS 'Login session that the state is part of.';
COMMENT ON COLUMN sm_res_state_fact.sm_res_session_fact_sdt_key IS 'Start key of that session.';
COMMENT ON COLUMN sm_res_state_fact.start_ts IS 'Start of the state.';
COMMENT ON COLUMN sm_res_state_fact.end_ts IS 'End of the state.';
COMMENT ON COLUMN sm_res_state_fact.start_date_time_key IS 'Start of the quarter hour in which it started.';
COMMENT ON COLUMN sm_res_state_fact.end_date_time_key IS 'Start of the quarter hour in which it ended.';
COMMENT ON COLUMN sm_res_state_fact.start_ms IS 'Start of the state, to the millisecond.';
COMMENT ON COLUMN sm_res_state_fact.end_ms IS 'End of the state, to the millisecond.';
COMMENT ON COLUMN sm_res_state_fact.total_duration IS 'Length of the state.';
COMMENT ON COLUMN sm_res_state_fact.active_flag IS '1 while the state goes on; rows of ended states hold 0.';
COMMENT ON COLUMN sm_res_state_fact.revision IS 'How often the row changed after it was first loaded.';

CREATE TABLE sm_res_state_reason_fact (
    sm_res_state_reason_fact_key bigint NOT NULL,
    unit_key bigint NOT NULL,
    tenant_key bigint NOT NULL,
    media_type_key bigint NOT NULL,
    resource_key bigint NOT NULL,
    resource_group_combination_key bigint NOT NULL,
    resource_state_key bigint NOT NULL,
    resource_state_reason_key bigint NOT NULL,
    sm_res_state_fact_key bigint NOT NULL,
    sm_res_state_fact_sdt_key bigint NOT NULL,
    start_ts bigint NOT NULL,
    end_ts bigint NOT NULL,
    start_date_time_key bigint NOT NULL,
    end_date_time_key bigint NOT NULL,
    start_ms bigint NOT NULL,
    end_ms bigint NOT NULL,
    total_duration integer NOT NULL,
    active_flag integer NOT NULL,
    revision integer NOT NULL,
    PRIMARY KEY (start_date_time_key, sm_res_state_reason_fact_key)
) PARTITION BY RANGE (start_date_time_key);
CREATE INDEX sm_res_state_reason_fact_unit ON sm_res_state_reason_fact (unit_key);
COMMENT ON TABLE sm_res_state_reason_fact IS 'One row per reason within a state of an agent.';
COMMENT ON COLUMN sm_res_state_reason_fact.sm_res_state_reason_fact_key IS 'Key of the reason''s stretch.';
COMMENT ON COLUMN sm_res_state_reason_fact.unit_key IS 'Unit that the row was made from: its events stand in gidb_event under the same key.';
COMMENT ON COLUMN sm_res_state_reason_fact.tenant_key IS 'Tenant.';
COMMENT ON COLUMN sm_res_state_reason_fact.media_type_key IS 'Media; voice only.';
COMMENT ON COLUMN sm_res_state_reason_fact.resource_key IS 'The agent.';
COMMENT ON COLUMN sm_res_state_reason_fact.resource_group_combination_key IS 'Set of groups the agent belonged to then; -2 without groups.';
COMMENT ON COLUMN sm_res_state_reason_fact.resource_state_key IS 'The state.';
COMMENT ON COLUMN sm_res_state_reason_fact.resource_state_reason_key IS 'The reason.';
COMMENT ON COLUMN sm_res_state_reason_fact.sm_res_state_fact_key IS 'State that the reason was given for.';
COMMENT ON COLUMN sm_res_state_reason_fact.sm_res_state_fact_sdt_key IS 'Start key of that state.';
COMMENT ON COLUMN sm_res_state_reason_fact.start_ts IS 'Start of the reason.';
COMMENT ON COLUMN sm_res_state_reason_fact.end_ts IS 'End of the reason.';
COMMENT ON COLUMN sm_res_state_reason_fact.start_date_time_key IS 'Start of the quarter hour in which it started.';
COMMENT ON COLUMN sm_res_state_reason_fact.end_date_time_key IS 'Start of the quarter hour in which it ended.';
COMMENT ON COLUMN sm_res_state_reason_fact.start_ms IS 'Start of the reason, to the millisecond.';
COMMENT ON COLUMN sm_res_state_reason_fact.end_ms IS 'End of the reason, to the millisecond.';
COMMENT ON COLUMN sm_res_state_reason_fact.total_duration IS 'Length of the reason.';
COMMENT ON COLUMN sm_res_state_reason_fact.active_flag IS '1 while the reason goes on; rows of ended ones hold 0.';
COMMENT ON COLUMN sm_res_state_reason_fact.revision IS 'How often the row changed after it was first loaded.';

CREATE TABLE resource_state_reason (
    resource_state_reason_key bigint NOT NULL,
    tenant_key bigint NOT NULL,
    reason_type text COLLATE "C" NOT NULL,
    reason_type_code text COLLATE "C" NOT NULL,
    hardware_reason text COLLATE "C" NOT NULL,
    software_reason_key text COLLATE "C" NOT NULL,
    software_reason_value text COLLATE "C" NOT NULL,
    workmode text COLLATE "C" NOT NULL,
    workmode_code text COLLATE "C" NOT NULL,
    PRIMARY KEY (resource_state_reason_key)
);
COMMENT ON TABLE resource_state_reason IS 'One row per reason that an agent gave for a state.';
COMMENT ON COLUMN resource_state_reason.resource_state_reason_key IS 'Key of the reason.';
COMMENT ON COLUMN resource_state_reason.tenant_key IS 'Tenant.';
COMMENT ON COLUMN resource_state_reason.reason_type IS 'Whether the agent''s software or the device told it, in words.';
COMMENT ON COLUMN resource_state_reason.reason_type_code IS 'HARDWARE or SOFTWARE.';
COMMENT ON COLUMN resource_state_reason.hardware_reason IS 'Reason that the device told; empty for the software''s.';
COMMENT ON COLUMN resource_state_reason.software_reason_key IS 'Key of the software''s reason; empty for the device''s.';
COMMENT ON COLUMN resource_state_reason.software_reason_value IS 'Value of the software''s reason; empty for the device''s.';
COMMENT ON COLUMN resource_state_reason.workmode IS 'Work mode in words.';
COMMENT ON COLUMN resource_state_reason.workmode_code IS 'Work mode.';

CREATE TABLE resource_state (
    resource_state_key bigint NOT NULL,
    state_type text COLLATE "C" NOT NULL,
    state_type_code text COLLATE "C" NOT NULL,
    state_name text COLLATE "C" NOT NULL,
    state_name_code text COLLATE "C" NOT NULL,
    PRIMARY KEY (resource_state_key)
);
COMMENT ON TABLE resource_state IS 'One row per state of an agent.';
COMMENT ON COLUMN resource_state.resource_state_key IS 'Number of the state.';
COMMENT ON COLUMN resource_state.state_type IS 'Class of the state, whatever the media, in words.';
COMMENT ON COLUMN resource_state.state_type_code IS 'Class of the state, whatever the media.';
COMMENT ON COLUMN resource_state.state_name IS 'State in words.';
COMMENT ON COLUMN resource_state.state_name_code IS 'State.';

CREATE TABLE open_interaction (
    interaction_id bigint NOT NULL,
    unit_key bigint NOT NULL,
    tenant_key bigint NOT NULL,
    interaction_type_key bigint NOT NULL,
    media_type_key bigint NOT NULL,
    media_server_root_ixn_guid text COLLATE "C" NOT NULL,
    source_address text COLLATE "C",
    target_address text COLLATE "C",
    start_ms bigint NOT NULL,
    state_code text COLLATE "C" NOT NULL,
    state_since_ms bigint NOT NULL,
    resource_key bigint NOT NULL,
    media_resource_key bigint NOT NULL,
    queue_resource_key bigint NOT NULL,
    queue_entered_ms bigint,
    handled_count integer NOT NULL,
    PRIMARY KEY (interaction_id)
);
CREATE INDEX open_interaction_unit ON open_interaction (unit_key);
COMMENT ON TABLE open_interaction IS 'One row per interaction whose root call has not ended.';
COMMENT ON COLUMN open_interaction.interaction_id IS 'Key of the interaction, as in interaction_fact later.';
COMMENT ON COLUMN open_interaction.unit_key IS 'Unit that the row was made from: its events stand in gidb_event under the same key.';
COMMENT ON COLUMN open_interaction.tenant_key IS 'Tenant.';
COMMENT ON COLUMN open_interaction.interaction_type_key IS 'Inbound, outbound or internal.';
COMMENT ON COLUMN open_interaction.media_type_key IS 'Media; voice only.';
COMMENT ON COLUMN open_interaction.media_server_root_ixn_guid IS 'UUID of the root call.';
COMMENT ON COLUMN open_interaction.source_address IS 'Number of the caller.';
COMMENT ON COLUMN open_interaction.target_address IS 'Number that was dialled.';
COMMENT ON COLUMN open_interaction.start_ms IS 'Start of the interaction, to the millisecond.';
COMMENT ON COLUMN open_interaction.state_code IS 'Where it is now: IVR, QUEUED, DIALING, ALERTING, CONNECTED, HELD, or UNKNOWN.';
COMMENT ON COLUMN open_interaction.state_since_ms IS 'Since when it is so, to the millisecond.';
COMMENT ON COLUMN open_interaction.resource_key IS 'Who has it now: agent, IVR, routing point or DN; -1 when that is not known.';
COMMENT ON COLUMN open_interaction.media_resource_key IS 'DN or device that it is at now; -1 when that is not known.';
COMMENT ON COLUMN open_interaction.queue_resource_key IS 'Virtual or ACD queue that it waits in now, or else the last one that it was in; -2 when there was none.';
COMMENT ON COLUMN open_interaction.queue_entered_ms IS 'When it entered that queue, to the millisecond; null when there was none.';
COMMENT ON COLUMN open_interaction.handled_count IS 'Agents who talked with the customer so far.';

CREATE TABLE open_agent (
    sm_res_session_fact_key bigint NOT NULL,
    unit_key bigint NOT NULL,
    tenant_key bigint NOT NULL,
    resource_key bigint NOT NULL,
    media_resource_key bigint NOT NULL,
    session_guid text COLLATE "C" NOT NULL,
    login_ms bigint NOT NULL,
    resource_state_key bigint NOT NULL,
    state_since_ms bigint NOT NULL,
    resource_state_reason_key bigint NOT NULL,
    interaction_id bigint NOT NULL,
    media_server_root_ixn_guid text COLLATE "C",
    PRIMARY KEY (sm_res_session_fact_key)
);
CREATE INDEX open_agent_unit ON open_agent (unit_key);
COMMENT ON TABLE open_agent IS 'One row per login session that has not ended.';
COMMENT ON COLUMN open_agent.sm_res_session_fact_key IS 'Key of the session, as in sm_res_session_fact later.';
COMMENT ON COLUMN open_agent.unit_key IS 'Unit that the row was made from: its events stand in gidb_event under the same key.';
COMMENT ON COLUMN open_agent.tenant_key IS 'Tenant.';
COMMENT ON COLUMN open_agent.resource_key IS 'The agent.';
COMMENT ON COLUMN open_agent.media_resource_key IS 'DN of the session.';
COMMENT ON COLUMN open_agent.session_guid IS 'Login-session id as its source gave it.';
COMMENT ON COLUMN open_agent.login_ms IS 'Login, to the millisecond.';
COMMENT ON COLUMN open_agent.resource_state_key IS 'State now.';
COMMENT ON COLUMN open_agent.state_since_ms IS 'Since when, to the millisecond.';
COMMENT ON COLUMN open_agent.resource_state_reason_key IS 'Reason of the state; -2 without one.';
COMMENT ON COLUMN open_agent.interaction_id IS 'Interaction that the agent is busy with, the last one that began; -2 when there is none.';
COMMENT ON COLUMN open_agent.media_server_root_ixn_guid IS 'UUID of that interaction''s root call; null when there is none.';

CREATE INDEX sm_res_state_fact_resource ON sm_res_state_fact (resource_key, start_date_time_key);
