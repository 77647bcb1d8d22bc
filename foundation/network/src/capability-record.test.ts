// Capability records (docs/protocol/network.md §7).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createEd25519Signer } from '@cess/crypto';
import fc from 'fast-check';
import { announcementsAt, announcementsOf } from './announcements.js';
import { isWithin, placesAround, statedSequence } from './capability-record.js';
import {
  type CapabilityRecord,
  networkRoles,
  recordLimits,
  signCapabilityRecord,
  verifyCapabilityRecord,
} from './index.js';

const signer = createEd25519Signer(new Uint8Array(32).fill(3));
const genesis = new Uint8Array(32).fill(7);
const nowMs = 1_800_000_000_000;
const sound = {
  genesis,
  roles: ['provider', 'cache'],
  place: 'eu/de/fra-1',
  endpoints: ['https://203.0.113.7:9443', '/ip4/203.0.113.7/tcp/30333'],
  capacity: { storageBytes: 2 ** 40, bytesPerSecond: 125_000_000, threads: 8 },
  sequence: 5n,
  validUntilMs: nowMs + 3_600_000,
} satisfies Omit<CapabilityRecord, 'version' | 'key'>;
const expected = { genesis, nowMs };

describe('capability records', () => {
  it('NW-24: a signed record is verified and read', () => {
    const result = verifyCapabilityRecord(signCapabilityRecord(signer, sound), { ...expected, key: signer.publicKey });
    assert.deepEqual(result, { ok: true, value: { ...sound, version: 1, key: signer.publicKey } });
  });

  it('NW-25: records that are expired, of another network or key, or in force for too long are refused', () => {
    const bytes = signCapabilityRecord(signer, sound);
    const problem = (changed: object) => {
      const result = verifyCapabilityRecord(bytes, { ...expected, ...changed });
      return result.ok ? 'none' : result.error;
    };
    assert.equal(problem({ nowMs: sound.validUntilMs - 1 }), 'none');
    assert.equal(problem({ nowMs: sound.validUntilMs }), 'expired');
    assert.equal(problem({ nowMs: sound.validUntilMs - recordLimits.maxLifetimeMs }), 'none');
    assert.equal(problem({ nowMs: sound.validUntilMs - recordLimits.maxLifetimeMs - 1 }), 'long-lived');
    assert.equal(problem({ genesis: new Uint8Array(32) }), 'network');
    assert.equal(problem({ key: new Uint8Array(32) }), 'key');
  });

  it('NW-25: a record with any bit changed is refused', () => {
    const bytes = signCapabilityRecord(signer, sound);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = bytes.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.equal(verifyCapabilityRecord(changed, expected).ok, false, `bit ${bit}`);
    }
  });

  it('NW-25: arbitrary bytes, also behind a valid beginning, are refused without an exception', () => {
    const valid = signCapabilityRecord(signer, sound);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.nat(valid.length), (tail, length) => {
        const bytes = new Uint8Array([...valid.subarray(0, length), ...tail]);
        const result = verifyCapabilityRecord(bytes, expected);
        assert.equal(result.ok, bytes.length === valid.length && bytes.every((byte, i) => byte === valid[i]));
        statedSequence(bytes);
      }),
      { numRuns: 2000 },
    );
  });

  it('NW-24: what others would refuse is not signed', () => {
    const refused: Partial<typeof sound>[] = [
      { roles: [] as never },
      { roles: ['cache', 'provider'] },
      { roles: ['cache', 'cache'] },
      { place: '' },
      { place: 'EU' },
      { place: 'eu/' },
      { place: 'a/b/c/d' },
      { place: 'seventeen-letters' },
      { endpoints: [''] },
      { endpoints: ['x'.repeat(recordLimits.maxEndpointBytes + 1)] },
      { endpoints: ['é'.repeat(recordLimits.maxEndpointBytes / 2 + 1)] },
    ];
    for (const change of refused) {
      assert.throws(() => signCapabilityRecord(signer, { ...sound, ...change }), { code: 'NETWORK_RECORD_INVALID' });
    }
    const endpoints = Array.from({ length: recordLimits.maxEndpoints + 1 }, () => 'x');
    assert.throws(() => signCapabilityRecord(signer, { ...sound, endpoints }), { code: 'SCALE_UNENCODABLE' });
  });

  it('NW-24: the largest record that is well-formed is within the limit of bytes', () => {
    const bytes = signCapabilityRecord(signer, {
      ...sound,
      roles: networkRoles,
      endpoints: Array.from({ length: recordLimits.maxEndpoints }, () => 'x'.repeat(recordLimits.maxEndpointBytes)),
      place: `${'x'.repeat(16)}/${'y'.repeat(16)}/${'z'.repeat(16)}`,
    });
    assert.ok(bytes.length <= recordLimits.maxBytes);
    assert.equal(verifyCapabilityRecord(new Uint8Array(recordLimits.maxBytes + 1), expected).ok, false);
  });

  it('NW-28: a node is found at its place and at the wider places around it', () => {
    assert.deepEqual(placesAround('eu/de/fra-1'), ['eu', 'eu/de', 'eu/de/fra-1']);
    assert.ok(isWithin('eu/de/fra-1', 'eu/de'));
    assert.ok(!isWithin('eu/de', 'eu/de/fra-1'));
    assert.ok(!isWithin('eu-west', 'eu'));
  });

  it('NW-28: each key under which a record is announced is among those that are asked for its role and place', () => {
    const record: CapabilityRecord = { ...sound, version: 1, key: signer.publicKey };
    const asked = record.roles.flatMap((role) =>
      [undefined, ...placesAround(record.place)].map((place) => announcementsAt(genesis, role, place).map(String)),
    );
    const announced = announcementsOf(record).map(String);
    assert.equal(announced.length, asked.length);
    assert.ok(asked.every((keys) => keys.filter((key) => announced.includes(key)).length === 1));
  });
});
