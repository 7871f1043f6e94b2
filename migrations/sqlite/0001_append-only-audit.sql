-- What happened cannot be made not to have happened: no statement changes or removes an event or its link.
CREATE TRIGGER `audit_events_no_update` BEFORE UPDATE ON `audit_events` BEGIN SELECT RAISE(ABORT, 'audit_events is append-only'); END;--> statement-breakpoint
CREATE TRIGGER `audit_events_no_delete` BEFORE DELETE ON `audit_events` BEGIN SELECT RAISE(ABORT, 'audit_events is append-only'); END;--> statement-breakpoint
CREATE TRIGGER `audit_links_no_update` BEFORE UPDATE ON `audit_links` BEGIN SELECT RAISE(ABORT, 'audit_links is append-only'); END;--> statement-breakpoint
CREATE TRIGGER `audit_links_no_delete` BEFORE DELETE ON `audit_links` BEGIN SELECT RAISE(ABORT, 'audit_links is append-only'); END;
