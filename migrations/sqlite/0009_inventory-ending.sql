DROP INDEX `certificates_owner`;--> statement-breakpoint
DROP INDEX `certificates_site`;--> statement-breakpoint
CREATE INDEX `certificates_owner_ending` ON `certificates` (`account_id`,`owner_id`,`not_after`,`id`) WHERE state = 'active';--> statement-breakpoint
CREATE INDEX `certificates_owner` ON `certificates` (`account_id`,`owner_id`,`created_at`,`id`,`state`);--> statement-breakpoint
CREATE INDEX `certificates_site` ON `certificates` (`account_id`,`site_id`,`created_at`,`id`,`state`);