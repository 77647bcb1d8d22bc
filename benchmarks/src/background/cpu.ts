// CPU time as Linux counts it: of threads by their priority, of the machine as a whole. Threads of background work run at
// a lower priority (nice above 0), which separates their time from that of requests.
import { readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = 100;

/** CPU seconds so far. */
export interface CpuTimes {
  readonly foreground: number;
  readonly background: number;
}

/** Of these processes. Threads that have ended count as background: those for proofs come and go. */
export function cpuOf(pids: readonly number[]): CpuTimes {
  let [foreground, all] = [0, 0];
  for (const pid of pids) {
    all += secondsOf(statOf(`/proc/${pid}/stat`));
    for (const thread of threadsOf(pid)) {
      const fields = statOf(`/proc/${pid}/task/${thread}/stat`);
      // Field 19 of proc(5); the list begins with field 3.
      if (Number(fields?.[16]) === 0) foreground += secondsOf(fields);
    }
  }
  return { foreground, background: all - foreground };
}

/** User and system time: fields 14 and 15 of proc(5). */
function secondsOf(fields: readonly string[] | undefined): number {
  return fields === undefined ? 0 : (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** CPU seconds that all processors of the machine were busy, including time stolen by a hypervisor. */
export function machineBusySeconds(): number {
  const [, user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'utf8')
    .split(/\s+/, 9)
    .map(Number);
  return (user! + nice! + system! + irq! + softirq! + steal!) / ticksPerSecond;
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function statOf(path: string): string[] | undefined {
  try {
    return readFileSync(path, 'utf8').split(') ').at(-1)!.split(' ');
  } catch {
    return undefined;
  }
}
