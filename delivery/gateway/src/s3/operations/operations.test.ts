// The table of operations against the models of the AWS SDK, and the selection of operations by every query name.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { modelOperations } from '../../test-support/sdk-model.js';
import { S3Error } from '../errors.js';
import { parseTarget } from '../request.js';
import { route, selectorNames } from '../router.js';
import { operations } from './table.js';

const models = modelOperations();
const nameOf = (literal: string) => literal.split('=', 1).join();
const paths = { service: '/', bucket: '/bucket', object: '/bucket/key' } as const;
const headersOf = (header: string | undefined) => (header === undefined ? {} : { [header]: 'bucket/key' });

describe('the table of S3 operations', () => {
  it('has a row for each operation of the AWS SDK, and rows for HTML form uploads, live events and receipts', () => {
    assert.ok(models.length > 100);
    assert.deepEqual(
      operations.map(({ name }) => name).toSorted(),
      [
        ...models.map(({ name }) => name),
        'PostObject',
        'ListenBucketNotification',
        'GetObjectReceipt',
        'GetObjectReceiptWithKeys',
      ].toSorted(),
    );
  });

  it('agrees with docs/operations/s3.md about the operations that are implemented', () => {
    const page = readFileSync(new URL('../../../../../docs/operations/s3.md', import.meta.url), 'utf8');
    const section = page.slice(page.indexOf('## Operations'), page.indexOf('All other operations answer 501'));
    const named = operations.filter(({ name }) => new RegExp(`\\b${name}\\b`).test(section));
    assert.deepEqual(
      named.map(({ name }) => name).toSorted(),
      operations.flatMap(({ name, handler }) => (handler === undefined ? [] : [name])).toSorted(),
    );
  });

  for (const model of models) {
    it(`${model.name} has the method, resource and query names of the SDK model`, () => {
      const row = operations.find(({ name }) => name === model.name);
      assert.ok(row);
      assert.equal(row.method, model.method);
      assert.equal(row.resource === 'object', model.path.includes('{Key'));
      for (const literal of model.literals) assert.ok(row.selectedBy?.includes(literal), literal);
      const names = [...selectorNames(row), ...(row.query ?? [])].filter((name) => name !== 'x-id');
      assert.deepEqual(names.toSorted(), [...model.literals.map(nameOf), ...model.queryNames].toSorted());
    });

    it(`${model.name} is selected by a request with all query names of the SDK model`, () => {
      const row = operations.find(({ name }) => name === model.name);
      assert.ok(row);
      const selectors = (row.selectedBy ?? []).map((one) => (one.includes('=') ? one : `${one}=1`));
      const others = (row.query ?? []).map((name) => `${name}=1`);
      const target = parseTarget(`${row.path ?? paths[row.resource]}?${[...selectors, ...others].join('&')}`);
      assert.equal(route({ method: row.method, target, headers: headersOf(row.selectedByHeader) }).name, model.name);
    });
  }
});

describe('query names', () => {
  const other = ['append', 'policyDocument', 'x-amz-acl', 'X-Amz-Signatures', 'Uploads', 'ACL', 'x-foo', '__proto__'];
  const known = models.flatMap(({ literals, queryNames }) => [...literals.map(nameOf), ...queryNames]);
  const names = [...new Set([...known, ...other])];
  const methods = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'PATCH'];

  it('lead to an operation that declares them, or to an error, for every name, method and resource', () => {
    let refused = 0;
    for (const name of names) {
      for (const method of methods) {
        for (const path of Object.values(paths)) {
          for (const headers of [{}, headersOf('x-amz-copy-source')]) {
            const target = parseTarget(`${path}?${name}=1`);
            try {
              const selected = route({ method, target, headers });
              assert.ok([...selectorNames(selected), ...(selected.query ?? [])].includes(name), `${method} ${name}`);
            } catch (error) {
              if (!(error instanceof S3Error)) throw error;
              assert.ok(['NotImplemented', 'MethodNotAllowed', 'InvalidArgument'].includes(error.code), error.code);
              refused++;
            }
          }
        }
      }
    }
    assert.ok(refused > 1000);
  });

  it('of a signature may stand in presigned requests only', () => {
    const presigned = '/bucket/key?X-Amz-Algorithm=a&X-Amz-Signature=s&X-Amz-Date=d&x-amz-meta-a=1&x-id=GetObject';
    assert.equal(route({ method: 'GET', target: parseTarget(presigned), headers: {} }).name, 'GetObject');
    for (const query of ['X-Amz-Date=d', 'x-amz-meta-a=1', 'X-Amz-Algorithm=a&foo=1']) {
      const target = parseTarget(`/bucket/key?${query}`);
      assert.throws(() => route({ method: 'GET', target, headers: {} }), { code: 'NotImplemented' });
    }
  });

  it('that are repeated are refused', () => {
    const target = parseTarget('/bucket?prefix=a&prefix=b');
    assert.throws(() => route({ method: 'GET', target, headers: {} }), { code: 'InvalidArgument' });
  });
});
