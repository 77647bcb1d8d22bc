// Every backend against the one contract.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { utf8 } from '@cess/primitives';
import { describeKv } from './compliance.js';
import { createMemoryKv, type Kv, maxKeyBytes, openLmdb, prefixed } from './index.js';
import { createFaultyKv, type FaultyKv } from './testing.js';

describeKv('memory', { create: async () => createMemoryKv() });

describeKv('faulty without a fault', {
  create: async () => createFaultyKv({ seed: 1 }),
  reopen: async (closed) => (closed as FaultyKv).reopen(),
});

describeKv('a prefixed view', {
  create: async () => {
    const parent = createMemoryKv();
    await parent.write([
      { type: 'put', key: utf8('o'), value: utf8('before') },
      { type: 'put', key: utf8('q'), value: utf8('after') },
    ]);
    return { ...prefixed(parent, utf8('p')), close: () => parent.close() };
  },
  maxKeyBytes: maxKeyBytes - 1,
});

const paths = new Map<Kv, string>();
describeKv('lmdb', {
  create: async () => {
    const path = mkdtempSync(join(tmpdir(), 'cess-kv-'));
    const kv = openLmdb({ path });
    paths.set(kv, path);
    return kv;
  },
  reopen: async (closed) => openLmdb({ path: paths.get(closed)! }),
  cleanUp: async () => {
    for (const path of paths.values()) rmSync(path, { recursive: true, force: true });
    paths.clear();
  },
});
