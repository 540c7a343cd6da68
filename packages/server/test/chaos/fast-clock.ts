/**
 * Time that runs faster than it does, so that what takes half a minute is waited for in tests; and that stands still while the
 * process does, so that a machine which stalls is not taken for a network which does. One wheel for everybody in the process.
 */
import type { Clock } from '@cometpad/shared'

export interface CountedClock extends Clock {
  /** Timers that have neither fired nor been called off. */
  readonly timers: number
}

interface Timer {
  readonly at: number
  readonly run: () => void
}

/** So much faster than real time. */
const FACTOR = 20
const TURN_MS = 2
/** What one turn of the event loop counts at the most, by the fast clock: a request and its answer take ten of them. */
const LONGEST_TURN_MS = 50

const clocks = new Set<Set<Timer>>()
let time = 0
let turnedAt = performance.now()
let isHeld = false

/** Time stands still for as long as somebody else stalls on whom everybody here waits. */
export function holdTime(isStalled: boolean): void {
  isHeld = isStalled
}

function turn(): void {
  const now = performance.now()
  if (!isHeld) time += Math.min((now - turnedAt) * FACTOR, LONGEST_TURN_MS)
  turnedAt = now
  for (const timers of clocks) {
    const due = Array.from(timers).filter(({ at }) => at <= time)
    for (const timer of due.toSorted((a, b) => a.at - b.at)) if (timers.delete(timer)) timer.run()
    if (timers.size === 0) clocks.delete(timers)
  }
}

setInterval(turn, TURN_MS).unref()

/** One that counts its own timers, and has the same time as all others. */
export function fastClock(): CountedClock {
  const timers = new Set<Timer>()
  return {
    get timers() {
      return timers.size
    },
    now: () => time,
    after(ms, run) {
      const timer = { at: time + ms, run }
      timers.add(timer)
      clocks.add(timers)
      return () => timers.delete(timer)
    },
  }
}
