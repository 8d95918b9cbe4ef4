-- Takes out everything about sales; organisers, venues and events stay.

DROP TABLE ticketing.tickets;
DROP TABLE ticketing.order_lines;
DROP TABLE ticketing.orders;
DROP TABLE ticketing.customers;
DROP TABLE ticketing.price_tiers;
DROP TYPE ticketing.order_status;
