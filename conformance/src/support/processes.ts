// Processes of a network as the system sees them (Linux).
import { readdirSync, readFileSync } from 'node:fs';

/** Children of a process that have not ended. */
export function childrenOf(id: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(Number(name)) === id)
    .map(Number);
}

/** A process and all below it. */
export function processTree(root: number): number[] {
  const tree = [root];
  for (const id of tree) tree.push(...childrenOf(id));
  return tree;
}

/** Hundredths of a second of processor time. */
export function cpuTicks(id: number): number {
  const [, , , , , , , , , , , user, system] = statOf(id);
  return Number(user) + Number(system);
}

/** Memory as the process has to answer for: shared pages in part. */
export function pssBytes(id: number): number {
  return 1024 * Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, 'utf8'))![1]);
}

function parentOf(id: number): number | undefined {
  try {
    const [state, parent] = statOf(id);
    return state === 'Z' ? undefined : Number(parent);
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}

/** Fields behind the name, which may hold anything: state, parent, … */
function statOf(id: number): string[] {
  const text = readFileSync(`/proc/${id}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}
