-- updown: no-transaction
-- Concurrently here as well: a plain DROP INDEX would queue every reader of orders behind it.

DROP INDEX CONCURRENTLY ticketing.orders_customer_id_created_at_idx;
