/** One caret of somebody else and its name, which shows itself when the caret was moved and then fades. */
import type { Person } from '../presence.ts'
import { h } from '../ui/dom.ts'
import type { CaretBox } from './caret-box.ts'

/** Closer to the top than this, a name has no room above its caret and is shown below it. */
const LABEL_HEIGHT = 22
/** Closer to the edge than this, a name is shown on the other side of its caret. */
const LABEL_WIDTH = 140

export class CaretView {
  readonly #element: HTMLElement
  readonly #label: HTMLElement
  #unit = -1

  constructor(container: HTMLElement) {
    this.#label = h('span', { class: 'cometpad-cursor-name' })
    this.#element = h('span', { class: 'cometpad-cursor' }, this.#label)
    container.append(this.#element)
  }

  /** @param unit where in the flow: another one than before means that the person moved or wrote */
  show(person: Person, box: CaretBox, origin: DOMRect, unit: number): void {
    const { style, classList } = this.#element
    const [x, y] = [box.x - origin.left, box.y - origin.top]
    style.setProperty('transform', `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`)
    style.setProperty('height', `${box.height.toFixed(1)}px`)
    style.setProperty('--_person', person.color)
    // As text and never as markup.
    if (this.#label.textContent !== person.name) this.#label.textContent = person.name
    classList.toggle('cometpad-cursor-low', y < LABEL_HEIGHT)
    classList.toggle('cometpad-cursor-left', origin.width - x < LABEL_WIDTH)
    if (this.#unit !== unit) this.#showAgain()
    this.#unit = unit
  }

  remove(): void {
    this.#element.remove()
  }

  #showAgain(): void {
    for (const animation of this.#label.getAnimations()) {
      animation.cancel()
      animation.play()
    }
  }
}
