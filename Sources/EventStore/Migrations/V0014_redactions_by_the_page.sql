-- What a shop said beside its orders is emptied a page at a time.

ALTER TABLE redactions ADD COLUMN forgotten_through uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000';
COMMENT ON COLUMN redactions.forgotten_through IS
    'Of a customer or a whole shop: the last event about no order that was emptied; they go by their ids, a page at a time.';

-- Serves: the pages of a customer (worker). Events of orders are not in it.
-- The old index goes last: until then nobody waits who only reads.
CREATE INDEX event_store_customer_index ON event_store (subject_id, ref_id, event_id) WHERE subject_kind = 'shop';
DROP INDEX event_store_shop_ref_index;
