// Dropping a file, and saying at once that it is too large. Without script the same form has its file input.
(() => {
  const form = document.querySelector("form.drop")
  const input = form.querySelector('input[type="file"]')
  const problem = document.getElementById("file-problem")
  const most = Number(form.dataset.most)

  function isGood() {
    const file = input.files[0]
    const tooLarge = file && file.size > most * 1024 * 1024
    problem.textContent = tooLarge ? `File refused: it has more than ${most} MB. Divide it.` : ""
    return Boolean(file) && !tooLarge
  }

  for (const name of ["dragenter", "dragover"]) {
    form.addEventListener(name, event => { event.preventDefault(); form.classList.add("drop-over") })
  }
  form.addEventListener("dragleave", event => { if (!form.contains(event.relatedTarget)) form.classList.remove("drop-over") })
  form.addEventListener("drop", event => {
    event.preventDefault()
    form.classList.remove("drop-over")
    if (event.dataTransfer.files.length > 1) { problem.textContent = "File refused: bring one file at a time."; return }
    input.files = event.dataTransfer.files
    if (isGood()) form.requestSubmit()
  })
  input.addEventListener("change", isGood)
  form.addEventListener("submit", event => {
    if (!isGood()) { event.preventDefault(); return }
    document.getElementById("file-sending").textContent = "Sending the file …"
    form.querySelector("button").disabled = true
  })
  addEventListener("pageshow", () => { form.querySelector("button").disabled = false })
})()
