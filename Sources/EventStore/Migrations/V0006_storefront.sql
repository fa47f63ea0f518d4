-- The storefront: products with their stock, and the orders placed for them.

CREATE TABLE products (
    id             bigint         NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT products_pkey PRIMARY KEY,
    name           text           NOT NULL CONSTRAINT products_name_check CHECK (name <> ''),
    price          numeric(20, 4) NOT NULL CONSTRAINT products_price_check CHECK (price >= 0),
    stock          bigint         NOT NULL CONSTRAINT products_stock_check CHECK (stock >= 0),
    stock_received bigint         NOT NULL,
    created_at     timestamptz    NOT NULL DEFAULT now(),
    updated_at     timestamptz    NOT NULL DEFAULT now()
) WITH (fillfactor = 50);
COMMENT ON COLUMN products.stock IS 'Pieces left. Every order takes its pieces under the lock of this row.';
COMMENT ON COLUMN products.stock_received IS 'All pieces there ever were: stock and what was sold. A count of the stock corrects it, an order does not touch it.';

-- Drawn before the order is written, because its event carries the id.
CREATE SEQUENCE storefront_order_ids;

CREATE TABLE storefront_orders (
    id           bigint         NOT NULL CONSTRAINT storefront_orders_pkey PRIMARY KEY,
    product_id   bigint         NOT NULL CONSTRAINT storefront_orders_product_fkey REFERENCES products (id),
    quantity     bigint         NOT NULL CONSTRAINT storefront_orders_quantity_check CHECK (quantity > 0),
    price        numeric(20, 4) NOT NULL,
    order_id     uuid           NOT NULL,
    created_at   timestamptz    NOT NULL,
    processed_at timestamptz
) WITH (fillfactor = 80);
COMMENT ON COLUMN storefront_orders.price IS 'Of one piece, when the order was placed.';
COMMENT ON COLUMN storefront_orders.order_id IS 'The same order in orders, once its event is merged.';
-- Serves: whether a product has orders (its deletion), and what was sold of it (ordersctl verify).
CREATE INDEX storefront_orders_product_index ON storefront_orders (product_id);

-- What was answered to a request that may be sent again. Kept for some hours.
CREATE TABLE storefront_answers (
    key          text        NOT NULL CONSTRAINT storefront_answers_pkey PRIMARY KEY,
    request_hash bytea       NOT NULL,
    status       integer,
    body         bytea,
    created_at   timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);
COMMENT ON COLUMN storefront_answers.key IS 'The Idempotency-Key that the client chose.';
COMMENT ON COLUMN storefront_answers.status IS 'Empty only within the transaction that decides the request.';
-- Serves: forgetting what is too old to be asked for again.
CREATE INDEX storefront_answers_created_at_index ON storefront_answers (created_at);
