// An audit log in a process of its own, for tests that kill it while it writes and anchors. Its parent is the chain: calls and
// answers are messages. Argument: folder of the log.
import type { AnchorState, LogPosition } from '@cess/audit-log';
import { AuditTrail } from '../audit/audit-trail.js';
import { testPorts } from './test-gateway.js';

export type ToParent =
  | { readonly type: 'anchorsOf' }
  | { readonly type: 'anchor'; readonly position: LogPosition }
  /** Entries of the log that are written. */
  | { readonly type: 'written'; readonly entries: number };

const [, , folder = ''] = process.argv;

function ask(message: ToParent): Promise<AnchorState> {
  return new Promise((resolve) => {
    process.once('message', (answer) => resolve(answer as AnchorState));
    process.send?.(message);
  });
}

const trail = new AuditTrail({
  ...testPorts,
  folder,
  nowMs: () => testPorts.timers.nowMs(),
  anchorIntervalMs: 1,
  chain: {
    anchorsOf: () => ask({ type: 'anchorsOf' }),
    anchor: async (_log, position) => {
      await ask({ type: 'anchor', position });
    },
  },
});
await trail.start();
const entry = { timeMs: 1, operation: 'PutObject', principal: 'p', accessKeyId: '', source: '', userAgent: '' };
for (let number = 0; ; number++) {
  await trail.begin({ ...entry, requestId: `${number}`, bucket: 'b', key: `${number}`, versionId: '' });
  process.send?.({ type: 'written', entries: trail.entries } satisfies ToParent);
  if (number % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
}
