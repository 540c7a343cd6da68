/** What to change: for each proxy its lines, ready to be copied. */
import type { Advice } from '@cometpad/shared/doctor'
import { h } from '../dom.ts'
import { createCopyButton } from './copy-button.ts'

export function adviceView(advice: readonly Advice[]): HTMLElement[] {
  const forProxies = advice.filter((each) => each.kind !== 'do')
  const proxies = [...new Set(forProxies.map(({ proxy }) => proxy))]
  return [
    ...advice.flatMap((each) => (each.kind === 'do' ? [h('p', {}, each.what)] : [])),
    ...(proxies.length > 1
      ? [h('p', {}, 'If one of these stands in front of the server, change there:')]
      : []),
    ...proxies.map((proxy) =>
      h(
        'section',
        { class: 'remedy', 'aria-label': `What to change in ${proxy}` },
        h('h3', {}, proxy),
        h(
          'div',
          { class: 'remedy-steps' },
          ...forProxies.flatMap((each) => (each.proxy === proxy ? stepView(each) : [])),
        ),
      ),
    ),
  ]
}

function stepView(advice: Exclude<Advice, { kind: 'do' }>): HTMLElement[] {
  if (advice.kind === 'remove') return [h('p', {}, `Remove ${advice.what}.`)]
  const { proxy, place, lines } = advice
  const code = h('code', {}, lines.join('\n'))
  return [
    h(
      'div',
      { class: 'remedy-step' },
      h('p', {}, 'In ', h('code', {}, place), ':'),
      createCopyButton({
        label: 'Copy',
        name: `Copy the lines for ${proxy}, in ${place}`,
        text: () => lines.join('\n'),
        select: () => getSelection()?.selectAllChildren(code),
      }),
    ),
    h('pre', {}, code),
  ]
}
