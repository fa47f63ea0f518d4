-- Outside work to be done: live jobs only. Stands in for the whole of it until the queues are merged.

CREATE TABLE jobs (
    id           uuid        NOT NULL DEFAULT gen_random_uuid() CONSTRAINT jobs_pkey PRIMARY KEY,
    queue        text        NOT NULL,
    key          text        NOT NULL CONSTRAINT jobs_key_key UNIQUE,
    order_id     uuid        NOT NULL,
    shop         text        NOT NULL,
    input        bytea       NOT NULL,
    state        text        NOT NULL DEFAULT 'ready' CONSTRAINT jobs_state_check CHECK (state IN ('ready', 'running', 'dead')),
    attempt      integer     NOT NULL DEFAULT 0,
    max_attempts integer     NOT NULL DEFAULT 3,
    run_at       timestamptz NOT NULL,
    lease_until  timestamptz,
    worker       text,
    last_error   text,
    last_answer  bytea,
    created_at   timestamptz NOT NULL DEFAULT now(),
    started_at   timestamptz,
    updated_at   timestamptz NOT NULL DEFAULT now()
);
