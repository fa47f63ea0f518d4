-- The traces that events and their jobs belong to, and jobs that stand outside of the sequence of their order.
--
-- In the order in which a merge uses the tables: it reads events first, and writes jobs last.

ALTER TABLE event_store ADD COLUMN trace_id uuid;
COMMENT ON COLUMN event_store.trace_id IS 'Of the traceparent that its sender sent; empty when the event begins a trace, which its id names.';

ALTER TABLE jobs ADD COLUMN trace_id uuid, ADD COLUMN sequenced boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN jobs.trace_id IS 'Of the event that was the reason for it; its calls carry it as traceparent.';
COMMENT ON COLUMN jobs.sequenced IS 'Whether it waits for earlier jobs of its order in the queue, and later ones for it; not for a look at what may have become of a slow request.';
