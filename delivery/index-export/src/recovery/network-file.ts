// Reads a file from chain and providers alone. Nothing is trusted: the id of the file commits to the roots of its fragments, and each
// fragment is compared with its root. Any k of n fragments give a segment, so dead and lying holders do not matter while enough are
// left.
import { decodeSegment, ErasureCoder } from '@cess/erasure';
import { concatBytes, equalBytes, isCessError } from '@cess/primitives';
import { FragmentHasher } from '@cess/sealing';
import { fileId as fileIdOf, segmentRoot } from '@cess/types';
import { exportInvalid, exportUnreachable } from '../errors.js';
import type { FragmentSource, RecordedFile, RecordedSegment, RecoveryChain } from './recovery-ports.js';

export interface NetworkFileParts {
  readonly chain: Pick<RecoveryChain, 'genesis' | 'fileRecord'>;
  readonly fragments: FragmentSource;
}

const fragmentTimeoutMs = 15_000;

/** The content of a file. Throws `EXPORT_INVALID`, `EXPORT_UNREACHABLE`. */
export async function readNetworkFile(
  { chain, fragments }: NetworkFileParts,
  fileId: Uint8Array,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const file = await chain.fileRecord(fileId);
  if (file === undefined) throw exportInvalid('the chain does not record one of its files');
  if (!equalBytes(idOf(file, chain.genesis), fileId)) throw exportInvalid('the chain node gave another file');
  const segments: Uint8Array[] = [];
  for (const segment of file.segments) segments.push(await readSegment(segment, fragments, signal));
  return concatBytes(...segments);
}

function idOf({ owner, orderId, segments }: RecordedFile, genesis: Uint8Array): Uint8Array {
  const segmentRoots = segments.map(({ k, ciphertextLength, fragments }) =>
    segmentRoot({ k, ciphertextLength, fragmentRoots: fragments.map(({ root }) => root) }),
  );
  return fileIdOf({ genesis, owner, orderId, segmentRoots });
}

async function readSegment(segment: RecordedSegment, source: FragmentSource, signal: AbortSignal): Promise<Uint8Array> {
  const { k, ciphertextLength, fragments } = segment;
  const found: (Uint8Array | undefined)[] = fragments.map(() => undefined);
  const held = fragments.flatMap(({ holder }, index) => (holder === undefined ? [] : [index]));
  let next = 0;
  let count = 0;
  // k readers: each takes the next fragment when its own fails.
  const reader = async () => {
    while (count < k && next < held.length) {
      const index = held[next++];
      const bytes = index === undefined ? undefined : await tryFragment(segment, index, source, signal);
      if (index === undefined || bytes === undefined) continue;
      found[index] = bytes;
      count++;
    }
  };
  await Promise.all(Array.from({ length: k }, reader));
  if (count < k) throw exportUnreachable(count, k);
  return decodeSegment(new ErasureCoder({ k, n: fragments.length }), ciphertextLength, found);
}

/** Undefined if its holder does not give it, or gives something else. */
async function tryFragment(
  { fragments, fragmentLength }: RecordedSegment,
  index: number,
  source: FragmentSource,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const fragment = fragments[index];
  if (fragment?.holder === undefined) return undefined;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(fragmentTimeoutMs)]);
  try {
    const bytes = await source.read(fragment.holder, fragment.root, fragmentLength, limit);
    const hasher = new FragmentHasher();
    hasher.update(bytes);
    return equalBytes(hasher.finish().root, fragment.root) ? bytes : undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (isCessError(error)) return undefined;
    throw error;
  }
}
