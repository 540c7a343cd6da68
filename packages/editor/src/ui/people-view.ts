/** Who is here: overlapping avatars, the rest as a number, and all names in a list that the keyboard reaches. */
import { mergeRegister } from 'lexical'
import { englishMessages } from '../messages.ts'
import type { Messages } from '../messages.ts'
import type { EditorHandle } from '../options.ts'
import type { Person } from '../presence.ts'
import { initialsOf } from '../user.ts'
import { h } from './dom.ts'
import { attachPanel } from './panel.ts'
import { mountPiece } from './piece.ts'

/** More avatars than this say less than a number. */
const SHOWN = 4
/** A list of names longer than this is a queue nobody reads; the number above it is right in any case. */
const LISTED = 100

export interface PeopleView {
  readonly element: HTMLElement
  /** @param count how many are here, also those who are not among them */
  show(people: readonly Person[], count: number): void
  destroy(): void
}

export function createPeopleView(messages: Messages): PeopleView {
  const faces = h('button', { type: 'button', class: 'cometpad-people', 'aria-haspopup': 'true' })
  const list = h('ul', { class: 'cometpad-panel cometpad-people-list' })
  const element = h('div', { class: 'cometpad-presence', part: 'presence' }, faces, list)
  const detach = attachPanel(faces, list, () => undefined)

  return {
    element,
    show(people, count) {
      const shown = people.length > SHOWN ? people.slice(0, SHOWN - 1) : people
      const rest = people.length - shown.length
      faces.replaceChildren(...shown.map((person) => avatar(person, messages)))
      if (rest > 0) faces.append(h('span', { class: 'cometpad-avatar cometpad-rest' }, `+${rest}`))
      faces.hidden = people.length === 0
      faces.setAttribute('aria-label', messages.peopleLabel(count))
      list.replaceChildren(
        ...people
          .slice(0, LISTED)
          .map((person) => h('li', {}, avatar(person, messages), h('span', {}, nameOf(person, messages)))),
      )
    },
    destroy: detach,
  }
}

/** Shows who is in an editor's document anywhere in a page. Gives the function that takes it away. */
export function mountPeople(
  target: HTMLElement,
  handle: EditorHandle,
  options: { readonly messages?: Partial<Messages>; readonly withoutSelf?: boolean } = {},
): () => void {
  const view = createPeopleView({ ...englishMessages, ...options.messages })
  const show = (people: readonly Person[]): void =>
    view.show(options.withoutSelf === true ? people.filter(({ isSelf }) => !isSelf) : people, people.length)
  show(handle.people)
  return mergeRegister(mountPiece(target, view.element), () => view.destroy(), handle.on('presence', show))
}

function nameOf(person: Person, messages: Messages): string {
  return person.isSelf ? messages.you(person.name) : person.name
}

function avatar(person: Person, messages: Messages): HTMLElement {
  const face = h(
    'span',
    { class: 'cometpad-avatar', 'aria-hidden': 'true', 'data-tip': nameOf(person, messages) },
    initialsOf(person.name),
  )
  face.style.setProperty('--_person', person.color)
  return face
}
