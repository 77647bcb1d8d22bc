import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FairPlaces } from './fair-places.js';

function fill(places: FairPlaces, user: string): (() => void)[] {
  const leaves: (() => void)[] = [];
  for (let leave = places.tryEnter(user); leave !== undefined; leave = places.tryEnter(user)) leaves.push(leave);
  return leaves;
}

test('one user takes at most half of the places, and each further user finds some', () => {
  const places = new FairPlaces(64);
  assert.equal(fill(places, 'a').length, 32);
  assert.equal(fill(places, 'b').length, 16);
  assert.equal(fill(places, 'c').length, 8);
});

test('a place is given back once, and all places come back', () => {
  const places = new FairPlaces(8);
  for (const leave of fill(places, 'a')) {
    leave();
    leave();
  }
  assert.equal(fill(places, 'a').length, 4);
  assert.equal(fill(new FairPlaces(1), 'a').length, 1, 'a single place can be taken');
});
