// A receipt holds exactly as it was issued, for the chain that the verifier trusts, and in no other form.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { byteAt, fromHex, fromUtf8, present, toHex0x, utf8 } from '@cess/primitives';
import { verifyReceipt } from './index.js';
import {
  type EditableReceipt,
  edited,
  loneAuthority,
  type Sample,
  samples,
  signedAgain,
} from './test-support/samples.js';

const [whole, packed] = samples as [Sample, Sample];
/** All bytes are changed with CESS_SOAK=1, else one of so many. */
const stride = process.env['CESS_SOAK'] === '1' ? 1 : 37;

const codeOf = async (sample: Sample, receipt: Uint8Array, trust = sample.trust): Promise<unknown> =>
  verifyReceipt(receipt, trust).then(
    () => 'verified',
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
  );

describe('a receipt of an object', () => {
  for (const sample of samples) {
    it(`verifies: ${sample.name}`, async () => {
      const { statement, chain } = await verifyReceipt(sample.receipt, sample.trust);
      assert.equal(statement.object.size, sample.plaintext.length);
      assert.equal(chain.gateway.endpoint, 'https://s3.example');
      assert.equal(chain.files.length, statement.files.length);
    });

    it(`is refused with a coded error after a change of any byte: ${sample.name}`, async () => {
      for (let at = 0; at < sample.receipt.length; at += stride) {
        for (const flip of [1 << (at % 8), 0x20]) {
          const changed = sample.receipt.slice();
          changed[at] = byteAt(changed, at) ^ flip;
          assert.match(String(await codeOf(sample, changed)), /^OBJECT_RECEIPT_/, `byte ${at} xor ${flip}`);
        }
      }
    });
  }

  it('says what the chain records of fragments, holders, tags and rounds', async () => {
    const { chain } = await verifyReceipt(whole.receipt, whole.trust);
    const [first, , third] = present(chain.files[0]?.segments[0], 'the segment').fragments;
    assert.equal(first?.provider, 3);
    assert.equal(first?.tag?.taggedAt, 50);
    assert.deepEqual([third?.provider, third?.restoral], [null, { reason: 'Lost', openedAt: 60, claimedBy: 9 }]);
    assert.deepEqual(
      chain.rounds.map(({ provider, passedAt, running }) => [provider, passedAt, running?.passed]),
      [[3, 70, true]],
    );
    assert.equal(chain.files[0]?.authorizesGateway, true);
  });
});

describe('a receipt of a block after changes of the voters', () => {
  const changed = samples.find(({ name }) => name.includes('changes of the voters')) as Sample;
  const changesOf = (receipt: Uint8Array) =>
    (JSON.parse(fromUtf8(receipt)) as EditableReceipt).finality.setChanges ?? [];
  const announced = changesOf(changed.receipt).map(({ header }) => nextVoter(fromHex(header)));

  it('is proven from the voters of the genesis, from those of the block, and from each set between', async () => {
    assert.equal(announced.length, 2);
    const trusted = [
      changed.trust.authorities,
      ...announced.map((key, index) => loneAuthority(key, BigInt(index + 1))),
    ];
    for (const authorities of trusted)
      assert.equal(await codeOf(changed, changed.receipt, { ...changed.trust, authorities }), 'verified');
  });

  it('is not proven by a set that came after the block, or that has another id', async () => {
    const [first, last] = announced as [Uint8Array, Uint8Array];
    const others = [loneAuthority(last, 3n), loneAuthority(last, 1n), loneAuthority(first, 2n), loneAuthority(first)];
    for (const authorities of others) {
      const code = await codeOf(changed, changed.receipt, { ...changed.trust, authorities });
      assert.equal(code, 'OBJECT_RECEIPT_FINALITY_INVALID');
    }
  });

  it('is refused with a change left out, twice, in another order, or one that changes nothing', async () => {
    const edits: ((
      changes: { header: string; justification: string }[],
      finality: EditableReceipt['finality'],
    ) => void)[] = [
      (changes) => void changes.pop(),
      (changes) => void changes.shift(),
      (changes) => void changes.reverse(),
      (changes) => void changes.push(...changes.slice(-1)),
      (changes, { header, justification }) => void changes.push({ header, justification }),
    ];
    for (const edit of edits) {
      const receipt = edited(changed, ({ finality }) => edit(finality.setChanges ?? [], finality));
      assert.equal(await codeOf(changed, receipt), 'OBJECT_RECEIPT_FINALITY_INVALID');
    }
    const cut = edited(changed, ({ finality }) => {
      const [change] = finality.setChanges ?? [];
      if (change) change.header = change.header.slice(0, -2);
    });
    assert.equal(await codeOf(changed, cut), 'OBJECT_RECEIPT_FINALITY_INVALID');
  });

  it('has version 2, and no empty list of changes', async () => {
    const renamed = edited(changed, (fields) => {
      fields['version'] = 1;
    });
    assert.equal(await codeOf(changed, renamed), 'OBJECT_RECEIPT_FINALITY_INVALID');
    const empty = edited(whole, (fields) => {
      fields['version'] = 2;
      fields.finality.setChanges = [];
    });
    assert.equal(await codeOf(whole, empty), 'OBJECT_RECEIPT_ALTERED');
  });
});

