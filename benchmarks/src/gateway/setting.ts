// A gateway process and a process with its providers, over a fresh folder.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProviderInfo } from '@cess/data-path';
import { delay } from '@cess/primitives';
import { Child } from '../support/child.js';
import type { GatewayStart } from './gateway-process.js';
import { emptyBody, putObject } from './s3.js';

export interface Setting {
  readonly gateway: Child;
  readonly providers: Child;
  readonly endpoint: string;
  /** Resolves when all files are packed, where they are to be, and declared. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

/** `CESS_BENCH_DIR` names the folder for data, `CESS_BENCH_PROFILE` one for CPU profiles of the gateway and the providers. */
export async function startSetting(bucket: string, smallObjects?: GatewayStart['smallObjects']): Promise<Setting> {
  const folder = mkdtempSync(join(process.env['CESS_BENCH_DIR'] ?? tmpdir(), 'cess-bench-'));
  const profile = process.env['CESS_BENCH_PROFILE'];
  const execArgv = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  const providers = new Child(new URL('./provider-process.js', import.meta.url), [join(folder, 'providers')], execArgv);
  const gateway = new Child(new URL('./gateway-process.js', import.meta.url), [join(folder, 'gateway')], execArgv);
  const start: GatewayStart = { providers: await providers.ask<ProviderInfo[]>('start'), smallObjects };
  const endpoint = await gateway.ask<string>('start', start);
  await putObject(endpoint, `/${bucket}`, emptyBody);
  return {
    gateway,
    providers,
    endpoint,
    async settled() {
      while ((await gateway.ask<number>('unpacked')) > 0) await delay(50);
      while ((await gateway.ask<number>('backlog')) > 0) await delay(50);
    },
    async stop() {
      await gateway.stop();
      await providers.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
