// Mortality of an extrinsic: immortal, or a power-of-two period with a phase (two bytes). Source: sp_runtime::generic::Era.
// The metadata shows it as 256 variants, Immortal and Mortal1..Mortal255(u8), which is exactly its byte form.
import { type Codec, createCodec, describe, u8 } from '@cess/codec';

export type Era =
  | { readonly type: 'Immortal' }
  | { readonly type: 'Mortal'; readonly period: number; readonly phase: number };

const MIN_PERIOD = 4;
const MAX_PERIOD = 65536;

export const era: Codec<Era> = createCodec<Era>({
  type: describe(
    {
      kind: 'variant',
      variants: Array.from({ length: 256 }, (_, index) => ({
        name: index === 0 ? 'Immortal' : `Mortal${index}`,
        index,
        fields: index === 0 ? [] : [{ type: u8.type }],
        docs: [],
      })),
    },
    { path: ['sp_runtime', 'generic', 'era', 'Era'] },
  ),
  minBytes: 1,
  write: (value, writer) => {
    if (value.type === 'Immortal') return writer.u8(0);
    const quantize = Math.max(1, value.period >>> 12);
    writer.u16(Math.min(15, Math.max(1, Math.log2(value.period) - 1)) | ((value.phase / quantize) << 4));
  },
  read: (reader) => {
    const first = reader.u8();
    if (first === 0) return { type: 'Immortal' };
    const encoded = first | (reader.u8() << 8);
    const period = 2 << (encoded & 15);
    const quantize = Math.max(1, period >>> 12);
    const phase = (encoded >>> 4) * quantize;
    if (period < MIN_PERIOD || phase >= period) reader.fail('invalid mortal era');
    return { type: 'Mortal', period, phase };
  },
});

/** An era of about `period` blocks that is valid from block `current` on. */
export function mortalEra(period: number, current: number): Era {
  let rounded = MIN_PERIOD;
  while (rounded < period && rounded < MAX_PERIOD) rounded *= 2;
  const quantize = Math.max(1, rounded >>> 12);
  return { type: 'Mortal', period: rounded, phase: Math.floor((current % rounded) / quantize) * quantize };
}

/** The first block in which an extrinsic of this era is valid, seen from block `current`. */
export function eraBirth(value: Era, current: number): number {
  if (value.type === 'Immortal') return 0;
  return Math.floor((Math.max(current, value.phase) - value.phase) / value.period) * value.period + value.phase;
}

/** The first block in which it is no longer valid. */
export function eraDeath(value: Era, current: number): number {
  return value.type === 'Immortal' ? Number.MAX_SAFE_INTEGER : eraBirth(value, current) + value.period;
}
