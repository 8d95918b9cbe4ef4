-- Without these the services must keep the rules themselves, as they did before.

DROP TRIGGER tickets_guard_tier_quota ON ticketing.tickets;
DROP FUNCTION ticketing.guard_tier_quota();
DROP TRIGGER orders_issue_tickets ON ticketing.orders;
DROP FUNCTION ticketing.issue_tickets();
DROP TRIGGER orders_touch_updated_at ON ticketing.orders;
DROP TRIGGER events_touch_updated_at ON ticketing.events;
DROP FUNCTION ticketing.touch_updated_at();
