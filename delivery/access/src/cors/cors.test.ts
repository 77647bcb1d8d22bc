import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isCessError } from '@cess/primitives';
import { compileCors, maxCorsRules, parseCorsRules, type RawCorsRule } from '../index.js';

const rule: RawCorsRule = { allowedOrigins: ['https://www.example.com'], allowedMethods: ['PUT', 'POST'] };
const cors = (...rules: readonly RawCorsRule[]) => compileCors(parseCorsRules(rules));

describe('CORS rules', () => {
  const wrong: readonly (readonly [string, RawCorsRule, string])[] = [
    ['no origin', { ...rule, allowedOrigins: [] }, 'AllowedOrigin'],
    ['an origin with two wildcards', { ...rule, allowedOrigins: ['https://*.*.com'] }, 'AllowedOrigin'],
    ['an origin with a line break', { ...rule, allowedOrigins: ['https://a\r\nX: y'] }, 'AllowedOrigin'],
    ['no method', { ...rule, allowedMethods: [] }, 'AllowedMethod'],
    ['a method that S3 does not take', { ...rule, allowedMethods: ['PATCH'] }, 'AllowedMethod'],
    ['a method in lower case', { ...rule, allowedMethods: ['get'] }, 'AllowedMethod'],
    ['a header with two wildcards', { ...rule, allowedHeaders: ['x-*-*'] }, 'AllowedHeader'],
    ['a header that is none', { ...rule, allowedHeaders: ['x y'] }, 'AllowedHeader'],
    ['an exposed header with a wildcard', { ...rule, exposeHeaders: ['x-amz-*'] }, 'ExposeHeader'],
    ['a negative age', { ...rule, maxAgeSeconds: '-1' }, 'MaxAgeSeconds'],
    ['a long id', { ...rule, id: 'x'.repeat(256) }, 'ID'],
  ];
  for (const [what, changed, at] of wrong)
    it(`a rule with ${what} is refused`, () => {
      assert.throws(
        () => parseCorsRules([rule, changed]),
        (error) => isCessError(error, 'CORS_MALFORMED', 'CORS_INVALID') && error.data.at === `CORSRule[1].${at}`,
      );
    });

  it('a configuration has 1 to 100 rules', () => {
    const isRefused = (error: unknown) => isCessError(error, 'CORS_MALFORMED', 'CORS_INVALID');
    assert.throws(() => parseCorsRules([]), isRefused);
    assert.throws(() => parseCorsRules(new Array<RawCorsRule>(maxCorsRules + 1).fill(rule)), isRefused);
    assert.equal(parseCorsRules(new Array<RawCorsRule>(maxCorsRules).fill(rule)).length, 100);
  });
});

describe('preflight requests', () => {
  it('the answer names origin, methods, headers and age', () => {
    const full = { ...rule, allowedHeaders: ['*'], exposeHeaders: ['ETag', 'x-amz-request-id'], maxAgeSeconds: '3000' };
    const answer = cors(full).preflight({
      origin: 'https://www.example.com',
      requestedMethod: 'PUT',
      requestedHeaders: 'Content-Type, X-Amz-Date',
    });
    assert.deepEqual(answer, {
      'Access-Control-Allow-Origin': 'https://www.example.com',
      'Access-Control-Allow-Methods': 'PUT, POST',
      'Access-Control-Allow-Headers': 'content-type, x-amz-date',
      'Access-Control-Expose-Headers': 'ETag, x-amz-request-id',
      'Access-Control-Max-Age': '3000',
      'Access-Control-Allow-Credentials': 'true',
      Vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
    });
  });

  it('origin, method and each header must be allowed by one rule', () => {
    const rules = cors(
      { ...rule, allowedHeaders: ['x-amz-*', 'Content-Type'] },
      { allowedOrigins: ['*'], allowedMethods: ['GET'] },
    );
    const asks = (origin: string, requestedMethod: string, requestedHeaders?: string) =>
      rules.preflight({ origin, requestedMethod, requestedHeaders })?.['Access-Control-Allow-Origin'];
    const www = 'https://www.example.com';
    assert.equal(asks(www, 'PUT', 'CONTENT-TYPE,x-amz-meta-a'), www);
    assert.equal(asks(www, 'PUT', 'content-type, authorization'), undefined);
    assert.equal(asks('http://www.example.com', 'PUT'), undefined);
    assert.equal(asks(www, 'DELETE'), undefined);
    assert.equal(asks('https://else.example', 'GET'), '*');
    assert.equal(asks(www, 'GET', 'content-type'), undefined);
    assert.equal(asks(www, 'PUT', new Array(101).fill('x-amz-a').join(',')), undefined);
  });

  it('a requested header that is no name is refused even if all headers are allowed', () => {
    const rules = cors({ ...rule, allowedHeaders: ['*'] });
    const asks = (requestedHeaders: string) =>
      rules.preflight({ origin: 'https://www.example.com', requestedMethod: 'PUT', requestedHeaders });
    assert.equal(asks('x-a, x b'), undefined);
    assert.equal(asks('x-a\u00e9'), undefined);
    assert.ok(asks('x-a, , x-b') !== undefined);
  });

  it('the first rule that matches counts', () => {
    const rules = cors({ ...rule, maxAgeSeconds: '1' }, { ...rule, maxAgeSeconds: '2' });
    assert.equal(
      rules.preflight({ origin: 'https://www.example.com', requestedMethod: 'PUT' })?.['Access-Control-Max-Age'],
      '1',
    );
  });
});

describe('requests with an origin', () => {
  it('a wildcard stands for any part of an origin, and the answer names the origin', () => {
    const rules = cors({ allowedOrigins: ['https://*.example.com'], allowedMethods: ['GET'] });
    const allowed = (origin: string) => rules.actual({ origin, method: 'GET' })?.['Access-Control-Allow-Origin'];
    assert.equal(allowed('https://a.b.example.com'), 'https://a.b.example.com');
    assert.equal(allowed('https://example.com'), undefined);
    assert.equal(allowed('https://a.example.com.evil'), undefined);
  });

  it('credentials are never allowed for all origins', () => {
    const answer = cors({ allowedOrigins: ['*'], allowedMethods: ['GET'] }).actual({ origin: 'null', method: 'GET' });
    assert.deepEqual(
      [answer?.['Access-Control-Allow-Origin'], answer?.['Access-Control-Allow-Credentials']],
      ['*', undefined],
    );
  });

  it('? in an origin is no wildcard, and a method outside of the rule gets no headers', () => {
    const rules = cors({ allowedOrigins: ['https://a?.example'], allowedMethods: ['GET'] });
    assert.equal(rules.actual({ origin: 'https://ab.example', method: 'GET' }), undefined);
    assert.ok(rules.actual({ origin: 'https://a?.example', method: 'GET' }) !== undefined);
    assert.equal(rules.actual({ origin: 'https://a?.example', method: 'PUT' }), undefined);
  });
});
