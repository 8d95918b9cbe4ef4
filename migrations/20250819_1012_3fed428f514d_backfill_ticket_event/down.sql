-- Which tickets were filled here and which by the trigger is not known, and doesn't matter: the values are right, so
-- they stay until the column goes.

ALTER TABLE ticketing.tickets DROP CONSTRAINT tickets_event_id_present;
