// Growth of the gateway's memory (PSS) during one streamed PUT of 2 GiB.
import { randomBytes } from 'node:crypto';
import { GiB, MiB } from '@cess/primitives';
import { putObject } from './gateway/s3.js';
import { startSetting } from './gateway/setting.js';
import { pssBytes } from './support/measure.js';
import { report } from './support/report.js';

const size = 2 * GiB;
const sampleIntervalMs = 200;
const piece = randomBytes(MiB);

function* pieces(): Generator<Uint8Array> {
  for (let sent = 0; sent < size; sent += piece.length) yield piece;
}

const setting = await startSetting('bench');
try {
  const pid = await setting.gateway.pid();
  const before = pssBytes(pid);
  let highest = before;
  const sampler = setInterval(() => {
    highest = Math.max(highest, pssBytes(pid));
  }, sampleIntervalMs);
  await putObject(setting.endpoint, '/bench/large', { length: size, sha256: 'UNSIGNED-PAYLOAD', pieces: pieces() });
  await setting.settled();
  clearInterval(sampler);
  const growth = (highest - before) / 1e6;
  report('memory, one PUT of 2 GiB', [
    { name: 'gateway before (PSS)', value: before / 1e6, unit: 'MB' },
    { name: 'gateway at most (PSS)', value: highest / 1e6, unit: 'MB' },
    {
      name: 'growth',
      value: growth,
      unit: 'MB',
      ratio: growth / (size / 1e6),
      of: 'object',
      target: 'at most 300 MB',
      met: growth <= 300,
    },
  ]);
} finally {
  await setting.stop();
}
