import json, train as T
def evaluate(net, enc, facts, web, r, device, log):
    chosen = [f for f in facts if f.evaluated]; m = {}
    s = T.draw_shots(facts, 5, 1)
    m["unseen 5 shots"] = T.measure(net, enc, chosen, T.UNSEEN, s, device, ("fused", "seed", "series", "pcw", "causal"), ("avg",))
    ten = [f"{k}{i}" for k in "ma" for i in range(1, 6)]
    m["ten"] = T.measure(net, enc, chosen[::3], ten, s, device, ("fused", "series"), ())
    return m
T.evaluate = evaluate
T.main()
