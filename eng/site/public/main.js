// Options of DocFX's modern template.
export default {
  start() {
    showFormulas()
    showOutput()
    nameParts()
    new MutationObserver(nameParts).observe(document.body, { childList: true, subtree: true })
  },
}

// A block without a language is what a program prints; it would be coloured as some language.
function showOutput() {
  for (const code of document.querySelectorAll('pre > code:not([class])'))
    code.className = 'language-plaintext'
}

// Formulas stand in blocks of the language "math", as GitHub shows them.
function showFormulas() {
  for (const code of document.querySelectorAll('pre > code.lang-math')) {
    const formula = document.createElement('div')
    formula.className = 'math'
    formula.textContent = `\\[${code.textContent}\\]`
    code.parentElement.replaceWith(formula)
  }
}

// What the template leaves open to those who use a keyboard or a screen reader.
function nameParts() {
  for (const part of document.querySelectorAll('pre > code:not([tabindex]), .table-responsive:not([tabindex]), .math:not([tabindex])')) {
    part.tabIndex = 0
    part.setAttribute('role', 'group')
    part.setAttribute('aria-label', part.matches('code') ? 'Code' : part.matches('.math') ? 'Formula' : 'Table')
  }
  for (const toggle of document.querySelectorAll('a.dropdown-toggle:not([role])')) {
    toggle.setAttribute('role', 'button')
    toggle.tabIndex = 0
  }
  for (const [id, name] of [['autocollapse', 'Site'], ['breadcrumb', 'Breadcrumb'], ['affix', 'In this article'], ['toc', 'Contents']])
    document.getElementById(id)?.setAttribute('aria-label', name)
  document.getElementById('logo')?.setAttribute('alt', '')
}
