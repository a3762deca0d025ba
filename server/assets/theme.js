// Follows the system until the button is used; then remembers.
const KEY = 'forage-theme'
const root = document.documentElement
const system = matchMedia('(prefers-color-scheme: dark)')
const button = document.querySelector('#theme')

function saved() {
  try {
    return localStorage.getItem(KEY)
  } catch {
    return null // storage may be switched off
  }
}

function apply() {
  const theme = saved() ?? (system.matches ? 'dark' : 'light')
  root.dataset.theme = theme
  button?.setAttribute('aria-label', theme === 'dark' ? 'Use light colours' : 'Use dark colours')
}

button?.addEventListener('click', () => {
  try {
    localStorage.setItem(KEY, root.dataset.theme === 'dark' ? 'light' : 'dark')
  } catch {
    return
  }
  apply()
})
system.addEventListener('change', apply)
apply()
