/** Makes elements: no markup strings, no style attributes, so that any Content-Security-Policy lets it pass. */

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>

/** An element with attributes; `true` sets an empty one, `false` and undefined set none. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false)
      element.setAttribute(name, value === true ? '' : String(value))
  }
  element.append(...children)
  return element
}

/** Adds a listener and gives the function that takes it away again. */
export function listen<Name extends keyof HTMLElementEventMap>(
  target: HTMLElement | Document | Window,
  name: Name,
  run: (event: HTMLElementEventMap[Name]) => void,
  options?: AddEventListenerOptions,
): () => void {
  target.addEventListener(name, run as EventListener, options)
  return () => target.removeEventListener(name, run as EventListener, options)
}
