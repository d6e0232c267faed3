-- The embedded store fixes its planner's statistics here. PostgreSQL keeps its own; what steers its plans are the
-- settings of each connection.
SELECT 1;
