// The day of a report on a slider: it moves the field of the day, and shows that day when it is let go.
(() => {
  const DAY = 86400000
  document.querySelectorAll("input[data-slides]").forEach(slider => {
    const field = document.getElementById(slider.dataset.slides)
    const [first, last] = [slider.dataset.first, slider.dataset.last].map(text => Date.parse(`${text}T00:00:00Z`))
    const at = text => Math.round((Date.parse(`${text}T00:00:00Z`) - first) / DAY)
    slider.max = (last - first) / DAY
    const follow = () => { slider.value = field.value ? at(field.value) : slider.max }
    follow()
    field.addEventListener("input", follow)
    slider.addEventListener("input", () => {
      field.value = new Date(first + slider.value * DAY).toISOString().slice(0, 10)
      slider.setAttribute("aria-valuetext", field.value)
    })
    slider.addEventListener("change", () => slider.form.requestSubmit())
  })
})()
