/** The button that names the kind of the current block, and its menu. */
import type { Messages } from '../messages.ts'
import { blockTypes } from '../text/block-type.ts'
import type { BlockType } from '../text/block-type.ts'
import { h } from './dom.ts'
import { icon } from './icons.ts'
import { listenToMenuKeys } from './menu-keys.ts'
import { attachPanel } from './panel.ts'
import { shortcutText } from './shortcut.ts'
import { blockTools, listTools } from './tools.ts'

export interface BlockMenu {
  readonly button: HTMLButtonElement
  readonly panel: HTMLElement
  show(type: BlockType): void
  destroy(): void
}

export function createBlockMenu(
  messages: Messages,
  choose: (type: BlockType) => void,
  closed: () => void,
): BlockMenu {
  const name = h('span', { class: 'cometpad-block-name' })
  const button = h(
    'button',
    { type: 'button', class: 'cometpad-tool cometpad-block-button', 'aria-haspopup': 'menu' },
    name,
    icon('chevron'),
  )
  const items = new Map<BlockType, HTMLElement>()
  const panel = h('div', { role: 'menu', class: 'cometpad-panel', 'aria-label': messages.blockTypeLabel })
  for (const type of blockTypes) {
    const tool = [...blockTools, ...listTools].find(({ id }) => id === type)
    const hint = tool === undefined ? '' : shortcutText(tool.shortcut)
    const item = h(
      'button',
      { type: 'button', role: 'menuitemradio', tabindex: -1, class: `cometpad-item cometpad-item-${type}` },
      icon('tick'),
      h('span', {}, messages.blockTypes[type]),
      h('kbd', { 'aria-hidden': 'true' }, hint),
    )
    item.addEventListener('click', () => {
      panel.hidePopover()
      choose(type)
    })
    items.set(type, item)
    panel.append(item)
  }

  let current: BlockType = 'paragraph'
  const detach = attachPanel(button, panel, () => items.get(current)?.focus())
  const offKey = listenToMenuKeys(panel, closed)

  function show(type: BlockType): void {
    current = type
    name.textContent = messages.blockTypes[type]
    button.setAttribute('aria-label', `${messages.blockTypeLabel}: ${messages.blockTypes[type]}`)
    for (const [each, item] of items) item.setAttribute('aria-checked', String(each === type))
  }
  show('paragraph')
  return { button, panel, show, destroy: () => (detach(), offKey()) }
}
