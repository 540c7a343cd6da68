/** Until when the chooser waits for what: all times of a round. Pure; decides nothing. */
import { clientLimits as limits } from '@cometpad/shared'
import type { ChooserPlan, ChooserState, LinkState, Round } from './chooser-state.ts'
import { isRound } from './chooser-state.ts'
import type { TransportName } from './transport-state.ts'

/** When `due` has to be told; undefined: never. */
export function deadline(plan: ChooserPlan, state: ChooserState): number | undefined {
  if (state.state === 'waiting') return Math.max(state.until, state.askedUntil ?? 0)
  if (!isRound(state)) return undefined
  const times: number[] = []
  const { links, findings, since } = state
  for (const transport of plan.transports) {
    const link = links[transport]
    if (link !== undefined) times.push(linkDeadline(link))
  }
  const isOpen = (transport: TransportName): boolean => links[transport] !== undefined
  if (findings.isReading && findings.ws === undefined && !isOpen('ws')) times.push(since + limits.provingMs)
  if (findings.isReading && times.length === 0) times.push(since + limits.connectMs)
  if (findings.http !== 'fails') times.push(...doubts(plan, state))
  if (state.state === 'live' && state.climbAt !== undefined) times.push(state.climbAt)
  return times.length === 0 ? undefined : Math.min(...times)
}

/** When what is under way is late enough for the next best to be tried beside it. */
function doubts(plan: ChooserPlan, { state, links, findings }: Round): number[] {
  const times: number[] = []
  const isMissing = (transport: TransportName): boolean =>
    plan.transports.includes(transport) && links[transport] === undefined
  const isWaitedFor = links.stream?.greetedAt !== undefined || links.poll?.greetedAt !== undefined
  const isNext = isMissing('stream') && findings.stream === undefined
  if (state === 'connecting' && links.ws !== undefined && (isNext || isWaitedFor))
    times.push(links.ws.openedAt + limits.provingMs)
  if (links.stream !== undefined && isMissing('poll')) times.push(proofDeadline(links.stream))
  return times
}

export function linkDeadline({ openedAt, greetedAt, heardAt, probedUntil }: LinkState): number {
  if (greetedAt === undefined) return openedAt + limits.connectMs
  return Math.min(heardAt + limits.silentServerMs, probedUntil ?? Infinity)
}

/** Until when a stream has to show that nobody holds it back. */
export function proofDeadline({ openedAt, greetedAt, isProved }: LinkState): number {
  if (isProved) return Infinity
  if (greetedAt === undefined) return openedAt + limits.streamHelloMs
  return greetedAt + limits.streamTickMs + limits.tickSlackMs
}
