"""The words of a search, in English and Chinese."""

from sim.views.phrases import Language

_EN = {
    "searched": "{trials} trials asked for {points} points, {batch} at a time, {replications} runs each: {kept} keep "
    "to: {bounds}; {unstable} have queues that grow without end, {not_run} do not fit or could not be run",
    "steady": "steady queues",
    "at_most": "at most {bound}",
    "at_least": "at least {bound}",
    "and": " and ",
    "bounded": "{outcome} {bounds}",
    "comma": ", ",
    "converged": "A quarter of the trials had found {quarter:.0%} of what lies behind the front, half {half:.0%}, "
    "three quarters {most:.0%}: more trials would hardly add to it.",
    "not_converged": "A quarter of the trials had found {quarter:.0%} of what lies behind the front, half {half:.0%}, "
    "three quarters {most:.0%}: it was still growing, so more trials may find better points.",
    "none_verified": "Fresh runs find no point that keeps to the constraints; loosen a bound, or search with more "
    "replications.",
    "caption": "Means of {verify} fresh runs, which the search has not seen; ±: {confidence:.0%} interval of the "
    "paired difference to the baseline.",
    "now": "baseline",
    "policies": "policies",
    "no_policy": "none",
    "same": "The same all along the front: {levels}",
    "least": "Best in {outcome}",
    "knee": "Nearest to the best of all",
    "point": "{what}: {values}; with {levels}",
    "equals": "{count} more points are not worse for certain, but others have better means: front.csv",
    "fallen": "Of {claimed} points that the search itself would have named, fresh runs show {fallen} to be beaten, "
    "or to break a constraint.",
    "shift": "Fresh runs moved them on average by {shift} in {outcome}{luck}.",
    "luck": "; the baseline, which nobody chose, by {luck}",
    "honest": "Above are fresh runs alone. A rise beyond the baseline's is what a search flatters itself by.",
    "unverified": "{count} of them were not verified: allow more with candidates={more}",
    "beyond": "; {count} points lie beyond the picture",
    "head": "{port}: the front, verified by fresh runs",
    "tried": "tried",
    "broken": "tried, breaks a constraint",
    "front": "front, with intervals of the paired differences",
    "baseline": "baseline",
    "note": "small: {replications} runs each, moved by the line that fits fresh to first means of candidates{beyond}",
}
_ZH = {
    "searched": "共试{trials}次，涉及{points}个方案，每批{batch}个，每个运行{replications}次：{kept}个满足约束"
    "（{bounds}）；{unstable}个排队不断增长，{not_run}个不适用或无法运行",
    "steady": "排队平稳",
    "at_most": "不超过{bound}",
    "at_least": "不低于{bound}",
    "and": "、",
    "bounded": "{outcome}{bounds}",
    "comma": "，",
    "converged": "试到四分之一时已找到前沿所占范围的{quarter:.0%}，一半时{half:.0%}，四分之三时{most:.0%}："
    "再多试也难有改进。",
    "not_converged": "试到四分之一时已找到前沿所占范围的{quarter:.0%}，一半时{half:.0%}，四分之三时{most:.0%}："
    "仍在扩大，再多试可能找到更好的方案。",
    "none_verified": "重新运行后没有方案满足约束；请放宽约束，或增加搜索时的运行次数。",
    "caption": "均值取自搜索未见过的{verify}次新运行；±为与基准之配对差的{confidence:.0%}置信区间。",
    "now": "基准",
    "policies": "政策",
    "no_policy": "无",
    "same": "前沿上处处相同：{levels}",
    "least": "{outcome}最优",
    "knee": "兼顾各项",
    "point": "{what}：{values}；{levels}",
    "equals": "另有{count}个方案不能确定更差，但均值不如他者，见 front.csv",
    "fallen": "搜索本身会推荐的{claimed}个方案中，新运行表明{fallen}个不如他者或违反约束。",
    "shift": "新运行使其{outcome}平均变动{shift}{luck}。",
    "luck": "（未经挑选的基准变动{luck}）",
    "honest": "以上数值只取自新运行；增幅超过基准的部分，即搜索挑选时的自我美化。",
    "unverified": "其中{count}个未经验证：可用 candidates={more} 增加",
    "beyond": "；{count}个点在图外",
    "head": "{port}：经新运行验证的前沿",
    "tried": "试过",
    "broken": "试过，违反约束",
    "front": "前沿（配对差的置信区间）",
    "baseline": "基准",
    "note": "小点：各运行{replications}次，按候选方案新旧均值的拟合直线换算{beyond}",
}
SEARCH_WORDS: dict[Language, dict[str, str]] = {"en": _EN, "zh": _ZH}
