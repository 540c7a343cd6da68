/**
 * Messages down for one of several tabs: the one that has the lock holds a request and tells the others, who hold none. Who
 * has the lock is the browser's to say; nobody is elected. Knows nothing of what the messages mean.
 */
import { clientLimits as limits } from '@cometpad/shared'
import type { TransportRequest } from '../transport.ts'
import type { Downlink, DownlinkOptions } from '../transports/http/downlink.ts'
import { Echoes } from './echoes.ts'
import { Follower } from './follower.ts'
import { Leader } from './leader.ts'
import type { TabChannel, Tabs } from './ports.ts'
import { readTabMessage } from './tab-message.ts'
import type { TabMessage } from './tab-message.ts'
import { tabName, tokenEnd } from './tab-name.ts'

export interface TabPlace {
  readonly tabs: Tabs
  readonly wallClock: () => number
}

export interface TabDownlinkOptions extends DownlinkOptions {
  readonly kind: 'stream' | 'poll'
  /** Holds a request of this kind. */
  readonly listen: (options: DownlinkOptions) => Downlink
  readonly request: TransportRequest
}

type State =
  /** It is not known yet whether there are others. */
  | { readonly state: 'claiming' }
  | { readonly state: 'following'; readonly follower: Follower }
  | { readonly state: 'leading'; readonly leader: Leader }
  | { readonly state: 'over' }

export class TabDownlink implements Downlink {
  readonly #place: TabPlace
  readonly #options: TabDownlinkOptions
  readonly #name: string
  readonly #channel: TabChannel | undefined
  readonly #echoes: Echoes
  #state: State = { state: 'claiming' }
  #unclaim: () => void = () => undefined

  constructor(place: TabPlace, options: TabDownlinkOptions) {
    this.#place = place
    this.#options = options
    this.#name = tabName(options.request)
    this.#echoes = new Echoes(options.clock)
    this.#channel = place.tabs.channel(this.#name, (data) => this.#hear(readTabMessage(data)))
    if (this.#channel === undefined) this.#lead()
    else this.#claim(false)
  }

  said(message: Uint8Array): void {
    const isLeft = this.#state.state === 'leading' && !this.#state.leader.isShared
    // What one client alone asks for leaves out what it has said.
    if (!isLeft) this.#echoes.said(message)
  }

  probe(): void {
    if (this.#state.state === 'leading') this.#state.leader.probe()
    if (this.#state.state === 'following') this.#state.follower.probe()
  }

  close(): void {
    this.#leave()
    this.#state = { state: 'over' }
    this.#unclaim()
    this.#channel?.close()
  }

  #claim(steals: boolean): void {
    this.#unclaim()
    this.#unclaim = this.#place.tabs.claim(this.#name, steals, {
      held: () => this.#lead(),
      busy: () => this.#follow(limits.tabJoinMs),
      lost: () => {
        // Who was stolen from was too slow: it is not to be as quick itself.
        this.#follow(limits.tabSilentMs)
        this.#claim(false)
      },
    })
  }

  #lead(): void {
    if (this.#state.state === 'over' || this.#state.state === 'leading') return
    const isPromoted = this.#state.state === 'following'
    this.#leave()
    const { kind, listen, request } = this.#options
    const { whereabouts } = request
    const leader = new Leader({
      ...this.#common(),
      kind,
      listen,
      whereabouts,
      isPromoted,
      post: (message) => this.#post(message),
    })
    this.#state = { state: 'leading', leader }
  }

  #follow(patienceMs: number): void {
    if (this.#state.state === 'over' || this.#state.state === 'following') return
    this.#leave()
    const { kind, request } = this.#options
    const { wallClock } = this.#place
    const end = tokenEnd(request.token)
    const follower = new Follower({
      ...this.#common(),
      kind,
      whereabouts: request.whereabouts,
      // Later by as much as clocks may differ, ours from the server's and the server's from that of the issuer.
      tokenEndsInMs: () => (end === undefined ? undefined : end + 2 * limits.tokenClockSkewMs - wallClock()),
      post: (message) => this.#post(message),
      takeOver: () => this.#claim(true),
      patienceMs,
    })
    this.#state = { state: 'following', follower }
  }

  #common(): DownlinkOptions {
    const { exchange, clock, holdMs, events } = this.#options
    const message = (bytes: Uint8Array): void => {
      if (!this.#echoes.isEcho(bytes)) events.message(bytes)
    }
    return { exchange, clock, holdMs, events: { ...events, message } }
  }

  #leave(): void {
    if (this.#state.state === 'leading') this.#state.leader.close()
    if (this.#state.state === 'following') this.#state.follower.close()
  }

  #post(message: TabMessage): void {
    if (this.#state.state !== 'over') this.#channel?.post(message)
  }

  #hear(message: TabMessage | undefined): void {
    if (message === undefined) return
    if (this.#state.state === 'following') this.#state.follower.hear(message)
    if (this.#state.state === 'leading' && message.kind === 'ask') this.#state.leader.answer()
  }
}
