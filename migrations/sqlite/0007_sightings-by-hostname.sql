DROP INDEX `sightings_account`;--> statement-breakpoint
CREATE INDEX `sightings_hostname` ON `sightings` (`account_id`,`hostname`,`last_seen_at`);