/** How long to wait before the next try. Pure: the caller brings the randomness. */
import { clientLimits as limits } from './client-limits.ts'

/**
 * 100 ms + random(0, min(20 s, 500 ms · 2ⁿ)): full jitter, so that a thousand clients that lost one server do not come
 * back at once.
 * @param attempt how many tries have failed in a row, from 0
 * @param random a number in [0, 1)
 */
export function backoffMs(attempt: number, random: number): number {
  const spread = Math.min(limits.backoffCeilingMs, limits.backoffStepMs * 2 ** Math.min(attempt, 30))
  return limits.backoffBaseMs + random * spread
}
