-- The record of payments is lost with the table; the providers keep theirs.

DROP TABLE ticketing.payments;
