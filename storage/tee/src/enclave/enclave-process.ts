// The process of a software enclave. It answers one call at a time over its IPC channel, and exits when the channel closes.
// It ignores terminal signals, which the worker handles.
import '../errors.js';
import { setPriority } from 'node:os';
import { createMclBls12, systemRng } from '@cess/crypto';
import { CessError, isCessError, messageOf, toWireError } from '@cess/primitives';
import { createFieldKernel } from '@cess/proofs';
import type { EnclaveDescription } from './enclave.js';
import { EnclaveCore } from './enclave-core.js';
import type { EnclaveCallMessage, EnclaveReply, OpenRequest } from './enclave-protocol.js';
import { requireDevelopment } from './require-development.js';
import { openSealDirectory } from './seal-directory.js';
import { openSecrets } from './sealed-state.js';

let core: EnclaveCore | undefined;
let last: Promise<void> = Promise.resolve();

async function open({ dir, chainType, priority, ...pinned }: OpenRequest): Promise<EnclaveDescription> {
  requireDevelopment(chainType);
  setPriority(priority);
  const bls = await createMclBls12();
  const secrets = openSecrets(openSealDirectory(dir), pinned, bls, systemRng);
  core = new EnclaveCore(secrets, { bls, kernel: createFieldKernel(), rng: systemRng });
  return core.describe();
}

function carryOut(message: EnclaveCallMessage): Promise<unknown> | unknown {
  if (message.call === 'open') return open(message.request);
  if (core === undefined) throw new CessError('ENCLAVE_GONE', 'The enclave is not open.');
  if (message.call === 'tag') return core.tag(message.request);
  if (message.call === 'judge') return core.judge(message.request);
  return core.evidenceFor(message.request.controller, message.request.genesis);
}

async function answer(message: EnclaveCallMessage): Promise<void> {
  let reply: EnclaveReply;
  try {
    reply = { id: message.id, ok: true, value: await carryOut(message) };
  } catch (error) {
    reply = { id: message.id, ok: false, error: toWireError(isCessError(error) ? error : failed(error)) };
  }
  process.send?.(reply, undefined, undefined, () => {});
}

/** Converts unexpected errors, so that no request can end the worker. */
function failed(cause: unknown): CessError {
  return new CessError('ENCLAVE_FAILED', `The enclave failed: ${messageOf(cause)}`, {}, { cause });
}

process.on('message', (message: EnclaveCallMessage) => {
  last = last.then(() => answer(message));
});
process.on('disconnect', () => process.exit(0));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
