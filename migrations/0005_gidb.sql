-- The GIDB tables: calls, parties, routing, user data and agents' sessions as Interaction Concentrator keeps them, made beside the
-- facts where the settings ask for it ([gidb] tables). The key begins with the unit, so that its index serves their replacement too.

CREATE TABLE g_call (
    id bigint NOT NULL,
    unit_key bigint NOT NULL,
    gsys_partition bigint NOT NULL,
    callid text COLLATE "C" NOT NULL,
    parentcallid text COLLATE "C",
    mergecallid text COLLATE "C",
    mergetype integer,
    connid text COLLATE "C",
    connidnum text COLLATE "C",
    irid text COLLATE "C" NOT NULL,
    rootirid text COLLATE "C" NOT NULL,
    calltype integer NOT NULL,
    mediatype integer NOT NULL,
    callani text COLLATE "C",
    calldnis text COLLATE "C",
    tenantid bigint NOT NULL,
    created bigint NOT NULL,
    created_ts bigint NOT NULL,
    created_tcode bigint NOT NULL,
    terminated bigint NOT NULL,
    terminated_ts bigint NOT NULL,
    terminated_tcode bigint NOT NULL,
    PRIMARY KEY (unit_key, gsys_partition, id)
) PARTITION BY RANGE (gsys_partition);
COMMENT ON TABLE g_call IS 'One row per call of an interaction that ended. Left out of Interaction Concentrator''s: State (rows are of calls that ended, the others are in open_interaction) and with it LastChange (which is Terminated), SwitchCallID, and GSYS columns that are reserved or number rows within one database.';
COMMENT ON COLUMN g_call.id IS 'Key of the row.';
COMMENT ON COLUMN g_call.unit_key IS 'Unit that the row was made from: its events stand in gidb_event under the same key.';
COMMENT ON COLUMN g_call.gsys_partition IS 'Start of the quarter hour in which the interaction began; the marts partition by its UTC day, so that all rows of the interaction are together.';
COMMENT ON COLUMN g_call.callid IS 'UUID of the call.';
COMMENT ON COLUMN g_call.parentcallid IS 'UUID of the main call of a consult call; null for other calls.';
COMMENT ON COLUMN g_call.mergecallid IS 'UUID of the call that this one was merged into by a transfer or conference; null when it was not.';
COMMENT ON COLUMN g_call.mergetype IS 'How it was merged: 1 transfer, 2 conference (dictionary 30; the numbers are Callmart''s); null when it was not.';
COMMENT ON COLUMN g_call.connid IS 'Connection id, 16 hexadecimal digits; null when the source has none.';
COMMENT ON COLUMN g_call.connidnum IS 'The same as a decimal number, as text, for it may be larger than a bigint.';
COMMENT ON COLUMN g_call.irid IS 'Interaction record of the call: each call opens one, under its own UUID.';
COMMENT ON COLUMN g_call.rootirid IS 'Interaction record of the root call: media_server_root_ixn_guid of interaction_fact.';
COMMENT ON COLUMN g_call.calltype IS '0 unknown, 1 internal, 2 inbound, 3 outbound, 4 consult (dictionary 1001).';
COMMENT ON COLUMN g_call.mediatype IS '0 voice; nothing else is told.';
COMMENT ON COLUMN g_call.callani IS 'Number of the caller.';
COMMENT ON COLUMN g_call.calldnis IS 'Number that was dialled.';
COMMENT ON COLUMN g_call.tenantid IS 'Tenant, as tenant_key in tenant.';
COMMENT ON COLUMN g_call.created IS 'Begin of the call, to the millisecond.';
COMMENT ON COLUMN g_call.created_ts IS 'The same moment in whole seconds.';
COMMENT ON COLUMN g_call.created_tcode IS 'Start of its quarter hour: date_time_key in date_time.';
COMMENT ON COLUMN g_call.terminated IS 'End of the call, to the millisecond.';
COMMENT ON COLUMN g_call.terminated_ts IS 'The same moment in whole seconds.';
COMMENT ON COLUMN g_call.terminated_tcode IS 'Start of its quarter hour: date_time_key in date_time.';

CREATE TABLE g_call_history (
    chid bigint NOT NULL,
    unit_key bigint NOT NULL,
    gsys_partition bigint NOT NULL,
    callid text COLLATE "C" NOT NULL,
    cseq integer NOT NULL,
    changetype integer NOT NULL,
    refid text COLLATE "C",
    added bigint NOT NULL,
    added_ts bigint NOT NULL,
    added_tcode bigint NOT NULL,
    PRIMARY KEY (unit_key, gsys_partition, chid)
) PARTITION BY RANGE (gsys_partition);
COMMENT ON TABLE g_call_history IS 'One row per change of a call itself. Its changes and those of its parties (g_party_history) are one order, (CallID, CSeq), without holes.';
COMMENT ON COLUMN g_call_history.chid IS 'Key of the row.';
COMMENT ON COLUMN g_call_history.unit_key IS 'Unit that the row was made from: its events stand in gidb_event under the same key.';
COMMENT ON COLUMN g_call_history.gsys_partition IS 'Start of the quarter hour in which the interaction began; the marts partition by its UTC day, so that all rows of the interaction are together.';
COMMENT ON COLUMN g_call_history.callid IS 'UUID of the call.';
COMMENT ON COLUMN g_call_history.cseq IS 'Place among the changes of the call and its parties, from 1.';
COMMENT ON COLUMN g_call_history.changetype IS '1 call_created, 2 call_terminated, 3 call_merged (dictionary 1).';
COMMENT ON COLUMN g_call_history.refid IS 'UUID of the call that survived a merge; on the terminated row only.';
COMMENT ON COLUMN g_call_history.added IS 'The change, to the millisecond.';
COMMENT ON COLUMN g_call_history.added_ts IS 'The same moment in whole seconds.';
COMMENT ON COLUMN g_call_history.added_tcode IS 'Start of its quarter hour: date_time_key in date_time.';

CREATE TABLE g_call_stat (
    id bigint NOT NULL,
    unit_key bigint NOT NULL,
    gsys_partition bigint NOT NULL,
    callid text COLLATE "C" NOT NULL,
    f_conn integer NOT NULL,
    f_conn_extn integer NOT NULL,
    f_te_abnd integer NOT NULL,
    cnt_hold integer NOT NULL,
    cnt_divert integer NOT NULL,
    cnt_transfer integer NOT NULL,
    cnt_conference integer NOT NULL,
    gsys_ext_vch1 text COLLATE "C" NOT NULL,
    gsys_ext_vch2 text COLLATE "C",
    added bigint NOT NULL,
    added_ts bigint NOT NULL,
    added_tcode bigint NOT NULL,
    PRIMARY KEY (unit_key, gsys_partition, id)
) PARTITION BY RANGE (gsys_partition);
COMMENT ON TABLE g_call_stat IS 'One row per call: what it came to. Left out: counters whose meaning is not public.';
COMMENT ON COLUMN g_call_stat.id IS 'Key of the row.';
COMMENT ON COLUMN g_call_stat.unit_key IS 'Unit that the row was made from: its events stand in gidb_event under the same key.';
COMMENT ON COLUMN g_call_stat.gsys_partition IS 'Start of the quarter hour in which the interaction began; the marts partition by its UTC day, so that all rows of the interaction are together.';
COMMENT ON COLUMN g_call_stat.callid IS 'UUID of the call.';
COMMENT ON COLUMN g_call_stat.f_conn IS '1 when any party, inside or outside, but the one that called was connected.';
COMMENT ON COLUMN g_call_stat.f_conn_extn IS '1 when a telephone inside (extension or ACD position) was connected.';
COMMENT ON COLUMN g_call_stat.f_te_abnd IS '1 when a party was abandoned by who called.';
COMMENT ON COLUMN g_call_stat.cnt_hold IS 'Times a party held the call.';
COMMENT ON COLUMN g_call_stat.cnt_divert IS 'Times a queue, routing point or IVR port passed it on, or it was redirected.';
COMMENT ON COLUMN g_call_stat.cnt_transfer IS 'Times it was transferred in one step, or another call was merged into it by a transfer.';
COMMENT ON COLUMN g_call_stat.cnt_conference IS 'Times another call was merged into it by a conference.';
COMMENT ON COLUMN g_call_stat.gsys_ext_vch1 IS 'Device that released the call, as the source told it; empty when it did not.';
COMMENT ON COLUMN g_call_stat.gsys_ext_vch2 IS 'PartyID of that device in the call, where it has one.';
COMMENT ON COLUMN g_call_stat.added IS 'End of the call, when the row is made, to the millisecond.';
COMMENT ON COLUMN g_call_stat.added_ts IS 'The same moment in whole seconds.';
COMMENT ON COLUMN g_call_stat.added_tcode IS 'Start of its quarter hour: date_time_key in date_time.';

