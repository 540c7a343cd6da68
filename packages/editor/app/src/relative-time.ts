/** "3 minutes ago", in the browser's language. */
const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_536_000_000],
  ['month', 2_592_000_000],
  ['week', 604_800_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
]

/** @param locale for tests; the browser's own when left out */
export function relativeTime(thenMs: number, nowMs: number, locale?: string): string {
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  const ago = Math.max(0, nowMs - thenMs)
  for (const [unit, length] of UNITS) if (ago >= length) return format.format(-Math.floor(ago / length), unit)
  return format.format(0, 'second')
}
