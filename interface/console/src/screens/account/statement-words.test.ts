// IFACE-1: the simulator of the console says in words which statement decided.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTexts } from '../../i18n/texts.js';
import { statementInWords } from './statement-words.js';

const texts = createTexts('en');
const words = (statement: object) => statementInWords(JSON.stringify({ Statement: statement }), 0, texts);

describe('a statement in words', () => {
  it('names effect, actions and resources, one or several', () => {
    const reads = { Effect: 'Allow', Action: ['s3:GetObject', 's3:ListBucket'], Resource: 'arn:aws:s3:::photos/*' };
    assert.equal(words(reads), 'It allows s3:GetObject, s3:ListBucket on arn:aws:s3:::photos/*.');
    assert.equal(words([{ Effect: 'Deny', Action: '*', Resource: '*' }]), 'It denies everything on everything.');
  });

  it('says what it excepts, and under which conditions it holds', () => {
    const statement = {
      Effect: 'Deny',
      NotAction: 'iam:*',
      NotResource: 'arn:aws:s3:::open',
      Condition: { NotIpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '192.0.2.0/24'] } },
    };
    assert.equal(
      words(statement),
      'It denies everything except iam:* on everything except arn:aws:s3:::open. Only when: NotIpAddress aws:SourceIp 10.0.0.0/8, 192.0.2.0/24.',
    );
  });

  it('is absent for a document that has no such statement, or is none', () => {
    assert.equal(statementInWords('{"Statement":[]}', 0, texts), undefined);
    assert.equal(statementInWords('no JSON', 0, texts), undefined);
  });
});
