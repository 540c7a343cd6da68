/**
 * Clients that come in single requests: what joins the requests of one client, and when it counts as gone. Nothing that a
 * request promises hangs on it: on a server that has never heard of a client its own edits come back to it, and that is all.
 * Knows no presence and no clock: it is told the time.
 */
interface Bounds {
  readonly leaseMs: number
  readonly readersPerRoom: number
}

export interface Lease {
  /** Stands for the client as the author of its updates and the owner of its presence. */
  readonly author: object
  /** Requests that are held now. */
  held: number
  heardAt: number
}

export class Leases {
  readonly #bounds: Bounds
  /** By key; one that came without a key is its own. */
  readonly #leases = new Map<string | Lease, Lease>()

  constructor(bounds: Bounds) {
    this.#bounds = bounds
  }

  get size(): number {
    return this.#leases.size
  }

  /** A request of the client with this key has come. */
  enter(key: string | undefined, now: number): Lease {
    const known = key === undefined ? undefined : this.#leases.get(key)
    const lease = known ?? { author: {}, held: 0, heardAt: now }
    lease.heardAt = now
    lease.held += 1
    // Who comes when too many are remembered is served like anybody without a key.
    if (known === undefined && this.#leases.size < this.#bounds.readersPerRoom)
      this.#leases.set(key ?? lease, lease)
    return lease
  }

  /** A request has ended. */
  leave(lease: Lease): void {
    lease.held -= 1
  }

  /** The authors from which nothing was heard for too long. */
  expired(now: number): object[] {
    const gone: object[] = []
    for (const [key, lease] of this.#leases) {
      if (now - lease.heardAt < this.#bounds.leaseMs) continue
      gone.push(lease.author)
      if (lease.held === 0) this.#leases.delete(key)
    }
    return gone
  }
}
