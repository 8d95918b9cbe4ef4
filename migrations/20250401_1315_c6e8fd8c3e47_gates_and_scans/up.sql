-- Every ticket held before a scanner leaves a row. A festival makes a million of them and nobody asks after a year:
-- one partition a month, so that old months can be detached instead of deleted.

CREATE TABLE ticketing.gates (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  venue_id bigint NOT NULL REFERENCES ticketing.venues,
  name text NOT NULL,
  UNIQUE (venue_id, name)
);

CREATE TABLE ticketing.scans (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  gate_id bigint NOT NULL REFERENCES ticketing.gates,
  ticket_id bigint NOT NULL REFERENCES ticketing.tickets,
  direction text NOT NULL CONSTRAINT scans_direction_known CHECK (direction IN ('in', 'out')),
  scanned_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id, scanned_at)
) PARTITION BY RANGE (scanned_at);

CREATE INDEX scans_ticket_id_scanned_at_idx ON ticketing.scans (ticket_id, scanned_at DESC);

CREATE TABLE ticketing.scans_2025_04 PARTITION OF ticketing.scans
  FOR VALUES FROM ('2025-04-01 00:00:00+00') TO ('2025-05-01 00:00:00+00');

CREATE TABLE ticketing.scans_2025_05 PARTITION OF ticketing.scans
  FOR VALUES FROM ('2025-05-01 00:00:00+00') TO ('2025-06-01 00:00:00+00');

CREATE TABLE ticketing.scans_2025_06 PARTITION OF ticketing.scans
  FOR VALUES FROM ('2025-06-01 00:00:00+00') TO ('2025-07-01 00:00:00+00');

CREATE TABLE ticketing.scans_default PARTITION OF ticketing.scans DEFAULT;

COMMENT ON TABLE ticketing.scans IS 'Partitioned by month, in UTC';
COMMENT ON TABLE ticketing.scans_default IS 'Scanners with a wrong clock, and months nobody made a partition for';
