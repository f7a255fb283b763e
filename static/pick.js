// The bar under a table of people counts who is ticked, and one tick takes the whole page. All of it works without.
(() => {
  const words = (number, all) => all ? "All that match" : number ? `${number.toLocaleString()} selected` : "Nobody selected"

  function count(form) {
    const rows = [...form.querySelectorAll('input[name="who"]')]
    const ticked = rows.filter(each => each.checked).length
    const all = form.querySelector('input[name="all"]').checked
    rows.forEach(each => { each.disabled = all })
    form.querySelector("[data-picked]").textContent = words(ticked, all)
    const page = form.querySelector("[data-pick-page]")
    if (page) Object.assign(page, { checked: rows.length > 0 && ticked === rows.length, disabled: all })
  }

  document.addEventListener("change", event => {
    const form = event.target.closest("form:has(.pick)")
    if (!form) return
    if (event.target.matches("[data-pick-page]")) {
      form.querySelectorAll('input[name="who"]').forEach(each => { each.checked = event.target.checked })
    }
    count(form)
  })
  document.querySelectorAll("form:has(.pick)").forEach(count)
})()
