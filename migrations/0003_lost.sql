-- What is lost of a source, and which facts it leaves incomplete.

ALTER TABLE interaction_fact ADD COLUMN completeness text COLLATE "C" NOT NULL DEFAULT 'whole';
COMMENT ON COLUMN interaction_fact.completeness IS 'whole; events-lost: something that a source told meanwhile is lost; end-estimated: its end is among what is lost.';
ALTER TABLE interaction_resource_fact ADD COLUMN completeness text COLLATE "C" NOT NULL DEFAULT 'whole';
COMMENT ON COLUMN interaction_resource_fact.completeness IS 'whole; events-lost: something that a source told meanwhile is lost; end-estimated: its end is among what is lost.';
ALTER TABLE mediation_segment_fact ADD COLUMN completeness text COLLATE "C" NOT NULL DEFAULT 'whole';
COMMENT ON COLUMN mediation_segment_fact.completeness IS 'whole; events-lost: something that a source told meanwhile is lost; end-estimated: its end is among what is lost.';
ALTER TABLE ixn_resource_state_fact ADD COLUMN completeness text COLLATE "C" NOT NULL DEFAULT 'whole';
COMMENT ON COLUMN ixn_resource_state_fact.completeness IS 'whole; events-lost: something that a source told meanwhile is lost; end-estimated: its end is among what is lost.';
ALTER TABLE sm_res_session_fact ADD COLUMN completeness text COLLATE "C" NOT NULL DEFAULT 'whole';
COMMENT ON COLUMN sm_res_session_fact.completeness IS 'whole; events-lost: something that a source told meanwhile is lost; end-estimated: its end is among what is lost.';
ALTER TABLE sm_res_state_fact ADD COLUMN completeness text COLLATE "C" NOT NULL DEFAULT 'whole';
COMMENT ON COLUMN sm_res_state_fact.completeness IS 'whole; events-lost: something that a source told meanwhile is lost; end-estimated: its end is among what is lost.';

ALTER TABLE ctl_coverage
    ADD COLUMN from_epoch_ms bigint,
    ADD COLUMN from_seq bigint,
    ADD COLUMN to_epoch_ms bigint,
    ADD COLUMN to_seq bigint,
    DROP CONSTRAINT ctl_coverage_pkey,
    ADD PRIMARY KEY (source, from_ms, state);
COMMENT ON TABLE ctl_coverage IS 'One row per complete stretch of a source, one per hole between two, and one without a stretch for a source that was expected and never heard.';
COMMENT ON COLUMN ctl_coverage.state IS 'complete, lost: between two complete stretches, never-heard, or incomplete: heard, but no stretch is known to be complete.';
COMMENT ON COLUMN ctl_coverage.from_epoch_ms IS 'Of what is lost, begin of the epoch of the last event before it; null for other rows.';
COMMENT ON COLUMN ctl_coverage.from_seq IS 'Of what is lost, number of the last event before it; null for other rows.';
COMMENT ON COLUMN ctl_coverage.to_epoch_ms IS 'Of what is lost, begin of the epoch of the first event after it; null for other rows.';
COMMENT ON COLUMN ctl_coverage.to_seq IS 'Of what is lost, number of the first event after it; null for other rows.';
