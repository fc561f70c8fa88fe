"""Serves the page with made-up answers, for work on the page before the program gives real ones."""
import collections, json, mimetypes, pathlib, random, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PAGE = pathlib.Path(__file__).parents[2] / "queries/src/http/page"
AGENTS = int(sys.argv[2]) if len(sys.argv) > 2 else 60
DAY = 1767571200  # 2026-01-05 UTC
rnd = random.Random(7)
QUEUES = ["VQ_Sales", "VQ_Support", "VQ_Billing", "VQ_Retention", "VQ_Spanish", "VQ_Gold", "VQ_Callback", "VQ_Claims"]
agents = [f"A{1000+i}" for i in range(AGENTS)]
iso = lambda ms: time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms // 1000)) + f".{ms % 1000:03d}Z"
calls = []
for i in range(AGENTS * 45):
    t = DAY + 7 * 3600 + int(rnd.triangular(0, 13 * 3600, 3.2 * 3600))
    q = rnd.choices(QUEUES, [9, 8, 6, 3, 2, 2, 1, 4])[0]
    wait = min(int(rnd.expovariate(1 / 22)), 600)
    ab = rnd.random() < 0.02 + wait / 700
    calls.append(dict(id=str(10**17 + i * 7919), t=t, q=q, wait=wait, ab=ab, ring=rnd.randint(2, 9), talk=int(rnd.lognormvariate(5.2, .6)), agent=rnd.choice(agents), ani="+1555" + str(rnd.randint(1000000, 9999999))))
calls.sort(key=lambda c: c["t"])
at = lambda h: iso((DAY + int(h * 3600)) * 1000)
COMPLETE = dict(complete=False, watermark=at(20), definition_version=1, sentence="", sources=[
    dict(source="dc1-node1/IPport", role="i-proxy", watermark=at(20), stopped=False, gaps=[]),
    dict(source="dc1-node1/TCport", role="t-controller", watermark=at(20), stopped=False, gaps=[dict(kind="between", **{"from": at(9), "to": at(9.1)})]),
    dict(source="dc1-vq/VQport", role="vq", watermark=at(20), stopped=False, gaps=[])])
STEP = {"quarter-hour": 900, "hour": 3600, "day": 86400, "week": 604800, "month": 2592000}

