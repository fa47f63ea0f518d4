-- A body that PostgreSQL cannot hold as JSON, such as a number beyond numeric or half of a surrogate pair, keeps nobody from the others.

-- Never in a parallel plan: whatever catches an error begins a subtransaction, and those have none.
CREATE FUNCTION legible_body(body bytea) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL UNSAFE
AS $$
BEGIN
    RETURN replace(convert_from(body, 'UTF8'), '\u0000', '\ufffd')::jsonb;
EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
    RETURN to_jsonb(convert_from(body, 'UTF8'));
END
$$;
COMMENT ON FUNCTION legible_body IS 'The body as JSON; its text, as a JSON string, where PostgreSQL cannot hold it.';

CREATE OR REPLACE VIEW events AS
SELECT
    e.subject_id, e.event_id, e.subject_kind, e.source, e.shop, e.topic, e.ref_id, e.received_at, e.triggered_at, e.delivery_id,
    legible_body(e.body) AS body
FROM event_store AS e;
