// Checks of the machine: what Node.js, memory and the limits of the process allow.
import { existsSync, readFileSync } from 'node:fs';
import { formatBytes, GiB } from '@cess/primitives';
import { type Finding, ok, problem, skipped, warning } from './finding.js';

/** Of package.json. */
const leastNode = [20, 19] as const;
/** What the embedded network takes with some uploads under way. */
const enoughMemory = 2 * GiB;
/** A gateway holds two descriptors for each of its connections, and a provider one for each open fragment. */
const enoughFiles = 4_096;
/** A WebAssembly module with one SIMD instruction (`v128.const`): the erasure coder needs them. */
const simdModule = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b, 0x03, 0x02, 0x01, 0x00],
  ...[0x0a, 0x16, 0x01, 0x14, 0x00, 0xfd, 0x0c, ...new Array<number>(16).fill(0), 0x0b],
);

/** Node.js has it, the types of its library do not. */
const { WebAssembly } = globalThis as unknown as {
  readonly WebAssembly: { validate(bytes: Uint8Array): boolean };
};

export function checkNode(version = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < leastNode[0] || (major === leastNode[0] && minor < leastNode[1]))
    return problem('Node.js', version, `Install Node.js ${leastNode.join('.')} or newer.`);
  if (!WebAssembly.validate(simdModule))
    return problem('Node.js', `${version} without SIMD in WebAssembly`, 'Use a 64-bit Node.js on x86-64 or ARM64.');
  return ok('Node.js', version);
}

export function checkMemory(available = availableMemory()): Finding {
  const found = `${formatBytes(available)} available`;
  return available < enoughMemory
    ? warning(
        'memory',
        found,
        `The embedded network wants ${formatBytes(enoughMemory)}. End other programs, or run fewer roles.`,
      )
    : ok('memory', found);
}

export function checkOpenFiles(limit = openFilesLimit()): Finding {
  if (limit === undefined) return skipped('open files', 'this system does not say how many a process may open');
  const found = limit === Number.POSITIVE_INFINITY ? 'unlimited' : `${limit} for each process`;
  return limit < enoughFiles
    ? warning('open files', found, `Allow ${enoughFiles} before the start: ulimit -n ${enoughFiles}`)
    : ok('open files', found);
}

/** What the kernel would give, page cache included, within the limit of the control group. */
function availableMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, process.availableMemory()) : process.availableMemory();
}

function openFilesLimit(): number | undefined {
  const file = '/proc/self/limits';
  if (!existsSync(file)) return undefined;
  const [, soft] = /^Max open files\s+(\S+)/m.exec(readFileSync(file, 'utf8')) ?? [];
  if (soft === undefined) return undefined;
  return soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
}
