// Deletions per day: draws the table twin as bars, and lets a click or a drag choose the window. The table, the two
// fields and the links do the same without.
(() => {
  const DAY = 86400000
  const day = text => new Date(`${text}T00:00:00Z`)
  const name = when => when.toISOString().slice(0, 10)
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
  const words = text => `${day(text).getUTCDate()} ${MONTHS[day(text).getUTCMonth()]}`

  function daysOf(table) {
    const rows = new Map([...table.querySelectorAll("tr[data-day]")].map(row => [row.dataset.day, row]))
    const days = []
    for (let at = day(table.dataset.first); at <= day(table.dataset.last); at = new Date(+at + DAY)) {
      const row = rows.get(name(at))
      const unseen = row && row.dataset.number === ""
      days.push({ day: name(at), number: row && !unseen ? Number(row.dataset.number) : 0, unseen, link: row?.querySelector("a")?.href })
    }
    return days
  }

  // The style sheet says the colours: a canvas has none of its own.
  const colour = kind => getComputedStyle(document.querySelector(`.swatch-${kind}`)).getPropertyValue("border-left-color")
  const ink = () => getComputedStyle(document.querySelector(".picture-key .quiet")).color
  const line = canvas => getComputedStyle(canvas.closest("section")).borderTopColor

  // Behind the bars: days that nobody has looked at, and the window that is chosen.
  const bands = (days, chosen) => ({
    id: "bands",
    beforeDatasetsDraw(chart) {
      const { ctx, chartArea: area } = chart
      const wide = (area.right - area.left) / days.length
      const band = (from, to, fill) => {
        ctx.fillStyle = fill
        ctx.fillRect(area.left + from * wide, area.top, (to - from + 1) * wide, area.bottom - area.top)
      }
      ctx.save()
      days.forEach((each, at) => { if (each.unseen) band(at, at, hatched(ctx)) })
      if (chosen.from <= chosen.to) {
        ctx.globalAlpha = 0.25
        band(chosen.from, chosen.to, colour("chosen"))
      }
      ctx.restore()
    },
  })

  function hatched(ctx) {
    const tile = document.createElement("canvas")
    tile.width = tile.height = 8
    const lines = tile.getContext("2d")
    lines.strokeStyle = colour("gap")
    lines.lineWidth = 2
    for (const shift of [-8, 0, 8]) {
      lines.moveTo(shift, 8)
      lines.lineTo(shift + 8, 0)
    }
    lines.stroke()
    return ctx.createPattern(tile, "repeat")
  }

  function chosenOf(table, days) {
    const { from, to } = table.dataset
    if (!from && !to) return { from: 0, to: -1 }
    const inside = days.map((each, at) => (!from || each.day >= from) && (!to || each.day <= to) ? at : -1).filter(at => at >= 0)
    return inside.length ? { from: inside[0], to: inside.at(-1) } : { from: 0, to: -1 }
  }

  const said = ({ number, unseen }) => unseen ? "not looked at yet" : `${number.toLocaleString("en-GB")} deleted, hidden still`

  // A log scale names 1, 10, 100 and nothing between.
  function tick(value) {
    return this.type === "linear" || Number.isInteger(Math.log10(value)) && value >= 1 ? value.toLocaleString("en-GB") : ""
  }

  function draw(canvas) {
    const table = document.getElementById(canvas.dataset.histogram)
    const days = daysOf(table)
    const chosen = chosenOf(table, days)
    const chart = new Chart(canvas, {
      type: "bar",
      data: { labels: days.map(each => words(each.day)), datasets: [{ data: days.map(each => each.number || null), minBarLength: 3, barPercentage: 0.9, categoryPercentage: 0.95 }] },
      options: {
        animation: false,
        maintainAspectRatio: false,
        interaction: { mode: "index", intersect: false },
        scales: {
          x: { grid: { display: false }, ticks: { maxRotation: 0, autoSkipPadding: 16 } },
          y: { beginAtZero: true, ticks: { precision: 0, maxTicksLimit: 6, callback: tick }, border: { display: false } },
        },
        plugins: {
          legend: { display: false },
          tooltip: { displayColors: false, callbacks: { label: item => said(days[item.dataIndex]) } },
        },
      },
      plugins: [bands(days, chosen)],
    })
    paint(chart)
    choose(canvas, chart, days, chosen)
    return chart
  }

  function paint(chart) {
    chart.data.datasets[0].backgroundColor = colour("bar")
    for (const scale of Object.values(chart.options.scales)) {
      scale.ticks.color = ink()
      scale.grid.color = line(chart.canvas)
    }
    chart.update()
  }

  // A click opens a day; a drag of a mouse or a pen chooses several. A finger scrolls the page, and taps.
  function choose(canvas, chart, days, chosen) {
    const at = event => {
      const { left, right } = chart.chartArea
      const part = (event.clientX - canvas.getBoundingClientRect().left - left) / (right - left)
      return Math.max(0, Math.min(days.length - 1, Math.floor(part * days.length)))
    }
    let began = null
    canvas.addEventListener("pointerdown", event => {
      if (event.pointerType === "touch" || event.button !== 0) return
      began = at(event)
      canvas.setPointerCapture(event.pointerId)
    })
    canvas.addEventListener("pointermove", event => {
      if (began === null) return
      const now = at(event)
      Object.assign(chosen, { from: Math.min(began, now), to: Math.max(began, now) })
      chart.draw()
    })
    canvas.addEventListener("pointerup", event => {
      const from = began ?? at(event)
      const to = at(event)
      began = null
      if (from === to) { if (days[to].link) location.assign(days[to].link) }
      else submit(canvas, days[Math.min(from, to)].day, days[Math.max(from, to)].day)
    })
    canvas.addEventListener("pointercancel", () => { began = null })
  }

  function submit(canvas, first, last) {
    const form = canvas.closest("section").querySelector("form.window")
    form.elements.from.value = `${first}T00:00`
    form.elements.to.value = `${last}T23:59`
    form.submit()
  }

  document.querySelectorAll("canvas[data-histogram]").forEach(canvas => {
    const chart = draw(canvas)
    const log = document.querySelector(`[data-log="${canvas.dataset.histogram}"]`)
    log?.addEventListener("change", () => {
      Object.assign(chart.options.scales.y, log.checked ? { type: "logarithmic", min: 0.5 } : { type: "linear", min: 0 })
      chart.update()
    })
    const repaint = () => paint(chart)
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint)
    document.querySelectorAll('input[name="theme"]').forEach(choice => choice.addEventListener("change", repaint))
  })
})()
