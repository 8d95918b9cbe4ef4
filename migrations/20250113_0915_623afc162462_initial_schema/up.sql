-- Organisers put on events in venues. Everything lives in one schema and is named in full, so that no statement
-- depends on the search_path of whoever runs it.

CREATE SCHEMA ticketing;

COMMENT ON SCHEMA ticketing IS 'Ticket sales and entry control';

CREATE DOMAIN ticketing.email_address AS text
  CONSTRAINT email_address_shape CHECK (VALUE ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$');

COMMENT ON DOMAIN ticketing.email_address IS 'Shape only: whether it exists is for the mail server to say';

CREATE TABLE ticketing.organisers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  contact_email ticketing.email_address NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE ticketing.venues (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  city text NOT NULL,
  capacity integer NOT NULL CONSTRAINT venues_capacity_positive CHECK (capacity > 0),
  UNIQUE (city, name)
);

CREATE TABLE ticketing.events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organiser_id bigint NOT NULL REFERENCES ticketing.organisers,
  venue_id bigint NOT NULL REFERENCES ticketing.venues,
  title text NOT NULL,
  doors_open_at timestamptz NOT NULL,
  starts_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT events_doors_before_start CHECK (doors_open_at <= starts_at)
);

CREATE INDEX events_organiser_id_starts_at_idx ON ticketing.events (organiser_id, starts_at);

COMMENT ON COLUMN ticketing.events.doors_open_at IS 'Gates refuse every ticket before this moment';
