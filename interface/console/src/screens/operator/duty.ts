// What whoever runs a role should do now: a text and its values. Pure rules give these, one file for each role.
import type { TextKey } from '../../i18n/en.js';

/** A number is a count, a bigint an amount of tokens. */
export type DutyValue = number | bigint | string | { readonly bytes: number };

export interface Duty {
  /** `bad`: something is or will be lost. `warn`: it will be, if nothing changes. `info`: to know. */
  readonly tone: 'bad' | 'warn' | 'info';
  readonly text: TextKey;
  readonly values?: Readonly<Record<string, DutyValue>>;
}

const order = { bad: 0, warn: 1, info: 2 } as const;

/** The most urgent first; otherwise in the order of the rules. */
export function byUrgency(duties: readonly Duty[]): readonly Duty[] {
  return [...duties].sort((a, b) => order[a.tone] - order[b.tone]);
}
