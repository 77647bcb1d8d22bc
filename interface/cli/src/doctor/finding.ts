// What `cess doctor` finds: one finding per check, with what to do where something is wrong.

/** `skipped`: the check has nothing to look at, for example because the network does not run. */
type Verdict = 'ok' | 'warning' | 'problem' | 'skipped';

export interface Finding {
  /** What was looked at, for example `disk`. */
  readonly check: string;
  readonly verdict: Verdict;
  /** What was found, in one sentence or phrase. */
  readonly found: string;
  /** What to do. Set for warnings and problems. */
  readonly mend?: string;
}

export const ok = (check: string, found: string): Finding => ({ check, verdict: 'ok', found });
export const skipped = (check: string, found: string): Finding => ({ check, verdict: 'skipped', found });
export const warning = (check: string, found: string, mend: string): Finding => ({
  check,
  verdict: 'warning',
  found,
  mend,
});
export const problem = (check: string, found: string, mend: string): Finding => ({
  check,
  verdict: 'problem',
  found,
  mend,
});
