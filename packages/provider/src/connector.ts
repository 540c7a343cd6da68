/**
 * Does what the chooser decides: opens and closes connections, keeps its one timer, asks for tokens. Tells the chooser what
 * happens to them. Knows no document.
 */
import { CometpadError, encodeFrames, encodeMessage, clientLimits as limits } from '@cometpad/shared'
import type { Message } from '@cometpad/shared'
import { DOCTOR_PATH, isDoctorFacts } from '@cometpad/shared/doctor'
import { readCatchUp } from './catch-up.ts'
import { deadline } from './chooser-deadlines.ts'
import { isRound } from './chooser-state.ts'
import { choose, firstState } from './chooser.ts'
import type { ChooserEffect, ChooserEvent, ChooserPlan, ChooserState } from './chooser-state.ts'
import { Dialogue } from './dialogue.ts'
import type { Environment } from './environment.ts'
import { FallbackMemory } from './fallback-memory.ts'
import type { Replica } from './replica.ts'
import type { Transport, TransportConnection, TransportRequest } from './transport.ts'
import type { TransportName } from './transport-state.ts'
import { Exchange } from './transports/http/exchange.ts'

export type TokenSource = string | (() => string | Promise<string>) | undefined

export interface ConnectorOptions {
  readonly plan: ChooserPlan
  readonly transports: Partial<Readonly<Record<TransportName, Transport>>>
  readonly environment: Environment
  readonly server: string
  readonly documentId: string
  readonly token: TokenSource
  readonly replica: Replica
  /** The state may be another one. */
  readonly onChange: (state: ChooserState, before: ChooserState) => void
  readonly onClose: (code: number) => void
}

/** One connection that was asked for. */
interface Link {
  readonly transport: TransportName
  /** Undefined until there is a token. */
  connection: TransportConnection | undefined
  dialogue: Dialogue | undefined
}

export class Connector {
  readonly #options: ConnectorOptions
  readonly #memory: FallbackMemory
  readonly #links = new Map<TransportName, Link>()
  #state: ChooserState
  /** What happens while something is being done waits for it. */
  #events: ChooserEvent[] = []
  #isBusy = false
  #timer: { readonly due: number; readonly cancel: () => void } | undefined
  #catchUp: AbortController | undefined
  /**
   * A connection over HTTP that has broken, until there is another. Firefox ends the requests of a page that goes away before
   * it tells the page.
   */
  #broken: TransportConnection | undefined
  #asking: AbortController | undefined
  #lastToken: string | undefined

  constructor(options: ConnectorOptions) {
    this.#options = options
    this.#memory = new FallbackMemory(options.environment, options.server)
    this.#state = firstState(options.plan.transports.length > 1 ? this.#memory.read() : undefined)
  }

  get state(): ChooserState {
    return this.#state
  }

  /** Where edits go; undefined while there is no such place. */
  get dialogue(): Dialogue | undefined {
    return this.#state.state === 'live' ? this.#links.get(this.#state.via)?.dialogue : undefined
  }

