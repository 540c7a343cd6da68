/** The shortest script that still fails: steps are left out as long as it does. */
import { playSession } from './session.ts'
import type { SessionPlan } from './script.ts'

/** `most`: sessions to try at most. */
export function shrinkSession(plan: SessionPlan, most = 2_000): SessionPlan {
  let steps = [...plan.steps]
  const spent = { tries: 0 }
  const fails = (candidate: typeof steps): boolean => {
    spent.tries += 1
    return playSession({ ...plan, steps: candidate }).faults.length > 0
  }
  for (let size = Math.ceil(steps.length / 2); spent.tries < most;) {
    const before = steps.length
    for (let at = 0; at < steps.length && spent.tries < most;) {
      const candidate = [...steps.slice(0, at), ...steps.slice(at + size)]
      if (fails(candidate)) steps = candidate
      else at += size
    }
    if (size === 1 && steps.length === before) break
    size = Math.max(1, Math.floor(size / 2))
    if (steps.length === 0) break
  }
  return { ...plan, steps }
}