CREATE TABLE g_ir (
    id bigint NOT NULL,
    unit_key bigint NOT NULL,
    gsys_partition bigint NOT NULL,
    irid text COLLATE "C" NOT NULL,
    parentirid text COLLATE "C",
    rootcallid text COLLATE "C" NOT NULL,
    mediatype integer NOT NULL,
    created bigint NOT NULL,
    created_ts bigint NOT NULL,
    created_tcode bigint NOT NULL,
    terminated bigint NOT NULL,
    terminated_ts bigint NOT NULL,
    terminated_tcode bigint NOT NULL,
    PRIMARY KEY (unit_key, gsys_partition, id)
) PARTITION BY RANGE (gsys_partition);
COMMENT ON TABLE g_ir IS 'One row per interaction record. Each call opens one; that of a call that was merged belongs to the record of the call that survived (a reading). Left out: State and LastChange, as in g_call, and ParentLinkType, which is reserved.';
COMMENT ON COLUMN g_ir.id IS 'Key of the row.';
COMMENT ON COLUMN g_ir.unit_key IS 'Unit that the row was made from: its events stand in gidb_event under the same key.';
COMMENT ON COLUMN g_ir.gsys_partition IS 'Start of the quarter hour in which the interaction began; the marts partition by its UTC day, so that all rows of the interaction are together.';
COMMENT ON COLUMN g_ir.irid IS 'The record: UUID of the call that it was opened for.';
COMMENT ON COLUMN g_ir.parentirid IS 'Record of the call that this one''s call was merged into; null when it was not.';
COMMENT ON COLUMN g_ir.rootcallid IS 'UUID of the call that the record was opened for.';
COMMENT ON COLUMN g_ir.mediatype IS '0 voice; nothing else is told.';
COMMENT ON COLUMN g_ir.created IS 'Begin of the record, to the millisecond.';
COMMENT ON COLUMN g_ir.created_ts IS 'The same moment in whole seconds.';
COMMENT ON COLUMN g_ir.created_tcode IS 'Start of its quarter hour: date_time_key in date_time.';
COMMENT ON COLUMN g_ir.terminated IS 'End of the record, to the millisecond.';
COMMENT ON COLUMN g_ir.terminated_ts IS 'The same moment in whole seconds.';
COMMENT ON COLUMN g_ir.terminated_tcode IS 'Start of its quarter hour: date_time_key in date_time.';

CREATE TABLE g_ir_history (
    irhid bigint NOT NULL,
    unit_key bigint NOT NULL,
    gsys_partition bigint NOT NULL,
    irid text COLLATE "C" NOT NULL,
    changetype integer NOT NULL,
    added bigint NOT NULL,
    added_ts bigint NOT NULL,
    added_tcode bigint NOT NULL,
    PRIMARY KEY (unit_key, gsys_partition, irhid)
) PARTITION BY RANGE (gsys_partition);
COMMENT ON TABLE g_ir_history IS 'One row per change of an interaction record. Left out: XSEQ and RefID, which are reserved.';
COMMENT ON COLUMN g_ir_history.irhid IS 'Key of the row.';
COMMENT ON COLUMN g_ir_history.unit_key IS 'Unit that the row was made from: its events stand in gidb_event under the same key.';
COMMENT ON COLUMN g_ir_history.gsys_partition IS 'Start of the quarter hour in which the interaction began; the marts partition by its UTC day, so that all rows of the interaction are together.';
COMMENT ON COLUMN g_ir_history.irid IS 'The record.';
COMMENT ON COLUMN g_ir_history.changetype IS '1 ir_created, 2 ir_terminated, 3 ir_merged (dictionary 3).';
COMMENT ON COLUMN g_ir_history.added IS 'The change, to the millisecond.';
COMMENT ON COLUMN g_ir_history.added_ts IS 'The same moment in whole seconds.';
COMMENT ON COLUMN g_ir_history.added_tcode IS 'Start of its quarter hour: date_time_key in date_time.';

CREATE TABLE g_party (
    id bigint NOT NULL,
    unit_key bigint NOT NULL,
    gsys_partition bigint NOT NULL,
    partyid text COLLATE "C" NOT NULL,
    partyguid text COLLATE "C" NOT NULL,
    type integer NOT NULL,
    prole integer NOT NULL,
    parentpartyid text COLLATE "C",
    parentlinktype integer NOT NULL,
    callid text COLLATE "C" NOT NULL,
    state integer NOT NULL,
    prevstate integer NOT NULL,
    cause integer NOT NULL,
    endpointdn text COLLATE "C",
    endpointid bigint NOT NULL,
    endpointtype integer NOT NULL,
    agentid bigint NOT NULL,
    tenantid bigint NOT NULL,
    created bigint NOT NULL,
    created_ts bigint NOT NULL,
    created_tcode bigint NOT NULL,
    terminated bigint NOT NULL,
    terminated_ts bigint NOT NULL,
    terminated_tcode bigint NOT NULL,
    PRIMARY KEY (unit_key, gsys_partition, id)
) PARTITION BY RANGE (gsys_partition);
COMMENT ON TABLE g_party IS 'One row per party in a call: callers, telephones, queues, routing points, IVR ports. Who went over to another call has a row in each, with one PartyGUID. Left out: LastChange, which is Terminated.';
COMMENT ON COLUMN g_party.id IS 'Key of the row.';
COMMENT ON COLUMN g_party.unit_key IS 'Unit that the row was made from: its events stand in gidb_event under the same key.';
COMMENT ON COLUMN g_party.gsys_partition IS 'Start of the quarter hour in which the interaction began; the marts partition by its UTC day, so that all rows of the interaction are together.';
COMMENT ON COLUMN g_party.partyid IS 'The party in this call: the server''s party UUID; in a call that it was moved to under the same UUID, that with a stroke and the call''s behind it.';
COMMENT ON COLUMN g_party.partyguid IS 'UUID of the party for its whole life: partyguid of interaction_resource_fact.';
COMMENT ON COLUMN g_party.type IS '0 unknown, 1 inside, 2 outside (dictionary 9).';
COMMENT ON COLUMN g_party.prole IS 'Part in the call: 0 unknown, 1 origination, 2 destination, 3 conference member, 10 observer (dictionary 10).';
COMMENT ON COLUMN g_party.parentpartyid IS 'PartyID of the party that brought this one into the call; null when none did.';
COMMENT ON COLUMN g_party.parentlinktype IS 'How: 0 no parent, 1 distributed from it, 2 dialled or consulted by it, 3 transferred by it, 4 taken into a conference by it, 5 listens to it (dictionary 11; the numbers are Callmart''s).';
COMMENT ON COLUMN g_party.callid IS 'UUID of the call.';
COMMENT ON COLUMN g_party.state IS 'State now: 0 null, for the party has left (dictionary 8).';
COMMENT ON COLUMN g_party.prevstate IS 'State that it left in (dictionary 8).';
COMMENT ON COLUMN g_party.cause IS 'Why it left (dictionary 1003).';
COMMENT ON COLUMN g_party.endpointdn IS 'Number of the device; of an outside party its number where known.';
COMMENT ON COLUMN g_party.endpointid IS 'DN, as resource_key in resource_; 0 on a cluster and for outside parties.';
COMMENT ON COLUMN g_party.endpointtype IS 'Kind of DN (dictionary 1011); 1 on a cluster, whatever it is, and 0 for outside parties of an ordinary switch.';
COMMENT ON COLUMN g_party.agentid IS 'Agent that the event named, as resource_key in resource_: on an ordinary switch only. 0 on a cluster, whose call events carry none, and where nobody was named.';
COMMENT ON COLUMN g_party.tenantid IS 'Tenant, as tenant_key in tenant.';
COMMENT ON COLUMN g_party.created IS 'When it joined the call, to the millisecond.';
COMMENT ON COLUMN g_party.created_ts IS 'The same moment in whole seconds.';
COMMENT ON COLUMN g_party.created_tcode IS 'Start of its quarter hour: date_time_key in date_time.';
COMMENT ON COLUMN g_party.terminated IS 'When it left the call, to the millisecond.';
COMMENT ON COLUMN g_party.terminated_ts IS 'The same moment in whole seconds.';
COMMENT ON COLUMN g_party.terminated_tcode IS 'Start of its quarter hour: date_time_key in date_time.';

