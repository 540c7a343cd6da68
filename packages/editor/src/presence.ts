/** Who is here, made of awareness states. What others wrote into theirs is made harmless. */
import { cleanColor, cleanName } from './user.ts'

export interface Person {
  readonly clientId: number
  readonly id: string | undefined
  readonly name: string
  readonly color: string
  readonly isSelf: boolean
}

/**
 * One entry per person: tabs of one user count once, if the page gives users ids. Oneself comes first, the others in
 * the order of their names, so that nobody jumps about while others come and go.
 */
export function peopleOf(
  states: ReadonlyMap<number, unknown>,
  ownClientId: number,
  unnamed: string,
): readonly Person[] {
  const people = new Map<string, Person>()
  for (const [clientId, state] of states) {
    const person = personOf(clientId, state, clientId === ownClientId, unnamed)
    if (person === undefined) continue
    const key = person.id === undefined ? `client:${clientId}` : `user:${person.id}`
    if (!people.has(key) || person.isSelf) people.set(key, person)
  }
  return [...people.values()].sort(
    (a, b) => Number(b.isSelf) - Number(a.isSelf) || a.name.localeCompare(b.name) || a.clientId - b.clientId,
  )
}

function personOf(clientId: number, state: unknown, isSelf: boolean, unnamed: string): Person | undefined {
  if (typeof state !== 'object' || state === null) return undefined
  const user = (state as { user?: unknown }).user
  const source = (typeof user === 'object' && user !== null ? user : state) as Record<string, unknown>
  // Somebody without a name is no person: a recorder, a preview.
  if (typeof source['name'] !== 'string') return undefined
  const id = source['id']
  const name = cleanName(source['name'], unnamed)
  const isId = typeof id === 'string' && id !== ''
  return {
    clientId,
    id: isId ? id : undefined,
    name,
    color: cleanColor(source['color'], isId ? id : name),
    isSelf,
  }
}
