/** Which transports a provider has at hand, from what was asked for and what its place offers. */
import type { ChooserPlan } from './chooser-state.ts'
import type { Environment } from './environment.ts'
import type { Transport } from './transport.ts'
import type { TransportName } from './transport-state.ts'
import { pollTransport, streamTransport } from './transports/http.ts'
import { webSocketTransport } from './transports/websocket.ts'

export type TransportOption = 'auto' | TransportName | Transport

export interface Equipment {
  readonly plan: ChooserPlan
  readonly transports: Partial<Readonly<Record<TransportName, Transport>>>
}

export function equip(environment: Environment, option: TransportOption, canRefresh: boolean): Equipment {
  if (typeof option === 'object')
    return { plan: { transports: ['ws'], reason: 'best', canRefresh }, transports: { ws: option } }
  const { WebSocket, fetch, clock, random, wallClock, tabs } = environment
  const transports: Partial<Record<TransportName, Transport>> = {}
  if (WebSocket !== undefined) transports.ws = webSocketTransport(WebSocket)
  if (fetch !== undefined) {
    const place = { fetch, clock, random, wallClock, tabs }
    transports.stream = streamTransport(place)
    transports.poll = pollTransport(place)
  }
  if (option !== 'auto') {
    if (transports[option] === undefined) throw missing(option)
    return { plan: { transports: [option], reason: 'chosen', canRefresh }, transports }
  }
  const names = (['ws', 'stream', 'poll'] as const).filter((name) => transports[name] !== undefined)
  if (names.length === 0) throw missing('ws')
  const reason = transports.ws === undefined ? 'ws-missing' : 'best'
  return { plan: { transports: names, reason, canRefresh }, transports }
}

function missing(name: TransportName): TypeError {
  const what = name === 'ws' ? 'WebSocket' : 'fetch'
  return new TypeError(
    `There is no ${what} here. Give one: environment: browserEnvironment(WebSocket of "ws")`,
  )
}
