// @cess/object-index/postgres: the index in a database that several gateways share. Apart, so that only those who use it load the driver.
export { declareDatabaseMetrics } from './commit-queue.js';
export type { DatabaseConfig } from './database.js';
export { type Beat, Membership } from './membership.js';
export { PostgresBackend, type PostgresInit } from './postgres-backend.js';
