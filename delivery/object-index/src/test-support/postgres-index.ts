// Opens the index of a test in a PostgreSQL database.
import { randomBytes } from 'node:crypto';
import { silentLogger, systemTimers } from '@cess/primitives';
import { PostgresBackend } from '../postgres/index.js';

const network = new Uint8Array(32).fill(7);

export function openBackend(url: string): Promise<PostgresBackend> {
  const rng = { bytes: (length: number) => new Uint8Array(randomBytes(length)) };
  return PostgresBackend.open({ url, network, timers: systemTimers, rng, logger: silentLogger });
}