CREATE TABLE g_party_history (
    phid bigint NOT NULL,
    unit_key bigint NOT NULL,
    gsys_partition bigint NOT NULL,
    partyid text COLLATE "C" NOT NULL,
    pseq integer NOT NULL,
    cseq integer NOT NULL,
    changetype integer NOT NULL,
    callid text COLLATE "C" NOT NULL,
    state integer NOT NULL,
    prevstate integer NOT NULL,
    prevsenter bigint,
    prevsenter_ts bigint,
    prevsenter_tcode bigint,
    cause integer NOT NULL,
    endpointid bigint NOT NULL,
    agentid bigint NOT NULL,
    gsys_ext_vch1 text COLLATE "C",
    added bigint NOT NULL,
    added_ts bigint NOT NULL,
    added_tcode bigint NOT NULL,
    PRIMARY KEY (unit_key, gsys_partition, phid)
) PARTITION BY RANGE (gsys_partition);
COMMENT ON TABLE g_party_history IS 'One row per change of a party in a call. (CallID, CSeq) is the order inside a call, (PartyID, PSeq) that of one party; a time may be before that of the row before, when a source''s clock was set back.';
COMMENT ON COLUMN g_party_history.phid IS 'Key of the row.';
COMMENT ON COLUMN g_party_history.unit_key IS 'Unit that the row was made from: its events stand in gidb_event under the same key.';
COMMENT ON COLUMN g_party_history.gsys_partition IS 'Start of the quarter hour in which the interaction began; the marts partition by its UTC day, so that all rows of the interaction are together.';
COMMENT ON COLUMN g_party_history.partyid IS 'The party in this call: the server''s party UUID; in a call that it was moved to under the same UUID, that with a stroke and the call''s behind it.';
COMMENT ON COLUMN g_party_history.pseq IS 'Place among the changes of the party in this call, from 1.';
COMMENT ON COLUMN g_party_history.cseq IS 'Place among the changes of the call and its parties, from 1.';
COMMENT ON COLUMN g_party_history.changetype IS '1 party_created, 2 party_terminated, 3 party_statechanged (dictionary 1002).';
COMMENT ON COLUMN g_party_history.callid IS 'UUID of the call.';
COMMENT ON COLUMN g_party_history.state IS 'State from then on (dictionary 8).';
COMMENT ON COLUMN g_party_history.prevstate IS 'State until then (dictionary 8).';
COMMENT ON COLUMN g_party_history.prevsenter IS 'When it entered that state, to the millisecond; null on the first row.';
COMMENT ON COLUMN g_party_history.prevsenter_ts IS 'The same moment in whole seconds; null on the first row.';
COMMENT ON COLUMN g_party_history.prevsenter_tcode IS 'Start of its quarter hour: date_time_key in date_time; null on the first row.';
COMMENT ON COLUMN g_party_history.cause IS 'Why (dictionary 1003).';
COMMENT ON COLUMN g_party_history.endpointid IS 'DN, as resource_key in resource_; 0 on a cluster and for outside parties.';
COMMENT ON COLUMN g_party_history.agentid IS 'As on g_party.';
COMMENT ON COLUMN g_party_history.gsys_ext_vch1 IS 'Number of the device, on a cluster only.';
COMMENT ON COLUMN g_party_history.added IS 'The change, to the millisecond.';
COMMENT ON COLUMN g_party_history.added_ts IS 'The same moment in whole seconds.';
COMMENT ON COLUMN g_party_history.added_tcode IS 'Start of its quarter hour: date_time_key in date_time.';

CREATE TABLE g_party_stat (
    id bigint NOT NULL,
    unit_key bigint NOT NULL,
    gsys_partition bigint NOT NULL,
    partyid text COLLATE "C" NOT NULL,
    callid text COLLATE "C" NOT NULL,
    tt_initiated integer NOT NULL,
    tt_alerting integer NOT NULL,
    tt_connected integer NOT NULL,
    tt_hold integer NOT NULL,
    tt_queued integer NOT NULL,
    cnt_hold integer NOT NULL,
    gsys_ext_vch1 text COLLATE "C" NOT NULL,
    added bigint NOT NULL,
    added_ts bigint NOT NULL,
    added_tcode bigint NOT NULL,
    PRIMARY KEY (unit_key, gsys_partition, id)
) PARTITION BY RANGE (gsys_partition);
COMMENT ON TABLE g_party_stat IS 'One row per party in a call: how long it was in which state, each the sum of g_party_history''s stretches. Left out: TT_ACW, for after-call work is told by agents'' sessions (g_agent_state_history), and counters whose meaning is not public.';
COMMENT ON COLUMN g_party_stat.id IS 'Key of the row.';
COMMENT ON COLUMN g_party_stat.unit_key IS 'Unit that the row was made from: its events stand in gidb_event under the same key.';
COMMENT ON COLUMN g_party_stat.gsys_partition IS 'Start of the quarter hour in which the interaction began; the marts partition by its UTC day, so that all rows of the interaction are together.';
COMMENT ON COLUMN g_party_stat.partyid IS 'The party in this call: the server''s party UUID; in a call that it was moved to under the same UUID, that with a stroke and the call''s behind it.';
COMMENT ON COLUMN g_party_stat.callid IS 'UUID of the call.';
COMMENT ON COLUMN g_party_stat.tt_initiated IS 'Time it dialled.';
COMMENT ON COLUMN g_party_stat.tt_alerting IS 'Time it alerted.';
COMMENT ON COLUMN g_party_stat.tt_connected IS 'Time it was connected, whatever the others were.';
COMMENT ON COLUMN g_party_stat.tt_hold IS 'Time it held the call.';
COMMENT ON COLUMN g_party_stat.tt_queued IS 'Time it was queued.';
COMMENT ON COLUMN g_party_stat.cnt_hold IS 'Times it held the call.';
COMMENT ON COLUMN g_party_stat.gsys_ext_vch1 IS 'Device that caused its end, as the source told it; empty when it did not.';
COMMENT ON COLUMN g_party_stat.added IS 'Its end, when the row is made, to the millisecond.';
COMMENT ON COLUMN g_party_stat.added_ts IS 'The same moment in whole seconds.';
COMMENT ON COLUMN g_party_stat.added_tcode IS 'Start of its quarter hour: date_time_key in date_time.';

