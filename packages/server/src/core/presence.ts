/**
 * Who is here: the Yjs awareness of one room, as a map from client id to its newest state. Nobody speaks for another's
 * live entry or removes it. Knows no reader: an owner is any object. Wire form: y-protocols, awareness.
 */
import * as encoding from 'lib0/encoding'
import { ByteReader, CometpadError, encodeMessage } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'
import { Parcel } from './parcel.ts'
import type { Grant } from './ports.ts'

interface Entry {
  readonly client: number
  readonly clock: number
  /** JSON of the state; null once the client has gone. */
  readonly state: string | null
  readonly owner: object
  /** Whose connection that was. */
  readonly subject: string
  /** The version of the map that brought this entry. */
  readonly version: number
  /** When it came, or went. */
  readonly at: number
}

type Identity = Pick<Grant, 'name' | 'color'> & Partial<Pick<Grant, 'subject'>>

type Bounds = Pick<Limits, 'presenceBytes' | 'presenceClients'>

/** A presence message that says nothing. Plain clients take it as a sign of life. */
export const NO_PRESENCE: Uint8Array = encodeMessage({ type: 'presence', presence: new Uint8Array([0]) })

export class Presence {
  readonly #bounds: Bounds
  readonly #now: () => number
  /** Tells this map from those before it and on other servers, whose versions mean nothing here. */
  readonly #epoch: string
  readonly #entries = new Map<number, Entry>()
  readonly #spoke = new WeakMap<object, number>()
  readonly #parcels = new Map<number, Parcel | 'nothing'>()
  #version = 0
  /** When the first of those went who are gone and not forgotten. */
  #goneAt = Infinity
  /** The newest version of which something was forgotten. */
  #forgotten = 0

  /** @param epoch a number that no other map is likely to have */
  constructor(bounds: Bounds, now: () => number = () => 0, epoch = 0) {
    this.#bounds = bounds
    this.#now = now
    this.#epoch = epoch.toString(16)
  }

  /** Grows with every change. A reader that has seen this version needs nothing. */
  get version(): number {
    return this.#version
  }

  /** A version in words that a client can bring back. */
  markOf(version: number): string {
    return `${this.#epoch}.${version}`
  }

  /** The version that a mark stands for; 0 when it says nothing about this map, or too much was forgotten since. */
  versionOf(mark: string): number {
    const [epoch, digits = ''] = mark.split('.', 2)
    const version = Number(digits)
    const isOurs = epoch === this.#epoch && Number.isSafeInteger(version) && version <= this.#version
    return isOurs && version >= this.#forgotten ? version : 0
  }

