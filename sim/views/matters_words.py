"""The words of `kouan matters`, in English and Chinese."""

from sim.views.phrases import Language

WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "comma": ", ",
        "difference": "The conclusion: with {policies}, {outcome}, {value} ± {half_width} {unit} against the baseline.",
        "level": "The conclusion: {outcome}, {value} ± {half_width} {unit}.",
        "may_be_luck": "That may be luck alone: the interval of {replications} replications includes 0. Ask for more.",
        "first": "It depends most on '{label}' ({key}).",
        "first_between": "It depends most on '{label}': with {least} to {most} instead of {now}, all else as it is, it "
        "goes from {low} to {high} {unit}.",
        "rivals": "{names}{more} may matter as much: the intervals of their effects meet.",
        "and_more": " and {count} more",
        "none": "No assumption moves it by more than luck may.",
        "unsure": "What moves it by more may be among those that {replications} replications do not tell from luck "
        "({names}): ask for more.",
        "keeps_sign": "It keeps its sign in all {points} points of the design, from {low} to {high} {unit}.",
        "changes_sign": "It keeps its sign in {kept} of {points} points of the design ({share}), from {low} to {high} "
        "{unit}: whether it holds depends on the assumptions.",
        "range": "In {points} points of the design it lies between {low} and {high} {unit}.",
        "luck": "{count} move it by no more than luck may: not told from luck.",
        "nothing": "{count} do not move it by a bit.",
        "screened": "{count} moved it less in a screen by Morris before, and were left as they are.",
        "failed": "{lost} of {all} points could not be run ({first}); {kept} of {blocks} parts of the "
        "design are whole.",
        "assumption": "assumption, and its range",
        "by_luck": "luck ±",
        "ends": "alone at\nboth ends ({unit})",
        "of_variance": "share of variance",
        "more": "and {count} more: factors.csv has them all",
        "title_difference": "{policies}: {outcome}, with one assumption at a time at its ends",
        "title_level": "{outcome}, with one assumption at a time at its ends",
        "axis_difference": "difference to the baseline ({unit}); thin lines: intervals of the change",
        "axis_level": "{outcome} ({unit}); thin lines: intervals of the change",
        "varied": "{count} assumed numbers are varied by {spread} (itself an assumption)",
        "left_out": "; left out: {reasons}",
        "left_sourced": "{count} with a source",
        "left_typed": "{count} that were typed",
        "left_afterwards": "{count} prices, staff and violations, which move no times",
        "left_text": "{count} hours, dates, lists and ranks",
        "left_zero": "{count} that are 0",
        "own": "{count} factors of the study file are varied",
        "work": "{method}: {scenarios} scenarios, {runs} runs at most, about {time} if none is in the store",
        "minutes": "{count} min",
        "seconds": "{count} s",
    },
    "zh": {
        "comma": "、",
        "difference": "结论：采用{policies}，{outcome}与基准相比{value} ± {half_width} {unit}。",
        "level": "结论：{outcome}{value} ± {half_width} {unit}。",
        "may_be_luck": "这可能只是偶然：{replications}次仿真的区间包含0，请增加次数。",
        "first": "它最取决于“{label}”（{key}）。",
        "first_between": "它最取决于“{label}”：其他不变，取{least}至{most}（现为{now}）时，由{low}变为{high} {unit}。",
        "rivals": "{names}{more}可能同样重要：其影响的区间相交。",
        "and_more": "等另外{count}项",
        "none": "没有任何假设的影响超过偶然。",
        "unsure": "{replications}次仿真无法与偶然区分的假设中，可能有影响更大的（{names}）：请增加次数。",
        "keeps_sign": "在全部{points}个方案中结论方向不变，介于{low}与{high} {unit}之间。",
        "changes_sign": "在{points}个方案中有{kept}个（{share}）结论方向不变，介于{low}与{high} {unit}之间："
        "结论是否成立取决于假设。",
        "range": "在{points}个方案中介于{low}与{high} {unit}之间。",
        "luck": "{count}项的影响不超过偶然，无法与偶然区分。",
        "nothing": "{count}项毫无影响。",
        "screened": "另有{count}项在先行的 Morris 筛选中影响较小，保持不变。",
        "failed": "{all}个方案中有{lost}个无法运行（{first}）；设计的{blocks}部分中{kept}部分完整。",
        "assumption": "假设及其范围",
        "by_luck": "偶然 ±",
        "ends": "单独取两端时（{unit}）",
        "of_variance": "方差份额",
        "more": "另有{count}项，见 factors.csv",
        "title_difference": "{policies}：{outcome}，各假设依次取两端",
        "title_level": "{outcome}，各假设依次取两端",
        "axis_difference": "与基准之差（{unit}）；细线：变化的区间",
        "axis_level": "{outcome}（{unit}）；细线：变化的区间",
        "varied": "{count}个假设的数字上下浮动{spread}（浮动幅度本身也是假设）",
        "left_out": "；不计：{reasons}",
        "left_sourced": "{count}个有来源",
        "left_typed": "{count}个由命令行给定",
        "left_afterwards": "{count}个价格、人员与违规（不影响时间）",
        "left_text": "{count}个时间、日期、列表与次序",
        "left_zero": "{count}个为0",
        "own": "研究文件中的{count}个因素变动",
        "work": "{method}：至多{scenarios}个方案、{runs}次仿真；如均未存有结果，约需{time}",
        "minutes": "{count}分钟",
        "seconds": "{count}秒",
    },
}
METHODS: dict[Language, dict[str, dict[str, str]]] = {
    "en": {
        "morris": {
            "name": "Morris",
            "size": "moves it by",
            "note": "moves it by: mean change over the whole range where all others differ, too (mu* of Morris); "
            "±: by the choice of these. luck: what an effect may be by luck alone.",
        },
        "sobol": {
            "name": "Sobol",
            "size": "total",
            "note": "total: share of the variance that would go if it were known, with what it does "
            "together with others (Sobol's total index). luck: share that is luck.",
        },
        "tornado": {
            "name": "one at a time",
            "size": "moves it by",
            "note": "moves it by: how far it goes between both ends and as it is, all else as it is. luck: half-width.",
        },
    },
    "zh": {
        "morris": {
            "name": "Morris 筛选",
            "size": "影响",
            "note": "影响：其他假设同时变动时，在整个范围内的平均变化（Morris 的 mu*）；±：因抽样而异。"
            "偶然：仅凭偶然可能有的影响。",
        },
        "sobol": {
            "name": "Sobol 指数",
            "size": "总效应",
            "note": "总效应：若已知该数，方差可减少的份额，含与其他假设的交互（Sobol 总指数）。偶然：偶然所占份额。",
        },
        "tornado": {
            "name": "逐项变动",
            "size": "影响",
            "note": "影响：其他不变，在两端与现状之间的变化。偶然：区间半宽。",
        },
    },
}
"""What each method is called, and what it tells."""
