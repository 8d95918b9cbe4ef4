-- Organisers get a dashboard. The application says who is asking (SET app.organiser_id); the database decides what
-- that organiser may see.

CREATE FUNCTION ticketing.current_organiser() RETURNS bigint
LANGUAGE sql STABLE
AS $$ SELECT nullif(current_setting('app.organiser_id', true), '')::bigint $$;

COMMENT ON FUNCTION ticketing.current_organiser() IS 'NULL when the application named none: then nothing is theirs';

ALTER TABLE ticketing.events ENABLE ROW LEVEL SECURITY;

CREATE POLICY events_are_public ON ticketing.events
  FOR SELECT TO PUBLIC
  USING (true);

CREATE POLICY events_edited_by_organiser ON ticketing.events
  FOR UPDATE TO PUBLIC
  USING (organiser_id = ticketing.current_organiser())
  WITH CHECK (organiser_id = ticketing.current_organiser());

ALTER TABLE ticketing.orders ENABLE ROW LEVEL SECURITY;

CREATE POLICY orders_seen_by_organiser ON ticketing.orders
  FOR SELECT TO PUBLIC
  USING (
    EXISTS (
      SELECT FROM ticketing.events AS e
      WHERE e.id = orders.event_id AND e.organiser_id = ticketing.current_organiser()
    )
  );

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
