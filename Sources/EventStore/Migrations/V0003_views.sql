-- The bodies as text and JSON, for people.
CREATE VIEW events AS
SELECT
    e.subject_id, e.event_id, e.subject_kind, e.source, e.shop, e.topic, e.ref_id, e.received_at, e.triggered_at, e.delivery_id,
    replace(convert_from(e.body, 'UTF8'), '\u0000', '\ufffd')::jsonb AS body
FROM event_store AS e;

-- What the older systems' verification queries expect, with their folded names: SET search_path = legacy.
-- Beside a schema other than public the views live in <schema>_legacy: tests run many schemas in one database.
DO $$
DECLARE
    home   text := current_schema();
    legacy text := CASE current_schema() WHEN 'public' THEN 'legacy' ELSE current_schema() || '_legacy' END;
BEGIN
    EXECUTE format('CREATE SCHEMA %I', legacy);
    EXECUTE format(
        'CREATE VIEW %1$I.orders AS
         SELECT o.id, o.ref_id AS shopifyorderid, o.status, o.order_status AS orderstatus, o.payment_status AS paymentstatus,
                o.shipping_fee AS shippingfee, o.business_updated_at AS lastexternalupdatedat, o.version,
                o.created_at AS createdat, o.updated_at AS updatedat
         FROM %2$I.orders AS o', legacy, home);
    EXECUTE format(
        'CREATE VIEW %1$I.audit_log AS
         SELECT a.event_id AS id, a.order_id AS orderid, o.ref_id AS shopifyorderid,
                coalesce(a.delivery_id, a.event_id::text) AS webhookid, a.topic AS event, a.status, a.reason AS message,
                a.version, a.received_at AS createdat, a.applied_at AS updatedat
         FROM %2$I.audit_log AS a LEFT JOIN %2$I.orders AS o ON o.id = a.order_id', legacy, home);
END
$$;
