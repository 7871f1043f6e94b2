CREATE TABLE `accounts` (
	`id` text PRIMARY KEY NOT NULL,
	`audit_channel` text,
	`approval_channel` text,
	`default_validity_days` integer NOT NULL,
	`max_validity_days` integer NOT NULL,
	`created_at` integer NOT NULL,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `audit_events` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`at` integer NOT NULL,
	`actor_id` text NOT NULL,
	`action` text NOT NULL,
	`subject_kind` text NOT NULL,
	`subject_id` text NOT NULL,
	`details` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_events_account` ON `audit_events` (`account_id`,`at`);--> statement-breakpoint
CREATE INDEX `audit_events_subject` ON `audit_events` (`subject_id`);--> statement-breakpoint
CREATE TABLE `audit_heads` (
	`id` text PRIMARY KEY NOT NULL,
	`sequence` integer NOT NULL,
	`hash` text NOT NULL,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `audit_links` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`sequence` integer NOT NULL,
	`previous_hash` text NOT NULL,
	`hash` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `audit_links_sequence` ON `audit_links` (`account_id`,`sequence`);--> statement-breakpoint
CREATE TABLE `audit_pending` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `authorities` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`generation` integer NOT NULL,
	`certificate` blob NOT NULL,
	`sealed_key` blob NOT NULL,
	`spki_sha256` text NOT NULL,
	`not_after` integer NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `authorities_generation` ON `authorities` (`account_id`,`generation`);--> statement-breakpoint
CREATE TABLE `certificates` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`authority_id` text NOT NULL,
	`serial` text NOT NULL,
	`site_id` text NOT NULL,
	`site_name` text NOT NULL,
	`request_id` text NOT NULL,
	`made_by` text NOT NULL,
	`owner_id` text NOT NULL,
	`name` text NOT NULL,
	`key_algorithm` text NOT NULL,
	`spki_sha256` text NOT NULL,
	`shard` integer NOT NULL,
	`state` text NOT NULL,
	`tbs` blob NOT NULL,
	`certificate` blob,
	`fingerprint` text,
	`not_before` integer NOT NULL,
	`not_after` integer NOT NULL,
	`shown_at` integer,
	`revoked_at` integer,
	`revocation_reason` text,
	`created_at` integer NOT NULL,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `certificates_serial` ON `certificates` (`authority_id`,`serial`);--> statement-breakpoint
CREATE UNIQUE INDEX `certificates_one_active` ON `certificates` (`request_id`) WHERE state in ('intended', 'active');--> statement-breakpoint
CREATE INDEX `certificates_key` ON `certificates` (`spki_sha256`);--> statement-breakpoint
CREATE INDEX `certificates_owner` ON `certificates` (`account_id`,`owner_id`,`created_at`);--> statement-breakpoint
CREATE TABLE `messages` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`subject_id` text NOT NULL,
	`place` text NOT NULL,
	`wanted` integer NOT NULL,
	`sent` integer NOT NULL,
	`channel` text,
	`ts` text,
	`attempted_at` integer,
	`attempts` integer NOT NULL,
	`next_attempt_at` integer NOT NULL,
	`refresh_at` integer,
	`lease_until` integer,
	`problem` text,
	`created_at` integer NOT NULL,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `messages_place` ON `messages` (`subject_id`,`place`);--> statement-breakpoint
CREATE INDEX `messages_due` ON `messages` (`next_attempt_at`) WHERE sent < wanted;--> statement-breakpoint
CREATE INDEX `messages_refresh` ON `messages` (`refresh_at`) WHERE refresh_at is not null;--> statement-breakpoint
CREATE TABLE `requests` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`actor_id` text NOT NULL,
	`kind` text NOT NULL,
	`payload` text NOT NULL,
	`idempotency_key` text NOT NULL,
	`state` text NOT NULL,
	`parent_id` text,
	`deadline_at` integer NOT NULL,
	`sealed` blob,
	`outcome` text,
	`attempts` integer NOT NULL,
	`next_attempt_at` integer NOT NULL,
	`lease_until` integer,
	`created_at` integer NOT NULL,
	`ended_at` integer,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `requests_idempotency` ON `requests` (`account_id`,`idempotency_key`);--> statement-breakpoint
CREATE INDEX `requests_due` ON `requests` (`next_attempt_at`) WHERE state = 'recorded';--> statement-breakpoint
CREATE INDEX `requests_deadline` ON `requests` (`deadline_at`) WHERE state in ('recorded', 'waiting');--> statement-breakpoint
CREATE INDEX `requests_parent` ON `requests` (`parent_id`);--> statement-breakpoint
CREATE TABLE `roles` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`user_id` text NOT NULL,
	`role` text NOT NULL,
	`granted_by` text NOT NULL,
	`granted_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `roles_one` ON `roles` (`account_id`,`user_id`,`role`);--> statement-breakpoint
CREATE TABLE `sites` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`name` text NOT NULL,
	`state` text NOT NULL,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `sites_name` ON `sites` (`name`) WHERE state <> 'removed';--> statement-breakpoint
CREATE INDEX `sites_account` ON `sites` (`account_id`,`state`,`name`);--> statement-breakpoint
CREATE TABLE `slack_deliveries` (
	`id` text PRIMARY KEY NOT NULL,
	`received_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `slack_deliveries_received` ON `slack_deliveries` (`received_at`);