// Audit logs of a fleet: each member has its own, and anchors it under its name.
import type { GatewayChain } from '../chain-port.js';

type LogChain = Pick<GatewayChain, 'anchorsOf' | 'anchor'>;

export function memberLogs(chain: LogChain, member: string): LogChain {
  const named = (log: string) => `${log}/${member}`;
  return {
    anchorsOf: (log) => chain.anchorsOf(named(log)),
    anchor: (log, position) => chain.anchor(named(log), position),
  };
}
