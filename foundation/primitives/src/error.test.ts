import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aborted,
  CessError,
  type DataOf,
  declareErrors,
  fromWireError,
  InvariantError,
  invariant,
  isAbort,
  isCessError,
  isMisconfiguration,
  isRetryable,
  toWireError,
  withData,
} from './index.js';

const errors = declareErrors({
  SAMPLE_BROKEN: { meaning: 'It is broken.', remedy: 'Repair it.', retryable: false },
  SAMPLE_BUSY: { meaning: 'It is busy.', remedy: 'Wait.', retryable: true },
  SAMPLE_MISCONFIGURED: { meaning: 'It is wrong.', remedy: 'Correct it.', retryable: false, isMisconfiguration: true },
  SAMPLE_ANSWER: withData<{ readonly status: number; readonly note?: string }>({
    meaning: 'It answered.',
    remedy: 'Read the answer.',
    retryable: ({ status }) => status >= 500,
  }),
});

declare module './index.js' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}

describe('error codes', () => {
  it('the compiler accepts declared codes with their data and nothing else', () => {
    new CessError('SAMPLE_BROKEN', 'no data');
    new CessError('SAMPLE_ANSWER', 'data', { status: 200 });
    // @ts-expect-error: the code is not declared
    new CessError('SAMPLE_UNKNOWN', 'no such code');
    // @ts-expect-error: data is missing
    new CessError('SAMPLE_ANSWER', 'no data');
    // @ts-expect-error: data of the wrong type
    new CessError('SAMPLE_ANSWER', 'wrong data', { status: '200' });
    // @ts-expect-error: data where the code has none
    new CessError('SAMPLE_BROKEN', 'data', { status: 200 });
  });

  it('isCessError narrows code and data', () => {
    const error: unknown = new CessError('SAMPLE_ANSWER', 'no', { status: 404 });
    assert.ok(isCessError(error, 'SAMPLE_BUSY', 'SAMPLE_ANSWER'));
    assert.ok(isCessError(error, 'SAMPLE_ANSWER'));
    const status: number = error.data.status;
    assert.equal(status, 404);
    assert.equal(isCessError(error, 'SAMPLE_BUSY'), false);
    assert.equal(isCessError(new Error('SAMPLE_ANSWER')), false);
  });

  it('an error is retryable if its declaration says so, also by its data', () => {
    assert.equal(isRetryable(new CessError('SAMPLE_BUSY', 'later')), true);
    assert.equal(isRetryable(new CessError('SAMPLE_BROKEN', 'never')), false);
    assert.equal(isRetryable(new CessError('SAMPLE_ANSWER', 'down', { status: 503 })), true);
    assert.equal(isRetryable(new CessError('SAMPLE_ANSWER', 'wrong', { status: 400 })), false);
    assert.equal(isRetryable(new TypeError('a bug')), false);
  });

  it('a misconfiguration is declared as one', () => {
    const declared = ['SAMPLE_MISCONFIGURED', 'SAMPLE_BROKEN', 'SAMPLE_UNKNOWN'].map(isMisconfiguration);
    assert.deepEqual(declared, [true, false, false]);
  });

  it('a code is declared once', () => {
    const again = { SAMPLE_BUSY: { meaning: 'Another.', remedy: 'None.', retryable: false } };
    assert.throws(() => declareErrors(again), InvariantError);
  });

  it('an aborted operation is recognised, whoever aborted it', () => {
    assert.ok(isAbort(aborted()));
    assert.ok(isAbort(new DOMException('stopped', 'AbortError')));
    assert.equal(isAbort(new CessError('SAMPLE_BUSY', 'later')), false);
  });
});

describe('errors as data', () => {
  const through = (thrown: unknown) => fromWireError(JSON.parse(JSON.stringify(toWireError(thrown))));

  it('a coded error keeps code, message, data, retryability and the message of its cause', () => {
    const cause = new Error('the socket closed');
    const error = through(new CessError('SAMPLE_ANSWER', 'down', { status: 503 }, { cause }));
    assert.ok(isCessError(error, 'SAMPLE_ANSWER'));
    assert.deepEqual([error.message, error.data, error.retryable], ['down', { status: 503 }, true]);
    assert.equal(error.cause instanceof Error && error.cause.message, 'the socket closed');
  });

  it('a code that the receiver does not know stays retryable', () => {
    const wire = { kind: 'coded', code: 'NEWER_BUSY', message: 'later', data: {}, retryable: true } as const;
    assert.ok(isRetryable(fromWireError(wire)));
  });

  it('a bug stays a bug, with its stack', () => {
    const failed = () => {
      try {
        invariant(false, 'impossible');
      } catch (error) {
        return error as InvariantError;
      }
      return undefined;
    };
    const error = through(failed());
    assert.ok(error instanceof InvariantError);
    assert.match(error.stack ?? '', /error\.test/);
    const other = through(new TypeError('undefined is not a function'));
    assert.deepEqual([other.name, isCessError(other)], ['TypeError', false]);
  });
});
