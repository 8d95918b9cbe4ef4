-- Scanners decide for themselves again; the recorded refusals are lost with the column.

DROP TRIGGER scans_decide_entry ON ticketing.scans;
DROP FUNCTION ticketing.decide_entry();
DROP FUNCTION ticketing.entry_refusal(bigint);

ALTER TABLE ticketing.scans DROP COLUMN refusal;
