// Opens the pages of the site in headless Chromium, wide and narrow, light and dark. A page fails if it takes longer than a second, asks for
// anything from elsewhere, logs an error, is wider than the window, links to a page that is not there, or has a serious finding of axe-core.
// The API reference has hundreds of pages of one template: all are opened, and axe-core looks at every twentieth.
import { createServer } from 'node:http'
import { readFile, readdir } from 'node:fs/promises'
import { existsSync, readFileSync } from 'node:fs'
import { extname, join, normalize, resolve } from 'node:path'
import { createRequire } from 'node:module'
import puppeteer from 'puppeteer-core'

// A pattern as argument limits the pages: node eng/site/check.mjs '^recipes/'
const root = resolve('artifacts/site/pages'), wanted = new RegExp(process.argv[2] ?? '')
const slowest = 1000   // milliseconds
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.png': 'image/png',
  '.json': 'application/json', '.woff2': 'font/woff2', '.woff': 'font/woff' }

const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
if (!chromium) {
  console.error('There is no Chromium in /usr/bin; expected chromium, chromium-browser or google-chrome.')
  process.exit(1)
}

const server = createServer(async (request, response) => {
  const path = normalize(join(root, decodeURIComponent(new URL(request.url, 'http://localhost').pathname)))
  try {
    response.writeHead(200, { 'content-type': types[extname(path)] ?? 'application/octet-stream' }).end(await readFile(path))
  } catch {
    response.writeHead(404).end()
  }
}).listen(0, '127.0.0.1')
await new Promise(listening => server.once('listening', listening))
const origin = `http://127.0.0.1:${server.address().port}`

const pages = (await readdir(root, { recursive: true })).filter(file => file.endsWith('.html') && !file.endsWith('toc.html') && wanted.test(file)).sort()
const isReference = page => page.startsWith('api/') && page !== 'api/index.html'
const looks = [
  { name: 'wide, light', width: 1280, scheme: 'light', pages },
  { name: 'narrow, dark', width: 390, scheme: 'dark', pages: pages.filter((page, i) => !isReference(page) || i % 20 === 0) },
]

const browser = await puppeteer.launch({ executablePath: chromium, args: ['--no-sandbox', '--disable-gpu'] })
const faults = [], times = []
for (const look of looks) {
  const tab = await browser.newPage()
  await tab.setViewport({ width: look.width, height: 900 })
  await tab.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: look.scheme }])
  for (const [i, page] of look.pages.entries()) {
    const found = []
    const asked = request => request.url().startsWith(origin) || request.url().startsWith('data:') || found.push(`asks for ${request.url()}`)
    const told = message => message.type() === 'error' && found.push(`logs: ${message.text()}`)
    tab.on('request', asked).on('console', told)
    // A machine that does something else makes any page slow: the best of three.
    let took = Infinity
    for (let trial = 0; trial < 3 && took > slowest; trial++) {
      const start = performance.now()
      await tab.goto(`${origin}/${page}`, { waitUntil: 'load' })
      await tab.waitForFunction('window.docfx?.ready', { timeout: 30_000 })
      took = Math.min(took, performance.now() - start)
    }
    times.push(took)
    if (took > slowest)
      found.push(`takes ${took.toFixed(0)} ms`)
    const width = await tab.evaluate(() => document.documentElement.scrollWidth)
    if (width > look.width)
      found.push(`is ${width} pixels wide`)
    const links = await tab.evaluate(() => [...document.querySelectorAll('a[href]')].map(link => link.href))
    for (const link of new Set(links.filter(link => link.startsWith(origin)).map(link => link.split('#')[0].slice(origin.length + 1))))
      if (link && !existsSync(join(root, decodeURIComponent(link))))
        found.push(`links to ${link}, which is not there`)
    if (!isReference(page) || i % 20 === 0) {
      await tab.evaluate(axe)
      const { violations } = await tab.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
      for (const { id, impact, nodes } of violations)
        if (impact === 'serious' || impact === 'critical')
          found.push(`${id} (${impact}): ${nodes.length} × ${nodes[0].html.slice(0, 160)}`)
    }
    tab.off('request', asked).off('console', told)
    faults.push(...found.map(fault => `${page} (${look.name}) ${fault}`))
  }
  await tab.close()
}
await browser.close()
server.close()

for (const fault of faults)
  console.log(fault)
times.sort((a, b) => a - b)
console.log(`${times.length} pages opened, the median in ${times[times.length >> 1].toFixed(0)} ms, the slowest in ${times.at(-1).toFixed(0)} ms; `
  + `${faults.length} faults`)
process.exit(faults.length === 0 ? 0 : 1)
