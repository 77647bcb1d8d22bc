// Processes of a network as the system sees them (Linux).
import { readdirSync, readFileSync } from 'node:fs';

/** Running children of a process. */
export function childrenOf(id: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(Number(name)) === id)
    .map(Number);
}

/** A process and all its descendants. */
export function processTree(root: number): number[] {
  const tree = [root];
  for (const id of tree) tree.push(...childrenOf(id));
  return tree;
}

/** False also for a process that has ended and waits to be collected by its parent (Linux). */
export function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return process.platform !== 'linux' || parentOf(id) !== undefined;
  } catch {
    return false;
  }
}

export function killAll(ids: readonly number[]): void {
  for (const id of ids) {
    try {
      process.kill(id, 'SIGKILL');
    } catch {
      // The process has exited in the meantime.
    }
  }
}

/** CPU time in hundredths of a second. */
export function cpuTicks(id: number): number {
  const [, , , , , , , , , , , user, system] = statOf(id);
  return Number(user) + Number(system);
}

/** Proportional set size: shared pages count in part. */
export function pssBytes(id: number): number {
  return 1024 * Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, 'utf8'))![1]);
}

function parentOf(id: number): number | undefined {
  try {
    const [state, parent] = statOf(id);
    return state === 'Z' ? undefined : Number(parent);
  } catch {
    // The process has exited in the meantime.
    return undefined;
  }
}

/** Fields behind the name, which may hold anything: state, parent, … */
function statOf(id: number): string[] {
  const text = readFileSync(`/proc/${id}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}
