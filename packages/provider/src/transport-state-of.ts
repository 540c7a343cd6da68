/** What the chooser's state means to somebody who looks at a connection light. */
import type { ChooserPlan, ChooserState, Live } from './chooser-state.ts'
import type { TransportReason, TransportState } from './transport-state.ts'

export function transportStateOf(plan: ChooserPlan, state: ChooserState): TransportState {
  switch (state.state) {
    case 'idle':
      return { transport: undefined, reason: 'disconnected' }
    case 'stopped':
      return { transport: undefined, reason: 'stopped' }
    case 'connecting':
    case 'waiting':
      return { transport: undefined, reason: state.attempt === 0 ? 'connecting' : 'unreachable' }
    case 'live':
      return { transport: state.via, reason: reasonOf(plan, state) }
  }
}

function reasonOf(plan: ChooserPlan, { via, findings }: Live): TransportReason {
  if (via === plan.transports[0]) return plan.reason
  const whyNotWs = plan.transports.includes('ws') ? (findings.ws ?? 'ws-silent') : plan.reason
  return via === 'poll' ? (findings.stream ?? whyNotWs) : whyNotWs
}
