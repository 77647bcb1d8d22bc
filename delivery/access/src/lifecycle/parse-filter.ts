// The filter of a lifecycle rule: none, one predicate, several inside And, or the prefix of the older form.
import { combinationError, lifecycleError, readInteger, valueError } from './fields.js';
import type { RawLifecycleRule, RawPredicates, RawTag } from './raw.js';
import type { LifecycleFilter, LifecycleTag } from './rules.js';

const maxKeyBytes = 1024;
const maxTagKeyLength = 128;
const maxTagValueLength = 256;
/** 50 TB, the largest object of Amazon. */
const maxObjectSize = 54_975_581_388_800;

export function readFilter({ prefix, filter }: RawLifecycleRule, at: string): LifecycleFilter {
  if (filter === undefined) {
    if (prefix === undefined) throw lifecycleError(`${at}.Filter`, 'is missing');
    return readPredicates({ prefix }, at);
  }
  if (prefix !== undefined) throw lifecycleError(`${at}.Prefix`, 'cannot stand beside a Filter');
  const place = `${at}.Filter`;
  const count = countPredicates(filter);
  if (filter.and === undefined) {
    if (count > 1) throw lifecycleError(place, 'may have one predicate; put several into And');
    return readPredicates(filter, place);
  }
  if (count > 0) throw lifecycleError(place, 'may have nothing beside And');
  if (countPredicates(filter.and) < 2) throw lifecycleError(`${place}.And`, 'must have at least two predicates');
  return readPredicates(filter.and, `${place}.And`);
}

function countPredicates({ prefix, tags = [], objectSizeGreaterThan, objectSizeLessThan }: RawPredicates): number {
  const single = [prefix, objectSizeGreaterThan, objectSizeLessThan].filter((value) => value !== undefined);
  return single.length + tags.length;
}

function readPredicates(raw: RawPredicates, at: string): LifecycleFilter {
  const { prefix, tags = [], objectSizeGreaterThan: larger, objectSizeLessThan: smaller } = raw;
  if (prefix !== undefined && Buffer.byteLength(prefix, 'utf8') > maxKeyBytes)
    throw valueError(`${at}.Prefix`, `may have at most ${maxKeyBytes} bytes`);
  const filter: LifecycleFilter = {
    ...(prefix === undefined || prefix === '' ? {} : { prefix }),
    ...(tags.length === 0 ? {} : { tags: tags.map((tag, index) => readTag(tag, `${at}.Tag[${index}]`)) }),
    ...(larger === undefined
      ? {}
      : { sizeGreaterThan: readInteger(larger, `${at}.ObjectSizeGreaterThan`, 0, maxObjectSize) }),
    ...(smaller === undefined
      ? {}
      : { sizeLessThan: readInteger(smaller, `${at}.ObjectSizeLessThan`, 1, maxObjectSize) }),
  };
  const { sizeGreaterThan, sizeLessThan } = filter;
  if (sizeGreaterThan !== undefined && sizeLessThan !== undefined && sizeLessThan <= sizeGreaterThan)
    throw combinationError(`${at}.ObjectSizeLessThan`, 'must be larger than ObjectSizeGreaterThan');
  if (new Set(tags.map(({ key }) => key)).size < tags.length) throw combinationError(`${at}.Tag`, 'repeats a key');
  return filter;
}

function readTag({ key = '', value = '' }: RawTag, at: string): LifecycleTag {
  if (key === '' || key.length > maxTagKeyLength)
    throw valueError(`${at}.Key`, `must have 1 to ${maxTagKeyLength} characters`);
  if (value.length > maxTagValueLength)
    throw valueError(`${at}.Value`, `may have at most ${maxTagValueLength} characters`);
  return { key, value };
}
