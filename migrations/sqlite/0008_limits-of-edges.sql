ALTER TABLE `edge_states` ADD `limits` text;--> statement-breakpoint
ALTER TABLE `rules` ADD `accepted_gaps` text DEFAULT '[]' NOT NULL;