  /** Clients that are here. */
  get size(): number {
    let present = 0
    for (const entry of this.#entries.values()) if (entry.state !== null) present += 1
    return present
  }

  /**
   * Takes in what `owner` says; whom its states show is what the grant says, where it says anything. Throws
   * MALFORMED_MESSAGE, MESSAGE_TOO_LARGE or OVERLOADED; then nothing was taken in.
   */
  speak(owner: object, payload: Uint8Array, identity: Identity = {}): void {
    const said = this.#read(payload)
    let added = 0
    for (const { client } of said) if (!this.#entries.has(client)) added += 1
    if (this.#entries.size + added > this.#bounds.presenceClients) this.forgetGone()
    if (this.#entries.size + added > this.#bounds.presenceClients) throw new CometpadError('OVERLOADED')
    const { subject = '' } = identity
    for (const { client, clock, state } of said) {
      if (this.#accepts(owner, subject, client, clock, state))
        this.#set(client, clock, state === null ? null : stamped(state, identity), owner, subject)
    }
  }

  /** The owner has gone, and with it the clients that it spoke for last. */
  leave(owner: object): void {
    for (const entry of this.#entries.values()) {
      if (entry.owner === owner && entry.state !== null)
        this.#set(entry.client, entry.clock, null, owner, entry.subject)
    }
  }

  /** What has changed after `version`, without what `except` said itself; undefined when that is nothing. */
  since(version: number, except: object): Parcel | undefined {
    if ((this.#spoke.get(except) ?? 0) > version) return this.#changed(version, except)
    // Most readers have said nothing and have seen the same version: one parcel serves them all.
    let parcel = this.#parcels.get(version)
    if (parcel === undefined) {
      parcel = this.#changed(version, undefined) ?? 'nothing'
      this.#parcels.set(version, parcel)
    }
    return parcel === 'nothing' ? undefined : parcel
  }

  /**
   * Tells an owner that its clients are gone, at the clock it said. Who does not know better says them again with a higher
   * clock: y-protocols sees to that. Plain clients come back with the clock at which the others have seen them go.
   */
  disbelief(owner: object): Uint8Array | undefined {
    const own = Array.from(this.#entries.values()).filter((entry) => entry.owner === owner)
    return own.length === 0 ? undefined : messageOf(own.map((entry) => ({ ...entry, state: null })))
  }

  /** Forgets who has gone before `before`, once everybody was told. */
  forgetGone(before = Infinity): void {
    if (before <= this.#goneAt) return
    this.#goneAt = Infinity
    for (const entry of this.#entries.values()) {
      if (entry.state !== null) continue
      if (entry.at >= before) {
        this.#goneAt = Math.min(this.#goneAt, entry.at)
        continue
      }
      this.#entries.delete(entry.client)
      this.#forgotten = Math.max(this.#forgotten, entry.version)
      this.#parcels.clear()
    }
  }

  #changed(version: number, except: object | undefined): Parcel | undefined {
    const changed: Entry[] = []
    for (const entry of this.#entries.values()) {
      // Somebody who comes anew has no use for who has gone.
      if (entry.version > version && entry.owner !== except && (version > 0 || entry.state !== null))
        changed.push(entry)
    }
    return changed.length === 0 ? undefined : new Parcel([messageOf(changed)])
  }

  #accepts(owner: object, subject: string, client: number, clock: number, state: string | null): boolean {
    const known = this.#entries.get(client)
    if (known === undefined) return state !== null
    if (known.owner === owner)
      return clock > known.clock || (clock === known.clock && state === null && known.state !== null)
    // Nobody speaks for another person, whatever the clock.
    if (known.subject !== subject) return false
    // Another connection: plain clients repeat what they hear, with the clock they heard, and must not become its owner.
    // The same client on a new connection comes with a higher clock, or after the old one has gone.
    if (state === null) return false
    return known.state === null ? clock >= known.clock : clock > known.clock
  }

  #set(client: number, clock: number, state: string | null, owner: object, subject: string): void {
    this.#version += 1
    this.#spoke.set(owner, this.#version)
    this.#parcels.clear()
    const at = this.#now()
    if (state === null) this.#goneAt = Math.min(this.#goneAt, at)
    this.#entries.set(client, { client, clock, state, owner, subject, version: this.#version, at })
  }

  #read(payload: Uint8Array): { client: number; clock: number; state: string | null }[] {
    const reader = new ByteReader(payload)
    const count = reader.varUint()
    if (count > this.#bounds.presenceClients) throw new CometpadError('OVERLOADED')
    const said: { client: number; clock: number; state: string | null }[] = []
    for (let n = 0; n < count; n += 1) {
      const client = reader.varUint()
      const clock = reader.varUint()
      const json = reader.varString()
      if (json.length > this.#bounds.presenceBytes) throw new CometpadError('MESSAGE_TOO_LARGE')
      said.push({ client, clock, state: isNull(json) ? null : json })
    }
    reader.end()
    return said
  }
}

function messageOf(entries: readonly Pick<Entry, 'client' | 'clock' | 'state'>[]): Uint8Array {
  const presence = encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, entries.length)
    for (const { client, clock, state } of entries) {
      encoding.writeVarUint(encoder, client)
      encoding.writeVarUint(encoder, clock)
      encoding.writeVarString(encoder, state ?? 'null')
    }
  })
  return encodeMessage({ type: 'presence', presence })
}

/** Throws unless the text is JSON: a state that others cannot parse would break them all. */
function isNull(json: string): boolean {
  try {
    return JSON.parse(json) === null
  } catch (cause) {
    throw new CometpadError('MALFORMED_MESSAGE', { detail: 'A presence state is not JSON.', cause })
  }
}

/** The state with the name and the colour of the grant: what a client says of itself others would believe. */
function stamped(json: string, { name, color }: Identity): string {
  if (name === undefined) return json
  const state: unknown = JSON.parse(json)
  if (typeof state !== 'object' || state === null || Array.isArray(state)) return json
  const user = 'user' in state && typeof state.user === 'object' ? state.user : {}
  return JSON.stringify({ ...state, user: { ...user, name, ...(color === undefined ? {} : { color }) } })
}