CREATE TABLE g_route_result (
    id bigint NOT NULL,
    unit_key bigint NOT NULL,
    gsys_partition bigint NOT NULL,
    callid text COLLATE "C" NOT NULL,
    connid text COLLATE "C",
    partyid text COLLATE "C" NOT NULL,
    irid text COLLATE "C" NOT NULL,
    endpointid bigint NOT NULL,
    endpointdn text COLLATE "C",
    routetype integer NOT NULL,
    rtargetruleselected text COLLATE "C",
    rtargetobjectselected text COLLATE "C",
    rtargettypeselected text COLLATE "C",
    rtargetagentselected text COLLATE "C",
    rtargetplaceselected text COLLATE "C",
    rtenant text COLLATE "C",
    rstrategyname text COLLATE "C",
    rrequestedskillcombination text COLLATE "C",
    destendpointid bigint NOT NULL,
    destendpointtype integer NOT NULL,
    destendpointdn text COLLATE "C",
    added bigint NOT NULL,
    added_ts bigint NOT NULL,
    added_tcode bigint NOT NULL,
    PRIMARY KEY (unit_key, gsys_partition, id)
) PARTITION BY RANGE (gsys_partition);
COMMENT ON TABLE g_route_result IS 'One row per choice of the router for a call at a routing point. Left out: columns for which the router''s keys are not named here; all keys stand in the archive.';
COMMENT ON COLUMN g_route_result.id IS 'Key of the row.';
COMMENT ON COLUMN g_route_result.unit_key IS 'Unit that the row was made from: its events stand in gidb_event under the same key.';
COMMENT ON COLUMN g_route_result.gsys_partition IS 'Start of the quarter hour in which the interaction began; the marts partition by its UTC day, so that all rows of the interaction are together.';
COMMENT ON COLUMN g_route_result.callid IS 'UUID of the call.';
COMMENT ON COLUMN g_route_result.connid IS 'Connection id of the call; null when the source has none.';
COMMENT ON COLUMN g_route_result.partyid IS 'PartyID of the routing point in the call; empty when it was not told.';
COMMENT ON COLUMN g_route_result.irid IS 'Interaction record of the call.';
COMMENT ON COLUMN g_route_result.endpointid IS 'The routing point, as resource_key in resource_; 0 on a cluster.';
COMMENT ON COLUMN g_route_result.endpointdn IS 'Number of the routing point.';
COMMENT ON COLUMN g_route_result.routetype IS 'How it was routed (dictionary 1012).';
COMMENT ON COLUMN g_route_result.rtargetruleselected IS 'Value of RTargetRuleSelected.';
COMMENT ON COLUMN g_route_result.rtargetobjectselected IS 'Value of RTargetObjectSelected.';
COMMENT ON COLUMN g_route_result.rtargettypeselected IS 'Value of RTargetTypeSelected, as told (the vendor''s dictionary 29).';
COMMENT ON COLUMN g_route_result.rtargetagentselected IS 'Value of RTargetAgentSelected.';
COMMENT ON COLUMN g_route_result.rtargetplaceselected IS 'Value of RTargetPlaceSelected.';
COMMENT ON COLUMN g_route_result.rtenant IS 'Value of RTenant.';
COMMENT ON COLUMN g_route_result.rstrategyname IS 'Value of RStrategyName.';
COMMENT ON COLUMN g_route_result.rrequestedskillcombination IS 'Value of RRequestedSkillCombination.';
COMMENT ON COLUMN g_route_result.destendpointid IS 'DN that was chosen, as resource_key in resource_; 0 on a cluster.';
COMMENT ON COLUMN g_route_result.destendpointtype IS 'Kind of that DN (dictionary 1011): 1 on a cluster; 0 elsewhere, for the router tells only its number.';
COMMENT ON COLUMN g_route_result.destendpointdn IS 'Number of that DN.';
COMMENT ON COLUMN g_route_result.added IS 'The choice, to the millisecond.';
COMMENT ON COLUMN g_route_result.added_ts IS 'The same moment in whole seconds.';
COMMENT ON COLUMN g_route_result.added_tcode IS 'Start of its quarter hour: date_time_key in date_time.';

CREATE TABLE g_route_res_vq_hist (
    id bigint NOT NULL,
    unit_key bigint NOT NULL,
    gsys_partition bigint NOT NULL,
    routeresid bigint NOT NULL,
    callid text COLLATE "C" NOT NULL,
    vqid text COLLATE "C" NOT NULL,
    added bigint NOT NULL,
    added_ts bigint NOT NULL,
    added_tcode bigint NOT NULL,
    PRIMARY KEY (unit_key, gsys_partition, id)
) PARTITION BY RANGE (gsys_partition);
COMMENT ON TABLE g_route_res_vq_hist IS 'One row per virtual queue that took part in a choice of the router.';
COMMENT ON COLUMN g_route_res_vq_hist.id IS 'Key of the row.';
COMMENT ON COLUMN g_route_res_vq_hist.unit_key IS 'Unit that the row was made from: its events stand in gidb_event under the same key.';
COMMENT ON COLUMN g_route_res_vq_hist.gsys_partition IS 'Start of the quarter hour in which the interaction began; the marts partition by its UTC day, so that all rows of the interaction are together.';
COMMENT ON COLUMN g_route_res_vq_hist.routeresid IS 'The choice, as id in g_route_result.';
COMMENT ON COLUMN g_route_res_vq_hist.callid IS 'UUID of the call.';
COMMENT ON COLUMN g_route_res_vq_hist.vqid IS 'Pass through the virtual queue, as vqid in g_virtual_queue.';
COMMENT ON COLUMN g_route_res_vq_hist.added IS 'The choice, to the millisecond.';
COMMENT ON COLUMN g_route_res_vq_hist.added_ts IS 'The same moment in whole seconds.';
COMMENT ON COLUMN g_route_res_vq_hist.added_tcode IS 'Start of its quarter hour: date_time_key in date_time.';

