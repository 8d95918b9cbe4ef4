-- Dropping the parent drops its partitions.

DROP TABLE ticketing.scans;
DROP TABLE ticketing.gates;
