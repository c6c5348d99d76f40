-- Version 1. Times are texts, always YYYY-MM-DDTHH:MM:SS.sssZ, so that they sort as they follow.
-- No column is checked against a list of values: what the service invents next is stored as it is.

-- One run of a sync, from its beginning; a row is never deleted.
CREATE TABLE sync_runs (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    pid          INTEGER NOT NULL,
    host         TEXT    NOT NULL,
    program      TEXT    NOT NULL,
    started_at   TEXT    NOT NULL,
    completed_at TEXT,
    outcome      TEXT    NOT NULL,
    report       TEXT,
    error        TEXT
) STRICT;

-- The one run that may write, if there is one.
CREATE TABLE sync_lock (
    only_row     INTEGER PRIMARY KEY CHECK (only_row = 1),
    run          INTEGER NOT NULL REFERENCES sync_runs (id),
    heartbeat_at TEXT    NOT NULL
) STRICT;

-- What readers see of each resource.
CREATE TABLE resources (
    name              TEXT PRIMARY KEY,
    generation        INTEGER NOT NULL,
    published_at      TEXT    NOT NULL,
    last_complete_at  TEXT,
    last_complete_run INTEGER
) STRICT;

-- How far an unfinished listing got; `distinct_rows` counts the rows staged in `pass`.
CREATE TABLE checkpoints (
    resource      TEXT PRIMARY KEY,
    pass          INTEGER NOT NULL,
    distinct_rows INTEGER NOT NULL,
    state         TEXT    NOT NULL
) STRICT;

-- The rows of an unfinished listing: one table each, because SQLite empties a whole table at once.
CREATE TABLE staged_devices (
    id       TEXT PRIMARY KEY,
    pass     INTEGER NOT NULL,
    raw_data TEXT    NOT NULL
) STRICT;

CREATE TABLE staged_subscriptions (
    id       TEXT PRIMARY KEY,
    pass     INTEGER NOT NULL,
    raw_data TEXT    NOT NULL
) STRICT;

-- `generation` and `synced_at` are those of the publication that last changed the row.
CREATE TABLE devices (
    id                       TEXT PRIMARY KEY,
    mac_address              TEXT,
    serial_number            TEXT,
    part_number              TEXT,
    device_type              TEXT,
    model                    TEXT,
    make                     TEXT,
    category                 TEXT,
    region                   TEXT,
    archived                 INTEGER,
    is_flex                  INTEGER,
    device_name              TEXT,
    secondary_name           TEXT,
    assigned_state           TEXT,
    resource_type            TEXT,
    tenant_workspace_id      TEXT,
    in_use_workspace_id      TEXT,
    application_id           TEXT,
    application_resource_uri TEXT,
    dedicated_platform_id    TEXT,
    location_id              TEXT,
    location_name            TEXT,
    location_city            TEXT,
    location_state           TEXT,
    location_country         TEXT,
    location_postal_code     TEXT,
    location_street_address  TEXT,
    location_latitude        REAL,
    location_longitude       REAL,
    location_source          TEXT,
    management               TEXT,
    ownership                TEXT,
    source                   TEXT,
    subscription_category    TEXT,
    billing_account_id       TEXT,
    billing_account_name     TEXT,
    billing_tier             TEXT,
    warranty                 TEXT,
    contact                  TEXT,
    manufactured_at          TEXT,
    created_at               TEXT,
    updated_at               TEXT,
    generation               INTEGER NOT NULL,
    first_seen_run           INTEGER NOT NULL,
    retired_at               TEXT,
    synced_at                TEXT NOT NULL,
    raw_data                 TEXT NOT NULL
) STRICT;

CREATE INDEX devices_live ON devices (id) WHERE retired_at IS NULL;
CREATE INDEX devices_by_serial ON devices (serial_number COLLATE NOCASE);

-- The subscription need not be in the store: devices are synced first.
CREATE TABLE device_subscriptions (
    device_id       TEXT NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    subscription_id TEXT NOT NULL,
    resource_uri    TEXT,
    key             TEXT,
    tier            TEXT,
    start_time      TEXT,
    end_time        TEXT,
    PRIMARY KEY (device_id, subscription_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE device_tags (
    device_id TEXT NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    tag_key   TEXT NOT NULL,
    tag_value TEXT,
    PRIMARY KEY (device_id, tag_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE subscriptions (
    id                  TEXT PRIMARY KEY,
    key                 TEXT,
    resource_type       TEXT,
    subscription_type   TEXT,
    subscription_status TEXT,
    quantity            INTEGER,
    available_quantity  INTEGER,
    sku                 TEXT,
    sku_description     TEXT,
    start_time          TEXT,
    end_time            TEXT,
    tier                TEXT,
    tier_description    TEXT,
    product_type        TEXT,
    is_eval             INTEGER,
    contract            TEXT,
    quote               TEXT,
    po                  TEXT,
    reseller_po         TEXT,
    created_at          TEXT,
    updated_at          TEXT,
    generation          INTEGER NOT NULL,
    first_seen_run      INTEGER NOT NULL,
    retired_at          TEXT,
    synced_at           TEXT NOT NULL,
    raw_data            TEXT NOT NULL
) STRICT;

CREATE INDEX subscriptions_live ON subscriptions (id) WHERE retired_at IS NULL;
CREATE INDEX subscriptions_by_key ON subscriptions (key COLLATE NOCASE);

CREATE TABLE subscription_tags (
    subscription_id TEXT NOT NULL REFERENCES subscriptions (id) ON DELETE CASCADE,
    tag_key         TEXT NOT NULL,
    tag_value       TEXT,
    PRIMARY KEY (subscription_id, tag_key)
) STRICT, WITHOUT ROWID;
