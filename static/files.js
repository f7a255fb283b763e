// Dropping a file, and saying at once that it is too large. Without script the same form has its file input.
// A form that asks for more than its file waits for its button.
(() => {
  const form = document.querySelector("form.drop")
  const input = form.querySelector('input[type="file"]')
  const problem = document.getElementById("file-problem")
  const most = Number(form.dataset.most)

  function isGood() {
    const file = input.files[0]
    const tooLarge = file && file.size > most * 1024 * 1024
    problem.textContent = tooLarge ? `File refused: it has more than ${most} MB. Divide it.` : ""
    return !tooLarge && Boolean(file || !input.required)
  }

  // Text that is dragged goes where text goes.
  const isFile = event => event.dataTransfer.types.includes("Files")

  for (const name of ["dragenter", "dragover"]) {
    form.addEventListener(name, event => { if (isFile(event)) { event.preventDefault(); form.classList.add("drop-over") } })
  }
  form.addEventListener("dragleave", event => { if (!form.contains(event.relatedTarget)) form.classList.remove("drop-over") })
  form.addEventListener("drop", event => {
    if (!isFile(event)) return
    event.preventDefault()
    form.classList.remove("drop-over")
    if (event.dataTransfer.files.length > 1) { problem.textContent = "File refused: bring one file at a time."; return }
    input.files = event.dataTransfer.files
    if (isGood() && input.required) form.requestSubmit()
  })
  input.addEventListener("change", isGood)
  form.addEventListener("submit", event => {
    if (!isGood()) { event.preventDefault(); return }
    document.getElementById("file-sending").textContent = input.files.length ? "Sending the file …" : ""
    form.querySelector("button").disabled = true
  })
  addEventListener("pageshow", () => { form.querySelector("button").disabled = false })
})()