/** The one voter of the set that this header puts in force: the key before its weight of 8 bytes and the delay of 4, which end the header. */
function nextVoter(header: Uint8Array): Uint8Array {
  return header.slice(-44, -12);
}

describe('a receipt is refused', () => {
  it('by who trusts another chain', async () => {
    const genesis = new Uint8Array(32).fill(1);
    assert.equal(await codeOf(whole, whole.receipt, { ...whole.trust, genesis }), 'OBJECT_RECEIPT_WRONG_CHAIN');
  });

  it('that names another genesis than its state, also by who trusts the authorities alone', async () => {
    const trust = { ...whole.trust, genesis: undefined };
    assert.equal(await codeOf(whole, whole.receipt, trust), 'verified');
    const renamed = signedAgain(whole, (statement) => {
      statement.genesis = toHex0x(new Uint8Array(32).fill(1));
    });
    assert.equal(await codeOf(whole, renamed, trust), 'OBJECT_RECEIPT_FACT_MISSING');
  });

  it('by who trusts another authority, or a later set of the same authority', async () => {
    const key = present(whole.trust.authorities.authorities[0], 'the authority').key;
    for (const authorities of [loneAuthority(new Uint8Array(32).fill(1)), loneAuthority(key, 1n)]) {
      const code = await codeOf(whole, whole.receipt, { ...whole.trust, authorities });
      assert.equal(code, 'OBJECT_RECEIPT_FINALITY_INVALID');
    }
  });

  it('with any part of its proof missing, and with a part that nothing needs', async () => {
    const { length } = JSON.parse(fromUtf8(whole.receipt)).proof as string[];
    for (let at = 0; at < length; at++) {
      const without = edited(whole, ({ proof }) => void proof.splice(at, 1));
      assert.match(String(await codeOf(whole, without)), /^OBJECT_RECEIPT_(PROOF_INVALID|FACT_MISSING)$/);
    }
    const more = edited(whole, ({ proof }) => void proof.push('AAAA'));
    assert.equal(await codeOf(whole, more), 'OBJECT_RECEIPT_PROOF_INVALID');
    const twice = edited(whole, ({ proof }) => void proof.push(present(proof[0], 'a part')));
    assert.match(String(await codeOf(whole, twice)), /^OBJECT_RECEIPT_(PROOF_INVALID|ALTERED)$/);
    const reordered = edited(whole, ({ proof }) => void proof.reverse());
    assert.equal(await codeOf(whole, reordered), 'OBJECT_RECEIPT_ALTERED');
  });

  it('beyond its size limit, before it is read', async () => {
    assert.equal(await codeOf(whole, new Uint8Array(32 * 2 ** 20 + 1)), 'OBJECT_RECEIPT_TOO_LARGE');
  });

  it('with another spelling of the same content', async () => {
    const text = fromUtf8(whole.receipt);
    const spellings = [
      text.replace('"version": 1,', '"version": 1,\n "version": 1,'),
      text.replace('"number": 80,', '"number": 81,\n   "number": 80,'),
      text.replace('"size": 70000,', '"size": 7e4,'),
      text.replace('"photos"', '"\\u0070hotos"'),
      text.replace('"signature"', '"note": "x",\n "signature"'),
      text.trimEnd(),
      JSON.stringify(JSON.parse(text)),
      `\ufeff${text}`,
    ];
    for (const spelling of spellings) {
      assert.notEqual(spelling, text);
      assert.match(String(await codeOf(whole, utf8(spelling))), /^OBJECT_RECEIPT_(ALTERED|MALFORMED)$/, spelling);
    }
  });

  it('in a version that this program does not know', async () => {
    const next = utf8(fromUtf8(whole.receipt).replace('"version": 1,', '"version": 3,'));
    assert.equal(await codeOf(whole, next), 'OBJECT_RECEIPT_VERSION_UNKNOWN');
  });

  it('when what it should be is something else', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    for (const text of ['', 'null', '[]', '{}', '"x"', deep])
      assert.equal(await codeOf(whole, utf8(text)), 'OBJECT_RECEIPT_MALFORMED', text.slice(0, 20));
    assert.equal(await codeOf(whole, Uint8Array.of(0x22, 0xff, 0x22)), 'OBJECT_RECEIPT_MALFORMED');
  });

  it('with a statement that the gateway did not sign', async () => {
    const renamed = edited(whole, ({ statement }) => {
      statement.object.key = 'dog.jpg';
    });
    assert.equal(await codeOf(whole, renamed), 'OBJECT_RECEIPT_SIGNATURE_INVALID');
    const { signature } = JSON.parse(fromUtf8(packed.receipt)) as { signature: string };
    const swapped = edited(whole, (fields) => {
      fields.signature = signature;
    });
    assert.equal(await codeOf(whole, swapped), 'OBJECT_RECEIPT_SIGNATURE_INVALID');
  });

  it('with a signed statement that contradicts itself or the chain', async () => {
    const contradictions: Parameters<typeof signedAgain>[1][] = [
      ({ object }) => {
        object.size = 69_999;
      },
      ({ object }) => {
        object.partSizes = [1, 2];
      },
      ({ block }) => {
        block.number = 79;
      },
      ({ extents }) => void extents.push({ file: toHex0x(new Uint8Array(32)), offset: 0, length: 0 }),
      ({ extents, object }) => {
        present(extents[0], 'the extent').length = 70_001;
        object.size = 70_001;
      },
      ({ files }) => {
        present(files[0]?.streams[0], 'the stream').ciphertextOffset = 1;
      },
      ({ files }) => {
        present(files[0]?.streams[0], 'the stream').ciphertextLength = 65_537;
      },
      ({ files }) => {
        present(files[0], 'the file').shards = [];
      },
      ({ files }) => void present(files[0]?.shards[0], 'the shards').hashes.reverse(),
      ({ files }) => {
        present(files[0]?.shards[0], 'the shards').shardLength = 4096;
      },
    ];
    for (const [at, change] of contradictions.entries()) {
      const code = await codeOf(whole, signedAgain(whole, change));
      assert.equal(code, 'OBJECT_RECEIPT_STATEMENT_INVALID', `contradiction ${at}`);
    }
  });

  it('for a file that the chain does not record', async () => {
    const id = toHex0x(new Uint8Array(32).fill(9));
    const forged = signedAgain(whole, ({ extents, files }) => {
      present(extents[0], 'the extent').file = id;
      present(files[0], 'the file').id = id;
    });
    assert.match(String(await codeOf(whole, forged)), /^OBJECT_RECEIPT_(FACT_MISSING|PROOF_INVALID)$/);
  });
});
