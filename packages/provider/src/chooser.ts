/**
 * Which transport, and when: a state machine without timers. An event and its circumstances give the next state and what has
 * to be done; the provider does it. Knows no document, no socket and no fetch. What it keeps to: SPEC.md, section CH.
 */
import type {
  ChooserEffect,
  ChooserEvent,
  ChooserPlan,
  ChooserState,
  Circumstances,
} from './chooser-state.ts'
import { Step } from './chooser-step.ts'

export interface Choice {
  readonly state: ChooserState
  readonly effects: readonly ChooserEffect[]
}

export function firstState(memory: ChooserState['memory']): ChooserState {
  return { state: 'idle', attempt: 0, shortLives: 0, isRefreshing: false, memory }
}

export function choose(
  plan: ChooserPlan,
  state: ChooserState,
  event: ChooserEvent,
  circumstances: Circumstances,
): Choice {
  const step = new Step(plan, state, circumstances)
  step.happen(event)
  return { state: step.state, effects: step.effects }
}
