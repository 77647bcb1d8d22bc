// A case: one behaviour of one operation of the S3 API. Cases are data, so that the table of what they cover
// (docs/operations/s3-coverage.md) is made from the same list that the suite runs.
import assert from 'node:assert/strict';
import type { Answer } from './endpoint.js';
import type { World } from './world.js';

export interface S3Case {
  /** The operation in Amazon's spelling. */
  readonly operation: string;
  /** The status, with the error code if the case is about one: `200`, `404 NoSuchKey`. */
  readonly outcome: string;
  readonly title: string;
  readonly run: (world: World) => Promise<void>;
}

/** A case that asserts for itself. */
export function does(operation: string, outcome: string, title: string, run: (world: World) => Promise<void>): S3Case {
  return { operation, outcome, title, run };
}

/** A case whose request must be answered with the outcome. */
export function answers(
  operation: string,
  outcome: string,
  title: string,
  send: (world: World) => Promise<Answer>,
): S3Case {
  return { operation, outcome, title, run: async (world) => void assertOutcome(await send(world), outcome) };
}

/** Holds if the answer has the status, and the error code if the outcome names one. */
export function assertOutcome(answer: Answer, outcome: string): Answer {
  const [status, code] = outcome.split(' ');
  // An answer to HEAD has no body, and none for 304.
  const shown = code === undefined || answer.text === '' ? status : `${status} ${code}`;
  assert.equal(`${answer.status}${answer.code === undefined ? '' : ` ${answer.code}`}`, shown, answer.text);
  return answer;
}
