// Alerts in the configuration file of a gateway.
import { z } from 'zod';

const threshold = {
  /** Stands in alerts and metrics. */
  name: z.string().min(1).max(80),
  /** So many within the window raise an alert. */
  count: z.number().int().min(1).max(1_000_000_000),
  windowSeconds: z.number().int().min(1).max(86_400).default(300),
};
const texts = z.array(z.string().min(1).max(128)).min(1).max(64);

const ruleSchema = z.union([
  z.strictObject({ ...threshold, kind: z.enum(['failed-sign-ins', 'mass-deletion', 'reads', 'changed-rights']) }),
  z.strictObject({
    ...threshold,
    kind: z.literal('operations'),
    operations: texts.optional(),
    statuses: z
      .array(z.string().regex(/^[1-5](\d\d|xx)$/, 'must be a status such as 403 or 4xx'))
      .min(1)
      .max(64)
      .optional(),
    errorCodes: texts.optional(),
  }),
]);

export const alertsSchema = z
  .strictObject({
    /** Name of a webhook target. */
    target: z.string().min(1),
    /** Pause between two alerts of one rule about one subject. */
    quietSeconds: z.number().int().min(1).max(604_800).default(3_600),
    rules: z.array(ruleSchema).min(1).max(100),
  })
  .refine(({ rules }) => new Set(rules.map(({ name }) => name)).size === rules.length, 'names of rules must be unique')
  .refine(
    ({ quietSeconds, rules }) => rules.every(({ windowSeconds }) => windowSeconds <= quietSeconds),
    'no window can be longer than quietSeconds',
  );
