-- When jobs with a rate limit were let through, so that a live system can show that it kept to its limits (invariant I6).

ALTER TABLE jobs ADD COLUMN turns bigint[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN jobs.turns IS 'When its calls were let through: microseconds of the time of the limit, the last ones only.';
ALTER TABLE finished_jobs ADD COLUMN turns bigint[] NOT NULL DEFAULT '{}';
