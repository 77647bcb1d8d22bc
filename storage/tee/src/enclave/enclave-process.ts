// The process of a software enclave. It answers one call at a time over its IPC channel, and exits when the channel closes.
// It ignores terminal signals, which the worker handles.
import '../errors.js';
import { setPriority } from 'node:os';
import { createMclBls12, systemRng } from '@cess/crypto';
import { CessError, isCessError, messageOf } from '@cess/primitives';
import { createFieldKernel } from '@cess/proofs';
import { type Handlers, serveProcess } from '@cess/workers';
import type { EnclaveDescription } from './enclave.js';
import { EnclaveCore } from './enclave-core.js';
import type { EnclaveCalls, OpenRequest } from './enclave-protocol.js';
import { requireDevelopment } from './require-development.js';
import { openSealDirectory } from './seal-directory.js';
import { openSecrets } from './sealed-state.js';

let opened: EnclaveCore | undefined;

async function open({ dir, chainType, priority, ...pinned }: OpenRequest): Promise<EnclaveDescription> {
  requireDevelopment(chainType);
  setPriority(priority);
  const bls = await createMclBls12();
  const secrets = openSecrets(openSealDirectory(dir), pinned, bls, systemRng);
  opened = new EnclaveCore(secrets, { bls, kernel: createFieldKernel(), rng: systemRng });
  return opened.describe();
}

function core(): EnclaveCore {
  if (opened === undefined) throw new CessError('ENCLAVE_GONE', 'The enclave is not open.');
  return opened;
}

/** Converts unexpected errors, so that no request can end the worker. */
async function guarded<T>(handler: () => T | Promise<T>): Promise<T> {
  try {
    return await handler();
  } catch (cause) {
    if (isCessError(cause)) throw cause;
    throw new CessError('ENCLAVE_FAILED', `The enclave failed: ${messageOf(cause)}`, {}, { cause });
  }
}

const handlers: Handlers<EnclaveCalls> = {
  open: (request) => guarded(() => open(request)),
  evidence: ({ controller, genesis }) => guarded(() => core().evidenceFor(controller, genesis)),
  tag: (request) => guarded(() => core().tag(request)),
  judge: (request) => guarded(() => core().judge(request)),
};

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
serveProcess<EnclaveCalls>(handlers);
