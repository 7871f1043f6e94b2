CREATE TABLE `access_key_uses` (
	`id` text PRIMARY KEY NOT NULL,
	`operation` text NOT NULL,
	`used_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `access_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`name` text NOT NULL,
	`access_key_id` text NOT NULL,
	`sealed_secret` blob,
	`site_ids` text,
	`access` text NOT NULL,
	`groups` text NOT NULL,
	`mode` text NOT NULL,
	`state` text NOT NULL,
	`request_id` text NOT NULL,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`shown_at` integer,
	`ended_at` integer,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `access_keys_name` ON `access_keys` (`account_id`,`name`);--> statement-breakpoint
CREATE UNIQUE INDEX `access_keys_public` ON `access_keys` (`access_key_id`);--> statement-breakpoint
CREATE INDEX `access_keys_request` ON `access_keys` (`request_id`);--> statement-breakpoint
CREATE TABLE `api_nonces` (
	`id` text PRIMARY KEY NOT NULL,
	`received_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `api_nonces_received` ON `api_nonces` (`received_at`);--> statement-breakpoint
CREATE TABLE `bindings` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`site_id` text NOT NULL,
	`authority_id` text NOT NULL,
	`hostnames` text NOT NULL,
	`updated_at` integer NOT NULL,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `bindings_site` ON `bindings` (`site_id`);--> statement-breakpoint
CREATE INDEX `bindings_account` ON `bindings` (`account_id`);--> statement-breakpoint
CREATE TABLE `blocks` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`authority_id` text NOT NULL,
	`kind` text NOT NULL,
	`value` text NOT NULL,
	`because` text NOT NULL,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`lifted_by` text,
	`lifted_at` integer,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `blocks_one` ON `blocks` (`authority_id`,`kind`,`value`) WHERE lifted_at is null;--> statement-breakpoint
CREATE TABLE `edge_acks` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`edge_id` text NOT NULL,
	`epoch` integer NOT NULL,
	`snapshot` integer NOT NULL,
	`applied_at` integer NOT NULL,
	`received_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `edge_acks_edge` ON `edge_acks` (`edge_id`,`epoch`,`snapshot`);--> statement-breakpoint
CREATE INDEX `edge_acks_received` ON `edge_acks` (`received_at`);--> statement-breakpoint
CREATE TABLE `edge_states` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`epoch` integer NOT NULL,
	`snapshot` integer NOT NULL,
	`applied_at` integer,
	`last_seen_at` integer NOT NULL,
	`software` text NOT NULL,
	`problems` text DEFAULT '[]' NOT NULL,
	`inexpressible` text DEFAULT '[]' NOT NULL,
	`proof` text
);
--> statement-breakpoint
CREATE INDEX `edge_states_account` ON `edge_states` (`account_id`);--> statement-breakpoint
CREATE INDEX `edge_states_proof` ON `edge_states` (`id`) WHERE proof is not null;--> statement-breakpoint
CREATE TABLE `edges` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`name` text NOT NULL,
	`kind` text NOT NULL,
	`state` text NOT NULL,
	`credential_hash` text,
	`pin` text,
	`request_id` text,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`shown_at` integer,
	`ended_at` integer,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `edges_name` ON `edges` (`account_id`,`name`) WHERE state <> 'removed';--> statement-breakpoint
CREATE INDEX `edges_request` ON `edges` (`request_id`);--> statement-breakpoint
CREATE TABLE `feed_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`number` integer NOT NULL,
	`public_key` text NOT NULL,
	`sealed_key` blob NOT NULL,
	`successor` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `feed_keys_number` ON `feed_keys` (`account_id`,`number`);--> statement-breakpoint
CREATE TABLE `host_usage` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`hostname` text NOT NULL,
	`hour_at` integer NOT NULL,
	`verified` integer NOT NULL,
	`unverified` integer NOT NULL,
	`blocked` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `host_usage_hostname` ON `host_usage` (`account_id`,`hostname`,`hour_at`);--> statement-breakpoint
CREATE INDEX `host_usage_hour` ON `host_usage` (`hour_at`);--> statement-breakpoint
CREATE TABLE `meters` (
	`id` text PRIMARY KEY NOT NULL,
	`value` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `owed_answers` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`request_id` text NOT NULL,
	`due_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `owed_answers_due` ON `owed_answers` (`due_at`);--> statement-breakpoint
CREATE TABLE `rules` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`site_id` text NOT NULL,
	`ruleset_id` text NOT NULL,
	`number` integer NOT NULL,
	`name` text NOT NULL,
	`expression` text NOT NULL,
	`action` text NOT NULL,
	`status` text NOT NULL,
	`config` text NOT NULL,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`deleted_at` integer,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `rules_number` ON `rules` (`number`);--> statement-breakpoint
CREATE INDEX `rules_site` ON `rules` (`site_id`);--> statement-breakpoint
CREATE INDEX `rules_ruleset` ON `rules` (`ruleset_id`);--> statement-breakpoint
CREATE TABLE `rulesets` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`site_id` text NOT NULL,
	`number` integer NOT NULL,
	`phase` text NOT NULL,
	`name` text NOT NULL,
	`status` text NOT NULL,
	`order` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`deleted_at` integer,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `rulesets_number` ON `rulesets` (`number`);--> statement-breakpoint
CREATE INDEX `rulesets_site` ON `rulesets` (`site_id`);--> statement-breakpoint
CREATE TABLE `snapshot_chunks` (
	`id` text PRIMARY KEY NOT NULL,
	`content_id` text NOT NULL,
	`account_id` text NOT NULL,
	`hash` text NOT NULL,
	`octets` blob NOT NULL
);
--> statement-breakpoint
CREATE INDEX `snapshot_chunks_hash` ON `snapshot_chunks` (`account_id`,`hash`);--> statement-breakpoint
CREATE INDEX `snapshot_chunks_content` ON `snapshot_chunks` (`content_id`);--> statement-breakpoint
CREATE TABLE `snapshot_deltas` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`epoch` integer NOT NULL,
	`snapshot` integer NOT NULL,
	`header_hash` text NOT NULL,
	`message` text NOT NULL,
	`followed` integer NOT NULL,
	`read_at` integer NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `snapshot_deltas_place` ON `snapshot_deltas` (`account_id`,`epoch`,`snapshot`);--> statement-breakpoint
CREATE INDEX `snapshot_deltas_created` ON `snapshot_deltas` (`created_at`);--> statement-breakpoint
CREATE INDEX `snapshot_deltas_followed` ON `snapshot_deltas` (`account_id`,`followed`,`epoch`,`snapshot`);--> statement-breakpoint
CREATE INDEX `snapshot_deltas_read` ON `snapshot_deltas` (`account_id`,`read_at`,`epoch`,`snapshot`);--> statement-breakpoint
CREATE TABLE `snapshot_leases` (
	`id` text PRIMARY KEY NOT NULL,
	`lease_by` text,
	`lease_until` integer,
	`heartbeat_at` integer NOT NULL,
	`heartbeat` text,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `snapshot_leftovers` (
	`id` text PRIMARY KEY NOT NULL,
	`since` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `snapshot_leftovers_since` ON `snapshot_leftovers` (`since`);--> statement-breakpoint
CREATE TABLE `snapshots` (
	`id` text PRIMARY KEY NOT NULL,
	`epoch` integer NOT NULL,
	`snapshot` integer NOT NULL,
	`header` text NOT NULL,
	`header_hash` text NOT NULL,
	`followed` integer NOT NULL,
	`policy_mark` text NOT NULL,
	`pruned_to` integer NOT NULL,
	`base_epoch` integer NOT NULL,
	`base_snapshot` integer NOT NULL,
	`base_header` text NOT NULL,
	`base_content_id` text NOT NULL,
	`base_octets` integer NOT NULL,
	`deltas` integer NOT NULL,
	`delta_octets` integer NOT NULL,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `snapshots_base` ON `snapshots` (`base_content_id`);--> statement-breakpoint
CREATE TABLE `uploaded_authorities` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`site_id` text NOT NULL,
	`slot` integer NOT NULL,
	`name` text NOT NULL,
	`certificate` blob NOT NULL,
	`fingerprint` text NOT NULL,
	`subject_sha256` text NOT NULL,
	`spki_sha256` text NOT NULL,
	`not_before` integer NOT NULL,
	`not_after` integer NOT NULL,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`deleted_at` integer,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `uploaded_authorities_slot` ON `uploaded_authorities` (`account_id`,`slot`) WHERE deleted_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX `uploaded_authorities_once` ON `uploaded_authorities` (`site_id`,`fingerprint`) WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX `uploaded_authorities_site` ON `uploaded_authorities` (`site_id`,`created_at`);--> statement-breakpoint
CREATE TABLE `uploaded_crls` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`url` text,
	`content_id` text,
	`number` text,
	`this_update` integer,
	`next_update` integer,
	`sha256` text,
	`entries` integer NOT NULL,
	`octets` integer NOT NULL,
	`taken_at` integer,
	`next_fetch_at` integer,
	`attempts` integer NOT NULL,
	`problem` text,
	`alarmed_at` integer,
	`lease_until` integer,
	`created_at` integer NOT NULL,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `uploaded_crls_due` ON `uploaded_crls` (`next_fetch_at`) WHERE next_fetch_at is not null;--> statement-breakpoint
CREATE TABLE `written_answers` (
	`id` text PRIMARY KEY NOT NULL,
	`written_at` integer NOT NULL
);
--> statement-breakpoint
DROP INDEX `sightings_account`;--> statement-breakpoint
CREATE INDEX `sightings_hostname` ON `sightings` (`account_id`,`hostname`,`last_seen_at`);--> statement-breakpoint
ALTER TABLE `accounts` ADD `uploaded_limit` integer DEFAULT 5 NOT NULL;--> statement-breakpoint
ALTER TABLE `approvals` ADD `on_behalf_of` text;--> statement-breakpoint
ALTER TABLE `certificates` ADD `hold_origin` text;--> statement-breakpoint
ALTER TABLE `certificates` ADD `deleted_at` integer;--> statement-breakpoint
CREATE INDEX `certificates_api` ON `certificates` (`site_id`,`created_at`,`id`,`state`,`deleted_at`) WHERE deleted_at is null and state in ('active', 'held', 'revoked');--> statement-breakpoint
ALTER TABLE `requests` ADD `content_hash` text;--> statement-breakpoint
CREATE INDEX `requests_content` ON `requests` (`account_id`,`actor_id`,`content_hash`) WHERE content_hash is not null;--> statement-breakpoint
ALTER TABLE `sites` ADD `number` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `sites_number` ON `sites` (`number`) WHERE number > 0;