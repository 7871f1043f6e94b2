import type { tables } from './sqlite/schema.ts';

/** The rows of every table, free of any engine. */
export type Tables = { [T in keyof typeof tables]: (typeof tables)[T]['$inferSelect'] };
export type TableName = keyof Tables;

export type Account = Tables['accounts'];
export type RoleGrant = Tables['roles'];
export type Role = RoleGrant['role'];
export type Site = Tables['sites'];
export type Authority = Tables['authorities'];
export type Certificate = Tables['certificates'];
export type Request = Tables['requests'];
export type RequestKind = Request['kind'];
export type Message = Tables['messages'];
export type AuditEvent = Tables['auditEvents'];
export type AuditLink = Tables['auditLinks'];
export type AuditHead = Tables['auditHeads'];
export type Approval = Tables['approvals'];
export type RequestItem = Tables['requestItems'];
export type StatusChange = Tables['statusChanges'];
export type Crl = Tables['crls'];
export type Publication = Tables['publications'];
export type OcspResponder = Tables['ocspResponders'];
export type Reveal = Tables['reveals'];
export type Reminder = Tables['reminders'];
export type AuditCheckpoint = Tables['auditCheckpoints'];
export type Sighting = Tables['sightings'];
export type UploadedAuthority = Tables['uploadedAuthorities'];
export type UploadedCrl = Tables['uploadedCrls'];
export type Block = Tables['blocks'];
export type Binding = Tables['bindings'];
export type AccessKey = Tables['accessKeys'];
export type AccessKeyUse = Tables['accessKeyUses'];
export type Ruleset = Tables['rulesets'];
export type Rule = Tables['rules'];
