-- How often deliveries were queued by hand, or events let go of (W86): whoever works on the lane sees by it that something
-- stands in front of what is new, and whoever queues that what it saw is no more.
ALTER TABLE webhook_lanes ADD COLUMN queued BIGINT NOT NULL DEFAULT 0;
