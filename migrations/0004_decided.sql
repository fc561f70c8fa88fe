-- What an operator decided: sources that are ignored or retired, and rejects that were read once more.

ALTER TABLE ctl_coverage
    ADD COLUMN epoch_ms bigint,
    ADD COLUMN epoch_process text COLLATE "C",
    ADD COLUMN decided_by text COLLATE "C",
    ADD COLUMN decided_ms bigint,
    ADD COLUMN decided_why text COLLATE "C";
COMMENT ON TABLE ctl_coverage IS 'One row per complete stretch of a source, one per hole between two, one per stretch in which it is ignored, and one without a stretch for a source that was expected and never heard.';
COMMENT ON COLUMN ctl_coverage.to_ms IS 'End of the stretch (exclusive); 0 for a source never heard, 253402300799000 for one ignored until further notice.';
COMMENT ON COLUMN ctl_coverage.state IS 'complete, lost: between two complete stretches, never-heard, incomplete: heard, but no stretch is known to be complete, ignored: an operator decided to do without it, or retired: for good.';
COMMENT ON COLUMN ctl_coverage.epoch_ms IS 'Begin of the source''s newest epoch; null when none was heard.';
COMMENT ON COLUMN ctl_coverage.epoch_process IS 'Process of the source''s newest epoch; null when none was heard.';
COMMENT ON COLUMN ctl_coverage.decided_by IS 'Who decided that the source is ignored or retired; null for other rows.';
COMMENT ON COLUMN ctl_coverage.decided_ms IS 'When that was decided, by the operator''s clock; null for other rows.';
COMMENT ON COLUMN ctl_coverage.decided_why IS 'Why, in the operator''s words; null for other rows.';

ALTER TABLE ctl_reject ADD COLUMN state text COLLATE "C" NOT NULL DEFAULT 'open';
COMMENT ON COLUMN ctl_reject.state IS 'open, or redriven: an operator had it read once more, and it became the event that it should have been.';