CREATE TABLE g_virtual_queue (
    id bigint NOT NULL,
    unit_key bigint NOT NULL,
    gsys_partition bigint NOT NULL,
    vqid text COLLATE "C" NOT NULL,
    endpointid bigint NOT NULL,
    endpointdn text COLLATE "C" NOT NULL,
    origcallid text COLLATE "C" NOT NULL,
    distcallid text COLLATE "C" NOT NULL,
    targetpartyid text COLLATE "C",
    targetdn text COLLATE "C",
    status integer NOT NULL,
    cause text COLLATE "C",
    created bigint NOT NULL,
    created_ts bigint NOT NULL,
    created_tcode bigint NOT NULL,
    terminated bigint NOT NULL,
    terminated_ts bigint NOT NULL,
    terminated_tcode bigint NOT NULL,
    PRIMARY KEY (unit_key, gsys_partition, id)
) PARTITION BY RANGE (gsys_partition);
COMMENT ON TABLE g_virtual_queue IS 'One row per pass of a call through a virtual queue. Its server is no cluster, so that the queue''s id is there.';
COMMENT ON COLUMN g_virtual_queue.id IS 'Key of the row.';
COMMENT ON COLUMN g_virtual_queue.unit_key IS 'Unit that the row was made from: its events stand in gidb_event under the same key.';
COMMENT ON COLUMN g_virtual_queue.gsys_partition IS 'Start of the quarter hour in which the interaction began; the marts partition by its UTC day, so that all rows of the interaction are together.';
COMMENT ON COLUMN g_virtual_queue.vqid IS 'Id of the pass, as the router gave it: mediation_guid of mediation_segment_fact.';
COMMENT ON COLUMN g_virtual_queue.endpointid IS 'The virtual queue, as resource_key in resource_.';
COMMENT ON COLUMN g_virtual_queue.endpointdn IS 'Name of the virtual queue.';
COMMENT ON COLUMN g_virtual_queue.origcallid IS 'UUID of the call that entered it.';
COMMENT ON COLUMN g_virtual_queue.distcallid IS 'UUID of the call that left it: another one when a consult call was merged while it waited.';
COMMENT ON COLUMN g_virtual_queue.targetpartyid IS 'PartyID of the party that it was distributed to; null when there is none.';
COMMENT ON COLUMN g_virtual_queue.targetdn IS 'Number that it was distributed to; null when it was not.';
COMMENT ON COLUMN g_virtual_queue.status IS 'How the pass ended: 1 diverted, 2 abandoned, 3 cleared, 4 stuck: nobody told (dictionary 1006; the numbers are Callmart''s).';
COMMENT ON COLUMN g_virtual_queue.cause IS 'Reason that the router gave (RTR), as told.';
COMMENT ON COLUMN g_virtual_queue.created IS 'Entry into the queue, to the millisecond.';
COMMENT ON COLUMN g_virtual_queue.created_ts IS 'The same moment in whole seconds.';
COMMENT ON COLUMN g_virtual_queue.created_tcode IS 'Start of its quarter hour: date_time_key in date_time.';
COMMENT ON COLUMN g_virtual_queue.terminated IS 'Leaving it; of a stuck pass the end of its call, to the millisecond.';
COMMENT ON COLUMN g_virtual_queue.terminated_ts IS 'The same moment in whole seconds.';
COMMENT ON COLUMN g_virtual_queue.terminated_tcode IS 'Start of its quarter hour: date_time_key in date_time.';

CREATE TABLE g_call_userdata (
    id bigint NOT NULL,
    unit_key bigint NOT NULL,
    gsys_partition bigint NOT NULL,
    callid text COLLATE "C" NOT NULL,
    g_customer_segment text COLLATE "C",
    g_service_type text COLLATE "C",
    g_service_subtype text COLLATE "C",
    g_business_result text COLLATE "C",
    customer_id text COLLATE "C",
    transaction_id text COLLATE "C",
    cause_id text COLLATE "C",
    account_id text COLLATE "C",
    destination_id text COLLATE "C",
    target_id text COLLATE "C",
    added bigint NOT NULL,
    added_ts bigint NOT NULL,
    added_tcode bigint NOT NULL,
    PRIMARY KEY (unit_key, gsys_partition, id)
) PARTITION BY RANGE (gsys_partition);
COMMENT ON TABLE g_call_userdata IS 'One row per call that has any: the last values of predefined keys.';
COMMENT ON COLUMN g_call_userdata.id IS 'Key of the row.';
COMMENT ON COLUMN g_call_userdata.unit_key IS 'Unit that the row was made from: its events stand in gidb_event under the same key.';
COMMENT ON COLUMN g_call_userdata.gsys_partition IS 'Start of the quarter hour in which the interaction began; the marts partition by its UTC day, so that all rows of the interaction are together.';
COMMENT ON COLUMN g_call_userdata.callid IS 'UUID of the call.';
COMMENT ON COLUMN g_call_userdata.g_customer_segment IS 'Last value of CustomerSegment.';
COMMENT ON COLUMN g_call_userdata.g_service_type IS 'Last value of ServiceType.';
COMMENT ON COLUMN g_call_userdata.g_service_subtype IS 'Last value of ServiceSubType.';
COMMENT ON COLUMN g_call_userdata.g_business_result IS 'Last value of Business Result.';
COMMENT ON COLUMN g_call_userdata.customer_id IS 'Last value of CustomerID.';
COMMENT ON COLUMN g_call_userdata.transaction_id IS 'Last value of TransactionID.';
COMMENT ON COLUMN g_call_userdata.cause_id IS 'Last value of CauseID.';
COMMENT ON COLUMN g_call_userdata.account_id IS 'Last value of AccountID.';
COMMENT ON COLUMN g_call_userdata.destination_id IS 'Last value of DestinationID.';
COMMENT ON COLUMN g_call_userdata.target_id IS 'Last value of TargetID.';
COMMENT ON COLUMN g_call_userdata.added IS 'End of the call, when the row is made, to the millisecond.';
COMMENT ON COLUMN g_call_userdata.added_ts IS 'The same moment in whole seconds.';
COMMENT ON COLUMN g_call_userdata.added_tcode IS 'Start of its quarter hour: date_time_key in date_time.';

CREATE TABLE g_userdata_history (
    id bigint NOT NULL,
    unit_key bigint NOT NULL,
    gsys_partition bigint NOT NULL,
    callid text COLLATE "C" NOT NULL,
    partyid text COLLATE "C",
    pseq integer,
    cseq integer NOT NULL,
    useq integer NOT NULL,
    endpointid bigint NOT NULL,
    keyname text COLLATE "C" NOT NULL,
    source integer NOT NULL,
    changetype integer NOT NULL,
    value text COLLATE "C",
    added bigint NOT NULL,
    added_ts bigint NOT NULL,
    added_tcode bigint NOT NULL,
    PRIMARY KEY (unit_key, gsys_partition, id)
) PARTITION BY RANGE (gsys_partition);
COMMENT ON TABLE g_userdata_history IS 'One row per key that was set, changed or removed on a call; every key is kept. Secure keys are not told apart.';
COMMENT ON COLUMN g_userdata_history.id IS 'Key of the row.';
COMMENT ON COLUMN g_userdata_history.unit_key IS 'Unit that the row was made from: its events stand in gidb_event under the same key.';
COMMENT ON COLUMN g_userdata_history.gsys_partition IS 'Start of the quarter hour in which the interaction began; the marts partition by its UTC day, so that all rows of the interaction are together.';
COMMENT ON COLUMN g_userdata_history.callid IS 'UUID of the call.';
COMMENT ON COLUMN g_userdata_history.partyid IS 'PartyID of the party that told it; null when that is not known.';
COMMENT ON COLUMN g_userdata_history.pseq IS 'Last change of that party until then, as pseq in g_party_history; null without a party.';
COMMENT ON COLUMN g_userdata_history.cseq IS 'The change of the call or its parties that comes after it, as cseq in g_call_history and g_party_history: the last one until then and 1.';
COMMENT ON COLUMN g_userdata_history.useq IS 'Place among the rows of the call, from 1.';
COMMENT ON COLUMN g_userdata_history.endpointid IS 'DN of the party, as resource_key in resource_; 0 on a cluster and where it is not known.';
COMMENT ON COLUMN g_userdata_history.keyname IS 'The key.';
COMMENT ON COLUMN g_userdata_history.source IS 'Where it stood: 0 user data, 1 reasons, 2 extensions (dictionary 1005).';
COMMENT ON COLUMN g_userdata_history.changetype IS '1 created with the call, 2 added, 3 updated, 4 deleted (dictionary 1004; the numbers are Callmart''s).';
COMMENT ON COLUMN g_userdata_history.value IS 'Its value; null when it is gone.';
COMMENT ON COLUMN g_userdata_history.added IS 'The change, to the millisecond.';
COMMENT ON COLUMN g_userdata_history.added_ts IS 'The same moment in whole seconds.';
COMMENT ON COLUMN g_userdata_history.added_tcode IS 'Start of its quarter hour: date_time_key in date_time.';

