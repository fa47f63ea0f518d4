-- Attempts on an event that are made one after the other, however many lanes come to it at once.

ALTER TABLE unapplied_events ADD COLUMN attempt_until timestamptz;
COMMENT ON COLUMN unapplied_events.attempt_until IS 'A worker is at it alone: until then, or until it says how it ended, nobody else begins an attempt.';

-- Months that every row has left its usefulness behind in: dropped as a whole, which leaves no dead rows behind.

-- The months of a table that ended before the given moment, the oldest first.
CREATE FUNCTION months_before(parent regclass, moment timestamptz) RETURNS TABLE (month text)
    LANGUAGE sql STABLE
    SET timezone TO 'UTC'
AS $$
    SELECT m.month::text
    FROM pg_inherits AS i
    JOIN pg_class AS c ON c.oid = i.inhrelid
    CROSS JOIN LATERAL (SELECT to_date(right(c.relname, 6), 'YYYYMM') AS month) AS m
    WHERE i.inhparent = parent AND c.relname ~ '_[0-9]{6}$' AND m.month + interval '1 month' <= moment
    ORDER BY m.month
$$;

-- Drops a month with all its rows. Whoever calls it limits how long it waits for its locks.
CREATE FUNCTION drop_month(parent regclass, month date) RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE format('DROP TABLE IF EXISTS %I', month_partition(parent, month));
END
$$;
