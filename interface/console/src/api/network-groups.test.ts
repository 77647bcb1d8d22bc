// IFACE-1: groups of the network by operator and place, and their share of the space.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { concentrationOf, groupNodes, networkOf, othersOf, type PlacedNode } from './network-groups.js';

const node = (role: PlacedNode['role'], operator: string, more: Partial<PlacedNode> = {}): PlacedNode => ({
  ...{ role, operator, place: undefined, endpoint: undefined, declaredBytes: 0, storedBytes: 0 },
  ...more,
});
const provider = (operator: string, declaredBytes: number, more: Partial<PlacedNode> = {}) =>
  node('provider', operator, { declaredBytes, storedBytes: declaredBytes / 10, ...more });

describe('groups of nodes', () => {
  it('count the nodes of each role, add up their space, and come with the largest first', () => {
    const nodes = [
      provider('small', 100),
      provider('large', 500),
      provider('large', 400),
      node('gateway', 'large'),
      node('tee', 'worker'),
    ];
    const groups = groupNodes(nodes, ({ operator }) => operator);
    assert.deepEqual(groups, [
      {
        ...{ name: 'large', declaredBytes: 900, storedBytes: 90, share: 0.9 },
        counts: { provider: 2, gateway: 1, validator: 0, tee: 0 },
      },
      {
        ...{ name: 'small', declaredBytes: 100, storedBytes: 10, share: 0.1 },
        counts: { provider: 1, gateway: 0, validator: 0, tee: 0 },
      },
      {
        ...{ name: 'worker', declaredBytes: 0, storedBytes: 0, share: 0 },
        counts: { provider: 0, gateway: 0, validator: 0, tee: 1 },
      },
    ]);
  });

  it('keep nodes without a place apart, last, whatever they declare', () => {
    const nodes = [provider('a', 900), provider('b', 100, { place: 'eu/de' })];
    const groups = groupNodes(nodes, ({ place }) => place);
    assert.deepEqual(
      groups.map(({ name, share }) => [name, share]),
      [
        ['eu/de', 0.1],
        [undefined, 0.9],
      ],
    );
  });

  it('behind the first ones are added up', () => {
    const groups = groupNodes(
      [provider('a', 600), provider('b', 300), provider('c', 100), node('tee', 'd')],
      (each) => each.operator,
    );
    const { share = 0, ...others } = othersOf(groups, 2) ?? {};
    assert.ok(Math.abs(share - 0.1) < 1e-9);
    assert.deepEqual(others, {
      ...{ name: undefined, declaredBytes: 100, storedBytes: 10 },
      counts: { provider: 1, gateway: 0, validator: 0, tee: 1 },
    });
    assert.equal(othersOf(groups, 4), undefined);
  });

  it('of nobody there are none, and nothing declared is a share of 0', () => {
    assert.deepEqual(
      groupNodes([], ({ operator }) => operator),
      [],
    );
    assert.equal(groupNodes([node('gateway', 'a')], ({ operator }) => operator)[0]?.share, 0);
  });
});

describe('concentration', () => {
  const of = (...declared: number[]) =>
    concentrationOf(
      groupNodes(
        declared.map((bytes, i) => provider(`operator-${i}`, bytes)),
        (each) => each.operator,
      ),
    );

  it('names the largest group, and how few have more than half', () => {
    assert.deepEqual([of(10, 60, 30)?.largest.name, of(10, 60, 30)?.majority], ['operator-1', 1]);
    assert.equal(of(50, 50)?.majority, 2, 'half is not more than half');
    assert.equal(of(25, 25, 25, 25)?.majority, 3);
    assert.deepEqual([of(1)?.majority, of(1)?.groups], [1, 1]);
  });

  it('does not count groups without space, nor nodes of an unknown group', () => {
    const nodes = [provider('a', 600), provider('b', 100, { place: 'eu' }), node('tee', 'c', { place: 'us' })];
    const found = concentrationOf(groupNodes(nodes, ({ place }) => place));
    assert.deepEqual([found?.groups, found?.largest.name, found?.majority], [1, 'eu', 1]);
    assert.equal(of(), undefined);
    assert.equal(of(0), undefined);
  });
});

describe('networks of addresses', () => {
  it('are prefixes of addresses, and domains of names', () => {
    assert.equal(networkOf('https://198.51.100.7:9100'), '198.51.0.0/16');
    assert.equal(networkOf('http://[2001:db8:7::1]:9100'), '2001:db8::/32');
    assert.equal(networkOf('http://[2001::1]'), '2001:0::/32');
    assert.equal(networkOf('http://[::1]:1'), '0:0::/32');
    assert.equal(networkOf('https://store-3.fra.example.org/x'), 'example.org');
    assert.equal(networkOf('http://localhost:9000'), 'localhost');
    assert.equal(networkOf('nonsense'), undefined);
    assert.equal(networkOf(''), undefined);
  });
});
