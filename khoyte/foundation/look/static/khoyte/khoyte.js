// Khoyte: makes pages quicker, never possible. Every page works without this file.
"use strict";

const english = document.documentElement.lang === "en";
const words = (vi, en) => (english ? en : vi);
const all = (selector, act) => document.querySelectorAll(selector).forEach(act);

// The error summary takes focus, so that keyboard and screen reader begin there.
all("[data-focus]", (summary) => summary.focus());

// On a phone the functions are one line pushed sideways: it begins where one is.
all(".rooms [aria-current]", (link) => {
  const line = link.closest("ul");
  line.scrollLeft = link.offsetLeft - line.offsetLeft - (line.clientWidth - link.offsetWidth) / 2;
});

// What only works with this file is hidden in the page and shown here.
all("[data-print]", (button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});

all("[data-copy]", (button) => {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent);
    tell(button.parentElement, words("Đã sao chép.", "Copied."));
  });
});

function tell(near, message) {
  let place = near.querySelector("[role=status]");
  if (!place) {
    place = document.createElement("span");
    place.setAttribute("role", "status");
    near.append(place);
  }
  place.textContent = message;
}

// A form keeps what is typed as a draft while one types; its button does the same without this file.
all("form[data-autosave]", (form) => {
  let timer = 0;
  let told = false;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, 1500);
  });
  form.addEventListener("submit", () => clearTimeout(timer));
  async function save() {
    const typed = new FormData(form);
    typed.set("viec", "nhap");
    const answer = await fetch(location.pathname, {
      method: "POST", body: typed, headers: { "X-Requested-With": "autosave" },
    }).catch(() => null);
    // A file that was kept need not be sent again: from now on its digest stands for it.
    const files = answer && answer.status === 200 ? await answer.json() : {};
    for (const [name, file] of Object.entries(files)) {
      const field = form.elements[name + "-tep"].closest("[data-document]");
      form.elements[name].value = file.digest;
      form.elements[name + "-tep"].value = "";
      field.querySelector(".kept").hidden = false;
      field.querySelector(".kept span").textContent = file.words;
    }
    const message = answer && answer.ok ? words("Đã tự lưu nháp.", "Draft saved.")
      : words("Chưa tự lưu được nháp.", "The draft is not saved yet.");
    if (answer && answer.ok && told) return;
    told = Boolean(answer && answer.ok);
    tell(form.querySelector(".row:last-child"), message);
  }
});

// A file that was only checked stays chosen: the answer takes the place of the page around it.
const answersInPlace = (form) => form.addEventListener("submit", async (event) => {
  const input = form.querySelector("input[type=file]");
  if (!input.files.length) return;
  event.preventDefault();
  const sent = new FormData(form);
  sent.append(event.submitter.name, event.submitter.value);
  const buttons = form.querySelectorAll("[type=submit]");
  buttons.forEach((button) => (button.disabled = true));
  tell(form, words("Đang đọc tệp…", "Reading the file…"));
  const answer = await fetch(location.pathname, { method: "POST", body: sent }).catch(() => null);
  const page = answer && new DOMParser().parseFromString(await answer.text(), "text/html");
  const main = page && page.querySelector("main");
  buttons.forEach((button) => (button.disabled = false));
  if (!main) {
    return tell(form, words("Chưa gửi được tệp. Nếu vừa sửa tệp thì chọn lại tệp rồi thử lại.",
      "The file was not sent. If it was changed just now, choose it again."));
  }
  document.title = page.title;
  document.querySelector("main").replaceChildren(...main.childNodes);
  all("main form[data-in-place]", (next) => {
    if (next.dataset.inPlace === "again") next.querySelector("input[type=file]").replaceWith(input);
    answersInPlace(next);
  });
  const told = ["[data-focus]", "[role=status]", "h1"].map((one) => document.querySelector(`main ${one}`)).find(Boolean);
  told.tabIndex = -1;
  told.focus();
});
all("form[data-in-place]", answersInPlace);

// A page that waits for a verdict asks again until there is one, less often the longer it takes.
all("[data-wait]", (place) => {
  let pause = 400;
  const ask = async () => {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    const page = answer && answer.ok ? await answer.text() : "data-wait";
    if (!page.includes("data-wait")) return location.reload();
    if (place.dataset.wait === "live" && answer) {
      const now = new DOMParser().parseFromString(page, "text/html").querySelector("[data-wait]");
      if (now) place.replaceChildren(...now.childNodes);
    }
    pause = Math.min(pause * 1.2, 8000);
    setTimeout(ask, pause);
  };
  setTimeout(ask, pause);
});

// Sending files in parts (tus 1.0), each with its progress; a cut line or a closed page loses nothing.
const PART = 4 * 1024 * 1024;