def queue_summary(p):
    step = STEP[p.get("by", "day")]
    groups = collections.defaultdict(list)
    for c in calls:
        if p.get("queue", c["q"]) == c["q"]:
            groups[c["q"], c["t"] // step * step].append(c)
    rows = []
    for (q, k), cs in sorted(groups.items()):
        acc = [c["wait"] + c["ring"] for c in cs if not c["ab"]]
        ab = [c["wait"] for c in cs if c["ab"]]
        short = sum(w <= 5 for w in ab)
        den = len(cs) - short
        rows.append(dict(queue=q, period=str(k), period_key=k, entered=len(cs), accepted=len(acc), abandoned=len(ab), abandoned_short=short, abandoned_invite=0, redirected=0, cleared=0, routed_other=0, stopped=0,
            avg_wait_s=sum(acc + ab) / len(cs), max_wait_s=max(acc + ab), asa_s=sum(acc) / len(acc) if acc else None, service_level=sum(w <= 20 for w in acc) / den if den else None))
    return rows

def agent_days(p):
    for a in agents:
        r = random.Random(a)
        if p.get("agent", a) != a: continue
        active = r.randint(5 * 3600, 9 * 3600)
        busy, wrap, nr = int(active * r.uniform(.35, .7)), int(active * r.uniform(.03, .12)), int(active * r.uniform(.05, .2))
        ready = active - busy - wrap - nr - 60
        yield dict(agent=a, period="2026-01-05", period_key=DAY, active_s=active, ready_s=ready, not_ready_s=nr, busy_s=busy, wrap_s=wrap, other_s=60, ready_count=40, not_ready_count=5, busy_count=45, wrap_count=38, other_count=1, ready_share=ready / active, not_ready_share=nr / active, busy_share=busy / active, wrap_share=wrap / active, occupancy=(busy + wrap) / (active - nr))

def attempts(p):
    rows = []
    for c in calls:
        if c["ab"] or p.get("agent", c["agent"]) != c["agent"]: continue
        s = (c["t"] + c["wait"]) * 1000
        rows.append(dict(interaction_id=c["id"], interaction_resource_id=c["id"], start_ms=c["t"] * 1000, end_ms=s + (c["ring"] + c["talk"]) * 1000, agent=c["agent"], queue=c["q"], source_address=c["ani"], target_address="800", role="ROUTEDTO", result="COMPLETED", reason="UNSPECIFIED", wait_s=c["wait"], ring_s=c["ring"], talk_s=c["talk"], hold_s=0, wrap_s=20))
    return rows[: int(p.get("limit", 1000))]

def states(p):
    rows, t, end, i, r = [], DAY + 8 * 3600, DAY + 17 * 3600, 0, random.Random(p.get("agent", ""))
    while t < end:
        st, d = [("READY", r.randint(20, 400)), ("BUSY", r.randint(60, 500)), ("AFTERCALLWORK", r.randint(10, 60)), ("NOTREADY", r.randint(60, 900))][r.choices(range(4), [5, 5, 3, 1])[0]]
        rows.append(dict(agent=p.get("agent"), state=st, reason="Break" if st == "NOTREADY" else None, start_ms=t * 1000, end_ms=(t + d) * 1000, duration_s=d))
        t += d
    return rows

def live(limit):
    now = int(time.time() * 1000)
    r = random.Random(now // 4000)
    oc = [dict(interaction_id=str(10**17 + i), call_uuid=f"u{i}", interaction_type="INBOUND", source_address="+1555" + str(1000000 + i), target_address="800", started=iso(now - 400000), state=(s := r.choice(["QUEUED", "CONNECTED", "CONNECTED", "CONNECTED", "ALERTING", "IVR", "HELD"])), state_since=iso(now - r.randint(1, 300) * 1000), resource=r.choice(agents) if s not in ("QUEUED", "IVR") else "RP_Main", agent=None, queue=r.choice(QUEUES), queue_entered=iso(now - r.randint(1, 300) * 1000), handled_count=0) for i in range(AGENTS)]
    ag = [dict(agent=a, dn=str(7000 + i), logged_in=iso(now - 3600000), state=(s := r.choice(["READY", "BUSY", "BUSY", "BUSY", "AFTERCALLWORK", "NOTREADY"])), state_since=iso(now - r.randint(1, 900) * 1000), reason="Break" if s == "NOTREADY" else None, interaction_id="100" if s == "BUSY" else None, call_uuid="u", session=str(i)) for i, a in enumerate(agents)]
    w = collections.Counter(c["queue"] for c in oc if c["state"] == "QUEUED")
    return dict(now=iso(now), watermark=iso(now - 900), engine="parquet", calls=dict(total=len(oc), more=False, rows=oc[:limit]), agents=dict(total=len(ag), more=False, rows=ag[:limit]), call_states=[], agent_states=[dict(state=k, agents=v) for k, v in collections.Counter(a["state"] for a in ag).items()],
        queues=[dict(queue=q, waiting=w[q], first_entered=iso(now - r.randint(1, 300) * 1000), longest_wait_ms=1) for q in QUEUES if w[q]])

def call(i):
    b = (DAY + 10 * 3600) * 1000
    t = lambda sec: iso(b + int(sec * 1000))
    st = lambda s, d, a, z: dict(state=s, state_role="RECEIVER", state_descriptor=d, started=t(a), ended=t(z), duration_ms=(z - a) * 1000)
    at = lambda n, who, kind, role, res, reason, a, z, states, **k: dict(dict(attempt_id=str(n), ordinal=n, call_uuid="c1", party_uuid=f"p{n}", resource=who, resource_type=kind, agent=who if kind == "AGENT" else None, dn=str(7000 + n), role=role, result=res, reason=reason, interaction_type="INBOUND", queue="VQ_Sales", started=t(a), ended=t(z), duration_ms=(z - a) * 1000, states=states, measures=dict(talk_duration=100, ring_duration=5), user_data=dict(customer_segment="Gold", case_id="C-4711") if n == 2 else {}, is_last=n == 5, agent_match="final", passage_id=None, received_from_attempt_id=None), **k)
    return dict(interaction_id=i, call_uuid="0A3F-11", interaction_type="INBOUND", source_address="+15550101234", target_address="8005550100", started=t(0), ended=t(420), duration_ms=420000, status=0, revision=1, events="/api/v1/explain/" + i,
        passages=[dict(passage_id="91", queue="VQ_Sales", result="DIVERTED", reason="ANSWEREDBYAGENT", started=t(25), ended=t(60), duration_ms=35000, target_attempt_id="2", entry_ordinal=1), dict(passage_id="92", queue="VQ_Gold", result="CLEARED", reason="ROUTEDFROMANOTHERVIRTUALQUEUE", started=t(25), ended=t(60), duration_ms=35000, target_attempt_id=None, entry_ordinal=1)],
        attempts=[at(1, "IVR_Main", "IVRPORT", "RECEIVED", "TRANSFERRED", "UNSPECIFIED", 0, 25, [st("CONNECT", "NONE", 0, 25)]),
            at(2, "A1003", "AGENT", "ROUTEDTO", "TRANSFERRED", "UNSPECIFIED", 25, 240, [st("ALERT", "NONE", 60, 66), st("CONNECT", "NONE", 66, 150), st("HOLD", "NONE", 150, 240), st("WRAP", "NONE", 240, 270)], passage_id="91"),
            at(3, "A1003", "AGENT", "INITIATEDCONSULT", "TRANSFERRED", "UNSPECIFIED", 150, 240, [st("INITIATE", "CONSULT", 150, 162), st("CONNECT", "CONSULT", 162, 240)]),
            at(4, "A1017", "AGENT", "RECEIVEDTRANSFER", "CONFERENCED", "UNSPECIFIED", 150, 420, [st("ALERT", "CONSULT", 150, 162), st("CONNECT", "CONSULT", 162, 240), st("CONNECT", "POSTTRANSFER", 240, 300), st("HOLD", "POSTTRANSFER", 300, 320), st("CONNECT", "CONFERENCE", 320, 420), st("WRAP", "NONE", 420, 445)], received_from_attempt_id="2"),
            at(5, "A1022", "AGENT", "INCONFERENCE", "COMPLETED", "UNSPECIFIED", 300, 420, [st("ALERT", "CONSULT", 300, 306), st("CONNECT", "CONSULT", 306, 320), st("CONNECT", "CONFERENCE", 320, 420)], received_from_attempt_id="4")])

def abandoned(p): return [dict(interaction_id=c["id"], queue=c["q"], wait_s=c["wait"], number=c["ani"], ended=iso((c["t"] + c["wait"]) * 1000), reason="ABANDONEDWHILEQUEUED", target_address="800") for c in calls if c["ab"]]

REPORTS = {"abandoned-calls": abandoned, "queue-summary": queue_summary, "agent-summary-activity": lambda p: list(agent_days(p)), "interaction-handling-attempt": attempts, "agent-state-details": states}

class H(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *a): pass
    def do_GET(self):
        u = urlsplit(self.path)
        p = {k: v[0] for k, v in parse_qs(u.query).items()}
        if u.path.startswith("/api/v1"):
            body = self.api(u.path[7:], p)
            code = 404 if body is None else 200
            return self.out(code, "application/json", json.dumps(body if body is not None else dict(title="Nothing", detail=f"no mock for {u.path}")).encode())
        f = PAGE / (u.path.lstrip("/") or "index.html")
        if not f.is_file(): return self.out(404, "text/plain", b"no")
        self.out(200, mimetypes.guess_type(f.name)[0] or "text/plain", f.read_bytes())
    def out(self, code, kind, data):
        self.send_response(code)
        for k, v in [("content-type", kind), ("content-length", str(len(data))), ("content-security-policy", "default-src 'self'"), ("cache-control", "no-store")]: self.send_header(k, v)
        self.end_headers(); self.wfile.write(data)
    def api(self, path, p):
        if path == "/coverage": return dict(now=iso(int(time.time() * 1000)), rejects=dict(total=7, by_reason=[dict(reason="unreadable-row", rejects=7)]), sources=[dict(source=x["source"], switch="SIPCluster", role=x["role"], state="complete", events=120345, watermark=x["watermark"], behind_ms=1, stopped=False, stretches=[{"from": at(a), "to": at(b)} for a, b in ([(0, 9), (9.1, 20)] if x["gaps"] else [(0, 20)])]) for x in COMPLETE["sources"]])
        if path == "/live": return live(int(p.get("limit", 1000)))
        if path.startswith("/interactions/"): return call(path[14:])
        if path == "/interactions": return dict(columns=[], rows=[dict(interaction_id=c["id"], call_uuid="u", interaction_type="INBOUND", started=iso(c["t"] * 1000), ended=iso((c["t"] + c["talk"]) * 1000), duration_ms=c["talk"] * 1000, source_address=c["ani"], target_address="800", queue=c["q"], agent=None if c["ab"] else c["agent"], handled_by=c["agent"], result="CUSTOMERABANDONED" if c["ab"] else "COMPLETED", reason="ABANDONEDWHILEQUEUED" if c["ab"] else "UNSPECIFIED", attempts=2) for c in calls[::-1][:200]], page=dict(more=True), completeness=COMPLETE)
        if path == "/reports": return dict(reports=[dict(name=n, question="How many calls entered each queue, what became of them, and how long did they wait?", grain="One row per queue and local period.", definition_version=1, parameters=[dict(name="by", type="text", values=["quarter-hour", "hour", "day"], meaning="m"), dict(name="queue", type="text", values=None, meaning="q"), dict(name="accept_s", type="integer", values=None, meaning="a")], columns=[dict(name="queue", definition="Name of the queue.")]) for n in REPORTS])
        if path == "/dictionary": return dict(tables=[dict(name="interaction_fact", kind="fact", meaning="One row per customer interaction.", natural_key="UUID of the root call", columns=[dict(name="interaction_id", type="bigint", measure="key", meaning="Key of the interaction.")])])
        if path.startswith("/reports/"):
            f = REPORTS.get(path[9:])
            rows = f and f(p)
            return f and dict(columns=[dict(name=n, type="integer" if isinstance(v, int) else "number" if isinstance(v, float) else "text", definition="d") for n, v in rows[0].items()] if rows else [], rows=rows, completeness=COMPLETE, page=dict(more=False))
        return None

ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), H).serve_forever()
