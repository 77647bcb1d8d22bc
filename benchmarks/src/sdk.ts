// Upload and download of 256 MiB in Node.js by the SDK, compared with bare HTTP requests of S3 in the same run: parts of 8 MiB, four at a
// time, with hashes that are computed beforehand.
import { randomBytes } from 'node:crypto';
import { invariant, MiB } from '@cess/primitives';
import { createStorage, getObject, putObject } from '@cess/sdk/storage';
import { credentials as benchmarkCredentials } from './gateway/identities.js';
import { bodyOf, getObject as getBare, putInParts } from './gateway/s3.js';
import { startSetting } from './gateway/setting.js';
import { median } from './support/measure.js';
import { report } from './support/report.js';

const size = 256 * MiB;
const partSize = 8 * MiB;
const concurrency = 4;
const rounds = Number(process.env['CESS_BENCH_ROUNDS'] ?? 5);
const target = 0.8;

const content = randomBytes(size);
const parts = Array.from({ length: size / partSize }, (_, i) =>
  bodyOf(content.subarray(i * partSize, (i + 1) * partSize)),
);

async function megabytesPerSecond(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return size / 1e3 / (performance.now() - startedMs);
}

async function readBySdk(storage: ReturnType<typeof createStorage>): Promise<void> {
  const { body } = await getObject(storage, { bucket: 'bench', key: 'sdk' });
  const reader = body.getReader();
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
  }
  invariant(length === size, 'the object comes back whole');
}

const setting = await startSetting('bench');
try {
  const { endpoint } = setting;
  const { region, ...credentials } = benchmarkCredentials;
  const storage = createStorage({ endpoint, region, credentials });
  const bare = { put: [] as number[], get: [] as number[] };
  const sdk = { put: [] as number[], get: [] as number[] };
  // The first round warms up.
  for (let round = -1; round < rounds; round++) {
    const speeds = [
      await megabytesPerSecond(() =>
        putInParts({ endpoint, path: '/bench/bare', credentials: benchmarkCredentials }, parts, concurrency),
      ),
      await megabytesPerSecond(() => putObject(storage, { bucket: 'bench', key: 'sdk', body: content, concurrency })),
      await megabytesPerSecond(() => getBare(endpoint, '/bench/bare')),
      await megabytesPerSecond(() => readBySdk(storage)),
    ] as const;
    await setting.settled();
    if (round < 0) continue;
    bare.put.push(speeds[0]);
    sdk.put.push(speeds[1]);
    bare.get.push(speeds[2]);
    sdk.get.push(speeds[3]);
  }
  report(
    'SDK, objects of 256 MiB',
    (['put', 'get'] as const).flatMap((name) => {
      const [own, other] = [median(sdk[name]), median(bare[name])];
      return [
        { name: `${name.toUpperCase()} by bare requests`, value: other, unit: 'MB/s' },
        {
          name: `${name.toUpperCase()} by the SDK`,
          value: own,
          unit: 'MB/s',
          ratio: own / other,
          of: 'bare requests',
          target: `at least ${target} of them`,
          met: own >= target * other,
        },
      ];
    }),
  );
} finally {
  await setting.stop();
}
