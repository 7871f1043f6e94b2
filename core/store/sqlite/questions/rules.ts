import { and, asc, count, eq, inArray, isNull, max } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { RuleQuestions } from '../../questions/rules.ts';
import { rules, rulesets } from '../schema.ts';
import { ask } from './ask.ts';

export function rulesIn(db: BetterSQLite3Database): RuleQuestions {
  return {
    rulesets: (siteId) =>
      ask(() =>
        db
          .select()
          .from(rulesets)
          .where(and(eq(rulesets.siteId, siteId), isNull(rulesets.deletedAt)))
          .orderBy(asc(rulesets.number))
          .all(),
      ),

    rules: (siteId) =>
      ask(() =>
        db
          .select()
          .from(rules)
          .where(and(eq(rules.siteId, siteId), isNull(rules.deletedAt)))
          .orderBy(asc(rules.number))
          .all(),
      ),

    rulesetByNumber: (siteId, number) =>
      ask(() =>
        db
          .select()
          .from(rulesets)
          .where(and(eq(rulesets.number, number), eq(rulesets.siteId, siteId)))
          .get(),
      ),

    ruleByNumber: (siteId, number) =>
      ask(() =>
        db
          .select()
          .from(rules)
          .where(and(eq(rules.number, number), eq(rules.siteId, siteId)))
          .get(),
      ),

    rulesByIds: (ids) =>
      ask(() =>
        db
          .select()
          .from(rules)
          .where(inArray(rules.id, [...ids]))
          .all(),
      ),

    ruleNumbered: (accountId, number) =>
      ask(() =>
        db
          .select()
          .from(rules)
          .where(and(eq(rules.number, number), eq(rules.accountId, accountId), isNull(rules.deletedAt)))
          .get(),
      ),

    ruleset: (id) => ask(() => db.select().from(rulesets).where(eq(rulesets.id, id)).get()),

    countRules: (siteIds) =>
      ask(() => {
        const live = and(inArray(rules.siteId, [...siteIds]), isNull(rules.deletedAt));
        const sets = and(inArray(rulesets.siteId, [...siteIds]), isNull(rulesets.deletedAt));
        return {
          rules: db.select({ n: count() }).from(rules).where(live).get()?.n ?? 0,
          rulesets: db.select({ n: count() }).from(rulesets).where(sets).get()?.n ?? 0,
        };
      }),

    highestRuleNumbers: () =>
      ask(() => ({
        rule:
          db
            .select({ n: max(rules.number) })
            .from(rules)
            .get()?.n ?? 0,
        ruleset:
          db
            .select({ n: max(rulesets.number) })
            .from(rulesets)
            .get()?.n ?? 0,
      })),
  };
}
