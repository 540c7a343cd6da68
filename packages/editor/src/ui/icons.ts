/** The icons, drawn by strokes on a grid of 24. They take the colour of their text. */
const SVG = 'http://www.w3.org/2000/svg'

const shapes = {
  undo: 'M9 14 4.5 9.5 9 5M4.5 9.5H14a5 5 0 0 1 0 10h-3',
  redo: 'm15 14 4.5-4.5L15 5M19.5 9.5H10a5 5 0 0 0 0 10h3',
  bold: 'M7.5 5H13a3.5 3.5 0 0 1 0 7H7.5zM7.5 12h6.25a3.5 3.5 0 0 1 0 7H7.5z',
  italic: 'M10.5 5H17M7 19h6.5M14 5l-4 14',
  underline: 'M7 4.5V11a5 5 0 0 0 10 0V4.5M6 20h12',
  strikethrough:
    'M4.5 12h15M16.5 7.6C15.9 5.9 14.3 5 12 5 9.3 5 7.6 6.3 7.6 8.2c0 .9.3 1.6.9 2.1M7.3 16.2C7.9 18 9.6 19 12 19c2.8 0 4.6-1.3 4.6-3.4 0-.5-.1-1-.3-1.4',
  code: 'm8.5 7.5-4.5 4.5 4.5 4.5M15.5 7.5l4.5 4.5-4.5 4.5',
  link: 'M10 13.5a4 4 0 0 0 5.9.3l2.6-2.6a4 4 0 0 0-5.7-5.7l-1.3 1.3M14 10.5a4 4 0 0 0-5.9-.3l-2.6 2.6a4 4 0 0 0 5.7 5.7l1.3-1.3',
  bullet: 'M9.5 6H20M9.5 12H20M9.5 18H20M4.8 6h.01M4.8 12h.01M4.8 18h.01',
  number: 'M10.5 6H20M10.5 12H20M10.5 18H20M4 5l1.5-1v5M4 15.4c.2-1.1 2.5-1.2 2.5.2 0 1-1.5 1.8-2.5 3.4h2.7',
  check: 'm3.5 6.5 1.5 1.5 3-3M3.5 16.5l1.5 1.5 3-3M12 6.5h8M12 16.5h8',
  quote: 'M5 6v12M9.5 8H19M9.5 12H19M9.5 16h6',
  note: 'M4.5 5h15v14h-15zM9 9.5h6M9 13h6',
  paragraph: 'M5 7h14M5 12h14M5 17h9',
  heading: 'M7 5v14M17 5v14M7 12h10',
  table: 'M4.5 5.5h15v13h-15zM4.5 10h15M4.5 14.25h15M12 10v8.5',
  chevron: 'm8 10 4 4 4-4',
  more: 'M6 12h.01M12 12h.01M18 12h.01',
  tick: 'm5 12.5 4.5 4.5L19 7.5',
} as const

export type IconName = keyof typeof shapes

export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg')
  const path = document.createElementNS(SVG, 'path')
  const attributes = { viewBox: '0 0 24 24', fill: 'none', stroke: 'currentColor', 'aria-hidden': 'true' }
  for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, value)
  svg.setAttribute('class', `cometpad-icon cometpad-icon-${name}`)
  path.setAttribute('d', shapes[name])
  svg.append(path)
  return svg
}
