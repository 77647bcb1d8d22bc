// The contract of the backends of the index.
import { after, before } from 'node:test';
import { createMemoryKv } from '@cess/store';
import { LocalBackend } from './local-backend.js';
import type { PostgresBackend } from './postgres/index.js';
import { describeBackend } from './test-support/backend-contract.js';
import { openBackend } from './test-support/postgres-index.js';
import { type PostgresCluster, skipWithoutPostgres, startPostgres } from './testing.js';

let cluster: PostgresCluster | undefined;
const opened: PostgresBackend[] = [];

before(async () => {
  if (skipWithoutPostgres === false) cluster = await startPostgres();
});
after(async () => {
  await Promise.all(opened.map((backend) => backend.close()));
  await cluster?.stop();
});

describeBackend('a store of this process', { create: async () => new LocalBackend(createMemoryKv()) });

const create = async () => {
  if (cluster === undefined) throw new Error('the server is not installed');
  const backend = await openBackend(await cluster.createDatabase());
  opened.push(backend);
  return backend;
};
describeBackend('PostgreSQL', { create }, skipWithoutPostgres);
