ALTER TABLE campaign ADD COLUMN stream boolean NOT NULL DEFAULT false;
ALTER TABLE shard ADD COLUMN expires_at timestamptz, ADD COLUMN created_at timestamptz NOT NULL DEFAULT now();
