/** A session as a list of steps, made from a seed. A step means something in every state, so that any step can be left out. */
import { SeededRandom } from '@cometpad/shared/testing'
import { letter } from './alphabet.ts'

const TEXT_ACT_WEIGHTS = {
  type: 22,
  erase: 8,
  replace: 3,
  enter: 9,
  softBreak: 2,
  merge: 7,
  format: 8,
  block: 5,
  list: 5,
  indent: 4,
  outdent: 3,
  check: 2,
  align: 1,
  link: 3,
  unlink: 1,
  paste: 3,
  drag: 3,
  undo: 5,
  redo: 3,
  compose: 3,
} as const

/** How often what is done to tables is done, beside the rest. */
export const TABLE_ACTS = {
  table: 4,
  typeInCell: 12,
  addRow: 5,
  addColumn: 5,
  removeRow: 3,
  removeColumn: 3,
  mergeCells: 4,
  unmergeCell: 2,
  moveLine: 2,
  setCell: 2,
} as const
export type TableAct = keyof typeof TABLE_ACTS

/** The same for containers. */
export const CONTAINER_ACTS = {
  wrap: 7,
  unwrap: 3,
  moveOut: 3,
  moveIn: 2,
  dragContainer: 1,
  typeInContainer: 10,
} as const
export type ContainerAct = keyof typeof CONTAINER_ACTS
export type Act = keyof typeof TEXT_ACT_WEIGHTS | TableAct | ContainerAct
/** What is done to text: everything that is not done to tables or to containers. */
export const TEXT_ACTS = Object.keys(TEXT_ACT_WEIGHTS) as readonly Act[]
const ACTS: Readonly<Record<Act, number>> = { ...TEXT_ACT_WEIGHTS, ...TABLE_ACTS, ...CONTAINER_ACTS }

/** Fractions in [0, 1) are places and choices in whatever is there when the step is done. */
export interface ActStep {
  readonly does: Act
  readonly who: number
  readonly at: number
  readonly to: number
  readonly pick: number
  readonly text: string
}

export type Step =
  | ActStep
  /** Takes in what another sent; `isForeign`: past the binding; `during`: with an edit that the editor has not committed. */
  | {
      readonly does: 'receive'
      readonly who: number
      readonly from: number
      readonly isForeign: boolean
      readonly during: ActStep | null
    }
  | { readonly does: 'wait'; readonly who: number }

export interface SessionPlan {
  readonly writers: number
  readonly steps: readonly Step[]
}

export interface PlanOptions {
  readonly seed: number
  readonly writers: number
  readonly rounds: number
  /** Only these acts; all by default. */
  readonly acts?: readonly Act[]
}

export function planSession({ seed, writers, rounds, acts }: PlanOptions): SessionPlan {
  const random = new SeededRandom(seed)
  let letters = 0
  const choices = (Object.keys(ACTS) as Act[]).filter((act) => acts === undefined || acts.includes(act))
  const weights = choices.reduce((sum, act) => sum + ACTS[act], 0)
  const pickAct = (): Act => {
    let left = random.next() * weights
    return choices.find((act) => (left -= ACTS[act]) < 0) ?? 'type'
  }
  const act = (who: number, does = pickAct()): ActStep => {
    const count = does === 'paste' ? 6 : 1 + random.below(4)
    const text = Array.from({ length: count }, () => letter(letters++)).join('')
    return { does, who, at: fraction(random), to: fraction(random), pick: fraction(random), text }
  }
  // However many they are, everybody hears of one or two others in a round.
  const hears = Math.min(0.6, 1.2 / (writers - 1))
  const steps: Step[] = [act(0, 'type'), act(0, 'enter'), act(0, 'type')]
  for (let who = 1; who < writers; who++) steps.push(receive(who, 0))
  const offlineUntil = Array.from({ length: writers }, () => 0)
  for (let round = 0; round < rounds; round++) {
    if (random.chance(0.06)) offlineUntil[random.below(writers)] = round + 2 + random.below(6)
    for (let who = 0; who < writers; who++) {
      if (random.chance(0.7)) for (let burst = random.below(3); burst >= 0; burst--) steps.push(act(who))
      if ((offlineUntil[who] ?? 0) > round) continue
      for (let from = 0; from < writers; from++) {
        if (from === who || (offlineUntil[from] ?? 0) > round || !random.chance(hears)) continue
        const isForeign = random.chance(0.3)
        const during = random.chance(0.2) ? act(who) : null
        steps.push({ does: 'receive', who, from, isForeign, during })
      }
      if (random.chance(0.1)) steps.push({ does: 'wait', who })
    }
  }
  return { writers, steps }
}

function receive(who: number, from: number): Step {
  return { does: 'receive', who, from, isForeign: false, during: null }
}

/** As it is printed, so that a printed script is the script. */
function fraction(random: SeededRandom): number {
  return random.below(1000) / 1000
}

const NAMES = 'ABCDE'

/** A script as one reads it. */
export function printSession({ writers, steps }: SessionPlan): string {
  const act = ({ does, at, to, pick, text }: ActStep): string =>
    `${does} ${[at, to, pick].map((part) => part.toFixed(3)).join(' ')} ${text}`
  const lines = steps.map((step) => {
    const name = NAMES[step.who] ?? ''
    if (step.does === 'wait') return `${name} waits`
    if (step.does !== 'receive') return `${name} ${act(step)}`
    const during = step.during === null ? '' : ` during ${act(step.during)}`
    return `${name} receives from ${NAMES[step.from] ?? ''}${step.isForeign ? ' foreign' : ''}${during}`
  })
  return [`${writers} writers`, ...lines].join('\n')
}

/** And back. */
export function parseSession(text: string): SessionPlan {
  const [head = '', ...lines] = text.trim().split('\n')
  const steps = lines.map((line): Step => {
    const [name = '', verb = '', ...rest] = line.trim().split(' ')
    const who = NAMES.indexOf(name)
    if (verb === 'waits') return { does: 'wait', who }
    if (verb !== 'receives') return parseAct(who, verb, rest)
    const at = rest.indexOf('during')
    const [does = '', ...places] = rest.slice(at + 1)
    const during = at === -1 ? null : parseAct(who, does, places)
    return {
      does: 'receive',
      who,
      from: NAMES.indexOf(rest[1] ?? ''),
      isForeign: rest.includes('foreign'),
      during,
    }
  })
  return { writers: Number.parseInt(head, 10), steps }
}

function parseAct(who: number, does: string, rest: readonly string[]): ActStep {
  if (!(does in ACTS)) throw new SyntaxError(`nobody can ${does}`)
  const [at = 0, to = 0, pick = 0] = rest.slice(0, 3).map(Number)
  return { does: does as Act, who, at, to, pick, text: rest[3] ?? '' }
}
