-- The console: who may sign in, what operators did, and what is kept beside the orders so that lists, searches and charts
-- cost the merge nothing. Everything from order_list on can be made anew from the tables before.

CREATE TABLE console_users (
    name            text        NOT NULL CONSTRAINT console_users_pkey PRIMARY KEY,
    role            text        NOT NULL CONSTRAINT console_users_role_check CHECK (role IN ('viewer', 'operator', 'admin')),
    password_hash   text        NOT NULL,
    disabled        boolean     NOT NULL DEFAULT false,
    created_at      timestamptz NOT NULL DEFAULT now(),
    last_sign_in_at timestamptz
);
COMMENT ON COLUMN console_users.password_hash IS 'scrypt with its parameters and salt.';

CREATE TABLE console_sessions (
    token_hash bytea       NOT NULL CONSTRAINT console_sessions_pkey PRIMARY KEY,
    user_name  text        NOT NULL CONSTRAINT console_sessions_user_name_fkey REFERENCES console_users (name) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
COMMENT ON COLUMN console_sessions.token_hash IS 'SHA-256 of the cookie: a copy of this table opens nothing.';
-- Serves: ending the sessions of a user.
CREATE INDEX console_sessions_user_name_index ON console_sessions (user_name);

CREATE TABLE console_tokens (
    id           uuid        NOT NULL CONSTRAINT console_tokens_pkey PRIMARY KEY,
    token_hash   bytea       NOT NULL CONSTRAINT console_tokens_token_hash_key UNIQUE,
    name         text        NOT NULL,
    role         text        NOT NULL CONSTRAINT console_tokens_role_check CHECK (role IN ('viewer', 'operator', 'admin')),
    created_by   text        NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz,
    last_used_at timestamptz
);

CREATE TABLE console_views (
    id         uuid        NOT NULL CONSTRAINT console_views_pkey PRIMARY KEY,
    owner      text        NOT NULL,
    name       text        NOT NULL,
    page       text        NOT NULL,
    query      text        NOT NULL,
    shared     boolean     NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT console_views_name_key UNIQUE (owner, page, name)
);

-- Who did what. Insert-only.
CREATE TABLE operator_audit (
    id         bigint      NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT operator_audit_pkey PRIMARY KEY,
    at         timestamptz NOT NULL DEFAULT now(),
    actor      text        NOT NULL,
    role       text,
    action     text        NOT NULL,
    target     text        NOT NULL,
    before     jsonb,
    after      jsonb,
    reason     text,
    request_id text        NOT NULL,
    address    text
);
-- Serves: what was done to one thing, and what one person did (console, newest first).
CREATE INDEX operator_audit_target_index ON operator_audit (target, id);
CREATE INDEX operator_audit_actor_index ON operator_audit (actor, id);

-- One thing done to many orders. The exact set is kept in bulk_items, so it goes on after a restart.
CREATE TABLE bulk_operations (
    id          uuid        NOT NULL CONSTRAINT bulk_operations_pkey PRIMARY KEY,
    action      text        NOT NULL CONSTRAINT bulk_operations_action_check CHECK (action IN ('edit', 'hold', 'release', 'requeue')),
    edit        text,
    filter      jsonb       NOT NULL,
    created_by  text        NOT NULL,
    reason      text,
    request_id  text        NOT NULL,
    state       text        NOT NULL DEFAULT 'running' CONSTRAINT bulk_operations_state_check
                            CHECK (state IN ('running', 'cancelled', 'finished')),
    total       bigint      NOT NULL,
    done        bigint      NOT NULL DEFAULT 0,
    failed      bigint      NOT NULL DEFAULT 0,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
);
-- Serves: the next operation to work on (every console, each second), and the list.
CREATE INDEX bulk_operations_running_index ON bulk_operations (created_at) WHERE state = 'running';
CREATE INDEX bulk_operations_created_at_index ON bulk_operations (created_at, id);

-- What is still to be done, or could not be done.
CREATE TABLE bulk_items (
    bulk_id  uuid NOT NULL CONSTRAINT bulk_items_bulk_id_fkey REFERENCES bulk_operations (id) ON DELETE CASCADE,
    order_id uuid NOT NULL,
    failure  text,
    failed_at timestamptz,
    CONSTRAINT bulk_items_pkey PRIMARY KEY (bulk_id, order_id)
);

-- Orders as lists, filters and searches want them: written by the console from the change feed, in batches, a moment after
-- the merge. Ten indexes here cost the merge nothing; on orders they would end its heap-only updates.
CREATE TABLE order_list (
    order_id        uuid        NOT NULL CONSTRAINT order_list_pkey PRIMARY KEY,
    updated_at      timestamptz NOT NULL,
    created_at      timestamptz NOT NULL,
    order_status    text        NOT NULL,
    payment_status  text        NOT NULL,
    shipping_status text        NOT NULL,
    source          text        NOT NULL,
    shop            text        NOT NULL,
    courier         text,
    total_price     numeric(20, 4) NOT NULL,
    attention       text[]      NOT NULL,
    ref_key         text        COLLATE "C" NOT NULL,
    name_key        text        COLLATE "C",
    tracking_key    text        COLLATE "C",
    search          tsvector    NOT NULL
) WITH (fillfactor = 90);
COMMENT ON COLUMN order_list.attention IS 'Why it needs a person; empty when it does not.';
COMMENT ON COLUMN order_list.ref_key IS 'In lower case, as name_key (without a leading number sign) and tracking_key.';
COMMENT ON COLUMN order_list.search IS 'Every word that finds the order; for a look at rows that are read anyway.';
-- Serve the pages of the grid, one a sort; those with a status in front serve the tabs and the commonest filters.
CREATE INDEX order_list_updated_index ON order_list (updated_at, order_id);
CREATE INDEX order_list_created_index ON order_list (created_at, order_id);
CREATE INDEX order_list_total_index ON order_list (total_price, order_id);
CREATE INDEX order_list_ref_index ON order_list (ref_key, order_id);
CREATE INDEX order_list_status_index ON order_list (order_status, updated_at, order_id);
CREATE INDEX order_list_payment_index ON order_list (payment_status, updated_at, order_id);
CREATE INDEX order_list_courier_index ON order_list (courier, updated_at, order_id) WHERE courier IS NOT NULL;
CREATE INDEX order_list_attention_index ON order_list (updated_at, order_id) WHERE attention <> '{}';
-- Serve the search: beginnings of numbers (a beginning that a million share stops at the limit).
CREATE INDEX order_list_name_index ON order_list (name_key) WHERE name_key IS NOT NULL;
CREATE INDEX order_list_tracking_index ON order_list (tracking_key) WHERE tracking_key IS NOT NULL;

-- The same rows for searches by word. Every beginning of a word is a word of its own here, so that a search is an intersection
-- of a few lists, and nothing but the words is indexed, so that an update that leaves them alone can be heap-only.
CREATE TABLE order_words (
    order_id        uuid        NOT NULL CONSTRAINT order_words_pkey PRIMARY KEY,
    updated_at      timestamptz NOT NULL,
    created_at      timestamptz NOT NULL,
    order_status    text        NOT NULL,
    payment_status  text        NOT NULL,
    shipping_status text        NOT NULL,
    source          text        NOT NULL,
    shop            text        NOT NULL,
    courier         text,
    total_price     numeric(20, 4) NOT NULL,
    attention       text[]      NOT NULL,
    ref_key         text        COLLATE "C" NOT NULL,
    search          tsvector    NOT NULL
) WITH (fillfactor = 80);
COMMENT ON COLUMN order_words.search IS 'The beginnings of words up to twelve letters, and whole words that are longer or have digits.';
-- Serves the search by words.
CREATE INDEX order_words_search_index ON order_words USING gin (search) WITH (fastupdate = off);

-- How many orders have which status; kept with order_list, so that no page counts a million rows.
CREATE TABLE order_counts (
    order_status text    NOT NULL,
    attention    boolean NOT NULL,
    orders       bigint  NOT NULL,
    CONSTRAINT order_counts_pkey PRIMARY KEY (order_status, attention)
);

-- How far the console's background work is; each row is locked by the replica that does the work.
CREATE TABLE console_progress (
    task       text        NOT NULL CONSTRAINT console_progress_pkey PRIMARY KEY,
    seq        bigint      NOT NULL DEFAULT 0,
    order_id   uuid,
    at         timestamptz
);
COMMENT ON COLUMN console_progress.order_id IS 'The last order copied by the first fill of order_list; NULL when it is done.';
-- The first fill starts at the smallest id; what changes meanwhile comes through the feed.
INSERT INTO console_progress (task, seq, order_id)
SELECT 'order_list', coalesce(max(c.seq), 0), '00000000-0000-0000-0000-000000000000' FROM order_changes AS c;
INSERT INTO console_progress (task) VALUES ('activity');
INSERT INTO console_progress (task) VALUES ('retention');

-- What happened in each minute, so that a chart of a month reads some thousand small rows.
CREATE TABLE activity_minutes (
    minute     timestamptz NOT NULL CONSTRAINT activity_minutes_pkey PRIMARY KEY,
    received   bigint      NOT NULL DEFAULT 0,
    processed  bigint      NOT NULL DEFAULT 0,
    discarded  bigint      NOT NULL DEFAULT 0,
    parked     bigint      NOT NULL DEFAULT 0,
    unmapped   bigint      NOT NULL DEFAULT 0,
    failed     bigint      NOT NULL DEFAULT 0,
    duplicates bigint      NOT NULL DEFAULT 0,
    edits      bigint      NOT NULL DEFAULT 0,
    orders     bigint      NOT NULL DEFAULT 0,
    latencies  integer[]   NOT NULL DEFAULT '{}'
);
COMMENT ON COLUMN activity_minutes.latencies IS 'How many events took up to 1, 2, 4, … milliseconds from arrival to merge.';
-- Serve: the minutes just past (console, every few seconds). A BRIN index of a table that only grows costs its writers nothing
-- worth measuring.
CREATE INDEX audit_log_applied_at_index ON audit_log USING brin (applied_at) WITH (pages_per_range = 32);
CREATE INDEX duplicate_deliveries_received_at_index ON duplicate_deliveries USING brin (received_at) WITH (pages_per_range = 32);
CREATE INDEX order_changes_changed_at_index ON order_changes USING brin (changed_at) WITH (pages_per_range = 32);
