-- Jobs that stand outside of the sequence of their order.

ALTER TABLE jobs ADD COLUMN sequenced boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN jobs.sequenced IS 'Whether it waits for earlier jobs of its order in the queue, and later ones for it; not for a look at what may have become of a slow request.';
