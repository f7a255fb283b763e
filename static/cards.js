// The preview of a reactivation follows its ticks, and long lists of lists can be narrowed. All of it works without.
(() => {
  document.addEventListener("change", event => {
    const form = event.target.closest("form.preview")
    if (!form || event.target.name !== "lists") return
    const names = [...form.querySelectorAll('input[name="lists"]:checked')].map(box => box.nextElementSibling.firstChild.textContent.trim())
    form.querySelector("[data-ticked]").textContent = `${names.length} list${names.length === 1 ? "" : "s"}`
    form.querySelector("[data-ticked-names]").textContent = names.map(name => `+ ${name}`).join(", ") || "none yet"
  })

  document.addEventListener("input", event => {
    const place = event.target.dataset.narrow && document.getElementById(event.target.dataset.narrow)
    if (!place) return
    const part = event.target.value.trim().toLowerCase()
    place.querySelectorAll("label").forEach(label => {
      label.hidden = !label.textContent.toLowerCase().includes(part) && !label.querySelector("input").checked
    })
  })

  document.addEventListener("htmx:beforeRequest", event => event.detail.target.setAttribute("aria-busy", "true"))
  document.addEventListener("htmx:afterRequest", event => event.detail.target.removeAttribute("aria-busy"))
})()
