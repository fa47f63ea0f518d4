-- How far back the store goes: what is older was dropped on purpose and breaks no promise.

-- Months that event_store still has: those with a partition, and those of rows in the default partition.
CREATE VIEW event_months AS
SELECT to_date(right(c.relname, 6), 'YYYYMM') AS month
FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
WHERE i.inhparent = 'event_store'::regclass AND c.relname ~ '_[0-9]{6}$'
UNION
SELECT date_trunc('month', d.received_at AT TIME ZONE 'UTC')::date FROM event_store_default AS d;

-- Orders created before may have lost all their changes, because the log begins later; NULL when nothing was ever deleted from
-- it. A change carries the time at which its transaction began, hence the minute.
CREATE VIEW change_log_start AS
SELECT min(c.changed_at) + interval '1 minute' AS at FROM order_changes AS c HAVING min(c.seq) > 1;
