-- Back to an empty database. No CASCADE anywhere: what still depends on these must go first.

DROP TABLE ticketing.events;
DROP TABLE ticketing.venues;
DROP TABLE ticketing.organisers;
DROP DOMAIN ticketing.email_address;
DROP SCHEMA ticketing;
