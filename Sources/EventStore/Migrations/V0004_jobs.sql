-- Jobs: calls to the outside world that are to be made. A row lives until its job has ended, so the table stays small.

-- Every key that a job was ever made for: the unique key that makes an effect happen once, however often it is wanted.
CREATE TABLE job_keys (
    order_id   uuid        NOT NULL,
    key        text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT job_keys_pkey PRIMARY KEY (order_id, key)
);

CREATE TABLE jobs (
    order_id     uuid        NOT NULL,
    id           bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    queue        text        NOT NULL,
    key          text        NOT NULL,
    shop         text        NOT NULL CONSTRAINT jobs_shop_check CHECK (shop <> ''),
    input        bytea       NOT NULL,
    state        text        NOT NULL DEFAULT 'ready' CONSTRAINT jobs_state_check CHECK (state IN ('ready', 'running', 'dead')),
    attempt      integer     NOT NULL DEFAULT 0,
    max_attempts integer,
    run_at       timestamptz NOT NULL,
    lease_until  timestamptz,
    worker       text,
    last_error   text,
    last_answer  bytea,
    created_at   timestamptz NOT NULL DEFAULT now(),
    started_at   timestamptz,
    updated_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT jobs_pkey PRIMARY KEY (order_id, id),
    CONSTRAINT jobs_lease_check CHECK ((state = 'running') = (lease_until IS NOT NULL))
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0);
COMMENT ON TABLE jobs IS 'Served by jobs_pkey: the sequence of an order; a job is claimed when no earlier one of its order is left in its queue.';
COMMENT ON COLUMN jobs.id IS 'Drawn under the lock of the order: within an order it is the sequence.';
COMMENT ON COLUMN jobs.attempt IS 'Claims so far. It only goes up, so a worker that wakes late cannot finish what another has claimed.';
COMMENT ON COLUMN jobs.max_attempts IS 'The attempt that is the last; empty until the first claim and after a requeue. A postponement raises it.';
COMMENT ON COLUMN jobs.run_at IS 'When it may be claimed: while it runs, the end of its lease.';
-- Serves: the claim, shop by shop (every runner, many times a second), and what is due next.
CREATE INDEX jobs_claim_index ON jobs (queue, shop, run_at) WHERE state <> 'dead';
-- Serves: dead letters.
CREATE INDEX jobs_dead_index ON jobs (queue, id) WHERE state = 'dead';

CREATE TABLE queue_states (
    queue     text NOT NULL CONSTRAINT queue_states_pkey PRIMARY KEY,
    paused_at timestamptz,
    paused_by text
);

-- Jobs that have ended. Insert-only; partitioned by month so that old months can be dropped.
CREATE TABLE finished_jobs (
    order_id    uuid        NOT NULL,
    id          bigint      NOT NULL,
    queue       text        NOT NULL,
    key         text        NOT NULL,
    shop        text        NOT NULL,
    input       bytea       NOT NULL,
    outcome     text        NOT NULL CONSTRAINT finished_jobs_outcome_check CHECK (outcome IN ('done', 'cancelled', 'discarded')),
    reason      text,
    attempt     integer     NOT NULL,
    worker      text,
    last_error  text,
    answer      bytea,
    created_at  timestamptz NOT NULL,
    started_at  timestamptz,
    finished_at timestamptz NOT NULL DEFAULT now()
) PARTITION BY RANGE (finished_at);
-- Serves: the jobs of an order (console, ordersctl).
CREATE INDEX finished_jobs_order_index ON finished_jobs (order_id, id);
-- Serves: how many ended within the last minute (ordersctl queues).
CREATE INDEX finished_jobs_finished_at_index ON finished_jobs USING brin (finished_at) WITH (pages_per_range = 16);

-- Whatever no month has been made for.
CREATE TABLE finished_jobs_default PARTITION OF finished_jobs DEFAULT;
