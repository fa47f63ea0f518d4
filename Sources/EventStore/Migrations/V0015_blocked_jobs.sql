-- Jobs behind a dead letter of their order are set aside, so that no claim looks at them again and again; and jobs know how long nobody is called.

ALTER TABLE jobs DROP CONSTRAINT jobs_state_check;
ALTER TABLE jobs ADD CONSTRAINT jobs_state_check CHECK (state IN ('ready', 'running', 'blocked', 'dead'));

DROP INDEX jobs_claim_index;
-- Serves: the claim, shop by shop (every runner, many times a second), and what is due next.
CREATE INDEX jobs_claim_index ON jobs (queue, shop, run_at) WHERE state IN ('ready', 'running');
-- Serves: the letters that others wait behind (every runner, every few seconds), and the list of what waits (console).
CREATE INDEX jobs_blocked_index ON jobs (queue, order_id, id) WHERE state = 'blocked';

-- What waited behind a dead letter comes back when the letter is dealt with, by whomever. Whoever sets a job aside holds the letter's row
-- FOR SHARE, so this sees the job: it runs when the letter's row is locked, and looks anew. Served by jobs_blocked_index or jobs_pkey.
CREATE FUNCTION unblock_jobs() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE jobs SET state = 'ready', updated_at = now()
    WHERE order_id = OLD.order_id AND queue = OLD.queue AND state = 'blocked';
    RETURN NULL;
END
$$;
CREATE TRIGGER jobs_unblock_trigger AFTER UPDATE OF state OR DELETE ON jobs
    FOR EACH ROW WHEN (OLD.state = 'dead') EXECUTE FUNCTION unblock_jobs();

-- How long a job has waited for a party that answers nobody.
ALTER TABLE jobs ADD COLUMN left_alone_since timestamptz;
COMMENT ON COLUMN jobs.left_alone_since IS
    'When an attempt first ended because whoever is called is left alone, as long as all after it did; empty otherwise.';
