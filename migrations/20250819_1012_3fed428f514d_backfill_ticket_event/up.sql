-- Second step: the tickets from before the trigger. Row locks only; sales go on. Once all have an event, the check
-- keeps it so, not valid for now: adding it reads no row.

UPDATE ticketing.tickets AS t
SET event_id = o.event_id
FROM ticketing.orders AS o
WHERE o.id = t.order_id AND t.event_id IS NULL;

ALTER TABLE ticketing.tickets
  ADD CONSTRAINT tickets_event_id_present CHECK (event_id IS NOT NULL) NOT VALID;
