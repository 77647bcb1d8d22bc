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

/** The time as ISO 8601 with seconds, as Amazon gives aws:CurrentTime. */
export function formatDate(ms: number): string {
  const days = Math.floor(ms / dayMs);
  const seconds = Math.floor((ms - days * dayMs) / 1000);
  // Years count from March here, so that the leap day is the last day of one (H. Hinnant, "chrono-Compatible Low-Level Date
  // Algorithms", civil_from_days).
  const shifted = days + 719_468;
  const cycle = Math.floor(shifted / 146_097);
  const dayOfCycle = shifted - cycle * 146_097;
  const yearOfCycle = Math.floor(
    (dayOfCycle - Math.floor(dayOfCycle / 1_460) + Math.floor(dayOfCycle / 36_524) - Math.floor(dayOfCycle / 146_096)) /
      365,
  );
  const dayOfYear = dayOfCycle - (365 * yearOfCycle + Math.floor(yearOfCycle / 4) - Math.floor(yearOfCycle / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const year = yearOfCycle + cycle * 400 + (month <= 2 ? 1 : 0);
  const two = (value: number) => String(value).padStart(2, '0');
  const time = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(':');
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${time}Z`;
}
