// Opens the index of a fleet in its database, with this gateway as a member.
import { systemRng } from '@cess/crypto';
import { isIndexElsewhere, isUnused, LocalBackend, markIndexElsewhere } from '@cess/object-index';
import { type DatabaseConfig, Membership, PostgresBackend } from '@cess/object-index/postgres';
import {
  type BackgroundPorts,
  CessError,
  type Logger,
  type Metrics,
  type OnFatal,
  systemTimers,
} from '@cess/primitives';
import type { Kv } from '@cess/store';
import { FleetMember } from './fleet-member.js';

export interface FleetConfig extends DatabaseConfig {
  /** Tells the members apart; the same after every start. */
  readonly member: string;
}

export interface OpenFleet {
  readonly index: PostgresBackend;
  readonly member: FleetMember;
  /** Call it after the gateway has stopped. */
  close(): Promise<void>;
}

interface FleetPorts {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly onFatal: OnFatal;
}

/** Throws what `PostgresBackend.open` throws. */
export async function openFleet(config: FleetConfig, network: Uint8Array, ports: FleetPorts): Promise<OpenFleet> {
  const background: BackgroundPorts = { ...ports, timers: systemTimers, rng: systemRng };
  const index = await PostgresBackend.open({ ...config, ...background, network });
  const membership = new Membership(index.database, index.member);
  const member = new FleetMember({ ...background, membership, name: config.member });
  try {
    await member.start();
  } catch (error) {
    await index.close();
    throw error;
  }
  return {
    index,
    member,
    async close() {
      await member.stop();
      await index.close();
    },
  };
}

/**
 * A gateway must not seem empty because its configuration names another place for the index than before. Throws `GATEWAY_INDEX_PLACE`.
 */
export async function assertIndexPlace(kv: Kv, isInDatabase: boolean): Promise<void> {
  const wasInDatabase = isIndexElsewhere(kv);
  if (wasInDatabase && !isInDatabase) {
    const message = 'The index of this gateway lies in a database: set "index.postgres", or use another data folder.';
    throw new CessError('GATEWAY_INDEX_PLACE', message);
  }
  if (!isInDatabase || wasInDatabase) return;
  if (!(await isUnused(new LocalBackend(kv)))) {
    const message =
      'The data folder has an index of its own, which "index.postgres" would hide: remove the setting, or use an empty folder.';
    throw new CessError('GATEWAY_INDEX_PLACE', message);
  }
  await markIndexElsewhere(kv);
}
