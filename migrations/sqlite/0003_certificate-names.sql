-- The names of certificates by every three characters in them, so that a part of a name is found without a scan. The
-- table keeps the certificate's id itself: an implicit rowid may change when the database is vacuumed.
-- Names never change and certificates are never removed; if that changes, this needs the triggers for it.
CREATE VIRTUAL TABLE `certificate_names` USING fts5(`letters`, `certificate_id` UNINDEXED, tokenize = 'trigram', detail = none, columnsize = 0);--> statement-breakpoint
INSERT INTO `certificate_names` (`letters`, `certificate_id`) SELECT `name`, `id` FROM `certificates` ORDER BY `created_at`, `id`;--> statement-breakpoint
CREATE TRIGGER `certificates_named` AFTER INSERT ON `certificates` BEGIN INSERT INTO `certificate_names` (`letters`, `certificate_id`) VALUES (new.`name`, new.`id`); END;
