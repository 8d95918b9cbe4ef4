-- A value can't be taken out of an enum: the type is made again without it. The view reads the column and has to step
-- aside meanwhile. Orders that were refunded count as cancelled again.

DROP VIEW ticketing.event_sales;

UPDATE ticketing.orders SET status = 'cancelled' WHERE status = 'refunded';

ALTER TYPE ticketing.order_status RENAME TO order_status_with_refunded;

CREATE TYPE ticketing.order_status AS ENUM ('pending', 'paid', 'cancelled');

COMMENT ON TYPE ticketing.order_status IS 'An order starts pending; paid is when its tickets exist';

ALTER TABLE ticketing.orders
  ALTER COLUMN status DROP DEFAULT,
  ALTER COLUMN status TYPE ticketing.order_status USING status::text::ticketing.order_status,
  ALTER COLUMN status SET DEFAULT 'pending';

DROP TYPE ticketing.order_status_with_refunded;

-- A session that has called this function remembers the old type; any change to it, even one to what it was, makes
-- every session compile it anew.
ALTER FUNCTION ticketing.issue_tickets() SET search_path = '';

-- A view reads with its owner's rights, which row level security doesn't hold back: it has to filter by itself.
CREATE VIEW ticketing.event_sales WITH (security_barrier = true) AS
SELECT
  e.id AS event_id,
  e.title,
  e.starts_at,
  count(DISTINCT o.id) AS paid_orders,
  coalesce(sum(l.quantity), 0) AS tickets_sold,
  coalesce(sum(l.total_cents), 0) AS gross_cents
FROM ticketing.events AS e
LEFT JOIN ticketing.orders AS o ON o.event_id = e.id AND o.status = 'paid'
LEFT JOIN ticketing.order_lines AS l ON l.order_id = o.id
WHERE e.organiser_id = ticketing.current_organiser()
GROUP BY e.id, e.title, e.starts_at;

COMMENT ON VIEW ticketing.event_sales IS 'Sales of the current organiser''s events';
