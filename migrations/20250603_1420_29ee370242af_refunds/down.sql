-- Refunds become negative payments again and refunded orders cancelled ones; the reasons are lost.

UPDATE ticketing.orders SET status = 'cancelled' WHERE status = 'refunded';

ALTER TABLE ticketing.payments
  DROP CONSTRAINT payments_amount_positive,
  ADD CONSTRAINT payments_amount_not_zero CHECK (amount_cents <> 0);

INSERT INTO ticketing.payments (order_id, provider, provider_ref, amount_cents, message, booked_at)
SELECT r.order_id, r.provider, r.provider_ref, -r.amount_cents, r.message, r.booked_at
FROM ticketing.refunds AS r
ORDER BY r.id;

DROP TABLE ticketing.refunds;
DROP FUNCTION ticketing.settle_refund();
DROP TABLE ticketing.refund_reasons;
