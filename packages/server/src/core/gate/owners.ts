/**
 * Whose the Yjs clients of a document are. A client belongs to the subject that first used it: nobody else goes on where it has
 * ended, so that nobody can take the clocks of somebody whose edits are still on their way. Knows no document and no rights.
 * One number for each client, and each subject once: a document may have had thousands of clients.
 */
import type { Known } from './known.ts'
import type { UpdateShape } from './update-shape.ts'

export class Owners {
  /** By Yjs client: the number of its owner. */
  readonly #owners = new Map<number, number>()
  readonly #numbers = new Map<string, number>()

  constructor(owners: Iterable<readonly [number, string]>) {
    for (const [client, subject] of owners) this.#set(client, subject)
  }

  /** The clients that become the subject's with this update; undefined: it goes on with one that is somebody else's. */
  claims({ structs }: UpdateShape, known: Known, subject: string): readonly number[] | undefined {
    const number = this.#numbers.get(subject)
    const claimed: number[] = []
    for (const { client, to } of structs) {
      // What is known already comes again with whatever is sent as a whole.
      if (to <= known.clock(client)) continue
      const owner = this.#owners.get(client)
      if (owner === undefined) claimed.push(client)
      else if (owner !== number) return undefined
    }
    return claimed
  }

  take(clients: readonly number[], subject: string): void {
    for (const client of clients) this.#set(client, subject)
  }

  #set(client: number, subject: string): void {
    const number = this.#numbers.get(subject) ?? this.#numbers.size
    this.#numbers.set(subject, number)
    this.#owners.set(client, number)
  }
}
