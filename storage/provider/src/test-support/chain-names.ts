// How the fake chain names segments, and how it refuses.
import { CessError, toHex } from '@cess/primitives';

export function segmentName(fileId: Uint8Array, segment: number): string {
  return `${toHex(fileId)}/${segment}`;
}

export function dispatchFailed(name: string): CessError {
  return new CessError('CHAIN_DISPATCH_FAILED', `The chain refused the call: ${name}.`, { name });
}
