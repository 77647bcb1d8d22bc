// OSS-1, STORE-2, STORE-3: the S3 API of the real program, operation by operation, over plain HTTP with a signer of its own.
// docs/operations/s3-coverage.md shows which operation and error code has which cases.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as sdk from '@aws-sdk/client-s3';
import { allCases } from './s3/all-cases.js';
import { documentedErrors, reasons } from './s3/documented-errors.js';
import type { S3Case } from './s3/s3-case.js';
import { World } from './s3/world.js';
import { TestNetwork } from './support/network.js';

const network = await TestNetwork.create({ environment: { CESS_INDEX_EXPORT_SECONDS: '15' } });
let world: World;

before(async () => {
  await network.start();
  const { endpoint, region, ...keys } = network.credentials;
  world = await World.create({ endpoint, region, keys });
});
after(async () => {
  world?.close();
  await network.destroy();
});

/** The suite waits for the network more than for the processor. */
const atOnce = 4;

const byOperation = new Map<string, S3Case[]>();
for (const one of allCases) byOperation.set(one.operation, [...(byOperation.get(one.operation) ?? []), one]);

for (const [operation, cases] of byOperation) {
  describe(`S3 ${operation}`, { concurrency: atOnce }, () => {
    for (const { outcome, title, run } of cases) it(`${title}: ${outcome}`, () => run(world));
  });
}

describe('the S3 suite', () => {
  it('has at least 900 cases, no two alike', () => {
    const names = allCases.map(({ operation, outcome, title }) => `${operation}: ${title}: ${outcome}`);
    assert.ok(names.length >= 900);
    assert.deepEqual(
      names.filter((name, at) => names.indexOf(name) !== at),
      [],
    );
  });

  it('has a case for each operation of the AWS SDK', () => {
    const covered = new Set(allCases.map(({ operation }) => operation));
    const operations = Object.keys(sdk).flatMap((name) => /^(\w+)Command$/.exec(name)?.[1] ?? []);
    assert.ok(operations.length > 100);
    assert.deepEqual(
      operations.filter((name) => name !== '$' && !covered.has(name)),
      [],
    );
  });

  it('knows the documented errors of each operation that has more than one outcome', () => {
    const offered = [...byOperation].filter(([, cases]) => cases.length > 1);
    assert.deepEqual(
      offered.flatMap(([operation]) => (documentedErrors[operation] === undefined ? [operation] : [])),
      [],
    );
  });

  it('has a case or a reason for each documented error', () => {
    const covered = (operation: string, code: string) =>
      byOperation.get(operation)?.some(({ outcome }) => outcome.split(' ').includes(code)) === true ||
      `${operation} ${code}` in reasons ||
      code in reasons;
    const missing = Object.entries(documentedErrors).flatMap(([operation, codes]) =>
      codes.flatMap((code) => (covered(operation, code) ? [] : [`${operation} ${code}`])),
    );
    assert.deepEqual(missing, []);
  });
});
