-- Why a fact changed: which event or record of which source was the reason, and when that was told.

ALTER TABLE ctl_restatement
    ADD COLUMN cause_source text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN cause_kind text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN cause_ms bigint NOT NULL DEFAULT 0,
    ADD COLUMN told_ms bigint,
    ADD COLUMN log text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN log_segment bigint NOT NULL DEFAULT 0,
    ADD COLUMN log_offset bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN ctl_restatement.cause_source IS 'Source that told it.';
COMMENT ON COLUMN ctl_restatement.cause_kind IS 'Its kind, as in `gidb_event`; `session_...` for a record of a session, by which something became complete or was lost.';
COMMENT ON COLUMN ctl_restatement.cause_ms IS 'When it happened, by the source''s clock.';
COMMENT ON COLUMN ctl_restatement.told_ms IS 'When a collector heard it, by the collector''s clock; null when it was read again from the archive.';
COMMENT ON COLUMN ctl_restatement.log IS 'Log that holds it.';
COMMENT ON COLUMN ctl_restatement.log_segment IS 'Segment of that log.';
COMMENT ON COLUMN ctl_restatement.log_offset IS 'Offset in that segment, in bytes.';
