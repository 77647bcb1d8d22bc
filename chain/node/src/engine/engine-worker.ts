// Entry of the engine's thread: opens the database, answers one request after the other.
import '../errors.js';
import { parentPort, workerData } from 'node:worker_threads';
import { createRuntimeCrypto, vrfProofToHash, vrfProve, vrfVerify } from '@cess/crypto';
import { invariant, isCessError, messageOf, systemClock } from '@cess/primitives';
import { createRuntime } from '@cess/runtime';
import type { Kv } from '@cess/store';
import { ChainEngine } from './chain-engine.js';
import { openDatabase } from './database.js';
import type { EngineInit, EngineReply, EngineRequest } from './engine-types.js';
import { withVerificationCache } from './verification-cache.js';

invariant(parentPort, 'the engine runs as a worker thread');
const port = parentPort;
const init = workerData as EngineInit;
let kv: Kv | undefined;

const opening = open();
// A failed opening is reported as the failure of every request.
opening.catch(() => {});

async function open(): Promise<ChainEngine> {
  kv = openDatabase(init.dataDir);
  return ChainEngine.open({
    kv,
    spec: init.spec,
    runtime: createRuntime(withVerificationCache(await createRuntimeCrypto())),
    vrf: {
      prove: (seed, alpha) => vrfProve(seed, alpha),
      verify: (key, alpha, proof) => vrfVerify(key, alpha, proof),
      proofToHash: (proof) => vrfProofToHash(proof),
    },
    clock: systemClock,
    ...(init.voter ? { voter: init.voter } : {}),
  });
}

let queue: Promise<void> = Promise.resolve();
port.on('message', (request: EngineRequest) => {
  queue = queue.then(() => answer(request));
});

async function answer(request: EngineRequest): Promise<void> {
  let reply: EngineReply;
  try {
    reply = { id: request.id, ok: true, value: await run(request) };
  } catch (thrown) {
    reply = isCessError(thrown)
      ? { id: request.id, ok: false, code: thrown.code, message: thrown.message, data: thrown.data }
      : {
          id: request.id,
          ok: false,
          code: 'ENGINE_FAILED',
          message: messageOf(thrown),
          data: { stack: stackOf(thrown) },
        };
  }
  port.postMessage(reply);
  if (request.method === 'close') port.close();
}

async function run(request: EngineRequest): Promise<unknown> {
  if (request.method === 'close') return kv?.close();
  const engine = await opening;
  switch (request.method) {
    case 'heads':
      return engine.heads();
    case 'version':
      return engine.version;
    case 'propose':
      return engine.propose(...request.args);
    case 'importBlock':
      return engine.importBlock(...request.args);
    case 'finalize':
      return engine.finalize(...request.args);
    case 'validate':
      return engine.validate(...request.args);
    case 'call':
      return engine.call(...request.args);
    case 'metadata':
      return engine.metadata(...request.args);
  }
}

function stackOf(thrown: unknown): string | undefined {
  return thrown instanceof Error ? thrown.stack : undefined;
}
