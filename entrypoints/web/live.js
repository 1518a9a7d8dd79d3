// The page /live: quotes and a candle chart that move. What it shows is either live or visibly old.
// Tokens live in this module's memory only; the WebSocket is opened with a ticket that is good once.

import { CandlestickSeries, createChart } from "/live/lightweight-charts.js";

const API = "/api/v1";
const DEFAULT_SYMBOLS = ["AAPL", "MSFT", "BTC-USD"];
const MOST_SYMBOLS = 50;
const CONFLATE_MS = 200;
const SILENCE_MS = 60_000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 30_000;
const STEADY_MS = 10_000;
const NOTED_MS = 10_000;
const RENEW_AHEAD_MS = 60_000;
const SHUT_FOR_GOOD = new Set([4400, 4403, 4413]);
const SIGNED_OUT = 4401;
const INTERVALS = {
  "1m": { seconds: 60, range: "1d" },
  "5m": { seconds: 300, range: "5d" },
  "15m": { seconds: 900, range: "5d" },
  "1h": { seconds: 3600, range: "1mo" },
  "1d": { seconds: 86400, range: "1y" },
};
const AFTER_A_BREAK = "5d";
const LOAD_AGAIN_MS = 3_000;

const byId = (id) => document.getElementById(id);

// --- who is signed in ---------------------------------------------------------------------------------------------

class SignedOut extends Error {}

class Refused extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }

  get isFinal() {
    return this.status < 500 && this.status !== 429;
  }
}

class Session {
  #access = null;
  #refresh = null;
  #renewAt = 0;
  #renewing = null;

  get isSignedIn() {
    return this.#access !== null;
  }

  async begin(email, password) {
    this.#keep(await this.#send("POST", "/auth/login", { email, password }, null));
  }

  end() {
    const token = this.#access;
    this.#access = this.#refresh = null;
    // the session is over here, whether or not the server hears of it
    if (token !== null) this.#send("POST", "/auth/logout", undefined, token).catch(() => {});
  }

  renewInMs() {
    return Math.max(this.#renewAt - performance.now(), 0);
  }

  async token() {
    if (this.#access === null) throw new SignedOut("Sign in first.");
    if (this.renewInMs() === 0) await this.renew();
    return this.#access;
  }

  // a refresh token is good once, so whoever comes second waits for the first
  renew() {
    this.#renewing ??= this.#exchange().finally(() => { this.#renewing = null; });
    return this.#renewing;
  }

  async ask(method, path, body) {
    const token = await this.token();
    try {
      return await this.#send(method, path, body, token);
    } catch (error) {
      if (!(error instanceof SignedOut)) throw error;
    }
    if (this.#access === token) await this.renew();
    return this.#send(method, path, body, await this.token());
  }

  async #exchange() {
    if (this.#refresh === null) throw new SignedOut("Sign in first.");
    this.#keep(await this.#send("POST", "/auth/refresh", { refreshToken: this.#refresh }, null));
  }

  #keep(tokens) {
    this.#access = tokens.accessToken;
    this.#refresh = tokens.refreshToken;
    const lifeMs = tokens.expiresIn * 1000;
    this.#renewAt = performance.now() + lifeMs - Math.min(RENEW_AHEAD_MS, lifeMs / 5);
  }

  async #send(method, path, body, token) {
    const headers = {};
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (token !== null) headers.Authorization = `Bearer ${token}`;
    const response = await fetch(API + path, {
      method, headers, body: body === undefined ? undefined : JSON.stringify(body), cache: "no-store", credentials: "omit",
    });
    const answer = response.status === 204 ? {} : await response.json().catch(() => ({}));
    if (response.ok) return answer.data;
    const message = answer.detail ?? `The server answered with status ${response.status}.`;
    throw response.status === 401 ? new SignedOut(message) : new Refused(message, response.status);
  }
}

// --- the stream ---------------------------------------------------------------------------------------------------

class Stream {
  #session;
  #listener;
  #wanted = new Set();
  #last = new Map();
  #asked = new Map();
  #socket = null;
  #isIn = false;
  #number = 0;
  #failures = 0;
  #refusals = 0;
  #begun = 0;
  #retryMs = null;
  #timers = { retry: 0, silence: 0, renewal: 0 };
  #isOver = false;

