// The set-up page: a country brings its currency, zone, language and tax; what somebody has typed stays.

const presets = JSON.parse(document.getElementById("country-presets")?.textContent || "{}");
const country = document.getElementById("id_country");
const touched = new Set();

function fill() {
  for (const [name, value] of Object.entries(presets[country.value] || {})) {
    const field = document.getElementById(`id_${name}`);
    if (field && !touched.has(field.id)) field.value = value;
  }
}

if (country) {
  const fresh = !document.getElementById("id_name").value;
  if (fresh) fill();
  country.addEventListener("change", fill);
  document.getElementById("setup-form").addEventListener("input", (event) => touched.add(event.target.id));
}

document.querySelector("[data-print]")?.addEventListener("click", () => window.print());
