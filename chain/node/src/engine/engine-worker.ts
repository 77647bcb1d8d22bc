// Entry of the engine's thread: opens the database, answers one request after the other.
import '../errors.js';
import { workerData } from 'node:worker_threads';
import { vrfProofToHash, vrfProve, vrfVerify } from '@cess/crypto';
import { handledElsewhere, systemClock } from '@cess/primitives';
import type { Kv } from '@cess/store';
import { serveThread } from '@cess/workers';
import { ChainEngine } from './chain-engine.js';
import { openDatabase } from './database.js';
import type { EngineCalls, EngineInit } from './engine-types.js';
import { openRuntimes } from './runtimes.js';

const init = workerData as EngineInit;
let kv: Kv | undefined;

const opening = open();
// A failed opening is reported as the failure of every request.
handledElsewhere(opening);

async function open(): Promise<ChainEngine> {
  kv = openDatabase(init.dataDir);
  return ChainEngine.open({
    kv,
    spec: init.spec,
    keptBlocks: init.keptBlocks,
    runtimes: await openRuntimes(),
    vrf: {
      prove: (seed, alpha) => vrfProve(seed, alpha),
      verify: (key, alpha, proof) => vrfVerify(key, alpha, proof),
      proofToHash: (proof) => vrfProofToHash(proof),
    },
    clock: systemClock,
  });
}

serveThread<EngineCalls>(
  {
    heads: async () => (await opening).heads(),
    versions: async () => (await opening).versions(),
    propose: async (...args) => (await opening).propose(...args),
    importBlock: async (...args) => (await opening).importBlock(...args),
    finalize: async (...args) => (await opening).finalize(...args),
    putVoterRecord: async (...args) => (await opening).putVoterRecord(...args),
    stateImport: async () => (await opening).stateImport.progress(),
    beginStateImport: async (...args) => (await opening).stateImport.begin(...args),
    addStateRange: async (...args) => (await opening).stateImport.add(...args),
    dropStateImport: async () => (await opening).stateImport.drop(),
    addHistory: async (...args) => (await opening).addHistory(...args),
    validate: async (...args) => (await opening).validate(...args),
    close: async () => kv?.close() as Promise<undefined> | undefined,
  },
  { lastCall: 'close' },
);
