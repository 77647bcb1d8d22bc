// Events and extrinsics of the block under construction. Each has its own key outside of all pallets, so that recording
// takes constant time, a rollback removes it with all other changes, and nothing is kept in memory. finalizeBlock moves
// or removes all of them before the state root is computed.
import { concatBytes, utf8 } from '@cess/primitives';
import type { Context, Phase, StorageAccess } from './context.js';

const EVENT = utf8(':block:event:');
const EVENT_COUNT = utf8(':block:event_count');
const EXTRINSIC = utf8(':block:extrinsic:');

const PHASE_BYTE = { ApplyExtrinsic: 0, Finalization: 1, Initialization: 2 } as const;
const NO_TOPICS = Uint8Array.of(0);

function u32be(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

function readU32be(bytes: Uint8Array | undefined): number {
  return bytes === undefined ? 0 : new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
}

function phaseBytes(phase: Phase): Uint8Array {
  if (phase.type !== 'ApplyExtrinsic') return Uint8Array.of(PHASE_BYTE[phase.type]);
  const out = new Uint8Array(5);
  new DataView(out.buffer).setUint32(1, phase.value, true);
  return out;
}

/** Records an encoded outer event as an EventRecord without topics. */
export function depositEvent(ctx: Context, event: Uint8Array): void {
  const count = readU32be(ctx.ext.get(EVENT_COUNT));
  ctx.ext.put(concatBytes(EVENT, u32be(count)), concatBytes(phaseBytes(ctx.phase), event, NO_TOPICS));
  ctx.ext.put(EVENT_COUNT, u32be(count + 1));
}

/** Removes all recorded events and returns them, each encoded. */
export function takeEvents(at: StorageAccess): Uint8Array[] {
  const count = readU32be(at.ext.get(EVENT_COUNT));
  at.ext.delete(EVENT_COUNT);
  return take(at, EVENT, count);
}

/** Records an extrinsic of the block. */
export function noteExtrinsic(at: StorageAccess, index: number, encoded: Uint8Array): void {
  at.ext.put(concatBytes(EXTRINSIC, u32be(index)), encoded);
}

/** Removes the `count` extrinsics of the block and returns them in order. */
export function takeExtrinsics(at: StorageAccess, count: number): Uint8Array[] {
  return take(at, EXTRINSIC, count);
}

function take(at: StorageAccess, prefix: Uint8Array, count: number): Uint8Array[] {
  const out: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const key = concatBytes(prefix, u32be(i));
    const value = at.ext.get(key);
    if (value !== undefined) out.push(value);
    at.ext.delete(key);
  }
  return out;
}
