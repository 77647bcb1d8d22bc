// Rotations and deletions of named keys that are due, once a minute.
import { accountIdOf } from '@cess/access';
import type { NamedKeys } from '@cess/accounts';
import { BackgroundLoop, type BackgroundPorts } from '@cess/primitives';

const periodMs = 60_000;

export function createKeyUpkeep(
  ports: BackgroundPorts,
  namedKeys: Pick<NamedKeys, 'maintain'>,
  accounts: readonly { readonly owner: Uint8Array }[],
): BackgroundLoop {
  const ids = [...new Set(accounts.map(({ owner }) => accountIdOf(owner)))];
  const task = () => namedKeys.maintain(ids, ports.timers.nowMs());
  return new BackgroundLoop({ ...ports, name: 'upkeep of named keys', task, periodMs });
}
