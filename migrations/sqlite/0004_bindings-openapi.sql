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
ALTER TABLE `accounts` ADD `uploaded_limit` integer DEFAULT 5 NOT NULL;--> statement-breakpoint
ALTER TABLE `approvals` ADD `on_behalf_of` text;--> statement-breakpoint
ALTER TABLE `certificates` ADD `hold_origin` text;--> statement-breakpoint
ALTER TABLE `certificates` ADD `deleted_at` integer;--> statement-breakpoint
CREATE INDEX `certificates_api` ON `certificates` (`site_id`,`created_at`,`id`) WHERE deleted_at is null and state in ('active', 'held', 'revoked');--> statement-breakpoint
ALTER TABLE `requests` ADD `content_hash` text;--> statement-breakpoint
CREATE INDEX `requests_content` ON `requests` (`account_id`,`actor_id`,`content_hash`) WHERE content_hash is not null;--> statement-breakpoint
ALTER TABLE `sites` ADD `number` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `sites_number` ON `sites` (`number`) WHERE number > 0;