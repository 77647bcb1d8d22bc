// The process of a software enclave. It answers calls over its IPC channel, and exits when the channel closes or when its tag
// thread ends. It ignores terminal signals, which the worker handles.
import '../errors.js';
import { createMclBls12, systemRng } from '@cess/crypto';
import { CessError, isCessError, messageOf, silentLogger, systemTimers } from '@cess/primitives';
import { type Handlers, openThread, serveProcess, WorkerCall } from '@cess/workers';
import type { EnclaveDescription } from './enclave.js';
import { EnclaveCore, type EnclaveTools } from './enclave-core.js';
import type { EnclaveCalls, OpenRequest } from './enclave-protocol.js';
import { requireDevelopment } from './require-development.js';
import { openSealDirectory } from './seal-directory.js';
import { type EnclaveSecrets, openSecrets } from './sealed-state.js';
import type { TagSecrets } from './tag-computation.js';
import type { TagThreadCalls } from './tag-thread.js';

let opened: EnclaveCore | undefined;

async function open({ dir, chainType, ...pinned }: OpenRequest): Promise<EnclaveDescription> {
  requireDevelopment(chainType);
  const bls = await createMclBls12();
  const secrets = openSecrets(openSealDirectory(dir), pinned, bls, systemRng);
  const tags = tagThread(secrets);
  const computeTags: EnclaveTools['computeTags'] = (identity, fragment) => tags.call('compute', [identity, fragment]);
  opened = new EnclaveCore(secrets, { bls, rng: systemRng, computeTags });
  return opened.describe();
}

/** The process ends with the thread: its worker restarts both. */
function tagThread({ signerSeed, tagSecret }: EnclaveSecrets): WorkerCall<TagThreadCalls> {
  const gone = () => new CessError('ENCLAVE_GONE', 'The tag thread of the enclave ended.');
  return new WorkerCall<TagThreadCalls>({
    name: 'tags',
    open: () =>
      openThread({
        name: 'tags',
        url: new URL('./tag-thread.js', import.meta.url),
        workerData: { signerSeed, tagSecret } satisfies TagSecrets,
      }),
    maxPending: 1,
    busy: gone,
    gone,
    restarts: false,
    onEnd: ({ error }) => {
      process.stderr.write(`the tag thread ended: ${messageOf(error)}\n`, () => process.exit(1));
    },
    timers: systemTimers,
    logger: silentLogger,
  });
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
  bindTlsKey: (binding) => guarded(() => core().bindTlsKey(binding)),
  tag: (request) => guarded(() => core().tag(request)),
  judge: (request) => guarded(() => core().judge(request)),
};

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
serveProcess<EnclaveCalls>(handlers, { isSerial: false });
