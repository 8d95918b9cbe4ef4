-- Scanners look a ticket up by event and code; the way through orders is too long for that. First of three steps,
-- none of which scans the table under a strong lock: the column, filled for new tickets from now on. The foreign key
-- is not valid yet, so adding it reads no row.

ALTER TABLE ticketing.tickets ADD COLUMN event_id bigint;

COMMENT ON COLUMN ticketing.tickets.event_id IS 'Copied from the order, for the gates';

ALTER TABLE ticketing.tickets
  ADD CONSTRAINT tickets_event_id_fkey FOREIGN KEY (event_id) REFERENCES ticketing.events NOT VALID;

CREATE FUNCTION ticketing.set_ticket_event() RETURNS trigger
LANGUAGE plpgsql
SET search_path = ''
AS $$
BEGIN
  SELECT o.event_id INTO STRICT NEW.event_id FROM ticketing.orders AS o WHERE o.id = NEW.order_id;
  RETURN NEW;
END
$$;

CREATE TRIGGER tickets_set_event
  BEFORE INSERT ON ticketing.tickets
  FOR EACH ROW EXECUTE FUNCTION ticketing.set_ticket_event();