CREATE TABLE g_custom_data_s (
    id bigint NOT NULL,
    unit_key bigint NOT NULL,
    gsys_partition bigint NOT NULL,
    callid text COLLATE "C" NOT NULL,
    partyid text COLLATE "C",
    pseq integer,
    endpointid bigint NOT NULL,
    endpointdn text COLLATE "C",
    agentid bigint NOT NULL,
    keyname text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    added bigint NOT NULL,
    added_ts bigint NOT NULL,
    added_tcode bigint NOT NULL,
    PRIMARY KEY (unit_key, gsys_partition, id)
) PARTITION BY RANGE (gsys_partition);
COMMENT ON TABLE g_custom_data_s IS 'One row per key of a user event that belongs to a call. What is told beside calls is in the archive only.';
COMMENT ON COLUMN g_custom_data_s.id IS 'Key of the row.';
COMMENT ON COLUMN g_custom_data_s.unit_key IS 'Unit that the row was made from: its events stand in gidb_event under the same key.';
COMMENT ON COLUMN g_custom_data_s.gsys_partition IS 'Start of the quarter hour in which the interaction began; the marts partition by its UTC day, so that all rows of the interaction are together.';
COMMENT ON COLUMN g_custom_data_s.callid IS 'UUID of the call.';
COMMENT ON COLUMN g_custom_data_s.partyid IS 'PartyID of the party that told it; null when that is not known.';
COMMENT ON COLUMN g_custom_data_s.pseq IS 'Last change of that party until then, as pseq in g_party_history; null without a party.';
COMMENT ON COLUMN g_custom_data_s.endpointid IS 'DN that told it, as resource_key in resource_; 0 on a cluster and where it is not known.';
COMMENT ON COLUMN g_custom_data_s.endpointdn IS 'Number of that DN.';
COMMENT ON COLUMN g_custom_data_s.agentid IS 'As on g_party.';
COMMENT ON COLUMN g_custom_data_s.keyname IS 'The key.';
COMMENT ON COLUMN g_custom_data_s.value IS 'Its value.';
COMMENT ON COLUMN g_custom_data_s.added IS 'The event, to the millisecond.';
COMMENT ON COLUMN g_custom_data_s.added_ts IS 'The same moment in whole seconds.';
COMMENT ON COLUMN g_custom_data_s.added_tcode IS 'Start of its quarter hour: date_time_key in date_time.';

CREATE TABLE g_login_session (
    id bigint NOT NULL,
    unit_key bigint NOT NULL,
    gsys_partition bigint NOT NULL,
    loginsessionid text COLLATE "C" NOT NULL,
    agentid bigint NOT NULL,
    loginid text COLLATE "C",
    placeid text COLLATE "C",
    state integer NOT NULL,
    created bigint NOT NULL,
    created_ts bigint NOT NULL,
    created_tcode bigint NOT NULL,
    terminated bigint,
    terminated_ts bigint,
    terminated_tcode bigint,
    gsys_ext_vch1 text COLLATE "C",
    PRIMARY KEY (unit_key, gsys_partition, id)
) PARTITION BY RANGE (gsys_partition);
COMMENT ON TABLE g_login_session IS 'One row per login session, one that goes on too.';
COMMENT ON COLUMN g_login_session.id IS 'Key of the row.';
COMMENT ON COLUMN g_login_session.unit_key IS 'Unit that the row was made from: its events stand in gidb_event under the same key.';
COMMENT ON COLUMN g_login_session.gsys_partition IS 'Start of the quarter hour in which the login session began; the marts partition by its UTC day, so that all rows of the login session are together.';
COMMENT ON COLUMN g_login_session.loginsessionid IS 'Login-session id as its source gave it.';
COMMENT ON COLUMN g_login_session.agentid IS 'The agent, as resource_key in resource_.';
COMMENT ON COLUMN g_login_session.loginid IS 'Null: no login objects are told.';
COMMENT ON COLUMN g_login_session.placeid IS 'Null: no places are told.';
COMMENT ON COLUMN g_login_session.state IS '1 open, 2 closed (dictionary 1007; 2 is Callmart''s number).';
COMMENT ON COLUMN g_login_session.created IS 'Login, to the millisecond.';
COMMENT ON COLUMN g_login_session.created_ts IS 'The same moment in whole seconds.';
COMMENT ON COLUMN g_login_session.created_tcode IS 'Start of its quarter hour: date_time_key in date_time.';
COMMENT ON COLUMN g_login_session.terminated IS 'Logout, to the millisecond; null while it goes on.';
COMMENT ON COLUMN g_login_session.terminated_ts IS 'The same moment in whole seconds; null while it goes on.';
COMMENT ON COLUMN g_login_session.terminated_tcode IS 'Start of its quarter hour: date_time_key in date_time; null while it goes on.';
COMMENT ON COLUMN g_login_session.gsys_ext_vch1 IS 'DN; of a cluster only, where no id of it is known.';

CREATE TABLE gx_session_endpoint (
    id bigint NOT NULL,
    unit_key bigint NOT NULL,
    gsys_partition bigint NOT NULL,
    loginsessionid text COLLATE "C" NOT NULL,
    agentid bigint NOT NULL,
    endpointid bigint NOT NULL,
    endpointtype integer NOT NULL,
    queueid bigint,
    queuetype integer,
    placeid text COLLATE "C",
    state integer NOT NULL,
    created bigint NOT NULL,
    created_ts bigint NOT NULL,
    created_tcode bigint NOT NULL,
    terminated bigint,
    terminated_ts bigint,
    terminated_tcode bigint,
    gsys_ext_vch1 text COLLATE "C",
    PRIMARY KEY (unit_key, gsys_partition, id)
) PARTITION BY RANGE (gsys_partition);
COMMENT ON TABLE gx_session_endpoint IS 'One row per DN of a login session; one each.';
COMMENT ON COLUMN gx_session_endpoint.id IS 'Key of the row.';
COMMENT ON COLUMN gx_session_endpoint.unit_key IS 'Unit that the row was made from: its events stand in gidb_event under the same key.';
COMMENT ON COLUMN gx_session_endpoint.gsys_partition IS 'Start of the quarter hour in which the login session began; the marts partition by its UTC day, so that all rows of the login session are together.';
COMMENT ON COLUMN gx_session_endpoint.loginsessionid IS 'Login-session id as its source gave it.';
COMMENT ON COLUMN gx_session_endpoint.agentid IS 'The agent, as resource_key in resource_.';
COMMENT ON COLUMN gx_session_endpoint.endpointid IS 'DN, as resource_key in resource_; 0 on a cluster, whose DN stands in gsys_ext_vch1.';
COMMENT ON COLUMN gx_session_endpoint.endpointtype IS 'Kind of DN (dictionary 1011): 1.';
COMMENT ON COLUMN gx_session_endpoint.queueid IS 'Null: logins are told without an ACD queue.';
COMMENT ON COLUMN gx_session_endpoint.queuetype IS 'Null, as queueid.';
COMMENT ON COLUMN gx_session_endpoint.placeid IS 'Null: no places are told.';
COMMENT ON COLUMN gx_session_endpoint.state IS '1 open, 2 closed (dictionary 1007; 2 is Callmart''s number).';
COMMENT ON COLUMN gx_session_endpoint.created IS 'Login, to the millisecond.';
COMMENT ON COLUMN gx_session_endpoint.created_ts IS 'The same moment in whole seconds.';
COMMENT ON COLUMN gx_session_endpoint.created_tcode IS 'Start of its quarter hour: date_time_key in date_time.';
COMMENT ON COLUMN gx_session_endpoint.terminated IS 'Logout, to the millisecond; null while it goes on.';
COMMENT ON COLUMN gx_session_endpoint.terminated_ts IS 'The same moment in whole seconds; null while it goes on.';
COMMENT ON COLUMN gx_session_endpoint.terminated_tcode IS 'Start of its quarter hour: date_time_key in date_time; null while it goes on.';
COMMENT ON COLUMN gx_session_endpoint.gsys_ext_vch1 IS 'DN; of a cluster only, where no id of it is known.';

