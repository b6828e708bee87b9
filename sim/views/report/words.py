"""The words of a report: each once in English and once in Chinese."""

from typing import Any

from sim.views.phrases import Language

WORDS: dict[str, tuple[str, str]] = {
    # the head of the page
    "about": ("{kind} · written {written} · kouan {version}", "{kind} · 生成于 {written} · kouan {version}"),
    "kind_run": ("One port, as it is", "口岸现状"),
    "kind_policy": ("What a policy would change", "政策影响分析"),
    "kind_frontier": ("Policies side by side", "政策比较"),
    "kind_sweep": ("A study of many cases", "多方案研究"),
    "kind_matters": ("Which assumption matters most", "哪个假定最重要"),
    "mode_road": ("road", "公路"),
    "mode_rail": ("rail", "铁路"),
    "mode_air": ("air", "航空"),
    "mode_multimodal": ("multimodal", "多式联运"),
    "period": (
        "{mode} port · {first} to {last}, after a warm-up that is not counted · {runs} runs",
        "{mode}口岸 · {first}至{last}（此前热身期不计）· 仿真{runs}次",
    ),
    # the question
    "what_holds": ("How long does it take to pass this port, and what limits it?", "通过该口岸需要多久？瓶颈在哪里？"),
    "what_would": ("What would '{name}' change?", "采用“{name}”会怎样？"),
    "takes": ("What it takes: {costs}. Behind it: {article}.", "所需投入：{costs}。依据：{article}。"),
    "which_policy": (
        "Which of these policies is worth what the port pays for it?",
        "这些政策中，哪些值得口岸为之付费？",
    ),
    # the answer
    "hours": ("{value} hours", "{value}小时"),
    "minutes": ("{value} minutes", "{value}分钟"),
    "release": ("{label} would leave after {after} instead of {before}", "{label}的放行时间将由{before}变为{after}"),
    "crossing": (
        "{label} would pass both sides of the border in {after} instead of {before}",
        "{label}通过边境两侧的时间将由{before}变为{after}",
    ),
    "stay": ("{label} would stay for {after} instead of {before}", "{label}的停留时间将由{before}变为{after}"),
    "nothing_sure": (
        "As far as these runs can tell, nobody would be through faster or slower.",
        "就这些仿真所见，各类车辆和货物的通过时间没有可靠的变化。",
    ),
    "others": (
        "Traffic that has nothing to do with the port would lose {after} a day on the roads instead of {before}",
        "与口岸无关的车流每日在道路上损失的时间将由{before}变为{after}",
    ),
    "now_others": (
        "Traffic that has nothing to do with the port loses {before} a day on the roads{spread}.",
        "与口岸无关的车流每日在道路上损失{before}{spread}。",
    ),
    "now_release": ("{label} leave after {before} on average{spread}.", "{label}的平均放行时间为{before}{spread}。"),
    "now_crossing": (
        "{label} pass both sides of the border in {before} on average{spread}.",
        "{label}通过边境两侧平均需要{before}{spread}。",
    ),
    "now_stay": ("{label} stay for {before} on average{spread}.", "{label}平均停留{before}{spread}。"),
    "less": (": {by} less, give or take {spread}.", "，平均缩短{by}（误差 ± {spread}）。"),
    "more": (": {by} more, give or take {spread}.", "，平均延长{by}（误差 ± {spread}）。"),
    "by_luck": (
        "; that change ({by}, give or take {spread}) may be luck.",
        "；这一变化（{by}，误差 ± {spread}）可能只是偶然。",
    ),
    "same": ("{label}: nothing changes, {before} on average.", "{label}没有变化，平均{before}。"),
    "one_run": ("; one run cannot say how sure that is.", "（只有一次仿真，无法说明把握程度）。"),
    "spread": (", give or take {spread}", "（误差 ± {spread}）"),
    "nobody": ("{label}: nobody is through.", "{label}：无一通过。"),
    "grows_both": (
        "{label}: the queue grows without end, with and without it; more come than can be served.",
        "{label}：采用与否，排队都不断增长，到达多于能力。",
    ),
    "grows_now": (
        "{label}: the queue grows without end; more come than can be served.",
        "{label}：排队不断增长，到达多于能力。",
    ),
    "grows_after": (
        "{label}: their queue would grow without end, and does not without it.",
        "{label}：采用后排队将不断增长，现状则不会。",
    ),
    "grows_before": (
        "{label}: without it their queue grows without end; with it, it would not.",
        "{label}：现状排队不断增长，采用后不再增长。",
    ),
    "in_short": ("In short", "要点"),
    "interval": (
        "± is the {confidence} interval of the mean of {runs} runs: how far luck alone could move it. "
        "What is compared has the same vehicles and the same luck. What is assumed may move it further.",
        "± 为{runs}次仿真均值的{confidence}置信区间，即偶然因素可能造成的偏差；所比较的各方案，车辆与“运气”相同。"
        "假定的数字可能带来更大的偏差。",
    ),
    "interval_alone": (
        "± is the {confidence} interval of the mean of {runs} runs: how far luck alone could move it. "
        "What is assumed may move it further.",
        "± 为{runs}次仿真均值的{confidence}置信区间，即偶然因素可能造成的偏差；假定的数字可能带来更大的偏差。",
    ),
    "what_release": ("{label}: hours until they leave our side", "{label}：我方放行时间（小时）"),
    "what_crossing": ("{label}: hours for both sides of the border", "{label}：边境两侧合计（小时）"),
    "what_stay": ("{label}: hours of the whole stay", "{label}：停留时间（小时）"),
    "what_others": ("delay of others on the roads, hours a day", "其他车流的道路延误（小时/日）"),
    "staff": ("staff-hours a day, our side", "我方人员，工时/日"),
    "lanes": ("lane-hours a day, our side", "我方通道开放，小时/日"),
    "port_pays": ("the port pays, 1,000 yuan a day", "口岸支出，千元/日"),
    "users_pay": ("its users pay, 1,000 yuan a day", "用户支出，千元/日"),
    "society_pays": ("both, less fees, 1,000 yuan a day", "合计（扣除收费），千元/日"),
    "co2": ("CO2, kg per vehicle", "二氧化碳，千克/辆"),
    "outcome": ("outcome", "指标"),
    "mean": ("mean", "均值"),
    "baseline": ("baseline", "现状"),
    "difference": ("difference", "变化"),
    "unstable": ("unstable", "不稳定"),
    # sections
    "limit": ("What limits the port", "瓶颈在哪里"),
    "limit_of": ("With {name}", "采用{name}"),
    "limit_baseline": ("Baseline", "现状"),
    "figures": ("Figures", "图"),
    "numbers": ("All numbers", "全部指标"),
    "notes": ("Read these first: notes of the run", "须知：本次仿真的提示"),
    "account": ("Account of all vehicles", "车辆去向核算"),
    "account_text": (
        "Every vehicle that arrived in the {runs} runs is accounted for.",
        "{runs}次仿真中到达的车辆，去向全部核对无误。",
    ),
    "scenario": ("scenario", "方案"),
    "vehicles": ("vehicles", "车辆"),
    "cargo": ("cargo, units", "货物（单元）"),
    "arrived": ("arrived", "到达"),
    "finished": ("finished", "完成"),
    "inside": ("inside at the end", "结束时在内"),
    "not_admitted": ("not admitted yet", "尚未进入"),
    "disruptions": ("What goes wrong", "突发事件"),
    "disruption": ("disruption", "事件"),
    "recovery": ("What it adds to the same days without it", "与无事件的同样日子相比"),
    # assumptions
    "assumptions": ("What is assumed, and what is sourced", "假定与出处"),
    "share": (
        "{share} of the {count} lines of numbers that make this port are sourced or derived from a source; "
        "{assumed} are assumed. Whoever knows better should change them: any number can be set on the command line.",
        "构成该口岸的{count}行数字中，{share}有出处或由有出处的数字推得，{assumed}行为假定。"
        "如有更准确的数字，可在命令行修改。",
    ),
    "own_port": (
        "This port is not among those that are shipped; config.yaml beside this page has every number.",
        "该口岸不在随附的口岸之列；全部数字见本页所在文件夹的 config.yaml。",
    ),
    "changed": ("Changed from the shipped port", "与随附口岸的不同之处"),
    "and_more": ("and {count} more", "另有{count}处"),
    "key": ("key", "键"),
    "shipped": ("shipped", "随附值"),
    "here": ("here", "本次"),
    "value": ("value", "值"),
    "why": ("why", "依据"),
    "assumed": ("Assumed", "假定的数字"),
    "sourced": ("Sourced or derived", "有出处的数字"),
    "prices": ("Prices", "价格"),
    "basis": ("Basis of the policies", "政策的依据"),
    "facts": ("Facts behind them", "所依据的事实"),
    "fact": ("fact", "编号"),
    "says": ("says", "内容"),
    "source": ("source", "出处"),
    "grade": ("grade {grade}: {words}", "等级{grade}：{words}"),
    "grade_A": ("official statistic or measured table", "官方统计或实测"),
    "grade_B": ("official news", "官方新闻"),
    "grade_C": ("press or secondary", "媒体或二手资料"),
    "grade_D": ("recollection, not sourced", "回忆，无出处"),
    "comments_in_english": ("", "说明与出处保留原文。"),
    # reproduce
    "reproduce": ("How to get the same numbers again", "如何重现"),
    "reproduce_text": (
        "With this version the same words give the same numbers, on any machine and any number of workers:",
        "使用同一版本，同样的命令在任何机器、任何进程数下给出同样的数字：",
    ),
    "own_files": (
        "Files of one's own that it reads (--config-dir) must be the same, too.",
        "所引用的自有文件（--config-dir）也须相同。",
    ),
    "own_study": (
        "study.yaml lies in the folder of results, which config.yaml says all numbers of.",
        "study.yaml 在结果文件夹中，全部数字见其中的 config.yaml。",
    ),
    "run_with": (
        "Seed {seed}, {runs} runs, engine {engine}; commit {commit}; Python {python}; {packages}.",
        "种子 {seed}，仿真{runs}次，引擎 {engine}；提交 {commit}；Python {python}；{packages}。",
    ),
    "unknown": ("unknown", "未知"),
    "limits": ("How far to believe it", "可信程度"),
    "limit_levels": (
        "Believe differences before levels, and the order of policies before their size: "
        "the port is not fitted to times that were measured.",
        "差值比绝对值可信，政策的优劣次序比幅度可信：模型未按实测时间标定。",
    ),
    "limit_traffic": (
        "Traffic is given. It does not grow because the port is faster, nor come later because hours are longer.",
        "车流是给定的：不会因通关加快而增长，也不会因开放时间延长而推迟到达。",
    ),
    "limit_intervals": (
        "Intervals are about luck, not about assumptions. To see what an assumption does, change it and run again.",
        "置信区间只反映偶然因素，不反映假定；要看某个假定的影响，请修改后重新运行。",
    ),
    "limit_prices": (
        "Nearly every price is assumed: wages, equipment, fees, the value of an hour.",
        "几乎所有价格都是假定：工资、设备、收费、时间价值。",
    ),
    "no_network": (
        "This page is one file. It loads nothing from elsewhere and runs no program.",
        "本页为单一文件，不加载任何外部内容，也不运行任何程序。",
    ),
    # frontier
    "frontier_answer": (
        "{kept} of {count} policies are on the frontier: nothing else is as fast for less money. "
        "{name} saves most hours: freight clears the border in {after} instead of {before} "
        "({by} less, give or take {spread}).",
        "{count}项政策中有{kept}项位于前沿：没有别的政策能以更少的钱达到同样的速度。"
        "{name}节省时间最多：货物通关时间由{before}变为{after}（缩短{by}，误差 ± {spread}）。",
    ),
    "frontier_nothing": (
        "None of these {count} policies makes freight clear the border faster, as far as the runs can tell.",
        "就仿真所见，这{count}项政策都不能加快货物通关。",
    ),
    "frontier_price": (
        "For that the port would pay {paid} yuan a day more.",
        "为此口岸每日多支出{paid}元。",
    ),
    "frontier_gain": ("The port would pay {paid} yuan a day less.", "口岸每日少支出{paid}元。"),
    "policies": ("The policies, cheapest first", "各项政策（由省到费）"),
    "policy": ("policy", "政策"),
    "asks": ("What each of them asks", "每项政策的问题"),
    "question": ("question", "问题"),
    "takes_short": ("what it takes", "所需投入"),
    "article": ("article", "条款"),
    "tfi1": ("hours to clear freight (TFI1)", "货物通关时间（TFI1，小时）"),
    "out": ("export, h", "出境，小时"),
    "in": ("import, h", "进境，小时"),
    "frontier_note": (
        "First the baseline's level, then differences to it. ● on the frontier: none is better by more than 1 % of "
        "the baseline in what the port pays or in hours, and not worse in the other, as far as the intervals tell.",
        "首行为现状水平，其余为与现状之差。● 位于前沿：就置信区间所见，没有别的政策在口岸支出或用时上好出现状的1%以上，"
        "而另一项不差。",
    ),
    "frontier_unstable": (
        "Queues grow without end, so that hours depend on how long the run is: {names}.",
        "排队不断增长，用时因而取决于仿真长短：{names}。",
    ),
    "kind_search": ("What is worth its price", "哪些方案值得采用"),
    # search
    "search_what": ("Which of these choices does no other beat?", "哪些方案不劣于其他方案？"),
    "search_none": ("Fresh runs left nothing that keeps to the bounds.", "新运行之后没有方案满足约束。"),
    "search_table": ("The front, verified by runs that the search has not seen", "经新运行验证的前沿"),
    "choice": ("choice", "方案"),
    # what matters
    "matters_what": ("On which assumption does the conclusion hang?", "结论最依赖哪个假定？"),
    "matters_table": ("Assumptions that move it, most first", "影响结论的假定，由大到小"),
    "assumption": ("assumption (now: range)", "假定（现值：范围）"),
    "matters_size": ("effect", "影响"),
    "matters_ends": ("alone at both ends ({unit})", "仅改变它时两端的结果（{unit}）"),
    # sweep
    "sweep_what": ("What do these {count} cases come to?", "这{count}个方案结果如何？"),
    "sweep_answer": (
        "Of {done} cases, {label} comes out smallest in {outcome}: {mean}.",
        "{done}个方案中，{label}的{outcome}最小：{mean}。",
    ),
    "sweep_against": (
        "Against the first ({first}) that is {difference}.",
        "与第一个方案（{first}）相比为{difference}。",
    ),
    "sweep_luck": (
        "The smallest of many means is smallest partly by luck; kouan select finds the best with a stated confidence.",
        "许多均值中最小的一个，部分出于偶然；kouan select 可按给定的置信度选出最优方案。",
    ),
    "sweep_nothing": (
        "There is no outcome '{outcome}' in these results.",
        "结果中没有名为“{outcome}”的指标。",
    ),
    "cases": ("The cases, smallest first", "各方案（由小到大）"),
    "case": ("case", "方案"),
    "against_first": ("against the first", "与第一个之差"),
    "more_cases": (
        "The first {shown} of {count}; table.csv has them all.",
        "共{count}个，列出前{shown}个；全部见 table.csv。",
    ),
    "failed": ("{count} cases have no result", "{count}个方案没有结果"),
    "varied": ("What was varied", "变化的因素"),
    "factor": ("factor", "因素"),
    "keys": ("what it moves", "所变动的键"),
    "levels": ("levels", "取值"),
}


def say(language: Language, key: str, **values: Any) -> str:
    """Return some words, with these values in them."""
    return WORDS[key][language == "zh"].format(**values)
