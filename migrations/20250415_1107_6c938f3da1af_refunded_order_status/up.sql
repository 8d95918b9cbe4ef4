-- An order that was paid back is not the same as one that was never paid. Nothing may use the value in the
-- transaction that adds it, so this revision stands alone.

ALTER TYPE ticketing.order_status ADD VALUE 'refunded' AFTER 'paid';
