-- The event of a ticket is its order's again; nothing is lost.

DROP TRIGGER tickets_set_event ON ticketing.tickets;
DROP FUNCTION ticketing.set_ticket_event();

ALTER TABLE ticketing.tickets DROP COLUMN event_id;
