/** The core's clock on Node's timers. A waiting timer never keeps the process alive. */
import type { Clock } from '@cometpad/shared'

export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
}
