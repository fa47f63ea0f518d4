-- Projections: what the events add up to. Every column can be rebuilt from event_store.

CREATE TABLE orders (
    id                  uuid        NOT NULL CONSTRAINT orders_pkey PRIMARY KEY,
    source              text        NOT NULL,
    shop                text        NOT NULL,
    ref_id              text        NOT NULL,
    name                text,
    payment_status      text        NOT NULL DEFAULT 'pending',
    shipping_status     text        NOT NULL DEFAULT 'pending',
    status              text        NOT NULL DEFAULT 'PENDING',
    order_status        text        NOT NULL DEFAULT 'PENDING',
    placeholder         boolean     NOT NULL DEFAULT true,
    courier             text,
    tracking_number     text,
    shipping_fee        numeric(20, 4),
    customer            jsonb,
    shipping_address    jsonb,
    total_price         numeric(20, 4),
    currency            text,
    delivery_at         timestamptz,
    cancelled_at        timestamptz,
    business_updated_at timestamptz,
    shipping_updated_at timestamptz,
    bookable            boolean     NOT NULL DEFAULT false,
    not_bookable        text[]      NOT NULL DEFAULT '{}',
    flags               text[]      NOT NULL DEFAULT '{}',
    quarantined         boolean     NOT NULL DEFAULT false,
    version             bigint      NOT NULL DEFAULT 0 CONSTRAINT orders_version_check CHECK (version >= 0),
    state               bytea       COMPRESSION lz4 NOT NULL DEFAULT '',
    state_hash          bytea       NOT NULL DEFAULT '',
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT orders_ref_key UNIQUE (source, shop, ref_id),
    CONSTRAINT orders_payment_status_check CHECK (payment_status IN ('pending', 'paid', 'cancelled')),
    CONSTRAINT orders_shipping_status_check CHECK (shipping_status IN ('pending', 'fulfilling', 'shipped', 'delivered')),
    CONSTRAINT orders_status_check CHECK (status IN ('PENDING', 'CONFIRMED', 'SHIPPED', 'CANCELLED'))
) WITH (fillfactor = 70);
COMMENT ON COLUMN orders.state IS 'All registers as canonical JSON text; state_hash is its SHA-256.';
COMMENT ON COLUMN orders.placeholder IS 'True until a full order has been seen: only child events or callbacks so far.';
COMMENT ON COLUMN orders.quarantined IS 'An event of this order could not be merged; the order is held for a person.';

-- A parcel, as a courier names it. The row is what two workers lock when one brings the callback and the other the parcel.
CREATE TABLE waybills (
    id              uuid NOT NULL CONSTRAINT waybills_pkey PRIMARY KEY,
    courier         text NOT NULL,
    tracking_number text NOT NULL,
    CONSTRAINT waybills_number_key UNIQUE (courier, tracking_number)
);

-- Which order ships with which waybill, and how far the parcel is. Two orders may share a parcel.
CREATE TABLE shipments (
    order_id        uuid        NOT NULL,
    waybill_id      uuid        NOT NULL,
    courier         text        NOT NULL,
    tracking_number text        NOT NULL,
    status          text,
    return_leg      boolean     NOT NULL DEFAULT false,
    cash_collected  boolean     NOT NULL DEFAULT false,
    delivered_at    timestamptz,
    CONSTRAINT shipments_pkey PRIMARY KEY (order_id, waybill_id)
);
-- Serves: the orders of a courier callback (worker).
CREATE INDEX shipments_waybill_index ON shipments (waybill_id);

-- Whose personal data must not be kept: one order, or with ref_id '' every order of the shop.
CREATE TABLE redactions (
    source       text        NOT NULL,
    shop         text        NOT NULL,
    ref_id       text        NOT NULL,
    requested_at timestamptz NOT NULL,
    is_rung      boolean     NOT NULL DEFAULT false,
    rung_through text        NOT NULL DEFAULT '',
    CONSTRAINT redactions_pkey PRIMARY KEY (source, shop, ref_id)
);
COMMENT ON COLUMN redactions.is_rung IS 'All orders concerned have been rung for, so that what was merged before is folded anew.';
COMMENT ON COLUMN redactions.rung_through IS 'Of a whole shop: the last order rung for; its orders go a page at a time.';

-- What operators taught us about courier statuses, beside the built-in table.
CREATE TABLE courier_statuses (
    provider   text        NOT NULL,
    status     text        NOT NULL,
    detail     text        NOT NULL DEFAULT '',
    normalised text        NOT NULL,
    mapped_by  text        NOT NULL,
    mapped_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT courier_statuses_pkey PRIMARY KEY (provider, status, detail)
);

-- The change feed: one row per order and committed batch. Writers take turns for the last two steps of a transaction, this
-- insert and the commit, so the order of seq is the order of commits and a reader can go by seq alone.
CREATE TABLE order_changes (
    seq        bigint      NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT order_changes_pkey PRIMARY KEY,
    order_id   uuid        NOT NULL,
    version    bigint      NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
);