CREATE TABLE g_agent_state_history (
    id bigint NOT NULL,
    unit_key bigint NOT NULL,
    gsys_partition bigint NOT NULL,
    loginsessionid text COLLATE "C" NOT NULL,
    seq integer NOT NULL,
    type integer NOT NULL,
    state integer NOT NULL,
    prevstate integer NOT NULL,
    pendingstate integer NOT NULL,
    workmode integer NOT NULL,
    agentid bigint NOT NULL,
    endpointid bigint NOT NULL,
    queueid bigint NOT NULL,
    loginid text COLLATE "C",
    placeid text COLLATE "C",
    callid text COLLATE "C",
    added bigint NOT NULL,
    added_ts bigint NOT NULL,
    added_tcode bigint NOT NULL,
    gsys_ext_vch1 text COLLATE "C",
    PRIMARY KEY (unit_key, gsys_partition, id)
) PARTITION BY RANGE (gsys_partition);
COMMENT ON TABLE g_agent_state_history IS 'One row per change in a login session, from login to logout.';
COMMENT ON COLUMN g_agent_state_history.id IS 'Key of the row.';
COMMENT ON COLUMN g_agent_state_history.unit_key IS 'Unit that the row was made from: its events stand in gidb_event under the same key.';
COMMENT ON COLUMN g_agent_state_history.gsys_partition IS 'Start of the quarter hour in which the login session began; the marts partition by its UTC day, so that all rows of the login session are together.';
COMMENT ON COLUMN g_agent_state_history.loginsessionid IS 'Login-session id as its source gave it.';
COMMENT ON COLUMN g_agent_state_history.seq IS 'Place among the changes of the session, from 1.';
COMMENT ON COLUMN g_agent_state_history.type IS '5 the state changed, 6 the pending state, 7 the work mode, 8 a call was connected, 9 a call left (dictionary 1009; 7 to 9 are Callmart''s numbers).';
COMMENT ON COLUMN g_agent_state_history.state IS 'State from then on: 0 null, 1 login, 2 not ready, 3 ready, 4 after-call work, 5 busy (dictionary 1008).';
COMMENT ON COLUMN g_agent_state_history.prevstate IS 'State until then.';
COMMENT ON COLUMN g_agent_state_history.pendingstate IS 'While busy, the state that the agent said last and goes back to; else the state.';
COMMENT ON COLUMN g_agent_state_history.workmode IS 'Work mode that was said last (dictionary 1010).';
COMMENT ON COLUMN g_agent_state_history.agentid IS 'The agent, as resource_key in resource_.';
COMMENT ON COLUMN g_agent_state_history.endpointid IS 'DN, as resource_key in resource_; 0 on a cluster, whose DN stands in gsys_ext_vch1.';
COMMENT ON COLUMN g_agent_state_history.queueid IS 'ACD queue; 0, for logins are told without one.';
COMMENT ON COLUMN g_agent_state_history.loginid IS 'Null: no login objects are told.';
COMMENT ON COLUMN g_agent_state_history.placeid IS 'Null: no places are told.';
COMMENT ON COLUMN g_agent_state_history.callid IS 'UUID of the call that the change is about: of busy, connected and left; null for others.';
COMMENT ON COLUMN g_agent_state_history.added IS 'The change, to the millisecond.';
COMMENT ON COLUMN g_agent_state_history.added_ts IS 'The same moment in whole seconds.';
COMMENT ON COLUMN g_agent_state_history.added_tcode IS 'Start of its quarter hour: date_time_key in date_time.';
COMMENT ON COLUMN g_agent_state_history.gsys_ext_vch1 IS 'DN; of a cluster only, where no id of it is known.';

CREATE TABLE g_agent_state_rc (
    id bigint NOT NULL,
    unit_key bigint NOT NULL,
    gsys_partition bigint NOT NULL,
    sessionid text COLLATE "C" NOT NULL,
    endpointid bigint NOT NULL,
    queueid bigint NOT NULL,
    agentstate integer NOT NULL,
    workmode integer NOT NULL,
    hwflag integer NOT NULL,
    keyname text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    created_ts bigint NOT NULL,
    created_tcode bigint NOT NULL,
    terminated bigint NOT NULL,
    terminated_ts bigint NOT NULL,
    terminated_tcode bigint NOT NULL,
    gsys_ext_vch1 text COLLATE "C",
    PRIMARY KEY (unit_key, gsys_partition, id)
) PARTITION BY RANGE (gsys_partition);
COMMENT ON TABLE g_agent_state_rc IS 'One row per reason of a state that ended; one that a call interrupts has a row before and a row after it.';
COMMENT ON COLUMN g_agent_state_rc.id IS 'Key of the row.';
COMMENT ON COLUMN g_agent_state_rc.unit_key IS 'Unit that the row was made from: its events stand in gidb_event under the same key.';
COMMENT ON COLUMN g_agent_state_rc.gsys_partition IS 'Start of the quarter hour in which the login session began; the marts partition by its UTC day, so that all rows of the login session are together.';
COMMENT ON COLUMN g_agent_state_rc.sessionid IS 'Login-session id as its source gave it.';
COMMENT ON COLUMN g_agent_state_rc.endpointid IS 'DN, as resource_key in resource_; 0 on a cluster, whose DN stands in gsys_ext_vch1.';
COMMENT ON COLUMN g_agent_state_rc.queueid IS 'ACD queue; 0, for logins are told without one.';
COMMENT ON COLUMN g_agent_state_rc.agentstate IS 'The state (dictionary 1008).';
COMMENT ON COLUMN g_agent_state_rc.workmode IS 'Work mode of the state (dictionary 1010).';
COMMENT ON COLUMN g_agent_state_rc.hwflag IS '1 for a reason of the device, 0 for one of the agent''s software.';
COMMENT ON COLUMN g_agent_state_rc.keyname IS 'Key of the reason; ReasonCode for the device''s.';
COMMENT ON COLUMN g_agent_state_rc.value IS 'Value of the reason.';
COMMENT ON COLUMN g_agent_state_rc.created IS 'Begin of the reason, to the millisecond.';
COMMENT ON COLUMN g_agent_state_rc.created_ts IS 'The same moment in whole seconds.';
COMMENT ON COLUMN g_agent_state_rc.created_tcode IS 'Start of its quarter hour: date_time_key in date_time.';
COMMENT ON COLUMN g_agent_state_rc.terminated IS 'End of the reason, to the millisecond.';
COMMENT ON COLUMN g_agent_state_rc.terminated_ts IS 'The same moment in whole seconds.';
COMMENT ON COLUMN g_agent_state_rc.terminated_tcode IS 'Start of its quarter hour: date_time_key in date_time.';
COMMENT ON COLUMN g_agent_state_rc.gsys_ext_vch1 IS 'DN; of a cluster only, where no id of it is known.';

