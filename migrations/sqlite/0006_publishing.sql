CREATE TABLE `crl_leftovers` (
	`id` text PRIMARY KEY NOT NULL,
	`since` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `crl_leftovers_since` ON `crl_leftovers` (`since`);--> statement-breakpoint
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
DROP INDEX `crl_chunks_created`;--> statement-breakpoint
ALTER TABLE `crl_chunks` DROP COLUMN `created_at`;