-- An event about no order carries, as ref_id, the name of the customer it is about, where its body names one.

-- Serves: forgetting a customer in what a shop said of them beside orders (worker). Events of orders are not in it.
CREATE INDEX event_store_shop_ref_index ON event_store (subject_id, ref_id) WHERE subject_kind = 'shop';
