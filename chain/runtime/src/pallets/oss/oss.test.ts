import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { utf8 } from '@cess/primitives';
import { query, tx } from '../../index.js';
import { DEPOSIT_PER_BYTE } from '../../state-deposit.js';
import { failsWith } from '../../test-support/fails.js';
import { alice, bob, carol, Harness } from '../../test-support/harness.js';
import { GATEWAY_INFO } from '../../test-support/storage-scenario.js';
import { MAX_AUTHORITIES } from './declaration.js';

describe('Oss', () => {
  it('a gateway registers, updates and ends its registration', () => {
    const chain = new Harness();
    failsWith(chain, bob, tx.Oss.update(GATEWAY_INFO), 'UnRegister');
    failsWith(chain, bob, tx.Oss.destroy({}), 'UnRegister');
    failsWith(chain, bob, tx.Oss.register({ ...GATEWAY_INFO, endpoint: utf8('') }), 'EmptyEndpoint');
    chain.run(bob, tx.Oss.register(GATEWAY_INFO));
    assert.deepEqual(query.Oss.Oss.get(chain, bob.publicKey), GATEWAY_INFO);
    failsWith(chain, bob, tx.Oss.register(GATEWAY_INFO), 'Registered');
    const moved = { ...GATEWAY_INFO, endpoint: utf8('http://127.0.0.1:9') };
    chain.run(bob, tx.Oss.update(moved));
    assert.deepEqual(query.Oss.Oss.get(chain, bob.publicKey), moved);
    chain.run(bob, tx.Oss.destroy({}));
    assert.equal(query.Oss.Oss.get(chain, bob.publicKey), undefined);
  });

  it('an owner authorises gateways, a bounded number, and takes the right back', () => {
    const chain = new Harness();
    failsWith(chain, alice, tx.Oss.cancel_authorize({ oss: bob.publicKey }), 'NoAuthorization');
    chain.run(alice, tx.Oss.authorize({ operator: bob.publicKey }));
    failsWith(chain, alice, tx.Oss.authorize({ operator: bob.publicKey }), 'Existed');
    for (let i = 1; i < MAX_AUTHORITIES; i++)
      chain.run(alice, tx.Oss.authorize({ operator: new Uint8Array(32).fill(i) }));
    failsWith(chain, alice, tx.Oss.authorize({ operator: new Uint8Array(32).fill(99) }), 'TooManyAuthorities');
    chain.run(alice, tx.Oss.cancel_authorize({ oss: bob.publicKey }));
    const rest = query.Oss.AuthorityList.get(chain, alice.publicKey);
    assert.deepEqual([rest.length, rest[0]], [MAX_AUTHORITIES - 1, new Uint8Array(32).fill(1)]);
  });

  it('a registration and each authorisation have a deposit while they stay, returned to whoever paid it', () => {
    const chain = new Harness();
    const reserved = ({ publicKey }: typeof bob) => query.System.Account.get(chain, publicKey).data.reserved;
    chain.run(bob, tx.Oss.register(GATEWAY_INFO));
    const small = reserved(bob);
    assert.ok(small > 0n);
    const longer = { ...GATEWAY_INFO, domain: utf8('x'.repeat(50)) };
    chain.run(bob, tx.Oss.update(longer));
    assert.equal(reserved(bob) - small, 50n * DEPOSIT_PER_BYTE);
    chain.run(bob, tx.Oss.update(GATEWAY_INFO));
    assert.equal(reserved(bob), small);
    chain.run(alice, tx.Oss.authorize({ operator: bob.publicKey }));
    const one = reserved(alice);
    chain.run(alice, tx.Oss.authorize({ operator: carol.publicKey }));
    assert.equal(reserved(alice), 2n * one);
    chain.run(alice, tx.Oss.cancel_authorize({ oss: bob.publicKey }));
    chain.run(alice, tx.Oss.cancel_authorize({ oss: carol.publicKey }));
    chain.run(bob, tx.Oss.destroy({}));
    assert.deepEqual([reserved(alice), reserved(bob)], [0n, 0n]);
  });

  it('entries of versions without deposits end without one, and pay at their next change', () => {
    const chain = new Harness();
    query.Oss.Oss.put(chain, bob.publicKey, GATEWAY_INFO);
    query.Oss.Oss.put(chain, carol.publicKey, GATEWAY_INFO);
    query.Oss.AuthorityList.put(chain, alice.publicKey, [bob.publicKey]);
    assert.equal(chain.run(alice, tx.Oss.cancel_authorize({ oss: bob.publicKey })).error, undefined);
    assert.equal(chain.run(bob, tx.Oss.destroy({})).error, undefined);
    assert.equal(chain.run(carol, tx.Oss.update(GATEWAY_INFO)).error, undefined);
    assert.ok(query.System.Account.get(chain, carol.publicKey).data.reserved > 0n);
  });
});
