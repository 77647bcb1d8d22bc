// Date operators. Values are dates of the W3C profile of ISO 8601 (https://www.w3.org/TR/NOTE-datetime): a year, a month, a
// day, or a time with zone; or seconds since 1970. Four digits are a year. Fractions count up to milliseconds.
import { type Comparison, compares } from './compare.js';
import type { ValueComparison } from './value-comparison.js';

const calendar =
  /^([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(Z|[+-][0-9]{2}:?[0-9]{2}))?)?)?$/;
const epochSeconds = /^[0-9]{1,11}(?:\.[0-9]{1,9})?$/;
const minuteMs = 60_000;
const dayMs = 86_400_000;
/** 400 years of the Gregorian calendar have 146,097 days. */
const cycleMs = 146_097 * dayMs;

export function compileDate(comparison: Comparison): (value: string) => ValueComparison | undefined {
  return (value) => {
    const policy = parseDate(value);
    if (policy === undefined) return undefined;
    return (text, _lookup, work) => {
      work.steps++;
      const date = parseDate(text);
      return date !== undefined && compares(date, comparison, policy);
    };
  };
}

/** Milliseconds since 1970; undefined for a text that is no date. */
export function parseDate(text: string): number | undefined {
  const fields = calendar.exec(text);
  if (fields === null) return epochSeconds.test(text) ? Math.round(Number(text) * 1000) : undefined;
  const [, year, month = '01', day = '01', hour = '00', minute = '00', second = '00', fraction = '0', zone = 'Z'] =
    fields;
  const isInRange =
    between(month, 1, 12) && between(day, 1, daysOfMonth(Number(year), Number(month))) && between(hour, 0, 23);
  if (!isInRange || !between(minute, 0, 59) || !between(second, 0, 59)) return undefined;
  const offset = zoneMs(zone);
  if (offset === undefined) return undefined;
  const milliseconds = Math.floor(Number(`0.${fraction}`) * 1000);
  // Date.UTC takes years below 100 for years of the 20th century, so count from a year 400 years, one whole cycle, later.
  const time = [Number(hour), Number(minute), Number(second), milliseconds] as const;
  return Date.UTC(Number(year) + 400, Number(month) - 1, Number(day), ...time) - cycleMs - offset;
}

/** The last day of a month is the day before the first of the next one. */
function daysOfMonth(year: number, month: number): number {
  return (Date.UTC(year + 400, month, 1) - Date.UTC(year + 400, month - 1, 1)) / dayMs;
}

function zoneMs(zone: string): number | undefined {
  if (zone === 'Z') return 0;
  const digits = zone.slice(1).replace(':', '');
  const [hours, minutes] = [digits.slice(0, 2), digits.slice(2)];
  if (!between(hours, 0, 23) || !between(minutes, 0, 59)) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * minuteMs;
}

function between(text: string, low: number, high: number): boolean {
  return Number(text) >= low && Number(text) <= high;
}
