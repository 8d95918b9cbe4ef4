-- Rules that must hold whichever service writes: tickets are issued once an order is paid, a tier is never oversold,
-- and updated_at tells the truth.

CREATE FUNCTION ticketing.touch_updated_at() RETURNS trigger
LANGUAGE plpgsql
SET search_path = ''
AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END
$$;

CREATE TRIGGER events_touch_updated_at
  BEFORE UPDATE ON ticketing.events
  FOR EACH ROW EXECUTE FUNCTION ticketing.touch_updated_at();

CREATE TRIGGER orders_touch_updated_at
  BEFORE UPDATE ON ticketing.orders
  FOR EACH ROW EXECUTE FUNCTION ticketing.touch_updated_at();

CREATE FUNCTION ticketing.issue_tickets() RETURNS trigger
LANGUAGE plpgsql
SET search_path = ''
AS $$
BEGIN
  IF NEW.status = 'paid' AND OLD.status = 'pending' THEN
    INSERT INTO ticketing.tickets (order_id, tier_id)
    SELECT l.order_id, l.tier_id
    FROM ticketing.order_lines AS l
    CROSS JOIN LATERAL generate_series(1, l.quantity)
    WHERE l.order_id = NEW.id;
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER orders_issue_tickets
  AFTER UPDATE ON ticketing.orders
  FOR EACH ROW EXECUTE FUNCTION ticketing.issue_tickets();

CREATE FUNCTION ticketing.guard_tier_quota() RETURNS trigger
LANGUAGE plpgsql
SET search_path = ''
AS $$
DECLARE
  allowed integer;
  sold bigint;
BEGIN
  -- The row lock makes two buyers of the last ticket take turns.
  SELECT t.quota INTO STRICT allowed FROM ticketing.price_tiers AS t WHERE t.id = NEW.tier_id FOR UPDATE;
  SELECT count(*) INTO sold FROM ticketing.tickets AS t WHERE t.tier_id = NEW.tier_id;

  IF sold >= allowed THEN
    RAISE EXCEPTION 'price tier % is sold out', NEW.tier_id
      USING ERRCODE = 'check_violation', HINT = 'Cancel the order or raise the quota.';
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER tickets_guard_tier_quota
  BEFORE INSERT ON ticketing.tickets
  FOR EACH ROW EXECUTE FUNCTION ticketing.guard_tier_quota();
