// A role that does nothing, as a process: `reload` as its argument makes it one that can reload, and prints when it does.
import { runRole } from '../process.js';

const reload = process.argv.includes('reload') ? { reload: async () => void process.stdout.write('reloaded\n') } : {};
// The role itself keeps nothing open.
setInterval(() => {}, 60_000);
await runRole(
  {
    format: {
      role: 'small',
      schema: undefined as never,
      example: undefined as never,
      resolvePaths: (config) => config,
    },
    open: async () => ({ endpoint: 'nowhere', answer: () => ({}), ...reload }),
  },
  { logLevel: 'error', metricsHost: '127.0.0.1', metricsPort: null },
  { isSupervised: false, name: undefined, logFile: undefined, passphrase: undefined },
);