  happen(event: ChooserEvent): void {
    this.#events.push(event)
    if (this.#isBusy) return
    this.#isBusy = true
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift())
        this.#choose(next)
    } finally {
      this.#isBusy = false
    }
    this.#schedule()
  }

  /** The page goes away: what may be lost is said once more, in a request that outlives it. */
  hide(): void {
    const { replica, environment, transports } = this.#options
    if (this.state.state === 'idle' || this.state.state === 'stopped') return
    const messages: Message[] = replica.outbox
      .oldest(limits.farewellBytes)
      .map((update) => ({ type: 'update', update }))
    const speaker = this.#speaker
    if (speaker !== undefined) {
      if (replica.presence !== undefined) messages.push(replica.presence.goodbye)
      speaker.farewell(messages.map(encodeMessage))
    } else if (messages.length > 0 && transports.stream !== undefined && environment.fetch !== undefined) {
      const exchange = new Exchange(environment.fetch, this.#request(this.#lastToken), environment.random)
      void exchange.farewell(encodeFrames(messages.map(encodeMessage)))
    }
    this.#broken = undefined
    this.happen({ event: 'hide' })
  }

  /** The connection over HTTP in whose name somebody is present; with a WebSocket presence ends by itself. */
  get #speaker(): TransportConnection | undefined {
    const { state } = this
    if (state.state !== 'live') return this.#broken
    return state.via === 'ws' ? undefined : this.#links.get(state.via)?.connection
  }

  #choose(event: ChooserEvent): void {
    const { plan, environment, replica, onChange } = this.#options
    const before = this.#state
    const circumstances = {
      now: environment.clock.now(),
      random: environment.random(),
      isEmpty: replica.isEmpty && replica.progress === undefined,
    }
    const { state, effects } = choose(plan, before, event, circumstances)
    this.#state = state
    for (const effect of effects) this.#do(effect)
    if (before.state === 'waiting' && state.state !== 'waiting') this.#asking?.abort()
    if (isRound(before) && !isRound(state)) this.#lost()
    if (state.state === 'live') this.#broken = undefined
    onChange(state, before)
  }

  #do(effect: ChooserEffect): void {
    switch (effect.effect) {
      case 'catchUp':
        return this.#read()
      case 'abandonCatchUp':
        return this.#catchUp?.abort()
      case 'ask':
        return void this.#ask()
      case 'open':
        return this.#open(effect.transport)
      case 'close':
        return this.#close(effect.transport)
      case 'use':
        return this.#links.get(effect.transport)?.dialogue?.begin()
      case 'probe':
        return this.#links.get(effect.transport)?.connection?.probe()
      case 'remember':
        return this.#memory.write(effect.memory)
      case 'forget':
        return this.#memory.clear()
    }
  }

  #lost(): void {
    const { replica } = this.#options
    replica.presence?.disconnected()
    replica.setSynced(false)
  }

  /** One timer for whatever the state waits for. One that rings too early finds nothing due and is set anew. */
  #schedule(): void {
    const { clock } = this.#options.environment
    const due = deadline(this.#options.plan, this.#state)
    if (due !== undefined && this.#timer !== undefined && this.#timer.due <= due) return
    this.#timer?.cancel()
    this.#timer = undefined
    if (due === undefined) return
    const cancel = clock.after(Math.max(0, due - clock.now()), () => {
      this.#timer = undefined
      this.happen({ event: 'due' })
    })
    this.#timer = { due, cancel }
  }

  // Connections

  #open(transport: TransportName): void {
    const link: Link = { transport, connection: undefined, dialogue: undefined }
    this.#links.set(transport, link)
    this.#withToken(
      (token) => this.#openWith(link, token),
      () => this.happen({ event: 'distrust' }),
      () => this.#links.get(transport) === link,
    )
  }

  #openWith(link: Link, token: string | undefined): void {
    const { replica, transports, onClose } = this.#options
    const { transport } = link
    this.#lastToken = token
    const request = this.#request(token)
    const isOpen = (): boolean => this.#links.get(transport) === link
    const dialogue = new Dialogue(replica, request.whereabouts(), (bytes) => link.connection?.send(bytes), {
      greeted: () => this.happen({ event: 'greeted', transport }),
      drain: (delayMs) => this.happen({ event: 'drain', transport, delayMs }),
      distrust: (cause) => {
        if (cause !== undefined) replica.events.error(cause)
        this.happen({ event: 'distrust' })
      },
    })
    link.dialogue = dialogue
    link.connection = transports[transport]?.open(request, {
      message: (bytes) => {
        if (!isOpen()) return
        this.happen({ event: 'heard', transport })
        dialogue.receive(bytes)
      },
      alive: () => {
        if (isOpen()) this.happen({ event: 'heard', transport })
      },
      close: (code, retryAfterMs) => {
        if (!isOpen()) return
        if (this.#speaker === link.connection) this.#broken = link.connection
        onClose(code)
        this.happen({ event: 'closed', transport, code, retryAfterMs })
      },
    })
    // It may have ended before it was there.
    if (!isOpen()) link.connection?.close()
  }

  #close(transport: TransportName): void {
    const link = this.#links.get(transport)
    this.#links.delete(transport)
    link?.connection?.close()
  }

  #request(token: string | undefined): TransportRequest {
    const { server, documentId, replica } = this.#options
    return { server, documentId, token, whereabouts: () => replica.whereabouts }
  }

  /** The first content over plain HTTP. */
  #read(): void {
    const { environment, replica } = this.#options
    const { fetch } = environment
    const reading = new AbortController()
    this.#catchUp = reading
    if (fetch === undefined) return this.happen({ event: 'catchUpFailed', code: 1006 })
    const fail = (code: number, retryAfterMs?: number): void => {
      if (!reading.signal.aborted) this.happen({ event: 'catchUpFailed', code, retryAfterMs })
    }
    const read = async (token: string | undefined): Promise<void> => {
      const failure = await readCatchUp(environment, fetch, this.#request(token), replica, reading.signal)
      if (failure !== undefined) fail(failure.close, failure.retryAfterMs)
      else if (!reading.signal.aborted) this.happen({ event: 'caughtUp' })
    }
    this.#withToken(
      (token) => void read(token),
      () => fail(1006),
      () => !reading.signal.aborted,
    )
  }

  /** Whether HTTP works, by what needs no rights and costs the server nothing. Never rejects. */
  async #ask(): Promise<void> {
    const { environment, server } = this.#options
    const asking = new AbortController()
    this.#asking = asking
    const init = { cache: 'no-store', signal: asking.signal } as const
    let works: boolean
    try {
      const answer = await environment.fetch?.(server + DOCTOR_PATH, init)
      works = isDoctorFacts(await answer?.json())
    } catch {
      works = false
    }
    if (!asking.signal.aborted) this.happen({ event: 'answered', works })
  }

  /** A token that cannot be had is like a server that cannot be reached: tried again later. */
  #withToken(use: (token: string | undefined) => void, fail: () => void, isWanted: () => boolean): void {
    const { token } = this.#options
    if (typeof token === 'function') void this.#askForToken(token, use, fail, isWanted)
    else use(token)
  }

  async #askForToken(
    ask: () => string | Promise<string>,
    use: (token: string) => void,
    fail: () => void,
    isWanted: () => boolean,
  ): Promise<void> {
    let token: string
    try {
      token = await ask()
    } catch (cause) {
      if (!isWanted()) return
      this.#options.replica.events.error(new CometpadError('UNAUTHORIZED', { cause }))
      fail()
      return
    }
    if (isWanted()) use(token)
  }
}
