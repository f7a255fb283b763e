// Makes quicker what works without it: theme, keys, copying, focus after a swap, words for a failed request.
(() => {
  const byId = id => document.getElementById(id)
  const store = {
    get: key => { try { return localStorage.getItem(key) } catch { return null } },
    set: (key, value) => { try { localStorage.setItem(key, value) } catch { /* storage is off: for this page only */ } },
  }

  // Said once, politely; emptied first, so that the same words are announced again.
  function announce(words) {
    const place = byId("announce")
    place.textContent = ""
    setTimeout(() => { place.textContent = words }, 50)
  }

  function trouble(words) {
    const place = byId("trouble")
    place.hidden = false
    place.textContent = words
  }

  // Theme
  const theme = store.get("ccadmin-theme") || "auto"
  document.querySelectorAll('input[name="theme"]').forEach(choice => {
    choice.checked = choice.value === theme
    choice.addEventListener("change", () => {
      store.set("ccadmin-theme", choice.value)
      if (choice.value === "auto") delete document.documentElement.dataset.bsTheme
      else document.documentElement.dataset.bsTheme = choice.value
    })
  })

  // Menus close when the person goes elsewhere
  const openMenus = () => document.querySelectorAll("details.menu[open]")
  document.addEventListener("click", event => {
    openMenus().forEach(menu => { if (!menu.contains(event.target)) menu.open = false })
  })
  document.addEventListener("focusin", event => {
    openMenus().forEach(menu => { if (!menu.contains(event.target)) menu.open = false })
  })

  // Several lines pasted into the one-line search stay apart
  document.querySelectorAll("[data-one-line]").forEach(field => field.addEventListener("paste", event => {
    const pasted = event.clipboardData.getData("text/plain")
    if (!/[\r\n]/.test(pasted.trim())) return
    event.preventDefault()
    field.setRangeText(pasted.trim().replace(/[\r\n]+/g, " "), field.selectionStart, field.selectionEnd, "end")
  }))

  // Copying: data-copy names the element whose text is meant. A phone shares instead.
  async function copy(button) {
    const source = byId(button.dataset.copy)
    const text = (source.value ?? source.innerText).trim()
    try {
      if (navigator.share && matchMedia("(pointer: coarse)").matches) return await navigator.share({ text })
      await navigator.clipboard.writeText(text)
      announce("Copied")
      button.classList.add("copied")
      setTimeout(() => button.classList.remove("copied"), 2000)
    } catch (error) {
      if (error.name === "AbortError") return
      getSelection().selectAllChildren(source)
      announce("Selected. Copy it with your keyboard.")
    }
  }
  document.addEventListener("click", event => {
    const copier = event.target.closest("[data-copy]")
    if (copier) copy(copier)
    const opener = event.target.closest("[data-open]")
    if (opener) openKeys()
  })

  // Keys. None of them writes: they follow links, open folds, copy, and focus.
  const keysOn = () => store.get("ccadmin-keys") !== "off"
  const help = byId("keys")
  const keysSwitch = byId("keys-on")
  keysSwitch.checked = keysOn()
  keysSwitch.addEventListener("change", () => store.set("ccadmin-keys", keysSwitch.checked ? "on" : "off"))

  function openKeys() {
    const rooms = byId("rooms")
    if (rooms.matches(":popover-open")) rooms.hidePopover()
    help.showModal()
  }

  function step(by) {
    const rows = [...document.querySelectorAll("[data-row]")]
    const now = rows.findIndex(row => row.contains(document.activeElement))
    rows[now < 0 ? 0 : now + by]?.querySelector("a")?.focus()
  }

  let afterG = 0
  const busy = target => target.closest("input, textarea, select, [contenteditable]") || help.open
  function press(event) {
    if (event.key === "Escape") {
      openMenus().forEach(menu => { menu.open = false; menu.querySelector("summary").focus() })
      if (event.target.matches("#search")) event.target.blur()
      return
    }
    if (event.ctrlKey || event.metaKey || event.altKey || busy(event.target) || !keysOn()) return
    if (goTo(event) || act(event)) event.preventDefault()
  }

  function goTo(event) {
    if (event.key === "g") { afterG = event.timeStamp; return true }
    const waited = afterG && event.timeStamp - afterG < 1500
    afterG = 0
    const link = waited && document.querySelector(`[data-go="${CSS.escape(event.key)}"]`)
    if (link) link.click()
    return Boolean(link)
  }

  function act(event) {
    if (event.key === "?") { openKeys(); return true }
    if (event.key === "/") { const search = byId("search"); if (search) { search.focus(); search.select() } return Boolean(search) }
    if (event.key === "j" || event.key === "k") { step(event.key === "j" ? 1 : -1); return true }
    const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`)
    if (!target || !target.matches("a[href], summary, [data-copy], [data-read]")) return false
    target.focus()
    target.click()
    return true
  }
  document.addEventListener("keydown", press)

  // htmx: what a person asked for takes the focus, what polled does not
  document.addEventListener("htmx:afterSettle", event => {
    const asked = ["submit", "click"].includes(event.detail.requestConfig?.triggeringEvent?.type)
    const place = asked && (event.detail.elt.matches("[data-focus]") ? event.detail.elt : event.detail.elt.querySelector("[data-focus]"))
    if (!place) return
    place.tabIndex = -1
    place.focus()
  })
  document.addEventListener("htmx:beforeRequest", () => { byId("trouble").hidden = true })
  document.addEventListener("htmx:responseError", event => {
    const status = event.detail.xhr.status
    if (status === 403) trouble("Your role does not allow this, or this page is too old. Load it again.")
    else if (status === 404) trouble("This is not here any more. Load the page again.")
    else if (status === 503) trouble("The database could not store this. Load the page again: it says why.")
    else trouble(`Something broke on our side (${status}). What was sent before is in the history; look there before you repeat it.`)
  })
  document.addEventListener("htmx:sendError", () => {
    trouble("ccadmin did not answer. If you asked for a change, look at the history before you repeat it.")
  })

  // An age on an open page grows
  const units = [[86400, null], [3600, "h"], [60, "min"], [0, "s"]]
  function grow() {
    document.querySelectorAll("time[data-age]").forEach(shown => {
      const seconds = Math.floor((Date.now() - new Date(shown.dateTime)) / 1000)
      const [size, unit] = units.find(([size]) => seconds >= size) ?? [0, null]
      if (!unit || seconds < 5) return
      const minutes = Math.floor(seconds % 3600 / 60)
      const more = unit === "h" && minutes ? ` ${minutes} min` : ""
      shown.textContent = `${size ? Math.floor(seconds / size) : seconds} ${unit}${more} ago`
    })
  }
  setInterval(grow, 30000)
})()
