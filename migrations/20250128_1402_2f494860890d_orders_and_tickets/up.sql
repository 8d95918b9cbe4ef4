-- What a customer buys: an order has lines, and a paid line turns into tickets. Money is in cents; a total is
-- generated so that no client can disagree about it.

CREATE TYPE ticketing.order_status AS ENUM ('pending', 'paid', 'cancelled');

COMMENT ON TYPE ticketing.order_status IS 'An order starts pending; paid is when its tickets exist';

CREATE TABLE ticketing.price_tiers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_id bigint NOT NULL REFERENCES ticketing.events,
  name text NOT NULL,
  price_cents integer NOT NULL CONSTRAINT price_tiers_price_not_negative CHECK (price_cents >= 0),
  quota integer NOT NULL CONSTRAINT price_tiers_quota_positive CHECK (quota > 0),
  UNIQUE (event_id, name)
);

CREATE TABLE ticketing.customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email ticketing.email_address NOT NULL,
  name text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX customers_email_key ON ticketing.customers (lower(email));

CREATE TABLE ticketing.orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_id bigint NOT NULL REFERENCES ticketing.events,
  customer_id bigint NOT NULL REFERENCES ticketing.customers,
  status ticketing.order_status NOT NULL DEFAULT 'pending',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX orders_event_id_idx ON ticketing.orders (event_id);

CREATE TABLE ticketing.order_lines (
  order_id bigint NOT NULL REFERENCES ticketing.orders,
  tier_id bigint NOT NULL REFERENCES ticketing.price_tiers,
  quantity integer NOT NULL CONSTRAINT order_lines_quantity_range CHECK (quantity BETWEEN 1 AND 20),
  unit_price_cents integer NOT NULL,
  total_cents bigint GENERATED ALWAYS AS (quantity::bigint * unit_price_cents) STORED,
  PRIMARY KEY (order_id, tier_id)
);

COMMENT ON COLUMN ticketing.order_lines.unit_price_cents IS 'As sold; the tier''s own price may change later';

CREATE TABLE ticketing.tickets (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id bigint NOT NULL REFERENCES ticketing.orders,
  tier_id bigint NOT NULL REFERENCES ticketing.price_tiers,
  code uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
  issued_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX tickets_order_id_idx ON ticketing.tickets (order_id);
CREATE INDEX tickets_tier_id_idx ON ticketing.tickets (tier_id);

COMMENT ON COLUMN ticketing.tickets.code IS 'What the QR code holds';
