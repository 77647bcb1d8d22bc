// Rotations and deletions of named keys that are due, once a minute; more often where days are shortened.
import { accountIdOf } from '@cess/access';
import type { NamedKeys } from '@cess/accounts';
import { BackgroundLoop, type BackgroundPorts } from '@cess/primitives';
import type { ServedAccounts } from '../served-accounts.js';

const longestPeriodMs = 60_000;
const leastPeriodMs = 250;
const runsPerDay = 24;

export function createKeyUpkeep(
  ports: BackgroundPorts,
  namedKeys: Pick<NamedKeys, 'maintain'>,
  served: Pick<ServedAccounts, 'current'>,
  dayMs: number,
): BackgroundLoop {
  const ids = () => [...new Set(served.current.map(({ owner }) => accountIdOf(owner)))];
  const task = () => namedKeys.maintain(ids(), ports.timers.nowMs());
  const periodMs = Math.min(longestPeriodMs, Math.max(leastPeriodMs, dayMs / runsPerDay));
  return new BackgroundLoop({ ...ports, name: 'upkeep of named keys', task, periodMs });
}
