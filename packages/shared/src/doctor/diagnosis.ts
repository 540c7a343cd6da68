/** From all that the probes have seen to one sentence: how editing works from there. Pure: the same sight, the same words. */
import { limits } from '../limits.ts'
import { findingsOf } from './findings.ts'
import type { Finding, Verdict } from './findings.ts'
import type { MoreSeen, Observations, ServerSeen, SocketSeen } from './observations.ts'

export interface Diagnosis {
  readonly verdict: Verdict
  /** The best transport that works here; undefined: none. */
  readonly transport: 'ws' | 'stream' | 'poll' | undefined
  readonly summary: string
  readonly findings: readonly Finding[]
}

export function diagnose({ server, more }: Observations): Diagnosis {
  const findings = findingsOf({ server, ...more })
  if (more === undefined)
    return {
      verdict: 'bad',
      transport: undefined,
      summary: `${NOTHING}: ${REASONS[server.state]}.`,
      findings,
    }
  const transport = transportIn(more)
  if (transport !== 'ws' && isBusy(more)) return { verdict: 'worse', transport, summary: BUSY, findings }
  const faulty = findings.filter(({ verdict }) => verdict !== 'good').length
  return {
    verdict: transport === undefined ? 'bad' : faulty === 0 ? 'good' : 'worse',
    transport,
    summary: summaryOf(transport, more, faulty),
    findings,
  }
}

const NOTHING = 'Editing does not work here'

const BUSY = 'Too many checks run at the same time, so nothing can be said. Try it again in a minute.'

function isBusy({ socket, stream, hold }: MoreSeen): boolean {
  const isRefused = socket.state === 'refused' && socket.code === 'OVERLOADED'
  return isRefused || stream.state === 'busy' || hold.state === 'busy'
}

const REASONS: Readonly<Record<ServerSeen['state'], string>> = {
  there: 'it cannot be tried',
  unreachable: 'the server cannot be reached',
  refused: 'the server refuses this page',
  foreign: 'something else answers in the place of the server',
}

function transportIn(more: MoreSeen): Diagnosis['transport'] {
  if (more.socket.state === 'works') return 'ws'
  if (more.stream.state === 'flows') return 'stream'
  return pollWorks(more) ? 'poll' : undefined
}

function pollWorks({ hold, size }: MoreSeen): boolean {
  // A poll that is cut while nothing happens still brings what happens before.
  if (hold.state === 'busy') return false
  return hold.state === 'held' || (hold.afterMs >= limits.shortestHoldMs && size.state === 'fits')
}

function summaryOf(transport: Diagnosis['transport'], more: MoreSeen, faulty: number): string {
  const culprit =
    more.host.state === 'changed'
      ? 'because the proxy changes the header Host'
      : 'by something between you and the server'
  const sockets = `WebSockets are ${FATES[more.socket.state]}`
  const embed =
    more.embed === undefined || more.embed.state === 'allowed'
      ? ''
      : ` Pages of ${more.embed.origin} cannot use it.`
  switch (transport) {
    case 'ws': {
      const others = embed === '' ? faulty : faulty - 1
      const rest =
        others === 0 ? '' : others === 1 ? ' One thing can be better.' : ` ${others} things can be better.`
      return `Editing is live here, over WebSocket.${embed}${rest}`
    }
    case 'stream':
      return `Editing works here, over a held stream; ${sockets} ${culprit}.${embed}`
    case 'poll': {
      const streams = `streams are ${more.stream.state === 'held-back' ? 'held back' : 'cut off'}`
      return `Editing works here, over requests that wait; ${sockets} and ${streams} by something between you and the server.${embed}`
    }
    case undefined:
      return `${NOTHING}: neither WebSockets nor HTTP requests that wait get through.`
  }
}

const FATES: Readonly<Record<SocketSeen['state'], string>> = {
  works: 'live',
  refused: 'blocked',
  unanswered: 'blocked',
  mute: 'held back',
  cut: 'cut off',
}