  constructor(session, symbols, listener) {
    this.#session = session;
    this.#listener = listener;
    for (const symbol of symbols) this.#wanted.add(`market:${symbol}`);
  }

  add(symbol) {
    const channel = `market:${symbol}`;
    if (this.#wanted.has(channel)) return;
    this.#wanted.add(channel);
    if (this.#isIn) this.#subscribe([channel]);
  }

  remove(symbol) {
    const channel = `market:${symbol}`;
    this.#wanted.delete(channel);
    this.#last.delete(channel);
    if (this.#isIn) this.#say({ type: "unsubscribe", id: ++this.#number, channels: [channel] });
  }

  stop() {
    this.#isOver = true;
    this.#leave();
  }

  async connect() {
    this.#begun = performance.now();
    this.#retryMs = null;
    let ticket;
    try {
      ({ ticket } = await this.#session.ask("POST", "/stream/tickets"));
    } catch (error) {
      this.#failed(error);
      return;
    }
    if (this.#isOver) return;
    const address = new URL(`${API}/stream`, location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    address.searchParams.set("ticket", ticket);
    const socket = new WebSocket(address);
    this.#socket = socket;
    this.#watch();
    // what an abandoned connection still says is nobody's business
    socket.onmessage = (event) => { if (this.#socket === socket) this.#hear(event.data); };
    socket.onclose = (event) => { if (this.#socket === socket) this.#closed(event); };
  }

  #failed(error) {
    if (this.#isOver) return;
    if (error instanceof SignedOut) this.#end(() => this.#listener.signedOut(error.message));
    else this.#again(error.message);
  }

  #closed(event) {
    this.#leave();
    if (this.#isOver) return;
    if (SHUT_FOR_GOOD.has(event.code)) {
      this.#end(() => this.#listener.refused(event.reason || `The stream was refused (${event.code}).`));
    } else if (event.code === SIGNED_OUT && ++this.#refusals > 2) {
      this.#end(() => this.#listener.signedOut("You are no longer signed in."));
    } else if (event.code === SIGNED_OUT) {
      this.#session.renew().then(() => this.#again("the session was renewed"), (error) => this.#failed(error));
    } else {
      this.#again(event.reason || "the connection ended");
    }
  }

  #end(tell) {
    this.stop();
    tell();
  }

  // the wait doubles with each failure, up to a limit, and is shortened at random; the server's wish wins
  #again(reason) {
    this.#leave();
    if (performance.now() - this.#begun >= STEADY_MS) this.#failures = 0;
    const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(this.#failures++, 10));
    const wait = this.#retryMs === null ? full * (0.5 + Math.random() / 2) : Math.min(this.#retryMs, LONGEST_WAIT_MS);
    this.#timers.retry = setTimeout(() => this.connect(), wait);
    this.#listener.lost(reason, wait);
  }

  #leave() {
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    const socket = this.#socket;
    this.#socket = null;
    this.#isIn = false;
    this.#asked.clear();
    socket?.close();
  }

  // a connection that is open is not yet alive: the server says something every 20 seconds
  #watch() {
    clearTimeout(this.#timers.silence);
    this.#timers.silence = setTimeout(() => this.#again("nothing was heard for a minute"), SILENCE_MS);
  }

  #hear(text) {
    this.#watch();
    let message;
    try {
      message = JSON.parse(text);
      this.#take(message);
    } catch (error) {
      // what it was is unknown, so all since the last known is asked for again
      console.error(error);
      this.#again("the server said something unreadable");
    }
  }

  #take(message) {
    switch (message.type) {
      case "welcome":
        this.#isIn = true;
        this.#refusals = 0;
        if (this.#wanted.size > 0) this.#subscribe([...this.#wanted]);
        this.#renewInTime();
        this.#listener.connected();
        break;
      case "subscribed":
        this.#subscribed(message);
        break;
      case "snapshot":
      case "update":
        this.#value(message);
        break;
      case "gap":
        this.#gap(message.channel, message.after, message.before);
        break;
      case "ping":
        this.#say({ type: "ping", id: ++this.#number });
        break;
      case "error":
        // of a channel that stays followed, or of a request that was refused
        if (message.channel) this.#listener.refusedSymbol("", `${symbolOf(message.channel)}: ${message.message}`);
        else this.#listener.refusedSymbol(this.#asked.get(message.id)?.map(symbolOf).join(", ") ?? "", message.message);
        break;
      case "goodbye":
        this.#retryMs = message.retryAfterMs;
        break;
    }
  }

  #subscribe(channels) {
    const id = ++this.#number;
    const after = {};
    for (const channel of channels) if (this.#last.has(channel)) after[channel] = this.#last.get(channel);
    this.#asked.set(id, channels);
    this.#say({ type: "subscribe", id, channels, conflateMs: CONFLATE_MS, after });
  }

  // the server has full names for what was asked for
  #subscribed(message) {
    const refused = new Set(message.refused.map((each) => each.channel));
    const granted = (this.#asked.get(message.id) ?? []).filter((channel) => !refused.has(channel));
    this.#asked.delete(message.id);
    for (const channel of granted) this.#wanted.delete(channel);
    for (const channel of message.channels) this.#wanted.add(channel);
    if (granted.length === message.channels.length) {
      granted.forEach((channel, at) => this.#listener.named(symbolOf(channel), symbolOf(message.channels[at])));
    }
    for (const { channel, message: why } of message.refused) {
      this.#wanted.delete(channel);
      this.#listener.refusedSymbol(symbolOf(channel), why);
    }
  }

  // each number is shown once, none after a newer one, and no hole unsaid
  #value({ channel, sequence, first = sequence, data }) {
    if (!this.#wanted.has(channel) || data === null) return;
    const last = this.#last.get(channel);
    if (last !== undefined && sequence <= last) return;
    if (last !== undefined && first > last + 1) this.#listener.missed(symbolOf(channel));
    this.#last.set(channel, sequence);
    this.#listener.tick(symbolOf(channel), data);
  }

  #gap(channel, after, before) {
    const last = this.#last.get(channel) ?? after;
    if (before <= last + 1) return;
    this.#last.set(channel, before - 1);
    this.#listener.missed(symbolOf(channel));
  }

  #renewInTime() {
    clearTimeout(this.#timers.renewal);
    this.#timers.renewal = setTimeout(async () => {
      try {
        const token = await this.#session.token();
        if (this.#isIn) this.#say({ type: "renew", id: ++this.#number, token });
        this.#renewInTime();
      } catch (error) {
        this.#failed(error);
      }
    }, this.#session.renewInMs());
  }

  #say(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}

const symbolOf = (channel) => channel.replace(/^market:/, "");

// --- the table ----------------------------------------------------------------------------------------------------

class Quotes {
  #body;
  #rows = new Map();
  #dirty = new Set();
  #choose;
  #drop;

  constructor(body, choose, drop) {
    this.#body = body;
    this.#choose = choose;
    this.#drop = drop;
  }

  get symbols() {
    return [...this.#rows.keys()];
  }

  has(symbol) {
    return this.#rows.has(symbol);
  }

  tick(symbol) {
    return this.#rows.get(symbol)?.tick ?? null;
  }

  add(symbol) {
    if (this.#rows.has(symbol)) return;
    const element = this.#body.insertRow();
    const cells = Array.from({ length: 10 }, () => element.insertCell());
    const name = button(symbol, () => this.#choose(this.#nameOf(element)));
    name.setAttribute("aria-pressed", "false");
    cells[0].append(name);
    cells[7].textContent = "nothing yet";
    const remove = button("×", () => this.#drop(this.#nameOf(element)));
    remove.setAttribute("aria-label", `Remove ${symbol}`);
    cells[9].append(remove);
    this.#rows.set(symbol, { element, cells, name, remove, tick: null, missedAt: -Infinity, moved: 0 });
  }

  rename(from, to) {
    const row = this.#rows.get(from);
    if (row === undefined || from === to) return;
    this.#rows.delete(from);
    if (this.#rows.has(to)) {
      row.element.remove();
      return;
    }
    row.name.textContent = to;
    row.remove.setAttribute("aria-label", `Remove ${to}`);
    this.#rows.set(to, row);
  }

  remove(symbol) {
    this.#rows.get(symbol)?.element.remove();
    this.#rows.delete(symbol);
  }

  clear() {
    for (const symbol of this.symbols) this.remove(symbol);
  }

  press(symbol) {
    for (const [each, row] of this.#rows) row.name.setAttribute("aria-pressed", String(each === symbol));
  }

  take(symbol, tick) {
    const row = this.#rows.get(symbol);
    if (row === undefined) return;
    if (row.tick?.last != null && tick.last != null) row.moved = Math.sign(Number(tick.last) - Number(row.tick.last));
    row.tick = tick;
    this.#draw(symbol);
  }

  missed(symbol) {
    const row = this.#rows.get(symbol);
    if (row === undefined) return;
    row.missedAt = performance.now();
    this.#draw(symbol);
    setTimeout(() => this.#draw(symbol), NOTED_MS + 50);
  }

  // many ticks between two pictures are drawn once
  #draw(symbol) {
    if (this.#dirty.size === 0) {
      requestAnimationFrame(() => {
        const symbols = [...this.#dirty];
        this.#dirty.clear();
        for (const each of symbols) this.#show(this.#rows.get(each));
      });
    }
    this.#dirty.add(symbol);
  }

  #show(row) {
    if (row === undefined || row.tick === null) return;
    const { cells, tick } = row;
    const change = changeOf(tick);
    const hasMissed = performance.now() - row.missedAt < NOTED_MS;
    const texts = [
      tick.last ?? "", change === null ? "" : `${change > 0 ? "▲" : change < 0 ? "▼" : ""} ${change.toFixed(2)} %`,
      tick.bid ?? "", tick.ask ?? "", tick.volume ?? "", tick.currency ?? "", timeOf(tick.asOf),
      tick.provider + (tick.simulated ? " (made up)" : "") + (hasMissed ? ", changes missed" : ""),
    ];
    texts.forEach((text, at) => { cells[at + 1].textContent = text; });
    cells[2].className = change > 0 ? "up" : change < 0 ? "down" : "";
    cells[8].className = hasMissed ? "note" : "";
    if (row.moved !== 0) {
      cells[1].className = row.moved > 0 ? "moved-up" : "moved-down";
      row.moved = 0;
      setTimeout(() => { cells[1].className = ""; }, 120);
    }
  }

  #nameOf(element) {
    return [...this.#rows].find(([, row]) => row.element === element)?.[0];
  }
}

function button(text, act) {
  const element = document.createElement("button");
  element.type = "button";
  element.textContent = text;
  element.addEventListener("click", act);
  return element;
}

function changeOf({ last, previousClose }) {
  const before = Number(previousClose ?? 0);
  return last == null || before === 0 ? null : ((Number(last) - before) / before) * 100;
}

const timeOf = (instant) => new Date(instant).toLocaleTimeString([], { hour12: false });

// --- the chart ----------------------------------------------------------------------------------------------------

class Chart {
  #chart;
  #series;
  #summary;
  #bars = [];
  #symbol = null;
  #interval = "1m";
  #currency = "";

  constructor(element, summary) {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    this.#summary = summary;
    this.#chart = createChart(element, {
      autoSize: true,
      layout: { background: { color: colour("--paper") }, textColor: colour("--ink"), attributionLogo: false },
      grid: { vertLines: { color: colour("--line") }, horzLines: { color: colour("--line") } },
      timeScale: { timeVisible: true, secondsVisible: false, rightOffset: 3 },
    });
    const up = colour("--up"), down = colour("--down");
    this.#series = this.#chart.addSeries(CandlestickSeries, {
      upColor: up, borderUpColor: up, wickUpColor: up, downColor: down, borderDownColor: down, wickDownColor: down,
    });
  }

  begin(symbol, interval) {
    this.#symbol = symbol;
    this.#interval = interval;
    this.#bars = [];
    this.#series.setData([]);
    this.#summary.textContent = symbol === null ? "" : `${symbol}: loading ...`;
  }

  isOf(symbol, interval) {
    return this.#symbol === symbol && this.#interval === interval;
  }

  fill(history, tick) {
    this.#bars = history.bars.map((bar) => ({
      time: Date.parse(bar.start) / 1000,
      open: Number(bar.open), high: Number(bar.high), low: Number(bar.low), close: Number(bar.close),
    }));
    this.#currency = history.currency;
    const places = Math.max(2, ...history.bars.slice(-20).map((bar) => (bar.close.split(".")[1] ?? "").length));
    const precision = Math.min(places, 8);
    this.#series.applyOptions({ priceFormat: { type: "price", precision, minMove: 10 ** -precision } });
    this.#series.setData(this.#bars);
    this.#chart.timeScale().setVisibleLogicalRange({ from: this.#bars.length - 90, to: this.#bars.length + 3 });
    if (tick !== null) this.take(tick);
    else this.#tell();
  }

  fail(message) {
    this.#summary.textContent = `${this.#symbol}: ${message}`;
  }

  // the last candle grows with each tick; a later tick begins the next one
  take(tick) {
    const bar = this.#bars.at(-1);
    if (bar === undefined || tick.last == null) return;
    const price = Number(tick.last), at = Date.parse(tick.asOf) / 1000;
    const { seconds } = INTERVALS[this.#interval];
    const time = bar.time + Math.floor((at - bar.time) / seconds) * seconds;
    if (time < bar.time) return;
    if (time > bar.time) this.#bars.push({ time, open: price, high: price, low: price, close: price });
    const now = this.#bars.at(-1);
    now.high = Math.max(now.high, price);
    now.low = Math.min(now.low, price);
    now.close = price;
    this.#series.update({ ...now });
    this.#tell();
  }

  #tell() {
    const bar = this.#bars.at(-1);
    this.#summary.textContent = bar === undefined
      ? `${this.#symbol}: nothing was traded in this time.`
      : `${this.#symbol}, ${this.#bars.length} candles of ${this.#interval}, times in UTC. The last: open ${bar.open}, `
        + `high ${bar.high}, low ${bar.low}, close ${bar.close} ${this.#currency}.`;
  }
}

// --- the page -----------------------------------------------------------------------------------------------------

const session = new Session();
const quotes = new Quotes(byId("quotes"), choose, drop);
let chart = null;
let stream = null;
let chosen = null;
let countdown = 0;
let loading = 0;

function state(kind, text) {
  clearInterval(countdown);
  document.body.dataset.state = kind;
  byId("state").textContent = text;
}

function problem(text) {
  byId("problem").textContent = text;
  byId("problem").hidden = text === "";
}

const listener = {
  connected() {
    state("live", "Live");
    problem("");
    // candles of the time away are missing
    if (chosen !== null) load();
  },
  lost(reason, waitMs) {
    const since = new Date().toLocaleTimeString([], { hour12: false });
    state("lost", `Disconnected since ${since} (${reason}). Prices are old; trying again.`);
    const end = performance.now() + waitMs;
    const show = () => {
      const left = Math.max(end - performance.now(), 0) / 1000;
      problem(`Disconnected since ${since}. Prices are old. Next attempt in ${left.toFixed(0)} s.`);
    };
    show();
    countdown = setInterval(show, 1000);
  },
  refused(message) {
    state("lost", "Disconnected");
    problem(message);
  },
  signedOut(message) {
    signOut();
    problem(message);
  },
  refusedSymbol(symbol, message) {
    if (symbol !== "") drop(symbol);
    problem(message);
  },
  named(from, to) {
    if (from === to) return;
    quotes.rename(from, to);
    if (chosen === from) choose(to);
    remember();
  },
  missed(symbol) {
    quotes.missed(symbol);
    if (symbol === chosen) load();
  },
  tick(symbol, tick) {
    quotes.take(symbol, tick);
    if (symbol === chosen) chart.take(tick);
  },
};

function wantedSymbols() {
  const asked = (new URLSearchParams(location.search).get("symbols") ?? "").split(",").map((text) => text.trim());
  const found = [...new Set(asked.filter((text) => text !== ""))].slice(0, MOST_SYMBOLS);
  return found.length > 0 ? found : DEFAULT_SYMBOLS;
}

// the address names what is shown, and nothing secret
function remember() {
  const address = new URL(location.href);
  address.searchParams.set("symbols", quotes.symbols.join(","));
  history.replaceState(null, "", address);
}

function choose(symbol) {
  chosen = symbol ?? null;
  quotes.press(chosen);
  byId("chart-title").textContent = chosen === null ? "Chart" : `Chart of ${chosen}`;
  load();
}

function drop(symbol) {
  quotes.remove(symbol);
  stream?.remove(symbol);
  if (symbol === chosen) choose(quotes.symbols[0]);
  remember();
}

function bars(symbol, interval, range) {
  const query = new URLSearchParams({ interval, range });
  return session.ask("GET", `/history/${encodeURIComponent(symbol)}?${query}`);
}

async function load() {
  clearTimeout(loading);
  const symbol = chosen, interval = byId("interval").value;
  if (!chart.isOf(symbol, interval)) chart.begin(symbol, interval);
  if (symbol === null) return;
  try {
    let found = await bars(symbol, interval, INTERVALS[interval].range);
    // on a Sunday the last day that was traded is further back
    if (found.bars.length === 0) found = await bars(symbol, interval, AFTER_A_BREAK);
    // somebody may have chosen something else meanwhile
    if (symbol === chosen && chart.isOf(symbol, interval)) chart.fill(found, quotes.tick(symbol));
  } catch (error) {
    if (error instanceof SignedOut) listener.signedOut(error.message);
    else if (symbol === chosen && chart.isOf(symbol, interval)) {
      chart.fail(error.message);
      // what cannot be answered now may be soon
      if (!(error instanceof Refused && error.isFinal)) loading = setTimeout(load, LOAD_AGAIN_MS);
    }
  }
}

function signIn() {
  byId("sign-in").hidden = true;
  byId("board").hidden = false;
  byId("sign-out").hidden = false;
  chart ??= new Chart(byId("chart"), byId("chart-summary"));
  for (const symbol of wantedSymbols()) quotes.add(symbol);
  stream = new Stream(session, quotes.symbols, listener);
  state("connecting", "Connecting");
  stream.connect();
  choose(quotes.symbols[0]);
}

function signOut() {
  stream?.stop();
  stream = null;
  session.end();
  quotes.clear();
  chosen = null;
  chart?.begin(null, byId("interval").value);
  byId("sign-in").hidden = false;
  byId("board").hidden = true;
  byId("sign-out").hidden = true;
  state("out", "Signed out");
  problem("");
  byId("email").focus();
}

byId("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const send = form.querySelector("button");
  send.disabled = true;
  problem("");
  try {
    await session.begin(form.email.value, form.password.value);
    form.reset();
    signIn();
  } catch (error) {
    problem(error instanceof TypeError ? "The server does not answer." : error.message);
    byId("password").focus();
  } finally {
    send.disabled = false;
  }
});

byId("add").addEventListener("submit", (event) => {
  event.preventDefault();
  const symbol = event.target.symbol.value.trim();
  if (symbol === "" || quotes.has(symbol)) return;
  if (quotes.symbols.length >= MOST_SYMBOLS) {
    problem(`${MOST_SYMBOLS} symbols at most.`);
    return;
  }
  problem("");
  quotes.add(symbol);
  stream.add(symbol);
  event.target.reset();
  remember();
  if (chosen === null) choose(symbol);
});

byId("interval").addEventListener("change", () => load());
byId("sign-out").addEventListener("click", signOut);
