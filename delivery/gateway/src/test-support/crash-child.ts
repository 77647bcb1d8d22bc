// A gateway over a store on disk in a process of its own, for tests that kill it. Prints its endpoint.
// Arguments: folder, URL of a webhook target.
import { join } from 'node:path';
import { openLmdb } from '@cess/store';
import { startTestGateway } from './test-gateway.js';

const [, , folder = '', url = ''] = process.argv;
const target = { name: 'hook', url, key: new Uint8Array(32), allowedAddresses: ['127.0.0.0/8'] };
const { gateway } = await startTestGateway({
  kv: openLmdb({ path: join(folder, 'index') }),
  auditDir: join(folder, 'audit'),
  providers: 1,
  webhookTargets: [target],
  webhookPauses: { leastMs: 10, mostMs: 40 },
  lifecycleDaySeconds: 1,
});
console.log(`endpoint ${gateway.s3Endpoint}`);
