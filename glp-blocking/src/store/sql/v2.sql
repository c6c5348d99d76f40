-- Version 2: a retirement names its run; tags and expiry dates are found without a scan.

ALTER TABLE devices ADD COLUMN retired_by_run INTEGER;
ALTER TABLE subscriptions ADD COLUMN retired_by_run INTEGER;

CREATE INDEX subscriptions_by_end ON subscriptions (end_time) WHERE retired_at IS NULL;
CREATE INDEX device_subscriptions_by_subscription ON device_subscriptions (subscription_id);
CREATE INDEX device_tags_by_key ON device_tags (tag_key, tag_value);
CREATE INDEX subscription_tags_by_key ON subscription_tags (tag_key, tag_value);
