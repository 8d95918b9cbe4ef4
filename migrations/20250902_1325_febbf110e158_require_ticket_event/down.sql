-- A constraint can't be made not valid: both are added anew.

ALTER TABLE ticketing.tickets
  ADD CONSTRAINT tickets_event_id_present CHECK (event_id IS NOT NULL) NOT VALID,
  ALTER COLUMN event_id DROP NOT NULL,
  DROP CONSTRAINT tickets_event_id_fkey;

ALTER TABLE ticketing.tickets
  ADD CONSTRAINT tickets_event_id_fkey FOREIGN KEY (event_id) REFERENCES ticketing.events NOT VALID;
