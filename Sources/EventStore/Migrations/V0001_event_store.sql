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

-- Months of every table that is partitioned by month. `ordersctl migrate` calls them and, while the system runs, the
-- relay. A month is made beside its table and attached in a transaction of its own, so that nobody waits for more than that.
-- The name of a partition is an identifier, which only format() can carry.

CREATE FUNCTION month_partition(parent regclass, month date) RETURNS text
    LANGUAGE sql STABLE
AS $$ SELECT format('%s_%s', relname, to_char(month, 'YYYYMM')) FROM pg_class WHERE oid = parent $$;

-- The column of the time that says which month a row belongs to.
CREATE FUNCTION month_key(parent regclass) RETURNS text
    LANGUAGE sql STABLE
AS $$
    SELECT a.attname::text
    FROM pg_partitioned_table AS p JOIN pg_attribute AS a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
    WHERE p.partrelid = parent
$$;

-- This month and the given number of months after it, as far as a table has no partition for them.
CREATE FUNCTION missing_months(months_ahead integer) RETURNS TABLE (parent text, month text)
    LANGUAGE sql STABLE
    SET timezone TO 'UTC'
AS $$
    SELECT p.relname::text, m.month::date::text
    FROM pg_class AS p
    CROSS JOIN generate_series(
        date_trunc('month', now()), date_trunc('month', now()) + make_interval(months => months_ahead), interval '1 month'
    ) AS m (month)
    WHERE p.relkind = 'p' AND p.relnamespace = current_schema()::regnamespace
        AND NOT EXISTS (
            SELECT FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
            WHERE i.inhparent = p.oid AND c.relname = month_partition(p.oid, m.month::date))
    ORDER BY m.month, p.relname
$$;

-- Makes the table of a month, with a constraint that spares its rows the check when it is attached.
CREATE FUNCTION prepare_month(parent regclass, month date) RETURNS void
    LANGUAGE plpgsql
    SET timezone TO 'UTC'
AS $$
DECLARE
    name text := month_partition(parent, month);
BEGIN
    IF to_regclass(quote_ident(name)) IS NULL THEN
        EXECUTE format(
            'CREATE TABLE %1$I (LIKE %2$s INCLUDING ALL, CONSTRAINT month_check CHECK (%3$I >= %4$L AND %3$I < %5$L))',
            name, parent, month_key(parent), month::timestamptz, (month + interval '1 month')::timestamptz);
    END IF;
END
$$;

-- Attaches what prepare_month has made. Rows of the month that lie in the default partition, because nobody had made the month
-- in time or a clock was wrong, move with it. Whoever calls it limits how long it waits for its locks.
CREATE FUNCTION attach_month(parent regclass, month date) RETURNS void
    LANGUAGE plpgsql
    SET timezone TO 'UTC'
AS $$
DECLARE
    name   text := month_partition(parent, month);
    begins timestamptz := month;
    ends   timestamptz := month + interval '1 month';
BEGIN
    IF EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass(quote_ident(name))) THEN
        RETURN;
    END IF;
    EXECUTE format('LOCK TABLE %s_default IN ACCESS EXCLUSIVE MODE', parent);
    EXECUTE format(
        'WITH stray AS (DELETE FROM %1$s_default WHERE %2$I >= %3$L AND %2$I < %4$L RETURNING *)
         INSERT INTO %5$I SELECT * FROM stray',
        parent, month_key(parent), begins, ends, name);
    EXECUTE format('ALTER TABLE %s ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, name, begins, ends);
    EXECUTE format('ALTER TABLE %I DROP CONSTRAINT month_check', name);
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
