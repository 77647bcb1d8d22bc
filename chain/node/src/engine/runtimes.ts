// The runtimes of this program, for each thread that executes them.
import { createRuntimeCrypto } from '@cess/crypto';
import { createRuntime } from '@cess/runtime';
import { RuntimeRegistry } from './runtime-registry.js';
import { withVerificationCache } from './verification-cache.js';

export async function openRuntimes(): Promise<RuntimeRegistry> {
  const runtime = createRuntime(withVerificationCache(await createRuntimeCrypto()));
  return new RuntimeRegistry([{ fromBlock: 0, runtime }]);
}
