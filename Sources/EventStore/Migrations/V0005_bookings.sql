-- The machine that has couriers fetch orders: one row for each order and attempt. What couriers answered is in event_store;
-- these rows say what has been asked, so that nothing is asked blindly or twice. A rebuild leaves them alone.

CREATE TABLE bookings (
    order_id         uuid        NOT NULL,
    attempt          integer     NOT NULL CONSTRAINT bookings_attempt_check CHECK (attempt > 0),
    state            text        NOT NULL CONSTRAINT bookings_state_check
                                 CHECK (state IN ('claimed', 'requested', 'unknown', 'booked', 'cancel_requested', 'cancelled',
                                                  'return_requested', 'returned', 'rejected', 'parked')),
    reference        uuid        NOT NULL,
    destination_hash bytea       NOT NULL,
    courier          text,
    tracking_number  text,
    fee              numeric(20, 4),
    takes            integer     NOT NULL DEFAULT 0,
    late             boolean     NOT NULL DEFAULT false,
    handed_over      boolean     NOT NULL DEFAULT false,
    reason           text,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT bookings_pkey PRIMARY KEY (order_id, attempt),
    CONSTRAINT bookings_reference_key UNIQUE (order_id, reference)
) WITH (fillfactor = 80);
COMMENT ON COLUMN bookings.reference IS 'Idempotency-Key of its request: UUIDv5 of order and attempt.';
COMMENT ON COLUMN bookings.destination_hash IS 'SHA-256 of the address it is booked for.';
COMMENT ON COLUMN bookings.takes IS 'Times a worker took the command; what a worker reports names the take it belongs to.';
COMMENT ON COLUMN bookings.late IS 'Its label came after it was given up, while another attempt has its place; it is being taken back.';
COMMENT ON COLUMN bookings.handed_over IS 'The courier refused to cancel: it has the parcel.';
-- Enforces: at most one active attempt of an order.
CREATE UNIQUE INDEX bookings_active_key ON bookings (order_id)
    WHERE state IN ('claimed', 'requested', 'unknown', 'booked', 'cancel_requested', 'return_requested', 'parked') AND NOT late;
-- Serves: the inbox of what needs a person.
CREATE INDEX bookings_attention_index ON bookings (state, updated_at) WHERE state IN ('rejected', 'parked');
