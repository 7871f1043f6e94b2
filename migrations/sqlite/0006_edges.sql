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
CREATE INDEX `snapshots_base` ON `snapshots` (`base_content_id`);