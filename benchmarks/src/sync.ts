// How long tools take to upload 1,000 files of 4 KiB to the real network as processes, and how much of that is their own CPU time: `aws s3 sync`
// as it is, and rclone with 16 transfers. Tools that the machine lacks are left out, and named.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuOf } from './background/cpu.js';
import { ProcessNetwork } from './background/process-network.js';
import { bodyOf, emptyBody, putObject } from './gateway/s3.js';
import { type Row, report } from './support/report.js';

const [files, size] = [1_000, 4096];
const goalSeconds = 2;
const warmUps = 5_000;

const folder = mkdtempSync(join(tmpdir(), 'cess-bench-sync-'));
for (let number = 0; number < files; number++) writeFileSync(join(folder, `file-${number}`), randomBytes(size));
const network = await ProcessNetwork.start({ CESS_MIN_FREE_BYTES: '1000000000' });
const { credentials } = network;
const environment = {
  PATH: process.env['PATH'],
  HOME: folder,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_DEFAULT_REGION: credentials.region,
  RCLONE_CONFIG: '/dev/null',
  RCLONE_S3_PROVIDER: 'Other',
  RCLONE_S3_ENDPOINT: credentials.endpoint,
  RCLONE_S3_ACCESS_KEY_ID: credentials.accessKeyId,
  RCLONE_S3_SECRET_ACCESS_KEY: credentials.secretAccessKey,
};

const tools = [
  {
    name: 'aws s3 sync',
    program: 'aws',
    args: ['--endpoint-url', credentials.endpoint, 's3', 'sync', '--quiet', folder],
  },
  { name: 'rclone, 16 transfers', program: 'rclone', args: ['copy', '--transfers', '16', '--checkers', '16', folder] },
] as const;

const bucketOf = (program: string) => `sync-${program}`;

/** By role. */
function cpuSeconds(): ReadonlyMap<string, number> {
  return new Map(
    [...network.byRole()].map(([role, pids]) => {
      const { foreground, background } = cpuOf(pids);
      return [role, foreground + background];
    }),
  );
}

/** The code of every process has to be compiled before it is measured. */
async function warmUp(): Promise<void> {
  await putObject(credentials.endpoint, '/warm', emptyBody, credentials);
  let next = 0;
  const lane = async () => {
    while (next < warmUps)
      await putObject(credentials.endpoint, `/warm/${next++}`, bodyOf(randomBytes(size)), credentials);
  };
  await Promise.all(Array.from({ length: 16 }, lane));
}

/** Wall and CPU seconds of a program, by bash's `time`. */
function timed(program: string, args: readonly string[]): { readonly real: number; readonly cpu: number } {
  const script = 'TIMEFORMAT="%R %U %S"; time "$@" >&2';
  const { status, stderr } = spawnSync('bash', ['-c', script, 'bash', program, ...args], {
    env: environment,
    encoding: 'utf8',
  });
  const [, real, user, system] = /([\d.]+) ([\d.]+) ([\d.]+)\s*$/.exec(stderr) ?? [];
  if (status !== 0 || real === undefined) throw new Error(`${program} failed: ${stderr}`);
  return { real: Number(real), cpu: Number(user) + Number(system) };
}

try {
  for (const { program } of tools)
    await putObject(credentials.endpoint, `/${bucketOf(program)}`, emptyBody, credentials);
  await warmUp();
  const rows: Row[] = [];
  for (const { name, program, args } of tools) {
    if (spawnSync(program, ['--version']).status !== 0) {
      process.stdout.write(`${name} is not measured: the machine lacks ${program}.\n`);
      continue;
    }
    const bucket = bucketOf(program);
    const target = program === 'aws' ? `s3://${bucket}` : `:s3:${bucket}`;
    const before = cpuSeconds();
    const { real, cpu } = timed(program, [...args, target]);
    const spent = [...cpuSeconds()].map(([role, seconds]) => [role, seconds - (before.get(role) ?? 0)] as const);
    const goal = { target: `at most ${goalSeconds} s`, met: real <= goalSeconds };
    rows.push({ name, value: real, unit: 's', ...goal });
    rows.push({ name: `${name}, CPU of the client`, value: cpu, unit: 's', ratio: cpu / real, of: 'its time' });
    for (const [role, seconds] of spent) rows.push({ name: `${name}, CPU of ${role}`, value: seconds, unit: 's' });
  }
  report(`upload of ${files} files of ${size} bytes`, rows);
} finally {
  await network.stop();
  rmSync(folder, { recursive: true, force: true });
}
