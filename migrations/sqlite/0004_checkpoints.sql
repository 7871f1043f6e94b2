ALTER TABLE `audit_checkpoints` ADD `public_key` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `audit_heads` ADD `signed` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `audit_heads` ADD `checkpoint_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `audit_heads_unsigned` ON `audit_heads` (`checkpoint_at`) WHERE sequence > signed;