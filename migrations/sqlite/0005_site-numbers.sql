-- Sites of before are given the number that the OpenAPI calls them by: 13 or 14 digits, below 2^53.
UPDATE `sites` SET `number` = 1000000000000 + (abs(random()) % 1099511627776);--> statement-breakpoint
-- Until now only people could suspend a certificate.
UPDATE `certificates` SET `hold_origin` = 'person' WHERE `state` = 'held';