all("form[data-upload]", (form) => {
  const input = form.querySelector("input[type=file]");
  const drop = form.querySelector(".drop");
  const list = form.querySelector(".sending");
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
  const facility = form.querySelector("[name=facility]");

  for (const kind of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragover");
      if (kind === "drop") input.files = event.dataTransfer.files;
    });
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const files = [...input.files];
    if (!files.length) return input.focus();
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    const found = [];
    for (const file of files) found.push(await sendShown(file));
    button.disabled = false;
    const [only] = found;
    if (found.length === 1 && only) location.assign(only);
    else if (found.every(Boolean)) tell(form, words("Đã gửi hết các tệp.", "All files are sent."));
  });

  async function sendShown(file) {
    const line = document.createElement("li");
    const name = document.createElement("span");
    const state = document.createElement("span");
    const bar = document.createElement("progress");
    name.textContent = file.name;
    state.setAttribute("role", "status");
    bar.max = file.size || 1;
    bar.setAttribute("aria-label", file.name);
    line.append(name, state, bar);
    list.append(line);
    const started = Date.now();
    try {
      const page = await sendInParts(file, (sent) => {
        bar.value = sent;
        state.textContent = progress(sent, file.size, Date.now() - started);
      });
      const link = document.createElement("a");
      link.href = page;
      link.textContent = words("Đã tiếp nhận, xem kết quả", "Received, see the verdict");
      state.replaceChildren(link);
      return page;
    } catch (problem) {
      state.textContent = problem.message;
      state.className = "wrong";
      bar.remove();
      return null;
    }
  }

  function progress(sent, size, spent) {
    const left = sent ? Math.ceil((spent * (size - sent)) / sent / 1000) : 0;
    const share = Math.floor((100 * sent) / (size || 1));
    return words(`${share}%, còn khoảng ${left} giây`, `${share}%, about ${left} s left`);
  }

  async function sendInParts(file, show) {
    const memory = `upload:${file.name}:${file.size}:${file.lastModified}`;
    let { place, offset } = await resume(memory);
    if (!place) {
      place = await begin(file);
      localStorage.setItem(memory, place);
    }
    let failures = 0;
    let page = null;
    while (!page) {
      const part = file.slice(offset, offset + PART);
      const answer = await ask(place, "PATCH", part, {
        "Upload-Offset": offset,
        "Content-Type": "application/offset+octet-stream",
      });
      if (answer && answer.ok) {
        failures = 0;
        offset = Number(answer.headers.get("Upload-Offset"));
        show(offset);
        page = offset >= file.size && pageOf(answer);
        if (offset >= file.size && !page) throw new Error(refused());
      } else if (answer && ![409, 423, 429, 503].includes(answer.status)) {
        localStorage.removeItem(memory);
        throw new Error(await reason(answer));
      } else {
        failures += 1;
        if (failures > 8) throw new Error(words("Mất kết nối. Chọn lại tệp này để gửi tiếp phần còn lại.",
          "The connection is lost. Choose this file again to send the rest."));
        await new Promise((go) => setTimeout(go, Math.min(500 * 2 ** failures, 15000)));
        ({ place, offset } = await resume(memory));
        if (!place) throw new Error(refused());
      }
    }
    localStorage.removeItem(memory);
    return page;
  }

  async function resume(memory) {
    const place = localStorage.getItem(memory);
    const answer = place && (await ask(place, "HEAD"));
    if (answer && answer.ok) return { place, offset: Number(answer.headers.get("Upload-Offset")) };
    if (answer) localStorage.removeItem(memory);
    return { place: answer === null ? place : null, offset: 0 };
  }

  async function begin(file) {
    const encoded = btoa(String.fromCharCode(...new TextEncoder().encode(file.name)));
    const about = facility && facility.value ? `,facility ${btoa(facility.value)}` : "";
    const answer = await ask(form.dataset.upload, "POST", null, {
      "Upload-Length": file.size,
      "Upload-Metadata": `filename ${encoded}${about}`,
    });
    if (!answer || !answer.ok) throw new Error(answer ? await reason(answer) : refused());
    return answer.headers.get("Location");
  }

  function ask(place, method, body, headers = {}) {
    return fetch(place, {
      method,
      body,
      headers: { "Tus-Resumable": "1.0.0", "X-CSRFToken": token, "Accept-Language": english ? "en" : "vi", ...headers },
    }).catch(() => null);
  }

  const pageOf = (answer) => {
    const id = answer.headers.get("Khoyte-Submission");
    return id && form.dataset.page.replace("ID", id);
  };

  const refused = () => words("Chưa gửi được. Thử lại sau ít phút.", "Not sent. Try again in a few minutes.");

  async function reason(answer) {
    const problem = await answer.json().catch(() => null);
    return (problem && [problem.title, problem.detail].filter(Boolean).join(" ")) || refused();
  }
});
