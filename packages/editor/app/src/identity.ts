/** Who the person at this browser is: a name and colour kept here, friendly ones at first. No account is involved. */
import { userColors } from '@cometpad/editor'
import type { EditorUser } from '@cometpad/editor'

const KEY = 'cometpad.user'
const NAME_LENGTH = 60

const ADJECTIVES = [
  'Quiet',
  'Bright',
  'Calm',
  'Clever',
  'Gentle',
  'Merry',
  'Nimble',
  'Patient',
  'Quick',
  'Sunny',
  'Warm',
  'Witty',
  'Bold',
  'Kind',
  'Lucky',
  'Swift',
] as const
const ANIMALS = [
  'Otter',
  'Heron',
  'Fox',
  'Badger',
  'Finch',
  'Hare',
  'Ibis',
  'Lynx',
  'Marten',
  'Owl',
  'Panda',
  'Robin',
  'Seal',
  'Tern',
  'Wren',
  'Yak',
] as const

export interface Identity extends EditorUser {
  readonly id: string
  readonly name: string
  readonly color: string
}

/** The kept identity, or a new one that is kept from now on. */
export function loadIdentity(): Identity {
  const kept = readKept()
  if (kept !== undefined) return kept
  const made = makeIdentity(Math.random)
  keep(made)
  return made
}

/** Tells of a name that was changed in another tab. Gives what ends that. */
export function onIdentityChanged(changed: (identity: Identity) => void): () => void {
  const hear = ({ key }: StorageEvent): void => {
    const kept = key === KEY ? readKept() : undefined
    if (kept !== undefined) changed(kept)
  }
  addEventListener('storage', hear)
  return () => removeEventListener('storage', hear)
}

export function renameIdentity(identity: Identity, name: string): Identity {
  const renamed = { ...identity, name: name.trim().slice(0, NAME_LENGTH) || identity.name }
  keep(renamed)
  return renamed
}

export function makeIdentity(random: () => number): Identity {
  const pick = <Item>(items: readonly [Item, ...Item[]]): Item =>
    items[Math.floor(random() * items.length)] ?? items[0]
  return {
    id: crypto.randomUUID === undefined ? String(random()).slice(2) : crypto.randomUUID(),
    name: `${pick(ADJECTIVES)} ${pick(ANIMALS)}`,
    color: pick(userColors),
  }
}

function readKept(): Identity | undefined {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? 'null')
    if (typeof kept !== 'object' || kept === null) return undefined
    const { id, name, color } = kept as Record<string, unknown>
    if (typeof id !== 'string' || typeof name !== 'string' || typeof color !== 'string') return undefined
    return name.trim() === '' ? undefined : { id, name, color }
  } catch {
    // Storage may be forbidden or hold something else's value: a fresh name does no harm.
    return undefined
  }
}

function keep(identity: Identity): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(identity))
  } catch {
    // Forbidden or full: the name lasts as long as the page.
  }
}
