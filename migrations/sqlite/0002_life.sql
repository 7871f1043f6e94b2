CREATE TABLE `approvals` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`request_id` text NOT NULL,
	`purpose` text NOT NULL,
	`gate` text NOT NULL,
	`state` text NOT NULL,
	`targets` text NOT NULL,
	`content_hash` text NOT NULL,
	`card` text NOT NULL,
	`expires_at` integer NOT NULL,
	`decided_by` text,
	`decided_at` integer,
	`because` text,
	`created_at` integer NOT NULL,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `approvals_request` ON `approvals` (`request_id`);--> statement-breakpoint
CREATE INDEX `approvals_purpose` ON `approvals` (`account_id`,`purpose`,`created_at`);--> statement-breakpoint
CREATE INDEX `approvals_waiting` ON `approvals` (`account_id`,`created_at`) WHERE state = 'waiting';--> statement-breakpoint
CREATE TABLE `audit_checkpoints` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`sequence` integer NOT NULL,
	`hash` text NOT NULL,
	`line` text NOT NULL,
	`public_key` text DEFAULT '' NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `audit_checkpoints_sequence` ON `audit_checkpoints` (`account_id`,`sequence`);--> statement-breakpoint
CREATE TABLE `crl_chunks` (
	`id` text PRIMARY KEY NOT NULL,
	`content_id` text NOT NULL,
	`position` integer NOT NULL,
	`octets` blob NOT NULL
);
--> statement-breakpoint
CREATE INDEX `crl_chunks_content` ON `crl_chunks` (`content_id`,`position`);--> statement-breakpoint
CREATE TABLE `crl_leftovers` (
	`id` text PRIMARY KEY NOT NULL,
	`since` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `crl_leftovers_since` ON `crl_leftovers` (`since`);--> statement-breakpoint
CREATE TABLE `crls` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`authority_id` text NOT NULL,
	`scope` text NOT NULL,
	`number` integer NOT NULL,
	`this_update` integer NOT NULL,
	`next_update` integer NOT NULL,
	`resign_at` integer NOT NULL,
	`followed` integer NOT NULL,
	`entries` integer NOT NULL,
	`octets` integer NOT NULL,
	`sha256` text NOT NULL,
	`content_id` text NOT NULL,
	`build_ms` integer NOT NULL,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `crls_resign` ON `crls` (`resign_at`);--> statement-breakpoint
CREATE INDEX `crls_authority` ON `crls` (`authority_id`);--> statement-breakpoint
CREATE TABLE `ocsp_responders` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`authority_id` text NOT NULL,
	`certificate` blob NOT NULL,
	`sealed_key` blob NOT NULL,
	`not_before` integer NOT NULL,
	`not_after` integer NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `ocsp_responders_authority` ON `ocsp_responders` (`authority_id`,`not_after`);--> statement-breakpoint
CREATE TABLE `publications` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`wanted` integer NOT NULL,
	`made` integer NOT NULL,
	`lease_by` text,
	`lease_until` integer,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `publications_due` ON `publications` (`id`) WHERE made < wanted;--> statement-breakpoint
CREATE TABLE `reminders` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`subject_kind` text NOT NULL,
	`subject_id` text NOT NULL,
	`days_before` integer NOT NULL,
	`message_id` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `reminders_message` ON `reminders` (`message_id`);--> statement-breakpoint
CREATE INDEX `reminders_subject` ON `reminders` (`subject_id`);--> statement-breakpoint
CREATE TABLE `request_items` (
	`id` text PRIMARY KEY NOT NULL,
	`request_id` text NOT NULL,
	`position` integer NOT NULL,
	`certificate_id` text NOT NULL,
	`state` text NOT NULL,
	`note` text,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `request_items_state` ON `request_items` (`request_id`,`state`,`position`);--> statement-breakpoint
CREATE TABLE `reveal_openings` (
	`id` text PRIMARY KEY NOT NULL,
	`opened_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `reveals` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`request_id` text NOT NULL,
	`certificate_id` text NOT NULL,
	`sealed` blob,
	`expires_at` integer NOT NULL,
	`opened_at` integer,
	`created_at` integer NOT NULL,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `reveals_expiring` ON `reveals` (`expires_at`) WHERE sealed is not null;--> statement-breakpoint
CREATE INDEX `reveals_request` ON `reveals` (`request_id`);--> statement-breakpoint
CREATE TABLE `sightings` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`certificate_id` text NOT NULL,
	`edge` text NOT NULL,
	`hostname` text NOT NULL,
	`last_seen_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `sightings_certificate` ON `sightings` (`certificate_id`,`last_seen_at`);--> statement-breakpoint
CREATE INDEX `sightings_account` ON `sightings` (`account_id`);--> statement-breakpoint
CREATE TABLE `status_changes` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`authority_id` text NOT NULL,
	`shard` integer NOT NULL,
	`certificate_id` text NOT NULL,
	`request_id` text,
	`state` text NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `status_changes_authority` ON `status_changes` (`authority_id`,`shard`);--> statement-breakpoint
CREATE INDEX `status_changes_certificate` ON `status_changes` (`certificate_id`);--> statement-breakpoint
CREATE TABLE `usage` (
	`id` text PRIMARY KEY NOT NULL,
	`certificate_id` text NOT NULL,
	`hour_at` integer NOT NULL,
	`count` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `usage_certificate` ON `usage` (`certificate_id`,`hour_at`);--> statement-breakpoint
CREATE INDEX `usage_hour` ON `usage` (`hour_at`);--> statement-breakpoint
DROP INDEX `audit_events_subject`;--> statement-breakpoint
CREATE INDEX `audit_events_actor` ON `audit_events` (`account_id`,`actor_id`,`at`);--> statement-breakpoint
CREATE INDEX `audit_events_action` ON `audit_events` (`account_id`,`action`,`at`);--> statement-breakpoint
CREATE INDEX `audit_events_subject` ON `audit_events` (`subject_id`,`at`);--> statement-breakpoint
DROP INDEX `certificates_one_active`;--> statement-breakpoint
DROP INDEX `certificates_owner`;--> statement-breakpoint
ALTER TABLE `certificates` ADD `held_at` integer;--> statement-breakpoint
ALTER TABLE `certificates` ADD `invalidity_at` integer;--> statement-breakpoint
ALTER TABLE `certificates` ADD `renews_id` text;--> statement-breakpoint
CREATE INDEX `certificates_all` ON `certificates` (`account_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `certificates_site` ON `certificates` (`account_id`,`site_id`,`created_at`,`id`,`state`);--> statement-breakpoint
CREATE INDEX `certificates_state` ON `certificates` (`account_id`,`state`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `certificates_ending` ON `certificates` (`account_id`,`not_after`,`id`) WHERE state = 'active';--> statement-breakpoint
CREATE INDEX `certificates_owner_ending` ON `certificates` (`account_id`,`owner_id`,`not_after`,`id`) WHERE state = 'active';--> statement-breakpoint
CREATE INDEX `certificates_account_serial` ON `certificates` (`account_id`,`serial`);--> statement-breakpoint
CREATE INDEX `certificates_fingerprint` ON `certificates` (`fingerprint`);--> statement-breakpoint
CREATE INDEX `certificates_renews` ON `certificates` (`renews_id`) WHERE renews_id is not null;--> statement-breakpoint
CREATE UNIQUE INDEX `certificates_one_successor` ON `certificates` (`renews_id`) WHERE renews_id is not null and state in ('intended', 'active', 'held');--> statement-breakpoint
CREATE INDEX `certificates_authority_end` ON `certificates` (`authority_id`,`not_after`);--> statement-breakpoint
CREATE INDEX `certificates_listed` ON `certificates` (`authority_id`,`shard`,`serial`,`state`,`not_after`,`held_at`,`revoked_at`,`revocation_reason`,`invalidity_at`) WHERE state in ('held', 'revoked');--> statement-breakpoint
CREATE UNIQUE INDEX `certificates_one_active` ON `certificates` (`request_id`) WHERE state in ('intended', 'active', 'held');--> statement-breakpoint
CREATE INDEX `certificates_owner` ON `certificates` (`account_id`,`owner_id`,`created_at`,`id`,`state`);--> statement-breakpoint
ALTER TABLE `accounts` ADD `four_eyes` integer DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE `accounts` ADD `open_gates` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `accounts` ADD `long_validity_days` integer DEFAULT 1825 NOT NULL;--> statement-breakpoint
ALTER TABLE `accounts` ADD `key_delivery` text DEFAULT 'message' NOT NULL;--> statement-breakpoint
ALTER TABLE `accounts` ADD `reminder_days` text DEFAULT '[30,14,7,2]' NOT NULL;--> statement-breakpoint
ALTER TABLE `audit_heads` ADD `signed` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `audit_heads` ADD `checkpoint_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `audit_heads_unsigned` ON `audit_heads` (`checkpoint_at`) WHERE sequence > signed;--> statement-breakpoint
ALTER TABLE `authorities` ADD `issues_from` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `authorities` ADD `retired_at` integer;--> statement-breakpoint
ALTER TABLE `authorities` ADD `pki_urls` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `authorities` ADD `version` integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE `roles` ADD `during_setup` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `sites` ADD `guarded` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `requests_open` ON `requests` (`account_id`,`actor_id`,`created_at`) WHERE state in ('recorded', 'waiting');