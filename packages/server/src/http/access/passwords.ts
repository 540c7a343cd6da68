/**
 * The passwords of share links: kept as something that takes a tenth of a second to derive (scrypt), and tried only so often.
 * Knows no tokens.
 */
import { randomBytes, scrypt } from 'node:crypto'
import { CometpadError } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'
import type { LinkPassword, ShareLink } from '../../core/ports.ts'
import { hashOf, isHashOf } from './link-secrets.ts'

const SALT_BYTES = 16
const PROOF_BYTES = 32
/** 32 MiB for each. */
const COST = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 } as const

interface Tries {
  wrong: number
  readonly since: number
}

type Bounds = Pick<Limits, 'passwordTries' | 'passwordWindowMs' | 'passwordGuessers' | 'passwordChecks'>

/** One after the other of each key; rejects with OVERLOADED when too many wait. */
interface Turns {
  take<T>(key: string, work: () => Promise<T>): Promise<T>
}

export class Passwords {
  readonly #limits: Bounds
  readonly #now: () => number
  #underWay = 0
  /** Who waits until one of those under way is done; the first has waited longest. */
  readonly #waiting: (() => void)[] = []
  /** One after the other from one address, so that no address takes the place of all others. */
  readonly #turns: Turns
  /** By link and address, the oldest first. */
  readonly #tries = new Map<string, Tries>()

  /** @param now milliseconds since 1970, UTC */
  constructor(limits: Bounds, now: () => number, turns: Turns) {
    this.#limits = limits
    this.#now = now
    this.#turns = turns
  }

  /** @param address of whoever gives it. Rejects with OVERLOADED. */
  async keep(text: string, address: string): Promise<LinkPassword> {
    const salt = randomBytes(SALT_BYTES).toString('base64url')
    return { salt, proofHash: hashOf(await this.#derive(text, salt, address)) }
  }

  /** What a visitor shows from then on. Rejects with PASSWORD_WRONG, RATE_LIMITED and OVERLOADED. */
  async prove(
    { linkId }: ShareLink,
    text: string,
    { salt, proofHash }: LinkPassword,
    address: string,
  ): Promise<string> {
    const tries = this.#triesOf(`${linkId} ${address}`)
    if (tries.wrong >= this.#limits.passwordTries) throw new CometpadError('RATE_LIMITED')
    // Counted before it is looked at: many at once are many.
    tries.wrong += 1
    let isWrong = false
    try {
      const proof = await this.#derive(text, salt, address)
      isWrong = !isHashOf(proof, proofHash)
      if (isWrong) throw new CometpadError('PASSWORD_WRONG')
      return proof
    } finally {
      // Also what could not be looked at was no wrong try.
      if (!isWrong) tries.wrong -= 1
    }
  }

  #triesOf(guesser: string): Tries {
    const now = this.#now()
    for (const [id, { since }] of this.#tries) {
      if (now - since < this.#limits.passwordWindowMs) break
      this.#tries.delete(id)
    }
    const known = this.#tries.get(guesser)
    if (known !== undefined) return known
    if (this.#tries.size >= this.#limits.passwordGuessers) throw new CometpadError('OVERLOADED')
    const fresh = { wrong: 0, since: now }
    this.#tries.set(guesser, fresh)
    return fresh
  }

  /** However a keyboard composes its letters, they are the same password. */
  #derive(text: string, salt: string, address: string): Promise<string> {
    return this.#turns.take(address, () => this.#deriveNow(text, salt))
  }

  async #deriveNow(text: string, salt: string): Promise<string> {
    // Who is woken has been given the place of the one who has ended.
    if (this.#underWay < this.#limits.passwordChecks) this.#underWay += 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await new Promise((resolve, reject) => {
        scrypt(text.normalize('NFC'), salt, PROOF_BYTES, COST, (error, derived) =>
          error === null ? resolve(derived.toString('base64url')) : reject(error),
        )
      })
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#underWay -= 1
      else next()
    }
  }
}
