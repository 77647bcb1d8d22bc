// The random port backed by the operating system's generator.
import { randomBytes } from 'node:crypto';
import type { Rng } from '@cess/primitives';

export const systemRng: Rng = { bytes: (length) => new Uint8Array(randomBytes(length)) };
