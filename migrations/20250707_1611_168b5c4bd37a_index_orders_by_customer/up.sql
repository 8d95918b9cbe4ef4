-- updown: no-transaction
-- "My orders" reads the whole table since the festival sale. Concurrently, because the shop keeps selling meanwhile.

CREATE INDEX CONCURRENTLY orders_customer_id_created_at_idx ON ticketing.orders (customer_id, created_at DESC);
