// A process that injects faults into one of its stores: every call, both errors, from the nth call on. Prints the number of
// injected faults and everything that was wrong. Started by store-faults.test.ts with the name of the store.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isCessError, messageOf, present } from '@cess/primitives';
import { type FaultError, type FaultRule, readHits, writeRules } from './fault-kit.js';
import { type FaultedStore, type StoreKind, type StoreName, storeKinds } from './faulted-stores.js';

const control = present(process.env['CESS_FAULTS'], 'the file of rules');
const [, , name, root] = process.argv as [string, string, StoreName, string];
const calls = Number(process.env['CESS_FAULT_CALLS']);
const kind: StoreKind = storeKinds[name];
const wrong: string[] = [];
const bothErrors = ['EIO', 'ENOSPC'] as const satisfies FaultError[];
const changes = { before: 3, during: 6, after: 9 };

/** The changes of one run: acknowledged, refused, or of unknown outcome. */
class Changes {
  readonly #outcomes = new Map<number, 'acknowledged' | 'refused' | 'unknown'>();

  constructor(private readonly where: string) {}

  /** Resolves with whether the store acknowledged it. */
  async make(store: FaultedStore, i: number): Promise<boolean> {
    try {
      await store.change(i);
      this.#outcomes.set(i, 'acknowledged');
      return true;
    } catch (error) {
      const isUnknown = isCessError(error, 'KV_OUTCOME_UNKNOWN', 'FRAGMENT_STORE_FAILED');
      this.#outcomes.set(i, isUnknown ? 'unknown' : 'refused');
      if (!isCessError(error)) wrong.push(`${this.where}: change ${i} failed without a code: ${messageOf(error)}`);
      return false;
    }
  }

  async look(store: FaultedStore, when: string): Promise<void> {
    for (const [i, outcome] of this.#outcomes) {
      const isHeld = await store.holds(i);
      if (outcome !== 'unknown' && isHeld !== (outcome === 'acknowledged'))
        wrong.push(`${this.where}: change ${i} was ${outcome}, and is ${isHeld ? '' : 'not '}held ${when}`);
    }
  }
}

async function duringChanges(rule: FaultRule, dir: string, where: string): Promise<void> {
  const made = new Changes(where);
  let store = await kind.open(dir);
  for (let i = 0; i < changes.before; i++) await made.make(store, i);
  writeRules(control, [rule]);
  for (let i = changes.before; i < changes.during; i++) await made.make(store, i);
  writeRules(control, []);
  for (let i = changes.during; i < changes.after; i++) {
    if (!(await made.make(store, i))) wrong.push(`${where}: change ${i} failed after the fault`);
  }
  await made.look(store, 'in the running store');
  await store.close();
  store = await kind.open(dir);
  await made.look(store, 'after a restart');
  await store.close();
}

async function duringOpen(rule: FaultRule, dir: string, where: string): Promise<void> {
  const made = new Changes(where);
  let store = await kind.open(dir);
  for (let i = 0; i < changes.before; i++) await made.make(store, i);
  await store.close();
  writeRules(control, [rule]);
  try {
    await (await kind.open(dir)).close();
  } catch (error) {
    if (!isCessError(error)) wrong.push(`${where}: opening failed without a code: ${messageOf(error)}`);
  }
  writeRules(control, []);
  store = await kind.open(dir);
  await made.look(store, 'after the fault');
  if (!(await made.make(store, changes.before))) wrong.push(`${where}: a change failed after the fault`);
  await store.close();
}

let runs = 0;
for (const [call, files] of kind.targets) {
  for (const error of kind.errors?.[call] ?? bothErrors) {
    for (let first = 1; first <= calls; first++) {
      for (const count of [1, 2, 0]) {
        if (kind.lasting?.includes(call) && (first > 1 || count > 0)) continue;
        for (const [what, run] of [
          ['changes', duringChanges],
          ['open', duringOpen],
        ] as const) {
          const dir = join(root, String(runs++));
          mkdirSync(dir);
          await run(
            { call, files, error, first, count },
            dir,
            `${error} at ${call} ${first}+${count} of ${files}, ${what}`,
          );
          rmSync(dir, { recursive: true });
        }
      }
    }
  }
}
process.stdout.write(JSON.stringify({ runs, faults: readHits(control).length, wrong }));
