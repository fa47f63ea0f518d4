-- Facts: what the outside world told us. Insert-only.
--
-- A *subject* is what an event is about: an order, a waybill (courier callbacks) or a shop. Its id is derived from
-- names, so ingest knows it without a look-up, and every key below starts with it: the schema distributes on it.

CREATE TABLE event_identities (
    subject_id   uuid        NOT NULL,
    identity     uuid        NOT NULL,
    event_id     uuid        NOT NULL,
    received_at  timestamptz NOT NULL,
    triggered_at timestamptz,
    CONSTRAINT event_identities_pkey PRIMARY KEY (subject_id, identity, event_id)
);
COMMENT ON TABLE event_identities IS 'One row per distinct event: the unique key that makes a retried webhook a duplicate.';
COMMENT ON COLUMN event_identities.identity IS 'What the sender calls the event. One identity with two bodies is two events and an anomaly.';

CREATE TABLE event_store (
    subject_id   uuid        NOT NULL,
    event_id     uuid        NOT NULL,
    received_at  timestamptz NOT NULL,
    subject_kind text        NOT NULL CONSTRAINT event_store_subject_kind_check CHECK (subject_kind IN ('order', 'waybill', 'shop')),
    source       text        NOT NULL,
    shop         text        NOT NULL,
    topic        text        NOT NULL,
    ref_id       text        NOT NULL,
    identity     uuid        NOT NULL,
    fact_id      uuid        NOT NULL,
    body_hash    bytea       NOT NULL,
    delivery_id  text,
    triggered_at timestamptz,
    body         bytea       COMPRESSION lz4 NOT NULL
) PARTITION BY RANGE (received_at);
COMMENT ON TABLE event_store IS 'Every event with its exact body. Partitioned by month of arrival so that old months can be dropped.';
COMMENT ON COLUMN event_store.fact_id IS 'Topic and body: two events with one fact_id are one fact, delivered under two identities.';

-- Serves: reading the events of a subject (worker, refold, explain).
CREATE INDEX event_store_subject_index ON event_store (subject_id, event_id);

-- Whatever no month has been made for, e.g. on a machine with a wrong clock.
CREATE TABLE event_store_default PARTITION OF event_store DEFAULT;

-- Makes the partitions of this month and the given number of months after it. Called by `ordersctl migrate` and, while
-- the system runs, by the relay. A partition name is an identifier, which only format() can carry.
CREATE FUNCTION ensure_event_partitions(months_ahead integer) RETURNS integer
    LANGUAGE plpgsql
    SET timezone TO 'UTC'
AS $$
DECLARE
    first_day date;
    created   integer := 0;
BEGIN
    FOR n IN 0..months_ahead LOOP
        first_day := (date_trunc('month', now()) + make_interval(months => n))::date;
        IF to_regclass(format('event_store_%s', to_char(first_day, 'YYYYMM'))) IS NULL THEN
            EXECUTE format(
                'CREATE TABLE event_store_%s PARTITION OF event_store FOR VALUES FROM (%L) TO (%L)',
                to_char(first_day, 'YYYYMM'), first_day, (first_day + interval '1 month')::date);
            created := created + 1;
        END IF;
    END LOOP;
    RETURN created;
END
$$;

-- Deliveries of an event that was already there.
CREATE TABLE duplicate_deliveries (
    subject_id   uuid        NOT NULL,
    event_id     uuid        NOT NULL,
    received_at  timestamptz NOT NULL,
    triggered_at timestamptz,
    delivery_id  text
);
-- Serves: the smallest Triggered-At over all deliveries of an event (worker), the timeline of an order (console).
CREATE INDEX duplicate_deliveries_event_index ON duplicate_deliveries (subject_id, event_id);

-- What is stored and not merged yet. Small and hot: a row lives from the commit of ingest to the commit of the worker.
CREATE TABLE unapplied_events (
    subject_id  uuid        NOT NULL,
    event_id    uuid        NOT NULL,
    received_at timestamptz NOT NULL,
    rings       integer     NOT NULL DEFAULT 1,
    rung_at     timestamptz,
    suspicions  integer     NOT NULL DEFAULT 0,
    attempts    integer     NOT NULL DEFAULT 0,
    retry_at    timestamptz,
    last_error  text,
    CONSTRAINT unapplied_events_pkey PRIMARY KEY (subject_id, event_id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0);
COMMENT ON COLUMN unapplied_events.rings IS 'Raised when a later delivery changes the event; the worker deletes only the ring it has seen.';
COMMENT ON COLUMN unapplied_events.suspicions IS 'Doorbells that came twice or late; after a few the subject is merged alone.';
COMMENT ON COLUMN unapplied_events.attempts IS 'Attempts to merge this event alone; after the last it is quarantined.';
COMMENT ON COLUMN unapplied_events.rung_at IS 'When the relay rang for it last; no replica rings again before its time.';

-- One row per stored event: how it ended, in words.
CREATE TABLE audit_log (
    subject_id   uuid        NOT NULL,
    fact_id      uuid        NOT NULL,
    event_id     uuid        NOT NULL,
    order_id     uuid,
    source       text        NOT NULL,
    topic        text        NOT NULL,
    delivery_id  text,
    status       text        NOT NULL CONSTRAINT audit_log_status_check
                             CHECK (status IN ('processed', 'discarded', 'duplicate', 'parked', 'unmapped', 'failed')),
    reason       text        NOT NULL,
    flags        text[]      NOT NULL DEFAULT '{}',
    version      bigint,
    triggered_at timestamptz,
    received_at  timestamptz NOT NULL,
    applied_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT audit_log_pkey PRIMARY KEY (subject_id, fact_id, event_id)
);
COMMENT ON COLUMN audit_log.version IS 'Version of the order after this event.';
COMMENT ON COLUMN audit_log.triggered_at IS 'The Triggered-At the merge used: the smallest over the deliveries known then.';
-- Serves: what couriers and shops said of an order (console, explain); its own events are found by audit_log_pkey.
CREATE INDEX audit_log_order_index ON audit_log (order_id, applied_at) WHERE order_id <> subject_id;
-- Serves: the inbox of what needs a person.
CREATE INDEX audit_log_attention_index ON audit_log (status, applied_at) WHERE status IN ('parked', 'unmapped', 'failed');
