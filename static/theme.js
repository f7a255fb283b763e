// Runs before the first paint, so that a chosen theme never flashes. Without it the page follows the system.
(() => {
  const root = document.documentElement
  root.classList.add("script")
  let theme = null
  try { theme = localStorage.getItem("ccadmin-theme") } catch { /* storage is off: follow the system */ }
  if (theme === "light" || theme === "dark") root.dataset.bsTheme = theme
})()
