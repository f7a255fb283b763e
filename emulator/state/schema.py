"""The tables behind the emulated accounts.

A contact is one JSON text in the shape of GET with every subresource, and beside it the columns by which GET
/contacts filters and sorts. Lists and tags are rows, so that removing one does not rewrite thousands of contacts.
``number`` doubles as the V2 sequence id.
"""

SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
    account_id TEXT PRIMARY KEY, summary TEXT NOT NULL, confirmed_opt_in INTEGER NOT NULL DEFAULT 0);

CREATE TABLE IF NOT EXISTS contacts (
    number INTEGER PRIMARY KEY, account_id TEXT NOT NULL, contact_id TEXT NOT NULL,
    address TEXT, permission TEXT, created_at TEXT NOT NULL, updated_at TEXT NOT NULL, deleted_at TEXT,
    opt_out_date TEXT, opt_in_date TEXT, sms_number TEXT, sms_permission TEXT, body TEXT NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS contact_id ON contacts (account_id, contact_id);
CREATE UNIQUE INDEX IF NOT EXISTS contact_address ON contacts (account_id, address) WHERE address IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS contact_sms ON contacts (account_id, sms_number) WHERE sms_number IS NOT NULL;
CREATE INDEX IF NOT EXISTS contact_order ON contacts
    (account_id, created_at DESC, contact_id, deleted_at, permission, updated_at);

CREATE TABLE IF NOT EXISTS memberships (contact INTEGER NOT NULL, list_id TEXT NOT NULL, UNIQUE (contact, list_id));
CREATE INDEX IF NOT EXISTS membership_list ON memberships (list_id, contact);
CREATE TABLE IF NOT EXISTS taggings (contact INTEGER NOT NULL, tag_id TEXT NOT NULL, UNIQUE (contact, tag_id));
CREATE INDEX IF NOT EXISTS tagging_tag ON taggings (tag_id, contact);

CREATE TABLE IF NOT EXISTS lists (
    number INTEGER PRIMARY KEY, account_id TEXT NOT NULL, list_id TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    description TEXT, favorite INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL, updated_at TEXT NOT NULL, deleted_at TEXT);
CREATE UNIQUE INDEX IF NOT EXISTS list_name ON lists (account_id, name) WHERE deleted_at IS NULL;

CREATE TABLE IF NOT EXISTS tags (
    account_id TEXT NOT NULL, tag_id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, tag_source TEXT,
    created_at TEXT NOT NULL, updated_at TEXT NOT NULL, UNIQUE (account_id, name));

CREATE TABLE IF NOT EXISTS custom_fields (
    number INTEGER PRIMARY KEY, account_id TEXT NOT NULL, custom_field_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (account_id, name));

CREATE TABLE IF NOT EXISTS activities (
    number INTEGER PRIMARY KEY, account_id TEXT NOT NULL, activity_id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    wish TEXT NOT NULL, state TEXT NOT NULL, created_at TEXT NOT NULL, due_at TEXT NOT NULL,
    completed_at TEXT, result TEXT NOT NULL DEFAULT '{}');
CREATE INDEX IF NOT EXISTS activity_open ON activities (account_id, due_at)
    WHERE state IN ('initialized', 'processing');
CREATE TABLE IF NOT EXISTS exports (export_id TEXT PRIMARY KEY, account_id TEXT NOT NULL, body TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS segments (
    account_id TEXT NOT NULL, segment_id INTEGER NOT NULL, computed INTEGER NOT NULL DEFAULT 0,
    contact_ids TEXT NOT NULL, PRIMARY KEY (account_id, segment_id));

CREATE TABLE IF NOT EXISTS resubscribe_mails (
    contact INTEGER PRIMARY KEY, sent_at TEXT NOT NULL, list_ids TEXT NOT NULL);
"""
