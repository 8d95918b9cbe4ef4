-- What the payment providers told us, one row a movement of money. Until refunds have a table of their own they are
-- booked here with a negative amount.

CREATE TABLE ticketing.payments (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id bigint NOT NULL REFERENCES ticketing.orders,
  provider text NOT NULL CONSTRAINT payments_provider_known CHECK (provider IN ('card', 'twint', 'invoice')),
  provider_ref text NOT NULL,
  amount_cents bigint NOT NULL CONSTRAINT payments_amount_not_zero CHECK (amount_cents <> 0),
  message jsonb NOT NULL DEFAULT '{}',
  booked_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (provider, provider_ref)
);

CREATE INDEX payments_order_id_idx ON ticketing.payments (order_id);

COMMENT ON COLUMN ticketing.payments.message IS 'The provider''s notification as it came';