CREATE TABLE g_dnd_history (
    id bigint NOT NULL,
    unit_key bigint NOT NULL,
    gsys_partition bigint NOT NULL,
    loginsessionid text COLLATE "C" NOT NULL,
    agentstate integer NOT NULL,
    endpointid bigint NOT NULL,
    queueid bigint NOT NULL,
    state integer NOT NULL,
    added bigint NOT NULL,
    added_ts bigint NOT NULL,
    added_tcode bigint NOT NULL,
    terminated bigint,
    terminated_ts bigint,
    terminated_tcode bigint,
    gsys_ext_vch1 text COLLATE "C",
    PRIMARY KEY (unit_key, gsys_partition, id)
) PARTITION BY RANGE (gsys_partition);
COMMENT ON TABLE g_dnd_history IS 'One row per stretch of do-not-disturb in a login session.';
COMMENT ON COLUMN g_dnd_history.id IS 'Key of the row.';
COMMENT ON COLUMN g_dnd_history.unit_key IS 'Unit that the row was made from: its events stand in gidb_event under the same key.';
COMMENT ON COLUMN g_dnd_history.gsys_partition IS 'Start of the quarter hour in which the login session began; the marts partition by its UTC day, so that all rows of the login session are together.';
COMMENT ON COLUMN g_dnd_history.loginsessionid IS 'Login-session id as its source gave it.';
COMMENT ON COLUMN g_dnd_history.agentstate IS 'State of the agent when it began (dictionary 1008).';
COMMENT ON COLUMN g_dnd_history.endpointid IS 'DN, as resource_key in resource_; 0 on a cluster, whose DN stands in gsys_ext_vch1.';
COMMENT ON COLUMN g_dnd_history.queueid IS 'ACD queue; 0, for logins are told without one.';
COMMENT ON COLUMN g_dnd_history.state IS '1 on, 0 off again (dictionary 1013; the numbers are Callmart''s).';
COMMENT ON COLUMN g_dnd_history.added IS 'When it was turned on, to the millisecond.';
COMMENT ON COLUMN g_dnd_history.added_ts IS 'The same moment in whole seconds.';
COMMENT ON COLUMN g_dnd_history.added_tcode IS 'Start of its quarter hour: date_time_key in date_time.';
COMMENT ON COLUMN g_dnd_history.terminated IS 'When it was turned off, or the logout, to the millisecond; null while it goes on.';
COMMENT ON COLUMN g_dnd_history.terminated_ts IS 'The same moment in whole seconds; null while it goes on.';
COMMENT ON COLUMN g_dnd_history.terminated_tcode IS 'Start of its quarter hour: date_time_key in date_time; null while it goes on.';
COMMENT ON COLUMN g_dnd_history.gsys_ext_vch1 IS 'DN; of a cluster only, where no id of it is known.';

CREATE TABLE gs_agent_stat (
    id bigint NOT NULL,
    unit_key bigint NOT NULL,
    gsys_partition bigint NOT NULL,
    loginsessionid text COLLATE "C" NOT NULL,
    agentid bigint NOT NULL,
    endpointid bigint NOT NULL,
    queueid bigint NOT NULL,
    tt_null integer NOT NULL,
    tt_login integer NOT NULL,
    tt_notready integer NOT NULL,
    tt_ready integer NOT NULL,
    tt_acw integer NOT NULL,
    tt_busy integer NOT NULL,
    added bigint NOT NULL,
    added_ts bigint NOT NULL,
    added_tcode bigint NOT NULL,
    gsys_ext_vch1 text COLLATE "C",
    PRIMARY KEY (unit_key, gsys_partition, id)
) PARTITION BY RANGE (gsys_partition);
COMMENT ON TABLE gs_agent_stat IS 'One row per login session that ended: how long the agent was in which state; together as long as the session''s known states.';
COMMENT ON COLUMN gs_agent_stat.id IS 'Key of the row.';
COMMENT ON COLUMN gs_agent_stat.unit_key IS 'Unit that the row was made from: its events stand in gidb_event under the same key.';
COMMENT ON COLUMN gs_agent_stat.gsys_partition IS 'Start of the quarter hour in which the login session began; the marts partition by its UTC day, so that all rows of the login session are together.';
COMMENT ON COLUMN gs_agent_stat.loginsessionid IS 'Login-session id as its source gave it.';
COMMENT ON COLUMN gs_agent_stat.agentid IS 'The agent, as resource_key in resource_.';
COMMENT ON COLUMN gs_agent_stat.endpointid IS 'DN, as resource_key in resource_; 0 on a cluster, whose DN stands in gsys_ext_vch1.';
COMMENT ON COLUMN gs_agent_stat.queueid IS 'ACD queue; 0, for logins are told without one.';
COMMENT ON COLUMN gs_agent_stat.tt_null IS 'Time in which nothing is known of the state.';
COMMENT ON COLUMN gs_agent_stat.tt_login IS 'Time logged in before anything was said.';
COMMENT ON COLUMN gs_agent_stat.tt_notready IS 'Time not ready.';
COMMENT ON COLUMN gs_agent_stat.tt_ready IS 'Time ready.';
COMMENT ON COLUMN gs_agent_stat.tt_acw IS 'Time in after-call work.';
COMMENT ON COLUMN gs_agent_stat.tt_busy IS 'Time busy with calls.';
COMMENT ON COLUMN gs_agent_stat.added IS 'Logout, when the row is made, to the millisecond.';
COMMENT ON COLUMN gs_agent_stat.added_ts IS 'The same moment in whole seconds.';
COMMENT ON COLUMN gs_agent_stat.added_tcode IS 'Start of its quarter hour: date_time_key in date_time.';
COMMENT ON COLUMN gs_agent_stat.gsys_ext_vch1 IS 'DN; of a cluster only, where no id of it is known.';

-- What people look a call or a session up by.
CREATE INDEX g_call_callid ON g_call (callid);
CREATE INDEX g_party_callid ON g_party (callid);
CREATE INDEX g_party_history_callid ON g_party_history (callid);
CREATE INDEX g_login_session_loginsessionid ON g_login_session (loginsessionid);

CREATE TABLE g_dictionary (
    type integer NOT NULL,
    type_name text COLLATE "C" NOT NULL,
    value integer NOT NULL,
    name text COLLATE "C" NOT NULL,
    PRIMARY KEY (type, value)
);
COMMENT ON TABLE g_dictionary IS 'One row per code that a column of a GIDB table may hold.';
COMMENT ON COLUMN g_dictionary.type IS 'Dictionary that the code stands in, as columns name it; from 1001 on the numbers are Callmart''s.';
COMMENT ON COLUMN g_dictionary.type_name IS 'What the dictionary is of.';
COMMENT ON COLUMN g_dictionary.value IS 'The code.';
COMMENT ON COLUMN g_dictionary.name IS 'Its name.';

CREATE TABLE ctl_setting (
    name text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    PRIMARY KEY (name)
);
COMMENT ON TABLE ctl_setting IS 'One row per setting that this mart was made with and keeps until it is made again: another value in the settings counts from the next rebuild on.';
COMMENT ON COLUMN ctl_setting.name IS 'The setting, as in the settings: gidb.tables.';
COMMENT ON COLUMN ctl_setting.value IS 'Its value: of gidb.tables true, or false, and the GIDB tables are empty.';
