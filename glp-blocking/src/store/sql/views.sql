-- The views hold nothing, so every migration makes them anew. They show live rows only.

DROP VIEW IF EXISTS active_devices;
CREATE VIEW active_devices AS
SELECT * FROM devices WHERE retired_at IS NULL AND archived IS NOT 1;

DROP VIEW IF EXISTS active_subscriptions;
CREATE VIEW active_subscriptions AS
SELECT * FROM subscriptions WHERE retired_at IS NULL AND subscription_status = 'STARTED';

-- One row for each subscription of a device; a device without one has a single row.
-- What the subscription itself says goes before what the device says of it.
DROP VIEW IF EXISTS devices_with_subscriptions;
CREATE VIEW devices_with_subscriptions AS
SELECT
    d.id AS device_id,
    d.serial_number,
    d.device_name,
    d.device_type,
    d.model,
    d.region,
    d.assigned_state,
    ds.subscription_id,
    coalesce(s.key, ds.key) AS subscription_key,
    s.subscription_type,
    s.subscription_status,
    coalesce(s.tier, ds.tier) AS tier,
    coalesce(s.start_time, ds.start_time) AS start_time,
    coalesce(s.end_time, ds.end_time) AS end_time
FROM devices AS d
LEFT JOIN device_subscriptions AS ds ON ds.device_id = d.id
LEFT JOIN subscriptions AS s ON s.id = ds.subscription_id AND s.retired_at IS NULL
WHERE d.retired_at IS NULL;

DROP VIEW IF EXISTS devices_expiring_soon;
CREATE VIEW devices_expiring_soon AS
SELECT *, CAST(julianday(end_time) - julianday('now') AS INTEGER) AS days_remaining
FROM devices_with_subscriptions
WHERE end_time >= strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
  AND end_time < strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+90 days')
ORDER BY end_time, device_id;

DROP VIEW IF EXISTS subscriptions_expiring_soon;
CREATE VIEW subscriptions_expiring_soon AS
SELECT
    id,
    key,
    subscription_type,
    subscription_status,
    sku,
    sku_description,
    tier,
    quantity,
    available_quantity,
    end_time,
    CAST(julianday(end_time) - julianday('now') AS INTEGER) AS days_remaining
FROM active_subscriptions
WHERE end_time >= strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
  AND end_time < strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+90 days')
ORDER BY end_time, key, id;

DROP VIEW IF EXISTS device_summary;
CREATE VIEW device_summary AS
SELECT
    device_type,
    region,
    count(*) AS total,
    count(*) FILTER (WHERE archived = 1) AS archived,
    count(*) FILTER (WHERE assigned_state = 'UNASSIGNED') AS unassigned
FROM devices
WHERE retired_at IS NULL
GROUP BY device_type, region;

DROP VIEW IF EXISTS subscription_summary;
CREATE VIEW subscription_summary AS
SELECT
    subscription_type,
    subscription_status,
    count(*) AS total,
    sum(quantity) AS quantity,
    sum(available_quantity) AS available_quantity
FROM subscriptions
WHERE retired_at IS NULL
GROUP BY subscription_type, subscription_status;

DROP VIEW IF EXISTS schema_info;
CREATE VIEW schema_info AS
SELECT t.name AS table_name, t.type AS table_type, c.name AS column_name, c.type AS data_type
FROM sqlite_schema AS t, pragma_table_info(t.name) AS c
WHERE t.type IN ('table', 'view') AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\'
ORDER BY t.name, c.cid;
