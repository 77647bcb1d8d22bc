// One role as a process of its own, started by the command from a configuration file.
import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

export const cessProgram = fileURLToPath(new URL('../../../interface/cli/bin/cess.mjs', import.meta.url));
/** A hang guard: a start takes seconds, also on a busy machine. */
const readyTimeoutMs = 10 * 60_000;

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

export interface RoleProcess {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly ended: Promise<Ended>;
  /** The endpoint of a role that must come up. */
  ready(): Promise<string>;
}

/** `within`: a command that runs another one, such as `ip netns exec <name>`. */
export function spawnRole(
  role: string,
  configFile: string,
  env: NodeJS.ProcessEnv,
  within: readonly string[] = [],
): RoleProcess {
  const [program = '', ...args] = [...within, process.execPath, cessProgram, role, '--config', configFile];
  const child = spawn(program, args, {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const ended = once(child, 'exit').then(([code]): Ended => ({ code: code as number | null, output }));
  return { child, ended, ready: () => readyOf(role, child, ended) };
}

async function readyOf(role: string, child: RoleProcess['child'], ended: Promise<Ended>): Promise<string> {
  let printed = '';
  const ready = new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${role} is not ready in time`)), readyTimeoutMs);
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      const endpoint = new RegExp(`^ready ${role} (\\S+)\n`).exec(printed)?.[1];
      if (endpoint === undefined) return;
      clearTimeout(timer);
      resolve(endpoint);
    });
  });
  return Promise.race([ready, ended.then(({ code, output }) => assert.fail(`${role} ended with ${code}:\n${output}`))]);
}
