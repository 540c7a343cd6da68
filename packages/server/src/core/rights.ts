/**
 * What one connection may do, now: its grant, which may change while it is held, or be replaced by that of a fresh token; and which
 * role its client knows of. Knows no message.
 */
import { CometpadError, allows } from '@cometpad/shared'
import type { ErrorCode, Limits, Role } from '@cometpad/shared'
import { endOf } from './ports.ts'
import type { Authorizer, Grant } from './ports.ts'
import { Renewals } from './renewals.ts'

export class Rights {
  #grant: Grant
  #toldRole: Role
  #renewals: Renewals | undefined
  readonly #limits: Pick<Limits, 'waitingRenewals'>

  constructor(grant: Grant, limits: Pick<Limits, 'waitingRenewals'>) {
    this.#grant = grant
    this.#limits = limits
    this.#toldRole = grant.role
  }

  get grant(): Grant {
    return this.#grant
  }

  /** Whose the Yjs clients are that are used with them first; undefined: nobody's. */
  get owner(): string | undefined {
    const { isEverybody, subject } = this.#grant
    return isEverybody === true ? undefined : subject
  }

  /** Why they are worth nothing any more; undefined: they stand. @param now on the clock of the core */
  endedBy(now: number): ErrorCode | undefined {
    return endOf(this.#grant, now)
  }

  allow(needed: Role): boolean {
    return allows(this.#grant.role, needed)
  }

  /** The role; the client is told it now. */
  tellRole(): Role {
    this.#toldRole = this.#grant.role
    return this.#toldRole
  }

  /** Does the client know of another role than it has? */
  get isOtherRole(): boolean {
    return this.#grant.role !== this.#toldRole
  }

  /**
   * Throws RATE_LIMITED when too many tokens wait. Rejects when the token is refused, and with FORBIDDEN when it is that of somebody
   * else: the old grant stands then.
   */
  renew(token: string, documentId: string, authorizer: Authorizer): Promise<void> {
    this.#renewals ??= new Renewals(authorizer, documentId, this.#limits.waitingRenewals)
    return this.#take(this.#renewals.ask(token))
  }

  async #take(asked: Promise<Grant>): Promise<void> {
    const grant = await asked
    if (grant.subject !== this.#grant.subject) throw new CometpadError('FORBIDDEN')
    this.#grant = grant
  }
}
