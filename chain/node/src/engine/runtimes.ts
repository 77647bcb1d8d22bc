// The runtimes of this program, for each thread that executes them.
import { createRuntimeCrypto, type RuntimeCrypto } from '@cess/crypto';
import { createRuntime } from '@cess/runtime';
import { RuntimeRegistry } from './runtime-registry.js';
import { withVerificationCache } from './verification-cache.js';

/** `adapt` puts other checks of seals and VRF proofs in place of the production ones. */
export async function openRuntimes(adapt = (crypto: RuntimeCrypto): RuntimeCrypto => crypto): Promise<RuntimeRegistry> {
  const runtime = createRuntime(withVerificationCache(adapt(await createRuntimeCrypto())));
  return new RuntimeRegistry([{ fromBlock: 0, runtime }]);
}
