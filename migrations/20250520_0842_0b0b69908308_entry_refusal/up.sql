-- The database decides who gets in, so that every scanner answers alike, and writes down why not. Depends on the
-- order status 'refunded', which the payments branch adds: the function's body is parsed here, not at its first call.

ALTER TABLE ticketing.scans ADD COLUMN refusal text;

COMMENT ON COLUMN ticketing.scans.refusal IS 'NULL: the gate opened';

CREATE FUNCTION ticketing.entry_refusal(ticket bigint) RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT
    CASE
      WHEN o.status = 'refunded' THEN 'order refunded'
      WHEN o.status <> 'paid' THEN 'order not paid'
      WHEN now() < e.doors_open_at THEN 'doors closed'
      WHEN last_scan.direction = 'in' THEN 'already inside'
    END
  FROM ticketing.tickets AS t
  JOIN ticketing.orders AS o ON o.id = t.order_id
  JOIN ticketing.events AS e ON e.id = o.event_id
  LEFT JOIN LATERAL (
    SELECT s.direction
    FROM ticketing.scans AS s
    WHERE s.ticket_id = t.id AND s.refusal IS NULL
    ORDER BY s.scanned_at DESC
    LIMIT 1
  ) AS last_scan ON true
  WHERE t.id = ticket;
END;

COMMENT ON FUNCTION ticketing.entry_refusal(bigint) IS 'Why this ticket is not let in now; NULL lets it in';

CREATE FUNCTION ticketing.decide_entry() RETURNS trigger
LANGUAGE plpgsql
SET search_path = ''
AS $$
BEGIN
  NEW.refusal := ticketing.entry_refusal(NEW.ticket_id);
  RETURN NEW;
END
$$;

CREATE TRIGGER scans_decide_entry
  BEFORE INSERT ON ticketing.scans
  FOR EACH ROW WHEN (NEW.direction = 'in')
  EXECUTE FUNCTION ticketing.decide_entry();
